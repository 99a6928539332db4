"""The step "drivers" and its page: what is stored is what is shown, scenarios, seasons, no factors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data import records, schema
from data.factors import ahead
from data.refresh import driver_inputs as inputs_of
from data.refresh import newest, refresh, stale
from data.refresh.drivers import Drivers
from data.settings import Settings
from data.store import Store, open_store
from metrics.selection import PATH
from tests.app import app_on, open_page
from tests.factory import random_orders
from tests.test_store import put
from words import format as fmt
from words import say

STEP = Drivers()
FIRST, DAYS = date(2024, 1, 1), 420


def sky() -> pd.DataFrame:
    """Rain of the days and of four years before."""
    rng = np.random.default_rng(11)
    days = pd.date_range(FIRST - timedelta(days=4 * 365), periods=4 * 365 + DAYS, freq="D")
    rain = np.where(rng.random(len(days)) < 0.15, rng.uniform(10, 40, len(days)), 0.0).round(1)
    return pd.DataFrame({"day": days.date, "factor": "rain_mm", "amount": rain})


def wet_city() -> tuple[pd.DataFrame, str]:
    """Orders of which one category's are seven times as many on rainy days, most in one street."""
    orders = random_orders(9000, 5, start=str(FIRST), days=DAYS - 1)
    first, second = orders.groupby(["category1", "category2"]).size().idxmax()
    rain = sky().set_index("day")["amount"]
    mine = (orders["category1"] == first) & (orders["category2"] == second)
    wet = orders["created_at"].dt.date.map(rain) > 0
    more = pd.concat([orders[mine & wet]] * 6, ignore_index=True)
    more["order_id"] = [f"wet-{k}" for k in range(len(more))]
    return pd.concat([orders, more], ignore_index=True), f"{first}{PATH}{second}"


def fill(store: Store) -> str:
    orders, path = wet_city()
    put(store, orders, "a")
    with store.write() as connection:
        rows = sky().assign(area=None).to_dict("records")
        connection.execute(sa.insert(schema.factors), rows)
    return path


