"""How surprising each day of each series is, given its own past and what the others do that day.

Expected = own level (half-life 56 days, ending a guard of 14 days ago, so that what has just
begun does not raise its own bar) × the category's day type (weekday, public holiday, make-up
workday) × what the rest of the category did that day. A shock that the whole city shares
therefore surprises nowhere but in the category's own total.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats
from scipy.signal import lfilter

from forecasting.calendar import days_off, make_up_workdays
from forecasting.counts import FEWEST_DISPERSION, Array, seen_days
from forecasting.panel import Grid, Ints, grid

HALF_LIFE = 56.0
PROFILE_HALF_LIFE = 182.0
GUARD = 14
HALF = 0.5
"""Orders added to a level, so that what never happened is not impossible."""
PROFILE_PRIOR = 30.0
"""Orders by which a category's day type is drawn to the city's."""
SMALL_PRIOR = 4.0
"""Expected orders by which a factor is drawn to 1."""
YEAR = 364
SEASON_HALF, SEASON_PRIOR, SEASON_TRUST = 14, 30.0, 0.8
"""Days around the same day a year ago, orders it is drawn to "no season" by, and at most so far."""
WARM_UP = 56
"""Days of data before a series is judged: younger ones are for EARS."""
HOLIDAY, MAKE_UP = 7, 8
CUT = 16.0
PHI_PRIOR = 30.0
"""Orders that the whole category counts as, beside a series' own, when its dispersion is learned."""


Days = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Surprise:
    """Days down, series across. ``spread``: negative-binomial dispersion of each day's count
    around ``expected``, the expectation's own error included; NaN before a series is judged."""

    days: pd.DatetimeIndex
    observed: Array
    expected: Array
    spread: Array
    own_spread: Array
    """Per series: the part of ``spread`` that is no error of the expectation."""

    @property
    def score(self) -> Array:
        """Normal score of the mid-p value of each count (0: as expected; 3: one day in 700)."""
        return normal_score(self.observed, self.expected, self.spread)


@dataclass(frozen=True)
class Laid:
    """Everything watched: series, their categories' totals, the city."""

    days: pd.DatetimeIndex
    seen: Days
    types: Ints
    grid: Grid


def lay_out(
    daily: pd.DataFrame,
    as_of: date,
    *,
    common: str | None,
    covered: Iterable[date] | None = None,
    country: str = "CN",
) -> Laid | None:
    """Rows of day, keys, n (see :func:`forecasting.rising.rising`) as a panel up to ``as_of``;
    ``None`` when there are fewer than eight weeks of data."""
    days, seen = seen_days(daily, as_of, covered)
    if seen.sum() < WARM_UP + GUARD:
        return None
    laid = grid(daily, days, common)
    if laid.keys.empty:
        return None
    return Laid(days, np.asarray(seen, dtype=bool), day_types(days, country), laid)


def day_types(days: pd.DatetimeIndex, country: str) -> Ints:
    """0 to 6 Monday to Sunday, 7 a public holiday, 8 a make-up workday (调休)."""
    off, extra = days_off(country), make_up_workdays(country)
    special = [HOLIDAY if d in off else MAKE_UP if d in extra else -1 for d in days.date]
    return np.asarray(np.where(np.asarray(special) >= 0, special, days.day_of_week), dtype=np.intp)


def surprise(
    laid: Laid, counts: Array, reference: Array | None, group: Ints, *, seasonal: bool = False
) -> Surprise:
    """Expected counts of ``counts`` (days × series).

    ``reference``: days × groups, totals whose change the series share (each series is taken out
    of its own total); ``None``: the series share nothing. ``group``: the reference column of each.
    ``seasonal``: a change that came in the same weeks of the year before is expected again (for
    totals: a season that comes every year is no alarm).
    """
    seen = laid.seen
    counts = np.where(seen[:, None], counts, 0.0)
    shared = counts if reference is None else np.where(seen[:, None], reference, 0.0)
    typed = _profile(shared, laid.types, seen)
    own_type = typed if reference is None else typed[:, group]
    level, known = _level(counts, own_type, seen)
    expected = level * own_type
    if reference is not None:
        factor, error = _rest(counts, level * own_type, shared, typed, group, seen)
        expected, known = expected * factor, known + error
    judged = _judged(seen)
    if seasonal:
        again, error = _last_year(counts, expected, judged & seen)
        expected, known = expected * again, known + error
    phi = _dispersion(counts, expected, known, judged, group)
    spread = phi[None, :] + known
    blank = ~(judged & seen)[:, None]
    expected = np.where(blank, np.nan, expected)
    observed = np.where(~seen[:, None], np.nan, counts)
    return Surprise(laid.days, observed, expected, np.where(blank, np.nan, spread), phi)


