"""The clock of a panel: how long a season, a month and a year are, and how far ahead one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Steps:
    """All lengths are in blocks: weeks of seven days, or single weeks of weekly data.

    ``season``: observations in a block (7 days; 1 when the data are weekly).
    ``near``: blocks ahead that are forecast observation by observation; ``far``: blocks
    ahead in all. ``windows``: the levels looked at (last block, base, quarter, year);
    the second is the base that everything is relative to. ``alphas``, ``gammas``: the
    smoothing constants tried.
    """

    season: int = 7
    near: int = 4
    far: int = 13
    windows: tuple[int, int, int, int] = (1, 4, 13, 52)
    year: int = 52
    origins: int = 65
    refit: int = 13
    alphas: tuple[float, ...] = (0.02, 0.07, 0.2)
    gammas: tuple[float, ...] = (0.01, 0.04, 0.12)

    @property
    def base(self) -> int:
        """Blocks of the base level."""
        return self.windows[1]


DAILY = Steps()
WEEKLY = Steps(
    season=1, near=13, alphas=(0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.99), gammas=(0.0,)
)
SHORTEST = 8
"""Blocks of data below which nothing but a simple mean is said."""
