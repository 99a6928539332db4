"""The regressors of the pooled model: what is known at an origin about a day after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecasting.daily.drivers import Drivers
from forecasting.daily.levels import Levels
from forecasting.daily.smoothing import Smoothed
from forecasting.daily.steps import Array, Ints, Steps

OWN = 6
"""Columns about the series itself: ratios of its levels."""
FADING = (1, 2, 5)
"""Those of them whose effect changes with the distance: quarter, year, smoothing."""
CLIP = 2.0


@dataclass(frozen=True)
class Design:
    """Columns in groups; every column of a group belongs to one part of the forecast.

    trend: constant, horizon, own ratios, own × horizon; weekday; holiday; season: waves,
    heating, last year, last year × horizon; weather.
    """

    values: Array
    levels: Levels
    smoothed: Smoothed
    drivers: Drivers
    steps: Steps
    years: dict[int, Array] = field(default_factory=dict)

    @cached_property
    def groups(self) -> dict[str, slice]:
        """Where the columns of each part lie."""
        sizes = {
            "trend": 2 + OWN + len(FADING),
            "weekday": self.steps.season - 1,
            "holiday": self.drivers.holiday.shape[1],
            "season": self.drivers.season.shape[1] + 2,
            "weather": self.drivers.weather.shape[1],
        }
        ends = np.cumsum(list(sizes.values()))
        return {k: slice(e - n, e) for (k, n), e in zip(sizes.items(), ends.tolist(), strict=True)}

    @cached_property
    def width(self) -> int:
        """Number of columns."""
        return max(int(part.stop) for part in self.groups.values())

    @property
    def horizon(self) -> int:
        """Observations ahead."""
        return self.steps.far * self.steps.season

    def nearness(self, ahead: Ints) -> Array:
        """0 for the first observation ahead, 1 for the last, in logarithms."""
        return np.asarray(np.log1p(ahead) / np.log1p(max(self.horizon - 1, 1)))

    def weekday(self, ahead: Ints) -> Array:
        """Zero-one columns; an origin is always a whole number of blocks from the start."""
        return np.eye(self.steps.season)[ahead % self.steps.season, 1:]

    @cached_property
    def own(self) -> Array:
        """Blocks × series × OWN: log ratios of other levels to the base level.

        Twice for the long ones: where the base rests on few orders they say more.
        """
        short, base, quarter, year = self.levels.window
        doubt = 1 - self.levels.credible
        smooth = np.log(np.maximum(self.smoothed.level, 0.02 * base) / base)
        longer, longest = np.log(quarter / base), np.log(year / base)
        columns = (np.log(short / base), longer, longest, doubt * longer, doubt * longest, smooth)
        return np.asarray(np.clip(np.stack(columns, axis=-1), -CLIP, CLIP))

    def last_year(self, block: int) -> Array:
        """Blocks ahead × series: see :meth:`Levels.last_year`, kept for reuse."""
        if block not in self.years:
            self.years[block] = self.levels.last_year(block)
        return self.years[block]

    def season(self, block: int) -> Array:
        """Waves and heating of the days ahead against the base weeks."""
        return self._against_usual(self.drivers.season, self.drivers.season, block)

    def weather(self, block: int, *, known: bool) -> Array:
        """Weather of the days ahead against the base weeks.

        ``known``: as the table has it (to learn from the past, or with forecasts of the
        days to come); otherwise climatology made at the last refit, as a back-test must.
        """
        m, refit = self.steps.season, self.steps.refit
        rows = self.drivers.weather
        if known or rows.shape[1] == 0:
            return self._against_usual(rows, rows, block)
        climate = self.drivers.climate(max(block // refit * refit, 1) * m)
        return self._against_usual(climate, rows, block)

    def _against_usual(self, ahead: Array, past: Array, block: int) -> Array:
        m = self.steps.season
        first = max(block - self.steps.base, 0) * m
        usual = past[first : block * m].mean(axis=0)
        return np.asarray(ahead[block * m : block * m + self.horizon] - usual)
