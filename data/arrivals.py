"""When orders first came: noted as batches are drained, read to tell how complete the last days are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.schema import arrivals, batches
from data.staging import Staging, same_key
from data.store import Store
from forecasting.delay import MOST_DAYS, registered

FEWEST_DELIVERIES = 14
"""Days with a delivery of a source below which nothing is said about its late registration."""
RECENT = 28
"""Days by whose orders the sources are weighed."""
_KEPT = 2 * MOST_DAYS
"""Orders that come later than this are a backlog and say nothing about lateness: not noted."""


@dataclass(frozen=True)
class Lateness:
    """How complete the last days are.

    ``shares``: of the orders of the last day, of the day before, … the share that is there;
    empty when all is there or nothing is known. ``known``: share of the recent orders whose source
    has been delivered often enough to tell; ``deliveries``: the days of delivery seen so far.
    """

    shares: tuple[float, ...] = ()
    known: float = 0.0
    deliveries: int = 0


def note(staging: Staging, now: datetime) -> None:
    """Note the staged orders that the store does not know yet (call it before they are merged)."""
    stage, old = staging.stage, staging.old
    known = sa.select(old.c.order_id).where(same_key(old, stage)).exists()
    first = now.date() - timedelta(days=_KEPT)
    keys = (stage.c.source, stage.c.created_day)
    found = (
        sa.select(*keys, sa.literal(now.date(), sa.Date), sa.func.count())
        .where(stage.c.created_day.between(first, now.date()), sa.not_(known))
        .group_by(*keys)
    )
    columns = ["source", "created_day", "arrived_day", "n"]
    staging.connection.execute(sa.insert(arrivals).from_select(columns, found))


def lateness(store: Store, as_of: date) -> Lateness:
    """How complete ``as_of`` and the days before it are, learned source by source.

    A source is as late as it was at the same age before, seen from its own newest delivery; a
    source with too few deliveries counts as complete, and ``known`` says how much that is.
    """
    came = store.frame(sa.select(arrivals))
    if came.empty:
        return Lateness()
    ledger = store.frame(
        sa.select(batches.c.source, batches.c.committed_at).where(batches.c.state == "done")
    )
    first = pd.Timestamp(as_of) - pd.Timedelta(days=RECENT - 1)
    lately = came[(came["created_day"] >= first) & (came["created_day"] <= pd.Timestamp(as_of))]
    weight = lately.groupby("source")["n"].sum()
    total = float(weight.sum())
    shares, known, deliveries = np.ones(MOST_DAYS + 1), 0.0, 0
    for source, rows in came.groupby("source"):
        days = _deliveries(rows, ledger.loc[ledger["source"] == source, "committed_at"])
        deliveries = max(deliveries, len(days))
        mine = float(weight.get(source, 0.0)) / total if total else 0.0
        if len(days) < FEWEST_DELIVERIES or not mine:
            continue
        known += mine
        shares -= mine * (1 - _of_source(rows, days, as_of))
    return Lateness(_trimmed(shares), known, deliveries)


def _deliveries(rows: pd.DataFrame, committed: pd.Series) -> list[date]:
    """The days on which a source was delivered since first arrivals are noted."""
    days = {*rows["arrived_day"].dt.date, *committed.dt.date}
    since = rows["arrived_day"].min().date()
    return sorted(day for day in days if day >= since)


def _of_source(rows: pd.DataFrame, days: Sequence[date], as_of: date) -> Any:
    """Share of a source's orders of ``as_of``, of the day before, … that it has delivered."""
    # Days from before arrivals were noted came as a backlog.
    kept = rows[rows["created_day"] >= pd.Timestamp(days[0])]
    kept = kept.rename(columns={"created_day": "day", "arrived_day": "arrived"})
    found = [*registered(kept[["day", "arrived", "n"]], days, most_days=MOST_DAYS)]
    shares = np.array([*found, *[1.0] * (MOST_DAYS + 1 - len(found))])
    age = (days[-1] - as_of).days + np.arange(MOST_DAYS + 1)
    return np.where(age < 0, 0.0, shares[np.clip(age, 0, MOST_DAYS)])


def _trimmed(shares: Any) -> tuple[float, ...]:
    late = np.flatnonzero(shares < 0.999)
    return tuple(float(share) for share in shares[: late[-1] + 1]) if len(late) else ()
