"""Hot topics: the list, and the orders of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.refresh import Run
from dispatch.topics import CLEAR
from metrics.conditions import test
from ui import choice, drill, tables
from ui import dispatch as asks
from ui.context import Context
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

TOPIC = "topic"
LISTED = 12
LINKED = 80
"""More order numbers than that do not fit into a link."""
Topic = Mapping[Any, Any]


def topics(ctx: Context, run: Run) -> None:
    """The topics under the filters for place and category, hottest first; one of them in detail."""
    found = _filtered(ctx, asks.topics())
    clear = int((found["q"] <= CLEAR).sum()) if len(found) else 0
    title = ctx.say(
        "page.dispatch.topics_title",
        n=fmt.number(len(found), ctx.lang),
        clear=fmt.number(clear, ctx.lang),
    )
    note = ctx.say(
        "page.dispatch.topics_note", as_of=fmt.day(run.as_of, ctx.lang),
        looked=fmt.number(run.facts.get("looked", 0), ctx.lang),
    )  # fmt: skip
    ids = found["topic"].tolist()
    with panel(title, note, key="dispatch-topics"):
        if found.empty:
            no_data(ctx, "page.dispatch.topics_none")
            return
        wanted = choice.chosen(TOPIC, ids, ids[0])
        columns, table = _columns(ctx), _table(ctx, found)
        tables.show(
            table, columns, key=f"dispatch-topics-{ctx.lang}", alt=note, empty=ctx.say("format.no_data"),
            strong=("words",), most=430, selected=None if ctx.view.present else ids.index(wanted),
            on_select=None if ctx.view.present
            else lambda row: choice.keep(TOPIC, None if row is None else ids[row]),
        )  # fmt: skip
        st.caption(escape(ctx.say("page.dispatch.topics_limits")))
        download(ctx, lambda: tables.plain(table, columns, ctx), key="hot-topics", notes=[note])
    _one(ctx, found[found["topic"] == wanted].iloc[0].to_dict())


def _filtered(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    view = ctx.view
    if view.districts:
        found = found[found["district"].isin(view.districts)]
    if view.categories:
        names = found["category"].astype("str")
        below = tuple(path + "->" for path in view.categories)
        found = found[names.isin(view.categories) | names.str.startswith(below)]
    return found.reset_index(drop=True)


def _columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int, *, text: bool = False) -> Column:
        said = "page.dispatch.topic"
        return Column(
            name, ctx.say(f"{said}.{name}"), ctx.say(f"{said}_help.{name}"), width, text=text
        )

    return [
        column("words", 220, text=True), column("category", 190, text=True), column("where", 220, text=True),
        column("n", 70), column("callers", 80), column("places", 80), column("expected", 80),
        column("first", 100), column("last", 100), column("clear", 110, text=True),
    ]  # fmt: skip


def _table(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in found.to_dict("records"):
        callers = row["callers"]
        first, last = row["first_at"].date(), row["last_at"].date()
        rows.append(
            {
                "words": row["words"] or row["headline"], "category": ctx.path_name(row["category"]),
                "where": where(ctx, row), "n": Cell(row["n"], fmt.number(row["n"], ctx.lang)),
                "callers": None if pd.isna(callers) else Cell(callers, fmt.number(callers, ctx.lang)),
                "places": Cell(row["places"], fmt.number(row["places"], ctx.lang)),
                "expected": Cell(row["expected"], fmt.number(row["expected"], ctx.lang, 1)),
                "first": Cell(first.toordinal(), fmt.day(first, ctx.lang, year=False)),
                "last": Cell(last.toordinal(), fmt.day(last, ctx.lang, year=False)),
                "clear": ctx.say(f"page.dispatch.{'clear' if row['q'] <= CLEAR else 'chance'}"),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def where(ctx: Context, topic: Topic) -> str:
    """The place of a topic: address, else street and district, with how wide it is."""
    place = topic.get("place")
    if isinstance(place, str) and topic["level"] == "place":
        return place
    parts = [ctx.name(topic[k]) for k in ("district", "street") if isinstance(topic.get(k), str)]
    return " · ".join(parts) or ctx.say("ui.unnamed")


def _one(ctx: Context, topic: Topic) -> None:
    orders = asks.topic_orders(str(topic["topic"]))
    title = ctx.say(
        "page.dispatch.topic_title", words=topic["headline"], where=where(ctx, topic),
        n=fmt.number(topic["n"], ctx.lang), expected=fmt.number(topic["expected"], ctx.lang, 1),
    )  # fmt: skip
    with panel(
        title, ctx.say("page.dispatch.topic_note", n=min(len(orders), LISTED)), key="dispatch-topic"
    ):
        for row in orders.head(LISTED).to_dict("records"):
            st.text(f"{fmt.moment(row['created_at'], ctx.lang)}　{asks.plain(row['title'])}")
            st.caption(escape(asks.plain(row["content"])[:160].replace("\n", " ")))
        if not ctx.view.present and len(orders):
            numbers = orders["order_id"].tolist()[:LINKED]
            link = {**drill.drill(ctx, test("order_id", "in", numbers)), drill.SPAN: "all"}
            st.page_link(
                "pages/orders.py", label=ctx.say("page.dispatch.topic_orders"),
                icon=":material/arrow_forward:", query_params=link,
            )  # fmt: skip
