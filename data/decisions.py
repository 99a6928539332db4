"""Exclusion decisions take effect: the order is struck out, its days are counted anew.

``struck`` holds every decision in force, with what the source itself says of the order, so
that a later import of the order keeps the decision and undoing it restores the source.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from data import audit, records, superseded
from data.cell_counts import recount_cells
from data.records import Change, Record
from data.registers.models import EXCLUSION, read
from data.schema import DECISIONS, ORDER_KEY, batches, orders, struck
from data.slots import recount
from data.staging import Staging, same_key
from data.store import Store


@dataclass(frozen=True)
class Effect:
    """How many orders were struck out or given another reason, and how many given back."""

    struck: int
    restored: int


def apply(
    store: Store, connection: sa.Connection, decided: Sequence[Record], batch: int | None = None
) -> Effect:
    """Let exclusion records (their newest revisions) take effect within a transaction.

    An accepted one sets the order's ``exclusion`` and ``exclusion_note``; any other state,
    or a removal, gives back what the source said. The days of orders that changed are
    counted anew, and a line in the ledger raises the data version. Orders the store does
    not hold (yet) are struck out when they come. ``batch``: the number of the batch that
    brings the decisions, whose own line in the ledger then stands for them.
    """
    number = _next(connection) if batch is None else batch
    made = _Decisions(connection, number)
    made.fill(decided)
    effect = Effect(made.strike(), made.restore())
    changed = made.days_touched()
    if changed:
        recount(connection, made.days)
        recount_cells(connection, made.days)
    if changed and batch is None:
        _ledger(store, connection, number, effect)
    made.drop()
    return effect


def keep(staging: Staging) -> None:
    """Staged orders that a decision has struck out stay so; what their source says now is
    remembered."""
    connection, stage = staging.connection, staging.stage
    hit = sa.select(struck.c.order_id).join(stage, same_key(struck, stage)).limit(1)
    if connection.execute(hit).first() is None:
        return
    said = {"said_exclusion": stage.c.exclusion, "said_note": stage.c.exclusion_note}
    connection.execute(sa.update(struck).values(said).where(same_key(struck, stage)))
    staging.backend.restate(connection, stage, struck, ORDER_KEY, ("exclusion", "exclusion_note"))


def forget(store: Store, connection: sa.Connection, kinds: Sequence[str]) -> None:
    """Simulated orders are swept away: so are the records made up for them, and every
    decision about one of them (all revisions stay in the register)."""
    gone = [
        Change(found.kind, found.body, found.id, found.revision, removed=True)
        for kind in kinds
        for found in records.all_in(connection, kind)
        if found.body.get("simulated") or kind == EXCLUSION
    ]
    records.save_all(store, gone, actor=audit.PROGRAM, connection=connection)
    connection.execute(sa.delete(struck))


class _Decisions:
    """The decisions of one save beside the orders they are about."""

    def __init__(self, connection: sa.Connection, number: int) -> None:
        self.connection, self.number = connection, number
        texts = ("record", *ORDER_KEY, "exclusion", "exclusion_note")
        columns = [sa.Column(name, sa.Text) for name in texts]
        made = sa.MetaData()
        self.wanted = sa.Table(
            "tmp_decided", made, *columns, sa.Column("accepted", sa.Boolean),
            prefixes=["TEMPORARY"],
        )  # fmt: skip
        self.days = sa.Table(
            "tmp_decided_days", made, sa.Column("day", sa.Date), prefixes=["TEMPORARY"]
        )
        self.drop()
        for table in (self.wanted, self.days):
            connection.execute(sa.schema.CreateTable(table))

    def drop(self) -> None:
        for table in (self.wanted, self.days):
            self.connection.execute(sa.schema.DropTable(table, if_exists=True))

    def fill(self, decided: Sequence[Record]) -> None:
        rows = []
        for record in decided:
            body = read(EXCLUSION, record.body)
            rows.append(
                {
                    "record": record.id, "source": body.source, "order_id": body.order_id,
                    "exclusion": body.exclusion, "exclusion_note": body.evidence or None,
                    "accepted": body.state == "accepted" and not record.removed,
                }
            )  # fmt: skip
        if rows:
            self.connection.execute(sa.insert(self.wanted), rows)

    def strike(self) -> int:
        """Put accepted decisions into force; returns how many orders changed."""
        wanted = self.wanted
        accepted = wanted.c.accepted
        standing = sa.exists().where(same_key(struck, wanted))
        names = ["record", *ORDER_KEY, "exclusion", "exclusion_note"]
        fresh = (
            sa.select(*(wanted.c[n] for n in names), orders.c.exclusion, orders.c.exclusion_note)
            .select_from(wanted.outerjoin(orders, same_key(wanted, orders)))
            .where(accepted, ~standing)
        )
        connection = self.connection
        other = sa.and_(same_key(struck, wanted), accepted)
        reasons = {n: wanted.c[n] for n in ("record", "exclusion", "exclusion_note")}
        connection.execute(sa.update(struck).values(reasons).where(other))
        columns = [*names, "said_exclusion", "said_note"]
        connection.execute(sa.insert(struck).from_select(columns, fresh))
        return self._set(accepted, wanted.c.exclusion, wanted.c.exclusion_note, wanted)

    def restore(self) -> int:
        """Take decisions out of force; returns how many orders changed."""
        wanted = self.wanted
        off = sa.exists().where(same_key(wanted, struck), ~wanted.c.accepted)
        changed = self._set(off, struck.c.said_exclusion, struck.c.said_note, struck)
        self.connection.execute(sa.delete(struck).where(off))
        return changed

    def days_touched(self) -> bool:
        return self.connection.execute(sa.select(self.days.c.day).limit(1)).first() is not None

    def _set(
        self,
        which: sa.ColumnElement[bool],
        reason: sa.ColumnElement[str],
        note: sa.ColumnElement[str],
        table: sa.Table,
    ) -> int:
        """Write reason and note into the orders of ``table`` that differ; remember their days."""
        same = orders.c.exclusion.is_not_distinct_from(reason)
        same = sa.and_(same, orders.c.exclusion_note.is_not_distinct_from(note))
        rows = sa.and_(same_key(orders, table), which, sa.not_(same))
        number = sa.select(sa.func.count()).select_from(orders.join(table, rows))
        changed = int(self.connection.execute(number).scalar_one())
        if changed:
            for day in (orders.c.created_day, orders.c.closed_day):
                touched = sa.select(day).select_from(orders.join(table, rows))
                touched = touched.where(day.is_not(None)).distinct()
                self.connection.execute(sa.insert(self.days).from_select(["day"], touched))
            superseded.keep(self.connection, table, self.number, sa.and_(which, sa.not_(same)))
            values = {"exclusion": reason, "exclusion_note": note}
            self.connection.execute(sa.update(orders).values(values).where(rows))
        return changed


def _next(connection: sa.Connection) -> int:
    """The number of the next line of the ledger."""
    return int(connection.execute(sa.select(sa.func.max(batches.c.batch))).scalar() or 0) + 1


def _ledger(store: Store, connection: sa.Connection, number: int, effect: Effect) -> None:
    report = {"decisions": {"struck": effect.struck, "restored": effect.restored}}
    changed = effect.struck + effect.restored
    row = {
        "batch": number, "digest": f"{DECISIONS}-{uuid.uuid4().hex}",
        "source": DECISIONS, "state": "done", "committed_at": store.now(),
        "rows_read": changed, "rows_new": 0, "rows_updated": changed, "rows_unchanged": 0,
        "rows_rejected": 0, "report": json.dumps(report),
    }  # fmt: skip
    connection.execute(sa.insert(batches).values(row))
