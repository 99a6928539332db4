"""The list of orders: search, drill-down chip, table, paging."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import streamlit as st

from metrics.conditions import both, test
from metrics.selection import PATH
from ui import read
from ui.choice import choose, keep
from ui.context import Context
from ui.drill import CLOCK, PARAM, SEARCH, SPAN, Drill, compact
from ui.orders_query import (
    EVERYWHERE,
    PAGE,
    PAGE_SIZE,
    SORT,
    SORTS,
    Query,
    open_order,
    page_number,
)
from ui.panel import escape, no_data
from ui.values import Namer, column, namer
from ui.words_of import words_of
from words import format as fmt

_TABLE = "orders-table"
_WIDTHS = {"text": 300, "category": 220, "place": 200, "unit": 200}


def search_bar(ctx: Context, query: Query) -> None:
    """Search, order and the switch that leaves the period aside."""
    if ctx.view.present:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="orders-search"):
        key = f"orders-q-{ctx.lang}"
        st.session_state[key] = query.search
        st.text_input(
            ctx.say("page.orders.search"),
            key=key,
            placeholder=ctx.say("page.orders.search_in"),
            icon=":material/search:",
            max_chars=100,
            width=420,
            on_change=lambda: keep(SEARCH, st.session_state[key].strip()),
        )
        choose(
            ctx, SORT, list(SORTS), "newest",
            title=ctx.say("page.orders.sort_by"), width=230,
            label=lambda code: ctx.say(f"page.orders.sort.{code}"),
        )  # fmt: skip
        if not (query.drill and query.drill.standing):
            every = f"orders-every-{ctx.lang}"
            st.session_state[every] = query.everywhere
            st.toggle(
                ctx.say("page.orders.everywhere"),
                key=every,
                help=ctx.say("page.orders.everywhere_help"),
                on_change=lambda: keep(SPAN, EVERYWHERE if st.session_state[every] else ""),
            )


def chips(ctx: Context, query: Query) -> None:
    """The drill-down in words, with a button that takes it away."""
    if query.bad:
        st.warning(
            ctx.say("page.orders.bad_condition", value=escape(query.bad)),
            icon=":material/link_off:",
        )
    if query.drill is None:
        return
    words = words_of(query.drill.condition, ctx.lang, naming(ctx))
    with (
        st.container(border=True, key="orders-chip"),
        st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ),
    ):
        title = drill_name(ctx, query.drill)
        text = f"**{escape(title)}**  \n:small[:gray[{escape(words)}]]" if title else escape(words)
        st.markdown(f":material/filter_alt: {text}", width="stretch")
        if not ctx.view.present:
            st.button(
                ctx.say("page.orders.remove_condition"),
                key="orders-chip-remove",
                icon=":material/close:",
                type="tertiary",
                on_click=_remove_drill,
            )


def _remove_drill() -> None:
    for name in (PARAM, CLOCK):
        st.query_params.pop(name, None)


def drill_name(ctx: Context, drill: Drill) -> str:
    """What the drill-down is called: the indicator and which of its orders, a list, or nothing."""
    if not drill.kind:
        return ""
    return ctx.say(f"page.orders.measure.{drill.kind}", name=drill.name)


def naming(ctx: Context) -> Namer:
    """Names of units, places, categories and channels in the reader's language."""
    areas = read.areas()
    places = dict(zip(areas["area"], areas[f"name_{ctx.lang}"], strict=True))
    return namer(read.names(ctx.lang), places, ctx.lang)


def found(ctx: Context, query: Query) -> int:
    """How many orders there are, the table and the paging. Returns the number."""
    asked = page_number(query)
    frame, total = _fetch(query, asked)
    pages = max(1, math.ceil(total / PAGE_SIZE))
    number = min(asked, pages)
    if number < asked:
        frame, total = _fetch(query, number)
    summary(ctx, query, total, number)
    if not total:
        no_data(ctx, "page.orders.none")
        return total
    _table(ctx, frame, number)
    if pages > 1:
        # The page is part of the key: a default that changes would be ignored.
        key = f"orders-page-{ctx.lang}-{number}-{pages}"
        st.pagination(
            pages, default=number, key=key,
            on_change=lambda: keep(PAGE, str(st.session_state[key]), "1"),
        )  # fmt: skip
    return total


