"""How many orders, when, where and about what: the expected rates of the simulated city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.demo.city import City
from data.demo.taxonomy import HOURS, Taxonomy
from data.demo.truths import Truths
from data.demo.weather import Weather
from forecasting.calendar import days_off, is_workday

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

GROWTH_PER_YEAR = 0.08
LEAD = 6  # days of weather before the first day, for lagged effects
# Monday to Sunday, then public holiday, for each profile of HOURS.
_WEEK = {
    "office": (1.24, 1.14, 1.10, 1.07, 1.05, 0.66, 0.55, 0.38),
    "day": (1.10, 1.06, 1.04, 1.02, 1.02, 0.90, 0.84, 0.70),
    "evening": (1.01, 1.00, 0.98, 0.98, 1.02, 1.03, 0.98, 0.88),
    "night": (0.98, 0.97, 0.96, 0.97, 1.03, 1.08, 1.03, 0.98),
}
_SPRING_FESTIVAL = {"office": 0.45, "day": 0.62, "evening": 0.75, "night": 0.9}
# Chance of each hour of the day (0 to 23), for each profile of HOURS.
_HOUR = {
    "office": (
        1,
        1,
        0,
        0,
        0,
        1,
        3,
        10,
        34,
        58,
        56,
        44,
        22,
        26,
        46,
        48,
        42,
        32,
        18,
        14,
        12,
        8,
        5,
        2,
    ),
    "day": (
        3,
        2,
        1,
        1,
        2,
        5,
        12,
        26,
        42,
        50,
        48,
        40,
        28,
        28,
        38,
        40,
        38,
        34,
        30,
        28,
        24,
        17,
        10,
        5,
    ),
    "evening": (
        6,
        3,
        2,
        1,
        1,
        3,
        8,
        16,
        24,
        26,
        26,
        24,
        20,
        18,
        20,
        22,
        26,
        34,
        46,
        56,
        54,
        42,
        26,
        13,
    ),
    "night": (
        34,
        24,
        16,
        12,
        8,
        8,
        10,
        12,
        14,
        16,
        16,
        14,
        14,
        12,
        12,
        12,
        12,
        16,
        22,
        34,
        52,
        62,
        64,
        50,
    ),
}


def hour_chances() -> Floats:
    """Cumulative chances of the 24 hours, one row per profile of ``HOURS``."""
    table = np.array([_HOUR[name] for name in HOURS], dtype=float)
    return np.cumsum(table / table.sum(axis=1, keepdims=True), axis=1)


@dataclass(frozen=True)
class Demand:
    """Expected orders by day, street and category (up to one common factor)."""

    place: Floats  # (streets, categories)
    by_category: Floats  # (days, categories)
    by_district: Floats  # (days, districts)
    street_district: Ints
    rising: tuple[int, Floats] | None  # street, factor per day
    treated: tuple[int, Ints, Floats] | None  # street, categories, factor per day

    @property
    def days(self) -> int:
        """Number of simulated days."""
        return len(self.by_category)

    def rates(self, day: int) -> Floats:
        """(streets, categories) rates of one day."""
        rate = (
            self.place * self.by_category[day] * self.by_district[day][self.street_district, None]
        )
        if self.rising:
            rate[self.rising[0]] *= self.rising[1][day]
        if self.treated:
            rate[self.treated[0], self.treated[1]] *= self.treated[2][day]
        return rate

    def totals(self) -> Floats:
        """The rate of the whole city, day by day."""
        return np.array([self.rates(day).sum() for day in range(self.days)])


def demand(
    city: City, tax: Taxonomy, weather: Weather, truths: Truths | None, seed: int, country: str
) -> Demand:
    """Put the city's demand together. ``weather`` starts :data:`LEAD` days before the first day."""
    days = pd.DatetimeIndex(weather.days[LEAD:])
    rng = np.random.default_rng([seed, 201])
    people = np.array([s.population for s in city.streets], dtype=float)
    town = np.array([0.35 if s.township else 1.0 for s in city.streets])
    # "urban" is the rate in the inner city against the countryside: spread it over the rings
    ring = np.array([s.ring for s in city.streets]) / 3.0
    lean = (1 - ring)[:, None] * tax.urban + ring[:, None] * np.sqrt(1 / tax.urban.clip(0.4, None))
    place = (people * (0.55 + 0.45 * town))[:, None] * tax.weight * lean
    place *= rng.lognormal(0, 0.18, (len(people), 1)) * rng.lognormal(0, 0.30, place.shape)
    by_category = _calendar(days, tax, country) * _seasons(days, weather, tax, truths, country)
    number = len(days)
    by_category *= (
        rng.gamma(250, 1 / 250, (number, 1))
        * rng.gamma(60, 1 / 60, (number, len(tax.names1)))[:, tax.first]
        * rng.gamma(25, 1 / 25, by_category.shape)
    )
    by_category *= (1 + GROWTH_PER_YEAR) ** (np.arange(number) / 365.25)[:, None]
    return Demand(
        place=place,
        by_category=by_category,
        by_district=rng.gamma(90, 1 / 90, (number, len(city.districts))),
        street_district=city.street_district,
        rising=_rising(city, truths, days),
        treated=_treated(city, tax, truths, days),
    )


def _street_number(city: City, name: str) -> int:
    return next(i for i, s in enumerate(city.streets) if s.name == name)


def _rising(city: City, truths: Truths | None, days: pd.DatetimeIndex) -> tuple[int, Floats] | None:
    if truths is None:
        return None
    plan = truths.rising
    span = max((plan.end - plan.start).days, 1)
    part = ((days - pd.Timestamp(plan.start)).days.to_numpy() / span).clip(0, 1)
    return _street_number(city, plan.street), 1 + (plan.ratio - 1) * part


