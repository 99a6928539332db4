"""The drivers page: problems whose season comes in the next weeks."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import charts, tables
from ui import drivers as asks
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column, headings
from words import format as fmt

MOST = 14


def coming(ctx: Context) -> None:
    """What peaked in the next eight weeks in past years: when, how high, how surely."""
    after = ctx.until.date() - timedelta(days=1)
    found = asks.seasons(ctx, after)
    note = ctx.say(
        "page.drivers.season_note", start=fmt.day(after + timedelta(days=1), ctx.lang),
        end=fmt.day(after + timedelta(days=56), ctx.lang),
    )  # fmt: skip
    with panel(_title(ctx, found), note, key="drivers-season"):
        if found.empty:
            no_data(ctx, "page.drivers.season_none")
            return
        left, right = st.columns([5, 8], gap="medium")
        with left:
            shown = found.head(MOST)
            chart(_figure(ctx, shown), key=f"season-{ctx.lang}", alt=note,
                  height=max(200, 30 * len(shown) + 60))  # fmt: skip
        with right:
            tables.show(
                _cells(ctx, found), _columns(ctx), key=f"season-table-{ctx.lang}", alt=note,
                empty=ctx.say("format.no_data"), strong=("height",), most=520,
            )  # fmt: skip
        if found["chosen"].astype(bool).any():
            st.caption(escape(ctx.say("page.drivers.season_chosen")))
        st.caption(escape(ctx.say("page.drivers.season_use")))
        table = found.assign(
            past_peaks=[" ".join(str(day) for day in days) for days in found["past_peaks"]]
        )
        download(ctx, table, key="seasons", notes=[note])


def _title(ctx: Context, found: pd.DataFrame) -> str:
    if found.empty:
        return ctx.say("page.drivers.season_title_none")
    top = found.iloc[0]
    return ctx.say(
        "page.drivers.season_title", n=fmt.number(len(found), ctx.lang),
        category=ctx.path_name(top["category"]),
        day=fmt.day(top["peak_start"], ctx.lang, year=False),
        height=fmt.number(top["height"], ctx.lang, 1),
    )  # fmt: skip


def _figure(ctx: Context, shown: pd.DataFrame) -> go.Figure:
    labels = [
        ctx.say("page.drivers.season_hover", height=fmt.number(row["height"], ctx.lang, 1),
                low=fmt.number(row["low"], ctx.lang, 1), high=fmt.number(row["high"], ctx.lang, 1))
        for row in shown.to_dict("records")
    ]  # fmt: skip
    made = charts.dots(
        charts.axis_names([ctx.name(path) for path in shown["category"]]),
        shown["height"].tolist(), shown["low"].tolist(), shown["high"].tolist(), ctx.colours,
        text=labels, percent=False, reference=1.0,
    )  # fmt: skip
    ticks = [t for t in (1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200) if t <= shown["high"].max() * 1.1]
    made.update_xaxes(type="log", tickvals=ticks, ticktext=[f"×{t:g}" for t in ticks])
    return made


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.drivers.season")
    return [
        column("category", 210, plain=True), column("peak", 110), column("height", 70),
        column("span", 96, plain=True), column("last", 110), column("usual", 84),
        column("years", 100, plain=True), column("past", 150, plain=True),
    ]  # fmt: skip


def _cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in found.to_dict("records"):
        day = row["peak_start"]
        rows.append(
            {
                "category": ctx.path_name(row["category"]),
                "peak": Cell(day.toordinal(), fmt.day(day, ctx.lang, year=False)),
                "height": Cell(row["height"], "×" + fmt.number(row["height"], ctx.lang, 1)),
                "span": f"{fmt.number(row['low'], ctx.lang, 1)}–{fmt.number(row['high'], ctx.lang, 1)}",
                "last": Cell(row["last_n"], fmt.number(row["last_n"], ctx.lang)),
                "usual": Cell(row["usual"], fmt.number(row["usual"], ctx.lang)),
                "years": ctx.say("page.drivers.season_years", n=row["years"], of=row["of_years"]),
                "past": ctx.say("ui.list_comma").join(
                    fmt.day(one, ctx.lang) for one in row["past_peaks"]
                ),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)
