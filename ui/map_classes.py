"""Classes of a map: few, made by a rule that the legend names. Pure numbers, nothing is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from metrics.rates import wilson

Method = Literal["quantile", "natural"]
METHODS: tuple[Method, ...] = ("quantile", "natural")
COUNT = 5
SAMPLED = 600
"""Natural breaks of more numbers than this are found on so many evenly spaced order statistics."""

CHANGES = ("much_less", "less", "same", "more", "much_more")
SAME = CHANGES.index("same")
CLEAR = 0.3
"""From this share on a change of a count (or of a rate per resident) is called large …"""
CLEAR_POINTS = 0.05
"""… and from so many points (5 percentage points) on that of a rate."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Inner limits of the classes, lowest first, the least and the greatest number, and the rule."""

    cuts: tuple[float, ...]
    least: float
    greatest: float
    method: Method

    @property
    def count(self) -> int:
        """How many classes there are."""
        return len(self.cuts) + 1

    def place(self, values: Sequence[float | None] | npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The class of each number, 0 the lowest; -1 for no data."""
        numbers = np.asarray(values, dtype=float)
        found = np.searchsorted(np.array(self.cuts), numbers, side="right")
        return np.where(np.isnan(numbers), -1, found).astype(np.int64)

    def bounds(self, place: int) -> tuple[float, float]:
        """The lowest and highest number of a class."""
        edges = (self.least, *self.cuts, self.greatest)
        return edges[place], edges[place + 1]


def classes(
    values: npt.ArrayLike, method: Method = "quantile", count: int = COUNT
) -> Classes | None:
    """The classes of some numbers; ``None`` when there is none. Equal numbers share a class.

    ``quantile``: as many places in each class as can be; ``natural``: :func:`natural_breaks`.
    """
    numbers = np.asarray(values, dtype=float)
    known = numbers[~np.isnan(numbers)]
    if not known.size:
        return None
    least, greatest = float(known.min()), float(known.max())
    if method == "natural":
        cuts = natural_breaks(known, count)
    else:
        cuts = np.quantile(known, np.linspace(0, 1, count + 1)[1:-1]).tolist()
    inner = tuple(sorted({float(c) for c in cuts if least < c <= greatest}))
    return Classes(inner, least, greatest, method)


def natural_breaks(values: npt.ArrayLike, count: int = COUNT) -> list[float]:
    """The lower limits of the upper classes when the squared distances to the classes' means
    are least.

    Fisher (1958), JASA 53, 789-798, known as Jenks's natural breaks; found exactly by
    dynamic programming (on a thinned sample of more than :data:`SAMPLED` numbers).
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if ordered.size > SAMPLED:
        ordered = ordered[np.linspace(0, ordered.size - 1, SAMPLED).round().astype(int)]
    count = min(count, len(np.unique(ordered)))
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    squares = np.concatenate([[0.0], np.cumsum(ordered**2)])
    n = ordered.size
    first, last = np.meshgrid(np.arange(n), np.arange(1, n + 1), indexing="ij")
    size = np.maximum(last - first, 1)
    spread = squares[last] - squares[first] - (sums[last] - sums[first]) ** 2 / size
    spread[last <= first] = np.inf  # spread[i, j - 1] of the numbers i … j - 1
    best = spread[0].copy()
    splits = []
    for _ in range(1, count):
        # numbers up to j: the last class begins at i, the ones before hold i numbers
        total = np.concatenate([[np.inf], best[:-1]])[:, None] + spread
        begin = np.argmin(total, axis=0)
        splits.append(begin)
        best = total[begin, np.arange(n)]
    cuts, end = [], n - 1
    for begin in reversed(splits):
        start = int(begin[end])
        cuts.append(float(ordered[start]))
        end = start - 1
    return cuts[::-1]


def counts_moved(now: Array, before: Array, days: float, days_before: float) -> Any:
    """Whether counts differ by more than chance from those of another time, in 95 of 100 cases.

    Given their sum the later count is binomial with the share of the days (Przyborowski &
    Wilenski 1940, Biometrika 31, 313-323); it differs when that share lies outside the
    Wilson interval of what was found.
    """
    low, high = wilson(now, now + before)
    share = days / (days + days_before)
    return (now + before > 0) & ((share < low) | (share > high))


def of_change(
    difference: npt.ArrayLike, real: npt.ArrayLike, clear: float
) -> npt.NDArray[np.int64]:
    """The class in :data:`CHANGES` of each difference: what chance explains is ``same``; -1 for
    no data."""
    moved, sure = np.asarray(difference, dtype=float), np.asarray(real, dtype=bool)
    size = np.where(np.abs(moved) >= clear, 2, 1)
    found = np.where(sure & (moved != 0), SAME + np.sign(np.nan_to_num(moved)) * size, SAME)
    return np.where(np.isnan(moved), -1, found).astype(np.int64)
