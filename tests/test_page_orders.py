"""The Orders page: its numbers, its drill-downs, its export, strange links; against plain pandas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.batch import BatchInfo, write_batch
from data.ingest import drain
from data.settings import Settings
from data.store import open_store
from tests.app import app_on, open_page
from tests.factory import random_orders
from ui.orders_files import EXPORTED
from ui.orders_query import PAGE_SIZE

MARCH = {"lang": "en", "scheme": "beijing_district", "p": "month:2025-03-31"}
N = 4000


@dataclass(frozen=True)
class City:
    """What was put into the store."""

    orders: pd.DataFrame

    @property
    def march(self) -> pd.DataFrame:
        created = self.orders["created_at"]
        return self.orders[(created >= "2025-03-01") & (created < "2025-04-01")]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("orders")
    config = Settings(home=home, _env_file=None)
    frame = random_orders(N, 5)
    frame.loc[7, ["title", "content"]] = ["=cmd|' /C calc'!A0", "<script>alert(1)</script> **b**"]
    frame.loc[7, "created_at"] = pd.Timestamp("2025-03-15 10:00")
    write_batch(config.inbox, BatchInfo("d", "test", N), [frame])
    store = open_store(config)
    drain(store)
    store.close()
    with app_on(home):
        yield City(frame)
        open_store().close()


def newest_first(frame: pd.DataFrame) -> list[str]:
    ordered = frame.sort_values(["created_at", "order_id"], ascending=[False, True])
    return ordered["order_id"].tolist()


def total(at: AppTest) -> int:
    (line,) = [m.value for m in at.markdown if " orders**" in m.value]
    return int(line.split("**")[1].removesuffix(" orders").replace(",", ""))


def ids(at: AppTest) -> list[str]:
    return list(at.dataframe[0].value["order_id"])


def test_first_and_second_page(city: City) -> None:
    wanted = newest_first(city.march)
    at = open_page("orders", **MARCH)
    assert total(at) == len(city.march)
    assert ids(at) == wanted[:PAGE_SIZE]
    at = open_page("orders", **MARCH, page="2")
    assert ids(at) == wanted[PAGE_SIZE : 2 * PAGE_SIZE]


def test_a_page_beyond_the_last_shows_the_last(city: City) -> None:
    wanted = newest_first(city.march)
    rest = len(wanted) % PAGE_SIZE or PAGE_SIZE
    assert ids(open_page("orders", **MARCH, page="987654")) == wanted[-rest:]


def test_search_is_over_number_and_texts_and_any_time(city: City) -> None:
    hits = city.orders["title"].eq("路灯不亮")
    at = open_page("orders", **MARCH, q="路灯")
    assert total(at) == (hits & city.orders.index.isin(city.march.index)).sum()
    assert total(open_page("orders", **MARCH, q="路灯", span="all")) == hits.sum()
    one = city.orders["order_id"].iloc[0]
    assert ids(open_page("orders", **MARCH, q=one.upper(), span="all")) == [one]


def test_filters_narrow(city: City) -> None:
    at = open_page("orders", **MARCH, d="云溪区", c="城市管理->市容环卫", ch="电话")
    march = city.march
    wanted = march[
        march["district"].eq("云溪区") & march["category1"].eq("城市管理")
        & march["category2"].eq("市容环卫") & march["channel"].eq("电话")
    ]  # fmt: skip
    assert total(at) == len(wanted) > 0
    assert sorted(ids(at)) == sorted(wanted["order_id"])


def test_unit_types_narrow(city: City) -> None:
    # Units that only orders mention are of the type "other".
    march = city.march
    assert total(open_page("orders", **MARCH, ut="other")) == march["unit"].notna().sum()
    assert total(open_page("orders", **MARCH, ut="hospital")) == 0


def test_a_condition_from_the_link(city: City) -> None:
    condition = {
        "all": [
            {"field": "resolution", "value": "resolved"},
            {"field": "satisfaction", "op": "in", "value": ["very_satisfied", "satisfied"]},
        ]
    }
    at = open_page("orders", **MARCH, cond=json.dumps(condition))
    march = city.march
    wanted = march[
        march["resolution"].eq("resolved")
        & march["satisfaction"].isin(["very_satisfied", "satisfied"])
    ]
    assert total(at) == len(wanted)
    chip = "Resolved = Resolved and Satisfied is one of (Very satisfied, Satisfied)"
    assert any(chip in m.value.replace("\\", "") for m in at.markdown)
    at.button(key="orders-chip-remove").click().run()
    assert total(at) == len(march)


@pytest.mark.parametrize("kind", ["num", "num.0", "den", "lost", "missing"])
def test_measures_of_the_scheme(city: City, kind: str) -> None:
    march = city.march[city.march["exclusion"].isna()]
    valid = march["followup"].eq("valid")
    resolved = march["resolution"].eq("resolved")
    wanted = {
        "num": valid & resolved,
        "num.0": valid & resolved,
        "den": valid,
        "lost": valid & ~resolved,
        "missing": march["status"].eq("closed") & ~valid,
    }[kind]
    assert total(open_page("orders", **MARCH, cond=f"resolution.{kind}")) == wanted.sum() > 0


def test_a_count_by_closing_time(city: City) -> None:
    closed = city.orders["closed_at"]
    wanted = city.orders["status"].eq("closed") & (closed >= "2025-03-01") & (closed < "2025-04-01")
    at = open_page("orders", **MARCH, cond="count.closed")
    assert total(at) == wanted.sum()
    assert any("closed in Mar 2025" in m.value for m in at.markdown)


def test_sorting(city: City) -> None:
    at = open_page("orders", **MARCH, sort="slowest")
    march = city.march.sort_values(["close_hours", "order_id"], ascending=[False, True])
    assert ids(at) == march["order_id"].tolist()[:PAGE_SIZE]


def test_one_order(city: City) -> None:
    march = city.march
    order = march[march["address"].notna() & march["followup"].eq("valid")].iloc[0]
    at = open_page("orders", **MARCH, order=f"test|{order['order_id']}")
    page = " ".join([m.value for m in at.markdown] + [h.proto.body for h in at.get("html")])
    assert f"{order['created_at']:%H:%M}" in page
    for field in ("address", "unit", "source"):
        assert str(order[field]) in page
    assert order["caller_key"] is None or f">{order['caller_key']}<" not in page
    at.button(key="orders-back").click().run()
    assert total(at) == len(march)


def test_texts_are_never_taken_for_code(city: City) -> None:
    at = open_page("orders", **MARCH, order=f"test|{city.orders['order_id'].iloc[7]}")
    page = " ".join(h.proto.body for h in at.get("html"))
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_the_same_place(city: City) -> None:
    counts = city.orders["place_key"].value_counts()
    place = counts.index[0]
    order = city.orders[city.orders["place_key"].eq(place)].iloc[0]
    at = open_page("orders", **MARCH, order=f"test|{order['order_id']}")
    at.button(key="orders-same-place_key").click().run()
    assert total(at) == counts.iloc[0]


def exported(at: AppTest, kind: str) -> Path:
    at.button(key=f"orders-export-{kind}").click().run()
    assert not at.exception
    path: Path = at.session_state["_orders_export"].path
    return path


def test_csv_export_holds_everything_listed(city: City) -> None:
    at = open_page("orders", **MARCH, cond="resolution.lost")
    with exported(at, "csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    head = [line for line in lines if line[0].startswith("# ")]
    assert any("Mar 2025" in line[0] for line in head)
    assert any("Condition: " in ",".join(line) for line in head)
    columns, *rows = lines[len(head) :]
    assert len(rows) == total(at)
    assert columns[1] == "Order no." and len(columns) == len(EXPORTED)
    table = pd.DataFrame(rows, columns=columns).set_index("Order no.")
    known = city.orders.set_index("order_id").loc[table.index]
    assert table["Received"].tolist() == known["created_at"].astype(str).tolist()
    assert set(table["Resolved"]) <= {"Basically resolved", "Explained", "Not resolved", ""}
    hours = pd.to_numeric(table["Hours to closing"]).to_numpy()
    assert hours == pytest.approx(known["close_hours"].to_numpy(), nan_ok=True)
    assert not any("aller" in c and "code" in c for c in columns)


def test_xlsx_export_and_formulas_are_harmless(city: City) -> None:
    at = open_page("orders", **{**MARCH, "lang": "zh"}, q="calc")
    book = openpyxl.load_workbook(exported(at, "xlsx"))
    rows = list(book["工单"].iter_rows(values_only=True))
    names = next(row for row in rows if row[1] == "工单编号")
    (row,) = rows[rows.index(names) + 1 :]
    found: dict[Any, Any] = dict(zip(names, row, strict=True))
    assert found["标题"] == "'=cmd|' /C calc'!A0"
    assert found["受理时间"] == pd.Timestamp("2025-03-15 10:00")
    assert any("检索词：calc" in str(line[0]) for line in rows)


def test_nothing_is_made_until_asked_and_kept_only_for_this_question(city: City) -> None:
    at = open_page("orders", **MARCH)
    assert "_orders_export" not in at.session_state
    exported(at, "csv")
    assert len(at.get("download_button")) == 1
    at.text_input(key="orders-q-en").set_value("路灯").run()
    assert len(at.get("download_button")) == 0


STRANGE = [
    {"cond": "{"}, {"cond": "nope"}, {"cond": "resolution"}, {"cond": "resolution.num.9"},
    {"cond": "list.x"}, {"cond": "..."}, {"cond": '{"field":"status","value":"x"}'},
    {"cond": '{"field":"returns","op":"gt","value":1' + "0" * 40 + "}"},
    {"cond": '{"not":' * 300 + '{"all":[]}' + "}" * 300}, {"cond": "[" * 2000},
    {"cond": '{"field":"title","op":"contains","value":"a\\u0000b"}'}, {"cond": "x" * 5000},
    {"order": "|||"}, {"order": "a|b"}, {"order": "a\0|b"}, {"order": "<b>|*x*"},
    {"page": "-1"}, {"page": "²"}, {"page": "1e9"}, {"page": "9" * 30}, {"sort": "'; drop table"},
    {"q": "\0"}, {"q": "%' or 1=1 --"}, {"q": "**" * 90}, {"span": "x", "clock": "y"},
    {"d": "\0"}, {"u": "nobody"}, {"c": "->->"}, {"p": "month:9999-99-99"}, {"present": "²"},
]  # fmt: skip


@pytest.mark.parametrize("params", STRANGE, ids=lambda p: str(p)[:40])
def test_strange_links_end_kindly(city: City, params: dict[str, str]) -> None:
    at = open_page("orders", **{**MARCH, **params})
    assert at.markdown
