"""Workdays and public holidays, with China's make-up workdays (调休).

China: the State Council calendar as shipped by ``chinesecalendar``. Elsewhere:
``holidays``. Years that the package does not know fall back to Monday–Friday,
and :func:`known_until` says from when on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import chinese_calendar
import holidays
import numpy as np
import pandas as pd

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2045, 12, 31)

# The package's holiday names -> our own codes (words: holiday.<code>).
_CHINA = {
    "New Year's Day": "new_year",
    "Spring Festival": "spring_festival",
    "Tomb-sweeping Day": "tomb_sweeping",
    "Labour Day": "labour_day",
    "Dragon Boat Festival": "dragon_boat",
    "National Day": "national_day",
    "Mid-autumn Festival": "mid_autumn",
    "Anti-Fascist 70th Day": "victory_day",
}


def known_until(country: str) -> date:
    """The last day whose holidays are known for the country."""
    if country == "CN":
        return date(max(day.year for day in chinese_calendar.holidays), 12, 31)
    return LAST_DAY


@lru_cache(maxsize=8)
def days_off(country: str) -> dict[date, str]:
    """Public holidays of a country: day to code ("" for an unnamed one).

    China's are official days off, weekends within a holiday included.
    """
    if country == "CN":
        out = {}
        for day in chinese_calendar.holidays:
            _, name = chinese_calendar.get_holiday_detail(day)
            out[day] = _CHINA.get(str(name), "") if name else ""
        return out
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    return dict.fromkeys(holidays.country_holidays(country, years=years), "public")


def make_up_workdays(country: str) -> frozenset[date]:
    """Weekend days on which people work (调休); empty outside China."""
    return frozenset(chinese_calendar.workdays) if country == "CN" else frozenset()


@lru_cache(maxsize=8)
def _table(country: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    days = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
    working = np.is_busday(days)
    origin = FIRST_DAY.toordinal()
    for day in days_off(country):
        if FIRST_DAY <= day <= LAST_DAY:
            working[day.toordinal() - origin] = False
    for day in make_up_workdays(country):
        working[day.toordinal() - origin] = True
    return working, np.concatenate([[0], np.cumsum(working)])


def is_workday(day: date, country: str = "CN") -> bool:
    """Whether people work on that day."""
    if not FIRST_DAY <= day <= LAST_DAY:
        return day.weekday() < 5
    return bool(_table(country)[0][day.toordinal() - FIRST_DAY.toordinal()])


def workdays_between(start: pd.Series, end: pd.Series, country: str = "CN") -> pd.Series:
    """Working days in ``(start, end]``: the first day is not counted.

    That is how Chinese periods run (民法典 第二百零一条: the day on which a period
    begins does not count). Takes two datetime64 columns, returns ``Int64``;
    negative where the end lies before the start, missing where a time is missing
    or outside 1990 to 2045.
    """
    sums = _table(country)[1]
    limit = len(sums) - 1

    def position(times: pd.Series) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        days = times.to_numpy(dtype="datetime64[D]")
        gone = np.isnat(days)
        index = np.where(gone, 0, (days - np.datetime64(FIRST_DAY)).astype("int64")) + 1
        bad = gone | (index < 1) | (index > limit)
        return np.where(bad, 0, index), bad

    first, bad_first = position(start)
    last, bad_last = position(end)
    counted = pd.array(sums[last] - sums[first], dtype="Int64")
    counted[bad_first | bad_last] = pd.NA
    return pd.Series(counted, index=start.index)


def add_workdays(start: date, count: int, country: str = "CN") -> date:
    """The day on which the ``count``-th working day after ``start`` falls."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day, country)
    return day


def workdays_back(now: datetime, count: int, country: str = "CN") -> date:
    """The latest day such that more than ``count`` working days lie in ``(day, now's day]``.

    An order created on that day or before is past a limit of ``count`` working days.
    """
    day, passed = now.date(), 0
    while passed <= count:
        passed += is_workday(day, country)
        day -= timedelta(days=1)
    return day
