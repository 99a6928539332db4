"""Taking in a register file of any kind: which kinds are more than a row a record."""

from __future__ import annotations

import sqlalchemy as sa

from data import meetings, tasks, topics
from data.registers import saving
from data.registers.act import MEETING, TASK, WHISTLE
from data.registers.files import Given
from data.registers.saving import Taken
from data.store import Store
from data.whistles import files


def take(store: Store, given: Given, *, actor: str) -> Taken:
    """Take in a whole file, or nothing of it. Raises :class:`~data.registers.files.BadFile`."""
    with store.write() as connection:
        return take_in(store, connection, given, actor=actor)


def take_in(
    store: Store,
    connection: sa.Connection,
    given: Given,
    *,
    actor: str,
    batch: int | None = None,
) -> Taken:
    """:func:`take` within a transaction (that of ``batch``, where the file came as one)."""
    if given.kind == WHISTLE:
        return files.take_in(store, connection, given, actor=actor, batch=batch)
    parts = {TASK: tasks.take_in, MEETING: meetings.take_in, topics.TOPIC: topics.take_in}
    if given.kind in parts:
        changed = parts[given.kind](store, connection, given, actor=actor)
        return Taken(changed, 0, len(given.rows) - changed, 0)
    return saving.take_in(store, connection, given, actor=actor, batch=batch)
