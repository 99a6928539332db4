"""Next week's risk: the sentence, the map, the list of places to visit first, one place in detail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from data.cells import FINEST
from data.places import orders_of_cell
from ui import choice, read, tables
from ui import places as asks
from ui import places_text as text
from ui.context import Context, city
from ui.header import data_time
from ui.panel import chart, download, escape, no_data, panel
from ui.places import Asked
from ui.places_figure import weeks_figure
from ui.places_map import around, risk_map
from ui.tables import Cell, Column, headings
from ui.theme import PRINT
from ui.unit_print import STYLE
from ui.unit_review import html_table
from words import format as fmt

AT = "at"
LENGTHS = ("15", "30", "60")
WALL = 10


def section(ctx: Context, what: Asked, scope: dict[str, Any]) -> None:
    """The whole section."""
    length = choice.chosen("top", LENGTHS, LENGTHS[0])
    found = asks.visits(what, int(length))
    st.markdown(f"#### {escape(text.headline(ctx, what, scope, found))}")
    st.caption(escape(text.trust(ctx, what)))
    if found.empty:
        no_data(ctx, "page.places.none_listed")
        return
    codes = [str(cell) for cell in found["cell"]]
    chosen = choice.chosen(AT, codes, codes[0])
    row = found.iloc[codes.index(chosen)].to_dict()
    left, right = st.columns([7, 5], gap="small")
    with left:
        _map(ctx, what, found, int(chosen))
    with right:
        one(ctx, what, row, codes.index(chosen) + 1)
    _list(ctx, what, found, length)


def _map(ctx: Context, what: Asked, found: pd.DataFrame, chosen: int) -> None:
    size = int(what.run.facts.get("resolution", FINEST))
    note = ctx.say("page.places.map_note", size=text.cell_size(ctx, size))
    with panel(ctx.say("page.places.map_title"), note, key="places-map"):
        sums = around(asks.cells(what), size)
        clicked = risk_map(
            ctx,
            sums,
            found,
            chosen,
            key=f"places-map-{ctx.lang}",
            alt=ctx.say("page.places.map_title"),
        )
        seen = st.session_state.get("_places_clicked")
        if clicked is not None and clicked != seen:
            st.session_state["_places_clicked"] = clicked
            choice.keep(AT, str(clicked))
            st.rerun()


def one(ctx: Context, what: Asked, row: dict[Any, Any], place: int) -> None:
    """One place: why it is listed, week by week, what people say there, its orders."""
    title = ctx.say(
        "page.places.one_title", place=fmt.number(place, ctx.lang), address=text.address(ctx, row)
    )
    with panel(title, text.one_note(ctx, row), key="places-one"):
        st.markdown(escape(text.one(ctx, row)))
        if row["history"]:
            days = asks.whole_weeks(what, len(row["history"]))
            chart(
                weeks_figure(ctx, days, row["history"], mark=row["expected"],
                             marked=ctx.say("page.places.next_week")),
                key=f"places-one-{ctx.lang}", alt=title, height=170,
            )  # fmt: skip
        for said in asks.samples(what, (int(row["cell"]),)).to_dict("records"):
            st.text(text.said(ctx, said))
        where = orders_of_cell(int(row["cell"]), what.as_of, what.category)
        total = read.orders_page(where, limit=1)[1]
        if not ctx.view.present:
            asks.orders_link(
                ctx, where, ctx.say("page.places.see_orders", n=fmt.number(total, ctx.lang))
            )


def _list(ctx: Context, what: Asked, found: pd.DataFrame, length: str) -> None:
    note = ctx.say("page.places.list_note", day=fmt.day(what.as_of, ctx.lang))
    columns, table = _columns(ctx), cells(ctx, found)
    codes = [str(cell) for cell in found["cell"]]
    chosen = choice.chosen(AT, codes, codes[0])

    def choose(row: int | None) -> None:
        choice.keep(AT, None if row is None else codes[row])

    title = ctx.say("page.places.list_title", n=fmt.number(len(found), ctx.lang))
    with panel(title, note, key="places-list"):
        if not ctx.view.present:
            choice.choose(
                ctx, "top", LENGTHS, LENGTHS[0], title=ctx.say("page.places.length"), bare=True,
                label=lambda n: ctx.say("page.places.length_n", n=n), kind="segments",
            )  # fmt: skip
        tables.show(
            table.head(WALL) if ctx.view.present else table, columns,
            key=f"places-list-{length}-{ctx.lang}", alt=title, empty=ctx.say("format.no_data"),
            strong=("expected",), most=580,
            selected=None if ctx.view.present else codes.index(chosen),
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        if not ctx.view.present:
            with st.container(horizontal=True, gap="small"):
                download(ctx, lambda: _csv(ctx, what, found), key="places-to-visit",
                         notes=[note, text.trust(ctx, what)])  # fmt: skip
                st.button(
                    ctx.say("page.places.print"), icon=":material/print:", type="tertiary",
                    key=f"places-print-{ctx.lang}", on_click=choice.keep, args=(PRINT, "1"),
                )  # fmt: skip


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.places.column")
    return [
        column("place", 60), column("address", 300, plain=True), column("expected", 110),
        column("range", 90, plain=True), column("top5", 90), column("top10", 90),
        column("topics", 260, plain=True), column("unit", 190, plain=True),
        column("class", 90, plain=True), column("visited", 200, plain=True),
        column("weeks", 170, plain=True),
    ]  # fmt: skip


def cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The list in words and numbers."""
    rows = []
    for k, row in enumerate(found.to_dict("records"), start=1):
        rows.append(
            {
                "place": Cell(k, fmt.number(k, ctx.lang)),
                "address": text.address(ctx, row),
                "expected": Cell(row["expected"], text.few(ctx, row["expected"])),
                "range": text.range_of(ctx, row),
                "top5": Cell(row["top5"], fmt.percent(row["top5"], ctx.lang, 0)),
                "top10": Cell(row["top10"], fmt.percent(row["top10"], ctx.lang, 0)),
                "topics": asks.topics(ctx, row["topics"]),
                "unit": text.unit(ctx, row),
                "class": ctx.say(f"page.places.class.{row['class']}"),
                "visited": text.visited(ctx, row),
                "weeks": asks.spark(row["history"]),
            }
        )
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def _csv(ctx: Context, what: Asked, found: pd.DataFrame) -> pd.DataFrame:
    table = tables.plain(cells(ctx, found), _columns(ctx), ctx)
    said = asks.samples(what, tuple(int(c) for c in found["cell"]))
    words = said.groupby("cell")["title"].agg(lambda titles: " / ".join(titles.dropna()))
    table[ctx.say("page.places.column.said")] = [words.get(c, "") for c in found["cell"]]
    for name in ("lon", "lat"):
        table[ctx.say(f"field.{name}")] = found[name].round(5).to_numpy()
    return table


