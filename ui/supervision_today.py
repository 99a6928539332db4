"""Today's board (日签批): the orders that somebody must look at, one by one, each a click from a task."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from data import tasks
from data.registers.act import TASK
from data.settings import settings
from data.whistles.ledger import BAR, ORDER
from metrics.conditions import both
from metrics.exceptions import CODES, OVERDUE, SOON, URGENT
from metrics.selection import PATH
from ui import choice, drill, exceptions_of, read, tables, task_files, task_form, task_text
from ui import view as views
from ui.context import Context
from ui.flag_button import flag_button
from ui.orders_query import everywhere
from ui.panel import escape, panel
from ui.tables import Cell, Column
from ui.task_form import Draft
from words import format as fmt

ALL, LINE, WHICH = "all", "line", "code"
MOST = 100
Row = Mapping[Any, Any]


def board(ctx: Context) -> None:
    """The sentence, the choice of one reason, the list, the chosen line."""
    every = exceptions_of.conditions(ctx)
    within = everywhere(ctx)
    count = exceptions_of.counts(ctx, every, within)
    st.markdown(f"#### {escape(headline(ctx, count))}")
    if not count[""]:
        return
    options = [ALL, *(code for code in CODES if count[code])]
    which = choice.choose(
        ctx, WHICH, options, ALL, title=ctx.say("supervision.which"), kind="segments", bare=True,
        label=lambda code: ctx.say(
            "supervision.which_n", name=ctx.say(f"supervision.code.{code}"),
            n=fmt.number(count["" if code == ALL else code], ctx.lang),
        ),
    )  # fmt: skip
    total = count["" if which == ALL else which]
    found = shown(ctx, which, MOST)
    with panel(
        ctx.say("supervision.today_title", name=ctx.say(f"supervision.code.{which}"), n=fmt.number(total, ctx.lang)),
        ctx.say("supervision.today_note", now=fmt.moment(ctx.until, ctx.lang), scheme=ctx.names_of(ctx.scheme.names)),
        key="today",
    ):  # fmt: skip
        chosen = listing(ctx, found)
        under(ctx, which, total, len(found))
    if chosen is not None:
        one(ctx, chosen)


def shown(ctx: Context, which: str, limit: int | None) -> pd.DataFrame:
    """The orders of one reason, or of any, the most pressing first."""
    every = exceptions_of.conditions(ctx)
    within = everywhere(ctx)
    if which != ALL:
        within = both(within, every[which])
    return exceptions_of.lines(ctx, every, within, limit)


def headline(ctx: Context, count: Mapping[str, int]) -> str:
    """How many orders need somebody today, and why."""
    if not count[""]:
        return ctx.say("supervision.nothing_today")
    parts = [
        ctx.say(f"supervision.count.{code}", n=fmt.number(count[code], ctx.lang))
        for code in (OVERDUE, SOON, URGENT, "returned", "repeated", "dissatisfied", "flagged")
        if count[code]
    ]
    return ctx.say(
        "supervision.headline_today", n=fmt.number(count[""], ctx.lang),
        parts=ctx.say("ui.list_comma").join(parts),
    )  # fmt: skip


def why(ctx: Context, row: Row) -> str:
    """Every reason why an order stands on the board."""
    names = [ctx.say(f"supervision.code.{code}") for code in CODES if row[f"is_{code}"]]
    return ctx.say("ui.list_comma").join(names)


def left_words(ctx: Context, hours: float) -> str:
    """Hours left or over; beyond two days in days."""
    key = "over" if hours < 0 else "left"
    size = abs(hours)
    if size >= 48:
        return ctx.say(f"supervision.days_{key}", n=fmt.number(size / 24, ctx.lang, 0))
    return ctx.say(f"supervision.hours_{key}", n=fmt.number(size, ctx.lang, 1))


def path_of(row: Row) -> str:
    """An order's category path of two levels."""
    return PATH.join(str(row[n]) for n in ("category1", "category2") if isinstance(row[n], str))


def about(row: Row) -> str:
    """What an order is about, in its own words."""
    return str(next((row[n] for n in ("title", "content") if isinstance(row[n], str)), ""))[:80]


