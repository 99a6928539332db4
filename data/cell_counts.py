"""``counts_cell_day`` is kept here: made with the orders' other counts, in the same transaction.

The three definitions, for every map, ranking of places and forecast of places:

- **on the map**: ``point_kind`` is ``ok``. Placeholder points (a town hall that stands for "no
  address"), points outside the city and orders without a point are on no map.
- **duplicate**: an order on the map that was struck out as ``duplicate``; or that has the
  caller, the place (``place_key``) and the finest category of an earlier order on the map of
  the same day. The earlier one counts. Without a caller, a place or a category nothing is one.
- **flood** (single-caller flood): among the rest, every order beyond the third of one caller in
  one cell (H3 resolution 9), category (level 1) and week (Monday to Sunday).

Earlier is by time; orders of the same second by source and number.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from data.schema import counts_cell_day, orders
from data.schema_cells import CELL_DIMENSIONS, CELL_NUMBERS

MOST_OF_ONE_CALLER = 3
_ROWS = 1_500_000  # orders looked at at once: bounds the memory
_CATEGORY = ("category1", "category2", "category3")


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def week_of(day: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The Monday of a date column's week."""
    week: sa.ColumnElement[str] = sa.literal_column("'week'")
    return sa.cast(sa.func.date_trunc(week, sa.cast(day, sa.DateTime)), sa.Date)


def on_map(table: sa.FromClause = orders) -> sa.ColumnElement[bool]:
    """Whether an order has a point that a map may show."""
    return sa.and_(
        table.c.point_kind == "ok", table.c.h3_9.is_not(None), table.c.created_day.is_not(None)
    )


def judged(first: date, last: date, *extra: str) -> sa.Subquery:
    """The orders on the map of whole weeks (``first`` a Monday, ``last`` a Sunday): day, week,
    cell, district, categories, the ``extra`` columns of orders, and whether each is a
    ``duplicate`` or a ``flood``."""
    o = orders.c
    order = (o.created_at, o.source, o.order_id)
    path = [o[name] for name in _CATEGORY]
    comparable = sa.and_(
        o.caller_key.is_not(None), o.place_key.is_not(None), o.category1.is_not(None)
    )
    number = sa.func.row_number().over(
        partition_by=[o.created_day, o.caller_key, o.place_key, *path], order_by=order
    )
    repeated = sa.and_(comparable, number > 1)
    struck = sa.func.coalesce(o.exclusion, "") == "duplicate"
    names = dict.fromkeys(
        (*_CATEGORY, "created_day", "created_at", "source", "order_id", "caller_key", "district", *extra)
    )  # fmt: skip
    rows = (
        sa.select(
            *(o[name] for name in names),
            o.h3_9.label("cell"),
            week_of(o.created_day).label("week"),
            sa.or_(struck, repeated).label("duplicate"),
        )
        .where(on_map(), o.created_day.between(first, last))
        .subquery("placed")
    )
    r = rows.c
    rank = sa.func.row_number().over(
        partition_by=[r.week, r.cell, r.caller_key, r.category1, r.duplicate],
        order_by=(r.created_at, r.source, r.order_id),
    )
    flood = sa.and_(r.caller_key.is_not(None), sa.not_(r.duplicate), rank > MOST_OF_ONE_CALLER)
    return sa.select(*rows.columns, flood.label("flood")).subquery("judged")


def dimensions(rows: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The dimensions of the table out of :func:`judged` orders."""
    return [rows.c["created_day" if name == "day" else name] for name in CELL_DIMENSIONS]


def numbers(rows: sa.FromClause) -> list[sa.Label[Any]]:
    """The numbers of the table out of :func:`judged` orders."""
    plain = (
        sa.func.count(),
        sa.func.count().filter(rows.c.duplicate),
        sa.func.count().filter(rows.c.flood),
    )
    return [
        sa.cast(number, sa.Integer).label(name)
        for number, name in zip(plain, CELL_NUMBERS, strict=True)
    ]


def recount_cells(connection: sa.Connection, days: sa.Table | None = None) -> None:
    """Count the weeks anew that hold a day of a one-column table, or all weeks."""
    weeks = _touched(connection, days)
    gone = sa.delete(counts_cell_day)
    for first, last in _spans(connection, weeks):
        if days is not None:
            week = counts_cell_day.c.day.between(first, last + timedelta(days=6))
            connection.execute(gone.where(week))
        elif first == weeks[0]:
            connection.execute(gone)
        rows = judged(first, last + timedelta(days=6))
        groups = dimensions(rows)
        counted = sa.select(*groups, *numbers(rows)).group_by(*groups)
        # in order of the days: the embedded engine then reads only the days that are asked for
        counted = counted.order_by(rows.c.created_day, rows.c.cell)
        into = sa.insert(counts_cell_day).from_select([*CELL_DIMENSIONS, *CELL_NUMBERS], counted)
        connection.execute(into)
    if days is None and not weeks:
        connection.execute(gone)


def _touched(connection: sa.Connection, days: sa.Table | None) -> list[date]:
    day = orders.c.created_day if days is None else days.c.day
    found = sa.select(week_of(day)).where(day.is_not(None)).distinct()
    return sorted(row[0] for row in connection.execute(found))


def _spans(connection: sa.Connection, weeks: list[date]) -> list[tuple[date, date]]:
    """Runs of consecutive touched weeks of about :data:`_ROWS` orders, as first and last Monday."""
    if not weeks:
        return []
    day = orders.c.created_day
    sizes = sa.select(week_of(day).label("week"), sa.func.count().label("n")).where(
        day.between(weeks[0], weeks[-1] + timedelta(days=6))
    )
    rows = connection.execute(sizes.group_by(sa.literal_column("1")))
    size = {row[0]: int(row[1]) for row in rows}
    spans: list[tuple[date, date]] = []
    held = 0
    for week in weeks:
        held += size.get(week, 0)
        follows = spans and spans[-1][1] + timedelta(days=7) == week
        if follows and held <= _ROWS:
            spans[-1] = (spans[-1][0], week)
        else:
            spans.append((week, week))
            held = size.get(week, 0)
    return spans
