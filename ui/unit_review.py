"""失分工单复盘: the very orders that cost a unit points, by cause, with the way to each and an export."""

from __future__ import annotations

import io
import math
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from openpyxl import Workbook

from metrics.linear import Linear
from ui import choice, tables
from ui import unit_text as text
from ui import view as views
from ui.context import Context
from ui.drill import ORDER
from ui.orders_files import cell, harmless
from ui.panel import csv, escape, panel
from ui.period_code import encode
from ui.tables import Cell, Column
from ui.unit_data import Profile
from ui.unit_lost import Lost
from words import format as fmt

CAUSE, PAGE = "cause", "at"
ALL = "all"
BAR = "|"
SIZE = 20
_OPEN = "_unit_order"
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def follow(ctx: Context) -> None:
    """Go to the order that was clicked in the run before, if one was."""
    wanted = st.session_state.pop(_OPEN, None)
    if wanted:
        st.switch_page("pages/orders.py", query_params={**views.params(ctx.view), ORDER: wanted})


def review(ctx: Context, mine: Profile, found: Lost) -> None:
    """The orders behind the lost points: choose a cause, page through them, take them all along."""
    with panel(
        _title(ctx, found),
        ctx.say("page.unit.review.note", period=ctx.period_label()),
        key="review",
    ):
        code = _choose(ctx, mine, found)
        rate, _, reason = ("", "", "") if code == ALL else code.partition(BAR)
        rows = found.chosen(rate, reason)
        pages = max(1, math.ceil(len(rows) / SIZE))
        number = min(_page(code), pages)
        shown = rows.iloc[(number - 1) * SIZE : number * SIZE]
        st.caption(
            ctx.say(
                "page.unit.review.shown",
                first=fmt.number((number - 1) * SIZE + 1, ctx.lang),
                last=fmt.number((number - 1) * SIZE + len(shown), ctx.lang),
                n=fmt.number(len(rows), ctx.lang), page=text.points(ctx, shown["points"].sum()),
                points=text.points(ctx, rows["points"].sum()),
            )
        )  # fmt: skip
        _table(ctx, mine, shown, number)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if pages > 1:
                key = f"unit-page-{ctx.lang}-{code}-{number}-{pages}"
                st.pagination(
                    pages, default=number, key=key,
                    on_change=lambda: choice.keep(PAGE, str(st.session_state[key]), "1"),
                )  # fmt: skip
            _export(ctx, mine, found)
        st.caption(ctx.say("page.unit.review.click"))


def _title(ctx: Context, found: Lost) -> str:
    return ctx.say(
        "page.unit.review.title",
        orders=fmt.number(len(found.orders), ctx.lang), points=text.points(ctx, found.total),
    )  # fmt: skip


def _choose(ctx: Context, mine: Profile, found: Lost) -> str:
    table = found.by(["rate", "cause"])
    names = text.rate_names(ctx, mine.linear)
    labels = {
        ALL: ctx.say(
            "page.unit.review.all",
            orders=fmt.number(len(found.orders), ctx.lang), points=text.points(ctx, found.total),
        )
    }  # fmt: skip
    for row in table.to_dict("records"):
        labels[f"{row['rate']}{BAR}{row['cause']}"] = ctx.say(
            "page.unit.review.option",
            rate=names[row["rate"]], cause=text.cause_name(ctx, row["cause"]),
            orders=fmt.number(row["orders"], ctx.lang), points=text.points(ctx, row["points"]),
        )  # fmt: skip
    return choice.choose(
        ctx, CAUSE, list(labels), ALL,
        title=ctx.say("page.unit.review.choose"), label=labels.__getitem__, width=520,
    )  # fmt: skip


