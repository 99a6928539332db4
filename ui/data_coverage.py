"""Coverage: which days have orders. A day without rows is drawn as missing, never as zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import read
from ui.choice import choose
from ui.context import Context
from ui.panel import chart, download, no_data, panel
from ui.theme import fade, figure
from words import format as fmt

SPANS = 12
"""How many gaps are named in words."""


def coverage(ctx: Context) -> None:
    """One source, one year: the calendar, its gaps in words, and all years side by side."""
    days = read.daily_coverage(ctx.version)
    if days.empty:
        no_data(ctx, "page.data.coverage.none")
        return
    sources = list(days["source"].unique())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = choose(
            ctx, "source", sources, sources[0], width=240,
            title=ctx.say("field.source"), label=lambda code: code,
        )  # fmt: skip
        mine = days[days["source"] == source]
        years = [str(y) for y in sorted(mine["day"].dt.year.unique(), reverse=True)]
        year = choose(
            ctx, "year", years, years[0], width=140,
            title=ctx.say("page.data.coverage.year"), label=lambda code: code,
        )  # fmt: skip
    shown = mine[mine["day"].dt.year == int(year)]
    _calendar(ctx, shown, source, int(year))
    _years(ctx, mine)


def _calendar(ctx: Context, days: pd.DataFrame, source: str, year: int) -> None:
    gone = int(days["missing"].sum())
    title = ctx.say(
        "page.data.coverage.gone" if gone else "page.data.coverage.whole",
        year=year, n=fmt.number(gone, ctx.lang),
    )  # fmt: skip
    note = ctx.say("page.data.coverage.note", source=source, n=fmt.number(_total(days), ctx.lang))
    with panel(title, note, key="coverage"):
        chart(calendar(ctx, days, year), key="coverage-calendar", alt=title, height=290)
        if gone:
            _gaps(ctx, days)
        table = days[["day", "orders", "missing"]].assign(day=days["day"].dt.strftime("%Y-%m-%d"))
        download(ctx, table, key="coverage")


def _total(days: pd.DataFrame) -> int:
    return int(days["orders"].sum())


def gaps(days: pd.DataFrame) -> list[tuple[date, date]]:
    """Runs of days without rows: (first, last)."""
    gone = [stamp.date() for stamp in days.loc[days["missing"], "day"]]
    runs: list[tuple[date, date]] = []
    for day in gone:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _gaps(ctx: Context, days: pd.DataFrame) -> None:
    runs = gaps(days)
    words = [
        fmt.day(first, ctx.lang)
        if first == last
        else ctx.say(
            "page.data.coverage.run", first=fmt.day(first, ctx.lang), last=fmt.day(last, ctx.lang),
            n=fmt.number((last - first).days + 1, ctx.lang),
        )
        for first, last in runs[:SPANS]
    ]  # fmt: skip
    listed = ctx.say("ui.list_comma").join(words)
    key = "page.data.coverage.gaps" if len(runs) <= SPANS else "page.data.coverage.gaps_more"
    st.markdown(ctx.say(key, days=listed, n=fmt.number(len(runs), ctx.lang)))


def calendar(ctx: Context, days: pd.DataFrame, year: int) -> go.Figure:
    """Weeks across, weekdays down. Missing days are crossed boxes, days outside the data empty."""
    first = date(year, 1, 1)
    monday = first - timedelta(days=first.weekday())
    weeks = (date(year, 12, 31) - monday).days // 7 + 1
    counts: list[list[Any]] = [[None] * weeks for _ in range(7)]
    texts: list[list[str]] = [[""] * weeks for _ in range(7)]
    crosses: list[tuple[int, int, str]] = []
    for stamp, orders, missing in zip(days["day"], days["orders"], days["missing"], strict=True):
        day = stamp.date()
        week, weekday = (day - monday).days // 7, day.weekday()
        name = f"{fmt.day(day, ctx.lang)} {fmt.weekday(weekday, ctx.lang)}"
        if missing:
            words = ctx.say("page.data.coverage.no_rows", day=name)
            crosses.append((week, weekday, words))
        else:
            count = int(orders)
            counts[weekday][week] = count
            texts[weekday][week] = ctx.say(
                "page.data.coverage.day", day=name, n=fmt.number(count, ctx.lang)
            )
    return _drawn(ctx, counts, texts, crosses, monday, year)


def _drawn(
    ctx: Context,
    counts: Sequence[Sequence[Any]],
    texts: Sequence[Sequence[str]],
    crosses: Sequence[tuple[int, int, str]],
    monday: date,
    year: int,
) -> go.Figure:
    colours = ctx.colours
    steps = len(colours.ramp) - 1
    made = figure(hovermode="closest", showlegend=bool(crosses))
    made.add_trace(
        go.Heatmap(
            z=counts, text=texts, xgap=2, ygap=2, hoverongaps=False, zmin=0,
            colorscale=[[i / steps, c] for i, c in enumerate(colours.ramp)],
            hovertemplate="%{text}<extra></extra>", showlegend=False,
            colorbar={
                "orientation": "h", "thickness": 8, "len": 0.32, "x": 1, "xanchor": "right",
                "y": 1.02, "yanchor": "bottom", "outlinewidth": 0, "nticks": 4,
                "tickfont": {"color": colours.muted, "size": 11}, "ticklabelposition": "outside top",
                "ticksuffix": ctx.say("page.data.coverage.unit"), "showticksuffix": "last",
            },
        )
    )  # fmt: skip
    if crosses:
        _cross(ctx, made, crosses, len(counts[0]))
    months = [date(year, m, 1) for m in range(1, 13, 2)]
    made.update_xaxes(
        tickvals=[(m - monday).days // 7 for m in months],
        ticktext=[ctx.say(f"period.month_name.m{m.month}") for m in months], tickangle=0,
        showgrid=False, zeroline=False, range=[-0.6, len(counts[0]) - 0.4],
    )  # fmt: skip
    made.update_yaxes(
        tickvals=list(range(7)), ticktext=[fmt.weekday(d, ctx.lang) for d in range(7)],
        range=[6.5, -0.5], showgrid=False, zeroline=False,
    )  # fmt: skip
    made.update_layout(plot_bgcolor=fade(colours.grid, 0.25), margin={"t": 8}, legend={"y": 1.06})
    return made


def _cross(
    ctx: Context, made: go.Figure, crosses: Sequence[tuple[int, int, str]], weeks: int
) -> None:
    """Crossed boxes that scale with the cells, words under the pointer, an entry in the legend."""
    colour = ctx.colours.bad
    boxes = (
        f"M{x - 0.38},{y - 0.38}H{x + 0.38}V{y + 0.38}H{x - 0.38}Z"
        f"M{x - 0.38},{y + 0.38}L{x + 0.38},{y - 0.38}"
        for x, y, _ in crosses
    )
    made.add_shape(type="path", path="".join(boxes), line={"color": colour, "width": 1})
    words: list[list[str | None]] = [[None] * weeks for _ in range(7)]
    for x, y, text in crosses:
        words[y][x] = text
    made.add_trace(
        go.Heatmap(
            z=[[None if text is None else 0 for text in row] for row in words], text=words,
            opacity=0, showscale=False, hoverongaps=False, showlegend=False,
            hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=[None], y=[None], mode="markers", name=ctx.say("page.data.coverage.legend"),
            marker={"symbol": "square-x-open", "size": 12, "color": colour, "line": {"width": 1}},
        )
    )  # fmt: skip


def _years(ctx: Context, days: pd.DataFrame) -> None:
    by = days.groupby(days["day"].dt.year, sort=True)
    table = pd.DataFrame(
        {
            ctx.say("page.data.coverage.year"): [str(y) for y in by.groups],
            ctx.say("page.data.column.orders"): by["orders"].sum().astype("int64").to_numpy(),
            ctx.say("page.data.column.days"): by["missing"].agg(lambda m: int((~m).sum())).to_numpy(),
            ctx.say("page.data.column.days_missing"): by["missing"].sum().to_numpy(),
            ctx.say("page.data.column.first_day"): by["day"].min().dt.strftime("%Y-%m-%d").to_numpy(),
            ctx.say("page.data.column.last_day"): by["day"].max().dt.strftime("%Y-%m-%d").to_numpy(),
        }
    )  # fmt: skip
    with panel(ctx.say("page.data.coverage.years"), key="coverage-years"):
        st.dataframe(table, hide_index=True, alt=ctx.say("page.data.coverage.years"))
