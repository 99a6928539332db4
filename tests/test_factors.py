"""Files of outside facts: units, presets, faults named by cell, whole or nothing; forecasts kept apart."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data import records, schema
from data.factors import ahead, catalogue, delivering, reading
from data.factors.ahead import BadEntry, Entry
from data.factors.files import Given, read_file
from data.factors.units import System
from data.importing.errors import ImportFailure
from data.ingest import submit
from data.records import Stale
from data.registers.files import BadFile
from data.store import Store
from tests.factory import random_orders
from tests.realdata import real
from tests.test_store import put
from words import LANGS

TODAY = date(2026, 6, 30)


def read(
    tmp_path: Path, text: str, units: System | None = None, preset: str | None = None
) -> Given:
    path = tmp_path / "w.csv"
    path.write_text(text, encoding="utf-8")
    return read_file(path, today=TODAY, units=units, preset=preset)


def amounts(given: Given) -> dict[str, list[float]]:
    return {str(f): part["amount"].tolist() for f, part in given.rows.groupby("factor")}


def faults(bad: pytest.ExceptionInfo[BadFile]) -> list[tuple[int, str, str, str]]:
    return [(f.row, f.column, f.value, f.code) for f in bad.value.faults]


def test_noaa_units_are_told_by_the_values(tmp_path: Path) -> None:
    raw = "STATION,DATE,PRCP,SNOW,TMAX,TMIN,AWND\nX,2025-07-01,254,30,311,-17,36\n"
    given = read(tmp_path, raw)
    assert (given.preset, given.system, given.detected) == ("noaa", "tenths", True)
    assert amounts(given) == {
        "rain_mm": [25.4], "snow_mm": [30.0], "temp_max_c": [31.1], "temp_min_c": [-1.7],
        "wind_mean_ms": [3.6],
    }  # fmt: skip
    imperial = "STATION,DATE,PRCP,SNOW,TMAX,TMIN,AWND\nX,2025-07-01,1.00,0.5,88,29,10\n"
    given = read(tmp_path, imperial)
    assert given.system == "imperial"
    assert amounts(given)["rain_mm"] == [25.4] and amounts(given)["snow_mm"] == [12.7]
    assert amounts(given)["temp_max_c"] == pytest.approx([31.111111])
    assert amounts(given)["wind_mean_ms"] == pytest.approx([4.4704])
    metric = "date,TMAX,TMIN,PRCP\n2025-01-01,10.6,3.9,12.0\n"
    assert amounts(read(tmp_path, metric))["rain_mm"] == [12.0]


def test_units_that_the_values_do_not_tell_are_asked_for(tmp_path: Path) -> None:
    text = "STATION,DATE,PRCP,TMAX\nX,2025-01-01,12,31\nX,2025-01-02,0,28\n"
    with pytest.raises(ImportFailure) as told:
        read(tmp_path, text)
    assert told.value.code == "units_unclear"
    assert amounts(read(tmp_path, text, "tenths"))["temp_max_c"] == [3.1, 2.8]
    windy = "日期,风速\n" + "".join(f"2025-01-{d:02d},18\n" for d in range(1, 29))
    with pytest.raises(BadFile) as bad:
        read(tmp_path, windy)
    assert faults(bad) == [(1, "风速", "", "state_unit")]
    said = windy.replace("风速", "风速（公里/小时）")
    assert amounts(read(tmp_path, said))["wind_mean_ms"][0] == pytest.approx(5)


def test_general_tables_wide_and_long_with_units_and_areas(tmp_path: Path) -> None:
    wide = "日期,区县,降雨量(厘米),交通拥堵指数,备注\n2026-06-01,东区,1.2,5.5,x\n2026-06-02,,,6,\n"
    given = read(tmp_path, wide)
    assert amounts(given) == {"rain_mm": [12.0], "traffic_index": [5.5, 6.0]}
    assert given.ignored == ("备注",)
    assert given.rows["area"].fillna("-").tolist() == ["东区", "东区", "-"]
    long = "day,factor,amount,unit\n2026-06-01,Rainfall,0.5,in\n2026-06-01,grid load,800,MW\n"
    assert amounts(read(tmp_path, long.replace("grid load", "grid_load_mw"))) == {
        "grid_load_mw": [800.0], "rain_mm": [12.7],
    }  # fmt: skip


def test_events_are_counted_by_day_and_days_between_have_none(tmp_path: Path) -> None:
    text = "停电时间,区域,影响户数\n2026-06-01 03:00,东区,100\n2026-06-01 20:00,东区,50\n2026-06-03 01:00,东区,10\n"
    given = read(tmp_path, text)
    assert given.preset == "events"
    assert amounts(given) == {"grid_customers": [150, 0, 10], "grid_outages": [2, 0, 1]}


def test_every_fault_names_row_column_and_value_and_nothing_is_taken(tmp_path: Path) -> None:
    text = (
        "日期,降雨量,最高气温\n2026-06-01,12,30\n2026-13-02,1,30\n2026-06-03,多,30\n"
        "2026-06-04,1,300\n2026-07-04,1,30\n2026-06-01,13,30\n"
    )
    with pytest.raises(BadFile) as bad:
        read(tmp_path, text.replace("300", "30.0").replace("多", "1"))
    assert {(f[0], f[3]) for f in faults(bad)} == {(3, "bad_day"), (6, "future_day")}
    with pytest.raises(BadFile) as bad:
        read(tmp_path, text)
    assert (4, "降雨量", "多", "bad_number") in faults(bad)
    twice = "日期,降雨量\n2026-06-01,12\n2026-06-01,13\n"
    with pytest.raises(BadFile) as bad:
        read(tmp_path, twice)
    assert faults(bad) == [(3, "日期", "2026-06-01", "twice")]
    for lang in LANGS:
        lines = delivering.explain_bad(bad.value, "w.csv", lang)
        assert "w.csv" in lines[1] and "3" in lines[1] and "2026-06-01" in lines[1]
    with pytest.raises(BadFile) as bad:
        read(tmp_path, "day,factor,amount\n2026-06-01,moonlight,1\n")
    assert faults(bad) == [(2, "factor", "moonlight", "unknown_factor")]
    assert all(delivering.explain_bad(bad.value, "w.csv", lang) for lang in LANGS)


def test_a_file_goes_in_whole_and_a_second_time_changes_nothing(
    store: Store, tmp_path: Path
) -> None:
    put(store, random_orders(200, 3, days=20), "a")
    version, as_of = store.data_version(), store.as_of()

    def deliver(text: str) -> tuple[int, int, int]:
        batch = delivering.prepare(read(tmp_path, text), store.settings, "tester")
        result = submit(batch, store)
        assert result.state == "done", result
        return result.rows_new or 0, result.rows_updated or 0, result.rows_unchanged or 0

    text = "日期,降雨量,平均气温\n2025-06-01,12,20\n2025-06-02,0,21\n"
    assert deliver(text) == (4, 0, 0)
    assert store.data_version() == version + 1
    assert store.as_of().created_at == as_of.created_at
    assert deliver(text) == (0, 0, 4)
    assert store.data_version() == version + 1
    assert deliver(text.replace("12", "14")) == (0, 1, 3)
    wide = reading.by_day(store)
    assert wide["rain_mm"].tolist() == [14, 0] and wide["temp_mean_c"].tolist() == [20, 21]
    found, _ = reading.drivers(store)
    assert found["rain"].tolist() == [14, 0] and found["cold"].tolist() == [0, 0]


def test_drivers_are_made_of_the_factors_there_are() -> None:
    known = catalogue()
    wide = pd.DataFrame({"day": [1], "temp_max_c": [33.0], "temp_min_c": [3.0], "grid_outages": 4})
    made = known.values(wide)
    assert made.iloc[0].drop("day").to_dict() == {"cold": 0.0, "heat": 5.0, "grid_outages": 4.0}
    assert made.assign(temp=0)["cold"].tolist() == [0]
    spec = known.usable(["grid_outages"])["grid_outages"]
    assert spec.reference is None and spec.step == 1
    for code, factor in known.factors.items():
        assert factor.low < factor.high, code


def test_a_forecast_is_no_observation_and_gives_way_to_one(store: Store) -> None:
    after = date(2026, 6, 1)
    tuesday = after + timedelta(days=2)
    ahead.save(store, [Entry(tuesday, "rain_mm", 50.0)], after=after, actor="甲")
    assert reading.by_day(store).empty  # nothing can be fitted on it
    coming = ahead.coming(store, after)
    assert coming[["day", "factor", "amount"]].to_numpy().tolist() == [[tuesday, "rain_mm", 50.0]]
    seen = {coming["id"].iloc[0]: int(coming["revision"].iloc[0])}
    ahead.save(store, [Entry(tuesday, "rain_mm", 60.0)], after=after, actor="乙", seen=seen)
    with pytest.raises(Stale) as stale:
        ahead.save(store, [Entry(tuesday, "rain_mm", 70.0)], after=after, actor="甲", seen=seen)
    assert stale.value.current is not None and stale.value.current.body["amount"] == 60.0
    for entry, code in (
        (Entry(after, "rain_mm", 1.0), "not_ahead"),
        (Entry(tuesday, "rain_mm", -1.0), "beyond"),
        (Entry(tuesday, "moonlight", 1.0), "unknown_factor"),
    ):
        with pytest.raises(BadEntry) as bad:
            ahead.save(store, [entry], after=after, actor="甲")
        assert bad.value.code == code
    row = {"day": tuesday, "area": None, "factor": "rain_mm", "amount": 31.0}
    with store.write() as connection:
        connection.execute(sa.insert(schema.factors), [row])
    assert ahead.coming(store, after).empty
    assert len(records.history(store, ahead.KIND, ahead.id_of(tuesday, "rain_mm"))) == 2
    assert reading.by_day(store)["rain_mm"].tolist() == [31.0]


@pytest.mark.real
def test_real_weather_agrees_between_noaa_and_meteostat() -> None:
    folder = real("boston_weather")
    noaa = read_file(folder / "boston_noaa_2015_2020.csv", today=TODAY)
    other = read_file(folder / "boston_weather_2010_2025_meteostat.csv", today=TODAY)
    assert (noaa.system, other.preset) == ("imperial", "meteostat")
    both = noaa.rows.merge(other.rows, on=["day", "factor"], suffixes=("", "_m"))
    for factor, close in (("rain_mm", 0.2), ("temp_mean_c", 0.6)):
        rows = both[both["factor"] == factor]
        assert len(rows) > 2000
        assert (rows["amount"] - rows["amount_m"]).abs().median() < close
    nyc = read_file(real("nyc311_weather_2025") / "weather_clean.csv", today=TODAY)
    assert (nyc.preset, nyc.system) == ("noaa", "metric")
