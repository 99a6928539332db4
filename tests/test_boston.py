"""A real city end to end: every number on the pages against plain pandas over the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data.importing import prepare
from data.ingest import drain
from data.schema import orders
from data.settings import Settings
from data.store import open_store
from tests.app import app_on, open_page
from tests.realdata import real

pytestmark = [pytest.mark.real]

FILE = "boston311_2011H2/boston311_2011H2.csv.gz"
MONTH = {"lang": "en", "scheme": "service_levels_311", "p": "month:2011-12-31"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the file imported, the app pointed at it."""
    where = tmp_path_factory.mktemp("boston")
    config = Settings(home=where, zone="America/New_York", country="US")
    prepare(real(FILE), settings=config)
    store = open_store(config)
    drain(store)
    store.close()
    with app_on(where, COCKPIT_ZONE="America/New_York", COCKPIT_COUNTRY="US"):
        yield where
        open_store().close()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The file as pandas reads it."""
    return pd.read_csv(
        real(FILE),
        parse_dates=["open_dt", "closed_dt", "target_dt"],
        dtype={"case_enquiry_id": str},
    )


@pytest.fixture(scope="module")
def december(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["open_dt"] >= "2011-12-01"]


def test_every_row_is_in_the_store(home: Path, table: pd.DataFrame) -> None:
    store = open_store()
    frame = store.frame(
        sa.select(orders.c.order_id, orders.c.on_time, orders.c.point_kind, orders.c.h3_9)
    )
    assert len(frame) == len(table) == 58_251
    assert int((frame["on_time"] == True).sum()) == 46_572  # noqa: E712
    assert int((frame["on_time"] == False).sum()) == 11_521  # noqa: E712
    assert int(frame["on_time"].isna().sum()) == 158
    placeholder = frame["point_kind"] == "placeholder"
    assert int(placeholder.sum()) == 4_775
    assert frame.loc[placeholder, "h3_9"].isna().all()


def test_overview(home: Path, table: pd.DataFrame, december: pd.DataFrame) -> None:
    at = open_page("overview", **MONTH)
    shown = {m.label: m for m in at.metric}
    november = table[(table["open_dt"] >= "2011-11-01") & (table["open_dt"] < "2011-12-01")]
    assert shown["Received"].value == f"{len(december):,}"
    growth = (len(december) - len(november)) / len(november) * 100
    assert shown["Received"].delta == f"+{growth:.1f}%"
    stated = december["ontime"].notna()
    rate = (december["ontime"] == "ONTIME").sum() / stated.sum()
    assert shown["Closed on time"].value == f"{rate:.1%}"
    assert f"n={stated.sum():,}" in shown["Closed on time"].proto.help
    assert shown["Satisfaction rate"].value == "not measured"
    assert shown["First action in time"].value == "no data"
    # Open at the end of the data and past the due date.
    end = pd.Timestamp("2012-01-01")
    late = table[
        table["closed_dt"].isna() & (table["case_status"] != "Closed") & (table["target_dt"] < end)
    ]
    assert shown["Overdue and open"].value == f"{len(late):,}"
    sentences = " ".join(t.value for t in at.text)
    most = late["department"].value_counts()
    assert (
        f"{len(late):,} open orders are overdue, most of them at {most.index[0]} ({most.iloc[0]:,})"
        in sentences
    )


def test_repeat_rate_by_hand(home: Path, table: pd.DataFrame, december: pd.DataFrame) -> None:
    """Closed orders of December whose 30 days are over, and those that came back to the same place."""
    at = open_page("overview", **MONTH)
    shown = {m.label: m for m in at.metric}["Repeat-complaint rate"]
    over = table["open_dt"].max() - pd.Timedelta(days=30)
    known = december[december["closed_dt"] <= over]
    assert f"n={len(known):,}" in shown.proto.help


def test_rankings(home: Path, december: pd.DataFrame) -> None:
    at = open_page("rankings", **MONTH)
    league = at.dataframe[0].value.set_index("unit")
    stated = december[december["ontime"].notna()]
    for department, values in stated.groupby("department")["ontime"]:
        share = (values == "ONTIME").mean()
        assert league.loc[department, "resolution"] == pytest.approx(share)
        # the score also holds what repeats above the line (an example) cost
        assert league.loc[department, "composite"] == pytest.approx(100 * share)
        penalty = league.loc[department, "penalty"]
        assert league.loc[department, "score"] == pytest.approx(100 * share + float(penalty))
        assert league.loc[department, "n"] == len(values)
    assert league["received"].to_dict() == december["department"].value_counts().to_dict()
    total = at.dataframe[1].value.iloc[0]
    assert total["resolution"] == pytest.approx((stated["ontime"] == "ONTIME").mean())
    assert total["received"] == len(december)


def test_trends(home: Path, december: pd.DataFrame) -> None:
    at = open_page("trends", **MONTH)
    numbers = at.dataframe[0].value
    per_day = december["open_dt"].dt.normalize().value_counts().sort_index(ascending=False)
    shown = numbers.iloc[:, 1].astype(int).tolist()
    assert shown == per_day.tolist()


def test_orders(home: Path, december: pd.DataFrame) -> None:
    at = open_page("orders", **MONTH)
    assert any(f"{len(december):,}" in m.value for m in at.markdown)
    newest = december.sort_values("open_dt", ascending=False)["case_enquiry_id"].iloc[0]
    assert newest in at.dataframe[0].value.to_csv()


def test_data(home: Path, table: pd.DataFrame) -> None:
    at = open_page("data", lang="en", view="holdings")
    assert not at.exception
