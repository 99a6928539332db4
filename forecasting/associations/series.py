"""The daily series of the categories, the days that count, and breaks of level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from forecasting.associations.nuisance import Array, Bools, Fit, inverted
from forecasting.counts import seen_days

MARGIN, EVERY = 91, 28
"""Days that a level must last on both sides of a break, and days between two places looked at."""
JUMP, SURE = float(np.log(2.5)), 8.0
"""A break is a level at least 2.5 times the other, at eight standard errors: such a series
was recorded differently before, and no season or trend explains it."""


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


def level_break(y: Array, base: Array, null: Fit, days: pd.DatetimeIndex) -> bool:
    """Whether the series changes its level once and for all beyond season and trend.

    One Newton step per possible place; the errors are taken from four-week sums, so that
    days that hang together do not count as many.
    """
    weights = null.weights()
    left = (y - null.mean) / null.mean
    heavy = base * weights[:, None]
    inner = inverted(heavy.T @ base)
    if inner is None:
        return False
    age = np.asarray((days - days[0]).days)
    block = age // EVERY
    score = weights * left
    for at in range(MARGIN, int(age[-1]) - MARGIN, EVERY):
        step = (age >= at).astype(float)
        cross = heavy.T @ step
        pure = step - base @ (inner @ cross)
        information = float(weights @ pure**2)
        if information <= 1e-6 * float(weights @ step):
            continue
        jump = float(pure @ score) / information
        error = np.sqrt((np.bincount(block, weights=pure * score) ** 2).sum()) / information
        if abs(jump) >= JUMP and abs(jump) >= SURE * max(error, 1 / np.sqrt(information)):
            return True
    return False
