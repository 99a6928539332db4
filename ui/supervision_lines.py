"""A list of lines on a weekly or monthly board: sentences, each with a way to it and a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data.registers.act import TASK
from data.settings import settings
from data.tasks import of_source, suggested_due
from ui import read, task_files, task_form, task_text
from ui import view as views
from ui.context import Context
from ui.panel import escape, panel

MOST = 6


@dataclass(frozen=True)
class Line:
    """One sentence: what it is about (kind, id), the unit, the task it suggests, the page behind it."""

    source: tuple[str, str]
    text: str
    task: str
    unit: str | None = None
    page: str = ""
    params: dict[str, Any] = field(default_factory=dict)


def section(
    ctx: Context,
    name: str,
    lines: Sequence[Line] | None,
    *,
    board: str,
    days: int,
    note: str = "",
    total: int | None = None,
) -> None:
    """A titled list; ``None``: not computed. ``days``: working days a task of it is given.

    ``total``: how many there are where not all were worked out.
    """
    count = len(lines or ()) if total is None else total
    key = f"supervision.section.{name}"
    if lines is None:
        title = ctx.say(f"{key}.title")
    else:
        title = ctx.say(f"{key}.count", n=count) if count else ctx.say(f"{key}.none")
    with panel(title, note or ctx.say(f"{key}.note"), key=f"section-{name}"):
        if lines is None:
            st.caption(ctx.say("supervision.not_computed"))
            return
        due = suggested_due(task_text.today(), days, settings().country)
        for line in lines[:MOST]:
            _line(ctx, line, board, due)
        if len(lines) > MOST:
            with st.expander(
                ctx.say("supervision.more", n=count - MOST), key=f"more-{name}-{ctx.lang}"
            ):
                for line in lines[MOST : MOST + 30]:
                    _line(ctx, line, board, due)
        if lines:
            task_files.downloads(ctx, lambda: table(ctx, lines), key=f"{board}-{name}")


def _line(ctx: Context, line: Line, board: str, due: date) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(escape(line.text), width="stretch")
        if line.page:
            st.page_link(
                line.page, label=ctx.say("supervision.look"), icon=":material/arrow_outward:",
                query_params={**views.params(ctx.view), **line.params},
            )  # fmt: skip
        task_form.task_button(
            ctx, line.source, line.task, line.unit, due, why=line.text, board=board
        )


def table(ctx: Context, lines: Sequence[Line]) -> pd.DataFrame:
    """All lines of a list with their unit and the task made of them."""
    known = read.recorded(TASK)
    rows = []
    for line in lines:
        mine = of_source(known, *line.source)
        rows.append(
            {
                ctx.say("supervision.column.line"): line.text,
                ctx.say("supervision.column.unit"): ctx.name(line.unit) if line.unit else "",
                ctx.say("supervision.column.task"): task_text.standing(ctx, mine[-1]) if mine else "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
