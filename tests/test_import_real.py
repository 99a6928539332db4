"""Real files end to end, against counts made by pandas alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.batch import read_batch
from data.importing import PreparedBatch, Proposal, prepare
from data.importing.explain import explain_reject
from data.settings import Settings
from tests.realdata import BOSTON, BOSTON_TEXT, NYC_ANIMALS, NYC_SAMPLE, SF, real

pytestmark = pytest.mark.real


def _prepare(home: Path, relative: str) -> tuple[PreparedBatch, pd.DataFrame]:
    config = Settings(home=home, _env_file=None)
    prepared = prepare(real(relative), settings=config, now=datetime(2026, 11, 1))
    assert isinstance(prepared, PreparedBatch)
    batch = read_batch(prepared.path)
    orders = pd.concat([t.to_pandas() for t in batch.orders()], ignore_index=True)
    report = prepared.report
    assert report["read"] == report["kept"] + report["rejected"] + report["duplicates_in_file"]
    assert len(orders) == report["kept"]
    assert batch.info.report["kept"] == report["kept"]
    return prepared, orders


def test_boston_2011(tmp_path: Path) -> None:
    prepared, orders = _prepare(tmp_path, BOSTON)
    raw = pd.read_csv(real(BOSTON), dtype=str)
    report = prepared.report
    assert report["preset"] == "boston_2011"
    assert report["chosen_by"] == "header"
    assert len(orders) == 58_251
    on_time = orders["on_time"]
    assert (on_time == True).sum() == 46_572  # noqa: E712
    assert (on_time == False).sum() == 11_521  # noqa: E712
    assert on_time.isna().sum() == 158
    assert report["points"] == {"ok": 53_476, "placeholder": 4_775, "outside": 0, "missing": 0}
    (spot,) = report["placeholders"]
    assert (spot["lon"], spot["lat"], spot["rows"]) == (-71.0587, 42.3594, 4_775)
    assert orders.loc[orders["point_kind"] != "ok", "h3_9"].isna().all()
    assert orders.loc[orders["point_kind"] == "ok", "h3_9"].notna().all()
    assert orders.loc[orders["point_kind"] == "placeholder", "place_key"].isna().all()
    assert report["gaps"] == 0
    assert (report["first_day"], report["last_day"]) == ("2011-07-01", "2011-12-31")
    assert report["rejected"] == 0
    assert (
        orders["status"].value_counts().to_dict()
        == raw["case_status"].str.lower().value_counts().to_dict()
    )
    assert orders["unit"].value_counts().to_dict() == raw["department"].value_counts().to_dict()
    assert orders["category2"].nunique() == raw["type"].nunique()
    opened, closed = pd.to_datetime(raw["open_dt"]), pd.to_datetime(raw["closed_dt"])
    assert (orders["created_at"].to_numpy() == opened.to_numpy()).all()
    assert orders["closed_at"].isna().sum() == closed.isna().sum()
    hours = (closed - opened).dt.total_seconds() / 3600
    np.testing.assert_allclose(orders["close_hours"], hours)
    holidays = pd.to_datetime(
        ["2011-07-04", "2011-09-05", "2011-10-10", "2011-11-11", "2011-11-24", "2011-12-26"]
    )
    known = closed.notna() & (closed < "2012-01-01")
    days = np.busday_count(
        (opened[known].to_numpy().astype("datetime64[D]") + 1),
        (closed[known].to_numpy().astype("datetime64[D]") + 1),
        holidays=holidays.to_numpy().astype("datetime64[D]"),
    )
    assert (orders.loc[known.to_numpy(), "close_workdays"].to_numpy(dtype=float) == days).all()


def test_boston_places_are_found_without_addresses_too(tmp_path: Path) -> None:
    raw = pd.read_csv(real(BOSTON), dtype=str)
    path = tmp_path / "b.csv"
    raw.drop(columns="location").to_csv(path, index=False)
    prepared = prepare(path, settings=Settings(home=tmp_path, _env_file=None))
    assert isinstance(prepared, PreparedBatch)
    assert prepared.report["points"]["placeholder"] == 4_775


def test_nyc_animals(tmp_path: Path) -> None:
    prepared, orders = _prepare(tmp_path, NYC_ANIMALS)
    raw = pd.read_csv(real(NYC_ANIMALS), dtype=str)
    report = prepared.report
    assert report["preset"] == "nyc"
    assert report["header_known"] == 1.0
    assert len(orders) == 5_895
    # two rows close in 1900: kept, the date gone, both told with row and column
    assert report["warnings_by_reason"] == {"placeholder_date": 2}
    rejects = prepared.rejects.to_pylist()
    places = raw.index[raw["Closed Date"].str.startswith("1900", na=False)] + 2
    assert [r["row_number"] for r in rejects] == places.tolist()
    assert {r["column_name"] for r in rejects} == {"Closed Date"}
    assert "1900-01-01" in explain_reject(rejects[0], "zh")
    assert "placeholder date" in explain_reject(rejects[0], "en")
    assert orders["closed_at"].isna().sum() == raw["Closed Date"].isna().sum() + 2
    due = pd.to_datetime(raw["Due Date"], format="%m/%d/%Y %I:%M:%S %p")
    assert (orders["due_at"].fillna(pd.Timestamp(0)) == due.fillna(pd.Timestamp(0))).all()
    assert report["points"]["missing"] == raw["Latitude"].isna().sum()
    assert report["placeholders"] == []
    assert orders["district"].notna().sum() == (raw["Borough"] != "Unspecified").sum()


def test_nyc_sample(tmp_path: Path) -> None:
    prepared, orders = _prepare(tmp_path, NYC_SAMPLE)
    raw = pd.read_csv(real(NYC_SAMPLE), dtype=str)
    assert prepared.report["preset"] == "nyc"
    assert len(orders) == 14_716
    backwards = (pd.to_datetime(raw["closed_date"]) < pd.to_datetime(raw["created_date"])).sum()
    assert prepared.report["contradictions"] == {"closed_before_created": backwards}
    assert (orders["close_hours"] < 0).sum() == backwards
    assert prepared.report["derived"] == ["status"]


def test_san_francisco(tmp_path: Path) -> None:
    prepared, orders = _prepare(tmp_path, SF)
    raw = pd.read_csv(real(SF), dtype=str)
    assert prepared.report["preset"] == "sf"
    assert len(orders) == 10_000
    assert (orders["point_kind"] == "missing").sum() == 4_264
    assert prepared.report["placeholders"] == []  # housing estates are busy, but real places
    nowhere = raw["incident_address"] == "Not associated with a specific address"
    assert orders.loc[nowhere.to_numpy() & orders["lon"].isna(), "place_key"].isna().all()


def test_boston_open311_text(tmp_path: Path) -> None:
    prepared, orders = _prepare(tmp_path, BOSTON_TEXT)
    raw = pd.read_parquet(real(BOSTON_TEXT))
    assert prepared.report["preset"] == "open311"
    assert len(orders) == len(raw) == 175_534
    spots = {(p["lon"], p["lat"]): p["rows"] for p in prepared.report["placeholders"]}
    here = (raw["long"].round(6) == -71.057967) & (raw["lat"].round(6) == 42.360322)
    assert spots[-71.057967, 42.360322] == here.sum()
    # real, busy addresses stay: a house with 222 orders, and City Hall's own front door
    busy = (raw["long"].round(6) == -71.064802) & (raw["lat"].round(6) == 42.348688)
    assert (orders.loc[busy.to_numpy(), "point_kind"] == "ok").all()
    # the only other one lies in the ocean and claims fifty streets of Boston
    assert set(spots) == {(-71.057967, 42.360322), (-73.651391, 34.244387)}
    open_ = raw["status"] == "open"
    assert orders.loc[open_.to_numpy(), "closed_at"].isna().all()
    assert (orders["created_at"].to_numpy() == raw["requested_local"].to_numpy()).all()


@pytest.mark.parametrize(
    "relative",
    [
        "hangzhou_leaders_board/monthly_counts.csv",
        "teddy2020_gov_messages/messages_with_replies_2816.csv",
        "andhra_pgrs_three_rates/officer_performance.csv",
        "boundaries/beijing_streets.csv",
        "boundaries/hangzhou_districts_gcj02.geojson",
        "boston_weather/boston_noaa_2015_2020.csv",
        "ts_benchmarks/M4_Evaluation_and_Ranks.xlsx",
        "ts_benchmarks/hospital_monthly_wide.csv",
        "portland_nij_burglary/portland_burglary_2012_2017.csv.gz",
    ],
)
def test_other_tables_are_proposed_never_taken_for_orders(relative: str, tmp_path: Path) -> None:
    proposal = prepare(real(relative), settings=Settings(home=tmp_path, _env_file=None))
    assert isinstance(proposal, Proposal)


def test_an_unseen_chinese_file_imports_with_its_proposal(tmp_path: Path) -> None:
    path = real("teddy2020_gov_messages/messages_with_replies_2816.csv")
    config = Settings(home=tmp_path, _env_file=None)
    proposal = prepare(path, settings=config)
    assert isinstance(proposal, Proposal)
    wanted = {
        "order_id": "留言编号",
        "created_at": "留言时间",
        "content": "留言详情",
        "reply": "答复意见",
    }
    assert wanted.items() <= proposal.mapping().items()
    batch = prepare(path, preset=proposal.preset(), settings=config)
    assert isinstance(batch, PreparedBatch)
    raw = pd.read_csv(path, dtype=str)
    assert batch.report["kept"] + batch.report["duplicates_in_file"] == len(raw)
