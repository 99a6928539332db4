"""Supervision meetings: what one decided, frozen when it is closed, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data import records
from data.records import Change, Record
from data.registers.act import MEETING, TASK, body_of
from data.registers.files import Given
from data.store import Store
from data.tasks import Became, became


@dataclass(frozen=True)
class Followed:
    """One decision: as the meeting left it, as it stands now (``None``: taken out since), and
    what became of it. ``moved``: the day it is due was changed after the meeting."""

    decided: dict[str, Any]
    task: Record | None
    became: Became
    moved: bool


def meetings(store: Store, board: str | None = None) -> list[Record]:
    """Closed meetings (of one board), the latest last."""
    found = records.all_of(store, MEETING)
    mine = [m for m in found if board in (None, m.body["board"])]
    return sorted(mine, key=lambda m: (str(m.body["day"]), m.number))


def last(known: Sequence[Record], before: date) -> Record | None:
    """The latest of these meetings held before a day."""
    earlier = [m for m in known if str(m.body["day"]) < before.isoformat()]
    return earlier[-1] if earlier else None


def id_of(board: str, day: date) -> str:
    """A board has one meeting a day."""
    return f"{board}-{day.isoformat()}"


def close(
    store: Store,
    board: str,
    day: date,
    *,
    actor: str,
    attendees: str = "",
    note: str = "",
    revision: int = 0,
) -> Record:
    """Close a meeting: the tasks it decided (of its board and day) are frozen as they stand.

    Closing it again is the next revision. Raises :class:`~data.records.Stale` when somebody
    else closed it, :class:`~data.registers.models.Faults`.
    """
    with store.write() as connection:
        raw = {"board": board, "day": day, "attendees": attendees, "note": note}
        return _close(store, connection, raw, actor, revision)


def decisions(known: Iterable[Record], board: str, day: date) -> list[Record]:
    """Of these tasks the ones that a meeting decided."""
    return [
        t for t in known if t.body["board"] == board and t.body["meeting"] == day.isoformat()
    ]  # fmt: skip


def follow(meeting: Record, known: Iterable[Record], today: date) -> list[Followed]:
    """What became of each decision, what needs somebody first."""
    standing = {task.id: task for task in known}
    out = []
    for decided in meeting.body["decided"]:
        task = standing.get(str(decided["task"]))
        if task is None:
            out.append(Followed(dict(decided), None, "dropped", False))
            continue
        moved = str(task.body["due"]) != str(decided["due"])
        out.append(Followed(dict(decided), task, became(task.body, today), moved))
    order = ("late", "running", "done_late", "done_in_time", "dropped")
    return sorted(out, key=lambda one: (order.index(one.became), str(one.decided["due"])))


def take_in(store: Store, connection: sa.Connection, given: Given, *, actor: str) -> int:
    """Meetings that a batch brings (the simulated city's), after its tasks; how many were new."""
    new = 0
    for row in given.rows:
        raw = {k: v for k, v in row.values.items() if k in ("board", "day", "attendees", "note")}
        id_ = id_of(str(raw["board"]), _day(raw["day"]))
        there = records.newest(connection, MEETING, [id_]).get(id_)
        if there is None or there.removed:
            raw["simulated"] = bool(row.values.get("simulated"))
            _close(store, connection, raw, actor, there.revision if there else 0)
            new += 1
    return new


def _close(
    store: Store, connection: sa.Connection, raw: dict[str, Any], actor: str, revision: int
) -> Record:
    day = _day(raw["day"])
    mine = decisions(records.all_in(connection, TASK), str(raw["board"]), day)
    decided = [
        {"task": t.id, "revision": t.revision, "title": t.body["title"], "unit": t.body["unit"],
         "due": t.body["due"]}
        for t in mine
    ]  # fmt: skip
    body = body_of(MEETING, {**raw, "decided": tuple(decided)}).plain()
    change = Change(MEETING, body, id_of(str(raw["board"]), day), revision)
    return records.save_all(store, [change], actor=actor, connection=connection)[0]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
