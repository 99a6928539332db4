"""What published results were counted from is kept when later data replace it.

A published month names the data version it was counted at. When a later batch replaces
an order whose created or closed day lies in a published span, the old version is copied
to ``orders_before`` first, in the same transaction. Where nothing was published this
asks one question and copies nothing.

Repeat links change without a new version of the order (``recurred`` is settled 30 days
after closing). Such a change is kept only where a published scheme counts by those
fields: else every order of every published month would be copied for nothing.
"""

from __future__ import annotations

import json
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.schema import ORDER_KEY, orders, orders_before, records

PUBLICATION = "publication"
"""Kind of the records that are published results."""


class Span(NamedTuple):
    """Days that a published result was counted over; ``repeats``: it counts by repeat links."""

    first: date
    last: date
    repeats: bool


def spans(connection: sa.Connection) -> list[Span]:
    """The days of every published result, each once."""
    wanted = sa.select(records.c.body).where(records.c.kind == PUBLICATION)
    found = set()
    for row in connection.execute(wanted):
        covers = json.loads(row.body)["covers"]
        days = (date.fromisoformat(covers["first"]), date.fromisoformat(covers["last"]))
        found.add(Span(*days, bool(covers["repeats"])))
    return sorted(found)


def keep(
    connection: sa.Connection,
    keys: sa.Table,
    number: int,
    where: sa.ColumnElement[bool] | None = None,
    *,
    repeats_only: bool = False,
) -> None:
    """Copy the stored versions of the orders in ``keys`` that published results rest on.

    To be called before they change. ``number``: the line of the ledger that changes them
    (versions that came with it are no older versions); ``where`` narrows the rows of orders
    and ``keys``. ``repeats_only``: only their repeat links are about to change.
    """
    published = [span for span in spans(connection) if span.repeats or not repeats_only]
    if not published:
        return
    inside = [
        orders.c[f"{clock}_day"].between(span.first, span.last)
        for span in published
        for clock in ("created", "closed")
    ]
    names = [column.name for column in orders.columns]
    same = sa.and_(*(orders.c[key] == keys.c[key] for key in ORDER_KEY))
    rows = (
        sa.select(*(orders.c[name] for name in names), sa.literal(number))
        .select_from(orders.join(keys, same))
        .where(sa.or_(*inside), orders.c.batch != number)
    )
    if where is not None:
        rows = rows.where(where)
    insert = sa.insert(orders_before).from_select([*names, "superseded_by"], rows)
    connection.execute(insert)