def normal_score(observed: Array, expected: Array, spread: Array) -> Array:
    """The standard normal quantile of the mid-p value under NB(expected, spread); NaN stays NaN."""
    size = 1 / np.maximum(spread, FEWEST_DISPERSION)
    share = size / (size + expected)
    tail = stats.nbinom.sf(observed, size, share)
    mid = tail + 0.5 * stats.nbinom.pmf(observed, size, share)
    return np.asarray(stats.norm.isf(np.clip(mid, 1e-300, 1 - 1e-12)))


# -- inside --------------------------------------------------------------------
def _decayed(values: Array, half_life: float, guard: int) -> Array:
    """Sums over all days up to ``guard`` days before each day, weights falling with age."""
    decay = 0.5 ** (1 / half_life)
    out = lfilter([1.0], [1.0, -decay], values, axis=0)
    lagged = np.zeros_like(out)
    lagged[guard:] = out[:-guard]
    return np.asarray(lagged)


def _profile(totals: Array, types: Ints, seen: Days) -> Array:
    """How much each day's type carries in each group (mean about 1), from earlier days alone."""
    days = seen.astype(float)[:, None]
    whole = _decayed(totals, PROFILE_HALF_LIFE, GUARD) + HALF
    length = _decayed(days, PROFILE_HALF_LIFE, GUARD) + 1e-9
    city = totals.sum(axis=1, keepdims=True)
    city_whole = _decayed(city, PROFILE_HALF_LIFE, GUARD) + HALF
    out = np.ones_like(totals)
    for kind in range(MAKE_UP + 1):
        now = types == kind
        if not now.any():
            continue
        mine = (now & seen).astype(float)[:, None]
        n = _decayed(mine, PROFILE_HALF_LIFE, GUARD)
        # holidays work like Sundays and make-up days like Fridays until some were seen
        like = {HOLIDAY: 6, MAKE_UP: 4}.get(kind)
        base: Array | float = 1.0
        if like is not None:
            also = ((types == like) & seen).astype(float)[:, None]
            base = _ratio(_decayed(city * also, PROFILE_HALF_LIFE, GUARD), city_whole,
                          _decayed(also, PROFILE_HALF_LIFE, GUARD), length, 1.0, 1.0)  # fmt: skip
        everybody = _ratio(
            _decayed(city * mine, PROFILE_HALF_LIFE, GUARD), city_whole, n, length, base,
            PROFILE_PRIOR,
        )  # fmt: skip
        found = _ratio(
            _decayed(totals * mine, PROFILE_HALF_LIFE, GUARD), whole, n, length, everybody,
            PROFILE_PRIOR,
        )  # fmt: skip
        out[now] = found[now]
    return out


def _ratio(
    came: Array, whole: Array, n: Array, length: Array, base: Array | float, prior: float
) -> Array:
    """Orders on such days against those of a usual day, drawn to ``base`` by ``prior`` orders."""
    usual = whole / length * n
    return np.asarray((came + prior * base) / (usual + prior))


def _level(counts: Array, types: Array, seen: Days) -> tuple[Array, Array]:
    """Orders on a usual day, and the squared relative error of that."""
    exposure = _decayed(types * seen.astype(float)[:, None], HALF_LIFE, GUARD)
    came = _decayed(counts, HALF_LIFE, GUARD) + HALF
    decay2 = 0.5 ** (2 / HALF_LIFE)
    square = lfilter([1.0], [1.0, -decay2], counts, axis=0)
    lagged = np.zeros_like(square)
    lagged[GUARD:] = square[:-GUARD]
    whole = exposure.mean(axis=1, keepdims=True)
    level = came / np.maximum(exposure, np.maximum(0.2 * whole, 1.0))
    return np.asarray(level), np.asarray((lagged + HALF) / came**2)


