"""Coverage: which days have orders, and which lie bare inside a source's range."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.schema import batches, orders, rejects
from data.store import Store


def daily(store: Store) -> pd.DataFrame:
    """Orders a day of each source, from its first to its last day.

    Columns: source, day, orders (Int64; <NA> on a day without any row: no data, not
    zero), missing (bool).
    """
    counted = (
        sa.select(
            orders.c.source, orders.c.created_day.label("day"), sa.func.count().label("orders")
        )
        .where(orders.c.created_day.is_not(None))
        .group_by(orders.c.source, orders.c.created_day)
    )
    frame = store.frame(counted)
    pieces = []
    for source, part in frame.groupby("source", sort=True):
        days = pd.date_range(part["day"].min(), part["day"].max(), freq="D", name="day", unit="us")
        whole = part.set_index("day")[["orders"]].reindex(days).reset_index()
        whole.insert(0, "source", source)
        pieces.append(whole)
    out = pd.concat(pieces, ignore_index=True) if pieces else frame
    out["source"] = out["source"].astype(frame["source"].dtype)
    out["orders"] = out["orders"].astype("Int64")
    out["missing"] = out["orders"].isna().astype(bool)
    return out


def ledger(store: Store) -> pd.DataFrame:
    """The ledger, newest batch first (``report`` is JSON)."""
    return store.frame(sa.select(batches).order_by(batches.c.batch.desc()))


def rejected(store: Store, batch: int, limit: int | None = None) -> pd.DataFrame:
    """The rejected rows of a batch, in the file's order."""
    select = (
        sa.select(rejects)
        .where(rejects.c.batch == batch)
        .order_by(rejects.c.file_name, rejects.c.row_number)
    )
    return store.frame(select if limit is None else select.limit(limit))
