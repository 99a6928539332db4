"""Where to go: next week's risk by cell, what rises, stays or cools, points that come again.

Everything was computed ahead by the step "places" (data/refresh/places.py); what people did about
a place comes from the register of actions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import h3.api.basic_int as h3
import pandas as pd
import sqlalchemy as sa

from data import records
from data.cells import FINEST, condition_of, parent
from data.condition_sql import where
from data.refresh import newest
from data.refresh.places_inputs import HALF_YEAR, REPEATS
from data.registers.models import ACTION
from data.schema import orders, place_areas, place_cells, place_repeats, place_scopes, place_scores
from data.schema import place_zones as zones_table
from data.store import Store
from metrics.conditions import Condition, both, test

CLEAN, EVERY = "clean", "every"
STEP = "places"
SAMPLES = 3
Found = dict[str, Any]


def _of(table: sa.Table, category: str | None, variant: str | None = None) -> sa.Select[Any]:
    select = sa.select(table)
    c = table.c
    select = select.where(c.category1.is_(None) if category is None else c.category1 == category)
    return select.where(c.variant == variant) if variant is not None else select


def scopes(store: Store, variant: str = CLEAN) -> pd.DataFrame:
    """What there is: category1 (missing: all), the week, cells, orders, recipe; most orders first."""
    found = store.frame(sa.select(place_scopes).where(place_scopes.c.variant == variant))
    return found.sort_values("orders", ascending=False, ignore_index=True)


def scores(store: Store, category: str | None = None) -> pd.DataFrame:
    """The back-test of a scope, see :func:`forecasting.places.judge` (duplicates left out)."""
    return store.frame(_of(place_scores, category, CLEAN))


def visit_list(
    store: Store,
    category: str | None = None,
    district: Sequence[str] | str | None = None,
    limit: int = 30,
    *,
    variant: str = CLEAN,
) -> pd.DataFrame:
    """The cells to visit first (未诉先办清单), the most expected orders first.

    ``category``: a first-level one, or all; ``district``: one or several; ``variant``: "clean"
    leaves duplicates and single-caller floods out, "every" counts them.

    place (rank in the city), cell (H3, size 9), lon, lat, expected, low, high (80 % range), top5,
    top10 (chance of being among the 5 % or 10 % of cells with the most), address, street,
    district, unit (that handles most there) with unit_share, recent (orders there in half a
    year), topics (list of (category path, orders)), history (orders of 26 weeks), class (of the
    area around: emerging, persistent, cooling, other), visited (day of the newest action there or in a
    cell beside it, missing: none), visit_unit, visit_what.
    """
    c = place_cells.c
    select = _of(place_cells, category, variant).where(
        c.address.is_not(None) | c.recent.is_not(None)
    )
    wanted = [district] if isinstance(district, str) else list(district or ())
    if wanted:
        select = select.where(c.district.in_(wanted))
    found = store.frame(select.order_by(c.place).limit(limit))
    points = [h3.cell_to_latlng(int(cell)) for cell in found["cell"]]
    found["lat"], found["lon"] = ([p[k] for p in points] for k in (0, 1))
    found = _unpacked(found)
    found["class"] = _classes_around(store, found["cell"], category, variant)
    visits = last_visits(actions(store), found["cell"])
    return found.join(visits.set_index("cell"), on="cell")


def risk_cells(store: Store, category: str | None = None, variant: str = CLEAN) -> pd.DataFrame:
    """cell, place, expected, top10, district of every cell that is kept."""
    c = place_cells.c
    columns = (c.cell, c.place, c.expected, c.top10, c.district)
    return store.frame(_of(place_cells, category, variant).with_only_columns(*columns))


def zones(store: Store, category: str | None = None, variant: str = CLEAN) -> pd.DataFrame:
    """Classes and patterns of cells large enough to test; those without either are absent."""
    return _unpacked(store.frame(_of(zones_table, category, variant)))


def areas(store: Store, categories: Iterable[str | None] | None = None) -> pd.DataFrame:
    """Classes of streets and districts (every order counts); ``categories``: ``None`` in it stands
    for all together; by default everything."""
    found = _unpacked(store.frame(sa.select(place_areas)))
    if categories is None:
        return found
    wanted = {name or "" for name in categories}
    return found[found["category1"].fillna("").isin(wanted)].reset_index(drop=True)


def repeat_points(
    store: Store,
    category: str | None = None,
    district: Sequence[str] = (),
    limit: int = 100,
) -> pd.DataFrame:
    """Addresses complained about again and again in the last 365 days, the most orders first.

    place_key, address, street, district, unit, n, callers (known different ones), anonymous, weeks
    (different ones), kinds (second-level categories), repeats (orders that repeat a closed one),
    chains and longest (chains of repeats, and the orders in the longest), recurred of known
    (closed orders that came back within 30 days, of those whose 30 days are over), topics, last_day.
    """
    c = place_repeats.c
    select = _of(place_repeats, category)
    if district:
        select = select.where(c.district.in_(list(district)))
    order = (c.n.desc(), c.weeks.desc(), c.place_key)
    return _unpacked(store.frame(select.order_by(*order).limit(limit)))


def _classes_around(
    store: Store, cells: pd.Series, category: str | None, variant: str
) -> list[str | None]:
    run = newest(store, STEP)
    if run is None or not len(cells):
        return [None] * len(cells)
    size = int(run.facts.get("resolution", FINEST))
    known = zones(store, category, variant).set_index("cell")["class"]
    return [str(known.get(parent(int(cell), size), "other")) for cell in cells]


def _unpacked(frame: pd.DataFrame) -> pd.DataFrame:
    """JSON columns as lists (empty ones where there is nothing)."""
    for name in {"topics", "history"} & set(frame.columns):
        texts = [json.loads(text) if isinstance(text, str) else [] for text in frame[name]]
        frame[name] = pd.Series(texts, dtype=object, index=frame.index)
    return frame


# -- what was done there ---------------------------------------------------------------------------
def actions(store: Store) -> pd.DataFrame:
    """Actions with a point, refused ones left out: cell, day, unit, what; the newest first."""
    rows: list[Found] = []
    for record in records.all_of(store, ACTION):
        body = record.body
        if body.get("lon") is None or body.get("state") == "refused":
            continue
        day = date.fromisoformat(str(body.get("end") or body["start"])[:10])
        cell = h3.latlng_to_cell(float(body["lat"]), float(body["lon"]), FINEST)
        rows.append({"cell": cell, "day": day, "unit": body["unit"], "what": body["what"]})
    found = pd.DataFrame(rows, columns=["cell", "day", "unit", "what"])
    return found.sort_values("day", ascending=False, kind="stable", ignore_index=True)


def last_visits(known: pd.DataFrame, cells: Iterable[int]) -> pd.DataFrame:
    """cell, visited, visit_unit, visit_what: the newest action in each cell or one beside it."""
    newest_of = known.drop_duplicates("cell").set_index("cell").to_dict("index")
    rows: list[Found] = []
    for cell in dict.fromkeys(int(c) for c in cells):
        near = [newest_of[c] for c in h3.grid_disk(cell, 1) if c in newest_of]
        if near:
            last = max(near, key=lambda one: one["day"])
            rows.append({"cell": cell, "visited": last["day"], "visit_unit": last["unit"],
                         "visit_what": last["what"]})  # fmt: skip
    return pd.DataFrame(rows, columns=["cell", "visited", "visit_unit", "visit_what"], dtype=object)


# -- the orders behind --------------------------------------------------------------------------
def orders_in(cell: int, first: date, last: date, category: str | None = None) -> Condition:
    """Orders on the map in a cell of any size that came in from ``first`` to ``last``."""
    low, high = condition_of(cell)
    parts = [test("h3_9", "eq", low)] if low == high else [
        test("h3_9", "ge", low), test("h3_9", "le", high)
    ]  # fmt: skip
    return both(*parts, test("point_kind", "eq", "ok"), *_between(first, last, category))


def orders_of_cell(cell: int, as_of: date, category: str | None = None) -> Condition:
    """The orders that ``recent`` of :func:`visit_list` counts."""
    return orders_in(cell, as_of - timedelta(days=HALF_YEAR - 1), as_of, category)


def orders_of_point(place_key: str, as_of: date, category: str | None = None) -> Condition:
    """The orders that ``n`` of :func:`repeat_points` counts."""
    first = as_of - timedelta(days=REPEATS - 1)
    return both(test("place_key", "eq", place_key), *_between(first, as_of, category))


def orders_of_area(
    district: str | None, street: str | None, as_of: date, category: str | None = None
) -> Condition:
    """The orders that ``observed`` of :func:`areas` counts: those of the last 28 days."""
    named = {"district": district, "street": street}
    parts = [test(field, "eq", name) for field, name in named.items() if isinstance(name, str)]
    return both(*parts, *_between(as_of - timedelta(days=27), as_of, category))


def _between(first: date, last: date, category: str | None) -> list[Condition]:
    start = datetime.combine(first, time())
    end = datetime.combine(last + timedelta(days=1), time())
    parts: list[Condition] = [
        test("created_at", "ge", start.isoformat(sep=" ")),
        test("created_at", "lt", end.isoformat(sep=" ")),
    ]
    return [*parts, test("category1", "eq", category)] if category is not None else parts


def samples(
    store: Store, cells: Sequence[int], as_of: date, category: str | None = None, top: int = SAMPLES
) -> pd.DataFrame:
    """What people say in cells of size 9: cell, created_at, title, content of the newest orders of
    each (masked when they were imported)."""
    o = orders.c
    first = as_of - timedelta(days=HALF_YEAR - 1)
    newest_first = (o.created_at.desc(), o.source, o.order_id)
    rank = sa.func.row_number().over(partition_by=o.h3_9, order_by=newest_first)
    rows = (
        sa.select(o.h3_9.label("cell"), o.created_at, o.title, o.content, rank.label("rank"))
        .where(
            o.h3_9.in_([int(c) for c in cells]), o.point_kind == "ok",
            where(both(*_between(first, as_of, category))),
        )
        .subquery("said")
    )  # fmt: skip
    columns = [rows.c[name] for name in ("cell", "created_at", "title", "content")]
    return store.frame(
        sa.select(*columns).where(rows.c.rank <= top).order_by(rows.c.cell, rows.c.rank)
    )