# -- paper --------------------------------------------------------------------------------------------
def paper(ctx: Context, what: Asked, scope: dict[str, Any]) -> None:
    """The list as a sheet to take along: A4, white, nothing to press."""
    st.html(STYLE)
    with st.container(horizontal=True, key="print-tools", gap="small"):
        st.button(
            ctx.say("page.places.print_back"), icon=":material/arrow_back:", type="tertiary",
            key=f"places-back-{ctx.lang}", on_click=choice.keep, args=(PRINT, None),
        )  # fmt: skip
        if st.button(
            ctx.say("page.places.print_now"), icon=":material/print:", type="primary",
            key=f"places-now-{ctx.lang}",
        ):  # fmt: skip
            st.html("<script>window.print();</script>", unsafe_allow_javascript=True)
    found = asks.visits(what, int(choice.chosen("top", LENGTHS, LENGTHS[0])))
    st.markdown(f"## {escape(ctx.say('page.places.paper_title'))}")
    simulated = f" · {ctx.say('ui.simulated')}" if ctx.simulated else ""
    st.caption(escape(f"{city(ctx.version, ctx.lang)} · {data_time(ctx)}{simulated}"))
    st.markdown(escape(text.headline(ctx, what, scope, found)))
    said = asks.samples(what, tuple(int(c) for c in found["cell"]), 2)
    table = cells(ctx, found)
    table["said"] = [
        ctx.say("ui.list_comma").join(said.loc[said["cell"] == cell, "title"].dropna())
        for cell in found["cell"]
    ]
    plain = table.map(lambda value: getattr(value, "text", "–" if value is None else value))
    names = ("place", "address", "expected", "range", "top10", "topics", "said", "unit", "visited")
    heads = {name: ctx.say(f"page.places.column.{name}") for name in names}
    st.html(html_table(plain, heads))
    still = replace(ctx, view=replace(ctx.view, present=1))
    lines = [text.trust(still, what), ctx.say("page.places.paper_note", day=fmt.day(what.as_of, ctx.lang)),
             *ctx.circumstances()]  # fmt: skip
    st.caption("  \n".join(escape(line) for line in lines))
