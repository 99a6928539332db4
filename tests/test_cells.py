"""Counts by place against the definitions in pandas, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data import cells
from data.cell_counts import recount_cells
from data.schema import counts_cell_day, orders
from data.settings import Settings
from data.store import Store, open_store
from metrics.conditions import EVERYTHING, both, test
from metrics.selection import Selection
from tests.factory import random_orders
from tests.test_store import put

CENTRE = h3.latlng_to_cell(39.9, 116.4, 9)
SPAN = (date(2025, 1, 1), date(2025, 3, 31))


def placed(n: int, seed: int, first_id: int = 0) -> pd.DataFrame:
    """Orders on a few real cells, of few callers and places, so that some repeat one another."""
    frame = random_orders(n, seed, days=60, first_id=first_id)
    rng = np.random.default_rng(seed + 100)
    near = np.array(sorted(h3.grid_disk(CENTRE, 1)))
    cell = near[rng.integers(0, len(near), n)]
    bare = frame["point_kind"] != "ok"
    frame["h3_9"] = pd.array(np.where(bare, None, cell), "Int64")
    kinds = np.array(["placeholder", "outside", "missing"])
    frame.loc[bare, "point_kind"] = kinds[rng.integers(0, 3, int(bare.sum()))]
    few = pd.Series(np.array([None, "甲", "乙", "丙", "丁"], dtype=object)[rng.integers(0, 5, n)])
    frame["caller_key"] = few.astype("str")
    frame["place_key"] = pd.Series("P" + (cell % 7).astype(str).astype(object)).astype("str")
    return frame


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """The definitions, order by order."""
    frame = frame[frame["point_kind"] == "ok"].sort_values(["created_at", "source", "order_id"])
    seen: set[tuple[object, ...]] = set()
    held: dict[tuple[object, ...], int] = {}
    rows = []
    for o in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        key = (o["created_day"], o["caller_key"], o["place_key"],
               o["category1"], o["category2"], o["category3"])  # fmt: skip
        comparable = None not in (o["caller_key"], o["place_key"], o["category1"])
        duplicate = o["exclusion"] == "duplicate" or (comparable and key in seen)
        if comparable:
            seen.add(key)
        week = o["created_day"] - timedelta(days=o["created_day"].weekday())
        flood = False
        if o["caller_key"] is not None and not duplicate:
            of = (week, o["h3_9"], o["caller_key"], o["category1"])
            held[of] = held.get(of, 0) + 1
            flood = held[of] > 3
        rows.append(
            {**o, "week": week, "cell": o["h3_9"], "duplicates": duplicate, "floods": flood}
        )
    return pd.DataFrame(rows)


def summed(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Judged rows as :func:`cells.cell_counts` gives them, nothing left out."""
    rows = rows.assign(n=1)
    groups = rows.groupby(by, dropna=False)[["n", "duplicates", "floods"]].sum().astype("int64")
    return groups.reset_index().sort_values(by, ignore_index=True)


