"""What the dispatch page reads: the model, past cases, open orders, topics."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.condition_sql import where
from data.schema import orders
from data.store import Store
from dispatch.model import Model
from dispatch.packing import BadModel
from metrics.overdue import OPEN

SHOWN = (
    "source", "order_id", "title", "content", "reply", "category1", "category2", "category3", "unit",
    "first_unit", "district", "street", "address", "status", "grade", "created_at", "closed_at",
    "due_at", "close_hours", "resolution", "satisfaction", "returns", "order_type",
)  # fmt: skip
GOOD_RESOLUTION = ("resolved", "basically_resolved")
GOOD_SATISFACTION = ("very_satisfied", "satisfied", "basically_satisfied")


def model(store: Store) -> Model | None:
    """The model of the newest refresh; ``None`` when there is none that can be read."""
    table = schema.dispatch_model
    rows = store.rows(sa.select(table.c.content).order_by(table.c.part))
    if not rows:
        return None
    try:
        return Model.from_bytes(base64.b64decode("".join(row.content for row in rows)))
    except (BadModel, ValueError, KeyError):
        return None


def cases(store: Store, keys: Sequence[str]) -> pd.DataFrame:
    """Orders by key (source, a tab, number), in that order; those that are gone are left out."""
    pairs = [tuple(key.split("\t", 1)) for key in keys]
    if not pairs:
        return pd.DataFrame(columns=[*SHOWN, "key"])
    by_source: dict[str, list[str]] = {}
    for source, number in pairs:
        by_source.setdefault(source, []).append(number)
    mine = [
        sa.and_(orders.c.source == source, orders.c.order_id.in_(numbers))
        for source, numbers in by_source.items()
    ]
    found = store.frame(sa.select(*(orders.c[name] for name in SHOWN)).where(sa.or_(*mine)))
    found["key"] = found["source"].astype(object) + "\t" + found["order_id"].astype(object)
    rank = {key: place for place, key in enumerate(keys)}
    return found.sort_values("key", key=lambda s: s.map(rank), ignore_index=True)


def open_orders(store: Store, limit: int = 500) -> pd.DataFrame:
    """The latest orders that are not closed and have a text."""
    told = sa.or_(orders.c.content.is_not(None), orders.c.title.is_not(None))
    return store.frame(
        sa.select(*(orders.c[name] for name in SHOWN))
        .where(where(OPEN), told)
        .order_by(orders.c.created_at.desc(), orders.c.source, orders.c.order_id)
        .limit(limit)
    )


def ended_well(frame: pd.DataFrame) -> pd.Series[Any]:
    """Which orders ended resolved, with a caller who was not dissatisfied."""
    good = frame["resolution"].isin(GOOD_RESOLUTION)
    return good & frame["satisfaction"].isin(GOOD_SATISFACTION)


def topics(store: Store) -> pd.DataFrame:
    """The hot topics of the newest refresh, hottest first."""
    table = schema.hot_topics
    return store.frame(sa.select(table).order_by(table.c.p, table.c.n.desc(), table.c.topic))


def topic_orders(store: Store, topic: str) -> pd.DataFrame:
    """The orders of a topic, newest first."""
    table = schema.hot_orders
    columns = [orders.c[name] for name in SHOWN]
    return store.frame(
        sa.select(*columns)
        .join(
            table, sa.and_(table.c.source == orders.c.source, table.c.order_id == orders.c.order_id)
        )
        .where(table.c.topic == topic)
        .order_by(orders.c.created_at.desc(), orders.c.order_id)
    )
