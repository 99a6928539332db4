"""One negative-binomial regression for all series of a category, in statsmodels.

Rows: series × origins × days ahead of the past. log mean = log(base level) + log(weekday
share) + X b (McCullagh & Nelder 1989, Generalized Linear Models; dispersion by moments).
"""

from __future__ import annotations

import gc
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm

from forecasting.daily.design import FADING, Design
from forecasting.daily.steps import SHORTEST, Array, Bools, Ints

YEARS_BACK = 156
"""Blocks of the past that are learned from: three years."""
MOST_DISPERSION = 5.0
MOST_COEFFICIENT = 12.0
FEWEST_ROWS = 400
FEWEST_DAYS = 4
"""A column must be other than zero on this many days to be used."""
NEAR_SHARE = 0.6
PRIOR_SD = 0.5
"""Every coefficient but the constant is drawn to 0 as by a normal prior with this spread, and
the more strongly the more the rows of one day repeat each other (their shared shock counts
once, not once per row). Done with weighted prior rows, so that statsmodels fits one GLM."""
WEATHER_GAIN = 0.002
"""Share by which known weather must lower the deviance of held-out weeks to stay in."""


@dataclass(frozen=True)
class Fitted:
    """Coefficients of all columns of a design (0 where a column was not used)."""

    coefficients: Array
    rows: int
    weather: bool = False


@dataclass(frozen=True)
class Rows:
    """What a fit sees."""

    y: Array
    columns: Array
    offset: Array
    day: Ints


def fit(design: Design, members: Ints, block: int, most: int, start: Fitted | None) -> Fitted:
    """Fit the series ``members`` on everything before ``block``; at most ``most`` rows.

    ``start``: an earlier fit to begin from. With too few rows all coefficients are 0: the
    forecast is then the base level with its weekday shares.
    """
    none = Fitted(np.zeros(design.width), 0)
    rows = drawn(design, members, block, most)
    if rows is None:
        return none
    used = _usable(design, rows, block)
    weather = used.copy()
    weather[design.groups["weather"]] = False
    if (weather != used).any() and not _helps(rows, used, weather, block * design.steps.season):
        used = weather
    first = None if start is None or start.rows == 0 else start.coefficients[used]
    found = _fitted(Rows(rows.y, rows.columns[:, used], rows.offset, rows.day), first)
    gc.collect(1)  # results and models of statsmodels hold each other and all their rows
    if found is None:
        return none
    out = np.zeros(design.width)
    out[used] = found
    return Fitted(out, len(rows.y), bool(used[design.groups["weather"]].any()))


