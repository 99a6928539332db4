"""What is to be measured of an action or a topic: where, since when, compared with whom."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import h3
import pandas as pd

from data import dimensions, records
from data.importing.values import folded
from data.records import Record
from data.registers import ACTION, Action, read
from data.store import Store
from data.topics import REFUSED, TOPIC, parse
from forecasting.counterfactual import FEWEST_WEEKS, WEEKS
from metrics.conditions import Condition, dump
from metrics.conditions import parse as condition_of
from metrics.selection import PATH, category_condition

STREET, DISTRICT, CELLS, CATEGORY = "street", "district", "cells", "category"
CELL, PARENT = 9, 8
"""A point stands for its cell of resolution 9 and the six around it (about 0.7 km²), which are
as many as a cell of resolution 8 holds: those are what it is compared with."""
TREATED = "*"
"""The treated series where it is no place of the list (a point's cells, a topic)."""
APART = timedelta(weeks=8)
"""Two actions on the same thing that begin within so long of each other cannot be told apart."""


@dataclass(frozen=True)
class Spec:
    """One thing to be measured. ``level``: what the places are; ``treated``/``excluded``: places;
    ``condition``: which orders (JSON); ``reason``: why nothing can be measured."""

    kind: str
    record: str
    revision: int
    unit: str
    level: str = ""
    condition: str = ""
    treated: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    start: date | None = None
    after: date | None = None
    until: date | None = None
    reason: str = ""

    @property
    def what(self) -> Condition:
        """Which orders."""
        return condition_of(json.loads(self.condition))

    @property
    def source(self) -> str:
        """Specs with the same source are measured on the same counts."""
        own = self.treated if self.level == CELLS else ()
        return "\n".join((self.level, self.condition, *own))

    def plain(self) -> dict[str, Any]:
        """As JSON data (days as they are)."""
        return asdict(self)


class Areas:
    """Districts and streets by code or by name of either language."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.found: dict[str, tuple[str, str]] = {}
        for level in (DISTRICT, STREET):  # a street of a district's name goes before it
            for row in frame[frame["level"] == level].itertuples():
                for name in (row.area, row.name_zh, row.name_en):
                    if isinstance(name, str) and name:
                        self.found[folded(name)] = (level, str(row.area))

    def of(self, place: str) -> tuple[str, str] | None:
        """(level, code) of a place in words; ``None`` where no area is called so."""
        return self.found.get(folded(place)) if place else None


def specs(store: Store) -> list[Spec]:
    """Everything to be measured now: accepted actions, and topics that were begun."""
    actions = records.all_of(store, ACTION)
    return of_actions(actions, Areas(dimensions.areas(store))) + of_topics(
        records.all_of(store, TOPIC)
    )


def of_actions(found: Sequence[Record], areas: Areas) -> list[Spec]:
    """The accepted actions; those that touch the same place and matter keep out of each other's way."""
    known = [(r, a) for r in found if (a := read(ACTION, r.body)).state == "accepted"]
    made = [_placed(record, action, areas) for record, action in known]
    paths = [action.category for _, action in known]
    return [_apart(spec, path, made, paths) for spec, path in zip(made, paths, strict=True)]


def of_action(record: Record, found: Sequence[Record], areas: Areas) -> Spec:
    """One action, accepted or not, beside the accepted ones."""
    others = [r for r in found if r.id != record.id]
    body = {**record.body, "state": "accepted", "note": record.body.get("note") or "-"}
    both = of_actions([replace(record, body=body), *others], areas)
    return next(spec for spec in both if spec.record == record.id)


def of_topics(found: Sequence[Record]) -> list[Spec]:
    """Topics that were begun: in some districts against the others, city-wide against other categories."""
    out = []
    for record in found:
        topic = parse(record.body)
        if topic.state in ("proposed", REFUSED):
            continue
        level, treated = (DISTRICT, topic.districts) if topic.districts else (CATEGORY, (TREATED,))
        out.append(
            Spec(
                TOPIC, record.id, record.revision, topic.unit, level,
                json.dumps(topic.condition, ensure_ascii=False, sort_keys=True), tuple(treated),
                start=topic.start, after=topic.start,
            )
        )  # fmt: skip
    return out


# -- inside --------------------------------------------------------------------
def _placed(record: Record, action: Action, areas: Areas) -> Spec:
    base = Spec(
        ACTION, record.id, record.revision, action.unit, start=action.start,
        after=action.day + timedelta(days=1) if action.end else action.start,
    )  # fmt: skip
    if not action.category:
        return replace(base, reason="no_category")
    what = json.dumps(dump(category_condition(action.category)), ensure_ascii=False)
    base = replace(base, condition=what)
    area = areas.of(action.place)
    if area is not None:
        return replace(base, level=area[0], treated=(area[1],))
    if action.lon is None or action.lat is None:
        return replace(base, reason="no_place")
    return replace(base, level=CELLS, treated=disc(action.lon, action.lat))


def disc(lon: float, lat: float) -> tuple[str, ...]:
    """The cell of a point and the six around it."""
    return tuple(sorted(h3.grid_disk(h3.latlng_to_cell(lat, lon, CELL), 1)))


def _apart(spec: Spec, path: str, every: Sequence[Spec], paths: Sequence[str]) -> Spec:
    """Stop where a later action begins; leave places with actions of their own out of the
    comparison; give up where two cannot be told apart."""
    if spec.reason or spec.start is None or spec.after is None:
        return spec
    window = spec.after + timedelta(weeks=WEEKS)
    until: date | None = None
    gone: set[str] = set()
    reason = ""
    for other, its in zip(every, paths, strict=True):
        if other.record == spec.record or other.reason or other.start is None:
            continue
        if not _related(path, its) or other.level != spec.level:
            continue
        if not spec.record and (path, spec.treated, spec.start) == (
            its,
            other.treated,
            other.start,
        ):
            continue  # a question about the very thing that was done
        near = spec.start - APART <= other.start < window
        if not set(other.treated) & set(spec.treated):
            if near:
                gone.update(other.treated)
        elif spec.start - APART < other.start < spec.after + timedelta(weeks=FEWEST_WEEKS):
            reason = "overlap"
        elif other.start >= spec.after:
            before = other.start - timedelta(days=1)
            until = min(until, before) if until else before
    return replace(spec, until=until, excluded=tuple(sorted(gone)), reason=reason)


def _related(one: str, other: str) -> bool:
    """Whether one category path is the other or lies above it."""
    return one == other or one.startswith(other + PATH) or other.startswith(one + PATH)


def from_row(row: Mapping[Any, Any]) -> Spec:
    """A spec from a row of :meth:`Spec.plain`."""

    def day(value: Any) -> date | None:
        return None if value is None or pd.isna(value) else pd.Timestamp(value).date()

    return Spec(
        row["kind"], row["record"], int(row["revision"]), row["unit"], row["level"],
        row["condition"], tuple(row["treated"]), tuple(row["excluded"]), day(row["start"]),
        day(row["after"]), day(row["until"]), row["reason"],
    )  # fmt: skip
