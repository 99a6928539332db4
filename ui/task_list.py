"""All tasks: filtered, one chosen, a new one written, handed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from data.records import Record
from data.registers.act import BOARDS, RUNNING, TASK
from data.tasks import became
from ui import choice, read, register_save, tables, task_files, task_form, task_one, task_text
from ui.context import Context
from ui.panel import escape, panel
from ui.supervision_meeting import TASK_PARAM
from ui.tables import Cell, Column
from ui.task_form import Draft
from ui.who import who
from words import format as fmt

WHICH = ("running", "late", "done", "all")
_WIDTHS = {"standing": 190, "title": 420, "unit": 180, "due": 120, "board": 110, "source": 210}


def section(ctx: Context) -> None:
    """The filters, the list, the task that is looked at."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        which = choice.choose(
            ctx, "tasks", list(WHICH), "running", title=ctx.say("task.which"), kind="segments",
            label=lambda code: ctx.say(f"task.which_{code}"),
        )  # fmt: skip
        board = choice.choose(
            ctx, "of", ["any", *BOARDS], "any", title=ctx.say("task.field.board"), width=180,
            label=lambda code: ctx.say(f"task.board.{code}"),
        )  # fmt: skip
        if not ctx.view.present:
            _new(ctx)
    register_save.told(ctx, (TASK,), who())
    found = kept(ctx, which, board)
    chosen = _listing(ctx, found)
    if chosen is not None:
        task_one.one(ctx, chosen)


def kept(ctx: Context, which: str, board: str) -> list[Record]:
    """The tasks under the filters: late ones first, then by the day they are due."""
    now = task_text.today()
    units = set(ctx.view.units)
    out = []
    for task in read.recorded(TASK):
        body = task.body
        code = became(body, now)
        wanted = {"running": body["state"] in RUNNING, "late": code == "late",
                  "done": body["state"] not in RUNNING, "all": True}[which]  # fmt: skip
        mine = not units or units & {body["unit"], *body["assist"]}
        if wanted and mine and board in ("any", body["board"]):
            out.append(task)
    return sorted(out, key=lambda t: (t.body["state"] not in RUNNING, str(t.body["due"]), t.number))


def _new(ctx: Context) -> None:
    opened = st.popover(
        ctx.say("task.new"), icon=":material/add:", key=f"task-new-{ctx.lang}", on_change="rerun"
    )
    if opened.open:
        with opened:
            task_form.form(ctx, Draft(("", ""), ""))


def _listing(ctx: Context, found: Sequence[Record]) -> Record | None:
    late = sum(became(t.body, task_text.today()) == "late" for t in found)
    title = ctx.say(
        "task.list_title", n=fmt.number(len(found), ctx.lang), late=fmt.number(late, ctx.lang)
    )
    ids = [t.id for t in found]
    wanted = st.query_params.get(TASK_PARAM)
    chosen = next((t for t in read.recorded(TASK) if t.id == wanted), None)
    with panel(title, ctx.say("task.list_note"), key="tasks"):
        if not found:
            st.caption(ctx.say("task.list_empty"))
        else:
            columns = [
                Column(name, ctx.say(f"task.column.{name}"), "", width, text=True)
                for name, width in _WIDTHS.items()
            ]

            def choose(row: int | None) -> None:
                choice.keep(TASK_PARAM, None if row is None else ids[row])

            tables.show(
                frame(ctx, found), columns, key=f"tasks-{ctx.lang}", alt=escape(title), empty="",
                most=420, selected=ids.index(wanted) if wanted in ids else None,
                on_select=None if ctx.view.present else choose,
            )  # fmt: skip
            task_files.downloads(ctx, lambda: task_files.table(ctx, found), key="tasks")
    return chosen


def frame(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    """The list's cells, in words."""
    now = task_text.today()
    rows = [
        {
            "standing": task_text.standing(ctx, t), "title": t.body["title"],
            "unit": ctx.name(t.body["unit"]), "due": _due(ctx, t, now),
            "board": ctx.say(f"task.board.{t.body['board'] or 'none'}"),
            "source": task_text.source(ctx, t.body),
        }
        for t in found
    ]  # fmt: skip
    return pd.DataFrame(rows, dtype="object")


def _due(ctx: Context, task: Record, now: date) -> Cell:
    day = date.fromisoformat(str(task.body["due"]))
    late = became(task.body, now) == "late"
    return Cell((day - now).days, fmt.day(day, ctx.lang), ctx.colours.bad if late else "")
