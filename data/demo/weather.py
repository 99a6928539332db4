"""Simulated weather: the same day has the same weather however long the city is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from data.demo.arrays import Floats

ORIGIN = date(2012, 1, 1)
# Month by month: chance of rain after a dry day, after a wet day, mean amount in mm on a wet day.
_DRY_WET = np.array([0.06, 0.07, 0.10, 0.13, 0.15, 0.22, 0.32, 0.31, 0.20, 0.12, 0.08, 0.06])
_WET_WET = np.array([0.25, 0.25, 0.28, 0.30, 0.32, 0.38, 0.46, 0.45, 0.38, 0.32, 0.28, 0.25])
_AMOUNT = np.array([1.8, 2.2, 3.5, 6.0, 8.0, 11.0, 17.0, 15.0, 9.0, 6.5, 4.0, 2.0])
HEAVIEST_MM = 90.0


@dataclass(frozen=True)
class Weather:
    """Daily weather of the whole city; one value per simulated day."""

    days: np.ndarray[Any, np.dtype[np.datetime64]]
    rain_mm: Floats
    snow_mm: Floats
    temp_mean_c: Floats
    temp_max_c: Floats
    temp_min_c: Floats
    wind_max_ms: Floats

    def factors(self) -> pd.DataFrame:
        """Rows of the ``factors`` table (area null: the whole city)."""
        names = ("rain_mm", "snow_mm", "temp_mean_c", "temp_max_c", "temp_min_c", "wind_max_ms")
        parts = [
            pd.DataFrame({"day": self.days, "factor": name, "amount": getattr(self, name)})
            for name in names
        ]
        frame = pd.concat(parts, ignore_index=True)
        frame["day"] = frame["day"].astype("datetime64[s]").dt.date
        frame.insert(1, "area", pd.Series(pd.NA, index=frame.index, dtype="string"))
        return frame


def simulate(seed: int, start: date, end: date, lead: int = 0) -> Weather:
    """Weather of the days ``start - lead`` to ``end`` (both included).

    Raises ``ValueError`` for days before :data:`ORIGIN`.
    """
    if (start - ORIGIN).days < lead:
        raise ValueError(f"no weather before {ORIGIN}: {start} is too early")
    count = (end - ORIGIN).days + 1
    rng = np.random.default_rng([seed, 101])
    draws = rng.random((count, 4))
    normal = np.random.default_rng([seed, 102]).standard_normal((count, 3))
    days = np.datetime64(ORIGIN) + np.arange(count)
    month = pd.DatetimeIndex(days).month.to_numpy() - 1
    year_angle = 2 * np.pi * (pd.DatetimeIndex(days).day_of_year.to_numpy() - 196) / 365.25
    wet = np.zeros(count, dtype=bool)
    before = False
    for i in range(count):
        before = bool(draws[i, 0] < (_WET_WET if before else _DRY_WET)[month[i]])
        wet[i] = before
    amount = np.where(wet, _AMOUNT[month] * _heavy_tail(draws[:, 1]), 0.0).clip(0, HEAVIEST_MM)
    swing = lfilter([1.0], [1.0, -0.72], normal[:, 0]) * 2.1
    mean = 13.4 + 14.8 * np.cos(year_angle) + swing - 1.6 * wet
    spread = (4.2 + 1.4 * draws[:, 2]) * np.where(wet, 0.6, 1.0)
    frozen = mean < 0.8
    wind = 3.4 + 1.4 * np.cos(year_angle + 2.2) + 1.5 * np.abs(normal[:, 1])
    keep = slice((start - ORIGIN).days - lead, count)

    def one(values: Floats) -> Floats:
        return np.asarray(np.round(values[keep], 1))

    return Weather(
        days=days[keep],
        rain_mm=one(np.where(frozen, 0.0, amount)),
        snow_mm=one(np.where(frozen, amount * 2.5, 0.0)),
        temp_mean_c=one(mean),
        temp_max_c=one(mean + spread),
        temp_min_c=one(mean - spread),
        wind_max_ms=one(wind),
    )


def _heavy_tail(uniform: Floats) -> Floats:
    """Wet-day amounts around 1: many drizzles, few cloudbursts (Weibull, shape 0.75)."""
    shape = 0.75
    return np.asarray((-np.log1p(-uniform.clip(0, 1 - 1e-9))) ** (1 / shape) / 1.19)
