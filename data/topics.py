"""Monthly topics (每月一题): a matter chosen from the data, worked on, and measured. Records of kind ``topic``.

The definition is a condition over orders, so that the very orders counted can be opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data import records
from data.records import Change, Record
from data.registers.files import Given
from data.registers.models import Decided, checked, wrong
from data.store import Store
from metrics.conditions import EVERYTHING, Condition, both, dump, test
from metrics.conditions import parse as condition_of

TOPIC = "topic"
PROPOSED, RUNNING, FINISHED, REFUSED = "proposed", "running", "finished", "refused"
STATES = (PROPOSED, RUNNING, FINISHED, REFUSED)
MOST_POLICIES = 40


class Policy(BaseModel):
    """A policy issued because of a topic: title, day, document."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=300)
    day: date
    document: str = Field(default="", max_length=400)


class Baseline(BaseModel):
    """The orders of the twelve months before a topic, as counted when it was begun."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    end: date
    n: int = Field(ge=0)


class Topic(Decided):
    """A topic. ``condition``: which orders it is about; ``districts``: where (none: the whole
    city); ``start``: first day of the work; ``finished``: the day it was closed."""

    title: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=200)
    condition: dict[str, Any]
    districts: tuple[str, ...] = ()
    start: date
    end: date | None = None
    finished: date | None = None
    policies: tuple[Policy, ...] = Field(default=(), max_length=MOST_POLICIES)
    baseline: Baseline | None = None
    category: str = ""
    state: Literal["proposed", "running", "finished", "refused"] = PROPOSED  # type: ignore[assignment]

    @field_validator("condition")
    @classmethod
    def _readable(cls, value: dict[str, Any]) -> dict[str, Any]:
        if condition_of(value) == EVERYTHING:
            raise ValueError("a topic is about some orders, not all of them")
        return value

    @model_validator(mode="after")
    def _spans(self) -> Topic:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", "end")
        if self.finished is not None and self.finished < self.start:
            raise wrong("end_before_start", "finished")
        if self.state == FINISHED and self.finished is None:
            raise wrong("missing", "finished")
        return self

    @property
    def what(self) -> Condition:
        """Which orders, wherever they are."""
        return condition_of(self.condition)

    @property
    def orders(self) -> Condition:
        """Which orders, and where."""
        if not self.districts:
            return self.what
        return both(self.what, test("district", "in", list(self.districts)))


def parse(raw: Mapping[str, Any]) -> Topic:
    """A topic, checked. Raises :class:`~data.registers.models.Faults`."""
    made: Topic = checked(Topic, raw)
    return made


def save(
    store: Store, raw: Mapping[str, Any], *, actor: str, id: str | None = None, revision: int = 0
) -> Record:
    """Write a topic. Raises :class:`~data.registers.models.Faults`, :class:`~data.records.Stale`."""
    known = {"simulated": store.simulated(), **raw} if id is None else raw
    return records.save(store, TOPIC, parse(known).plain(), actor=actor, id=id, revision=revision)


def take_in(store: Store, connection: sa.Connection, given: Given, *, actor: str) -> int:
    """Topics that a batch brings (the simulated city's), within its transaction; how many changed.

    A row is the topic of its title and start; the same batch again changes nothing.
    """
    bodies = {}
    for row in given.rows:
        body = parse(row.values).plain()
        text = f"{body['title']}\n{body['start']}"
        bodies["o" + hashlib.sha256(text.encode()).hexdigest()[:11]] = body
    standing = records.newest(connection, TOPIC, list(bodies))
    changes = []
    for id_, body in bodies.items():
        there = standing.get(id_)
        if there is None or there.removed or dict(there.body) != body:
            changes.append(Change(TOPIC, body, id_, there.revision if there else 0))
    records.save_all(store, changes, actor=actor, connection=connection)
    return len(changes)


def plain(condition: Condition) -> dict[str, Any]:
    """A condition as a topic keeps it."""
    return dump(condition)
