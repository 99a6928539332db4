"""What the last meeting decided and what became of it; closing the meeting that is being held."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data import meetings, tasks
from data.meetings import Followed
from data.records import Record, Stale
from data.registers.act import MEETING, RUNNING, TASK
from ui import choice, read, tables, task_files, task_text, who
from ui.context import Context
from ui.panel import escape, panel
from ui.tables import Column
from words import format as fmt

MOST = 8
TASK_PARAM = "task"
_MARKS = {
    "late": ":material/priority_high:", "running": ":material/pending:",
    "done_late": ":material/check:", "done_in_time": ":material/check_circle:",
    "dropped": ":material/block:",
}  # fmt: skip


def held(board: str) -> list[Record]:
    """The closed meetings of a board, the latest last."""
    mine = [m for m in read.recorded(MEETING) if m.body["board"] == board]
    return sorted(mine, key=lambda m: (str(m.body["day"]), m.number))


def opening(ctx: Context, board: str) -> None:
    """The panel that every board opens with."""
    found = held(board)
    if not found:
        st.info(ctx.say("supervision.no_meeting"), icon=":material/event:")
        return
    last = found[-1]
    followed = meetings.follow(last, read.recorded(TASK), task_text.today())
    day = fmt.day(date.fromisoformat(str(last.body["day"])), ctx.lang, year=False)
    with panel(sentence(ctx, board, day, followed), _note(ctx, last, board), key=f"last-{board}"):
        if last.body.get("simulated"):
            st.markdown(f":orange-badge[:material/science: {ctx.say('ui.simulated')}]")
        with st.container(gap=None):
            for one in followed[:MOST]:
                _line(ctx, one)
        if len(followed) > MOST:
            with st.expander(ctx.say("supervision.more", n=len(followed) - MOST)):
                for one in followed[MOST:]:
                    _line(ctx, one)
        task_files.downloads(
            ctx, lambda: decided_table(ctx, followed), key=f"meeting-{board}-{last.body['day']}"
        )


def sentence(ctx: Context, board: str, day: str, followed: list[Followed]) -> str:
    """How many decisions, and what became of them."""
    if not followed:
        return ctx.say(
            "supervision.last_empty", board=ctx.say(f"supervision.meeting.{board}"), day=day
        )
    count = {code: sum(one.became == code for one in followed) for code in tasks.BECAME}
    parts = [
        ctx.say(f"supervision.last.{code}", n=count[code])
        for code in ("done_in_time", "done_late", "running", "late", "dropped")
        if count[code]
    ]
    return ctx.say(
        "supervision.last_meeting", board=ctx.say(f"supervision.meeting.{board}"), day=day,
        n=len(followed), parts=ctx.say("ui.list_comma").join(parts),
    )  # fmt: skip


def _note(ctx: Context, last: Record, board: str) -> str:
    parts = [
        ctx.say("supervision.closed_by", actor=last.actor, moment=fmt.moment(last.moment, ctx.lang))
    ]
    if last.body["attendees"]:
        parts.append(ctx.say("supervision.attended", names=last.body["attendees"]))
    if last.body["note"]:
        parts.append(str(last.body["note"]))
    older = _older(board, last)
    if older:
        parts.append(ctx.say("supervision.older_open", n=older))
    return " · ".join(parts)


def _older(board: str, last: Record) -> int:
    """Tasks of earlier meetings of the board that are still to be done."""
    inside = {str(d["task"]) for d in last.body["decided"]}
    return sum(
        t.body["board"] == board and t.body["state"] in RUNNING and t.id not in inside
        and str(t.body["meeting"] or "") < str(last.body["day"])
        for t in read.recorded(TASK)
    )  # fmt: skip


def _line(ctx: Context, one: Followed) -> None:
    unit, title = ctx.name(str(one.decided["unit"])), str(one.decided["title"])
    if one.task is None:
        st.markdown(
            f":small[{_MARKS['dropped']} {escape(f'{unit} · {title}')} – {escape(ctx.say('supervision.taken_out'))}]"
        )
        return
    words = task_text.standing(ctx, one.task)
    if one.moved:
        words = f"{words}{ctx.say('supervision.due_moved')}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        mark = _MARKS[one.became]
        shade = ":red" if one.became == "late" else ":gray"
        st.markdown(f":small[{shade}[{mark} {escape(words)}]]", width=250)
        if ctx.view.present:
            st.markdown(f":small[{escape(f'{unit} · {title}')}]")
        else:
            st.button(
                escape(f"{unit} · {title}"), key=f"open-{one.task.id}-{ctx.lang}", type="tertiary",
                on_click=open_task, args=(one.task.id,),
            )  # fmt: skip


def open_task(id_: str) -> None:
    """Show a task (a callback)."""
    choice.keep("board", "tasks")
    choice.keep(TASK_PARAM, id_)


def decided_table(ctx: Context, followed: list[Followed]) -> pd.DataFrame:
    """The decisions and what became of them, as a table."""
    return pd.DataFrame(
        [
            {
                ctx.say("task.field.title"): one.decided["title"],
                ctx.say("task.field.unit"): ctx.name(str(one.decided["unit"])),
                ctx.say("supervision.due_then"): one.decided["due"],
                ctx.say("task.field.due"): one.task.body["due"] if one.task else "",
                ctx.say("task.field.became"): ctx.say(f"task.became.{one.became}"),
                ctx.say("task.field.done_on"): (one.task.body["done_on"] if one.task else "") or "",
                ctx.say("task.field.reason"): one.task.body["reason"] if one.task else "",
            }
            for one in followed
        ]
    )


def meeting_day(board: str) -> date:
    """The meeting to be closed next: the earliest day with decisions that no meeting froze, else today."""
    known = {str(m.body["day"]) for m in held(board)}
    pending = {
        str(t.body["meeting"]) for t in read.recorded(TASK)
        if t.body["board"] == board and t.body["meeting"] and str(t.body["meeting"]) not in known
    }  # fmt: skip
    return date.fromisoformat(min(pending)) if pending else task_text.today()


def closing(ctx: Context, board: str) -> None:
    """What this meeting has decided so far, and the button that freezes it."""
    if ctx.view.present:
        return
    day = meeting_day(board)
    mine = meetings.decisions(read.recorded(TASK), board, day)
    there = next((m for m in held(board) if m.body["day"] == day.isoformat()), None)
    title = ctx.say("supervision.close_title", day=fmt.day(day, ctx.lang, year=False), n=len(mine))
    with panel(title, ctx.say("supervision.close_note"), key=f"close-{board}"):
        if mine:
            rows = pd.DataFrame(
                [
                    {"unit": ctx.name(t.body["unit"]), "title": t.body["title"],
                     "due": fmt.day(date.fromisoformat(str(t.body["due"])), ctx.lang)}
                    for t in mine
                ]
            )  # fmt: skip
            columns = [Column(n, ctx.say(f"task.field.{n}"), "", w, text=True)
                       for n, w in (("unit", 190), ("title", 520), ("due", 130))]  # fmt: skip
            tables.show(
                rows, columns, key=f"decided-{board}-{ctx.lang}", alt=title, empty="", most=260
            )
        key = f"{board}-{ctx.lang}"
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            attendees = st.text_input(
                ctx.say("supervision.attendees"),
                key=f"attendees-{key}",
                width=280,
                autocomplete="off",
            )
            note = st.text_input(
                ctx.say("task.field.note"), key=f"meeting-note-{key}", width=280, autocomplete="off"
            )
            actor = who.ask(ctx, f"meeting-{key}")
            st.button(
                ctx.say("supervision.close_again" if there else "supervision.close"), type="primary",
                key=f"meeting-close-{key}", icon=":material/lock:", disabled=not actor or not mine,
                on_click=_close, args=(ctx, board, day, str(actor), attendees, note, there),
            )  # fmt: skip


def _close(
    ctx: Context, board: str, day: date, actor: str, attendees: str, note: str, there: Record | None
) -> None:
    try:
        meetings.close(
            read.store(), board, day, actor=actor, attendees=attendees.strip(), note=note.strip(),
            revision=there.revision if there else 0,
        )  # fmt: skip
    except Stale as stale:
        name = stale.current.actor if stale.current else ""
        st.toast(ctx.say("supervision.close_stale", actor=name), icon=":material/sync_problem:")
