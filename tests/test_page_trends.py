"""The trends page: bins, splits and rates equal an independent computation over the orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from data.rhythm import weekday_hours
from data.store import Store, open_store
from metrics.periods import containing, custom
from metrics.scheme import further_indicators, load_scheme
from metrics.selection import Selection
from tests.factory import random_orders
from tests.small_city import GAP, City, build, orders_of_city, run, served
from tests.test_store import put
from ui import trends
from ui.trends import OTHERS, Span
from ui.trends_data import settling

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("trends")
    orders = orders_of_city()
    build(home, orders)
    with served(home):
        yield City(home, orders)


def between(orders: pd.DataFrame, first: str, end: str) -> pd.DataFrame:
    created = orders["created_at"]
    return orders[(created >= first) & (created < end)]


def drawn(at: AppTest) -> pd.DataFrame:
    """The page's table, oldest first."""
    return at.dataframe[-1].value.iloc[::-1].reset_index(drop=True)


def resolution(orders: pd.DataFrame, by: Any) -> tuple[pd.Series, pd.Series]:
    """Scheme A's resolution rate and its n."""
    valid = orders[orders["exclusion"].isna() & (orders["followup"] == "valid")]
    hits = valid["resolution"].eq("resolved").groupby(valid[by]).sum()
    n = valid.groupby(by).size()
    return hits / n, n


# -- the page ------------------------------------------------------------------
def test_daily_volume_with_gaps_as_no_data(city: City) -> None:
    at = run("trends", **PERIOD)
    shown = drawn(at)
    days = pd.date_range("2025-02-01", "2025-02-28")
    expected = between(city.orders, "2025-02-01", "2025-03-01").groupby("created_day").size()
    np.testing.assert_array_equal(shown["value"], expected.reindex(days))
    assert shown["value"].isna().sum() == len(GAP)
    assert any("没有任何工单" in c.value for c in at.caption)


def test_comparison_is_aligned_by_position(city: City) -> None:
    shown = drawn(run("trends", **PERIOD))
    january = between(city.orders, "2025-01-01", "2025-02-01").groupby("created_day").size()
    np.testing.assert_array_equal(shown["before"], january.to_numpy()[: len(shown)])


def test_daily_rate_with_n(city: City) -> None:
    shown = drawn(run("trends", **PERIOD, what="resolution"))
    rate, n = resolution(between(city.orders, "2025-02-01", "2025-03-01"), "created_day")
    days = pd.date_range("2025-02-01", "2025-02-28")
    np.testing.assert_allclose(shown["value"], rate.reindex(days))
    np.testing.assert_array_equal(shown["n"], n.reindex(days, fill_value=0))


def test_weekly_rate_is_pooled_not_averaged(city: City) -> None:
    shown = drawn(run("trends", **PERIOD, what="resolution", grain="week"))
    orders = between(city.orders, "2025-02-01", "2025-03-01")
    week = orders["created_day"].dt.to_period("W-SUN").rename("week")
    rate, n = resolution(orders.assign(week=week), "week")
    np.testing.assert_allclose(shown["value"], rate)
    np.testing.assert_array_equal(shown["n"], n)


def test_split_pools_the_others(city: City) -> None:
    at = run("trends", **PERIOD, what="resolution", grain="month", split="category")
    shown = drawn(at)
    orders = between(city.orders, "2025-02-01", "2025-03-01")
    rate, _ = resolution(orders.assign(group=orders["category1"].fillna("?")), "group")
    largest = orders.groupby("category1").size().sort_values(ascending=False).index
    expected = [*rate[largest], rate["?"]]
    np.testing.assert_allclose(shown.iloc[0, 1:].astype(float), expected)


def test_months_of_the_scheme(city: City) -> None:
    shown = drawn(run("trends", **PERIOD, span="all", grain="month_19"))
    created = city.orders["created_at"][city.orders["created_at"] < "2025-03-01"]
    cuts = pd.to_datetime(["2025-01-01", "2025-01-19", "2025-02-19", "2025-03-01"])
    np.testing.assert_array_equal(
        shown["value"], pd.cut(created, cuts, right=False).value_counts(sort=False)
    )


def test_unmeasured_is_said_and_not_drawn(city: City) -> None:
    at = run(
        "trends", lang="en", p="month:2025-02-28", scheme="service_levels_311", what="satisfaction"
    )
    assert any("not measured" in m.value for m in at.markdown)
    assert drawn(at)["value"].isna().all()


def test_rhythm_and_export_words_in_both_languages(city: City) -> None:
    for lang, word in (("zh", "来电最集中在"), ("en", "Most orders come on")):
        at = run("trends", lang=lang, p="month:2025-02-28", scheme="beijing_district")
        assert any(word in m.value for m in at.markdown)


def test_every_choice_draws(city: City) -> None:
    at = run("trends", **PERIOD)
    for what in next(b for b in at.selectbox if b.key == "pick-what-zh").options[:3]:
        assert what
    for split in ("district", "channel", "unit_type"):
        run("trends", **PERIOD, split=split, layout="together", what="repeat", span="w13")


# -- the week's rhythm -------------------------------------------------------------
def test_weekday_hours_on_both_engines(store: Store) -> None:
    orders = random_orders(800, 4)
    put(store, orders, "a")
    where = Selection(datetime(2025, 1, 5), datetime(2025, 3, 1), districts=("云溪区",))
    found = weekday_hours(store, where)
    mine = between(orders[orders["district"] == "云溪区"], "2025-01-05", "2025-03-01")["created_at"]
    expected = mine.groupby([mine.dt.day_of_week, mine.dt.hour]).size()
    assert list(zip(found["weekday"], found["hour"], strict=True)) == list(expected.index)
    np.testing.assert_array_equal(found["orders"], expected)
    assert open_store(store.settings) is store


