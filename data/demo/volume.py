"""How many orders, when, where and about what: the expected rates of the simulated city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.arrays import Floats, Ints
from data.demo.city import City
from data.demo.seasons import LEAD, seasons
from data.demo.taxonomy import HOURS, Taxonomy
from data.demo.truths import Truths
from data.demo.weather import Weather
from forecasting.calendar import days_off, is_workday

GROWTH_PER_YEAR = 0.08
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
        return np.asarray(rate)

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
    by_category = _calendar(days, tax, country) * seasons(days, weather, tax, truths, country)
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
    weekday = days.day_of_week.to_numpy().copy()
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
