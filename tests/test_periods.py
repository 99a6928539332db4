from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import words
from metrics.periods import (
    Period,
    PeriodError,
    complete,
    containing,
    custom,
    last_complete,
    previous,
    recent,
    to_date,
    year_before,
)

RULES = ("day", "day_noon", "week", "month", "month_19", "month_26", "quarter", "year")
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 12, 31))
rules = st.sampled_from(RULES)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(period: Period) -> tuple[str, str]:
    return f"{period.start:%Y-%m-%d %H}", f"{period.end:%Y-%m-%d %H}"


@pytest.mark.parametrize(
    ("rule", "moment", "start", "end"),
    [
        ("day", "2026-10-05 23:59", "2026-10-05 00", "2026-10-06 00"),
        ("day_noon", "2026-10-05 11:59:59", "2026-10-04 12", "2026-10-05 12"),
        ("day_noon", "2026-10-05 12:00", "2026-10-05 12", "2026-10-06 12"),
        ("week", "2026-10-18 23:00", "2026-10-12 00", "2026-10-19 00"),
        ("week", "2026-10-19 00:00", "2026-10-19 00", "2026-10-26 00"),
        ("month", "2026-02-28 12:00", "2026-02-01 00", "2026-03-01 00"),
        # 19th of the previous month to the 18th: October is 19 Sep to 18 Oct.
        ("month_19", "2026-09-19 00:00", "2026-09-19 00", "2026-10-19 00"),
        ("month_19", "2026-10-18 23:59", "2026-09-19 00", "2026-10-19 00"),
        ("month_19", "2025-12-31 08:00", "2025-12-19 00", "2026-01-19 00"),
        ("month_19", "2026-01-02 08:00", "2025-12-19 00", "2026-01-19 00"),
        ("quarter", "2026-12-31 08:00", "2026-10-01 00", "2027-01-01 00"),
        ("year", "2026-12-31 08:00", "2026-01-01 00", "2027-01-01 00"),
    ],
)
def test_containing(rule: str, moment: str, start: str, end: str) -> None:
    assert span(containing(rule, at(moment))) == (start, end)


@given(rules, moments)
def test_periods_tile_time(rule: str, moment: datetime) -> None:
    period = containing(rule, moment)
    assert moment in period
    assert previous(period).end == period.start
    assert containing(rule, period.start) == period
    assert containing(rule, period.end).start == period.end
    assert containing(rule, period.end - timedelta(microseconds=1)) == period


@given(rules, moments)
def test_last_complete_is_over_and_the_next_is_not(rule: str, moment: datetime) -> None:
    period = last_complete(rule, moment)
    assert complete(period, moment)
    assert not complete(containing(rule, period.end), moment)


@given(rules, moments)
def test_year_before_has_the_same_kind_and_tiles(rule: str, moment: datetime) -> None:
    period = containing(rule, moment)
    earlier = year_before(period)
    assert earlier == containing(rule, earlier.start)
    assert 355 <= (period.start - earlier.start).days <= 375


@pytest.mark.parametrize(
    ("rule", "moment", "start"),
    [
        ("week", "2026-10-14", "2025-10-13 00"),  # Monday again
        ("month", "2024-02-10", "2023-02-01 00"),
        ("month_19", "2026-01-02", "2024-12-19 00"),
        ("quarter", "2026-05-02", "2025-04-01 00"),
        ("year", "2024-02-29", "2023-01-01 00"),
    ],
)
def test_year_before(rule: str, moment: str, start: str) -> None:
    assert span(year_before(containing(rule, at(moment))))[0] == start


def test_custom_spans() -> None:
    period = custom(date(2024, 2, 20), date(2024, 2, 29))
    assert period.days == 10
    assert previous(period) == custom(date(2024, 2, 10), date(2024, 2, 19))
    assert year_before(period) == custom(date(2023, 2, 20), date(2023, 2, 28))
    assert span(year_before(custom(date(2024, 2, 29), date(2024, 3, 5))))[0] == "2023-02-28 00"


def test_recent_is_oldest_first_and_ends_now() -> None:
    got = recent("month_19", at("2026-01-10"), 3)
    assert [span(p)[0] for p in got] == ["2025-10-19 00", "2025-11-19 00", "2025-12-19 00"]
    assert recent("month", at("2026-01-10"), 0) == []


