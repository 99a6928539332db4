"""What weather and the time of year do to each class of complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from data.demo.arrays import Bools, Floats
from data.demo.taxonomy import Taxonomy
from data.demo.truths import Truths
from data.demo.weather import Weather
from forecasting.calendar import days_off

LEAD = 6
"""Days of weather before the first day, for lagged effects."""


def seasons(
    days: pd.DatetimeIndex, weather: Weather, tax: Taxonomy, truths: Truths | None, country: str
) -> Floats:
    """What weather and the time of year do (days, categories)."""
    rates = truths.rain.rate_ratio_per_10mm if truths else (1.0, 1.0, 1.0)
    made = {
        name: shape(days, weather) for name, shape in _SHAPES.items() if name in set(tax.season)
    }
    made["ponding"] = np.exp(
        _sum([np.log(r) * lagged(weather.rain_mm, lag) / 10 for lag, r in enumerate(rates)])
    )
    off = days_off(country)
    free = np.array([day in off for day in days.date])
    made["holiday"] = np.where(free, 2.3, 1.0) * np.where(np.roll(free, 1) & ~free, 1.25, 1.0)
    made["spring_festival"] = _near_festival(days, off)
    return np.column_stack([made[name] for name in tax.season])


def _sum(parts: list[Floats]) -> Floats:
    return np.asarray(np.sum(parts, axis=0))


def _near_festival(days: pd.DatetimeIndex, off: dict[date, str]) -> Floats:
    festival = pd.DatetimeIndex([d for d, code in off.items() if code == "spring_festival"])
    gap = (days.to_numpy()[:, None] - festival.to_numpy()[None, :]) / np.timedelta64(1, "D")
    near = ((gap >= -8) & (gap <= 12)).any(axis=1)
    return np.where(near, 9.0, 0.2)


def lagged(values: Floats, lag: int) -> Floats:
    """A daily series as it was ``lag`` days before each simulated day."""
    return np.asarray(values[LEAD - lag : len(values) - lag])


def _wave(days: pd.DatetimeIndex, size: float, peak: int) -> Floats:
    return 1 + size * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - peak) / 365.25)


def _between(days: pd.DatetimeIndex, first: int, last: int) -> Bools:
    """Whether month*100+day lies in a span (which may run over New Year)."""
    stamp = days.month.to_numpy() * 100 + days.day.to_numpy()
    after, before = stamp >= first, stamp <= last
    return np.asarray(after & before if first <= last else after | before)


def _heating(days: pd.DatetimeIndex, weather: Weather) -> Floats:
    """15 November to 15 March: more when colder, most in the first two weeks."""
    start = pd.to_datetime({"year": days.year - (days.month < 7), "month": 11, "day": 15})
    since = (days - pd.DatetimeIndex(start)).days.to_numpy()
    strength = (
        2.6 * np.exp(-0.045 * lagged(weather.temp_mean_c, 0)) * (1 + 1.3 * np.exp(-since / 9))
    )
    return np.where(_between(days, 1115, 315), strength, 0.03) / 1.1


def _heat(_: pd.DatetimeIndex, weather: Weather) -> Floats:
    return 0.8 * np.exp(0.11 * (lagged(weather.temp_max_c, 0) - 29).clip(0, 12))


def _snow(_: pd.DatetimeIndex, weather: Weather) -> Floats:
    depth = (
        lagged(weather.snow_mm, 0)
        + 0.8 * lagged(weather.snow_mm, 1)
        + 0.5 * lagged(weather.snow_mm, 2)
    )
    return 0.05 + 2.2 * np.minimum(depth, 14)


def _school(days: pd.DatetimeIndex, _: Weather) -> Floats:
    away = _between(days, 712, 825) | _between(days, 118, 218)
    return np.where(away, 0.55, np.where(_between(days, 826, 930), 1.5, 1.08))


_SHAPES: dict[str, Callable[[pd.DatetimeIndex, Weather], Floats]] = {
    "none": lambda d, _: np.ones(len(d)),
    "growth": lambda d, _: 1 + 0.3 * np.arange(len(d)) / 365.25,
    "warm": lambda d, _: _wave(d, 0.32, 205),
    "cold": lambda d, _: _wave(d, 0.4, 15),
    "dark": lambda d, _: _wave(d, 0.35, 355),
    "summer_night": lambda d, _: _wave(d, 0.62, 205),
    "heating": _heating,
    "heating_fee": lambda d, _: np.where(_between(d, 1015, 1215), 3.2, np.where(_between(d, 1216, 315), 1.1, 0.4)),
    "heating_start": lambda d, _: np.where(_between(d, 1115, 1130), 14.0, np.where(_between(d, 1201, 315), 0.9, 0.02)),
    "heat": _heat,
    "rain": lambda _, w: 0.85 + 0.03 * lagged(w.rain_mm, 0) + 0.02 * lagged(w.rain_mm, 1),
    "rain_slow": lambda _, w: 0.85 + 0.012 * _sum([lagged(w.rain_mm, k) for k in range(5)]),
    "snow": _snow,
    "school": _school,
    "admission": lambda d, _: np.where(_between(d, 525, 731), 3.2, np.where(_between(d, 401, 831), 1.2, 0.35)),
    "wages": lambda d, _: np.where(_between(d, 1201, 212), 2.3, 0.72),
    "yearend": lambda d, _: np.where(_between(d, 1101, 131), 1.6, 0.8),
    "spring": lambda d, _: np.where(_between(d, 315, 531), 1.9, 0.72),
    "dust": lambda d, _: np.where(_between(d, 301, 520), 1.7, np.where(_between(d, 601, 930), 0.65, 0.95)),
}  # fmt: skip
