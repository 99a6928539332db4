"""The State Council's calendars of 2025 (国办发明电〔2024〕12号) and 2026 (国办发明电〔2025〕7号)."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar import (
    add_workdays,
    days_off,
    is_workday,
    known_until,
    make_up_workdays,
    workdays_between,
)


def between(start: str, end: str, country: str = "CN"):
    one = workdays_between(
        pd.Series([start], dtype="datetime64[us]"),
        pd.Series([end], dtype="datetime64[us]"),
        country,
    )
    return one.iloc[0]


def days(first: str, last: str) -> list[date]:
    return [d.date() for d in pd.date_range(first, last)]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2025-01-28", "2025-02-04", "spring_festival"),
        ("2025-04-04", "2025-04-06", "tomb_sweeping"),
        ("2025-05-01", "2025-05-05", "labour_day"),
        ("2026-02-15", "2026-02-23", "spring_festival"),
        ("2026-04-04", "2026-04-06", "tomb_sweeping"),
        ("2026-05-01", "2026-05-05", "labour_day"),
        ("2026-10-01", "2026-10-07", "national_day"),
    ],
)
def test_days_off(first: str, last: str, code: str) -> None:
    span = days(first, last)
    assert not any(is_workday(day) for day in span)
    assert {days_off("CN").get(day) for day in span} <= {code, "", None}
    assert days_off("CN")[span[0]] == code


def test_the_week_after_spring_festival_is_work_again() -> None:
    assert is_workday(date(2025, 2, 5))
    assert is_workday(date(2026, 2, 24))


@pytest.mark.parametrize(
    "day",
    ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
     "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
)  # fmt: skip
def test_make_up_workdays_are_weekend_days_of_work(day: str) -> None:
    moment = date.fromisoformat(day)
    assert moment.weekday() >= 5
    assert moment in make_up_workdays("CN")
    assert is_workday(moment)


def test_working_days_across_spring_festival_2026() -> None:
    # Fri 13 Feb to Tue 24 Feb: Sat 14 (make-up) and Tue 24 count, the nine days off do not.
    assert between("2026-02-13 10:00", "2026-02-24 09:00") == 2
    # Five working days after Fri 13 Feb: 14 (make-up), 24, 25, 26, 27 Feb.
    assert add_workdays(date(2026, 2, 13), 5) == date(2026, 2, 27)
    assert between("2026-02-27", "2026-02-28") == 1  # Saturday 28 Feb is a make-up workday


def test_the_first_day_does_not_count() -> None:
    assert between("2026-03-02 09:00", "2026-03-02 18:00") == 0
    assert between("2026-03-02 23:00", "2026-03-03 01:00") == 1


def test_other_places_and_missing_times() -> None:
    assert not is_workday(date(2026, 7, 3), "US")  # 4 July 2026 is a Saturday
    assert is_workday(date(2026, 2, 17), "US")
    assert between("2026-03-02", "2026-03-09", "US") == 5
    got = workdays_between(
        pd.Series([None, "2026-03-05"], dtype="datetime64[us]"),
        pd.Series(["2026-03-05", "2026-03-03"], dtype="datetime64[us]"),
    )
    assert got.isna().tolist() == [True, False]
    assert got.iloc[1] == -2


@given(st.dates(date(2024, 1, 1), date(2027, 6, 1)), st.integers(0, 400))
def test_counting_day_by_day_gives_the_same(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    counted = sum(is_workday(start + timedelta(days=i)) for i in range(1, length + 1))
    assert between(start.isoformat(), end.isoformat()) == counted


@given(st.dates(date(2024, 1, 1), date(2026, 6, 1)), st.integers(1, 60))
def test_add_workdays_is_the_inverse(start: date, count: int) -> None:
    end = add_workdays(start, count)
    assert is_workday(end)
    assert between(start.isoformat(), end.isoformat()) == count


def test_after_the_known_years_weeks_are_plain() -> None:
    after = known_until("CN") + timedelta(days=1)
    week = [after + timedelta(days=i) for i in range(7)]
    assert sum(is_workday(day) for day in week) == 5
