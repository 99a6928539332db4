"""Writing registers: checked against the store, decisions taking effect in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from data import decisions, records, scheme_versions
from data.records import Change, Record
from data.registers.models import EXCLUSION, Fault
from data.schema import categories, orders, units
from data.store import Store


def write(store: Store, changes: Sequence[Change], *, actor: str) -> list[Record]:
    """Save records of registers, all or none; exclusion decisions take effect at once.

    Raises :class:`data.records.Stale`.
    """
    with store.write() as connection:
        return write_in(store, connection, changes, actor=actor)


def write_in(
    store: Store, connection: sa.Connection, changes: Sequence[Change], *, actor: str
) -> list[Record]:
    """:func:`write` within a transaction."""
    for change in changes:
        if change.kind == EXCLUSION:
            own = order_record(str(change.body["source"]), str(change.body["order_id"]))
            if change.id != own:
                raise ValueError(f"an order has one exclusion record, {own}, not {change.id}")
    saved = records.save_all(store, changes, actor=actor, connection=connection)
    decided = [record for record in saved if record.kind == EXCLUSION]
    if decided:
        decisions.apply(store, connection, decided)
    return saved


def order_record(source: str, order_id: str) -> str:
    """The id of the one exclusion record an order can have."""
    return "x" + hashlib.sha256(f"{source}\n{order_id}".encode()).hexdigest()[:11]


class Known:
    """What records may refer to: units, categories, adjustments and evaluators of the schemes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.units = {row.unit for row in store.rows(sa.select(units.c.unit))}
        self.categories = {row.path for row in store.rows(sa.select(categories.c.path))}
        schemes = scheme_versions.schemes(store).values()
        items = [item for scheme in schemes for item in scheme.adjustments]
        self.counted = {item.id for item in items if item.when is not None}
        self.adjustments = {item.id for item in items if item.when is None}
        self.evaluators = {
            judge.id for scheme in schemes for judge in scheme.evaluators if not judge.indicator
        }

    def faults(self, body: Mapping[str, Any]) -> list[Fault]:
        """What a checked body refers to that is not there."""
        looked = (
            ("unit", "unknown_unit", self.units),
            ("requested_by", "unknown_unit", self.units),
            ("category", "unknown_category", self.categories),
            ("evaluator", "unknown_evaluator", self.evaluators),
        )
        out = [
            Fault(code, name, body[name])
            for name, code, known in looked
            if body.get(name) and body[name] not in known
        ]
        item = body.get("adjustment")
        if item and item not in self.adjustments:
            code = "counted_adjustment" if item in self.counted else "unknown_adjustment"
            known = ", ".join(sorted(self.adjustments))
            out.append(Fault(code, "adjustment", item, {"known": known}))
        return out

    def missing_orders(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these orders (source, id) the store does not hold."""
        there: set[tuple[str, str]] = set()
        for start in range(0, len(keys), 500):
            ids = [order_id for _, order_id in keys[start : start + 500]]
            wanted = sa.select(orders.c.source, orders.c.order_id).where(orders.c.order_id.in_(ids))
            there |= {(row.source, row.order_id) for row in self.store.rows(wanted)}
        return set(keys) - there


def check(
    store: Store, kind: str, body: Mapping[str, Any], known: Known | None = None
) -> list[Fault]:
    """What one checked body refers to that is not there (units, orders, adjustments …)."""
    found = known or Known(store)
    out = found.faults(body)
    if kind == EXCLUSION:
        key = (str(body["source"]), str(body["order_id"]))
        if found.missing_orders([key]):
            out.append(Fault("unknown_order", "order_id", key[1], {"source": key[0]}))
    return out
