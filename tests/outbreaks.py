"""Simulated panels that differ from what the detector assumes, and outbreaks put into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forecasting import cusum
from forecasting.surprise import Laid, Surprise, lay_out, surprise

Array = np.ndarray[Any, np.dtype[np.float64]]
PHI = 0.05


@dataclass(frozen=True)
class City:
    """Counts (categories, districts, days) and the means they were drawn from."""

    days: pd.DatetimeIndex
    counts: Array
    mean: Array

    @property
    def daily(self) -> pd.DataFrame:
        """day, category1, district, n; days without orders absent."""
        return long(self.days, self.counts)

    @property
    def last(self) -> date:
        """The last day."""
        return self.days[-1].date()


def long(days: pd.DatetimeIndex, counts: Array) -> pd.DataFrame:
    """Counts as rows of day, category1, district, n; zeros left out."""
    categories, districts, span = counts.shape
    out = pd.DataFrame(
        {
            "day": np.tile(days, categories * districts),
            "category1": np.repeat([f"c{i:02}" for i in range(categories)], districts * span),
            "district": np.tile(
                np.repeat([f"d{i:02}" for i in range(districts)], span), categories
            ),
            "n": counts.reshape(-1),
        }
    )
    return out[out["n"] > 0].reset_index(drop=True)


def city(
    seed: int, *, days: int = 1095, districts: int = 16, categories: int = 40, wander: float = 0.004
) -> City:
    """Levels from rare to busy, seasons, weekdays and daily shocks shared by each category, a level
    of each series that wanders, negative-binomial noise. No outbreak anywhere."""
    rng = np.random.default_rng(seed)
    index = pd.date_range("2021-01-01", periods=days)
    shape = (categories, districts)
    base = 0.8 * np.exp(
        rng.normal(0, 1.2, (categories, 1)) + rng.normal(0, 0.6, (1, districts)) + rng.normal(0, 0.4, shape)
    )  # fmt: skip
    t = np.arange(days)
    season = 1 + 0.4 * np.sin(2 * np.pi * t / 365 + rng.uniform(0, 6.28, (categories, 1)))
    week = np.exp(rng.normal(0, 0.15, (categories, 7)))[:, t % 7]
    shocks = np.exp(rng.normal(0, 0.12, (categories, days)))
    level = np.exp(np.cumsum(rng.normal(0, wander, (*shape, days)), axis=2))
    mean = base[:, :, None] * (season * week * shocks)[:, None, :] * level
    counts = rng.poisson(mean * rng.gamma(1 / PHI, PHI, mean.shape)).astype(float)
    return City(index, counts, mean)


@dataclass(frozen=True)
class Found:
    """Of ``tried`` outbreaks the share found within ten days, and the median delay in days."""

    tried: int
    share: float
    delay: float
    false_rate: float


def laid(town: City) -> tuple[Laid, Surprise]:
    """The town as the detector sees it."""
    out = lay_out(town.daily, town.last, common="category1")
    assert out is not None
    return out, surprise(out, out.grid.series, out.grid.shared, out.grid.group)


def detect(
    town: City, budget: float, size: float, *, seed: int = 5, share: float = 0.15, poisson: bool = False
) -> Found:  # fmt: skip
    """Put outbreaks of ``size`` sd of a week's count, spread over seven days, into a share of the
    series in the last 300 days; thresholds were set on the town as it was.

    ``poisson``: the size itself varies by chance (Noufaily et al. 2013), else it is fixed.
    """
    panel, plain = laid(town)
    grid = panel.grid
    again = cusum.watch(panel, grid.series, grid.shared, grid.group)
    set_ = cusum.calibrate(plain, again, budget)
    quiet = cusum.run(plain.score[-365:], set_.threshold, set_.allowance).alarm
    rng = np.random.default_rng(seed)
    series, shared = grid.series.copy(), grid.shared.copy()
    days, width = series.shape
    where = {(row.category1, row.district): i for i, row in enumerate(grid.keys.itertuples())}
    chosen = []
    for c, d in np.argwhere(rng.random(town.mean.shape[:2]) < share):
        s = where.get((f"c{c:02}", f"d{d:02}"))
        if s is None:
            continue
        at = int(rng.integers(days - 300, days - 30))
        mean = town.mean[c, d, at : at + 7]
        sd = np.sqrt(mean.sum() + PHI * (mean**2).sum())
        extra = int(rng.poisson(size * sd)) if poisson else int(np.ceil(size * sd))
        added = rng.multinomial(extra, np.ones(7) / 7)
        series[at : at + 7, s] += added
        shared[at : at + 7, grid.group[s]] += added
        chosen.append((s, at))
    after = surprise(panel, series, shared, grid.group)
    alarm = cusum.run(after.score, set_.threshold, set_.allowance).alarm
    hits = [alarm[at : at + 10, s] for s, at in chosen]
    found = [h.any() for h in hits]
    delay = float(np.median([h.argmax() for h in hits if h.any()])) if any(found) else np.nan
    return Found(len(chosen), float(np.mean(found)), delay, float(quiet.sum() / width))
