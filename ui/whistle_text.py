"""Whistles in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from data.records import Record
from data.registers.act import WHISTLE
from data.whistles.ledger import settled
from ui import read, task_text
from ui import register_text as text
from ui.context import Context
from words import format as fmt

FIELDS = (
    "title", "street", "source", "category", "place", "calls", "ratings", "district_on", "city_on",
    "note",
)  # fmt: skip


class Whistles:
    """How whistles are told, see :class:`ui.register_text.Teller`."""

    fields: tuple[str, ...] = FIELDS

    def label(self, ctx: Context, name: str) -> str:
        """What a field is called."""
        return ctx.say(f"whistle.field.{name}")

    def value(self, ctx: Context, name: str, body: Mapping[str, Any]) -> str:
        """A field in words; empty where there is nothing."""
        comma = ctx.say("ui.list_comma")
        found = body if name in ("source", "ratings") else body.get(name)
        words: dict[str, Callable[[Any], str]] = {
            "source": lambda whole: task_text.source(ctx, whole),
            "ratings": lambda whole: comma.join(w for c in whole["calls"] for w in rated(ctx, c)),
            "calls": lambda calls: comma.join(call(ctx, one) for one in calls),
            "street": ctx.name,
            "category": ctx.path_name,
            **dict.fromkeys(
                ("district_on", "city_on"),
                lambda day: fmt.day(date.fromisoformat(str(day)), ctx.lang),
            ),
        }
        return words.get(name, str)(found) if found else ""

    def title(self, ctx: Context, record: Record) -> str:
        """A whistle in a few words."""
        return f"{ctx.name(record.body['street'])} · {record.body['title']}"

    def day(self, body: Mapping[str, Any]) -> str:
        """The day of the first call."""
        return min(str(one["called_at"]) for one in body["calls"])[:10]


text.MORE[WHISTLE] = Whistles()


def moment(ctx: Context, value: Any) -> str:
    """A time of a call; a dash where it has not come."""
    return fmt.moment(datetime.fromisoformat(str(value)), ctx.lang) if value else "–"


def step(call_: Mapping[str, Any]) -> str:
    """How far a called department is: called, arrived, settled."""
    return "settled" if call_["settled_at"] else "arrived" if call_["arrived_at"] else "called"


def call(ctx: Context, one: Mapping[str, Any]) -> str:
    """One called department: how far it is, since when, with what result."""
    code = step(one)
    words = ctx.say(
        f"whistle.call.{code}",
        unit=ctx.name(one["department"]),
        moment=moment(ctx, one[f"{code}_at"]),
    )
    return words + (ctx.say("whistle.call.result", result=one["result"]) if one["result"] else "")


def rated(ctx: Context, one: Mapping[str, Any]) -> list[str]:
    """What street and department gave each other."""
    out = []
    for name in ("street", "department"):
        if one[f"{name}_score"]:
            reason = one[f"{name}_reason"]
            words = ctx.say(
                f"whistle.rated.{name}",
                unit=ctx.name(one["department"]),
                score=one[f"{name}_score"],
            )
            out.append(words + (ctx.say("whistle.rated.why", reason=reason) if reason else ""))
    return out


def state(ctx: Context, body: Mapping[str, Any]) -> str:
    """How far a whistle is: who is still awaited, who has not settled."""
    calls = body["calls"]
    if settled(body):
        return ctx.say("whistle.state.settled")
    away = [c for c in calls if not c["arrived_at"]]
    if away:
        return ctx.say("whistle.state.waiting", n=len(away), all=len(calls))
    left = sum(not c["settled_at"] for c in calls)
    return ctx.say("whistle.state.arrived", n=left, all=len(calls))


def hours_open(body: Mapping[str, Any]) -> float:
    """Hours since the first call, until the last part was settled or now."""
    start = min(datetime.fromisoformat(str(c["called_at"])) for c in body["calls"])
    end = read.store().now()
    if settled(body):
        end = max(datetime.fromisoformat(str(c["settled_at"])) for c in body["calls"])
    return (end - start).total_seconds() / 3600
