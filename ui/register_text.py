"""Records of registers in words: what their fields are called and what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Protocol

from data.records import Record
from data.registers import ACTION, DECIDED, EVALUATION, EVIDENCE, EXCLUSION
from data.registers.explain import label as field_label
from ui import read
from ui.context import Context
from words import format as fmt

FIELDS: dict[str, tuple[str, ...]] = {
    ACTION: ("unit", "what", "category", "place", "lon", "lat", "start", "end", "document", "note"),
    EVIDENCE: ("adjustment", "unit", "day", "points", "document", "note"),
    EXCLUSION: ("order_id", "source", "exclusion", "evidence", "requested_by", "day", "note"),
    EVALUATION: ("evaluator", "unit", "start", "end", "levels", "numerator", "n", "document",
                 "note"),
}  # fmt: skip
"""What is written in a record, in the order of its form."""
DECISION = ("state", "reason", "decided_by", "decided_on")
LISTED: dict[str, tuple[str, ...]] = {
    ACTION: ("state", "unit", "what", "category", "day", "document"),
    EVIDENCE: ("state", "adjustment", "unit", "day", "points", "document"),
    EXCLUSION: ("state", "order_id", "exclusion", "requested_by", "day", "evidence"),
    EVALUATION: ("evaluator", "unit", "start", "end", "good", "answers"),
}
"""The columns of the list."""
_UNITS = ("unit", "requested_by")
_DAYS = ("start", "end", "day", "decided_on")


class Teller(Protocol):
    """How records of a kind beyond the registers behind scores are told."""

    fields: tuple[str, ...]

    def label(self, ctx: Context, name: str) -> str:
        """What a field is called."""

    def value(self, ctx: Context, name: str, body: Mapping[str, Any]) -> str:
        """A field in words; empty where there is nothing."""

    def title(self, ctx: Context, record: Record) -> str:
        """A record in a few words."""

    def day(self, body: Mapping[str, Any]) -> str:
        """The day by which it belongs to a period (ISO)."""


MORE: dict[str, Teller] = {}
"""Further kinds: whoever shows one says here how it is told."""


def label(ctx: Context, kind: str, name: str) -> str:
    """What a field is called in the reader's language."""
    if kind in MORE:
        return MORE[kind].label(ctx, name)
    if name in ("good", "answers") or (kind == ACTION and name == "day"):
        return ctx.say(f"page.evidence.column.{name}")
    return field_label(kind, name, ctx.lang)


def state(ctx: Context, kind: str, code: str) -> str:
    """Proposed, accepted, refused; for exclusions: asked, struck out, not struck out."""
    family = "decision" if kind == EXCLUSION else "state"
    return ctx.say(f"register.{family}.{code}")


def value(ctx: Context, kind: str, name: str, body: Mapping[str, Any]) -> str:
    """A field's value in words; empty where there is none."""
    if kind in MORE:
        return MORE[kind].value(ctx, name, body)
    found = body.get(name)
    if name in ("good", "answers"):
        return _good(ctx, body) if name == "good" else _answers(ctx, body)
    if kind == ACTION and name == "day":
        found = day_of(kind, body)
    if found is None or found in ("", []):
        return ""
    words: dict[str, Callable[[Any], str]] = {
        **dict.fromkeys(_UNITS, ctx.name), "state": partial(state, ctx, kind),
        **dict.fromkeys(_DAYS, partial(_day, ctx)), "category": ctx.path_name,
        "exclusion": lambda code: ctx.say(f"value.exclusion.{code}"),
        "adjustment": partial(adjustment_name, ctx), "evaluator": partial(evaluator_name, ctx),
        "points": lambda points: fmt.signed(float(points), ctx.lang, 2),
        "levels": lambda levels: " / ".join(fmt.number(k, ctx.lang) for k in levels),
    }  # fmt: skip
    return words[name](found) if name in words else str(found)


def _day(ctx: Context, text: str) -> str:
    return fmt.day(date.fromisoformat(text[:10]), ctx.lang)


def _answers(ctx: Context, body: Mapping[str, Any]) -> str:
    return fmt.number(sum(body["levels"]) if body["levels"] else body["n"], ctx.lang)


def _good(ctx: Context, body: Mapping[str, Any]) -> str:
    if body["levels"]:
        return fmt.number(sum(body["levels"][:3]), ctx.lang)
    return fmt.number(
        body["numerator"], ctx.lang, 0 if float(body["numerator"]).is_integer() else 1
    )


def adjustment_name(ctx: Context, code: str) -> str:
    """A bonus's or penalty's name: the scheme's own, else any other scheme's, else the code."""
    for scheme in (ctx.scheme, *read.schemes().values()):
        for item in scheme.adjustments:
            if item.id == code:
                return ctx.names_of(item.names)
    return code


def evaluator_name(ctx: Context, code: str) -> str:
    """An evaluator's name, likewise."""
    for scheme in (ctx.scheme, *read.schemes().values()):
        for judge in scheme.evaluators:
            if judge.id == code:
                return ctx.names_of(judge.names)
    return code


def day_of(kind: str, body: Mapping[str, Any]) -> str:
    """The day by which a record belongs to a period (ISO)."""
    if kind in MORE:
        return MORE[kind].day(body)
    if kind in (ACTION, EVALUATION):
        return str(body.get("end") or body["start"])
    return str(body["day"])


def title(ctx: Context, record: Record) -> str:
    """A record in a few words."""
    if record.kind in MORE:
        return MORE[record.kind].title(ctx, record)
    body = record.body
    if record.kind == ACTION:
        return f"{ctx.name(body['unit'])} · {body['what']}"
    if record.kind == EVIDENCE:
        return f"{ctx.name(body['unit'])} · {adjustment_name(ctx, body['adjustment'])}"
    if record.kind == EXCLUSION:
        return f"{body['order_id']} · {value(ctx, EXCLUSION, 'exclusion', body)}"
    return f"{ctx.name(body['unit'])} · {evaluator_name(ctx, body['evaluator'])}"


def all_fields(kind: str) -> tuple[str, ...]:
    """What a record of a kind says, the decision included."""
    if kind in MORE:
        return MORE[kind].fields
    return (*FIELDS[kind], *(DECISION if kind in DECIDED else ()))
