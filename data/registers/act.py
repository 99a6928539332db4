"""What a task, a supervision meeting, a leader's flag and a whistle (吹哨报到) hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data.registers.models import KINDS, LONGEST, Body, Fault, checked, wrong

TASK, MEETING, FLAG, WHISTLE = "task", "meeting", "flag", "whistle"
State = Literal["open", "doing", "done", "checked", "dropped"]
OPEN: Literal["open"] = "open"
DOING, DONE, CHECKED, DROPPED = "doing", "done", "checked", "dropped"
STATES = (OPEN, DOING, DONE, CHECKED, DROPPED)
RUNNING = (OPEN, DOING)
FINISHED = (DONE, CHECKED)
BOARDS = ("day", "week", "month")
STEPS = ("district", "city")
"""Who a whistle can be taken up to: the district's meeting, then the city's."""
_LIST = re.compile(r"[;；、,，\n]+")


def listed(value: Any) -> Any:
    """Several names in one cell ("甲；乙") as a list; anything else as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in _LIST.split(value) if part.strip())
    return value


class Task(Body):
    """What somebody was told to do, by when, and what became of it.

    ``source_kind``, ``source_id``: what it came from (order, alert, unit, topic, place …; words
    ``task.source.<kind>``), ``why``: the line of the board in words, as it stood then.
    ``meeting``: the day of the meeting that decided it. ``done_on`` stands in finished tasks alone.
    """

    title: str = Field(min_length=1, max_length=300)
    unit: str = Field(min_length=1, max_length=200)
    assist: tuple[str, ...] = ()
    due: date
    state: State = OPEN
    reason: str = Field(default="", max_length=LONGEST)
    board: Literal["", "day", "week", "month"] = ""
    meeting: date | None = None
    made_on: date
    done_on: date | None = None
    source_kind: str = Field(default="", max_length=40)
    source_id: str = Field(default="", max_length=400)
    why: str = Field(default="", max_length=LONGEST)

    _listed = field_validator("assist", mode="before")(listed)

    @model_validator(mode="after")
    def _check(self) -> Task:
        if self.state == DROPPED and not self.reason:
            raise wrong("dropped_without_reason", "reason")
        if (self.state in FINISHED) != (self.done_on is not None):
            raise wrong("done_day", "done_on")
        if self.done_on is not None and self.done_on < self.made_on:
            raise wrong("done_before_made", "done_on")
        if self.unit in self.assist:
            raise wrong("leads_and_assists", "assist")
        return self


class Decision(BaseModel):
    """A task as a meeting left it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    revision: int
    title: str
    unit: str
    due: date


class Meeting(Body):
    """A supervision meeting that was closed: the decisions it made, frozen."""

    board: Literal["day", "week", "month"]
    day: date
    attendees: str = Field(default="", max_length=400)
    decided: tuple[Decision, ...] = ()


class Flag(Body):
    """A leader wants to hear of this order."""

    source: str = Field(min_length=1, max_length=200)
    order_id: str = Field(min_length=1, max_length=200)
    day: date


class Call(BaseModel):
    """One department that was called: when, when it arrived, when it had settled its part, how.

    ``street_score``: what the street gives the department (1 to 5), ``department_score`` the
    other way round, each with a reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    department: str = Field(min_length=1, max_length=200)
    called_at: datetime
    arrived_at: datetime | None = None
    settled_at: datetime | None = None
    result: str = Field(default="", max_length=LONGEST)
    street_score: int | None = Field(default=None, ge=1, le=5)
    street_reason: str = Field(default="", max_length=400)
    department_score: int | None = Field(default=None, ge=1, le=5)
    department_reason: str = Field(default="", max_length=400)

    @model_validator(mode="after")
    def _check(self) -> Call:
        if self.arrived_at is not None and self.arrived_at < self.called_at:
            raise wrong("arrived_before_called", "arrived_at")
        if self.settled_at is not None:
            if self.arrived_at is None:
                raise wrong("settled_without_arrival", "settled_at")
            if self.settled_at < self.arrived_at:
                raise wrong("settled_before_arrival", "settled_at")
        return self


class Whistle(Body):
    """A street calls departments to a matter that it cannot settle alone (街乡吹哨、部门报到).

    ``street``: who blew it. ``source_kind``: order, topic or place, ``source_id`` which.
    ``district_on``, ``city_on``: the days on which it was taken up to their meetings.
    """

    title: str = Field(min_length=1, max_length=300)
    street: str = Field(min_length=1, max_length=200)
    category: str = Field(default="", max_length=400)
    place: str = Field(default="", max_length=200)
    source_kind: str = Field(default="", max_length=40)
    source_id: str = Field(default="", max_length=400)
    calls: tuple[Call, ...] = Field(min_length=1, max_length=30)
    district_on: date | None = None
    city_on: date | None = None

    @model_validator(mode="after")
    def _check(self) -> Whistle:
        names = [call.department for call in self.calls]
        if len(set(names)) < len(names):
            raise wrong("called_twice", "department")
        if self.street in names:
            raise wrong("called_itself", "department")
        first = min(call.called_at for call in self.calls).date()
        for name in ("district_on", "city_on"):
            day = getattr(self, name)
            if day is not None and day < first:
                raise wrong("escalated_before_called", name)
        if self.district_on and self.city_on and self.city_on < self.district_on:
            raise wrong("city_before_district", "city_on")
        return self


MODELS: dict[str, type[Body]] = {TASK: Task, MEETING: Meeting, FLAG: Flag, WHISTLE: Whistle}
KINDS[WHISTLE] = Whistle  # the one of them that is taken in from files


def body_of(kind: str, raw: Any) -> Any:
    """A body, checked. Raises :class:`~data.registers.models.Faults`."""
    return checked(MODELS[kind], raw)


def dated(raw: dict[str, Any], today: date) -> dict[str, Any]:
    """A task's own days, as its state demands: made today unless it says so, done today when it
    has just been finished, and not done when it is open again."""
    out = {"made_on": today.isoformat(), **raw}
    if out.get("state", OPEN) in FINISHED:
        out["done_on"] = out.get("done_on") or today.isoformat()
    else:
        out["done_on"] = None
    return out


__all__ = ["Call", "Decision", "Fault", "Flag", "Meeting", "Task", "Whistle", "body_of", "dated"]
