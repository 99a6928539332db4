"""Orders as evidence: a table whose rows open the order itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from metrics.conditions import Condition, both, test
from metrics.selection import Selection
from ui import read, tables
from ui import view as views
from ui.cells import framed
from ui.context import Context
from ui.drill import ORDER
from ui.integrity import unit_name
from ui.integrity_reads import bunched_orders
from ui.panel import download, panel
from ui.tables import Cell, Column
from words import format as fmt

ORDERS = ("source", "order_id")
MOST = 200
_OPEN = "_integrity_order"


def listed(
    ctx: Context, frame: pd.DataFrame, columns: Sequence[Column], *, key: str, alt: str
) -> None:
    """A table of orders; a click opens the order on the Orders page."""

    def chosen(row: int | None) -> None:
        if row is not None:
            st.session_state[_OPEN] = tuple(frame[list(ORDERS)].iloc[row])

    tables.show(
        frame, columns, key=f"{key}-{ctx.lang}", alt=alt, empty="–", most=420,
        on_select=None if ctx.view.present else chosen,
    )  # fmt: skip
    asked = st.session_state.pop(_OPEN, None)
    if asked:
        st.switch_page(
            "pages/orders.py", query_params={**views.params(ctx.view), ORDER: "|".join(asked)}
        )


def bunched(ctx: Context, span: Selection, unit: str) -> None:
    """The orders closed just before their limit, the latest first."""
    frame = bunched_orders(span, unit, MOST)
    title = ctx.say("page.integrity.bunched_title", unit=unit_name(ctx, unit), n=len(frame))
    with panel(title, ctx.say("page.integrity.click_order"), key="bunched"):
        left = (frame["due_at"] - frame["closed_at"]).dt.total_seconds() / 3600
        shown = framed(
            {
                **{name: frame[name] for name in ORDERS},
                "title": frame["title"],
                "created": [fmt.stamp(t) for t in frame["created_at"]],
                "due": [fmt.stamp(t) for t in frame["due_at"]],
                "closed": [fmt.stamp(t) for t in frame["closed_at"]],
                "left": [Cell(h, fmt.hours(float(h), ctx.lang)) for h in left],
            }
        )
        columns = [
            Column("order_id", ctx.say("field.order_id"), "", 170, True, text=True),
            Column("title", ctx.say("field.title"), "", 240, text=True),
            Column("created", ctx.say("field.created_at"), "", 140, text=True),
            Column("due", ctx.say("field.due_at"), "", 140, text=True),
            Column("closed", ctx.say("field.closed_at"), "", 140, text=True),
            Column("left", ctx.say("page.integrity.left"), "", 100),
        ]
        listed(ctx, shown, columns, key="integrity-bunched", alt=title)
        download(ctx, lambda: tables.plain(shown, columns, ctx), key="integrity-bunched")


def chains(ctx: Context, span: Selection, behind: Condition, pair: str) -> None:
    """The orders that went to and fro: first receiver, hops and returns, unit in the end."""
    time = [
        test("created_at", "ge", span.start.isoformat(sep=" ")),
        test("created_at", "lt", span.end.isoformat(sep=" ")),
    ]
    frame, total = read.orders_page(both(*time, behind), order_by="returns", limit=MOST)
    title = ctx.say(
        "page.integrity.chains_title", pair=unit_name(ctx, pair), n=fmt.number(total, ctx.lang)
    )
    note = ctx.say("page.integrity.chains_note", n=len(frame))
    with panel(title, note, key="chains"):
        shown = framed(
            {
                **{name: frame[name] for name in ORDERS},
                "title": frame["title"],
                "chain": [_chain(ctx, row) for _, row in frame.iterrows()],
                "hops": frame["hops"], "returns": frame["returns"],
                "wait": [
                    Cell(float("nan") if pd.isna(h) else float(h), fmt.hours(float(h), ctx.lang))
                    if pd.notna(h) else None
                    for h in frame["close_hours"]
                ],
            }
        )  # fmt: skip
        columns = [
            Column("order_id", ctx.say("field.order_id"), "", 170, True, text=True),
            Column("chain", ctx.say("page.integrity.chain"), "", 360, text=True),
            Column("hops", ctx.say("field.hops"), "", 80),
            Column("returns", ctx.say("field.returns"), "", 80),
            Column("wait", ctx.say("page.integrity.wait"), "", 100),
            Column("title", ctx.say("field.title"), "", 220, text=True),
        ]
        listed(ctx, shown, columns, key="integrity-chains", alt=title)
        download(ctx, lambda: tables.plain(shown, columns, ctx), key="integrity-chains")


def _chain(ctx: Context, row: pd.Series) -> str:
    """First receiver, so many moves between, unit in the end: what the data hold of the way."""
    hops = None if pd.isna(row["hops"]) else int(row["hops"])
    return ctx.say(
        "page.integrity.chain_text",
        first=ctx.name(row["first_unit"]), last=ctx.name(row["unit"]),
        hops=fmt.number(hops, ctx.lang),
    )  # fmt: skip
