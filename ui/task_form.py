"""Making a task from any line of any page: a button, a small form that is filled in, save.

``task_button(ctx, source=("alert", id), title=…, unit=…, due=…)`` is all that another page
needs. Where there is a task to be done already it says so and leads to it instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from data import tasks
from data.records import Record, Stale
from data.registers.act import RUNNING, TASK
from data.registers.explain import fault_words
from data.registers.models import Faults
from data.settings import settings
from ui import read, task_text, who
from ui import view as views
from ui.context import Context
from ui.panel import escape
from words import format as fmt

DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60)
_TOLD = "_task_told"


@dataclass(frozen=True)
class Draft:
    """What a form is filled in with. ``unit`` that the unit list does not have is left open."""

    source: tuple[str, str]
    title: str
    unit: str | None = None
    due: date | None = None
    why: str = ""
    board: str = ""
    assist: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Tells the widgets of one draft from those of others."""
        return tasks.id_of(self.source, 0) if self.source[0] else f"new-{self.board}"


def task_button(
    ctx: Context,
    source: tuple[str, str],
    title: str,
    unit: str | None = None,
    due: date | None = None,
    *,
    why: str = "",
    board: str = "",
    assist: Sequence[str] = (),
) -> None:
    """The button, or where the task of this thing stands. Nothing in the meeting view but the state.

    ``source``: kind and id of what it comes from; ``due``: two working days on if not said;
    ``why``: the line as it stands now; ``board``: the board of the meeting that decides it.
    """
    draft = Draft(source, title, unit, due, why, board, assist)
    found = of_source(source)
    if found:
        state(ctx, found[-1])
    if ctx.view.present or (found and found[-1].body["state"] in RUNNING):
        return
    opened = st.popover(
        ctx.say("task.make"), icon=":material/add_task:", key=f"task-pop-{draft.key}-{ctx.lang}",
        on_change="rerun", type="tertiary",
    )  # fmt: skip
    if opened.open:
        with opened:
            form(ctx, draft)


def of_source(source: tuple[str, str]) -> list[Record]:
    """The tasks made of one thing, the newest last."""
    return tasks.of_source(read.recorded(TASK), *source)


def state(ctx: Context, task: Record) -> None:
    """Where a task stands, leading to it."""
    st.page_link(
        "pages/supervision.py",
        label=ctx.say("task.has", unit=ctx.name(task.body["unit"]), standing=task_text.standing(ctx, task)),
        icon=":material/task_alt:",
        query_params={**views.params(ctx.view), "board": "tasks", "task": task.id},
    )  # fmt: skip


def form(ctx: Context, draft: Draft, *, columns: int = 1) -> None:
    """The form, filled in: title, owner, helpers, due, note, who; save."""
    key = f"{draft.key}-{ctx.lang}"
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.warning(escape(told), icon=":material/error:")
    units = read.units()["unit"].tolist()
    with st.grid(columns, min_column_width=240, gap="small"):
        title = st.text_input(
            ctx.say("task.field.title"), draft.title[:300], key=f"task-title-{key}", max_chars=300,
            autocomplete="off",
        )  # fmt: skip
        unit = st.selectbox(
            ctx.say("task.field.unit"), units, format_func=ctx.name, key=f"task-unit-{key}",
            index=units.index(draft.unit) if draft.unit in units else None,
            placeholder=ctx.say("ui.filter.choose"),
        )  # fmt: skip
        assist = st.multiselect(
            ctx.say("task.field.assist"), units, [a for a in draft.assist if a in units],
            format_func=ctx.name, key=f"task-assist-{key}", placeholder=ctx.say("ui.filter.choose"),
        )  # fmt: skip
        due = due_of(ctx, draft, key)
        note = st.text_input(
            ctx.say("task.field.note"), key=f"task-note-{key}", max_chars=500, autocomplete="off"
        )
        actor = who.ask(ctx, f"task-{key}")

    def save() -> None:
        st.session_state[_TOLD] = make(ctx, draft, title, str(unit), assist, due, note, str(actor))

    ready = bool(title.strip() and unit and actor)
    st.button(
        ctx.say("task.save"), type="primary", icon=":material/save:", key=f"task-save-{key}",
        disabled=not ready, on_click=save,
    )  # fmt: skip
    if not ready:
        st.caption(ctx.say("task.save_needs"))


def due_of(ctx: Context, draft: Draft, key: str) -> date:
    """The day due, in days from now (Streamlit's own calendar speaks English only)."""
    now = task_text.today()
    wanted = draft.due or tasks.suggested_due(now, 2, settings().country)
    days = max((wanted - now).days, 0)
    options = sorted({*DAYS, days})
    chosen = st.select_slider(
        ctx.say("task.field.due"), options, value=days, key=f"task-due-{key}",
        format_func=lambda n: ctx.say(
            "task.due_days", n=n, day=fmt.day(now + timedelta(days=n), ctx.lang, year=False)
        ),
    )  # fmt: skip
    return now + timedelta(days=int(chosen))


def make(
    ctx: Context,
    draft: Draft,
    title: str,
    unit: str,
    assist: Sequence[str],
    due: date,
    note: str,
    actor: str,
) -> str:
    """Save it; what went wrong in words, empty when nothing did."""
    try:
        tasks.make(
            read.store(), title=title, unit=unit, due=due, actor=actor, source=draft.source,
            board=draft.board, meeting=task_text.today() if draft.board else None,
            why=draft.why, note=note, assist=assist,
        )  # fmt: skip
    except Stale as stale:
        made = stale.current
        return ctx.say(
            "task.just_made", actor=made.actor if made else "",
            title=task_text.Tasks().title(ctx, made) if made else "",
        )  # fmt: skip
    except Faults as error:
        comma = ctx.say("ui.list_comma")
        return comma.join(
            f"{task_text.Tasks().label(ctx, f.field)} {fault_words(f, TASK, ctx.lang)}"
            for f in error.faults
        )
    return ""
