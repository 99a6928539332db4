"""Repeat points: addresses complained about again and again, their chains, what comes back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.places import orders_of_point
from ui import choice, read, tables
from ui import places as asks
from ui import places_text as text
from ui.context import Context
from ui.panel import download, escape, no_data, panel
from ui.places import Asked
from ui.tables import Cell, Column, headings
from words import format as fmt

POINT = "point"
WALL, EXAMPLES = 10, 6


def section(ctx: Context, what: Asked) -> None:
    """The whole section."""
    found = asks.points(what)
    if found.empty:
        no_data(ctx, "page.places.no_points")
        return
    st.markdown(f"#### {escape(_headline(ctx, found))}")
    st.caption(escape(ctx.say("page.places.point_note", day=fmt.day(what.as_of, ctx.lang))))
    codes = found["place_key"].tolist()
    chosen = choice.chosen(POINT, codes, codes[0])

    def choose(row: int | None) -> None:
        choice.keep(POINT, None if row is None else codes[row], codes[0])

    columns, table = _columns(ctx), cells(ctx, found)
    title = ctx.say("page.places.points_title", n=fmt.number(len(found), ctx.lang))
    left, right = st.columns([8, 5], gap="small")
    with left, panel(title, ctx.say("page.places.points_note"), key="places-points"):
        tables.show(
            table.head(WALL) if ctx.view.present else table, columns,
            key=f"places-points-{ctx.lang}", alt=title, empty=ctx.say("format.no_data"),
            strong=("n",), most=520,
            selected=None if ctx.view.present else codes.index(chosen),
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key="places-repeat-points")
    with right:
        _one(ctx, what, found[found["place_key"] == chosen].iloc[0].to_dict())


def _headline(ctx: Context, found: pd.DataFrame) -> str:
    return ctx.say(
        "page.places.points_headline", n=fmt.number(len(found), ctx.lang),
        first=text.point(ctx, found.iloc[0].to_dict()),
    )  # fmt: skip


def _one(ctx: Context, what: Asked, row: dict[Any, Any]) -> None:
    with panel(text.address(ctx, row), text.one_note(ctx, row), key="places-point"):
        st.markdown(escape(text.point(ctx, row)))
        where = orders_of_point(str(row["place_key"]), what.as_of, what.category)
        orders, total = read.orders_page(where, limit=EXAMPLES)
        for one in orders.to_dict("records"):
            again = (
                f"　{ctx.say('page.places.again')}" if isinstance(one.get("repeat_of"), str) else ""
            )
            st.text(text.said(ctx, one) + again)
        if not ctx.view.present:
            label = ctx.say("page.places.see_orders_year", n=fmt.number(total, ctx.lang))
            asks.orders_link(ctx, where, label)


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.places.column")
    return [
        column("address", 290, plain=True), column("n", 70), column("callers", 90),
        column("active", 90), column("kinds", 80), column("chains", 80), column("longest", 90),
        column("recurred", 110), column("topics", 230, plain=True), column("unit", 180, plain=True),
        column("last_day", 110),
    ]  # fmt: skip


def cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The list in words and numbers."""

    def number(value: float) -> Cell:
        return Cell(float(value), fmt.number(value, ctx.lang))

    rows = []
    for row in found.to_dict("records"):
        share = row["recurred"] / row["known"] if row["known"] else None
        last = pd.Timestamp(row["last_day"]).date()
        rows.append(
            {
                "address": text.address(ctx, row), "n": number(row["n"]),
                "callers": number(row["callers"]), "active": number(row["weeks"]),
                "kinds": number(row["kinds"]), "chains": number(row["chains"]),
                "longest": number(row["longest"]),
                "recurred": None if share is None else Cell(share, fmt.percent(share, ctx.lang, 0)),
                "topics": asks.topics(ctx, row["topics"]), "unit": text.unit(ctx, row),
                "last_day": Cell(last.toordinal(), fmt.day(last, ctx.lang, year=False)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)