def _fetch(query: Query, number: int) -> tuple[pd.DataFrame, int]:
    field, descending = SORTS[query.sort]
    return read.orders_page(
        query.condition, query.search, order_by=field, descending=descending,
        limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE,
    )  # fmt: skip


def summary(ctx: Context, query: Query, total: int, number: int) -> None:
    """How many orders, which of them are shown, over which time."""
    first = (number - 1) * PAGE_SIZE + 1
    span = (
        ctx.say("page.orders.all_times")
        if query.everywhere
        else ctx.say(f"page.orders.by_{query.clock}", period=ctx.period_label())
    )
    parts = [f"**{ctx.say('page.orders.total', n=fmt.number(total, ctx.lang))}**", escape(span)]
    if total:
        last = min(first + PAGE_SIZE - 1, total)
        shown = ctx.say(
            "page.orders.shown", first=fmt.number(first, ctx.lang), last=fmt.number(last, ctx.lang)
        )
        parts.append(f":gray[{shown}]")
    st.markdown(" · ".join(parts))


def _table(ctx: Context, frame: pd.DataFrame, number: int) -> None:
    table = readable(ctx, frame)
    key = f"{_TABLE}-{ctx.lang}-{number}"
    config: dict[str, Any] = {
        "close_hours": st.column_config.NumberColumn(ctx.say("field.close_hours"), format="%.1f"),
    }
    for name in table.columns:
        if name not in config:
            own = name in ("text", "category", "place")
            label = ctx.say(f"page.orders.column.{name}") if own else ctx.say(f"field.{name}")
            config[name] = st.column_config.TextColumn(label, width=_WIDTHS.get(name))
    st.dataframe(
        table,
        key=key,
        hide_index=True,
        column_config=config,
        height=min(len(table), 16) * 35 + 38,
        on_select=lambda: _picked(key, frame),
        selection_mode="single-cell",
        placeholder="",
        alt=ctx.say("page.orders.table_alt"),
    )
    st.caption(ctx.say("page.orders.click"))


def _picked(key: str, frame: pd.DataFrame) -> None:
    """A click on a row or any of its cells opens the order."""
    selection = st.session_state[key]["selection"]
    rows = [*selection.get("rows", []), *(cell[0] for cell in selection.get("cells", []))]
    if rows and 0 <= rows[0] < len(frame):
        picked = frame.iloc[rows[0]]
        open_order(str(picked["source"]), str(picked["order_id"]))


def readable(ctx: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of the list in words; answers that nobody on this page gave are left out."""
    name = naming(ctx)
    out = pd.DataFrame({"order_id": frame["order_id"]})
    out["created_at"] = [fmt.stamp(None if pd.isna(m) else m) for m in frame["created_at"]]
    out["text"] = frame["title"].fillna(frame["content"]).fillna("").str.slice(0, 120)
    out["category"] = _paths(ctx, frame)
    place = [column(frame, field, ctx.lang, name) for field in ("district", "street")]
    out["place"] = [" · ".join(p for p in pair if p) for pair in zip(*place, strict=True)]
    for field in ("unit", "status"):
        out[field] = column(frame, field, ctx.lang, name)
    out["close_hours"] = frame["close_hours"]
    for field in ("on_time", "resolution", "satisfaction", "flags"):
        out[field] = column(frame, field, ctx.lang, name)
    empty = [c for c in out.columns[2:] if not out[c].notna().any() or out[c].eq("").all()]
    return out.drop(columns=empty)


def _paths(ctx: Context, frame: pd.DataFrame) -> list[str]:
    levels = zip(frame["category1"], frame["category2"], strict=True)
    paths = [PATH.join(str(p) for p in pair if isinstance(p, str)) for pair in levels]
    named = {path: ctx.path_name(path) if path else "" for path in set(paths)}
    return [named[path] for path in paths]


def same(field: str, value: str, source: str) -> dict[str, str]:
    """URL parameters for all orders with the same place or caller, at any time."""
    condition = both(test("source", "eq", source), test(field, "eq", value))
    return {PARAM: compact(condition), SPAN: EVERYWHERE}