def test_a_running_month_is_compared_with_as_many_days() -> None:
    now, before = to_date(containing("month", at("2026-03-10 15:00")), at("2026-03-10 15:00"))
    assert span(now) == ("2026-03-01 00", "2026-03-10 00")
    assert span(before) == ("2026-02-01 00", "2026-02-10 00")


def test_a_shorter_month_before_is_used_whole() -> None:
    now, before = to_date(containing("month", at("2026-03-31 00:00")), at("2026-03-31 00:00"))
    assert now.days == 30
    assert span(before) == ("2026-02-01 00", "2026-03-01 00")


def test_a_running_day_is_compared_hour_by_hour() -> None:
    moment = at("2026-03-10 15:00")
    now, before = to_date(containing("day", moment), moment)
    assert span(now) == ("2026-03-10 00", "2026-03-10 15")
    assert span(before) == ("2026-03-09 00", "2026-03-09 15")


def test_a_complete_month_is_compared_whole() -> None:
    period = containing("month", at("2026-03-10"))
    assert to_date(period, at("2026-04-01")) == (period, previous(period))


def test_same_days_last_year() -> None:
    period = containing("month_19", at("2026-10-01"))
    now, before = to_date(period, at("2026-09-29"), year_before(period))
    assert span(now) == ("2026-09-19 00", "2026-09-29 00")
    assert span(before) == ("2025-09-19 00", "2025-09-29 00")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: containing("fortnight", at("2026-01-01")), "unknown_rule"),
        (lambda: containing("month_31", at("2026-01-01")), "start_day"),
        (lambda: containing("custom", at("2026-01-01")), "custom_has_no_rule"),
        (lambda: custom(date(2026, 1, 2), date(2026, 1, 1)), "empty"),
        (
            lambda: to_date(containing("month", at("2026-01-01 10:00")), at("2026-01-01 10:00")),
            "not_begun",
        ),
    ],
)
def test_faults_are_named(call, code: str) -> None:
    with pytest.raises(PeriodError) as caught:
        call()
    assert caught.value.code == code
    for lang in words.LANGS:
        assert words.say(f"period.error.{code}", lang, **caught.value.params)


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        (containing("month", at("2026-10-05")), "2026年10月", "Oct 2026"),
        (
            containing("month_19", at("2026-10-05")),
            "2026年10月（9月19日—10月18日）",
            "Oct 2026 (19 Sep – 18 Oct)",
        ),
        (
            containing("week", at("2026-10-14")),
            "2026年第42周（10月12日—10月18日）",
            "Week 42, 2026 (12 Oct – 18 Oct)",
        ),
        (containing("day", at("2026-10-14")), "2026年10月14日", "14 Oct 2026"),
        (
            containing("day_noon", at("2026-10-14 13:00")),
            "2026年10月15日日报（前一日12时至当日12时）",
            "Daily report 15 Oct 2026 (noon to noon)",
        ),
        (containing("quarter", at("2026-10-14")), "2026年第4季度", "Q4 2026"),
        (containing("year", at("2026-10-14")), "2026年", "2026"),
        (custom(date(2026, 1, 5), date(2026, 2, 6)), "2026年1月5日—2月6日", "5 Jan – 6 Feb 2026"),
        (
            custom(date(2025, 12, 5), date(2026, 1, 6)),
            "2025年12月5日—2026年1月6日",
            "5 Dec 2025 – 6 Jan 2026",
        ),
        (custom(date(2026, 1, 5), date(2026, 1, 5)), "2026年1月5日", "5 Jan 2026"),
        (
            Period(at("2026-01-05"), at("2026-01-05 15:30"), "custom"),
            "2026年1月5日00:00至2026年1月5日15:30",
            "5 Jan 2026 00:00 to 5 Jan 2026 15:30",
        ),
    ],
)
def test_labels(period: Period, zh: str, en: str) -> None:
    label = period.label()
    assert label.text(lambda code, **holes: words.say(code, "zh", **holes)) == zh
    assert label.text(lambda code, **holes: words.say(code, "en", **holes)) == en
