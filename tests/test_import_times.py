"""Every way a time is written."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importing.times import parse_times

GOOD = [
    ("2026-10-03", "2026-10-03T00:00:00"),
    ("2026-10-03 09:05", "2026-10-03T09:05:00"),
    ("2026-10-03 09:05:01", "2026-10-03T09:05:01"),
    ("2026-10-03 09:05:01.5", "2026-10-03T09:05:01.5"),
    ("2026-10-03T09:05:01", "2026-10-03T09:05:01"),
    ("2026-10-03T01:05:01Z", "2026-10-03T09:05:01"),
    ("2026-10-03T09:05:01+08:00", "2026-10-03T09:05:01"),
    ("2026-10-03 01:05:01+00", "2026-10-03T09:05:01"),
    ("2026-10-02T20:05:01-0500", "2026-10-03T09:05:01"),
    ("2026/10/3 9:5", "2026-10-03T09:05:00"),
    ("2026.10.3", "2026-10-03T00:00:00"),
    ("2026年10月3日", "2026-10-03T00:00:00"),
    ("2026年10月3日 上午9:05", "2026-10-03T09:05:00"),
    ("2026年10月3日 下午3:05:07", "2026-10-03T15:05:07"),
    ("2026年10月3日9时5分", "2026-10-03T09:05:00"),
    ("2026年10月03日 09时05分07秒", "2026-10-03T09:05:07"),
    ("2026-10-03 星期六 09:05", "2026-10-03T09:05:00"),
    ("2026-10-03 上午12:05", "2026-10-03T00:05:00"),
    ("2026-10-03 下午12:05", "2026-10-03T12:05:00"),
    ("2026-10-03 中午12:05", "2026-10-03T12:05:00"),
    ("2026-10-03 中午1:05", "2026-10-03T13:05:00"),
    ("2026-10-03 凌晨2:05", "2026-10-03T02:05:00"),
    ("2026-10-03 凌晨12:05", "2026-10-03T00:05:00"),
    ("2026-10-03 晚上8:05", "2026-10-03T20:05:00"),
    ("2026-10-03 晚上12:05", "2026-10-04T00:05:00"),
    ("2026-10-03 24:00:00", "2026-10-04T00:00:00"),
    ("２０２６－１０－０３　０９：０５", "2026-10-03T09:05:00"),
    ("20261003", "2026-10-03T00:00:00"),
    ("20261003090501", "2026-10-03T09:05:01"),
    ("10/03/2026 09:05:01 AM", "2026-10-03T09:05:01"),
    ("10/03/2026 12:05:01 AM", "2026-10-03T00:05:01"),
    ("10/03/2026 12:05:01 PM", "2026-10-03T12:05:01"),
    ("10/3/26 9:05 p.m.", "2026-10-03T21:05:00"),
    ("3 Oct 2026 09:05", "2026-10-03T09:05:00"),
    ("03-OCT-26", "2026-10-03T00:00:00"),
    ("Oct 3, 2026 9:05 AM", "2026-10-03T09:05:00"),
    ("October 3, 2026", "2026-10-03T00:00:00"),
    ("46298", "2026-10-03T00:00:00"),
    ("46298.3784722222", "2026-10-03T09:05:00"),
    ("1790989501", "2026-10-03T09:05:01"),
    ("1790989501000", "2026-10-03T09:05:01"),
]
BAD = [
    "abc",
    "2026-02-30",
    "2026-13-01",
    "13/45/2026",
    "9:05",
    "2026-10",
    "25:00",
    "2026-10-03 25:00",
    "0",
    "12345678901234567",
    "昨天",
    "2026-10-03 09:61",
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_read(text: str, expected: str) -> None:
    read = parse_times(pa.array([text, None]), order="mdy", zone="Asia/Shanghai")
    assert read.values[0] == np.datetime64(expected, "us")
    assert np.isnat(read.values[1])
    assert read.bad.tolist() == [False, False]


@pytest.mark.parametrize("text", BAD)
def test_not_read(text: str) -> None:
    read = parse_times(pa.array([text]), zone="Asia/Shanghai")
    assert read.bad.tolist() == [True]
    assert np.isnat(read.values[0])


def test_mixed_column_reads_each_by_itself() -> None:
    texts = [text for text, _ in GOOD] + BAD
    read = parse_times(pa.array(texts), order="mdy", zone="Asia/Shanghai")
    expected = [np.datetime64(e, "us") for _, e in GOOD]
    assert read.values[: len(GOOD)].tolist() == [e.item() for e in expected]
    assert read.bad.tolist() == [False] * len(GOOD) + [True] * len(BAD)


def test_day_first() -> None:
    read = parse_times(pa.array(["03/10/2026", "31.12.2025 23:59"]), order="dmy")
    assert read.values.tolist() == [datetime(2026, 10, 3), datetime(2025, 12, 31, 23, 59)]


def test_summer_time_of_the_zone() -> None:
    texts = pa.array(["2026-07-31 23:30:00+00", "2026-01-31 23:30:00+00"])
    read = parse_times(texts, zone="America/New_York")
    assert read.values.tolist() == [datetime(2026, 7, 31, 19, 30), datetime(2026, 1, 31, 18, 30)]


def test_bare_times_of_a_utc_file() -> None:
    read = parse_times(pa.array(["2026-07-31 23:30:00"]), zone="Asia/Shanghai", naive_is_utc=True)
    assert read.values.tolist() == [datetime(2026, 8, 1, 7, 30)]


_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2049, 12, 31)).map(
    lambda t: t.replace(microsecond=0)
)


@given(
    st.lists(_TIMES, min_size=1, max_size=20),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S",
            "%Y/%m/%d %H:%M:%S",
            "%Y年%m月%d日 %H时%M分%S秒",
            "%m/%d/%Y %I:%M:%S %p",
            "%Y%m%d%H%M%S",
        ]
    ),
)
def test_what_is_written_is_read_back(times: list[datetime], form: str) -> None:
    read = parse_times(pa.array([t.strftime(form) for t in times]), order="mdy")
    assert read.values.tolist() == times


@given(_TIMES)
def test_excel_serials(time: datetime) -> None:
    days = (time - datetime(1899, 12, 30)) / timedelta(days=1)
    read = parse_times(pa.array([repr(days)]))
    assert abs(read.values.tolist()[0] - time) <= timedelta(seconds=1)
