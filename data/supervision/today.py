"""Orders of today's board, counted and listed in the database (rows are read for what is shown)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

import pandas as pd
import sqlalchemy as sa

from data.condition_sql import exact, where
from data.schema import orders
from data.store import Store
from forecasting.calendar import add_workdays
from metrics.conditions import Condition, both, either, fields_of, mask, test
from metrics.exceptions import REPEATS
from metrics.overdue import OPEN
from metrics.scheme import Limit, Scheme

SHOWN = (
    "source", "order_id", "title", "content", "category1", "category2", "district", "unit", "grade",
    "created_at", "due_at", "returns", "hops", "status",
)  # fmt: skip


def needed(scheme: Scheme) -> tuple[str, ...]:
    """Every field that is read of an order: what is shown, and what closing limits ask for."""
    limits = [limit for limit in scheme.limits if limit.clock == "close"]
    asked = [name for limit in limits for name in fields_of(limit.when)]
    return tuple(dict.fromkeys([*SHOWN, *asked]))


def counts(store: Store, conditions: Mapping[str, Condition], within: Condition) -> dict[str, int]:
    """How many orders fulfil each condition and (key "") any of them; one pass over the orders."""
    hits = [
        sa.func.sum(sa.case((where(condition), 1), else_=0)).label(f"c{k}")
        for k, condition in enumerate(conditions.values())
    ]
    wanted = both(within, either(*conditions.values()))
    row = store.rows(sa.select(sa.func.count(), *hits).where(where(wanted)))[0]
    named = {code: int(row[k + 1] or 0) for k, code in enumerate(conditions)}
    return {"": int(row[0]), **named}


def lines(
    store: Store,
    conditions: Mapping[str, Condition],
    first: Sequence[Condition],
    within: Condition,
    fields: Sequence[str],
    limit: int | None = None,
) -> pd.DataFrame:
    """The orders of a board with the fields asked for and a boolean ``is_<code>`` per condition.

    Sorted by the first of ``first`` that holds, then by the time due, then by age.
    """
    flags = [exact(c).label(f"is_{code}") for code, c in conditions.items()]
    rank = sa.case(*((where(c), k) for k, c in enumerate(first)), else_=len(first))
    wanted = both(within, either(*conditions.values()))
    select = (
        sa.select(*(orders.c[name] for name in fields), *flags)
        .where(where(wanted))
        .order_by(
            rank, orders.c.due_at.nulls_last(), orders.c.created_at, orders.c.source,
            orders.c.order_id,
        )
    )  # fmt: skip
    return store.frame(select if limit is None else select.limit(limit))


def repeated(
    store: Store, since: datetime, now: datetime, times: int = REPEATS
) -> list[tuple[str, str]]:
    """Orders that repeat an order that repeats … at least ``times`` links long, and that are open
    or came since ``since``. Only the orders that repeat something are joined."""
    recent = both(
        test("created_at", "ge", since.isoformat(sep=" ")),
        test("created_at", "lt", now.isoformat(sep=" ")),
    )
    tables = [orders.alias(f"o{k}") for k in range(times)]
    newest = tables[0]
    joined: sa.FromClause = newest
    for later, earlier in pairwise(tables):
        joined = joined.join(
            earlier,
            sa.and_(
                later.c.source == earlier.c.source,
                later.c.repeat_of == earlier.c.order_id,
                earlier.c.repeat_of.is_not(None),
            ),
        )
    select = (
        sa.select(newest.c.source, newest.c.order_id)
        .select_from(joined)
        .where(newest.c.repeat_of.is_not(None), where(either(OPEN, recent), newest))
        .order_by(newest.c.created_at.desc(), newest.c.order_id)
    )
    return [(row.source, row.order_id) for row in store.rows(select)]


def due_moments(frame: pd.DataFrame, scheme: Scheme, country: str) -> pd.Series:
    """When each order is due: by its own time, else by the scheme's closing limit (first match);
    missing where neither says. Limits in working days end with the last of them."""
    out = frame["due_at"].astype("datetime64[us]").copy()
    open_ = out.isna().to_numpy()
    for limit in (one for one in scheme.limits if one.clock == "close"):
        mine = open_ & mask(limit.when, frame)
        open_ = open_ & ~mine
        created = frame.loc[mine, "created_at"].dropna()
        ends = [_end(moment, limit, country) for moment in created.dt.to_pydatetime()]
        out.loc[created.index] = pd.Series(ends, created.index, dtype="datetime64[us]")
    return out


def _end(created: datetime, limit: Limit, country: str) -> datetime:
    if limit.hours is not None:
        return created + timedelta(hours=limit.hours)
    last = add_workdays(created.date(), limit.workdays or 0, country)
    return datetime.combine(last + timedelta(days=1), time())
