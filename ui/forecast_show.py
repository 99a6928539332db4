"""The forecast page, drawn: fan, parts of a day, parts of a sum, last time, back-test."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from data.refresh import Run
from ui import ahead, choice, tables
from ui import forecast as asks
from ui import forecast_figure as figures
from ui import forecast_text as text
from ui.context import Context
from ui.forecast import DAY, HISTORY, Node
from ui.forecast_marks import marks as marks_of
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column, headings
from words import format as fmt

BANDS = ("day_1_7", "day_8_14", "day_15_28", "week_1", "week_2_4", "week_5_13")
WALL = 9
"""Rows of a table in the meeting view."""


def fan(ctx: Context, run: Run, node: Node, grain: str) -> None:
    """History and what is to come, with its ranges."""
    week = asks.week_of(node)
    title = text.headline(ctx, node, week) if week else asks.name(ctx, node)
    until = pd.Timestamp(run.facts["until"])
    past = asks.history(node, until.to_pydatetime(), HISTORY[grain])
    first = past["day"].iloc[0].date()
    if grain == DAY:
        rows, x = ahead.forecast_of("days", (int(node["node"]),)), "day"
        last = rows[x].max().date() if len(rows) else until.date()
    else:
        rows, x = ahead.forecast_of("weeks", (int(node["node"]),)), "start"
        rows = rows.rename(columns={"start_day": "start"})
        past = asks.by_week(past)
        last = rows["end_day"].max().date() if len(rows) else until.date()
    note = ctx.say(f"page.forecast.fan_note_{grain}", until=fmt.day(until.date(), ctx.lang))
    with panel(title, note, key="forecast-fan"):
        if rows.empty:
            no_data(ctx)
            return
        marks = marks_of(ctx, run, node, first, last, days=grain == DAY)
        chart(
            figures.fan(ctx, past, rows, x, marks), key=f"fan-{grain}-{ctx.lang}", alt=title,
            height=340,
        )  # fmt: skip
        said = [text.verdict(ctx, node), *text.notes(ctx, node)]
        st.caption(escape(text.together(ctx, said)))
        table = pd.concat([past.rename(columns={"n": "observed"}), rows.drop(columns="node")])
        download(ctx, table, key=f"forecast-{grain}", notes=[asks.name(ctx, node), note, *said])


def drivers(ctx: Context, node: Node) -> None:
    """What makes a day more or less than the level."""
    days = ahead.forecast_of("days", (int(node["node"]),))
    title = text.drivers_title(ctx, days) if len(days) else ctx.say("page.forecast.drivers")
    note = ctx.say("page.forecast.drivers_note")
    with panel(title, note, key="forecast-drivers"):
        if days.empty or days["expected"].max() <= 0:
            no_data(ctx)
            return
        chart(
            figures.drivers(ctx, days), key=f"drivers-{ctx.lang}", alt=title, height=340
        )  # fmt: skip
        columns = ["day", "expected", "level", *text.PARTS]
        download(ctx, days[columns], key="forecast-parts", notes=[asks.name(ctx, node), note])


def last_time(ctx: Context, node: Node) -> None:
    """The forecast of four weeks ago against what came."""
    rows = ahead.forecast_of("last", (int(node["node"]),))
    title = text.last_title(ctx, rows)
    note = ctx.say("page.forecast.last_note")
    with panel(title, note, key="forecast-last"):
        if rows.empty:
            no_data(ctx, "page.forecast.last_none")
            return
        chart(
            figures.last_time(ctx, rows), key=f"last-{ctx.lang}", alt=title, height=320
        )  # fmt: skip
        table = rows.drop(columns="node")
        download(ctx, table, key="forecast-last-time", notes=[asks.name(ctx, node), note])


def split(ctx: Context, node: Node) -> None:
    """The parts of a sum: what each should bring next week, and how far that can be trusted."""
    ways = asks.splits(node)
    if not ways:
        with panel(ctx.say("page.forecast.split_finest"), key="forecast-split"):
            st.caption(escape(ctx.say("page.forecast.split_finest_note")))
        return
    with panel(
        ctx.say("page.forecast.split_title", name=asks.name(ctx, node)),
        ctx.say("page.forecast.split_note"), key="forecast-split",
    ):  # fmt: skip
        way = choice.choose(
            ctx, "split", ways, ways[0], title=ctx.say("page.forecast.split_by"), bare=True,
            label=lambda code: ctx.say(f"page.forecast.by.{code}"), kind="segments",
        )  # fmt: skip
        found = asks.parts(node, way)
        table, columns = parts_table(ctx, node, found, way), _part_columns(ctx, way)
        tables.show(
            table.head(WALL) if ctx.view.present else table, columns,
            key=f"forecast-split-{way}-{ctx.lang}", alt=ctx.say("page.forecast.split_note"),
            empty=ctx.say("format.no_data"), strong=("expected",), most=350,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key=f"forecast-by-{way}")


def _part_columns(ctx: Context, way: str) -> list[Column]:
    column = headings(ctx, "page.forecast.column")
    label = ctx.say(f"page.forecast.by.{way}")
    return [
        Column("part", label, "", 150, pinned=True, text=True), column("expected", 80),
        column("range", 110, plain=True), column("usual", 90), column("change", 80),
        column("verdict", 190, plain=True), column("notes", 150, plain=True),
    ]  # fmt: skip


def parts_table(ctx: Context, node: Node, found: pd.DataFrame, way: str) -> pd.DataFrame:
    """The sum first, then its parts."""
    whole = ahead.forecast_week()
    rows = [(ctx.say("page.forecast.sum"), row) for row in
            whole[whole["node"] == node["node"]].to_dict("records")]  # fmt: skip
    rows += [(asks.part_name(ctx, row, way), row) for row in found.to_dict("records")]
    out = []
    for label, row in rows:
        moved = text.change(row["expected"], row["usual"])
        low, high = (fmt.number(row[name], ctx.lang) for name in ("low_80", "high_80"))
        out.append(
            {
                "part": label,
                "expected": Cell(row["expected"], text.orders(ctx, row["expected"])),
                "range": f"{low}–{high}",
                "usual": None if pd.isna(row["usual"])
                else Cell(row["usual"], text.orders(ctx, row["usual"])),
                "change": None if moved is None else Cell(moved, text.changed(ctx, moved)),
                "verdict": text.short_verdict(ctx, row),
                "notes": text.short_notes(ctx, row),
            }
        )  # fmt: skip
    columns = [c.key for c in _part_columns(ctx, way)]
    return pd.DataFrame(out, columns=columns, dtype=object)


def scores(ctx: Context, node: Node) -> None:
    """The back-test beside the simple rules."""
    found = ahead.forecast_of("scores", (int(node["node"]),))
    with panel(
        ctx.say("page.forecast.scores_title"), ctx.say("page.forecast.scores_note"),
        key="forecast-scores",
    ):  # fmt: skip
        if found.empty:
            no_data(ctx, "page.forecast.untested")
            return
        columns = _score_columns(ctx)
        table = scores_table(ctx, found)
        tables.show(
            table, columns, key=f"forecast-scores-{ctx.lang}",
            alt=ctx.say("page.forecast.scores_note"), empty=ctx.say("format.no_data"),
            strong=("wape", "rmsse"),
        )  # fmt: skip
        notes = [asks.name(ctx, node), ctx.say("page.forecast.scores_note")]
        download(ctx, found.drop(columns="node"), key="forecast-backtest", notes=notes)


def _score_columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int = 82, *, plain: bool = False) -> Column:
        said = "page.forecast.score"
        return Column(
            name, ctx.say(f"{said}.{name}"), ctx.say(f"{said}_help.{name}"), width, text=plain
        )

    shares = ("wape", "wape_bar", "wape_naive", "rmsse", "rmsse_bar", "rmsse_naive", "bias",
              "coverage_50", "coverage_80", "coverage_95", "n")  # fmt: skip
    return [column("band", 120, plain=True), *(column(name) for name in shares)]


def scores_table(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """One row per distance ahead."""
    rows = []
    by_band = {row["band"]: row for row in found.to_dict("records")}
    for band in [b for b in BANDS if b in by_band]:
        row = by_band[band]

        def cell(name: str, said: Callable[[float], str], row: Node = row) -> Cell | None:
            value = row[name]
            return None if pd.isna(value) else Cell(float(value), said(float(value)))

        shares = {
            name: cell(name, lambda v: fmt.percent(v, ctx.lang))
            for name in ("wape", "wape_bar", "wape_naive")
        }
        inside = {
            name: cell(name, lambda v: fmt.percent(v, ctx.lang, 0))
            for name in ("coverage_50", "coverage_80", "coverage_95")
        }
        squares = {
            name: cell(name, lambda v: fmt.number(v, ctx.lang, 2))
            for name in ("rmsse", "rmsse_bar", "rmsse_naive")
        }
        bias = cell("bias", lambda v: text.changed(ctx, v))
        n = cell("n", lambda v: fmt.number(v, ctx.lang))
        label = ctx.say(f"page.forecast.ahead.{band}")
        rows.append({"band": label, "bias": bias, "n": n, **shares, **inside, **squares})
    return pd.DataFrame(rows, columns=[c.key for c in _score_columns(ctx)], dtype=object)
