"""Orders one by one: a page of them, a single one, all of them for an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from data.condition_sql import where
from data.schema import orders
from data.store import Store
from metrics.conditions import EVERYTHING, Condition
from metrics.fields import FIELDS

COLUMNS = tuple(FIELDS)
_SEARCHED = ("order_id", "title", "content", "reply", "address")


def page(
    store: Store,
    condition: Condition = EVERYTHING,
    order_by: str = "created_at",
    descending: bool = True,
    limit: int = 50,
    offset: int = 0,
    search: str | None = None,
) -> tuple[pd.DataFrame, int]:
    """``limit`` orders from ``offset`` on, all fields, and how many there are in all.

    ``search``: words that must all occur in the number, title, content, reply or
    address, whatever their case. Orders without a value of ``order_by`` come last;
    ties are broken by source and number, so that pages never overlap.

    Raises ``ValueError`` when ``order_by`` is no field.
    """
    if order_by not in FIELDS:
        raise ValueError(f"no field '{order_by}'")
    wanted = _wanted(condition, search)
    column = orders.c[order_by]
    first = (column.desc() if descending else column.asc()).nulls_last()
    rows = (
        sa.select(*(orders.c[name] for name in COLUMNS))
        .where(*wanted)
        .order_by(first, orders.c.source, orders.c.order_id)
        .limit(limit)
        .offset(offset)
    )
    total = store.scalar(sa.select(sa.func.count()).select_from(orders).where(*wanted))
    return store.frame(rows), int(total)


def one(store: Store, source: str, order_id: str) -> dict[str, Any] | None:
    """All fields of one order (None for what is missing), or None if there is no such order."""
    select = sa.select(*(orders.c[name] for name in COLUMNS)).where(
        orders.c.source == source, orders.c.order_id == order_id
    )
    rows = store.rows(select)
    return dict(rows[0]._mapping) if rows else None


def linked(store: Store, source: str, order_id: str) -> pd.DataFrame:
    """The orders that repeat this one, oldest first."""
    select = (
        sa.select(*(orders.c[name] for name in COLUMNS))
        .where(orders.c.source == source, orders.c.repeat_of == order_id)
        .order_by(orders.c.created_at.nulls_last(), orders.c.order_id)
    )
    return store.frame(select)


def stream(
    store: Store,
    condition: Condition = EVERYTHING,
    search: str | None = None,
    columns: tuple[str, ...] = COLUMNS,
) -> Iterator[pa.RecordBatch]:
    """All matching orders, oldest first, in record batches (for an export of any size)."""
    select = (
        sa.select(*(orders.c[name] for name in columns))
        .where(*_wanted(condition, search))
        .order_by(orders.c.created_at.nulls_last(), orders.c.source, orders.c.order_id)
    )
    yield from store.stream(select)


def table(store: Store, condition: Condition, columns: Sequence[str]) -> pd.DataFrame:
    """All matching orders with the named fields only, in no order (for a computation over them).

    Raises ``KeyError`` for a name that is no field.
    """
    return store.frame(sa.select(*(orders.c[name] for name in columns)).where(where(condition)))


def _wanted(condition: Condition, search: str | None) -> list[sa.ColumnElement[bool]]:
    out = [where(condition)]
    for word in (search or "").split():
        pattern = word.lower()
        hits = [sa.func.strpos(sa.func.lower(orders.c[name]), pattern) > 0 for name in _SEARCHED]
        out.append(sa.or_(*hits))
    return out


def top_values(store: Store, field: str, limit: int = 500) -> pd.DataFrame:
    """The most frequent values of a field with their orders: value, n (missing ones left out)."""
    column = orders.c[field]
    count = sa.func.count().label("n")
    return store.frame(
        sa.select(column.label("value"), count)
        .where(column.is_not(None))
        .group_by(column)
        .order_by(count.desc(), column)
        .limit(limit)
    )
