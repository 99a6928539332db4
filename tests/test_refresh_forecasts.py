"""The step "forecasts": every series and all sums, coherent, stored whole on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from data import schema, scheme_versions
from data.coverage import last_complete_day
from data.refresh import Inputs, newest, refresh, stale
from data.refresh import forecast_inputs as inputs_of
from data.refresh.apart import Apart
from data.refresh.background import folder
from data.refresh.forecasts import Forecasts, scheme_of
from data.refresh.series import by_place
from data.store import Store
from forecasting.rates import next_rates
from metrics.scheme import scheme_texts
from metrics.scheme_text import redrafted
from metrics.selection import PATH
from tests.factory import random_orders
from tests.test_store import put

STEP = Forecasts()


def city(days: int = 210) -> pd.DataFrame:
    return random_orders(7000, 5, days=days)


def table(store: Store, name: str) -> pd.DataFrame:
    return store.frame(sa.select(schema.metadata.tables[name]))


def silent(share: float) -> None:
    del share


def test_the_step_stores_every_series_and_they_add_up(store: Store) -> None:
    orders = city()
    put(store, orders, "a")
    heard: list[float] = []
    assert refresh(store, [STEP], progress=lambda _name, share: heard.append(share)) == {
        "forecasts": "done"
    }
    assert refresh(store, [STEP]) == {"forecasts": "fresh"}
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 10
    series, weeks, days = (table(store, f"forecast_{n}") for n in ("series", "weeks", "days"))
    assert series["node"].is_unique
    kinds = {"", "district", "category1", "district+category1", "category1+category",
             "district+category1+category", "unit", "unit+category1"}  # fmt: skip
    assert set(series["of"]) == kinds
    for frame, length in ((weeks, 13), (days, 28)):
        assert (frame.groupby("node")["ahead"].nunique() == length).all()
        assert set(frame["node"]) == set(series["node"])
        assert frame["expected"].notna().all() and (frame["expected"] >= 0).all()
        assert (frame["low_95"] <= frame["high_95"]).all()
        summed = (
            frame.merge(series[["node", "of"]], on="node")
            .groupby(["of", "ahead"])["expected"]
            .sum()
        )
        for of in kinds:
            pd.testing.assert_series_equal(summed[of], summed[""], check_names=False, rtol=1e-6)
    parts = days[["level", "trend", "weekday", "season", "holiday", "weather"]].sum(axis=1)
    pd.testing.assert_series_equal(parts, days["expected"], check_names=False, rtol=1e-6, atol=1e-6)


def test_the_usual_week_and_the_last_forecast_are_those_of_the_orders(store: Store) -> None:
    orders = city()
    put(store, orders, "a")
    refresh(store, [STEP])
    as_of = newest(store, "forecasts").as_of  # type: ignore[union-attr]
    created = orders["created_at"].dt.date
    recent = orders[(created > as_of - timedelta(days=28)) & (created <= as_of)]
    series = table(store, "forecast_series")
    whole = series[series["of"] == ""].iloc[0]
    days = recent["created_at"].dt.date.nunique()
    assert whole["usual"] == pytest.approx(len(recent) * 7 / days)
    one = series[(series["of"] == "district+category1") & (series["district"] == "云溪区")
                 & (series["category1"] == "住房")].iloc[0]  # fmt: skip
    mine = recent[(recent["district"] == "云溪区") & (recent["category1"] == "住房")]
    assert one["usual"] == pytest.approx(len(mine) * 7 / days)
    last = table(store, "forecast_last")
    said = last[last["node"] == whole["node"]].set_index("day")["observed"]
    came = orders["created_at"].dt.normalize().value_counts()
    assert said.to_dict() == pytest.approx({d: float(came[d]) for d in said.index})


def test_rates_are_those_of_plain_counts(store: Store) -> None:
    put(store, city(400), "a")
    refresh(store, [STEP])
    rates = table(store, "forecast_rates")
    as_of = last_complete_day(store)
    assert as_of is not None
    scheme = scheme_of(store, as_of)
    monthly = inputs_of.monthly(store, scheme, as_of)
    assert len(rates["indicator"].unique()) >= 3
    # complete months alone, and the month forecast begins after them
    start = rates["start_day"].iloc[0].date()
    assert start <= as_of + timedelta(days=1) <= rates["end_day"].iloc[0].date()
    assert monthly["month"].max() < rates["end_day"].iloc[0].strftime("%Y-%m")
    item = str(rates["indicator"].iloc[0])
    rows = monthly[(monthly["indicator"] == item) & monthly["district"].notna()]
    wanted = next_rates(rows.drop(columns="indicator"), rates["end_day"].iloc[0].strftime("%Y-%m"))
    got = rates[(rates["indicator"] == item) & rates["district"].notna()]
    got = got.set_index("district")["expected"].sort_index()
    expected = wanted.next.set_index("district")["expected"].sort_index()
    assert got.to_dict() == pytest.approx(expected.to_dict())
    city_rate = rates[(rates["indicator"] == item) & rates["district"].isna()]
    assert len(city_rate) == 1 and 0 < city_rate["expected"].iloc[0] < 1


def test_rates_follow_the_version_put_in_use_here(store: Store) -> None:
    put(store, city(60), "a")
    as_of = last_complete_day(store)
    assert as_of is not None
    before = STEP.setting(store)
    start = as_of.replace(day=1)
    text = scheme_texts()[scheme_of(store, as_of).id, str(before["scheme_version"])]
    made = redrafted(text, {}, {"version": "mine", "valid_from": start})
    draft = scheme_versions.save_draft(store, made, actor="李")
    assert STEP.setting(store) == before  # a draft scores nothing
    scheme_versions.put_in_use(store, draft, actor="王", until=datetime.combine(start, time()))
    assert STEP.setting(store) == {**before, "scheme_version": "mine"}
    early = scheme_of(store, start - timedelta(days=40))  # the next day is before its start
    assert early.version == before["scheme_version"]


def test_a_short_history_gets_the_simple_mean_and_says_so(store: Store) -> None:
    put(store, random_orders(400, 2, days=30), "a")
    assert refresh(store, [STEP]) == {"forecasts": "done"}
    series = table(store, "forecast_series")
    assert set(series["verdict"]) == {"untested"}
    run = newest(store, "forecasts")
    assert run is not None and "few_origins" in run.facts["notes"]
    assert table(store, "forecast_scores").empty


def test_nothing_to_forecast(store: Store) -> None:
    assert not stale(store, STEP)
    assert refresh(store, [STEP], force=True) == {"forecasts": "nothing"}
    assert table(store, "forecast_series").empty


class Broken(Forecasts):
    """Fails when almost everything is done."""

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> object:  # type: ignore[override]
        super().compute(inputs, tell)
        raise ValueError("broken on purpose")


def test_a_failed_run_leaves_the_earlier_forecast(store: Store) -> None:
    put(store, random_orders(400, 2, days=30), "a")
    refresh(store, [STEP])
    before = table(store, "forecast_weeks")
    assert refresh(store, [Broken()], force=True) == {"forecasts": "failed"}
    pd.testing.assert_frame_equal(table(store, "forecast_weeks"), before)


def test_another_process_computes_the_same(duckdb_store: Store) -> None:
    put(duckdb_store, random_orders(500, 2, days=30), "a")
    as_of = last_complete_day(duckdb_store)
    assert as_of is not None
    inputs = STEP.read(duckdb_store, as_of, STEP.setting(duckdb_store))
    assert inputs is not None
    there = Apart(folder(duckdb_store.settings))(STEP, inputs, silent)
    here = STEP.compute(inputs, silent)
    for name, frame in here.frames.items():
        pd.testing.assert_frame_equal(there.frames[name], frame)


def test_weather_keeps_one_temperature(store: Store) -> None:
    assert inputs_of.weather(store).empty
    rows = [
        {"day": date(2025, 1, 1), "area": None, "factor": name, "amount": value}
        for name, value in (("temp_mean_c", 1.0), ("temp_max_c", 3.0), ("rain_mm", 0.5))
    ]
    with store.write() as connection:
        connection.execute(sa.insert(schema.factors), [*rows, {**rows[0], "area": "云溪区"}])
    assert list(inputs_of.weather(store)) == ["day", "rain_mm", "temp_mean_c"]


def test_a_path_of_one_level_is_a_series_of_its_own(store: Store) -> None:
    put(store, city(), "a")
    as_of = last_complete_day(store)
    assert as_of is not None
    daily = by_place(store, as_of)
    deep = daily["category"].dropna().str.contains(PATH)
    assert deep.any()
    same = daily.dropna(subset=["category"])
    first = same["category"].str.split(PATH).str[0]
    assert (first == same["category1"]).all()
