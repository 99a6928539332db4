"""What the step "places" is computed from: weekly counts of cells and areas, repeat links."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import h3.api.basic_int as h3
import pandas as pd
import sqlalchemy as sa

from data.cell_counts import on_map
from data.cells import cell_counts
from data.counts import tally
from data.schema import orders
from data.store import Store
from metrics.conditions import EVERYTHING
from metrics.selection import Selection

HALF_YEAR = 182
"""Days of which it is told what there is in a cell."""
WEEKS = 156
"""Weeks of history: three years."""
REPEATS = 365
"""Days of which repeat points are told."""
LEAST, SHOWN = 5, 300
"""A repeat point has at least so many orders; at most so many points are kept per category."""
TOPICS = 3


def cells(store: Store, as_of: date) -> pd.DataFrame:
    """day (a Monday), cell, category, n, duplicates, floods."""
    monday = as_of - timedelta(days=as_of.weekday())
    found = cell_counts(
        store, monday - timedelta(weeks=WEEKS), as_of, by=("week", "cell", "category1")
    )
    known = pd.Series(
        {cell: h3.is_valid_cell(int(cell)) for cell in found["cell"].unique()}, dtype=bool
    )
    found = found[found["cell"].map(known).astype(bool)]
    return found.rename(columns={"week": "day", "category1": "category"})


def areas(store: Store, as_of: date) -> pd.DataFrame:
    """day, district, street, category, n: seven-day blocks counted back from the last day."""
    span = Selection(
        datetime.combine(as_of - timedelta(days=7 * WEEKS - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
    )
    found = tally(store, {"n": EVERYTHING}, span, ("day", "district", "street", "category1"))
    age = (pd.Timestamp(as_of) - pd.to_datetime(found["day"])).dt.days // 7
    found["day"] = pd.Timestamp(as_of) - pd.to_timedelta(age * 7, unit="D")
    found = found.rename(columns={"category1": "category"})
    keys = ["day", "district", "street", "category"]
    return found.groupby(keys, dropna=False)["n"].sum().reset_index()


def located(store: Store, as_of: date) -> pd.DataFrame:
    """cell (size 9), district, street, n: orders on the map of the last half year."""
    o = orders.c
    since = as_of - timedelta(days=HALF_YEAR - 1)
    return store.frame(
        sa.select(o.h3_9.label("cell"), o.district, o.street, sa.func.count().label("n"))
        .where(on_map(), o.created_day.between(since, as_of))
        .group_by(o.h3_9, o.district, o.street)
    )


def links(store: Store, as_of: date) -> pd.DataFrame:
    """source, order_id, repeat_of of the orders that repeat one, as far back as a chain that
    reaches the last 365 days may go (two years)."""
    o = orders.c
    return store.frame(
        sa.select(o.source, o.order_id, o.repeat_of).where(
            o.repeat_of.is_not(None), o.created_day > as_of - timedelta(days=2 * REPEATS)
        )
    )


def linked_places(store: Store, as_of: date) -> pd.DataFrame:
    """source, order_id, place_key, category1 of orders of the last 365 days that are in a chain."""
    o, earlier = orders.c, orders.alias("later").c
    repeated = sa.exists().where(earlier.source == o.source, earlier.repeat_of == o.order_id)
    return store.frame(
        sa.select(o.source, o.order_id, o.place_key, o.category1).where(
            *_lately(as_of), o.place_key.is_not(None), sa.or_(o.repeat_of.is_not(None), repeated)
        )
    )


def _lately(as_of: date) -> tuple[sa.ColumnElement[bool], ...]:
    day = orders.c.created_day
    return day > as_of - timedelta(days=REPEATS), day <= as_of


def points(store: Store, as_of: date) -> pd.DataFrame:
    """The repeat points of every category and of all together (category1 missing).

    category1, place_key, n, callers (known ones), anonymous (orders without a caller), weeks, kinds (second-level
    categories), repeats, recurred, known (orders of which it is known whether they recurred), last_day.
    """
    out = [_points(store, as_of, split=split) for split in (False, True)]
    return pd.concat([frame for frame in out if len(frame)] or out[:1], ignore_index=True)


def _points(store: Store, as_of: date, *, split: bool) -> pd.DataFrame:
    o = orders.c
    keys: list[sa.ColumnElement[str | None]] = [o.place_key]
    scope = o.category1 if split else sa.null().cast(sa.Text)
    if split:
        keys.append(o.category1)
    week = sa.func.date_trunc(sa.literal_column("'week'"), sa.cast(o.created_day, sa.DateTime))
    n = sa.func.count()
    counts = (
        sa.select(
            scope.label("category1"), o.place_key, n.label("n"),
            sa.func.count(o.caller_key.distinct()).label("callers"),
            n.filter(o.caller_key.is_(None)).label("anonymous"),
            sa.func.count(week.distinct()).label("weeks"),
            sa.func.count(sa.distinct(o.category2)).label("kinds"),
            sa.func.count(o.repeat_of).label("repeats"),
            n.filter(o.recurred.is_(sa.true())).label("recurred"),
            sa.func.count(o.recurred).label("known"),
            sa.func.max(o.created_day).label("last_day"),
            sa.func.max(o.h3_9).label("cell"),
        )
        .where(*_lately(as_of), o.place_key.is_not(None), *([o.category1.is_not(None)] if split else []))
        .group_by(*keys)
        .having(n >= LEAST)
        .subquery("points")
    )  # fmt: skip
    c = counts.c
    rank = sa.func.row_number().over(
        partition_by=c.category1, order_by=(c.n.desc(), c.weeks.desc(), c.place_key)
    )
    ranked = sa.select(*c, rank.label("rank")).subquery("ranked")
    kept = [column for column in ranked.c if column.name != "rank"]
    return store.frame(sa.select(*kept).where(ranked.c.rank <= SHOWN))
