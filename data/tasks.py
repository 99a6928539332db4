"""Tasks: what was told to whom, by when, and what became of it. Records of kind ``task``.

Every other part of the cockpit can make one (:func:`make`) and ask whether there is one for its
own thing (:func:`open_for`): a task names its source by kind and id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa

from data import records
from data.records import Change, Record
from data.registers.act import CHECKED, DONE, DROPPED, FINISHED, RUNNING, TASK, body_of, dated
from data.registers.files import Given
from data.registers.models import Fault, Faults
from data.schema import units
from data.store import Store
from forecasting.calendar import add_workdays

Became = Literal["done_in_time", "done_late", "late", "running", "dropped"]
BECAME: tuple[Became, ...] = ("late", "running", "done_late", "done_in_time", "dropped")
"""What can have become of a task, what needs somebody first."""


def tasks(store: Store) -> list[Record]:
    """Every task in use, oldest first."""
    return records.all_of(store, TASK)


def open_for(store: Store, kind: str, id: str) -> list[Record]:
    """The tasks still to be done that came from one thing (``kind`` and ``id`` of the source)."""
    return [task for task in of_source(tasks(store), kind, id) if task.body["state"] in RUNNING]


def of_source(known: Iterable[Record], kind: str, id: str) -> list[Record]:
    """Of these tasks the ones that came from a thing, the newest last."""
    return [t for t in known if (t.body["source_kind"], t.body["source_id"]) == (kind, id)]


def make(
    store: Store,
    *,
    title: str,
    unit: str,
    due: date,
    actor: str,
    source: tuple[str, str] = ("", ""),
    board: str = "",
    meeting: date | None = None,
    why: str = "",
    note: str = "",
    assist: Sequence[str] = (),
) -> Record:
    """A new task. Two people who make one of the same thing at the same time do not make two.

    Raises :class:`~data.registers.models.Faults` with everything that is wrong,
    :class:`~data.records.Stale` when somebody else has just made it.
    """
    made = [r for r in records.every(store, TASK) if r.revision == 1]
    number = len(of_source(made, *source))
    body = {
        "title": title, "unit": unit, "due": due, "board": board, "meeting": meeting, "why": why,
        "note": note, "assist": tuple(assist), "source_kind": source[0], "source_id": source[1],
        "simulated": bool(source[0]) and store.simulated(),
    }  # fmt: skip
    return save(store, body, actor=actor, id=id_of(source, number) if source[0] else None)


def id_of(source: tuple[str, str], number: int) -> str:
    """The id of the ``number``-th task (from 0) made of one thing."""
    text = "\n".join((*source, str(number)))
    return "t" + hashlib.sha256(text.encode()).hexdigest()[:11]


def save(
    store: Store, body: Mapping[str, Any], *, actor: str, id: str | None = None, revision: int = 0
) -> Record:
    """Write a task: a new one, or the next revision of ``id`` made from ``revision``.

    Raises :class:`~data.registers.models.Faults`, :class:`~data.records.Stale`.
    """
    plain = checked(store, body)
    return records.save(store, TASK, plain, actor=actor, id=id, revision=revision)


def checked(store: Store, body: Mapping[str, Any]) -> dict[str, Any]:
    """A task's body as it would be saved. Raises :class:`~data.registers.models.Faults`."""
    made = body_of(TASK, dated(dict(body), store.now().date()))
    faults = unknown_units(store, {"unit": made.unit, "assist": made.assist})
    if faults:
        raise Faults(faults)
    plain: dict[str, Any] = made.plain()
    return plain


def unknown_units(store: Store, named: Mapping[str, Any]) -> list[Fault]:
    """Units that the unit list does not have: field -> a name or several."""
    known = {row.unit for row in store.rows(sa.select(units.c.unit))}
    out = []
    for field, value in named.items():
        wanted = (value,) if isinstance(value, str) else tuple(value)
        out += [Fault("unknown_unit", field, name) for name in wanted if name not in known]
    return out


def became(body: Mapping[str, Any], today: date) -> Became:
    """What has become of a task: done on the day it was due counts as in time."""
    due = date.fromisoformat(str(body["due"]))
    if body["state"] == DROPPED:
        return "dropped"
    if body["state"] in FINISHED:
        return "done_in_time" if date.fromisoformat(str(body["done_on"])) <= due else "done_late"
    return "late" if due < today else "running"


def suggested_due(today: date, days: int, country: str, at_most: date | None = None) -> date:
    """A day to be done by: so many working days on, or the earlier ``at_most`` that still lies ahead."""
    out = add_workdays(today, days, country)
    if at_most is not None and today < at_most < out:
        return at_most
    return out


def summary(known: Iterable[Record], today: date) -> dict[Became, int]:
    """How many tasks became what."""
    out: dict[Became, int] = dict.fromkeys(BECAME, 0)
    for task in known:
        out[became(task.body, today)] += 1
    return out


def take_in(store: Store, connection: sa.Connection, given: Given, *, actor: str) -> int:
    """Tasks that a batch brings (the simulated city's), within its transaction; how many changed.

    A row is the task of its ``id``; the same batch again changes nothing.
    """
    ids = [str(row.values["id"]) for row in given.rows]
    standing = records.newest(connection, TASK, ids)
    changes = []
    for row, id_ in zip(given.rows, ids, strict=True):
        raw = {k: v for k, v in row.values.items() if k != "id" and v is not None}
        body = body_of(TASK, dated(raw, store.now().date())).plain()
        there = standing.get(id_)
        if there is None or there.removed or dict(there.body) != body:
            changes.append(Change(TASK, body, id_, there.revision if there else 0))
    records.save_all(store, changes, actor=actor, connection=connection)
    return len(changes)


__all__ = [
    "BECAME", "CHECKED", "DONE", "Became", "became", "make", "of_source", "open_for", "save",
    "suggested_due", "summary", "tasks",
]  # fmt: skip
