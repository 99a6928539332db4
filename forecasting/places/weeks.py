"""Counts of cells by week: weeks down, the latest last; and which cells touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import h3.api.numpy_int as h3
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.signal import lfilter

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
WEEK = 7
YEAR = 52
"""A year of whole weeks."""
AROUND = 2
"""Weeks before and after last year's same week that are counted with it."""
SIDES = 6


@dataclass(frozen=True)
class Weeks:
    """``n``: orders, weeks down (the latest last), cells across; ``days``: days of each week for
    which data were delivered (0 to 7, the running week has fewer); ``last``: the last day of the
    last week."""

    cells: np.ndarray[Any, np.dtype[np.uint64]]
    n: Array
    days: Array
    last: date

    def __len__(self) -> int:
        return len(self.n)

    @property
    def whole(self) -> Flags:
        """The weeks that were delivered on every day."""
        return np.asarray(self.days == WEEK)

    def until(self, week: int) -> Weeks:
        """As it was known before week ``week`` (an index into ``n``; ``len(self)``: all of it)."""
        last = self.last - timedelta(days=WEEK * (len(self) - week))
        known = np.flatnonzero(self.n[:week].any(axis=0))
        return Weeks(self.cells[known], self.n[:week, known], self.days[:week], last)


def weeks_of(
    counts: pd.DataFrame,
    as_of: date,
    covered: Iterable[date] | None = None,
    *,
    end: date | None = None,
    most: int = 160,
) -> Weeks:
    """Lay out ``counts``: day (any day of its week), cell (H3, as integer), n.

    Weeks are blocks of seven days that end on ``end`` (by default ``as_of``, the last day with
    data; an ``end`` after it leaves the last week unfinished). Rows after the last week or
    without a cell, blocks older than ``most`` weeks, and blocks before the first one that was
    delivered whole are left out. ``covered``: the days delivered (by default every day since
    the first row).
    """
    stop = end or as_of
    rows = counts[counts["cell"].notna()]
    age = ((pd.Timestamp(stop) - pd.to_datetime(rows["day"])).dt.days // WEEK).to_numpy()
    days = _delivered(counts, as_of, stop, covered, most)
    length = len(days)
    inside = (age >= 0) & (age < length)
    rows, age = rows[inside], age[inside]
    cells, place = np.unique(rows["cell"].to_numpy(dtype=np.uint64), return_inverse=True)
    flat = np.bincount(
        (length - 1 - age) * len(cells) + place,
        weights=rows["n"].to_numpy(dtype=float),
        minlength=length * len(cells),
    )
    return Weeks(cells, flat.astype(float).reshape(length, len(cells)), days, stop)


def _delivered(
    counts: pd.DataFrame, as_of: date, stop: date, covered: Iterable[date] | None, most: int
) -> Array:
    """Days delivered of each week, from the first week that is whole on."""
    last = pd.Timestamp(as_of)
    if covered is not None:
        known = pd.DatetimeIndex(pd.to_datetime(pd.Series(list(covered), dtype=object))).unique()
    elif len(counts):
        known = pd.date_range(pd.to_datetime(counts["day"]).min(), last)
    else:
        known = pd.DatetimeIndex([])
    age = np.asarray((pd.Timestamp(stop) - known[known <= last]).days // WEEK)
    days = np.bincount(age[(age >= 0) & (age < most)]).astype(float)[::-1]
    whole = np.flatnonzero(days == WEEK)
    return days[whole[0] :] if len(whole) else np.zeros(0)


def smoothed(weeks: Weeks, half_life: float) -> Array:
    """Exponentially weighted orders a week; row t from what lay before week t, one row more than
    weeks. A week of which less was delivered weighs less."""
    decay = 0.5 ** (1 / half_life)
    share = weeks.days / WEEK
    top = lfilter([1.0], [1.0, -decay], weeks.n, axis=0)
    bottom = lfilter([1.0], [1.0, -decay], share)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(bottom[:, None] > 0, top / bottom[:, None], 0.0)
    return np.vstack([np.zeros(weeks.n.shape[1]), level])


def recent(weeks: Weeks, length: int) -> Array:
    """Mean orders a week over the ``length`` weeks before week t; rows as :func:`smoothed`."""
    return _span(weeks, length, 0)


def last_year(weeks: Weeks) -> Array:
    """Mean orders a week over five weeks around the same one a year ago; NaN where there are none."""
    out = _span(weeks, 2 * AROUND + 1, YEAR - AROUND - 1)
    out[: YEAR + AROUND + 1] = np.nan
    return out


def _span(weeks: Weeks, length: int, gap: int) -> Array:
    """Orders a week over ``length`` weeks that end ``gap`` weeks before week t."""
    count = len(weeks)
    sums = np.vstack([np.zeros(weeks.n.shape[1]), weeks.n.cumsum(axis=0)])
    share = np.concatenate([[0.0], (weeks.days / WEEK).cumsum()])
    stop = np.clip(np.arange(count + 1) - gap, 0, count)
    start = np.clip(stop - length, 0, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        out = (sums[stop] - sums[start]) / (share[stop] - share[start])[:, None]
    return np.asarray(np.nan_to_num(out))


def touching(cells: np.ndarray[Any, np.dtype[np.uint64]]) -> sparse.csr_matrix:
    """Which of the cells touch (1), themselves left out."""
    index = {cell: place for place, cell in enumerate(cells.tolist())}
    pairs = [
        (place, index[near])
        for cell, place in index.items()
        for near in h3.grid_disk(cell, 1).tolist()
        if near != cell and near in index
    ]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    size = len(cells)
    return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(size, size))


def in_top(score: Array, share: float) -> Flags:
    """Which values lie in the top ``share`` for certain: no more than so many are as large."""
    most = max(1, round(share * len(score)))
    order = np.sort(score)[::-1]
    limit = order[most] if most < len(order) else -np.inf
    return np.asarray((score > limit) & (score > 0))
