"""The step "places" on both engines, and what pages read of it, against plain pandas."""

from __future__ import annotations

from datetime import date, timedelta

import h3.api.basic_int as h3
import pandas as pd

from data import orders as order_rows
from data import places
from data.coverage import last_complete_day
from data.refresh import newest, refresh
from data.refresh.places import Places
from data.store import Store
from metrics.conditions import EVERYTHING, Condition
from tests.factory import random_orders
from tests.places_city import BUSY, MIDDLE, filled
from tests.test_store import put


def count(store: Store, condition: Condition) -> int:
    return order_rows.page(store, condition, limit=1)[1]


def test_what_is_computed_is_what_is_there(store: Store) -> None:
    orders = filled(store)
    assert refresh(store, [Places()]) == {"places": "done"}
    run = newest(store, places.STEP)
    as_of = last_complete_day(store)
    assert run is not None and as_of is not None and run.as_of == as_of
    kept = orders[(orders["created_day"].dt.date <= as_of) & orders["created_day"].notna()]
    half = kept[kept["created_day"].dt.date > as_of - timedelta(days=182)]
    half = half[half["point_kind"] == "ok"]

    found = places.visit_list(store, limit=10)
    assert found["place"].tolist() == list(range(1, 11))
    assert found["expected"].is_monotonic_decreasing
    assert found["top10"].between(found["top5"], 1).all()
    first = found.iloc[0]
    mine = half[half["h3_9"] == first["cell"]]
    assert (
        first["recent"]
        == len(mine)
        == count(store, places.orders_of_cell(int(first["cell"]), as_of))
    )
    assert (mine["address"] == first["address"]).sum() == mine["address"].value_counts().max()
    assert (mine["unit"] == first["unit"]).mean() == mine["unit"].value_counts().max() / len(mine)
    top = mine.groupby(["category1", "category2"]).size().max()
    assert first["topics"][0][1] == top
    assert (
        h3.grid_distance(int(first["cell"]), h3.latlng_to_cell(first["lat"], first["lon"], 9)) == 0
    )
    assert len(first["history"]) == 26

    # Categories, districts: fewer orders, the same questions.
    category = str(kept["category1"].value_counts().index[0])
    narrow = places.visit_list(store, category, ["云溪区"], 5)
    assert (
        set(narrow["district"]) == {"云溪区"} and narrow["expected"].max() < found["expected"].max()
    )
    cell = int(narrow["cell"].iloc[0])
    assert narrow["recent"].iloc[0] == count(store, places.orders_of_cell(cell, as_of, category))

    # What the switch leaves out is said, and makes a difference.
    clean, every = (places.scopes(store, v).iloc[0] for v in (places.CLEAN, places.EVERY))
    assert pd.isna(clean["category1"]) and clean["floods"] > 0
    assert every["orders"] - clean["orders"] == clean["duplicates"] + clean["floods"]
    assert clean["start_day"].weekday() == 0 and clean["start_day"].date() > as_of

    scores = places.scores(store)
    assert set(scores["share"]) == {0.05, 0.10} and len(scores) == 6
    street = places.areas(store, [None])
    street = street[(street["level"] == "street") & (street["street"] == "云溪区1街")].iloc[0]
    last = kept[
        (kept["street"] == "云溪区1街") & (kept["created_day"].dt.date > as_of - timedelta(days=28))
    ]
    # Orders without a category belong to no category's season: they are in no sum of them.
    assert street["observed"] == last["category1"].notna().sum()
    _repeat_points(store, as_of)


def _repeat_points(store: Store, as_of: date) -> None:
    point = places.repeat_points(store, limit=1).iloc[0]
    assert point["place_key"] == BUSY
    rows = order_rows.table(
        store, places.orders_of_point(BUSY, as_of),
        ["order_id", "caller_key", "created_day", "category1", "category2", "repeat_of", "recurred"],
    )  # fmt: skip
    assert point["n"] == len(rows)
    assert point["callers"] == rows["caller_key"].nunique()
    assert point["anonymous"] == rows["caller_key"].isna().sum()
    assert point["weeks"] == pd.to_datetime(rows["created_day"]).dt.to_period("W-SUN").nunique()
    assert point["kinds"] == rows["category2"].nunique()
    assert point["repeats"] == rows["repeat_of"].notna().sum()
    assert (point["recurred"], point["known"]) == (
        rows["recurred"].sum(),
        rows["recurred"].notna().sum(),
    )
    # Chains by walking from order to order.
    chain: dict[str, str] = {}

    def root(one: str) -> str:
        while chain.get(one, one) != one:
            one = chain[one]
        return one

    linked = store_links(store)
    for later, earlier in linked:
        chain.setdefault(later, later)
        chain.setdefault(earlier, earlier)
        chain[root(later)] = root(earlier)
    here = {root(one) for one in rows["order_id"] if one in chain}
    sizes = pd.Series([root(one) for one in chain]).value_counts()
    assert point["chains"] == len(here) > 0
    assert point["longest"] == sizes[list(here)].max()
    category = rows["category1"].value_counts().index[0]
    part = places.repeat_points(store, str(category), limit=1).iloc[0]
    assert part["n"] == (rows["category1"] == category).sum()


def store_links(store: Store) -> list[tuple[str, str]]:
    rows = order_rows.table(store, EVERYTHING, ["order_id", "repeat_of"])
    rows = rows[rows["repeat_of"].notna()]
    return list(zip(rows["order_id"], rows["repeat_of"], strict=True))


def test_an_action_beside_the_cell_is_a_visit(duckdb_store: Store) -> None:
    cell = h3.latlng_to_cell(*MIDDLE, 9)
    known = pd.DataFrame(
        {
            "cell": [h3.grid_ring(cell, 1)[0], cell, h3.grid_ring(cell, 2)[0]],
            "day": pd.to_datetime(["2026-03-02", "2026-02-01", "2026-05-01"]).date,
            "unit": ["甲", "乙", "丙"], "what": ["清理", "巡查", "宣传"],
        }
    )  # fmt: skip
    got = places.last_visits(known, [cell])
    assert (got["visit_unit"].tolist(), str(got["visited"].iloc[0])) == (["甲"], "2026-03-02")
    assert places.actions(duckdb_store).empty


def test_without_points_there_is_nothing_to_list(duckdb_store: Store) -> None:
    bare = random_orders(400, 1, days=100)
    bare["point_kind"], bare["h3_9"] = "missing", pd.array([pd.NA] * len(bare), "Int64")
    put(duckdb_store, bare, "bare")
    assert refresh(duckdb_store, [Places()]) == {"places": "done"}
    assert places.visit_list(duckdb_store).empty
    assert len(places.areas(duckdb_store))
