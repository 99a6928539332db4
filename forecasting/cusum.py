"""Cumulative sums of surprise, with thresholds set by simulating one's own panel to a budget.

The budget is what the reader pays: false alarms a series and year. What the simulation cannot
know is how far real days hang together in ways the expectation does not explain; on real
series the true rate of false alarms is unknown, and every page that shows alarms says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.counts import FEWEST_DISPERSION, Array
from forecasting.panel import Ints
from forecasting.surprise import YEAR as SAME_DAYS
from forecasting.surprise import Laid, Surprise, surprise

YEAR = 365
WARMING = 150
"""Days simulated before the year that is counted, so that levels have settled."""
STRICT = 1.0
"""Below this budget (false alarms a series and year) the larger allowance is used."""
SERIES_YEARS = 1200.0
"""Series-years simulated in all, within the limits of :data:`REPLICATES`."""
REPLICATES = (3, 60)
IN_GROUP = 60
"""Series whose thresholds are found together, of like size."""
TRIED = np.arange(0.5, 20.01, 0.25)

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Calibration:
    """``threshold`` per series; ``allowance``: what a day must surprise by to count (k);
    ``rate``: alarms per series and year in the simulation at these thresholds."""

    threshold: Array
    allowance: float
    budget: float
    rate: float
    series_years: float


@dataclass(frozen=True)
class Alarms:
    """Days × series: ``alarm`` on the day the sum passes the threshold (it then starts anew);
    ``since``: the day's index on which the sum last left 0; ``sum``: before it starts anew."""

    alarm: Bools
    since: Ints
    sum: Array


def allowance(budget: float) -> float:
    """k: 0.5 finds small outbreaks early; under a strict budget 0.75 found as many or more
    (simulated, docs/alerts.md)."""
    return 0.5 if budget >= STRICT else 0.75


def run(score: Array, threshold: Array, k: float) -> Alarms:
    """One-sided CUSUM (Page 1954, Biometrika 41, 100) of scores, days × series; NaN adds nothing."""
    gain = np.where(np.isnan(score), 0.0, np.nan_to_num(score) - k)
    known = ~np.isnan(score)
    days, width = score.shape
    alarm = np.zeros(score.shape, dtype=bool)
    since = np.zeros(score.shape, dtype=np.intp)
    sums = np.zeros(score.shape)
    now, start = np.zeros(width), np.zeros(width, dtype=np.intp)
    for day in range(days):
        fresh = now <= 0
        start = np.where(fresh & known[day], day, start)
        now = np.maximum(now + gain[day], 0.0)
        hit = now > threshold
        alarm[day], since[day], sums[day] = hit, start, now
        now = np.where(hit, 0.0, now)
    return Alarms(alarm, since, sums)


def calibrate(
    found: Surprise,
    again: Callable[[Array], Surprise],
    budget: float,
    *,
    seed: int = 1,
    seasonal: bool = False,
) -> Calibration:
    """Thresholds at which a panel without outbreaks gives ``budget`` alarms a series and year.

    ``found``: the panel as it is; ``again``: the same expectation made from simulated counts (of
    the last :data:`YEAR` + :data:`WARMING` days). Series are simulated from their own expected
    counts and dispersion, and judged with expectations learned anew from what was simulated.
    """
    k = allowance(budget)
    rng = np.random.default_rng(seed)
    span = min(YEAR + WARMING + (SAME_DAYS if seasonal else 0), len(found.days))
    own = found.expected[-span:]
    mean = np.where(np.isnan(own), np.nanmean(np.where(np.isnan(own), np.nan, own), axis=0), own)
    mean = np.maximum(np.nan_to_num(mean), 1e-4)
    size = 1 / np.maximum(found.own_spread, FEWEST_DISPERSION)
    series = mean.shape[1]
    rounds = int(np.clip(np.ceil(SERIES_YEARS / series), *REPLICATES))
    groups = _groups(mean.mean(axis=0))
    alarms = np.zeros((len(TRIED), groups.max() + 1))
    years = 0.0
    for _ in range(rounds):
        made = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape)).astype(float)
        score = again(made).score[-min(YEAR, span) :]
        judged = ~np.isnan(score)
        years += judged.sum() / YEAR
        alarms += _counts(score, k, groups)
    per_group = np.bincount(groups) * (years / series)
    rate = alarms / np.maximum(per_group, 1e-9)
    threshold = np.array([_where(rate[:, g], budget) for g in range(rate.shape[1])])
    reached = [np.interp(h, TRIED, rate[:, g]) for g, h in enumerate(threshold)]
    share = np.bincount(groups) / series
    return Calibration(threshold[groups], k, budget, float(np.dot(reached, share)), years)


def watch(
    laid: Laid, counts: Array, reference: Array | None, group: Ints, *, seasonal: bool = False
) -> Callable[[Array], Surprise]:
    """How :func:`calibrate` judges simulated counts of the last days: as the panel itself is judged,
    the simulated series' own sums standing in for the totals they share."""

    def again(made: Array) -> Surprise:
        span = len(made)
        part = Laid(laid.days[-span:], laid.seen[-span:], laid.types[-span:], laid.grid)
        totals = None
        if reference is not None:
            totals = np.zeros((span, reference.shape[1]))
            np.add.at(totals.T, group, made.T)
            rest = np.maximum(reference[-span:] - _summed(counts[-span:], group, reference), 0.0)
            totals = totals + rest
        return surprise(part, made, totals, group, seasonal=seasonal)

    return again


def _summed(counts: Array, group: Ints, reference: Array) -> Array:
    out = np.zeros_like(reference[-len(counts) :])
    np.add.at(out.T, group, counts.T)
    return np.asarray(out)


def _groups(size: Array) -> Ints:
    """Series of like size together."""
    count = max(1, len(size) // IN_GROUP)
    order = np.argsort(np.argsort(size, kind="stable"), kind="stable")
    return np.asarray(order * count // len(size), dtype=np.intp)


def _counts(score: Array, k: float, groups: Ints) -> Array:
    """Alarms of every group at every tried threshold."""
    gain = np.nan_to_num(score - k, nan=0.0)
    now = np.zeros((len(TRIED), score.shape[1]))
    hits = np.zeros_like(now)
    for day in range(len(score)):
        now = np.maximum(now + gain[day], 0.0)
        over = now > TRIED[:, None]
        hits += over
        now[over] = 0.0
    return np.stack([np.bincount(groups, weights=row, minlength=groups.max() + 1) for row in hits])


def _where(rate: Array, budget: float) -> float:
    """The lowest threshold that keeps the budget, between the tried ones (log-linear)."""
    inside = rate <= budget
    if not inside.any():
        return float(TRIED[-1])
    i = int(inside.argmax())
    if i == 0 or rate[i] <= 0:
        return float(TRIED[i])
    high, low = np.log(rate[i - 1]), np.log(rate[i])
    share = (high - np.log(budget)) / (high - low) if high > low else 1.0
    return float(TRIED[i - 1] + share * (TRIED[i] - TRIED[i - 1]))
