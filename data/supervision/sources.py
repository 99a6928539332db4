"""What other parts have found out, as far as they have: one entry a source, missing ones say so.

A source answers with lines, or ``None`` where nothing was computed (the part is not there, or has
not run). A new part is one more entry of :data:`SOURCES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from data import records, schema
from data.registers.act import RUNNING, TASK
from data.store import Store


@dataclass(frozen=True)
class Line:
    """One thing for the weekly board: kind and id of the source, the unit it concerns, and the
    facts of its sentence (``supervision.source.<name>`` in the words)."""

    source: tuple[str, str]
    unit: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)


Source = Callable[[Store, date], list[Line] | None]


def places(store: Store, today: date) -> list[Line] | None:
    """Districts and streets whose orders have begun to rise (table ``place_areas``, class
    ``emerging``), the most orders above expected first."""
    del today
    table = schema.metadata.tables.get("place_areas")
    if table is None or not store.rows(sa.select(table.c["class"]).limit(1)):
        return None
    rising = sa.select(table).where(table.c["class"] == "emerging")
    out = []
    for row in store.rows(rising):
        facts = dict(row._mapping)
        place = facts["street"] or facts["district"]
        about = facts["category1"] or ""
        known = {name: float(facts[name]) for name in ("observed", "expected", "ratio")}
        if place and not any(math.isnan(v) for v in known.values()):
            out.append(
                Line(
                    ("place", f"{place}|{about}"),
                    place,
                    {"place": place, "category": about, **known},
                )
            )
    return sorted(out, key=lambda one: one.facts["expected"] - one.facts["observed"])


def topics(store: Store, today: date) -> list[Line] | None:
    """Monthly topics (records of kind ``topic``) with tasks that are late, the latest first."""
    known = {record.id: record for record in records.all_of(store, "topic")}
    if not known:
        return None
    late: dict[str, list[dict[str, Any]]] = {}
    for task in records.all_of(store, TASK):
        body = dict(task.body)
        inside = body["source_kind"] == "topic" and body["source_id"] in known
        if inside and body["state"] in RUNNING and str(body["due"]) < today.isoformat():
            late.setdefault(str(body["source_id"]), []).append(body)
    out = []
    for id_, tasks in late.items():
        named = known[id_].body
        title = str(named.get("title") or named.get("name") or id_)
        days = (today - date.fromisoformat(min(str(t["due"]) for t in tasks))).days
        facts = {"title": title, "n": len(tasks), "days": days}
        out.append(Line(("topic", id_), str(tasks[0]["unit"]), facts))
    return sorted(out, key=lambda one: -one.facts["days"])


SOURCES: dict[str, Source] = {"places": places, "topics": topics}
"""Name of a source -> what it found."""
