"""The register: what people write (schemes, actions, tasks, decisions ...), every revision kept.

Nothing is changed in place. A save names the revision it was made from; when somebody
else has saved in between it is refused with what stands there now (:class:`Stale`), so
that no edit is lost. Every save leaves a line in the audit log, in the same transaction.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import audit
from data.schema import records
from data.store import Store

_AT_ONCE = 500


@dataclass(frozen=True)
class Record:
    """One revision of one record. ``body`` is plain JSON data (dates as ISO text)."""

    kind: str
    id: str
    revision: int
    moment: datetime
    actor: str
    body: Mapping[str, Any]
    removed: bool = False
    number: int = 0


class Stale(Exception):
    """Somebody else changed the record first: ``mine`` was not saved, ``current`` stands."""

    def __init__(self, current: Record | None, mine: Mapping[str, Any] | None) -> None:
        super().__init__(f"stale: {current.kind} {current.id}" if current else "stale: gone")
        self.current = current
        self.mine = mine


@dataclass(frozen=True)
class Change:
    """One record to be written. ``revision``: the one it was made from (0: it is new).
    ``body`` may be missing in a removal: the last one stays."""

    kind: str
    body: Mapping[str, Any] | None
    id: str | None = None
    revision: int = 0
    removed: bool = False


def save(
    store: Store,
    kind: str,
    body: Mapping[str, Any],
    *,
    actor: str,
    id: str | None = None,
    revision: int = 0,
) -> Record:
    """Write a new record (``revision`` 0; without ``id`` it gets one) or the next revision.

    Raises :class:`Stale` when ``revision`` is not the newest one, or a new id is taken.
    """
    return save_all(store, [Change(kind, body, id, revision)], actor=actor)[0]


def remove(store: Store, kind: str, id: str, *, revision: int, actor: str) -> Record:
    """Take a record out of use; its revisions stay. Raises :class:`Stale`."""
    with store.write() as connection:
        return _append(store, connection, [Change(kind, None, id, revision, True)], actor)[0]


def save_all(
    store: Store,
    changes: Sequence[Change],
    *,
    actor: str,
    connection: sa.Connection | None = None,
) -> list[Record]:
    """Several records, all or none. Raises :class:`Stale`.

    ``connection``: the writing transaction to take part in, instead of one of its own.
    """
    if connection is not None:
        return _append(store, connection, changes, actor)
    with store.write() as own:
        return _append(store, own, changes, actor)


def all_of(store: Store, kind: str) -> list[Record]:
    """The newest revision of every record of a kind that is in use, oldest record first."""
    return [_record(row) for row in store.rows(_standing(kind))]


def all_in(connection: sa.Connection, kind: str) -> list[Record]:
    """:func:`all_of` within a transaction."""
    return [_record(row) for row in connection.execute(_standing(kind))]


def newest(connection: sa.Connection, kind: str, ids: Sequence[str]) -> dict[str, Record]:
    """The newest revision of each of these records that was ever written (removals too)."""
    found = _newest(connection, [(kind, id_) for id_ in ids])
    return {record.id: record for record in found.values()}


def one(store: Store, kind: str, id: str) -> Record | None:
    """The newest revision of a record; ``None`` if there is none or it was removed."""
    found = history(store, kind, id)
    return found[-1] if found and not found[-1].removed else None


def history(store: Store, kind: str, id: str) -> list[Record]:
    """Every revision of a record, the first one first (removals included)."""
    wanted = sa.select(records).where(records.c.kind == kind, records.c.id == id)
    return [_record(row) for row in store.rows(wanted.order_by(records.c.revision))]


def every(store: Store, kind: str) -> list[Record]:
    """Every revision of every record of a kind, in order of writing (removals included)."""
    wanted = sa.select(records).where(records.c.kind == kind)
    return [_record(row) for row in store.rows(wanted.order_by(records.c.number))]


def frame(store: Store, kind: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The records of a kind as a table: id, revision, moment, actor, then the body's keys
    (``columns`` name those that must be there even when no record has them)."""
    return as_frame(all_of(store, kind), columns)