def alike(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert len(got)
    pd.testing.assert_frame_equal(got, expected, check_dtype=False)


def held(store: Store) -> pd.DataFrame:
    frame = store.frame(sa.select(counts_cell_day))
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.fixture
def city(store: Store) -> Iterator[Store]:
    """Two batches; the second changes orders of the first and moves some to other days."""
    first = placed(1500, 1)
    put(store, first, "a")
    changed = placed(200, 3).assign(order_id=first["order_id"].to_numpy()[100:300])
    put(store, pd.concat([changed, placed(300, 2, first_id=5000)]), "b")
    yield store


def test_counts_are_the_definitions(city: Store) -> None:
    rows = judged(city.frame(sa.select(orders)))
    assert rows["duplicates"].sum() > 20 and rows["floods"].sum() > 5
    alike(cells.cell_counts(city, *SPAN), summed(rows, ["week", "cell"]))
    # what the two batches left is what a whole count gives
    before = held(city)
    with city.write() as connection:
        recount_cells(connection)
    pd.testing.assert_frame_equal(held(city), before)

    middle = (date(2025, 1, 15), date(2025, 2, 18))  # a Wednesday to a Tuesday
    inside = rows[rows["created_day"].dt.date.between(*middle)]
    alike(cells.cell_counts(city, *middle, by=["cell"]), summed(inside, ["cell"]))
    short = (date(2025, 1, 15), date(2025, 1, 17))
    inside = rows[rows["created_day"].dt.date.between(*short)]
    alike(cells.cell_counts(city, *short, by=["category1", "cell"]).dropna(),
          summed(inside.dropna(subset="category1"), ["category1", "cell"]))  # fmt: skip


def test_filters_levels_and_what_is_left_out(city: Store) -> None:
    every = city.frame(sa.select(orders))
    rows = judged(every)
    first, last = date(2025, 1, 8), date(2025, 2, 20)
    rows = rows[rows["created_day"].dt.date.between(first, last)]
    span = (datetime(2025, 1, 1), datetime(2025, 2, 1))  # not looked at

    def counted(**given: object) -> int:
        return int(cells.cell_counts(city, first, last, by=(), **given)["n"].iloc[0])  # type: ignore[arg-type]

    heating = rows[(rows["district"] == "云溪区") & (rows["category2"] == "供暖")]
    assert counted(district=["云溪区"], category2=["供暖"]) == len(heating)
    page = Selection(*span, districts=("云溪区",), categories=("公共服务->供暖",))
    assert counted(narrow=page) == len(heating)
    deep = Selection(*span, categories=("公共服务->供暖->停暖",), channels=("电话",))
    assert (
        counted(narrow=deep) == ((rows["category3"] == "停暖") & (rows["channel"] == "电话")).sum()
    )
    twice = Selection(*span, extra=test("returns", "ge", 2))
    assert counted(narrow=twice) == (rows["returns"].fillna(0) >= 2).sum()
    kept = rows[~rows["duplicates"].astype(bool) & ~rows["floods"].astype(bool)]
    assert counted(leave_out=cells.LEAVE_OUT) == len(kept)

    for resolution in (8, 6):
        coarse = rows.assign(cell=[h3.cell_to_parent(c, resolution) for c in rows["cell"]])
        alike(cells.cell_counts(city, first, last, by=["cell"], resolution=resolution),
              summed(coarse, ["cell"]))  # fmt: skip
        for cell in coarse["cell"].unique():
            low, high = cells.condition_of(cell)
            found = rows["cell"].between(low, high)
            assert found.sum() == (coarse["cell"] == cell).sum()
            assert {cells.parent(c, resolution) for c in rows.loc[found, "cell"]} == {cell}

    off = every[(every["point_kind"] != "ok") & every["created_day"].dt.date.between(first, last)]
    found = cells.left_out(city, first, last)
    kinds = off["point_kind"].value_counts()
    assert (found.placeholder, found.outside, found.missing) == tuple(
        int(kinds[kind]) for kind in ("placeholder", "outside", "missing")
    )
    assert (found.n, found.duplicates, found.floods) == (
        len(rows), rows["duplicates"].sum(), rows["floods"].sum(),
    )  # fmt: skip


def test_measures_by_cell_and_points(city: Store) -> None:
    every = city.frame(sa.select(orders))
    ok = every[every["point_kind"] == "ok"]
    month = Selection(datetime(2025, 1, 10), datetime(2025, 2, 10), clock="closed")
    closed = ok[(ok["closed_at"] >= month.start) & (ok["closed_at"] < month.end)]
    measures = {"all": EVERYTHING, "good": test("satisfaction", "eq", "satisfied")}
    found = cells.cell_measures(city, measures, month).set_index("cell")
    sizes = closed.groupby("h3_9").size()
    assert found["all"].to_dict() == sizes.to_dict()
    assert found["good"].sum() == (closed["satisfaction"] == "satisfied").sum()

    here = both(test("district", "eq", "云溪区"))
    mine = ok[ok["district"] == "云溪区"]
    got, total = cells.points(city, here, limit=10)
    assert (len(got), total) == (10, len(mine))
    assert got["created_at"].min() >= mine["created_at"].sort_values(ascending=False).iloc[9]
    box = (116.35, 39.85, 116.45, 39.95)
    _, inside = cells.points(city, EVERYTHING, box)
    assert inside == (ok["lon"].between(*box[::2]) & ok["lat"].between(*box[1::2])).sum()


def test_an_older_store_gets_the_counts(tmp_path: Path) -> None:
    config = Settings(home=tmp_path, memory_limit="1GB", _env_file=None)
    store = open_store(config)
    put(store, placed(300, 4), "a")
    before = held(store)
    with store.write() as connection:
        counts_cell_day.drop(connection)
    store.close()
    store = open_store(config)
    pd.testing.assert_frame_equal(held(store), before)
    store.close()
