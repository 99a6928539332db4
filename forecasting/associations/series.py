"""The daily series of the categories, the days that count, and breaks of level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.associations.nuisance import Array, Bools
from forecasting.counts import seen_days

QUARTER, YEAR, EVERY = 91, 364, 28
"""Days of the stretches that are compared, days back to the same season, days between two looks."""
JUMP, ENOUGH = 2.5, 30
"""A break is a level at least this many times that of a year before, in every quarter with enough
orders: such a series was recorded differently before."""


@dataclass(frozen=True)
class Panel:
    """Days × categories; ``seen``: days that were delivered (the others are holes, not zeros)."""

    days: pd.DatetimeIndex
    seen: Bools
    categories: list[str]
    values: Array

    @property
    def first(self) -> date:
        """The first day."""
        return self.days[0].date()

    @property
    def last(self) -> date:
        """The last day."""
        return self.days[-1].date()


def panel_of(daily: pd.DataFrame, as_of: date, covered: Iterable[date] | None) -> Panel:
    """Counts by day and category, NaN on days that were not delivered."""
    days, seen = seen_days(daily, as_of, covered)
    stamps = pd.to_datetime(daily["day"])
    rows = daily.assign(day=stamps)[stamps <= pd.Timestamp(as_of)]
    wide = rows.pivot_table(index="day", columns="category", values="n", aggfunc="sum")
    wide = wide.reindex(days).fillna(0.0)
    values = np.array(wide, dtype=float)
    values[~seen] = np.nan
    return Panel(days, seen, [str(name) for name in wide.columns], values)


def level_break(values: Array) -> bool:
    """Whether the series (NaN: no data) changes its level once and for all.

    Every quarter of up to a year after a day is compared with the same quarter a year before;
    at least two must have enough orders to tell, and all of those must differ alike. A hard
    winter or a season does not do that. What began less than a year after the first day, or less
    than half a year before the last, cannot be told from a season and passes.
    """
    for at in range(YEAR, len(values) - 2 * QUARTER + 1, EVERY):
        ratios = []
        for start in range(at, min(at + YEAR, len(values)) - QUARTER + 1, QUARTER):
            after = values[start : start + QUARTER]
            before = values[start - YEAR : start - YEAR + QUARTER]
            if np.isfinite(after).sum() < QUARTER / 2 or np.isfinite(before).sum() < QUARTER / 2:
                continue
            late, early = np.nanmean(after), np.nanmean(before)
            if max(late, early) * QUARTER >= ENOUGH:
                ratios.append((late + 1 / QUARTER) / (early + 1 / QUARTER))
        if len(ratios) >= 2 and (min(ratios) >= JUMP or max(ratios) <= 1 / JUMP):
            return True
    return False
