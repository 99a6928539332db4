"""Repeat links, in set-based SQL.

An order repeats an earlier closed one of the same source when it was created
within 30 days after that one's closing and shares the category path and the
caller or the place. Both questions ("which closing came last before me?" and
"did anybody come back after me?") are answered by one sorted walk over the
creations and closings of each group, so a popular address costs n log n, not n².

An order closed before it was created (a contradiction) cannot be repeated.

Whether an order *recurred* is known only when its 30 days are over: until then
``recurred`` is null, whatever has happened so far. Otherwise the latest closings
would always look better than the earlier ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import superseded
from data.frames import REPEAT_FIELDS
from data.schema import ORDER_KEY, orders
from data.staging import Staging, same_key

WINDOW = timedelta(days=30)
"""How long after a closing a new order counts as a repeat."""

KINDS = ("caller_key", "place_key")
_GROUP = ("kind", "source", "topic", "mark")
_SECONDS = 86400.0

Rows = sa.Subquery
Clauses = list[sa.ColumnElement[Any]]


def link_first(staging: Staging, now: datetime) -> sa.Select[Any]:
    """The staged orders with their links, for a store that has no orders yet."""
    groups = _group_table(staging)
    for kind in KINDS:
        rows = _rows(staging.stage, kind)
        marks: Clauses = [rows.c.source, rows.c.topic, rows.c.mark]
        crowded = sa.select(sa.literal(kind), *marks).group_by(*marks)
        crowded = crowded.having(sa.func.count() > 1, sa.func.count(rows.c.closed_at) > 0)
        staging.connection.execute(sa.insert(groups).from_select(_GROUP, crowded))
    links = _links(staging, groups, staging.stage)
    out = _columns(staging.stage)
    out["repeat_of"], out["repeat_days"] = links.c.repeat_of, links.c.repeat_days
    out["recurred"] = _recurred(staging.stage, links, _over(staging, staging.stage, now))
    select = sa.select(*(value.label(name) for name, value in out.items()))
    return select.select_from(staging.stage.outerjoin(links, same_key(staging.stage, links)))


def staged(stage: sa.Table) -> sa.Select[Any]:
    """The staged rows in the column order of ``orders``, not linked yet (:func:`relink` does)."""
    return sa.select(*(value.label(name) for name, value in _columns(stage).items()))


def _columns(stage: sa.Table) -> dict[str, Any]:
    return {column.name: stage.c[column.name] for column in orders.columns}


def relink(staging: Staging, now: datetime) -> None:
    """Bring the links up to date after a merge and remember the days of whatever changed.

    Orders whose 30 days have come to an end since the last merge are looked at too.
    """
    over = _over(staging, orders, now)
    connection = staging.connection
    groups = _group_table(staging)
    for table in (staging.stage, staging.old):
        for kind in KINDS:
            connection.execute(sa.insert(groups).from_select(_GROUP, _groups_of(table, kind)))
    members = staging.make("tmp_members", *_key_columns())
    every = sa.union(
        sa.select(*(staging.stage.c[key] for key in ORDER_KEY)),
        *(_members(groups, kind) for kind in KINDS),
        sa.select(*(orders.c[key] for key in ORDER_KEY)).where(
            orders.c.recurred.is_(None), orders.c.closed_at <= over
        ),
    )
    connection.execute(sa.insert(members).from_select(ORDER_KEY, every))
    connection.execute(sa.delete(groups))
    own = orders.join(members, same_key(orders, members))
    for kind in KINDS:
        select = _groups_of(orders, kind, own)
        connection.execute(sa.insert(groups).from_select(_GROUP, select))
    staging.backend.analyze(connection, groups, members)
    _apply(staging, members, _links(staging, groups, orders), over)


def _apply(staging: Staging, members: sa.Table, links: sa.Table, over: datetime) -> None:
    new = {
        "repeat_of": links.c.repeat_of,
        "repeat_days": links.c.repeat_days,
        "recurred": _recurred(orders, links, over),
    }
    days = ("created_day", "closed_day")
    changes = staging.make(
        "tmp_changes",
        *_key_columns(),
        *(sa.Column(name, orders.c[name].type) for name in (*REPEAT_FIELDS, *days)),
    )
    changed = (
        sa.select(
            *(orders.c[key] for key in ORDER_KEY),
            *(new[name] for name in REPEAT_FIELDS),
            *(orders.c[day] for day in days),
        )
        .select_from(
            orders.join(members, same_key(orders, members)).outerjoin(
                links, same_key(orders, links)
            )
        )
        .where(sa.or_(*(new[name].is_distinct_from(orders.c[name]) for name in REPEAT_FIELDS)))
    )
    names = [column.name for column in changes.columns]
    staging.connection.execute(sa.insert(changes).from_select(names, changed))
    staging.backend.analyze(staging.connection, changes)
    staging.touch_days(changes)
    superseded.keep(staging.connection, changes, staging.batch, repeats_only=True)
    staging.connection.execute(
        sa.update(orders)
        .values({name: changes.c[name] for name in REPEAT_FIELDS})
        .where(same_key(orders, changes))
    )


def _over(staging: Staging, table: sa.Table, now: datetime) -> datetime:
    """The latest closing whose 30 days are over: 30 days before the newest order.

    Orders dated after ``now`` (a contradiction) do not count as the newest.
    """
    newest = sa.select(sa.func.max(table.c.created_at)).where(table.c.created_at <= now)
    found: datetime | None = staging.connection.execute(newest).scalar()
    return (found or datetime.min + WINDOW) - WINDOW


def _recurred(table: sa.Table, links: sa.Table, over: datetime) -> sa.ColumnElement[Any]:
    """True or false for what was closed long enough ago, else null."""
    known = table.c.closed_at <= over
    return sa.case((known, sa.func.coalesce(links.c.recurs, 0) == 1), else_=sa.null())


def _key_columns() -> list[sa.Column[Any]]:
    return [sa.Column(key, sa.Text) for key in ORDER_KEY]


def _group_table(staging: Staging) -> sa.Table:
    return staging.make("tmp_groups", *(sa.Column(name, sa.Text) for name in _GROUP))


def _topic(table: sa.FromClause) -> sa.ColumnElement[Any]:
    """The whole category path as one text; null without a category."""
    tail = [sa.func.coalesce(table.c[name], "") for name in ("category2", "category3")]
    return table.c.category1 + "->" + tail[0] + "->" + tail[1]


def _rows(base: sa.FromClause, kind: str, source: Any = None) -> Rows:
    """The orders that can take part: they have a category and the mark."""
    names = (*ORDER_KEY, "created_at", "closed_at")
    select = sa.select(
        *(base.c[name] for name in names),
        _topic(base).label("topic"),
        base.c[kind].label("mark"),
    ).where(base.c[kind].is_not(None), base.c.category1.is_not(None))
    return (select if source is None else select.select_from(source)).subquery()


def _groups_of(base: sa.FromClause, kind: str, source: Any = None) -> sa.Select[Any]:
    rows = _rows(base, kind, source)
    return sa.select(sa.literal(kind), rows.c.source, rows.c.topic, rows.c.mark).distinct()


def _in_group(rows: Rows, groups: sa.Table, kind: str) -> sa.ColumnElement[bool]:
    same = (groups.c[name] == rows.c[name] for name in ("source", "topic", "mark"))
    return sa.and_(groups.c.kind == kind, *same)


def _members(groups: sa.Table, kind: str) -> sa.Select[Any]:
    rows = _rows(orders, kind)
    return sa.select(*(rows.c[key] for key in ORDER_KEY)).join(
        groups, _in_group(rows, groups, kind)
    )


def _links(staging: Staging, groups: sa.Table, base: sa.FromClause) -> sa.Table:
    """(source, order_id, repeat_of, repeat_days, recurs) of the orders that repeat or recur."""
    staging.backend.analyze(staging.connection, groups)
    columns = {"repeat_of": sa.Text, "repeat_days": sa.Float, "recurs": sa.Integer}
    hits = staging.make("tmp_hits", *_key_columns(), *(sa.Column(n, t) for n, t in columns.items()))
    links = staging.make(
        "tmp_links", *_key_columns(), *(sa.Column(n, t) for n, t in columns.items())
    )
    names = [column.name for column in links.columns]
    for kind in KINDS:
        walk = _walk(_rows(base, kind), groups, kind)
        staging.connection.execute(sa.insert(hits).from_select(names, walk))
    staging.connection.execute(sa.insert(links).from_select(names, _nearest(hits)))
    staging.backend.analyze(staging.connection, links)
    return links


def _walk(rows: Rows, groups: sa.Table, kind: str) -> sa.Select[Any]:
    """Walk each group's creations and closings in time order."""
    within = sa.and_(groups.c.kind == kind, _in_group(rows, groups, kind))
    taking_part = sa.select(*rows.c).join(groups, within).cte("taking_part")
    events = _events(taking_part).subquery("events")
    group = [events.c.source, events.c.topic, events.c.mark]
    # at the same moment creations come first: they neither repeat nor are repeated
    order = [events.c.moment, events.c.closing, events.c.order_id]
    creation = sa.case((events.c.closing == 0, events.c.moment))
    walked = sa.select(
        *events.c,
        sa.func.sum(events.c.closing).over(partition_by=group, order_by=order, rows=(None, 0))
        .label("run"),
        sa.func.min(creation).over(partition_by=group, order_by=order, rows=(1, None))
        .label("next_created"),
    ).subquery("walked")  # fmt: skip
    run = [walked.c.source, walked.c.topic, walked.c.mark, walked.c.run]
    order = [walked.c.moment, walked.c.closing, walked.c.order_id]
    first = {
        name: sa.func.first_value(walked.c[name])
        .over(partition_by=run, order_by=order)
        .label(label)
        for name, label in (("order_id", "closed_id"), ("moment", "closed_moment"))
    }
    placed = sa.select(*walked.c, *first.values()).subquery("placed")
    since = sa.extract("epoch", placed.c.moment - placed.c.closed_moment) / _SECONDS
    until = sa.extract("epoch", placed.c.next_created - placed.c.moment) / _SECONDS
    limit = WINDOW.total_seconds() / _SECONDS
    repeats = sa.and_(placed.c.closing == 0, placed.c.run > 0, since <= limit)
    recurs = sa.and_(placed.c.closing == 1, until <= limit)
    return sa.select(
        placed.c.source,
        placed.c.order_id,
        sa.case((repeats, placed.c.closed_id)),
        sa.case((repeats, sa.cast(since, sa.Float))),
        sa.case((recurs, 1), else_=0),
    ).where(sa.or_(repeats, recurs))


def _events(rows: sa.CTE) -> sa.CompoundSelect[Any]:
    shared = [rows.c[name] for name in ("source", "topic", "mark", "order_id")]
    created = sa.select(*shared, rows.c.created_at.label("moment"), sa.literal(0).label("closing"))
    closed = sa.select(*shared, rows.c.closed_at.label("moment"), sa.literal(1).label("closing"))
    return sa.union_all(created, closed.where(rows.c.closed_at >= rows.c.created_at))


def _nearest(hits: sa.Table) -> sa.Select[Any]:
    """One row an order: the closing that came last before it, and whether anything came after."""
    own = [hits.c[key] for key in ORDER_KEY]
    order = [hits.c.repeat_days.asc().nulls_last(), hits.c.repeat_of.desc().nulls_last()]
    ranked = sa.select(
        *own,
        hits.c.repeat_of,
        hits.c.repeat_days,
        sa.func.max(hits.c.recurs).over(partition_by=own).label("recurs"),
        sa.func.row_number().over(partition_by=own, order_by=order).label("place"),
    ).subquery("ranked")
    names = (*ORDER_KEY, "repeat_of", "repeat_days", "recurs")
    return sa.select(*(ranked.c[name] for name in names)).where(ranked.c.place == 1)
