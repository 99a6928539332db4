"""The forecast page: what it shows is what is stored, sums add up, and it says what it cannot follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st

from data import schema
from data.refresh import newest, refresh
from data.refresh.forecasts import Forecasts
from data.settings import Settings
from data.store import Store, open_store
from metrics.selection import PATH
from tests.app import app_on, open_page
from tests.factory import random_orders
from tests.test_store import put
from ui.forecast_sum import chosen, together
from ui.view import View
from words import format as fmt
from words import say


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = Settings(home=tmp_path_factory.mktemp("forecast"), refresh=False, _env_file=None)
    opened = open_store(config)
    put(opened, random_orders(9000, 5, days=260), "a")
    assert refresh(opened, [Forecasts()]) == {"forecasts": "done"}
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield config
    opened.close()


def next_week(store: Store) -> pd.DataFrame:
    weeks, series = schema.forecast_weeks, schema.forecast_series
    found = store.frame(sa.select(weeks).where(weeks.c.ahead == 1))
    return store.frame(sa.select(series)).merge(found, on="node")


def said(at: object) -> str:
    return "\n".join(str(block.value) for block in at.markdown)  # type: ignore[attr-defined]


def table(at: object, place: int) -> pd.DataFrame:
    return at.dataframe[place].value  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_city_is_the_stored_one_and_its_parts_add_up(home: Settings, lang: str) -> None:
    week = next_week(open_store(home))
    whole = week[week["of"] == ""].iloc[0]
    for way, of in (("district", "district"), ("category1", "category1"), ("unit", "unit")):
        at = open_page("forecast", lang=lang, split=way)
        assert fmt.number(whole["expected"], lang) in said(at)  # type: ignore[arg-type]
        shown = table(at, 0)["expected"].astype(float)
        assert shown.iloc[0] == pytest.approx(whole["expected"])
        assert shown.iloc[1:].sum() == pytest.approx(whole["expected"], rel=1e-6)
        assert len(shown) - 1 == (week["of"] == of).sum()


def test_every_filter_that_has_a_series_shows_it(home: Settings) -> None:
    week = next_week(open_store(home))
    path = f"公共服务{PATH}供暖"
    unit = str(week.loc[week["of"] == "unit", "unit"].dropna().iloc[0])
    cases = [
        ({"d": "云溪区"}, {"of": "district", "district": "云溪区"}),
        ({"c": path}, {"of": "category1+category", "category": path}),
        ({"d": "云溪区", "c": path}, {"of": "district+category1+category", "district": "云溪区", "category": path}),
        ({"u": unit, "c": "住房"}, {"of": "unit+category1", "unit": unit, "category1": "住房"}),
    ]  # fmt: skip
    for params, wanted in cases:
        kept = week
        for name, value in wanted.items():
            kept = kept[kept[name] == value]
        at = open_page("forecast", lang="en", **params)
        value = float(kept["expected"].iloc[0])
        assert f"{fmt.number(value, 'en', 1 if value < 10 else 0)} orders expected" in said(at)
        assert not at.warning


def test_a_combination_without_a_series_is_said_and_the_nearest_sum_shown(home: Settings) -> None:
    at = open_page("forecast", lang="en", d="云溪区", ch="电话")
    (warning,) = at.warning
    assert "channel" in warning.value and "云溪区" in warning.value
    at = open_page("forecast", lang="zh", u=next_unit(home), c=f"公共服务{PATH}供暖")
    assert say("page.forecast.left.category_level", "zh") in at.warning[0].value


def test_several_chosen_are_added_up_and_said(home: Settings) -> None:
    week = next_week(open_store(home))
    mine = week[(week["of"] == "district") & week["district"].isin(["云溪区", "松岭区"])]
    assert len(mine) == 2
    n = mine["expected"].sum()
    at = open_page("forecast", lang="en", d=["云溪区", "松岭区"])
    (warning,) = at.warning
    assert f"together: {fmt.number(n, 'en')} orders expected" in warning.value
    at = open_page("forecast", lang="zh", c=[f"公共服务{PATH}供暖", f"住房{PATH}物业管理"])
    both = week[(week["of"] == "category1+category")]
    both = both[both["category"].isin([f"公共服务{PATH}供暖", f"住房{PATH}物业管理"])]
    assert fmt.number(both["expected"].sum(), "zh") in at.warning[0].value


def test_the_range_of_a_sum_lies_between_its_parts_and_the_whole(home: Settings) -> None:
    week = next_week(open_store(home))
    like, whole = week[week["of"] == "district"], week[week["of"] == ""].iloc[0].to_dict()
    low, high = together(like, like, whole)
    assert high - low == pytest.approx(whole["high_80"] - whole["low_80"], abs=2)
    one = like.head(1)
    low, high = together(one, like, whole)
    row = one.iloc[0]
    assert high - low == pytest.approx(row["high_80"] - row["low_80"])
    # Equal parts whose errors are correlated by 0.5, by hand: the variance of two is 2 + 2 · 0.5.
    z = 1.2816
    four = pd.DataFrame(
        {"expected": [50.0] * 4, "low_80": [50.0 - z] * 4, "high_80": [50.0 + z] * 4}
    )
    sd = (4 + 12 * 0.5) ** 0.5
    city = {"low_80": 200 - z * sd, "high_80": 200 + z * sd}
    low, high = together(four.head(2), four, city)
    assert (low, high) == pytest.approx((100 - z * 3**0.5, 100 + z * 3**0.5))


def test_what_is_chosen_names_series_or_nothing() -> None:
    assert chosen(View(districts=("a", "b"))) == {"district": ("a", "b")}
    assert chosen(View(districts=("a",))) is None  # a series of its own
    assert chosen(View(districts=("a", "b"), channels=("x",))) is None
    deep = (f"x{PATH}1", f"y{PATH}2")
    assert chosen(View(categories=deep)) == {"category": deep, "category1": ("x", "y")}
    assert chosen(View(units=("u",), categories=deep)) is None
    assert chosen(View(categories=("x", deep[1]))) is None  # of two levels


def next_unit(home: Settings) -> str:
    week = next_week(open_store(home))
    return str(week.loc[week["of"] == "unit", "unit"].dropna().iloc[0])


def test_the_back_test_shown_is_the_stored_one(home: Settings) -> None:
    store = open_store(home)
    scores = store.frame(sa.select(schema.forecast_scores))
    week = next_week(store)
    mine = scores[scores["node"] == week.loc[week["of"] == "", "node"].iloc[0]].set_index("band")
    at = open_page("forecast", lang="en")
    shown = next(f.value for f in at.dataframe if "wape_bar" in f.value)
    assert len(shown) == 6
    for name in ("wape", "wape_bar", "wape_naive", "rmsse", "coverage_80", "n"):
        assert shown[name].astype(float).tolist() == pytest.approx(
            mine.loc[["day_1_7", "day_8_14", "day_15_28", "week_1", "week_2_4", "week_5_13"], name].tolist()
        )  # fmt: skip


def test_staff_is_divided_where_it_is_known_and_no_data_elsewhere(home: Settings) -> None:
    store = open_store(home)
    unit = next_unit(home)
    with store.write() as connection:
        connection.execute(
            sa.update(schema.units).where(schema.units.c.unit == unit).values(staff=20)
        )
    st.cache_data.clear()
    week = next_week(store)
    mine = week[(week["of"] == "unit") & (week["unit"] == unit)].iloc[0]
    at = open_page("forecast", lang="en")
    shown = next(f.value for f in at.dataframe if "per_head" in f.value).set_index("unit")
    assert float(shown.loc[unit, "per_head"]) == pytest.approx(mine["expected"] / 20)
    assert float(shown.loc[unit, "per_head_high"]) == pytest.approx(mine["high_95"] / 20)
    assert shown.drop(index=unit)["per_head"].isna().all()


def test_the_overview_says_the_stored_week(home: Settings) -> None:
    store = open_store(home)
    week = next_week(store)
    whole = week[week["of"] == ""].iloc[0]
    run = newest(store, "forecasts")
    assert run is not None and run.as_of is not None
    start = fmt.day(run.as_of + timedelta(days=1), "en", year=False)
    at = open_page("overview", lang="en")
    texts = [block.value for block in at.text]
    (line,) = [t for t in texts if start in t and "expected in the next seven days" in t]
    for name in ("expected", "low_80", "high_80"):
        assert fmt.number(whole[name], "en") in line


def test_without_a_forecast_the_page_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = Settings(home=tmp_path_factory.mktemp("bare"), _env_file=None)
    opened = open_store(config)
    put(opened, random_orders(300, 1, days=40), "a")
    with app_on(config.home, COCKPIT_REFRESH="false"):
        at = open_page("forecast", lang="en")
        assert any("Not computed yet" in info.value for info in at.info)
        at = open_page("overview", lang="en")
        assert not any("against the last four weeks" in block.value for block in at.text)
    opened.close()
