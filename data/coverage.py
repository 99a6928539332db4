"""Coverage: which days have orders, and which lie bare inside a source's range."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

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


def delivered(days: pd.DataFrame) -> list[date]:
    """The days for which any source delivered orders; ``days`` as of :func:`daily`."""
    return list(pd.to_datetime(days.loc[~days["missing"], "day"]).dt.date.unique())


def delivered_days(store: Store) -> list[date]:
    """The days of the store for which data were delivered (see :func:`delivered`)."""
    return delivered(daily(store))


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


def complete_until(as_of: datetime | None, committed: datetime | None) -> datetime | None:
    """Up to which moment the data can be taken as complete; ``None`` without data.

    The end of the day of the latest order, or the moment the data were taken
    in where that day was still running.
    """
    if as_of is None or committed is None:
        return None
    return min(datetime.combine(as_of.date() + timedelta(days=1), time()), committed)


def last_complete_day(store: Store) -> date | None:
    """The last day that lies wholly within the data."""
    until = complete_until(*store.as_of())
    return until.date() - timedelta(days=1) if until is not None else None