def _rest(
    counts: Array, usual: Array, shared: Array, typed: Array, group: Ints, seen: Days
) -> tuple[Array, Array]:
    """What the rest of the group did that day against its usual, and the squared relative error.

    The day's factor is drawn towards that of the last seven days by as much as the rest's few
    orders deserve (the true day-to-day variance of each group is estimated by moments).
    """
    level, _ = _level(shared, typed, seen)
    usual_shared = level * typed
    others = np.maximum(shared[:, group] - counts, 0.0)
    theirs = np.maximum(usual_shared[:, group] - usual, 0.0)
    smooth_came = lfilter(np.ones(7), [1.0], others, axis=0)
    smooth_usual = lfilter(np.ones(7), [1.0], theirs, axis=0)
    city_came = lfilter(np.ones(7), [1.0], shared.sum(axis=1))
    city_usual = lfilter(np.ones(7), [1.0], usual_shared.sum(axis=1))
    city = ((city_came + SMALL_PRIOR) / (city_usual + SMALL_PRIOR))[:, None]
    week = (smooth_came + SMALL_PRIOR * city) / (smooth_usual + SMALL_PRIOR)
    expected = theirs * week
    tau2 = _day_to_day(others, expected, seen)
    n = np.maximum(expected, 1e-9)
    trust = tau2 * n / (1 + tau2 * n)
    today = (others + HALF) / (expected + HALF)
    factor = week * np.exp(trust * np.log(np.clip(today, 0.05, 20.0)))
    error = trust * trust / (n + HALF) + (1 - trust) ** 2 * tau2
    error = error + 1 / (smooth_usual * week + SMALL_PRIOR)
    return np.asarray(factor), np.asarray(error)


def _last_year(counts: Array, expected: Array, judged: Days) -> tuple[Array, Array]:
    """How far the same four weeks a year ago ran above what was expected then, drawn to 1, and the
    squared relative error that adds."""
    shown = judged.astype(float)[:, None]
    wide = np.ones(2 * SEASON_HALF + 1)
    came = lfilter(wide, [1.0], counts * shown, axis=0)
    usual = lfilter(wide, [1.0], expected * shown, axis=0)
    lag = YEAR - SEASON_HALF  # the window is centred on the day a year ago
    factor, error = np.ones_like(counts), np.zeros_like(counts)
    if len(counts) > lag:
        trust = usual / (usual + SEASON_PRIOR) * SEASON_TRUST
        ratio = np.log((came + HALF) / (usual + HALF))
        factor[lag:] = np.exp(np.clip(trust * ratio, -2.5, 2.5))[:-lag]
        error[lag:] = (trust**2 / (usual + HALF))[:-lag]
    return factor, error


def _day_to_day(others: Array, expected: Array, seen: Days) -> Array:
    """Per series: how much the rest really varies from day to day (squared relative, by moments,
    from days up to the guard; half a year's memory)."""
    shown = seen.astype(float)[:, None]
    above = np.clip((others - expected) ** 2 - expected, None, 9 * (expected + expected**2))
    top = _decayed(above * shown, PROFILE_HALF_LIFE, GUARD)
    bottom = _decayed(expected**2 * shown, PROFILE_HALF_LIFE, GUARD)
    return np.asarray(np.clip(top / np.maximum(bottom, 1e-9), 0.0, 1.0))


def _judged(seen: Days) -> Days:
    """Days before which eight weeks of data lie (up to the guard)."""
    gone = np.cumsum(seen)
    before = np.zeros_like(gone)
    before[GUARD:] = gone[:-GUARD]
    return np.asarray(before >= WARM_UP, dtype=bool)


def _dispersion(counts: Array, expected: Array, known: Array, judged: Days, group: Ints) -> Array:
    """Dispersion per series beyond the expectation's error, by moments (Breslow 1984), drawn to
    its group's; squared errors count up to four sd, so that outbreaks do not widen the noise."""
    use = judged.copy()
    use[-GUARD:] = False
    if not use.any():
        return np.full(counts.shape[1], 0.05)
    y, mu, error = counts[use], np.maximum(expected[use], 1e-6), known[use]
    squares = np.minimum((y - mu) ** 2, CUT * (mu + 0.2 * mu**2 + 1))
    above = (squares - mu - error * mu**2).sum(axis=0)
    below = (mu**2).sum(axis=0)
    groups = int(group.max()) + 1
    pooled_above = np.bincount(group, weights=above, minlength=groups)
    pooled_below = np.bincount(group, weights=below, minlength=groups)
    usual = np.maximum(pooled_above, 0) / np.maximum(pooled_below, 1e-9)
    prior = PHI_PRIOR * (mu.mean(axis=0) + 0.2)
    phi = (above + prior * usual[group]) / (below + prior)
    return np.asarray(np.clip(phi, 0.0, 4.0))
