"""Staging and merging: a batch's orders beside the store's, compared, then merged by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.backend import Backend
from data.frames import BATCH_FIELDS, REPEAT_FIELDS
from data.schema import ORDER_KEY, orders, rejects

BATCH_COLUMNS = tuple(field.name for field in BATCH_FIELDS)
_OLD = ("created_at", "closed_at", "created_day", "closed_day", "caller_key", "place_key",
        "category1", "category2", "category3")  # fmt: skip


@dataclass(frozen=True)
class Merged:
    """How many orders of a batch were new, changed, the same, or doubled within the batch."""

    new: int
    updated: int
    unchanged: int
    superseded: int
    first_day: date | None
    last_day: date | None


class Staging:
    """The temporary tables of one batch; :meth:`drop` them when done."""

    def __init__(self, connection: sa.Connection, backend: Backend, batch: int) -> None:
        self.connection, self.backend, self.batch = connection, backend, batch
        self._metadata = sa.MetaData()
        self.stage = sa.Table(
            "tmp_stage",
            sa.MetaData(),
            *(_like(orders.c[name]) for name in BATCH_COLUMNS),
            *(_like(orders.c[name]) for name in REPEAT_FIELDS),
            sa.Column("batch", sa.Integer),
            prefixes=["TEMPORARY"],
        )
        self.old = self.make("tmp_old", *(_like(orders.c[name]) for name in (*ORDER_KEY, *_OLD)))
        self.days = self.make("tmp_days", sa.Column("day", sa.Date))

    def make(self, name: str, *columns: sa.Column[Any]) -> sa.Table:
        """A fresh temporary table of this transaction."""
        table = sa.Table(name, self._metadata, *columns, prefixes=["TEMPORARY"])
        self.connection.execute(sa.schema.DropTable(table, if_exists=True))
        self.connection.execute(sa.schema.CreateTable(table))
        return table

    def drop(self) -> None:
        """Drop every table made here."""
        self.backend.drop(self.connection, self.stage)
        self.drop_made()

    def drop_made(self) -> None:
        """Drop the tables of :meth:`make`, where no orders were staged."""
        for table in self._metadata.tables.values():
            self.connection.execute(sa.schema.DropTable(table, if_exists=True))

    def load(self, files: Sequence[Path]) -> tuple[int, int]:
        """Load the order files, keep the last version of each key. Returns (loaded, superseded)."""
        self.backend.stage(self.connection, self.stage, files, self.batch)
        loaded = self.count(self.stage)
        return loaded, self._keep_last(loaded)

    def load_rejects(self, file: Path) -> None:
        """Store the rejected rows under the batch's number."""
        names = [column.name for column in rejects.columns if column.name != "batch"]
        table = self.make("tmp_rejects", *(_like(rejects.c[name]) for name in names))
        self.backend.load(self.connection, table, [file])
        rows = sa.select(sa.literal(self.batch), *(table.c[name] for name in names))
        self.connection.execute(sa.insert(rejects).from_select(["batch", *names], rows))

    def compare(self) -> tuple[int, int]:
        """Find old versions; staged orders equal to them are dropped. Returns (old, unchanged)."""
        names = [*ORDER_KEY, *_OLD]
        stage, old = self.stage, self.old
        found = sa.select(*(orders.c[name] for name in names)).join(stage, same_key(orders, stage))
        self.connection.execute(sa.insert(old).from_select(names, found))
        known = self.count(old)
        if not known:
            return 0, 0
        self.backend.analyze(self.connection, old)
        equal = self.make("tmp_equal", *(_like(orders.c[name]) for name in ORDER_KEY))
        self.connection.execute(sa.insert(equal).from_select(ORDER_KEY, self._unchanged()))
        self.backend.analyze(self.connection, equal)
        unchanged = self.count(equal)
        if unchanged:
            same = sa.exists().where(same_key(stage, equal))
            self.backend.unstage(self.connection, stage, same)
            self.connection.execute(sa.delete(old).where(same_key(old, equal)))
            self.backend.analyze(self.connection, old)
        return known, unchanged

    def merge(self, source: sa.Select[Any], *, into_empty: bool) -> None:
        """Put the staged orders into the store; known ones keep their links for now."""
        columns = [column.name for column in orders.columns]
        if into_empty:
            self.connection.execute(sa.insert(orders).from_select(columns, source))
        else:
            keep = {*ORDER_KEY, *REPEAT_FIELDS}
            self.backend.merge(self.connection, source, [c for c in columns if c not in keep])

    def touch_days(self, *tables: sa.Table) -> None:
        """Remember the created and closed days of the rows of these tables for the recount."""
        both = sa.union(
            *(sa.select(table.c[day]) for table in tables for day in ("created_day", "closed_day"))
        ).subquery()
        day = both.c[0]
        self.connection.execute(
            sa.insert(self.days).from_select(["day"], sa.select(day).where(day.is_not(None)))
        )

    def count(self, table: sa.Table) -> int:
        """How many rows a temporary table has."""
        return int(
            self.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        )

    def span(self) -> tuple[date | None, date | None]:
        """The first and last created day of the batch."""
        day = self.stage.c.created_day
        row = self.connection.execute(sa.select(sa.func.min(day), sa.func.max(day))).one()
        return row[0], row[1]

    def _keep_last(self, before: int) -> int:
        stage = self.stage
        place: sa.ColumnElement[Any] = sa.literal_column(f"{stage.name}.{self.backend.row_order}")
        keys = [stage.c[key] for key in ORDER_KEY]
        doubled = sa.select(*keys).group_by(*keys).having(sa.func.count() > 1)
        if not self.connection.execute(doubled.limit(1)).first():
            return 0
        last = sa.select(*keys, sa.func.max(place).label("place")).group_by(*keys).subquery()
        older = sa.exists().where(same_key(stage, last), place < last.c.place)
        self.backend.unstage(self.connection, stage, older)
        return before - self.count(stage)

    def _unchanged(self) -> sa.Select[Any]:
        stage, old = self.stage, self.old
        # where the old versions lie in time lets the engines skip most of the table
        first, last = self.connection.execute(
            sa.select(sa.func.min(old.c.created_at), sa.func.max(old.c.created_at))
        ).one()
        created = orders.c.created_at
        near = sa.or_(created.is_(None), created.between(first, last))
        same = [stage.c[name].is_not_distinct_from(orders.c[name]) for name in BATCH_COLUMNS]
        return (
            sa.select(*(orders.c[key] for key in ORDER_KEY))
            .join(stage, same_key(orders, stage))
            .where(near, *same)
        )


def same_key(left: sa.FromClause, right: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether two rows are versions of the same order."""
    return sa.and_(*(left.c[key] == right.c[key] for key in ORDER_KEY))


def _like(column: sa.Column[Any]) -> sa.Column[Any]:
    return sa.Column(column.name, column.type)
