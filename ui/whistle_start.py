"""Where a whistle would help: orders sent about, each with a button; categories that do not fit duties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data.whistles import suggest
from data.whistles.ledger import BAR, ORDER
from metrics.conditions import Condition, both, either, test
from metrics.overdue import OPEN
from metrics.selection import PATH, Selection, category_condition
from metrics.surroundings import mismatched
from ui import drill, exceptions_of, integrity_reads, read, who
from ui import view as views
from ui.context import Context
from ui.orders_query import everywhere
from ui.panel import escape, panel
from ui.supervision_today import about
from ui.whistle_form import Draft, said, start
from ui.whistle_one import trail_words
from words import format as fmt

MOST = 12
SEEN_DAYS = 365
"""Days of closed orders from which it is read who usually settles a category."""
TOP = 5
Row = Mapping[Any, Any]


def suggestions(ctx: Context) -> None:
    """Open orders sent back and forth, each with a button; categories that do not fit duties."""
    actor = None if ctx.view.present else who.ask(ctx, "suggest")
    said(ctx)
    _bounced(ctx, actor)
    _mismatch(ctx, actor)


def _bounced(ctx: Context, actor: str | None) -> None:
    found, total = suggest.candidates(read.store(), exceptions_of.bounced(), everywhere(ctx), MOST)
    title = ctx.say(
        "whistle.bounced_title" if total else "whistle.bounced_none", n=fmt.number(total, ctx.lang)
    )
    with panel(title, ctx.say("whistle.bounced_note"), key="bounced"):
        for row in found.to_dict("records"):
            _candidate(ctx, row, actor)
        if total:
            if total > len(found):
                st.caption(ctx.say("supervision.more", n=total - len(found)))
            st.page_link(
                "pages/orders.py", label=ctx.say("supervision.all_orders", n=fmt.number(total, ctx.lang)),
                icon=":material/receipt_long:", query_params=drill.drill(ctx, exceptions_of.BOUNCED),
            )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=4)
def _settlers(version: int, start: str) -> pd.DataFrame:
    del version
    return suggest.settlers(read.store(), test("closed_at", "ge", start))


def settlers(ctx: Context) -> pd.DataFrame:
    """Who closed most of what was passed on in the last year, see :func:`data.whistles.suggest.settlers`."""
    since = ctx.until - timedelta(days=SEEN_DAYS)
    return _settlers(ctx.version, since.isoformat(sep=" "))


def draft_of(ctx: Context, row: Row) -> Draft:
    """The whistle that an order suggests: its street, who should be called, category and place."""
    units = read.units()
    local = units["unit_type"].isin(suggest.LOCAL)
    order = pd.Series(dict(row), dtype="object")
    levels = [str(row[n]) for n in ("category1", "category2") if isinstance(row[n], str)]
    return Draft(
        (ORDER, f"{row['source']}{BAR}{row['order_id']}"),
        about(row) or str(row["order_id"]),
        suggest.initiator(order, units.loc[local, "unit"].tolist()),
        suggest.called(order, settlers(ctx), units.loc[~local, "unit"].tolist()),
        PATH.join(levels),
        str(row["address"])[:200] if isinstance(row["address"], str) else "",
    )


def _candidate(ctx: Context, row: Row, actor: str | None) -> None:
    draft = draft_of(ctx, row)
    id_ = draft.source[1]
    st.markdown(
        f"**{escape(str(row['order_id']))}** {escape(about(row))}  \n"
        f":small[:gray[{escape(trail_words(ctx, {str(k): v for k, v in row.items()}))}]]"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            "pages/orders.py", label=ctx.say("supervision.to_order"), icon=":material/receipt_long:",
            query_params={**views.params(ctx.view), drill.ORDER: id_},
        )  # fmt: skip
        if draft.street is None or not draft.departments:
            st.caption(ctx.say("whistle.nobody"))
            return
        called = ctx.say("ui.list_comma").join(map(ctx.name, draft.departments))
        words = ctx.say("whistle.would_call", street=ctx.name(draft.street), units=called)
        st.caption(words, width="content")
        if not ctx.view.present:
            st.button(
                ctx.say("whistle.blow"), key=f"blow-{id_}-{ctx.lang}", icon=":material/campaign:",
                disabled=not actor, help=None if actor else ctx.say("page.evidence.name_first"),
                on_click=start,
                args=(ctx, draft.title, draft.street, draft.departments, str(actor), draft.source),
                kwargs={"category": draft.category, "place": draft.place},
            )  # fmt: skip


def _mismatch(ctx: Context, actor: str | None) -> None:
    """Categories in which first receivers of a kind pass on far more than usual, and their open orders."""
    del actor
    span = Selection(ctx.until - timedelta(days=SEEN_DAYS), ctx.until)
    table = integrity_reads.first_receivers(span)
    city = table[table["unit_type"].isna()]
    found = mismatched(table) if len(city) and city["hops_n"].iloc[0] else table.head(0)
    found = found[found["score"] > 0].head(TOP) if len(found) else found
    key = "whistle.mismatch_title" if len(found) else "whistle.mismatch_none"
    with panel(
        ctx.say(key, n=len(found)), ctx.say("whistle.mismatch_note", days=SEEN_DAYS), key="mismatch"
    ):
        for row in found.to_dict("records"):
            path = PATH.join(
                str(row[n]) for n in ("category1", "category2") if isinstance(row[n], str)
            )
            condition = open_of(path, str(row["unit_type"]))
            _, total = read.orders_page(both(everywhere(ctx), condition), limit=1)
            usual = settlers(ctx)
            mine = usual[
                (usual["category1"] == row["category1"]) & (usual["category2"] == row["category2"])
            ]
            st.markdown(
                escape(
                    ctx.say(
                        "whistle.mismatch_line", category=ctx.path_name(path),
                        kind=ctx.say(f"unit_type.{row['unit_type']}"), n=fmt.number(int(row["n"]), ctx.lang),
                        passed=fmt.percent(float(row["passed"]), ctx.lang, 0),
                        whistles=fmt.percent(float(row["whistles"]), ctx.lang, 0),
                    )
                    + _settled_by(ctx, mine["unit"].tolist())
                )
            )  # fmt: skip
            st.page_link(
                "pages/orders.py", label=ctx.say("whistle.mismatch_open", n=fmt.number(total, ctx.lang)),
                icon=":material/receipt_long:",
                query_params={**drill.drill(ctx, condition), drill.SPAN: "all"},
            )  # fmt: skip


def _settled_by(ctx: Context, units: Sequence[str]) -> str:
    if not units:
        return ""
    return ctx.say("whistle.mismatch_by", units=ctx.say("ui.list_comma").join(map(ctx.name, units)))


def open_of(path: str, unit_type: str) -> Condition:
    """Open orders of a category that lie with units of a kind now."""
    units = read.units()
    mine = units.loc[units["unit_type"] == unit_type, "unit"].tolist()
    return both(OPEN, category_condition(path), either(test("unit", "in", mine)))