def drawn(design: Design, members: Ints, block: int, most: int) -> Rows | None:
    """A random sample of origin, series and day ahead, all before ``block``."""
    steps, m = design.steps, design.steps.season
    first = max(SHORTEST, block - YEARS_BACK)
    if block - first < steps.base:
        return None
    # More rows than a quarter of all there are would mostly repeat each other.
    most = min(most, len(members) * (block - first) * design.horizon // 4)
    rng = np.random.default_rng([block, len(members), most])
    near = rng.random(most) < NEAR_SHARE
    ahead = np.where(
        near, rng.integers(0, steps.near * m, most), rng.integers(0, design.horizon, most)
    )
    origin = rng.integers(first, block, most)
    series = members[rng.integers(0, len(members), most)]
    at = origin * m + ahead
    kept = (at < block * m) & (design.levels.known[origin, series] > 0)
    kept[kept] = np.isfinite(design.values[at[kept], series[kept]])
    if kept.sum() < FEWEST_ROWS:
        return None
    order = np.argsort(origin[kept], kind="stable")
    origin, ahead, series, at = (a[kept][order] for a in (origin, ahead, series, at))
    columns = np.empty((len(at), design.width))
    for one in np.unique(origin):
        part = slice(*np.searchsorted(origin, [one, one + 1]))
        columns[part] = _columns(design, int(one), ahead[part], series[part])
    share = design.levels.profile[origin, ahead % m, series]
    offset = np.log(design.levels.base[origin, series] * share)
    return Rows(design.values[at, series], columns, offset, at)


def _columns(design: Design, block: int, ahead: Ints, series: Ints) -> Array:
    out = np.empty((len(ahead), design.width))
    near = design.nearness(ahead)[:, None]
    own = design.own[block, series]
    year = design.last_year(block)[ahead // design.steps.season, series][:, None]
    groups = design.groups
    out[:, groups["trend"]] = np.hstack([np.ones_like(near), near, own, own[:, FADING] * near])
    out[:, groups["weekday"]] = design.weekday(ahead)
    out[:, groups["holiday"]] = design.drivers.holiday[block * design.steps.season + ahead]
    out[:, groups["season"]] = np.hstack([design.season(block)[ahead], year, year * near])
    out[:, groups["weather"]] = design.weather(block, known=True)[ahead]
    return out


def _usable(design: Design, rows: Rows, block: int) -> Bools:
    """Columns that vary on enough days; yearly waves only with two years of data."""
    used = np.ones(design.width, dtype=bool)
    for i in range(1, design.width):
        column = rows.columns[:, i]
        used[i] = np.ptp(column) > 1e-9
        if used[i] and (np.abs(column) > 1e-9).mean() < 0.2:
            used[i] = len(np.unique(rows.day[np.abs(column) > 1e-9])) >= FEWEST_DAYS
    waves = design.groups["season"].start
    if design.drivers.season.shape[1]:
        used[waves : waves + 2] &= block >= 2 * design.steps.year
        used[waves + 2 : waves + design.drivers.season.shape[1]] &= block >= design.steps.year
    return used


def _helps(rows: Rows, used: Bools, without: Bools, end: int) -> bool:
    """Whether known weather predicts the last half year better than none."""
    late = rows.day >= end - 182
    if late.sum() < FEWEST_ROWS or (~late).sum() < FEWEST_ROWS:
        return False
    lost = []
    for columns in (used, without):
        x = rows.columns[:, columns]
        past = Rows(rows.y[~late], x[~late], rows.offset[~late], rows.day[~late])
        found = _fitted(past, None)
        if found is None:
            return False
        mean = np.exp(np.clip(rows.offset[late] + x[late] @ found, -20, 20))
        lost.append(float(sm.families.NegativeBinomial(alpha=0.2).deviance(rows.y[late], mean)))
    return lost[0] < (1 - WEATHER_GAIN) * lost[1]


def _fitted(rows: Rows, start: Array | None) -> Array | None:
    """Poisson first, then twice a negative binomial; ridge where that runs away."""
    n, width = rows.columns.shape
    # Prior rows: one order where one was expected, at each column's unit; see PRIOR_SD.
    x = np.vstack([rows.columns, np.eye(width)[1:]])
    y = np.concatenate([rows.y, np.ones(width - 1)])
    offset = np.concatenate([rows.offset, np.zeros(width - 1)])
    weights = np.ones(len(y))
    weights[n:] = 1 / PRIOR_SD**2
    begin = np.zeros(width) if start is None else start
    family, found = sm.families.Poisson(), begin
    for again in range(3):
        got = _quietly(y, x, offset, weights, family, found)
        if got is None:
            return _ridge(rows)
        found = got
        mean = np.exp(np.clip(rows.offset + rows.columns @ found, -20, 20))
        excess = (rows.y - mean) ** 2 - mean
        alpha = float(np.clip(excess.sum() / (mean**2).sum(), 1e-4, MOST_DISPERSION))
        family = sm.families.NegativeBinomial(alpha=alpha)
        if again < 2:
            same = _sameness(rows.day, (rows.y - mean) / np.sqrt(mean + alpha * mean**2))
            weights[n:] = same * (1 + alpha) / PRIOR_SD**2
    return found if _sound(found) else _ridge(rows)


def _sameness(day: Ints, residual: Array) -> float:
    """How many rows say the same thing: rows of a day share its shock (the design effect)."""
    _, place = np.unique(day, return_inverse=True)
    together = np.bincount(place, weights=residual) ** 2
    return float(np.clip(together.sum() / max((residual**2).sum(), 1e-9), 1.0, 100.0))


def _quietly(
    y: Array, x: Array, offset: Array, weights: Array, family: Any, start: Array
) -> Array | None:
    """Coefficients of a GLM by Newton's method, by IRLS where that fails, or ``None``."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # Told that there is no constant, it does not look for one by two ranks of the matrix.
        model = sm.GLM(y, x, family=family, offset=offset, freq_weights=weights, hasconst=False)
        ways: tuple[dict[str, Any], ...] = (
            {"method": "newton", "maxiter": 12, "disp": 0, "skip_hessian": True},
            {"method": "IRLS", "maxiter": 25, "tol": 1e-5},
        )
        for way in ways:
            try:
                found = model.fit(start_params=start, **way)
            except (ValueError, np.linalg.LinAlgError, FloatingPointError):
                continue
            done = getattr(found, "mle_retvals", {}).get("converged", True)
            if done and _sound(found.params):
                return np.asarray(found.params)
    return None


def _ridge(rows: Rows) -> Array | None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        family = sm.families.Poisson()
        try:
            model = sm.GLM(rows.y, rows.columns, family=family, offset=rows.offset)
            found = np.asarray(model.fit_regularized(alpha=0.01, L1_wt=0.0, maxiter=60).params)
        except (ValueError, np.linalg.LinAlgError, FloatingPointError):
            return None
    return found if _sound(found) else None


def _sound(coefficients: Array) -> bool:
    return bool(np.isfinite(coefficients).all() and np.abs(coefficients).max() <= MOST_COEFFICIENT)


__all__ = ["Fitted", "drawn", "fit"]
