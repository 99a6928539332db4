"""Orders that do not lie in the area they name: totals, pairs, and the orders of a pair."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data import areas, placed
from data.boundaries.totals_words import totals_words
from ui import data_areas_reads as reads
from ui import read, tables
from ui import view as views
from ui.cells import framed
from ui.choice import choose, keep
from ui.context import Context
from ui.drill import ORDER
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

LEVEL, PAIR = "level", "pair"
MOST = 200
_OPEN = "_areas_order"
_LISTED = ("other", "outside", "unnamed", "unbounded")


def elsewhere(ctx: Context, levels: Sequence[str]) -> None:
    """The panel of a level, and that of the chosen pair."""
    if not levels:
        with panel(
            ctx.say("page.data.areas.placed", level=ctx.say("boundaries.level.district")),
            key="placed",
        ):
            no_data(ctx, "page.data.areas.none")
        return
    level = choose(
        ctx, LEVEL, list(levels), levels[0], title=ctx.say("page.data.areas.level"),
        label=lambda code: ctx.say(f"boundaries.level.{code}"), kind="segments", bare=True,
    )  # fmt: skip
    store = read.store()
    found = reads.totals(ctx.version, level, placed.current(store))
    title = ctx.say("page.data.areas.placed", level=ctx.say(f"boundaries.level.{level}"))
    metres = fmt.number(found.metres, ctx.lang)
    with panel(title, ctx.say("page.data.areas.placed_note", metres=metres), key="placed"):
        if not found.current:
            st.info(ctx.say("page.data.areas.not_current"), icon=":material/update:")
            if st.button(ctx.say("page.data.areas.again"), key="areas-again", type="primary"):
                placed.again(store)
                st.rerun()
            return
        st.markdown("\n".join(f"- {escape(line)}" for line in totals_words(found, ctx.lang)))
        pairs = reads.pairs(ctx.version, level, True)
        pairs = pairs[pairs["kind"].isin(_LISTED)].reset_index(drop=True)
        if pairs.empty:
            st.markdown(ctx.say("page.data.areas.agree_all"))
            return
        st.caption(ctx.say("page.data.areas.caveat"))
        place = _listed(ctx, level, pairs)
    if place is not None:
        _orders(ctx, level, pairs.iloc[place])


def _name(ctx: Context, code: object, parent: object, none: str) -> str:
    if not isinstance(code, str):
        return ctx.say(f"page.data.areas.{none}")
    inside = f"{ctx.name(parent)} · " if isinstance(parent, str) else ""
    return inside + ctx.name(code)


def named_pair(ctx: Context, row: pd.Series) -> tuple[str, str]:
    """What the orders name and where their points lie, in words."""
    return (
        _name(ctx, row["named"], row["named_parent"], "blank"),
        _name(ctx, row["by_point"], row["by_point_parent"], "nowhere"),
    )


def _code(row: pd.Series) -> str:
    """A pair in the URL."""
    cells = ("kind", "named_parent", "named", "by_point_parent", "by_point")
    return "|".join(str(row[c]) if isinstance(row[c], str) else "" for c in cells)


def _listed(ctx: Context, level: str, pairs: pd.DataFrame) -> int | None:
    """The table of pairs, the most orders first; returns the place of the chosen one."""
    codes = [_code(row) for _, row in pairs.iterrows()]
    wanted = st.query_params.get(PAIR, "")
    chosen = codes.index(wanted) if wanted in codes else None
    names = [named_pair(ctx, row) for _, row in pairs.iterrows()]
    shown = framed(
        {
            "kind": [ctx.say(f"areas.kind.{kind}") for kind in pairs["kind"]],
            "named": [a for a, _ in names],
            "by_point": [b for _, b in names],
            "orders": [Cell(n, fmt.number(int(n), ctx.lang)) for n in pairs["n"]],
            "metres": [
                None if pd.isna(m) else Cell(m, fmt.number(m, ctx.lang)) for m in pairs["metres"]
            ],
        }
    )
    columns = [
        Column("kind", ctx.say("page.data.areas.kind"), "", 150, text=True),
        Column("named", ctx.say("page.data.areas.named"), "", 220, text=True),
        Column("by_point", ctx.say("page.data.areas.by_point"), "", 220, text=True),
        Column("orders", ctx.say("page.data.areas.orders"), "", 110),
        Column("metres", ctx.say("page.data.areas.metres"), "", 150),
    ]
    note = ctx.say("page.data.areas.pair_note")
    st.markdown(f":small[:gray[{escape(note)}]]")
    tables.show(
        shown, columns, key=f"areas-pairs-{level}-{ctx.lang}", alt=note, empty="–", most=400,
        selected=chosen,
        on_select=None if ctx.view.present else lambda row: keep(PAIR, "" if row is None else codes[row]),
    )  # fmt: skip
    download(
        ctx, lambda: tables.plain(shown, columns, ctx), key=f"placed-pairs-{level}",
        notes=totals_words(reads.totals(ctx.version, level, True), ctx.lang),
    )  # fmt: skip
    return chosen


def _orders(ctx: Context, level: str, row: pd.Series) -> None:
    """The orders of a pair, the farthest first; a click opens one."""
    named, by_point = named_pair(ctx, row)
    title = ctx.say(
        "page.data.areas.list",
        named=named,
        by_point=by_point,
        n=fmt.number(int(row["n"]), ctx.lang),
    )
    shown_n = fmt.number(min(int(row["n"]), MOST), ctx.lang)
    with panel(title, ctx.say("page.data.areas.list_first", n=shown_n), key="placed-orders"):
        frame = _of_pair(level, row, MOST)
        columns = [
            Column("order_id", ctx.say("field.order_id"), "", 170, True, text=True),
            Column("created", ctx.say("field.created_at"), "", 140, text=True),
            Column("title", ctx.say("field.title"), "", 260, text=True),
            Column("address", ctx.say("field.address"), "", 260, text=True),
            Column("metres", ctx.say("page.data.areas.distance"), "", 150),
        ]

        def opened(place: int | None) -> None:
            if place is not None:
                st.session_state[_OPEN] = tuple(frame[["source", "order_id"]].iloc[place])

        tables.show(
            readable(ctx, frame), columns, key=f"areas-orders-{level}-{ctx.lang}", alt=title,
            empty="–", most=420, on_select=None if ctx.view.present else opened,
        )  # fmt: skip
        asked = st.session_state.pop(_OPEN, None)
        if asked:
            query = {**views.params(ctx.view), ORDER: "|".join(asked)}
            st.switch_page("pages/orders.py", query_params=query)
        download(ctx, lambda: exported(ctx, _of_pair(level, row, None)), key=f"placed-{level}")


def _of_pair(level: str, row: pd.Series, most: int | None) -> pd.DataFrame:
    pair = tuple(row[c] if isinstance(row[c], str) else None for c in ("named", "by_point"))
    parents = tuple(
        row[c] if isinstance(row[c], str) else None for c in ("named_parent", "by_point_parent")
    )
    return areas.placed(
        read.store(), level, kinds=(row["kind"],), pair=(pair[0], pair[1]),
        parents=(parents[0], parents[1]), limit=most,
    )  # fmt: skip


def readable(ctx: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """Orders of a pair as cells."""
    return framed(
        {
            "order_id": frame["order_id"],
            "created": [fmt.stamp(t) if pd.notna(t) else None for t in frame["created_at"]],
            "title": frame["title"].where(frame["title"].notna(), None),
            "address": frame["address"].where(frame["address"].notna(), None),
            "metres": [
                None if pd.isna(m) else Cell(m, fmt.number(m, ctx.lang)) for m in frame["metres"]
            ],
        }
    )


def exported(ctx: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """Orders of a pair under headings, every one of them."""
    heads = {
        "source": ctx.say("field.source"), "order_id": ctx.say("field.order_id"),
        "created_at": ctx.say("field.created_at"), "title": ctx.say("field.title"),
        "address": ctx.say("field.address"), "lon": ctx.say("field.lon"), "lat": ctx.say("field.lat"),
        "named_parent": f"{ctx.say('page.data.areas.named')} ({ctx.say('boundaries.role.parent')})",
        "named": ctx.say("page.data.areas.named"),
        "by_point_parent": f"{ctx.say('page.data.areas.by_point')} ({ctx.say('boundaries.role.parent')})",
        "by_point": ctx.say("page.data.areas.by_point"),
        "metres": ctx.say("page.data.areas.distance"),
    }  # fmt: skip
    return frame[list(heads)].rename(columns=heads)
