"""Tallies from the counts tables, from raw rows and from pandas are one and the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

import data.counts as counts
from data.counts import ensure_measures, tally
from data.schema import SLOTS, counts_area, counts_core, counts_unit, orders, units
from data.store import Store
from metrics.conditions import EVERYTHING, Condition, mask, negate, test
from metrics.selection import Clock, Selection
from tests.factory import random_orders
from tests.test_store import put

MEASURES: dict[str, Condition] = {
    "all": EVERYTHING,
    "satisfied": test("satisfaction", "in", ["satisfied", "very_satisfied"]),
    "not_late": negate(test("on_time", "eq", False)),
    "recurred": test("recurred", "eq", True),
    "uncounted": test("grade", "eq", "urgent"),
}
CLOCKS: tuple[Clock, ...] = ("created", "closed")
YEAR = Selection(datetime(2024, 12, 1), datetime(2026, 1, 1))
SELECTIONS = {
    "all": YEAR,
    "district": Selection(datetime(2025, 1, 6), datetime(2025, 3, 3), districts=("云溪区", "松岭区")),
    "unit": Selection(YEAR.start, YEAR.end, units=("云溪区1街道办",)),
    "type": Selection(YEAR.start, YEAR.end, unit_types=("street",)),
    "category1": Selection(YEAR.start, YEAR.end, categories=("城市管理", "住房")),
    "category2": Selection(YEAR.start, YEAR.end, categories=("城市管理->市容环卫",), channels=("电话",)),
    "category3": Selection(YEAR.start, YEAR.end, categories=("公共服务->供暖->停暖", "住房")),
    "street": Selection(YEAR.start, YEAR.end, streets=("云溪区1街",)),
    "noon": Selection(datetime(2025, 2, 1, 12), datetime(2025, 2, 3, 12)),
    "extra": Selection(YEAR.start, YEAR.end, extra=test("returns", "ge", 2)),
}  # fmt: skip
GROUPS: list[tuple[str, ...]] = [
    (), ("day",), ("week",), ("month",), ("unit",), ("district",), ("street",), ("category1",),
    ("category1", "category2"), ("channel",), ("unit_type",), ("month", "district"),
    ("week", "unit_type", "category1"),
]  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    """Orders in two batches, measures counted before the second arrives, two unit types."""
    put(store, random_orders(900, 1), "a")
    wanted = [(c, clock) for n, c in MEASURES.items() if n != "uncounted" for clock in CLOCKS]
    assert ensure_measures(store, wanted) == []
    put(
        store,
        pd.concat([random_orders(900, 2).iloc[300:500], random_orders(300, 3, first_id=2000)]),
        "b",
    )
    with store.write() as connection:
        street = sa.update(units).where(units.c.unit.like("%街道办")).values(unit_type="street")
        connection.execute(street)
    return store


def selected(store: Store, selection: Selection) -> pd.DataFrame:
    """The rows of a selection with every dimension and, as 0 or 1, every measure."""
    frame = store.frame(sa.select(orders).order_by(orders.c.order_id))
    kinds = store.frame(sa.select(units.c.unit, units.c.unit_type)).set_index("unit")["unit_type"]
    frame["unit_type"] = frame["unit"].map(kinds).astype("str")
    frame["day"] = frame[f"{selection.clock}_day"]
    frame["week"] = frame["day"] - pd.to_timedelta(frame["day"].dt.day_of_week, unit="D")
    frame["month"] = frame["day"] - pd.to_timedelta(frame["day"].dt.day - 1, unit="D")
    frame = frame[mask(selection.condition(), frame)]
    if selection.unit_types:
        frame = frame[frame["unit_type"].isin(selection.unit_types)]
    for name, condition in MEASURES.items():
        frame[name] = mask(condition, frame).astype("int64")
    return frame


def by_pandas(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """The tally straight from the definition."""
    hits = frame[list(MEASURES)]
    if not by:
        return hits.sum().to_frame().T
    out = hits.groupby([frame[name] for name in by], dropna=False).sum()
    out = out[(out != 0).any(axis=1)].reset_index()
    return out.sort_values(list(by), na_position="last", ignore_index=True)


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_way_gives_the_same_answer(
    filled: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for selection in SELECTIONS.values():
        asked = Selection(**{**vars(selection), "clock": clock})
        rows = selected(filled, asked)
        for by in GROUPS:
            expected = by_pandas(rows, by)
            pd.testing.assert_frame_equal(tally(filled, MEASURES, asked, by), expected)
            with monkeypatch.context() as patch:
                patch.setattr(counts, "_cubes", lambda *_: [])
                pd.testing.assert_frame_equal(tally(filled, MEASURES, asked, by), expected)


def test_the_tables_that_can_answer() -> None:
    def asked(by: tuple[str, ...], **filters: Any) -> list[sa.Table]:
        return counts._cubes(Selection(YEAR.start, YEAR.end, **filters), by)

    every = [counts_core, counts_unit, counts_area]
    assert asked(("day", "district")) == every
    assert asked(("week",), categories=("住房",)) == [counts_unit, counts_area]
    assert asked(("unit",)) == [counts_core, counts_unit]
    assert asked((), unit_types=("street",)) == [counts_core, counts_unit]
    assert asked(("category2",)) == [counts_area]
    assert asked(("unit", "channel")) == []
    assert asked(("street",)) == []
    assert asked((), categories=("a->b->c",)) == []
    assert asked((), extra=test("grade", "eq", "urgent")) == []
    assert counts._cubes(SELECTIONS["noon"], ()) == []


def test_the_smallest_of_them_is_asked(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {table.name: filled.size(table) for table in (counts_core, counts_unit, counts_area)}
    assert sizes == {
        table.name: filled.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (counts_core, counts_unit, counts_area)
    }
    assert sizes["counts_core"] < sizes["counts_unit"]
    asked: list[sa.Table] = []
    monkeypatch.setattr(counts, "_from_counts", lambda cube, *_: asked.append(cube) or sa.select(
        sa.literal("x").label("district"), sa.literal(1).label("all")))  # fmt: skip
    tally(filled, {"all": EVERYTHING}, YEAR, ["district"])
    assert asked == [counts_core]


def test_no_group_where_every_measure_is_zero(filled: Store) -> None:
    none = {"none": test("exclusion_note", "eq", "nobody wrote this")}
    assert tally(filled, none, YEAR, ["district"]).empty
    assert tally(filled, none, YEAR).to_dict("records") == [{"none": 0}]


def test_an_unknown_dimension_is_named(filled: Store) -> None:
    with pytest.raises(ValueError, match="colour"):
        tally(filled, MEASURES, YEAR, ["colour"])


def test_slots_run_out_and_are_given_away(duckdb_store: Store) -> None:
    put(duckdb_store, random_orders(50, 1), "a")
    many = [(test("returns", "eq", n), CLOCKS[0]) for n in range(len(SLOTS))]
    left = ensure_measures(duckdb_store, many)
    assert left == many[-2:]  # two slots are always taken by "all"
    other = (test("redos", "ge", 1), CLOCKS[0])
    assert ensure_measures(duckdb_store, [other]) == []
    assert len(duckdb_store.slots()) == len(SLOTS)
    names = {"x": other[0], **{str(n): c for n, (c, _) in enumerate(many)}}
    frame = duckdb_store.frame(sa.select(orders))
    expected = {name: int(mask(c, frame).sum()) for name, c in names.items()}
    assert tally(duckdb_store, names, YEAR).iloc[0].to_dict() == expected


def test_an_empty_span_counted_in_two_ways_is_an_empty_frame(filled: Store) -> None:
    nothing = Selection(datetime(2019, 1, 1), datetime(2019, 2, 1))
    found = tally(filled, MEASURES, nothing, ("day", "district"))
    assert found.empty
    assert list(found) == ["day", "district", *MEASURES]
