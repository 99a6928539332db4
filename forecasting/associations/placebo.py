"""Placebos: the same driver where it cannot have had an effect, on the same dates or a month away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[np.float64]]

YEARS, SHIFTS = "years", "shifts"
"""Bases of a placebo: other years' values on the same dates; the driver moved by a month and more."""
FEWEST_YEARS = 2
"""Other years below which the driver is moved instead."""
MOST = 14
NEAREST, FARTHEST, SHIFTED = 30, 90, 10
"""Days by which it is moved at least and at most, and how many such placebos there are."""
LEAST_KNOWN = 0.8
"""Share of the days on which a placebo must be known."""


def placebos(known: pd.Series[Any], days: pd.DatetimeIndex) -> tuple[str, int, list[Array]]:
    """Basis, number of other years, and the placebo values of each day.

    ``known``: the driver by day, of every day it is known; ``days``: the days needed (lags
    included). Other years are taken in a circle: year y gets the value of the year
    y + k, so that no day is ever paired with its own year.
    """
    others = _other_years(known)
    if others >= FEWEST_YEARS:
        made = [_of_year(known, days, k, others + 1) for k in range(1, min(others, MOST) + 1)]
        made = [one for one in made if np.isfinite(one).mean() >= LEAST_KNOWN]
        if len(made) >= FEWEST_YEARS:
            return YEARS, len(made), made
    return SHIFTS, others, _shifted(known, days)


def _key(days: pd.DatetimeIndex) -> Any:
    """Month and day as a number; 29 February counts as the 28th."""
    day = np.where((days.month == 2) & (days.day == 29), 28, days.day)
    return np.asarray(days.month) * 100 + day


def _other_years(known: pd.Series[Any]) -> int:
    """Years of every date of the year that are known, but one (a tenth of the dates may lack more)."""
    index = pd.DatetimeIndex(known.dropna().index)
    if len(index) == 0:
        return 0
    counted = pd.Series(np.asarray(index.year)).groupby(_key(index)).nunique()
    if len(counted) < 365 * LEAST_KNOWN:
        return 0
    return int(np.quantile(counted, 0.1, method="lower")) - 1


def _of_year(known: pd.Series[Any], days: pd.DatetimeIndex, k: int, years: int) -> Array:
    table = known.dropna()
    index = pd.DatetimeIndex(table.index)
    leap = np.asarray((index.month == 2) & (index.day == 29))  # the 28th stands for both
    index, table = index[~leap], table[~leap]
    value = dict(zip(zip(index.year, _key(index), strict=True), table.to_numpy(), strict=True))
    earliest: dict[int, int] = {}
    for year, key in value:
        earliest[key] = min(earliest.get(key, year), year)
    out = np.full(len(days), np.nan)
    for i, (year, key) in enumerate(zip(days.year, _key(days), strict=True)):
        first = earliest.get(int(key))
        if first is not None:
            then = first + (int(year) - first + k) % years
            if then != year:
                out[i] = value.get((then, int(key)), np.nan)
    return out


def _shifted(known: pd.Series[Any], days: pd.DatetimeIndex) -> list[Array]:
    """The driver of the days themselves, moved in a circle by 30 days and more."""
    first, last = max(days[0], known.index.min()), min(days[-1], known.index.max())
    row = known.reindex(pd.date_range(first, last, freq="D")).to_numpy(dtype=float)
    n = len(row)
    far = min(FARTHEST, n // 2)
    if far < NEAREST:
        return []
    sizes = np.unique(np.linspace(NEAREST, far, SHIFTED // 2).round().astype(int))
    place = np.asarray((days - first).days)
    return [row[(place + way * size) % n] for size in sizes for way in (1, -1)]
