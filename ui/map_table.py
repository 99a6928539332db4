"""The table of what the map shows; a row chosen there is what a click on the map is."""

from __future__ import annotations

from typing import Any

import h3.api.basic_int as h3
import numpy as np
import pandas as pd

from data import areas
from ui import choice, map_view, read, tables
from ui import map_text as text
from ui.cells import cell, framed
from ui.context import Context
from ui.map_asked import AREAS, CHANGE, POINTS, WEEKS, Asked
from ui.map_legend import moved_text, value_text
from ui.panel import download, no_data, panel
from ui.rate_words import interval
from ui.tables import Cell, Column
from words import format as fmt

MOST = 300
WALL = 9


def table(ctx: Context, asked: Asked, rows: pd.DataFrame, at: str) -> None:
    """Places with value, n, interval or change, the greatest first."""
    title = ctx.say(
        f"page.map.table_{asked.look if asked.look == AREAS else 'cells'}",
        name=text.name(ctx, asked),
    )
    note = ctx.say("page.map.table_weeks" if asked.how == WEEKS else "page.map.table_note")
    if len(rows) > MOST:
        note = ctx.say(
            "page.map.table_most",
            n=fmt.number(MOST, ctx.lang),
            total=fmt.number(len(rows), ctx.lang),
        )
    with panel(title, note, key="map-table"):
        if rows.empty or asked.look == POINTS:
            no_data(ctx)
            return
        listed = ordered(asked, rows)
        codes = [map_view.code_text(asked, code) for code in listed["code"]]
        few = WALL if ctx.view.present else MOST
        shown, columns = built(ctx, asked, listed.head(few)), heads(ctx, asked)

        def chosen(row: int | None) -> None:
            choice.keep("at", None if row is None else codes[row])

        tables.show(
            shown, columns, key=f"map-table-{asked.look}-{ctx.lang}", alt=title,
            empty=ctx.say("format.no_data"), strong=("value",), most=470,
            selected=codes.index(at) if at in codes[:few] else None,
            on_select=None if ctx.view.present else chosen,
        )  # fmt: skip
        download(
            ctx, lambda: tables.plain(built(ctx, asked, listed), columns, ctx),
            key=f"map-{asked.look}-{asked.what}", notes=[text.note(ctx, asked)],
        )  # fmt: skip


def ordered(asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """The greatest first; what may be chance, or rests on few orders, after what does not."""
    first, value = ("real", "moved") if asked.how == CHANGE else ("small", "value")
    return rows.sort_values(
        [first, value], ascending=[asked.how != CHANGE, False], na_position="last", kind="stable"
    )


def heads(ctx: Context, asked: Asked) -> list[Column]:
    """The columns."""

    def column(key: str, width: int = 90, *, plain: bool = False) -> Column:
        return Column(key, ctx.say(f"page.map.column.{key}"), "", width, text=plain)

    first = Column(
        "place",
        ctx.say(f"page.map.column.{asked.by if asked.look == AREAS else 'cell'}"),
        "",
        150,
        pinned=True,
        text=True,
    )
    value = Column("value", text.name(ctx, asked), "", 110)
    out = (
        [first, value] if asked.look == AREAS else [first, column("inside", 120, plain=True), value]
    )
    if asked.how == CHANGE:
        return [*out, column("before", 100), column("change", 100), column("sure", 110, plain=True)]
    return (
        out
        if asked.volume
        else [
            *out,
            column("n"),
            column("interval", 120, plain=True),
            column("few", 100, plain=True),
        ]
    )


def inside(ctx: Context, cells: list[int]) -> list[str | None]:
    """The street (where there are no streets' polygons, the district) of each cell's middle."""
    at = np.array([h3.cell_to_latlng(c) for c in cells]).reshape(-1, 2)
    for level in ("street", "district"):
        found = areas.area_of(read.store(), at[:, 1], at[:, 0], level)
        if any(code is not None for code in found):
            return [None if code is None else ctx.name(code) for code in found]
    return [None] * len(cells)


def built(ctx: Context, asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as cells."""
    records = rows.to_dict("records")
    columns: dict[str, Any] = {
        "place": [ctx.name(r["code"]) if asked.look == AREAS else map_view.code_text(asked, r["code"]) for r in records],
        "value": [cell(r["value"], value_text(ctx, asked, r["value"])) for r in records],
    }  # fmt: skip
    if asked.look != AREAS:
        columns["inside"] = inside(ctx, [int(r["code"]) for r in records])
    if asked.how == CHANGE:
        columns["before"] = [
            cell(r["before_value"], value_text(ctx, asked, r["before_value"])) for r in records
        ]
        columns["change"] = [_moved(ctx, asked, r) for r in records]
        columns["sure"] = [
            ctx.say(f"page.map.sure.{'yes' if r['real'] else 'no'}")
            if pd.notna(r["moved"])
            else None
            for r in records
        ]
    elif not asked.volume:
        columns["n"] = [cell(r["n"], fmt.number(r["n"], ctx.lang)) for r in records]
        columns["interval"] = [
            interval(ctx, asked.indicator, r["low"], r["high"]) if pd.notna(r["low"]) and asked.indicator
            else f"{r['low']:.1f}–{r['high']:.1f}" if pd.notna(r["low"]) else None
            for r in records
        ]  # fmt: skip
        columns["few"] = [
            None
            if pd.isna(r["value"])
            else ctx.say(f"page.map.{'few_short' if r['small'] else 'enough'}")
            for r in records
        ]
    return framed(columns)


def _moved(ctx: Context, asked: Asked, row: dict[Any, Any]) -> Cell | None:
    return cell(row["moved"], moved_text(ctx, asked, row["moved"]))
