"""When things happen: signing, calling, closing, limits, each on the unit's own clock."""

from __future__ import annotations

from datetime import date

import numpy as np

from data.demo.arrays import Bools, Floats, Ints
from data.demo.city import City
from data.demo.clock import DAY, OpenHours, Workdays
from data.demo.taxonomy import LIMITS

HOUR = 3600.0
EMERGENCY, UTILITY, ENQUIRY, ORDINARY, COMPLEX = range(len(LIMITS))
# By limit: hours or working days allowed, median hours to close, spread (sigma of the logarithm).
_LIMIT_HOURS = np.array([2.0, 24.0, 0.0, 7 * 24.0, 0.0])
_LIMIT_WORKDAYS = np.array([0, 0, 1, 0, 15])
_CLOSE_HOURS = np.array([0.85, 9.0, 5.0, 66.0, 190.0])
_CLOSE_SIGMA = np.array([0.42, 0.48, 0.75, 0.46, 0.42])
_EXTENSION_WORKDAYS = 5


class Timing:
    """Durations of one city over one span of days (times: seconds since the first day)."""

    def __init__(self, city: City, start: date, days: int, country: str) -> None:
        self._kind = city.units["unit_type"].to_numpy()
        self._streets = len(city.streets)
        reach = days + 420
        self._workdays = Workdays(start, reach, country)
        self._office = OpenHours(start, reach, 9, 18, country)
        self._daily = OpenHours(start, reach, 8, 20, None)

    def later(
        self, unit: Ints, moment: Floats, work: Floats, limit: Ints, desk: bool = False
    ) -> Floats:
        """``work`` seconds after ``moment`` on the unit's clock.

        Utilities, hospitals and urgent orders: round the clock; streets and every
        unit's duty desk (``desk``): 8 to 20, every day; offices: 9 to 18 on working days.
        """
        kind = self._kind[unit]
        always = (kind == "utility") | (kind == "hospital") | (limit <= UTILITY)
        out = moment + work * np.where(limit == EMERGENCY, 0.12, 0.8)
        daily = ~always & (desk | (unit < self._streets))
        office = ~always & ~daily
        out[daily] = self._daily.after(moment[daily], work[daily])
        out[office] = self._office.after(moment[office], work[office])
        return np.asarray(out)

    def signed(
        self, unit: Ints, dispatched: Floats, limit: Ints, slow: Floats, rng: np.random.Generator
    ) -> Floats:
        """When the unit signed for the order; now and then one is forgotten for a day or two."""
        size = len(unit)
        wait = rng.lognormal(np.log(0.7), 0.9, size) * HOUR * slow
        forgotten = (rng.random(size) < 0.018) & (limit > UTILITY)
        wait[forgotten] += rng.gamma(2.0, 7 * HOUR, int(forgotten.sum()))
        return self.later(unit, dispatched, wait, limit, desk=True)

    def due(self, created: Floats, limit: Ints, extended: Bools) -> Floats:
        """The limit, extended or not."""
        day = (created // DAY).astype(np.int64)
        workdays = _LIMIT_WORKDAYS[limit]
        by_workdays = self._workdays.end_of(day, np.maximum(workdays, 1))
        due = np.where(workdays > 0, by_workdays, created + _LIMIT_HOURS[limit] * HOUR)
        day = (due // DAY).astype(np.int64)
        more = self._workdays.end_of(day, np.full(len(due), _EXTENSION_WORKDAYS))
        return np.asarray(np.floor(np.where(extended, more, due)))

    def closed(
        self,
        created: Floats,
        contacted: Floats,
        unit: Ints,
        limit: Ints,
        extended: Bools,
        due: Floats,
        slow: Floats,
        rng: np.random.Generator,
    ) -> Floats:
        """When the order was closed, never before the first call."""
        size = len(created)
        wall = rng.lognormal(np.log(_CLOSE_HOURS[limit]), _CLOSE_SIGMA[limit], size) * HOUR * slow
        wall *= np.where(extended, 1.9, 1.0)
        earliest = contacted + rng.lognormal(np.log(0.2 * HOUR), 0.6, size)
        target = np.maximum(created + wall, earliest)
        closed = self.later(unit, target, rng.exponential(0.8 * HOUR, size), limit)
        # a desk that would miss the limit overnight or over a weekend mostly finishes before it
        saved = (target < due) & (closed > due) & (rng.random(size) < 0.7) & (limit != EMERGENCY)
        return np.asarray(np.where(saved, target, closed))