def _page(code: str) -> int:
    """The page of the URL; another cause starts at the first."""
    asked = st.session_state.get("_unit_cause")
    st.session_state["_unit_cause"] = code
    if asked is not None and asked != code:
        st.query_params.pop(PAGE, None)
    given = st.query_params.get(PAGE, "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 8 else 1


def why(ctx: Context, linear: Linear, row: dict[Any, Any]) -> str:
    """All causes of one order, rate by rate."""
    names = text.rate_names(ctx, linear)
    parts = [
        ctx.say("page.unit.review.part", rate=names[rate], cause=text.cause_name(ctx, reason))
        for rate in names
        if isinstance(reason := row.get(f"cause.{rate}"), str)
    ]
    return ctx.say("ui.list_semicolon").join(parts)


def listed(ctx: Context, linear: Linear, rows: pd.DataFrame) -> pd.DataFrame:
    """Orders as they are read: number, day, title, category, cost of the choice, causes."""
    records = rows.to_dict("records")
    out = pd.DataFrame({"order_id": rows["order_id"].to_list()})
    out["created_at"] = [
        fmt.stamp(None if pd.isna(r["created_at"]) else r["created_at"]) for r in records
    ]
    out["title"] = ["" if pd.isna(r["title"]) else str(r["title"])[:120] for r in records]
    out["category"] = [text.category_name(ctx, r["category"]) for r in records]
    costs = [Cell(r["points"], text.points(ctx, r["points"])) for r in records]
    out["points"] = pd.Series(costs, dtype="object")
    out["why"] = [why(ctx, linear, r) for r in records]
    return out


def _table(ctx: Context, mine: Profile, shown: pd.DataFrame, number: int) -> None:
    said = ctx.say
    columns = [
        Column("points", said("page.unit.review.cost"), "", 80, True),
        Column("order_id", said("field.order_id"), "", 180, text=True),
        Column("created_at", said("field.created_at"), "", 140, text=True),
        Column("title", said("field.title"), "", 280, text=True),
        Column("category", said("page.orders.column.category"), "", 220, text=True),
        Column("why", said("page.unit.review.why"), "", 420, text=True),
    ]
    keys = [f"{s}{BAR}{o}" for s, o in zip(shown["source"], shown["order_id"], strict=True)]

    def opened(row: int | None) -> None:
        if row is not None and row < len(keys):
            st.session_state[_OPEN] = keys[row]

    tables.show(
        listed(ctx, mine.linear, shown), columns, key=f"unit-orders-{ctx.lang}-{number}",
        alt=said("page.unit.review.alt"), empty="", strong=("points",), most=760,
        on_select=opened,
    )  # fmt: skip


# -- export ------------------------------------------------------------------------
def _export(ctx: Context, mine: Profile, found: Lost) -> None:
    name = f"unit-{encode(ctx.period).replace(':', '-')}"
    for kind, mime, made in (("csv", "text/csv", csv_of), ("xlsx", MIME, xlsx_of)):
        st.download_button(
            ctx.say(f"page.unit.review.{kind}"),
            data=partial(made, ctx, mine, found),
            file_name=f"{name}.{kind}", mime=mime, key=f"unit-export-{kind}-{ctx.lang}",
            icon=":material/download:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def exported(ctx: Context, linear: Linear, found: Lost) -> pd.DataFrame:
    """All orders that cost points under readable headings; the costs are plain numbers."""
    rows, said = found.orders, ctx.say
    out: dict[str, Any] = {
        said("field.source"): harmless(rows["source"]),
        said("field.order_id"): harmless(rows["order_id"]),
        said("field.created_at"): rows["created_at"],
        said("field.title"): harmless(rows["title"].fillna("")),
    }
    paths = {path: text.category_name(ctx, path) for path in rows["category"].unique()}
    out[said("page.orders.column.category")] = rows["category"].map(paths).astype("str")
    out[said("page.unit.review.cost")] = rows["cost"]
    for rate, name in text.rate_names(ctx, linear).items():
        if f"cost.{rate}" not in rows:
            continue
        out[said("page.unit.review.cost_of", rate=name)] = rows[f"cost.{rate}"].fillna(0.0)
        reasons = rows[f"cause.{rate}"]
        known = {c: text.cause_name(ctx, c) for c in reasons.dropna().unique()}
        out[said("page.unit.review.why_of", rate=name)] = reasons.map(known).fillna("")
    return pd.DataFrame(out)


def notes(ctx: Context, mine: Profile, found: Lost) -> list[str]:
    """What must be known to read the export: unit, how a cost is worked out, what it adds up to."""
    return [
        ctx.say("page.unit.print_head", unit=ctx.name(mine.unit)),
        _title(ctx, found),
        ctx.say("page.unit.review.note", period=ctx.period_label()),
        *(f"{ctx.names_of(i.names)}: {ctx.names_of(i.definition)}" for i in ctx.scheme.composed),
    ]  # fmt: skip


def csv_of(ctx: Context, mine: Profile, found: Lost) -> bytes:
    """The export as CSV, its circumstances on top."""
    return csv(ctx, exported(ctx, mine.linear, found), notes(ctx, mine, found))


def xlsx_of(ctx: Context, mine: Profile, found: Lost) -> bytes:
    """The export as a workbook of one sheet, its circumstances on top."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ctx.say("page.unit.review.sheet"))
    for line in (*ctx.circumstances(), *notes(ctx, mine, found)):
        sheet.append([cell(line)])
    frame = exported(ctx, mine.linear, found)
    sheet.append(list(frame.columns))
    plain = frame.astype(object).where(frame.notna(), None)
    for values in plain.itertuples(index=False, name=None):
        sheet.append([cell(value) for value in values])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def printed(ctx: Context, mine: Profile, found: Lost, most: int) -> None:
    """The dearest orders as a table for paper."""
    rows = found.chosen("", "").head(most)
    table = listed(ctx, mine.linear, rows)
    heads = {
        "points": "page.unit.review.cost", "order_id": "field.order_id",
        "category": "page.orders.column.category", "why": "page.unit.review.why",
    }  # fmt: skip
    table["points"] = [value.text for value in table["points"]]
    note = ctx.say("page.unit.review.note", period=ctx.period_label())
    with panel(_title(ctx, found), note, key="paper-orders"):
        if len(found.orders) > most:
            total = fmt.number(len(found.orders), ctx.lang)
            st.caption(escape(ctx.say("page.unit.review.cut", n=most, total=total)))
        st.html(html_table(table, {name: ctx.say(key) for name, key in heads.items()}))


def html_table(table: pd.DataFrame, heads: dict[str, str]) -> str:
    """A frame as a plain table for paper (a canvas table would print as a picture of its window)."""
    renamed = table[list(heads)].rename(columns=heads)
    return str(renamed.to_html(index=False, border=0, classes="paper", escape=True))
