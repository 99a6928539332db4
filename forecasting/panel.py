"""Many daily count series side by side, and what each of their windows should have held.

Everything is in blocks of days, ending on the last complete day, so that a level
at any earlier moment is one look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

Array = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]

HALF_LIFE = 182.0
YEAR = 364
"""A year of whole weeks."""
SHORTEST_BASELINE = 56
"""Days of data a baseline needs: eight weeks."""
CITY_PRIOR = 10.0
"""Orders by which the city's factor is drawn towards 1."""
CATEGORY_PRIOR = 5.0
"""Orders by which a category's factor is drawn towards the city's, in logarithms."""
HALF = 0.5
"""Added to a baseline's orders, so that what never happened is not impossible."""


@dataclass(frozen=True)
class Window:
    """One window of every series: what came, what was expected, and the squared relative
    error of that expectation as far as it follows from small numbers."""

    observed: Array
    expected: Array
    known: Array

    def pooled(self, pools: Ints | None) -> Window:
        """Series added up, each with its own expectation; entry i is the pool of series i."""
        if pools is None:
            return self
        whole = summed(pools, self.expected)
        error = summed(pools, self.known * self.expected**2)
        return Window(summed(pools, self.observed), whole, error / whole**2)


@dataclass(frozen=True)
class Grid:
    """Daily counts: series by day, the totals they share, the city; and who shares which.

    ``shared`` holds one column per category (one alone, the city, when the series have
    none in common), ``group`` the column of each series.
    """

    keys: pd.DataFrame
    series: Array
    shared: Array
    group: Ints
    city: Array
    common: bool


def grid(daily: pd.DataFrame, index: pd.DatetimeIndex, common: str | None) -> Grid:
    """Lay out day, keys, n as days down and series across (sorted by their keys).

    A row with a missing key counts for its category, if it has one, and for the city.
    """
    names = [name for name in daily.columns if name not in ("day", "n")]
    since = pd.to_datetime(daily["day"]).to_numpy().astype("datetime64[D]")
    day = (since - index[0].to_datetime64().astype("datetime64[D]")).astype(np.intp)
    inside = (day >= 0) & (day < len(index))
    rows = daily
    if not inside.all():
        rows, day = daily[inside], day[inside]
    n = rows["n"].to_numpy(dtype=float)
    coded = {name: pd.factorize(rows[name], sort=True) for name in names}
    place, keys = _together(coded)
    known = place >= 0
    series = _laid_out(day[known], place[known], n[known], len(index), len(keys))
    city = _laid_out(day, np.zeros(len(rows), dtype=np.intp), n, len(index), 1)
    shared, group = city, np.zeros(len(keys), dtype=np.intp)
    if common is not None:
        codes, values = coded[common]
        has = codes >= 0
        shared = _laid_out(day[has], codes[has], n[has], len(index), len(values))
        group[place[known]] = codes[known]
    return Grid(keys, series, shared, group, city[:, 0], common is not None)


def _together(coded: dict[str, tuple[Ints, Any]]) -> tuple[Ints, pd.DataFrame]:
    """One code for all keys of a row (-1 where one is missing), and the keys of each code."""
    rows = len(next(iter(coded.values()))[0])
    code, known = np.zeros(rows, dtype=np.intp), np.ones(rows, dtype=bool)
    for codes, values in coded.values():
        code, known = code * len(values) + codes, known & (codes >= 0)
    found, left = pd.factorize(code[known], sort=True)
    place = np.full(rows, -1, dtype=np.intp)
    place[known] = found
    keys: dict[str, pd.Series] = {}
    for name, (_, values) in reversed(coded.items()):
        keys[name] = pd.Series(values).take(left % max(len(values), 1)).reset_index(drop=True)
        left = left // max(len(values), 1)
    return place, pd.DataFrame({name: keys[name] for name in coded})


def summed(pools: Ints, values: Array) -> Array:
    """The sum of each pool; entry i of ``pools`` is the pool of value i."""
    return np.asarray(np.bincount(pools, weights=values), dtype=float)


def _laid_out(day: Ints, column: Ints, n: Array, days: int, columns: int) -> Array:
    flat = np.bincount(day * columns + column, weights=n, minlength=days * columns)
    return np.asarray(flat, dtype=float).reshape(days, columns)