def _treated(
    city: City, tax: Taxonomy, truths: Truths | None, days: pd.DatetimeIndex
) -> tuple[int, Ints, Floats] | None:
    if truths is None:
        return None
    plan = truths.treated
    own = np.flatnonzero(np.array(tax.level1) == plan.category)
    factor = np.where(days >= pd.Timestamp(plan.start), plan.ratio, 1.0)
    return _street_number(city, plan.street), own, factor


def _calendar(days: pd.DatetimeIndex, tax: Taxonomy, country: str) -> Floats:
    """Weekday, holiday and make-up workday pattern (days, categories)."""
    off = days_off(country)
    codes = [off.get(day) for day in days.date]
    working = np.array([is_workday(day, country) for day in days.date])
    weekday = days.dayofweek.to_numpy().copy()
    weekday[(weekday >= 5) & working] = 2  # a make-up workday is a workday
    weekday[np.array([code is not None for code in codes])] = 7
    before = np.concatenate([[True], working[:-1]])
    first_back = working & ~before & np.concatenate([[False], weekday[:-1] == 7])
    festival = np.array([code == "spring_festival" for code in codes])
    columns = np.empty((len(days), len(HOURS)))
    for k, name in enumerate(HOURS):
        columns[:, k] = np.array(_WEEK[name])[weekday]
        columns[festival, k] *= _SPRING_FESTIVAL[name]
        columns[first_back, k] *= 1.2
    return columns[:, tax.hours]


def _seasons(
    days: pd.DatetimeIndex, weather: Weather, tax: Taxonomy, truths: Truths | None, country: str
) -> Floats:
    """What weather and the time of year do (days, categories)."""
    rates = truths.rain.rate_ratio_per_10mm if truths else (1.0, 1.0, 1.0)
    made = {
        name: shape(days, weather) for name, shape in _SHAPES.items() if name in set(tax.season)
    }
    made["ponding"] = np.exp(
        sum(np.log(ratio) * _lag(weather.rain_mm, lag) / 10 for lag, ratio in enumerate(rates))
    )
    off = days_off(country)
    free = np.array([day in off for day in days.date])
    made["holiday"] = np.where(free, 2.3, 1.0) * np.where(np.roll(free, 1) & ~free, 1.25, 1.0)
    made["spring_festival"] = _near_festival(days, off)
    return np.column_stack([made[name] for name in tax.season])


def _near_festival(days: pd.DatetimeIndex, off: dict[date, str]) -> Floats:
    festival = pd.DatetimeIndex([d for d, code in off.items() if code == "spring_festival"])
    gap = (days.to_numpy()[:, None] - festival.to_numpy()[None, :]) / np.timedelta64(1, "D")
    near = ((gap >= -8) & (gap <= 12)).any(axis=1)
    return np.where(near, 9.0, 0.2)


def _lag(values: Floats, lag: int) -> Floats:
    return values[LEAD - lag : len(values) - lag]


def _wave(days: pd.DatetimeIndex, size: float, peak: int) -> Floats:
    return 1 + size * np.cos(2 * np.pi * (days.dayofyear.to_numpy() - peak) / 365.25)


def _between(days: pd.DatetimeIndex, first: int, last: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether month*100+day lies in a span (which may run over New Year)."""
    stamp = days.month.to_numpy() * 100 + days.day.to_numpy()
    return (
        (stamp >= first) & (stamp <= last) if first <= last else (stamp >= first) | (stamp <= last)
    )


def _heating(days: pd.DatetimeIndex, weather: Weather) -> Floats:
    """15 November to 15 March: more when colder, most in the first two weeks."""
    start = pd.to_datetime({"year": days.year - (days.month < 7), "month": 11, "day": 15})
    since = (days - pd.DatetimeIndex(start)).days.to_numpy()
    strength = 2.6 * np.exp(-0.045 * _lag(weather.temp_mean_c, 0)) * (1 + 1.3 * np.exp(-since / 9))
    return np.where(_between(days, 1115, 315), strength, 0.03) / 1.1


def _heat(_: pd.DatetimeIndex, weather: Weather) -> Floats:
    return 0.8 * np.exp(0.11 * (_lag(weather.temp_max_c, 0) - 29).clip(0, 12))


def _snow(_: pd.DatetimeIndex, weather: Weather) -> Floats:
    depth = (
        _lag(weather.snow_mm, 0) + 0.8 * _lag(weather.snow_mm, 1) + 0.5 * _lag(weather.snow_mm, 2)
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
    "rain": lambda _, w: 0.85 + 0.03 * _lag(w.rain_mm, 0) + 0.02 * _lag(w.rain_mm, 1),
    "rain_slow": lambda _, w: 0.85 + 0.012 * sum(_lag(w.rain_mm, k) for k in range(5)),
    "snow": _snow,
    "school": _school,
    "admission": lambda d, _: np.where(_between(d, 525, 731), 3.2, np.where(_between(d, 401, 831), 1.2, 0.35)),
    "wages": lambda d, _: np.where(_between(d, 1201, 212), 2.3, 0.72),
    "yearend": lambda d, _: np.where(_between(d, 1101, 131), 1.6, 0.8),
    "spring": lambda d, _: np.where(_between(d, 315, 531), 1.9, 0.72),
    "dust": lambda d, _: np.where(_between(d, 301, 520), 1.7, np.where(_between(d, 601, 930), 0.65, 0.95)),
}  # fmt: skip
