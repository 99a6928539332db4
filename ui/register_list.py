"""The list of a register: filtered, one record chosen, new ones written, files taken in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data.records import Record
from data.registers import DECIDED
from ui import choice, read, register_file, register_form, register_save, who
from ui import register_text as text
from ui.context import Context
from ui.panel import download, escape, panel
from ui.register_one import one
from ui.tables import Column, show
from words import format as fmt

STATES = ("all", "proposed", "accepted", "refused")
_RECORD, _STATE, _SPAN, _KIND = "rec", "state", "span", "kind"
_WIDTHS = {"what": 260, "category": 190, "document": 190, "evidence": 260, "unit": 140,
           "order_id": 160, "adjustment": 130, "evaluator": 130, "requested_by": 140}  # fmt: skip


def section(ctx: Context, kinds: Sequence[str]) -> None:
    """A register with everything that can be done to it. Several kinds are chosen between."""
    actor = None
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key="register-bar"
    ):
        kind = choice.choose(
            ctx, _KIND, list(kinds), kinds[0], title=ctx.say("page.evidence.register"),
            label=lambda code: ctx.say(f"register.{code}"), kind="segments",
        )  # fmt: skip
        span = choice.choose(
            ctx, _SPAN, ["period", "all"], "period", title=ctx.say("page.evidence.span"),
            label=lambda code: ctx.say(f"page.evidence.span_{code}"), kind="segments",
        )  # fmt: skip
        state = STATES[0]
        if kind in DECIDED:
            state = choice.choose(
                ctx, _STATE, list(STATES), STATES[0], title=ctx.say("page.evidence.state"),
                label=lambda code: _state_name(ctx, kind, code), kind="segments",
            )  # fmt: skip
        if not ctx.view.present:
            actor = who.ask(ctx, "register")
            st.button(
                ctx.say("page.evidence.add"), icon=":material/add:", key="register-add",
                on_click=register_form.opened, args=(kind,),
            )  # fmt: skip
            register_file.button(ctx, kind)
    register_save.told(ctx, tuple(kinds), actor)
    if not ctx.view.present:
        if register_form.is_open(kind):
            register_form.form(ctx, kind, actor)
        register_file.taking(ctx, kind, actor)
    found = _kept(ctx, kind, span, state)
    chosen = _table(ctx, kind, found)
    if chosen is not None:
        one(ctx, chosen, actor)


def _width(ctx: Context, name: str) -> int:
    wide = 60 if ctx.lang == "en" and name in ("unit", "requested_by", "adjustment") else 0
    return _WIDTHS.get(name, 110) + wide


def within(ctx: Context, records: Sequence[Record]) -> list[Record]:
    """The records that belong to the period shown."""
    first, last = ctx.period.start.date().isoformat(), ctx.period.last_day.isoformat()
    return [r for r in records if first <= text.day_of(r.kind, r.body) <= last]


def _state_name(ctx: Context, kind: str, code: str) -> str:
    return ctx.say("page.evidence.state_all") if code == "all" else text.state(ctx, kind, code)


def _kept(ctx: Context, kind: str, span: str, state: str) -> list[Record]:
    """The records under the page's filters, what waits for a decision first, newest first."""
    records = read.recorded(kind)
    if span == "period":
        records = within(ctx, records)
    if ctx.view.units:
        records = [
            r
            for r in records
            if (r.body.get("unit") or r.body.get("requested_by")) in ctx.view.units
        ]
    if state != STATES[0]:
        records = [r for r in records if r.body["state"] == state]
    newest = sorted(records, key=lambda r: text.day_of(kind, r.body), reverse=True)
    return sorted(newest, key=lambda r: r.body.get("state") != "proposed")


def _table(ctx: Context, kind: str, found: Sequence[Record]) -> Record | None:
    """The list; returns the record chosen by click or link."""
    waiting = sum(r.body.get("state") == "proposed" for r in found)
    code = "list_title" if kind in DECIDED else "list_plain"
    title = ctx.say(
        f"page.evidence.{code}", register=ctx.say(f"register.{kind}"),
        n=fmt.number(len(found), ctx.lang), waiting=fmt.number(waiting, ctx.lang),
    )  # fmt: skip
    ids = [r.id for r in found]
    wanted = st.query_params.get(_RECORD)
    with panel(title, ctx.say(f"page.evidence.list_note.{kind}"), key="register"):
        if not found:
            st.caption(ctx.say("page.evidence.list_empty"))
        else:
            frame = frame_of(ctx, kind, found)
            shown = [
                Column(name, text.label(ctx, kind, name), "", _width(ctx, name), text=True)
                for name in text.LISTED[kind]
            ]

            def choose(row: int | None) -> None:
                choice.keep(_RECORD, None if row is None else ids[row])

            show(
                frame, shown, key=f"register-{kind}-{ctx.lang}", alt=escape(title), empty="", most=420,
                selected=ids.index(wanted) if wanted in ids else None,
                on_select=None if ctx.view.present else choose,
            )  # fmt: skip
            download(ctx, lambda: export(ctx, kind, found), key=f"register-{kind}")
    return next((r for r in found if r.id == wanted), None)


def frame_of(ctx: Context, kind: str, found: Sequence[Record]) -> pd.DataFrame:
    """The list's cells, in words."""
    rows = [{n: text.value(ctx, kind, n, r.body) for n in text.LISTED[kind]} for r in found]
    return pd.DataFrame(rows, columns=list(text.LISTED[kind]))


def export(ctx: Context, kind: str, found: Sequence[Record]) -> pd.DataFrame:
    """Every field of the records, with number, revision and writer; it can be taken in again."""
    names = text.all_fields(kind)
    rows = [
        {
            **{text.label(ctx, kind, n): _plain(ctx, kind, n, r) for n in names if n != "levels"},
            **_levels(ctx, kind, r),
            ctx.say("page.evidence.column.id"): r.id,
            ctx.say("page.evidence.column.revision"): r.revision,
            ctx.say("page.evidence.column.actor"): r.actor,
        }
        for r in found
    ]
    return pd.DataFrame(rows)


def _levels(ctx: Context, kind: str, record: Record) -> dict[str, object]:
    if "levels" not in record.body:
        return {}
    levels = record.body["levels"] or [None] * 5
    return {text.label(ctx, kind, f"level{k}"): n for k, n in enumerate(levels, start=1)}


def _plain(ctx: Context, kind: str, name: str, record: Record) -> object:
    """Days and numbers as they are, codes in words."""
    if name in (
        "start",
        "end",
        "day",
        "decided_on",
        "points",
        "lon",
        "lat",
        "numerator",
        "n",
        "category",
    ):
        return record.body.get(name)
    return text.value(ctx, kind, name, record.body)