def as_frame(found: Sequence[Record], columns: Sequence[str] = ()) -> pd.DataFrame:
    """Records as a table, see :func:`frame`."""
    own = [
        {"id": r.id, "revision": r.revision, "moment": r.moment, "actor": r.actor, **r.body}
        for r in found
    ]
    out = pd.DataFrame(own, columns=None if own else ["id", "revision", "moment", "actor"])
    return out.reindex(columns=list(dict.fromkeys([*out.columns, *columns])))


def version(store: Store, kind: str | None = None) -> int:
    """A number that rises with every write, or every write of a kind (0: nothing was ever written)."""
    newest = sa.select(sa.func.max(records.c.number))
    return int(store.scalar(newest if kind is None else newest.where(records.c.kind == kind)) or 0)


# -- inside --------------------------------------------------------------------
def _standing(kind: str) -> sa.Select[Any]:
    newest = (
        sa.select(records.c.id, sa.func.max(records.c.revision).label("revision"))
        .where(records.c.kind == kind)
        .group_by(records.c.id)
        .subquery()
    )
    found = sa.select(records).join(
        newest, sa.and_(records.c.id == newest.c.id, records.c.revision == newest.c.revision)
    )
    found = found.where(records.c.kind == kind, sa.not_(records.c.removed))
    return found.order_by(records.c.number)


def _append(
    store: Store, connection: sa.Connection, changes: Sequence[Change], actor: str
) -> list[Record]:
    """The next revisions, in one statement a table: a file may bring thousands."""
    highest = connection.execute(sa.select(sa.func.max(records.c.number))).scalar()
    named = [change.id or uuid.uuid4().hex[:12] for change in changes]
    standing = _newest(connection, [(c.kind, id_) for c, id_ in zip(changes, named, strict=True)])
    moment = store.now()
    made: list[Record] = []
    for change, id_ in zip(changes, named, strict=True):
        there = standing.get((change.kind, id_))
        if (there.revision if there else 0) != change.revision:
            raise Stale(there, None if change.removed else change.body)
        body = change.body if change.body is not None else there.body if there else {}
        made.append(
            Record(
                change.kind, id_, change.revision + 1, moment, actor, dict(body),
                change.removed, int(highest or 0) + 1 + len(made),
            )
        )  # fmt: skip
        standing[change.kind, id_] = made[-1]
    if made:
        connection.execute(sa.insert(records), [_row(record) for record in made])
    audit.note_all(store, [_line(record) for record in made], actor=actor, connection=connection)
    return made


def _row(record: Record) -> dict[str, Any]:
    text = json.dumps(record.body, ensure_ascii=False, sort_keys=True, default=_plain)
    names = ("number", "kind", "id", "revision", "moment", "actor", "removed")
    return {name: getattr(record, name) for name in names} | {"body": text}


def _line(record: Record) -> tuple[str, str, dict[str, Any]]:
    verb = "removed" if record.removed else "changed" if record.revision > 1 else "added"
    return f"{record.kind}.{verb}", record.id, {"revision": record.revision}


def _newest(
    connection: sa.Connection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Record]:
    out: dict[tuple[str, str], Record] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        found = sa.select(records).where(
            records.c.kind.in_({kind for kind, _ in part}), records.c.id.in_({i for _, i in part})
        )
        for row in connection.execute(found.order_by(records.c.revision)):
            out[row.kind, row.id] = _record(row)
    return out


def _record(row: sa.Row[Any]) -> Record:
    return Record(
        row.kind, row.id, int(row.revision), row.moment, row.actor, json.loads(row.body),
        bool(row.removed), int(row.number),
    )  # fmt: skip


def _plain(value: object) -> str:
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    raise TypeError(f"not plain: {type(value).__name__}")
