"""What the integrity signals need to know, counted in the database.

Orders are never read as a whole: everything here is an aggregate by unit, but for
the replies, of which each unit's :data:`metrics.signals.REPLIES` are read. The
numbers are those that :mod:`metrics.signals` and :mod:`metrics.patterns` find in a
frame of all orders (held by a test).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.condition_sql import where
from data.counts import selected, tally
from data.schema import orders, units
from data.store import Store
from metrics.conditions import EVERYTHING, test
from metrics.explain import category_of
from metrics.indicators import Indicator
from metrics.lots import lots
from metrics.patterns import EDGE_DAYS, LOOPED
from metrics.periods import Period
from metrics.replies import near_duplicates
from metrics.selection import Selection
from metrics.signals import ALLOWED, BUNCH_HOURS, BUNCH_SHARE, REPLIES, measures

Column = sa.ColumnElement[Any]
_SPARE = 2.5
"""So many times the replies that are wanted are drawn by the database, to be sure of enough."""


def over(start: Any, end: Any) -> Selection:
    """All orders created in a span."""
    return Selection(start, end)


def known(store: Store, where_: Selection, fields: Iterable[str]) -> dict[str, int]:
    """How many orders have each field: what is never recorded cannot be looked at."""
    counts = {name: test(name, "present") for name in fields}
    row = tally(store, {"all": EVERYTHING, **counts}, where_).iloc[0]
    return {str(name): int(n) for name, n in row.items()}


def signal_counts(store: Store, where_: Selection) -> pd.DataFrame:
    """Counts of every signal that is a condition: unit, category1, ``signal.<id>.den/.num``."""
    found = tally(store, measures(), where_, ("unit", "category1"))
    return found[found["unit"].notna()].reset_index(drop=True)


def bunching(store: Store, where_: Selection) -> pd.DataFrame:
    """Closings just before the limit by unit and time allowed: unit, allowed, hits, n."""
    time, base, hit = _closing()
    select = (
        sa.select(
            orders.c.unit,
            _allowed(time).label(ALLOWED),
            _count(sa.and_(base, hit)).label("hits"),
            _count(base).label("n"),
        )
        .where(orders.c.unit.is_not(None), *selected(where_))
        .group_by(sa.literal_column("1"), sa.literal_column("2"))
    )
    return store.frame(select).astype({"hits": "int64", "n": "int64"})


def closing_hours(store: Store, where_: Selection, far: int = 48) -> pd.DataFrame:
    """When orders of each unit were closed against their limit.

    unit, allowed, left (whole hours before the limit, rounded down; negative: late;
    nothing beyond ``far`` hours on either side), n. Orders with a limit and a closing only.
    """
    time = _hours(orders.c.created_at, orders.c.due_at)
    left = sa.func.floor(_hours(orders.c.closed_at, orders.c.due_at))
    select = (
        sa.select(
            orders.c.unit,
            _allowed(time).label(ALLOWED),
            sa.cast(left, sa.BigInteger).label("left"),
            sa.func.count().label("n"),
        )
        .where(
            orders.c.unit.is_not(None), time > 0.0, left >= float(-far), left < float(far),
            *selected(where_),
        )
        .group_by(*(sa.literal_column(k) for k in "123"))
    )  # fmt: skip
    return store.frame(select).astype({"left": "int64", "n": "int64"})


def bunched_orders(store: Store, where_: Selection, limit: int = 500) -> pd.DataFrame:
    """The very orders closed just before the limit, the latest first."""
    _, base, hit = _closing()
    names = ("source", "order_id", "unit", "title", "created_at", "due_at", "closed_at")
    select = (
        sa.select(*(orders.c[name] for name in names))
        .where(base, hit, *selected(where_))
        .order_by(orders.c.created_at.desc(), orders.c.source, orders.c.order_id)
        .limit(limit)
    )
    return store.frame(select)


def passed(store: Store, where_: Selection) -> pd.DataFrame:
    """Orders passed on: unit, first_unit, orders, looped (sent in circles)."""
    select = (
        sa.select(
            orders.c.unit,
            orders.c.first_unit,
            sa.func.count().label("orders"),
            _count(where(LOOPED)).label("looped"),
        )
        .where(
            orders.c.unit.is_not(None), orders.c.first_unit.is_not(None),
            orders.c.unit != orders.c.first_unit, *selected(where_),
        )
        .group_by(orders.c.unit, orders.c.first_unit)
    )  # fmt: skip
    return store.frame(select).astype({"orders": "int64", "looped": "int64"})


def filed(store: Store, spans: Mapping[str, Selection]) -> pd.DataFrame:
    """What each unit filed under which category: unit, period, category (path), all, excluded."""
    counted = {"all": EVERYTHING, "excluded": test("exclusion", "present")}
    frames = []
    for name, span in spans.items():
        found = tally(store, counted, span, ("unit", "category1", "category2"))
        found = found[found["unit"].notna()]
        frames.append(found.assign(period=name, category=category_of(found)))
    out = pd.concat(frames, ignore_index=True)
    return out[["unit", "period", "category", "all", "excluded"]]


def filed_monthly(store: Store, where_: Selection, prone: Sequence[str]) -> pd.DataFrame:
    """By unit and month: n (all orders) and hits (those filed under the ``prone`` categories)."""
    found = tally(store, {"n": EVERYTHING}, where_, ("unit", "month"))
    inside = tally(
        store, {"hits": EVERYTHING}, replace(where_, categories=tuple(prone)), ("unit", "month")
    )
    out = found[found["unit"].notna()].merge(inside, on=["unit", "month"], how="left")
    out["hits"] = out["hits"].fillna(0).astype("int64")
    return out


def closed_daily(store: Store, where_: Selection) -> pd.DataFrame:
    """Orders closed: unit, day, n."""
    closed = replace(where_, clock="closed")
    found = tally(store, {"n": EVERYTHING}, closed, ("unit", "day"))
    return found[found["unit"].notna()].reset_index(drop=True)


def edge_days(
    periods: Sequence[Period], start: date, end: date, width: int = EDGE_DAYS
) -> list[date]:
    """First days of periods with ``width`` days on either side inside ``[start, end)``."""
    apart = timedelta(days=width)
    days = sorted({period.start.date() for period in periods})
    return [day for day in days if start <= day - apart and day + apart <= end]


def monthly_rates(
    store: Store, indicator: Indicator, periods: Sequence[Period], excluded: Any = None
) -> pd.DataFrame:
    """One rate by unit and period: unit, period (its first day), hits, n. Whole days only."""
    leaf = indicator.leaves()[0]
    counted = {name: c for name, c in leaf.measures(excluded) if not name.endswith(".missing")}
    frames = []
    for period in periods:
        span = Selection(period.start, period.end, leaf.rule.clock)
        found = tally(store, counted, span, ("unit",))
        found = found[found["unit"].notna()]
        hits = [found[f"{leaf.prefix}.num.{k}"] for k in range(len(leaf.rule.numerator))]
        made = pd.DataFrame({"unit": found["unit"], "period": period.start, "hits": sum(hits)})
        frames.append(made.assign(n=found[f"{leaf.prefix}.den"]))
    out = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["n"])
    return out[out["n"] > 0].reset_index(drop=True)


def first_receivers(store: Store, where_: Selection) -> pd.DataFrame:
    """How orders fared by category and kind of first receiver, for
    :func:`metrics.surroundings.mismatched`.

    category1, category2, unit_type, n, hops_n, hops_sum, hops_squares, passed, whistled,
    wait (median hours to close; a row without categories and type holds the whole city).
    """
    first = sa.func.coalesce(orders.c.first_unit, orders.c.unit)
    hops = sa.func.coalesce(orders.c.hops, 0)
    passed_on = sa.or_(hops > 0, sa.func.coalesce(orders.c.returns, 0) > 0)
    hours = sa.case((orders.c.close_hours >= 0, orders.c.close_hours))
    numbers = [
        sa.func.count().label("n"),
        sa.func.count(orders.c.hops).label("hops_n"),
        sa.cast(sa.func.coalesce(sa.func.sum(orders.c.hops), 0), sa.Float).label("hops_sum"),
        sa.cast(sa.func.coalesce(sa.func.sum(orders.c.hops * orders.c.hops), 0), sa.Float).label(
            "hops_squares"
        ),
        _count(passed_on).label("passed"),
        _count(sa.func.coalesce(orders.c.whistles, 0) > 0).label("whistled"),
        sa.cast(
            sa.func.percentile_cont(sa.literal_column("0.5")).within_group(hours), sa.Float
        ).label("wait"),
    ]
    by = [orders.c.category1, orders.c.category2, units.c.unit_type]
    joined = orders.outerjoin(units, units.c.unit == first)
    grouped = sa.select(*by, *numbers).select_from(joined).where(*selected(where_))
    found = store.frame(grouped.group_by(*by))
    whole = store.frame(sa.select(*numbers).select_from(orders).where(*selected(where_)))
    found = found[found[["category1", "unit_type"]].notna().all(axis=1)]
    counts = ["n", "hops_n", "passed", "whistled"]
    out = pd.concat([found, whole], ignore_index=True)
    return out.astype(dict.fromkeys(counts, "int64"))


# -- replies ----------------------------------------------------------------------
def replies(store: Store, where_: Selection, only: Sequence[str] = ()) -> pd.DataFrame:
    """Each unit's sample of replies: unit, source, order_id, reply, ``alike`` (near-duplicate).

    The sample is that of :mod:`metrics.signals`: the orders with the smallest lots. The
    database keeps a few times as many, by the same digest, and only these are read.
    """
    if only:
        where_ = replace(where_, units=tuple(only))
    having = [orders.c.reply.is_not(None), orders.c.unit.is_not(None), *selected(where_)]
    count = sa.select(orders.c.unit, sa.func.count().label("n")).where(*having)
    sizes = store.frame(count.group_by(orders.c.unit))
    names = ("unit", "source", "order_id", "reply")
    if sizes.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names}).assign(alike=False)
    select = sa.select(*(orders.c[name] for name in names))
    found = store.frame(select.where(_within(sizes), *having))
    lot = pd.Series(lots(found["order_id"].astype("str")), index=found.index)
    place = lot.groupby(found["unit"].to_numpy()).rank(method="first")
    out = found[(place <= REPLIES).to_numpy()].assign(lot=lot)
    out = out.sort_values(["unit", "lot"], kind="stable", ignore_index=True).drop(columns="lot")
    return out.assign(alike=near_duplicates(out["reply"].tolist(), out["unit"].tolist()))


def _within(sizes: pd.DataFrame) -> Column:
    """Which orders may be among the smallest lots of their unit: a cut of the digest for each
    size of unit (in powers of two, so that there are few)."""
    share = np.minimum(1.0, (_SPARE * REPLIES) / sizes["n"].to_numpy(dtype=float))
    halvings = [min(math.floor(-math.log2(s)), 24) for s in share]
    digest = sa.func.md5(orders.c.order_id, type_=sa.Text)
    parts = []
    for k in sorted(set(halvings)):
        mine = sizes["unit"][[h == k for h in halvings]].tolist()
        cut = sa.true() if k == 0 else digest < f"{2**32 // 2**k:08x}"
        parts.append(sa.and_(orders.c.unit.in_(mine), cut))
    return sa.or_(*parts)


# -- inside -------------------------------------------------------------------------
def _hours(start: Column, end: Column) -> Column:
    return sa.cast(sa.extract("epoch", end - start), sa.Float) / sa.literal_column(
        "3600.0", sa.Float
    )


def _closing() -> tuple[Column, Column, Column]:
    """(hours allowed, base, hit) of :func:`metrics.signals._bunched`, in SQL."""
    allowed = _hours(orders.c.created_at, orders.c.due_at)
    left = _hours(orders.c.closed_at, orders.c.due_at)
    half = sa.literal_column("0.5", sa.Float) * allowed
    base = sa.and_(allowed > _number(0), left < half, left > -half)
    hit = sa.and_(
        left >= _number(0), left <= _number(BUNCH_HOURS), left <= _number(BUNCH_SHARE) * allowed
    )
    return allowed, base, hit


def _number(value: float) -> Column:
    # Spelt out with a type: an undeclared number is a decimal to some engines.
    return sa.cast(sa.literal_column(repr(float(value))), sa.Float)


def _allowed(hours: Column) -> Column:
    """:func:`metrics.signals.time_allowed` in SQL."""
    steps = ((6.0, "hours"), (30.0, "day"), (100.0, "days"), (200.0, "week"))
    cases = [(hours <= _number(limit), _text(name)) for limit, name in steps]
    return sa.case((hours.is_(None), _text("none")), *cases, else_=_text("longer"))


def _text(name: str) -> Column:
    # Not a parameter: the expression is grouped by.
    return sa.cast(sa.literal_column(f"'{name}'"), sa.Text)


def _count(condition: Column) -> Column:
    return sa.func.count().filter(condition)
