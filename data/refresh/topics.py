"""The step "hot_topics": complaints about one thing that grow, see :mod:`dispatch.topics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.refresh import Inputs, Results
from data.schema import orders
from data.store import Store
from dispatch.topics import PAST, WINDOW, hot_topics
from metrics.selection import PATH

_COLUMNS = (
    "source", "order_id", "created_at", "category1", "category2", "district", "street", "place_key",
    "h3_9", "caller_key", "title", "content",
)  # fmt: skip


class HotTopics:
    """Hot topics of the last fourteen complete days."""

    name = "hot_topics"
    tables = (schema.hot_topics, schema.hot_orders)

    def setting(self, store: Store) -> Mapping[str, Any]:
        """The span, so that another one is computed anew."""
        del store
        return {"days": WINDOW, "past": PAST}

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """The orders of the span."""
        end = pd.Timestamp(as_of) + timedelta(days=1)
        start = end - timedelta(days=WINDOW + PAST)
        wanted = (
            sa.select(*(orders.c[name] for name in _COLUMNS))
            .where(orders.c.created_at >= start.to_pydatetime())
            .where(orders.c.created_at < end.to_pydatetime())
            .where(orders.c.category1.is_not(None))
            .order_by(orders.c.created_at, orders.c.source, orders.c.order_id)
        )
        frame = store.frame(wanted)
        if frame.empty:
            return None
        return Inputs(as_of, store.settings.country, {"orders": frame}, setting)

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """Topics and their orders."""
        frame = inputs.frames["orders"].copy()
        second = frame["category2"].astype(object)
        joined = frame["category1"].astype(object) + PATH + second
        frame["category"] = joined.where(second.notna(), frame["category1"].astype(object))
        frame["key"] = frame["source"].astype(object) + "\t" + frame["order_id"].astype(object)
        found = hot_topics(frame, pd.Timestamp(inputs.as_of))
        tell(1.0)
        members = found.orders
        keys = members["key"].astype(object).str.split("\t", n=1, expand=True)
        listed = pd.DataFrame({"topic": members["topic"]})
        if len(members):
            listed["source"], listed["order_id"] = keys[0], keys[1]
        facts = {"looked": found.looked, "orders": len(frame)}
        return Results({"hot_topics": found.topics, "hot_orders": listed}, facts)

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Nothing stays of the earlier topics."""
        del connection
        return results
