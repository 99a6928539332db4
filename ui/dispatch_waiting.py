"""Open orders whose recorded unit is another than the suggestion: a list to look at, not a verdict."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui import choice, tables
from ui import dispatch as asks
from ui.context import Context
from ui.drill import ORDER
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

MOST = 100


def waiting(ctx: Context, limit: float) -> None:
    """The latest open orders, those with another suggestion first and sure enough."""
    frame = asks.waiting()
    known = frame[frame["unit"].notna() & (frame["suggested"] != "")] if len(frame) else frame
    other = known[(known["unit"] != known["suggested"])] if len(known) else known
    sure = other[other["unit_sure"] >= limit] if len(other) else other
    title = ctx.say(
        "page.dispatch.waiting_title",
        n=fmt.number(len(sure), ctx.lang),
        of=fmt.number(len(known), ctx.lang),
    )
    with panel(
        title,
        ctx.say("page.dispatch.waiting_note", at=fmt.percent(limit, ctx.lang, 0)),
        key="dispatch-waiting",
    ):
        if frame.empty:
            no_data(ctx, "page.dispatch.waiting_empty")
            return
        if sure.empty:
            st.caption(
                escape(ctx.say("page.dispatch.waiting_none", n=fmt.number(len(other), ctx.lang)))
            )
            return
        sure = sure.sort_values("unit_sure", ascending=False, kind="stable").head(MOST)
        keys = [f"{s}|{n}" for s, n in zip(sure["source"], sure["order_id"], strict=True)]
        columns, table = _columns(ctx), _table(ctx, sure)

        def chosen(row: int | None) -> None:
            if row is not None:
                choice.keep(ORDER, keys[row])
                choice.keep("part", None)

        tables.show(
            table, columns, key=f"dispatch-waiting-{ctx.lang}",
            alt=ctx.say("page.dispatch.waiting_note", at=fmt.percent(limit, ctx.lang, 0)),
            empty=ctx.say("format.no_data"), strong=("suggested",), most=560,
            selected=None, on_select=None if ctx.view.present else chosen,
        )  # fmt: skip
        st.caption(escape(ctx.say("page.dispatch.waiting_hint")))
        download(ctx, lambda: tables.plain(table, columns, ctx), key="dispatch-waiting")


def _columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int, *, text: bool = True) -> Column:
        return Column(name, ctx.say(f"page.dispatch.wait.{name}"), "", width, text=text)

    return [
        column("created", 150), column("order", 150), column("title", 250), column("category", 220),
        column("unit", 150), column("suggested", 150), column("unit_sure", 90, text=False),
    ]  # fmt: skip


def _table(ctx: Context, frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in frame.to_dict("records"):
        rows.append(
            {
                "created": fmt.moment(row["created_at"], ctx.lang), "order": row["order_id"],
                "title": asks.plain(row["title"]) or asks.plain(row["content"])[:40],
                "category": ctx.path_name(row["category"]), "unit": ctx.name(row["unit"]),
                "suggested": ctx.name(row["suggested"]),
                "unit_sure": Cell(row["unit_sure"], fmt.percent(row["unit_sure"], ctx.lang, 0)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)
