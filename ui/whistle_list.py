"""The ledger: every whistle, the longest open first; one is looked at; files in and out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data.records import Record
from data.registers import columns as file_columns
from data.registers.act import WHISTLE
from data.whistles.files import CALL, HEAD
from data.whistles.ledger import BAR, ORDER, settled
from ui import (
    choice,
    read,
    register_file,
    register_save,
    tables,
    task_files,
    whistle_form,
    whistle_one,
)
from ui import register_text as text
from ui import whistle_text as told
from ui.context import Context
from ui.panel import escape, panel
from ui.tables import Cell, Column
from ui.who import ask
from words import format as fmt

WHISTLE_PARAM = "w"
WHICH = ("open", "settled", "all")
_WIDTHS = {
    "state": 190,
    "street": 170,
    "title": 330,
    "departments": 260,
    "opened": 130,
    "open": 110,
}


def section(ctx: Context) -> None:
    """Filters and buttons, the list, the whistle chosen."""
    actor = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="whistle-bar"):
        which = choice.choose(
            ctx, "which", list(WHICH), "open", title=ctx.say("whistle.which"), kind="segments",
            label=lambda code: ctx.say(f"whistle.which_{code}"),
        )  # fmt: skip
        if not ctx.view.present:
            actor = ask(ctx, "whistles")
            whistle_form.new_button(ctx, actor)
            register_file.button(ctx, WHISTLE)
    register_save.told(ctx, (WHISTLE,), actor)
    if not ctx.view.present:
        register_file.taking(ctx, WHISTLE, actor)
    chosen = _listing(ctx, kept(ctx, which))
    if chosen is not None:
        whistle_one.one(ctx, chosen)


def kept(ctx: Context, which: str) -> list[Record]:
    """The whistles under the filters, open ones first, the longest open first."""
    units = set(ctx.view.units)
    out = []
    for whistle in read.recorded(WHISTLE):
        body = whistle.body
        done = settled(body)
        mine = not units or units & {body["street"], *(c["department"] for c in body["calls"])}
        if mine and which in ("all", "settled" if done else "open"):
            out.append(whistle)
    return sorted(out, key=lambda w: (settled(w.body), -told.hours_open(w.body)))


def _listing(ctx: Context, found: Sequence[Record]) -> Record | None:
    ids = [w.id for w in found]
    wanted = st.query_params.get(WHISTLE_PARAM)
    title = ctx.say("whistle.list_title", n=fmt.number(len(found), ctx.lang))
    with panel(title, ctx.say("whistle.list_note"), key="whistles"):
        if not found:
            st.caption(ctx.say("whistle.list_empty"))
        else:
            columns = [
                Column(n, ctx.say(f"whistle.column.{n}"), "", w, text=n != "open")
                for n, w in _WIDTHS.items()
            ]

            def choose(row: int | None) -> None:
                choice.keep(WHISTLE_PARAM, None if row is None else ids[row])

            tables.show(
                frame(ctx, found), columns, key=f"whistles-{ctx.lang}", alt=escape(title), empty="",
                most=420, selected=ids.index(wanted) if wanted in ids else None,
                on_select=None if ctx.view.present else choose,
            )  # fmt: skip
            task_files.downloads(ctx, lambda: export(ctx, found), key="whistles")
    return next((w for w in read.recorded(WHISTLE) if w.id == wanted), None)


def frame(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    """The list's cells."""
    rows = []
    for whistle in found:
        hours = told.hours_open(whistle.body)
        rows.append(
            {
                "state": told.state(ctx, whistle.body), "street": ctx.name(whistle.body["street"]),
                "title": whistle.body["title"],
                "departments": ctx.say("ui.list_comma").join(
                    ctx.name(c["department"]) for c in whistle.body["calls"]),
                "opened": text.MORE[WHISTLE].day(whistle.body),
                "open": Cell(hours, fmt.hours(hours, ctx.lang)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, dtype="object")


def export(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    """A row per called department under the headings of the template: it can be taken in again."""
    names = file_columns.fields(WHISTLE)
    rows = []
    for whistle in found:
        body = whistle.body
        source, _, order_id = str(body["source_id"]).partition(BAR)
        mine = source and body["source_kind"] == ORDER
        own = {
            "id": whistle.id,
            "source": source if mine else None,
            "order_id": order_id if mine else None,
        }
        for call in body["calls"]:
            values = {n: body.get(n) for n in HEAD} | own | {n: call[n] for n in CALL}
            for name in ("called_at", "arrived_at", "settled_at"):
                values[name] = str(values[name]).replace("T", " ") if values[name] else None
            rows.append({file_columns.heading(WHISTLE, n, ctx.lang): values[n] for n in names})
    return pd.DataFrame(rows)
