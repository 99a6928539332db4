"""Tables handed out as CSV and as a workbook, their circumstances on top."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st
from openpyxl import Workbook

from data.records import Record
from data.registers.act import TASK
from data.tasks import became
from ui import register_text as text
from ui import task_text
from ui.context import Context
from ui.orders_files import cell, harmless
from ui.panel import csv
from ui.period_code import encode

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def downloads(
    ctx: Context, table: Callable[[], pd.DataFrame], *, key: str, notes: Sequence[str] = ()
) -> None:
    """Two small buttons: the table as CSV and as a workbook, made when asked for."""
    if ctx.view.present:
        return
    name = f"{key}-{encode(ctx.period)}".replace(":", "-")
    with st.container(horizontal=True, gap="small"):
        for kind, mime in (("csv", "text/csv"), ("xlsx", XLSX)):
            make = csv if kind == "csv" else xlsx

            def data(make: Callable[..., bytes] = make) -> bytes:
                return make(ctx, plain(table()), notes)

            st.download_button(
                ctx.say(f"task.export.{kind}"), data=data, file_name=f"{name}.{kind}", mime=mime,
                key=f"export-{kind}-{key}-{ctx.lang}", icon=":material/download:", type="tertiary",
                on_click="ignore",
            )  # fmt: skip


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts that a spreadsheet would run as formulas made harmless."""
    out = frame.copy()
    for name in out:
        if all(isinstance(value, str) or pd.isna(value) for value in out[name]):
            out[name] = harmless(out[name].fillna("").astype("str"))
    return out


def xlsx(ctx: Context, frame: pd.DataFrame, notes: Sequence[str] = ()) -> bytes:
    """A table as a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ctx.say("task.export.sheet"))
    for line in (*ctx.circumstances(), *notes):
        sheet.append([cell(line)])
    sheet.append([str(name) for name in frame.columns])
    values = frame.astype(object).where(frame.notna(), None)
    for row in values.itertuples(index=False, name=None):
        sheet.append([cell(value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def table(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    """Every field of some tasks, what became of them, with number, revision and writer."""
    names = (*task_text.FIELDS, "assist")
    now = task_text.today()
    days = ("due", "meeting", "made_on", "done_on")
    rows = [
        {
            **{
                text.label(ctx, TASK, n): t.body[n]
                if n in days
                else text.value(ctx, TASK, n, t.body)
                for n in dict.fromkeys(names)
            },
            ctx.say("task.field.became"): ctx.say(f"task.became.{became(t.body, now)}"),
            ctx.say("page.evidence.column.id"): t.id,
            ctx.say("page.evidence.column.revision"): t.revision,
            ctx.say("page.evidence.column.actor"): t.actor,
        }
        for t in found
    ]
    return pd.DataFrame(rows)