def frame(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The list's cells."""
    known = read.recorded(TASK)
    rows = []
    for row in found.to_dict("records"):
        mine = tasks.of_source(known, ORDER, f"{row['source']}{BAR}{row['order_id']}")
        left = row["left"]
        rows.append(
            {
                "order_id": row["order_id"], "about": about(row),
                "category": ctx.path_name(path_of(row)) if path_of(row) else "",
                "unit": ctx.name(row["unit"]), "why": why(ctx, row),
                "left": None if pd.isna(left) else Cell(
                    float(left), left_words(ctx, float(left)), ctx.colours.bad if left < 0 else ""),
                "task": task_text.standing(ctx, mine[-1]) if mine else "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows, dtype="object")


def listing(ctx: Context, found: pd.DataFrame) -> dict[Hashable, Any] | None:
    """The table; the order chosen by click or link."""
    ids = [f"{s}{BAR}{o}" for s, o in zip(found["source"], found["order_id"], strict=True)]
    wanted = st.query_params.get(LINE)
    widths = {"order_id": 150, "why": 200, "left": 110, "unit": 170, "category": 230, "about": 330, "task": 170}  # fmt: skip
    columns = [
        Column(
            name,
            ctx.say(f"supervision.column.{name}"),
            "",
            width + 70 * (ctx.lang == "en" and name == "unit"),
            text=name != "left",
        )
        for name, width in widths.items()
    ]

    def choose(row: int | None) -> None:
        choice.keep(LINE, None if row is None else ids[row])

    tables.show(
        frame(ctx, found), columns, key=f"today-{ctx.lang}", alt=ctx.say("supervision.today_alt"),
        empty="–", most=470, selected=ids.index(wanted) if wanted in ids else None,
        on_select=None if ctx.view.present else choose,
    )  # fmt: skip
    return found.iloc[ids.index(wanted)].to_dict() if wanted in ids else None


def under(ctx: Context, which: str, total: int, listed: int) -> None:
    """How many more there are, the way to all of them, and the export of all."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        text = ctx.say("supervision.click") if not ctx.view.present else ""
        if total > listed:
            text = f"{ctx.say('supervision.more', n=fmt.number(total - listed, ctx.lang))} {text}"
        st.caption(escape(text.strip()))
        if which != ALL:
            st.page_link(
                "pages/orders.py", label=ctx.say("supervision.all_orders", n=fmt.number(total, ctx.lang)),
                icon=":material/receipt_long:", query_params=drill.drill(ctx, f"today.{which}"),
            )  # fmt: skip
        task_files.downloads(ctx, lambda: export(ctx, which), key=f"today-{which}")


def export(ctx: Context, which: str) -> pd.DataFrame:
    """Every line of the board as a table."""
    found = shown(ctx, which, None)
    cells = frame(ctx, found)
    out = pd.DataFrame(
        {
            ctx.say(f"supervision.column.{name}"): cells[name]
            for name in ("order_id", "unit", "category", "about", "why", "task")
        }
    )
    out[ctx.say("supervision.column.due")] = found["due"].to_numpy()
    out[ctx.say("supervision.column.hours")] = found["left"].round(1).to_numpy()
    return out


def one(ctx: Context, row: Mapping[Hashable, Any]) -> None:
    """A chosen line: why, where it stands, the way to the order, the task."""
    id_ = f"{row['source']}{BAR}{row['order_id']}"
    words = sentence(ctx, row)
    with panel(f"{row['order_id']} · {about(row)}", words, key="line"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(
                "pages/orders.py", label=ctx.say("supervision.to_order"), icon=":material/receipt_long:",
                query_params={**views.params(ctx.view), drill.ORDER: id_},
            )  # fmt: skip
            flag_button(ctx, str(row["source"]), str(row["order_id"]))
        found = task_form.of_source((ORDER, id_))
        if found:
            task_form.state(ctx, found[-1])
        if not found or found[-1].body["state"] not in ("open", "doing"):
            st.markdown(f"**{escape(ctx.say('task.make'))}**")
            task_form.form(ctx, draft(ctx, row, words), columns=3)


def sentence(ctx: Context, row: Row) -> str:
    """A line to be read out."""
    left = row["left"]
    return ctx.say(
        "supervision.line", unit=ctx.name(row["unit"]), why=why(ctx, row),
        left=ctx.say("supervision.no_clock") if pd.isna(left) else left_words(ctx, float(left)),
    )  # fmt: skip


def draft(ctx: Context, row: Row, words: str) -> Draft:
    """The task that a line suggests: its unit, due by the order's clock or the next working day."""
    now = task_text.today()
    due: date | None = None if pd.isna(row["due"]) else row["due"].date()
    unit = row["unit"] if isinstance(row["unit"], str) else None
    title = ctx.say("supervision.task_title", order=row["order_id"], about=about(row)[:60])
    return Draft(
        (ORDER, f"{row['source']}{BAR}{row['order_id']}"), title, unit,
        tasks.suggested_due(now, 1, settings().country, due), words, "day",
    )  # fmt: skip
