"""One task: what it says, every revision; changed with the revision it was opened at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data import tasks
from data.records import Record
from data.registers.act import BOARDS, DROPPED, STATES, TASK
from data.registers.explain import fault_words
from data.registers.models import Faults
from ui import read, register_one, task_text, who
from ui import register_text as text
from ui.context import Context
from ui.panel import escape, panel
from ui.register_save import save
from words import format as fmt

_OPEN = "_task_open"


def one(ctx: Context, task: Record) -> None:
    """The panel of a task."""
    note = ctx.say(
        "page.evidence.revision", revision=task.revision, actor=task.actor,
        moment=fmt.moment(task.moment, ctx.lang),
    )  # fmt: skip
    with panel(text.title(ctx, task), f"{task_text.standing(ctx, task)} · {note}", key="task"):
        if task.body.get("simulated"):
            st.markdown(f":orange-badge[:material/science: {ctx.say('ui.simulated')}]")
        left, right = st.columns([3, 2], gap="medium")
        with left:
            rows = [
                (text.label(ctx, TASK, name), escape(words))
                for name in task_text.FIELDS
                if (words := text.value(ctx, TASK, name, task.body))
            ]
            st.table(dict(rows), border="horizontal")
            task_text.source_link(ctx, task.body)
            register_one.history(ctx, task)
        if not ctx.view.present:
            with right:
                edit(ctx, task)


def opened_at(task: Record) -> Record:
    """The revision that the form was opened at: what somebody else saves meanwhile makes it stale."""
    kept: Record | None = st.session_state.get(_OPEN)
    if kept is None or kept.id != task.id:
        st.session_state[_OPEN] = kept = task
    return kept


def edit(ctx: Context, task: Record) -> None:
    """The form: state, owner, helpers, day due, note; a stale edit is kept and shown."""
    base = opened_at(task)
    body = base.body
    key = f"{base.id}-{base.revision}-{ctx.lang}"
    raw: dict[str, Any] = dict(body)
    raw["state"] = st.segmented_control(
        ctx.say("task.field.state"), STATES, default=body["state"], key=f"edit-state-{key}",
        required=True, format_func=lambda code: ctx.say(f"task.state.{code}"),
    )  # fmt: skip
    if raw["state"] == DROPPED:
        raw["reason"] = st.text_input(
            ctx.say("task.field.reason"), body["reason"], key=f"edit-reason-{key}"
        )
    raw |= _who_and_when(ctx, body, key)
    raw["note"] = st.text_area(ctx.say("task.field.note"), body["note"], key=f"edit-note-{key}")
    if base.revision != task.revision:
        _moved_on(ctx, task, untouched=_same(raw, body))
    actor = who.ask(ctx, f"edit-{base.id}")

    def keep() -> None:
        _save(ctx, base, raw, str(actor))

    st.button(
        ctx.say("page.evidence.save"), type="primary", icon=":material/save:", key=f"edit-save-{key}",
        disabled=not actor, help=None if actor else ctx.say("page.evidence.name_first"), on_click=keep,
    )  # fmt: skip
    for line in st.session_state.pop("_task_faults", ()):
        st.warning(line, icon=":material/error:")


def _who_and_when(ctx: Context, body: Mapping[str, Any], key: str) -> dict[str, Any]:
    units = read.units()["unit"].tolist()
    known = units if body["unit"] in units else [body["unit"], *units]
    unit = st.selectbox(
        ctx.say("task.field.unit"), known, index=known.index(body["unit"]), format_func=ctx.name,
        key=f"edit-unit-{key}",
    )  # fmt: skip
    assist = st.multiselect(
        ctx.say("task.field.assist"), units, [a for a in body["assist"] if a in units],
        format_func=ctx.name, key=f"edit-assist-{key}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    left, right = st.columns(2)
    due = left.text_input(
        ctx.say("task.field.due"), str(body["due"]), key=f"edit-due-{key}", autocomplete="off",
        help=ctx.say("page.evidence.day_help"),
    )  # fmt: skip
    boards = ("", *BOARDS)
    board = right.selectbox(
        ctx.say("task.field.board"), boards, index=boards.index(body["board"]), key=f"edit-board-{key}",
        format_func=lambda code: ctx.say(f"task.board.{code}" if code else "task.board.none"),
    )  # fmt: skip
    meeting = body["meeting"]
    if board != body["board"]:
        meeting = task_text.today().isoformat() if board else None
    return {"unit": unit, "assist": assist, "due": due.strip(), "board": board, "meeting": meeting}


def _save(ctx: Context, base: Record, raw: Mapping[str, Any], actor: str) -> None:
    """Check and save; a faulty one is told, a stale one is kept for the panel that shows both."""
    done = raw["done_on"] if raw["state"] == base.body["state"] else None
    if raw["state"] in ("done", "checked") and base.body["done_on"]:
        done = base.body["done_on"]
    try:
        body = tasks.checked(read.store(), {**raw, "done_on": done})
    except Faults as error:
        st.session_state["_task_faults"] = [
            f"**{escape(text.label(ctx, TASK, f.field))}** {escape(fault_words(f, TASK, ctx.lang))}"
            for f in error.faults
        ]
        return
    save(ctx, TASK, base.id, base.revision, body, actor)
    st.session_state.pop(_OPEN, None)


def _same(raw: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return all(
        list(raw[k]) == list(body[k]) if k == "assist" else raw[k] == body[k] for k in body
    )  # fmt: skip


def _moved_on(ctx: Context, task: Record, *, untouched: bool) -> None:
    """Somebody else saved: an untouched form shows that, a changed one keeps what was typed."""
    if untouched:
        st.session_state.pop(_OPEN, None)
        st.rerun()
    st.info(
        ctx.say("task.moved_on", actor=task.actor, moment=fmt.moment(task.moment, ctx.lang)),
        icon=":material/sync_problem:",
    )
    st.button(
        ctx.say("task.read_anew"), key=f"edit-anew-{task.id}-{ctx.lang}", type="tertiary",
        icon=":material/refresh:", on_click=lambda: st.session_state.pop(_OPEN, None),
    )  # fmt: skip