class Panel:
    """Levels and sums of all series at the end of every block of days."""

    def __init__(self, laid: Grid, seen: np.ndarray[Any, Any], block: int) -> None:
        self.width, self.block = laid.series.shape[1], block
        self._group, self._common = laid.group, laid.common
        # Blocks end on the last day: the first one is filled up with days without data.
        lacking = -len(seen) % block
        every = np.zeros((lacking + len(seen), self.width + laid.shared.shape[1] + 2))
        every[lacking:, : self.width] = laid.series
        every[lacking:, self.width : -2] = laid.shared
        every[lacking:, -2], every[lacking:, -1] = laid.city, seen
        every[lacking:][~seen] = 0
        decay = 0.5 ** (1 / HALF_LIFE)
        age = np.arange(block)[::-1]
        weights = np.stack([decay**age, decay ** (2 * age), np.ones(block)])
        level, square, sums = np.moveaxis(weights @ every.reshape(-1, block, every.shape[1]), 1, 0)
        self._level = _decayed(level, decay**block)
        self._square = _decayed(square, decay ** (2 * block))
        self._sums = np.vstack([np.zeros(every.shape[1]), sums.cumsum(axis=0)])
        self.days = self._sums[:, -1]

    @property
    def end(self) -> int:
        """The number of blocks: where the last window ends."""
        return len(self._sums) - 1

    def blocks(self, days: int) -> int:
        """Days, a multiple of the block, in blocks."""
        return days // self.block

    def whole(self, end: int, length: int) -> bool:
        """Whether the ``length`` blocks before ``end`` have data on every day."""
        if end < length:
            return False
        return bool(self.days[end] - self.days[end - length] == length * self.block)

    def has_baseline(self, end: int, guard: int) -> bool:
        """Whether eight weeks of data lie up to ``guard`` blocks before ``end``."""
        return end > guard and bool(self.days[end - guard] >= SHORTEST_BASELINE)

    def baseline_events(self, guard: int) -> Array:
        """Orders of each series up to ``guard`` blocks before the end."""
        return np.asarray(self._sums[max(self.end - guard, 0), : self.width])

    def window(self, end: int, length: int, guard: int) -> Window:
        """The ``length`` blocks before ``end`` against the level ``guard`` blocks before it."""
        base = end - guard - 1
        weight = self._level[base, -1]
        days = self.days[end] - self.days[end - length]
        ratio = days / weight
        return self._compare(self._level[base], self._square[base], ratio, end, length)

    def year_window(self, end: int, length: int) -> Window:
        """The ``length`` blocks before ``end`` against the same weeks a year before."""
        then = end - self.blocks(YEAR)
        base = self._sums[then] - self._sums[then - length]
        days = self.days[end] - self.days[end - length]
        return self._compare(base, base, days / base[-1], end, length)

    def _compare(self, base: Array, square: Array, ratio: float, end: int, length: int) -> Window:
        """Own orders of the base × ratio of days × the change of the rest, for each series."""
        seen = self._sums[end] - self._sums[end - length]
        own, own_square, now = base[: self.width], square[: self.width], seen[: self.width]
        level = (own + HALF) * ratio
        # A weighted count W with weights' squares V says as much as W²/V orders.
        known = (own_square + HALF) / (own + HALF) ** 2
        city_then, city_now = (base[-2] - own) * ratio, seen[-2] - now
        factor = (city_now + CITY_PRIOR) / (city_then + CITY_PRIOR)
        if self._common:
            like = self.width + self._group
            rest, came = base[like] - own, seen[like] - now + HALF
            theirs = came / (rest * ratio + HALF / factor)
            spread = np.maximum(square[like] - own_square, 0) + HALF
            precision = 1 / (1 / came + spread / (rest + HALF) ** 2)
            trust = precision / (precision + CATEGORY_PRIOR)
            factor = theirs**trust * factor ** (1 - trust)
            known = known + 1 / (precision + CATEGORY_PRIOR)
        else:
            spread = np.maximum(square[-2] - own_square, 0) * ratio**2
            known = known + 1 / (city_now + CITY_PRIOR) + spread / (city_then + CITY_PRIOR) ** 2
        return Window(now, level * factor, known)


def _decayed(blocks: Array, decay: float) -> Array:
    """Sums over all earlier blocks, each block's weight falling with its age."""
    return np.asarray(lfilter([1.0], [1.0, -decay], blocks, axis=0))
