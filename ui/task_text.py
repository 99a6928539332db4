"""Tasks in words: fields, states, what they came from, what became of them, where the source is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from data.records import Record
from data.registers.act import RUNNING, TASK
from data.tasks import became
from data.whistles.ledger import ORDER, PLACE
from ui import read
from ui import register_text as text
from ui import view as views
from ui.context import Context
from ui.drill import ORDER as ORDER_PARAM
from words import format as fmt
from words import knows

FIELDS = (
    "title", "unit", "assist", "due", "state", "reason", "board", "meeting", "source", "why",
    "note", "made_on", "done_on",
)  # fmt: skip
_DAYS = ("due", "meeting", "made_on", "done_on")


class Tasks:
    """How tasks are told, see :class:`ui.register_text.Teller`."""

    fields: tuple[str, ...] = FIELDS

    def label(self, ctx: Context, name: str) -> str:
        """What a field is called."""
        return ctx.say(f"task.field.{name}")

    def value(self, ctx: Context, name: str, body: Mapping[str, Any]) -> str:
        """A field in words; empty where there is nothing."""
        if name == "source":
            return source(ctx, body)
        found = body.get(name)
        comma = ctx.say("ui.list_comma")
        words: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(_DAYS, lambda day: fmt.day(date.fromisoformat(str(day)), ctx.lang)),
            "unit": ctx.name,
            "assist": lambda units: comma.join(map(ctx.name, units)),
            "state": lambda code: ctx.say(f"task.state.{code}"),
            "board": lambda code: ctx.say(f"task.board.{code}"),
        }
        return words.get(name, str)(found) if found else ""

    def title(self, ctx: Context, record: Record) -> str:
        """A task in a few words."""
        return f"{ctx.name(record.body['unit'])} · {record.body['title']}"

    def day(self, body: Mapping[str, Any]) -> str:
        """The day it is due."""
        return str(body["due"])


text.MORE[TASK] = Tasks()


def today() -> date:
    """The city's date: what tasks are early or late against."""
    return read.store().now().date()


def kind_name(ctx: Context, kind: str) -> str:
    """What a kind of source is called; the kind itself where nobody gave it a name."""
    key = f"task.source.{kind}"
    return ctx.say(key) if knows(key, ctx.lang) else kind


def source(ctx: Context, body: Mapping[str, Any]) -> str:
    """What a task or whistle came from: kind and, where it is a name or number, which."""
    kind, id_ = str(body["source_kind"]), str(body["source_id"])
    if not kind:
        return ""
    name = (
        id_.partition("|")[2] if kind == ORDER else ctx.name(id_) if kind in ("unit", PLACE) else ""
    )
    return f"{kind_name(ctx, kind)} {name}".strip()


def standing(ctx: Context, task: Record) -> str:
    """Where a task stands, to be read out: state, day due, how late."""
    now, due = today(), date.fromisoformat(str(task.body["due"]))
    state = ctx.say(f"task.state.{task.body['state']}")
    day = fmt.day(due, ctx.lang, year=False)
    if task.body["state"] in RUNNING:
        if due < now:
            return ctx.say("task.late", state=state, due=day, n=(now - due).days)
        return ctx.say("task.until", state=state, due=day)
    return ctx.say(f"task.became.{became(task.body, now)}")


PAGES = {
    "alert": ("pages/alerts.py", "alert"),
    "unit": ("pages/unit.py", "u"),
    "integrity": ("pages/integrity.py", ""),
    "topic": ("pages/topics.py", ""),
    "place": ("pages/places.py", ""),
}
"""Where the things that tasks come from are shown: page, and the parameter that names them."""


def source_link(ctx: Context, body: Mapping[str, Any]) -> None:
    """A link to what it came from, where there is a page for it."""
    kind, id_ = str(body["source_kind"]), str(body["source_id"])
    if kind == ORDER:
        page, more = "pages/orders.py", {ORDER_PARAM: id_}
    elif kind == "whistle":
        page, more = "pages/whistles.py", {"w": id_}
    elif kind in PAGES:
        page, name = PAGES[kind]
        more = {name: id_} if name else {}
    else:
        return
    st.page_link(
        page, label=ctx.say("task.open_source", source=source(ctx, body)),
        icon=":material/arrow_outward:", query_params={**views.params(ctx.view), **more},
    )  # fmt: skip