def table(store: Store, name: str) -> pd.DataFrame:
    return store.frame(sa.select(schema.metadata.tables[f"driver_{name}"]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = Settings(home=tmp_path_factory.mktemp("drivers"), refresh=False, _env_file=None)
    opened = open_store(config)
    fill(opened)
    assert refresh(opened, [STEP]) == {"drivers": "done"}
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield config
    opened.close()


def said(at: AppTest) -> str:
    return "\n".join(str(block.value) for block in [*at.markdown, *at.caption, *at.warning])


def test_the_step_finds_what_goes_with_the_rain(store: Store) -> None:
    put(store, random_orders(300, 3, days=30), "none")
    assert refresh(store, [STEP]) == {"drivers": "nothing"}
    path = fill(store)
    assert stale(store, STEP) and refresh(store, [STEP]) == {"drivers": "done"}
    assert refresh(store, [STEP]) == {"drivers": "fresh"}
    effects = table(store, "effects").set_index(["category", "driver"])
    one = effects.loc[(path, "rain")]
    assert one["found"] and one["basis"] == "years" and one["ratio"] > 1.5
    assert len(json.loads(one["beta"])) == 8
    control = effects.loc[("", "rain")]
    assert control["control"] and control["level"] == 0
    lags = table(store, "lags")
    first = lags[(lags["category"] == path) & (lags["lag"] == 0)].iloc[0]
    rest = lags[(lags["category"] == path) & (lags["lag"] >= 1)]
    assert first["low"] > 1 and (rest["low"] < 1.15).all()
    shares = table(store, "shares")
    wet = sky().set_index("day")["amount"]
    orders, _ = wet_city()
    hit = orders["created_at"].dt.date.map(
        lambda d: wet[d] >= 10 or wet.get(d - timedelta(1), 0) >= 10
    )
    mine = orders[(orders["category1"] + PATH + orders["category2"]) == path]
    known = mine[hit.loc[mine.index]].groupby("district").size()
    stored = shares[(shares["category"] == path) & shares["district"].notna()]
    stored = stored.set_index("district")["exposed"]
    assert stored[stored > 0].astype(int).to_dict() == known.to_dict()
    places = table(store, "places")
    streets = places[(places["category"] == path) & (places["kind"] == "street")]
    assert streets["share"].sum() == pytest.approx(1)
    assert newest(store, "drivers").facts["late_found"] == 0  # type: ignore[union-attr]


def test_ordinary_days_lie_near_exposed_ones_and_never_after_rain() -> None:
    from data.factors import catalogue

    days = pd.date_range("2025-01-01", periods=120, freq="D")
    rain = np.zeros(120)
    rain[[30, 40, 50, 60, 70, 80]] = 20
    rain[35] = 6  # more than half a step: neither
    values = pd.DataFrame({"day": days, "rain": rain})
    found = inputs_of.exposures(values, {"rain": catalogue().drivers["rain"]}, list(days.date))
    one = found["rain"]
    place = [(day - days[0].date()).days for day in one.exposed]
    assert place == sorted([30, 31, 40, 41, 50, 51, 60, 61, 70, 71, 80, 81])
    ordinary = {(day - days[0].date()).days for day in one.ordinary}
    assert not ordinary & {30, 31, 32, 33, 35, 36, 37, 38} and {29, 34, 39} <= ordinary
    assert min(ordinary) >= 15 and max(ordinary) <= 96


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_the_stored_associations(home: Settings, lang: str) -> None:
    effects = table(open_store(home), "effects")
    found = effects[effects["found"].astype(bool)]
    at = open_page("drivers", lang=lang)
    shown = at.dataframe[0].value["ratio"].astype(float)
    assert sorted(shown) == pytest.approx(sorted(found["ratio"]))
    words = said(at)
    top = found.sort_values("ratio").iloc[-1]
    assert f"×{fmt.number(top['ratio'], lang, 2)}" in words  # type: ignore[arg-type]
    assert say("page.drivers.not_cause", lang)[:12] in words  # type: ignore[arg-type]
    assert say("page.drivers.trust_years", lang) in words  # type: ignore[arg-type]


def test_a_scenario_adds_up_and_warns_beyond_the_data(home: Settings) -> None:
    store = open_store(home)
    at = open_page("drivers", lang="en", part="whatif")
    districts = at.dataframe[0].value
    at.number_input[0].set_value(39.0).run()
    more = at.dataframe[0].value
    assert more["expected"].astype(float).sum() > districts["without"].astype(float).sum()
    beyond = say("page.drivers.beyond", "en").split("{")[0]
    highest = float(table(store, "effects")["highest"].max())
    assert highest < 40 and beyond not in said(at)
    at.number_input[0].set_value(90.0).run()
    assert beyond in said(at) and not at.exception


def test_a_forecast_is_kept_and_used(home: Settings) -> None:
    at = open_page("drivers", lang="zh", part="whatif")
    before = at.dataframe[0].value["expected"].astype(float).sum()
    at.text_input[0].set_value("王五").run()
    at.number_input[0].set_value(25.0).run()
    save = next(b for b in at.button if b.key == "weather-save-zh")
    save.click().run()
    assert not at.exception
    kept = records.all_of(open_store(home), ahead.KIND)
    assert [(r.body["factor"], r.body["amount"], r.actor) for r in kept] == [
        ("rain_mm", 25.0, "王五")
    ]
    again = open_page("drivers", lang="zh", part="whatif")
    assert again.number_input[0].value == 25.0
    assert again.dataframe[0].value["expected"].astype(float).sum() < before
    back = next(b for b in at.button if b.key == "weather-back-zh")
    back.click().run()
    assert records.all_of(open_store(home), ahead.KIND) == []


def test_without_factors_the_page_says_how_and_still_shows_seasons(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    config = Settings(home=tmp_path_factory.mktemp("bare"), refresh=False, _env_file=None)
    opened = open_store(config)
    put(opened, random_orders(600, 5, days=60), "a")
    with app_on(config.home, COCKPIT_REFRESH="false"):
        at = open_page("drivers", lang="zh")
        assert next(i.value for i in at.info) == say("page.drivers.no_factors", "zh")
        assert say("page.drivers.season_title_none", "zh") in said(at)
    opened.close()