# -- helpers ---------------------------------------------------------------------
UNTIL = datetime(2025, 3, 10, 9)
KNOWN = pd.date_range("2025-01-01", "2025-03-10")


def test_span_never_reaches_beyond_the_data() -> None:
    month = containing("month", datetime(2025, 3, 1))
    shown = trends.span("period", month, "month", UNTIL, date(2025, 1, 1))
    assert (shown.first, shown.end) == (date(2025, 3, 1), date(2025, 3, 11))
    assert trends.span("w13", month, "month", UNTIL, date(2025, 1, 1)).days == 91
    assert trends.span("all", month, "month", UNTIL, date(2025, 1, 1)).first == date(2025, 1, 1)
    year = trends.span("p12", month, "month_19", UNTIL, date(2020, 1, 1))
    assert year.first == date(2024, 3, 19)


def test_compared_spans_are_as_long_and_keep_weekdays() -> None:
    shown = Span(date(2025, 3, 3), date(2025, 3, 10))
    before = trends.compared(shown, "previous", "day")
    year = trends.compared(shown, "year", "day")
    assert before == Span(date(2025, 2, 24), date(2025, 3, 3))
    assert year is not None
    assert year.first.weekday() == shown.first.weekday()
    assert trends.compared(shown, "none", "day") is None
    months = trends.compared(Span(date(2025, 1, 1), date(2025, 3, 1)), "year", "month")
    assert months == Span(date(2024, 1, 1), date(2024, 3, 1))


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 800),
    st.sampled_from(["day", "week", "month", "month_19"]),
)  # fmt: skip
def test_bins_cover_the_span_exactly(first: date, days: int, grain: str) -> None:
    shown = Span(first, (pd.Timestamp(first) + pd.Timedelta(days=days)).date())
    bins = trends.cut(shown, grain)
    assert bins["start"].iloc[0] == pd.Timestamp(shown.start)
    assert bins["end"].iloc[-1] == pd.Timestamp(shown.stop)
    assert (bins["start"].iloc[1:].to_numpy() == bins["end"].iloc[:-1].to_numpy()).all()
    assert bins["whole"].iloc[1:-1].all()


def test_running_and_missing_days_make_a_bin_partial() -> None:
    shown = Span(date(2025, 3, 8), date(2025, 3, 11))
    known = KNOWN[KNOWN != "2025-03-09"]
    daily = pd.DataFrame({"day": pd.to_datetime(["2025-03-08", "2025-03-10"]), "all": [4, 2]})
    found = trends.gather(daily, trends.cut(shown, "day"), known, UNTIL)
    assert found["have"].tolist() == [1, 0, 1]
    assert found["partial"].tolist() == [False, True, True]
    values = trends.valued(found, None)["value"]
    assert values.iloc[0] == 4
    assert np.isnan(values.iloc[1])


def test_a_day_without_such_orders_is_zero_when_the_store_has_others() -> None:
    shown = Span(date(2025, 3, 1), date(2025, 3, 3))
    daily = pd.DataFrame({"day": pd.to_datetime(["2025-03-01"]), "all": [4]})
    found = trends.gather(daily, trends.cut(shown, "day"), KNOWN, UNTIL)
    assert trends.valued(found, None)["value"].tolist() == [4, 0]


def test_split_keeps_the_largest_and_pools_the_rest() -> None:
    day = pd.Timestamp("2025-03-01")
    rows = [(day, code, n) for code, n in zip("abcdefghij", range(10, 0, -1), strict=True)]
    daily = pd.DataFrame([*rows, (day, None, 7)], columns=["day", "district", "all"])
    found = trends.split(daily, "district")
    assert list(found) == [*"abcdef", OTHERS]
    assert found[OTHERS]["all"].tolist() == [4 + 3 + 2 + 1 + 7]
    assert sum(frame["all"].sum() for frame in found.values()) == daily["all"].sum()
    earlier = trends.same_groups(daily, "district", ["b", OTHERS])
    assert earlier["b"]["all"].tolist() == [9]
    assert earlier[OTHERS]["all"].sum() == daily["all"].sum() - 9


def test_one_group_more_is_not_pooled() -> None:
    day = pd.Timestamp("2025-03-01")
    daily = pd.DataFrame([(day, c, 1) for c in "abcdefg"], columns=["day", "district", "all"])
    assert len(trends.split(daily, "district")) == 7
    assert OTHERS not in trends.split(daily, "district")


def test_holidays_join_days_of_one_name() -> None:
    off = {
        date(2025, 1, 1): "new_year",
        date(2025, 1, 28): "spring_festival",
        date(2025, 1, 29): "spring_festival",
    }
    found = trends.holidays(Span(date(2025, 1, 1), date(2025, 2, 1)), off)
    assert found == [
        (date(2025, 1, 1), date(2025, 1, 2), "new_year"),
        (date(2025, 1, 28), date(2025, 1, 30), "spring_festival"),
    ]


def test_grain_and_span_follow_the_length() -> None:
    assert [trends.default_grain(n) for n in (31, 91, 366, 500)] == ["day", "week", "week", "month"]
    week = containing("week", datetime(2025, 3, 3))
    assert trends.default_span(week) == "w13"
    assert trends.default_span(custom(date(2025, 3, 1), date(2025, 3, 31))) == "period"


def test_only_repeats_take_time_to_settle() -> None:
    assert settling(further_indicators()["repeat"]) == 30
    assert settling(load_scheme("beijing_district").indicator("resolution")) == 0
    assert settling(None) == 0
