"""Blowing a whistle: a form, and suggestions with a button each."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data.records import Stale
from data.registers.models import Faults
from data.whistles import ledger, suggest
from data.whistles.ledger import BAR, ORDER
from metrics.conditions import Condition, both, either, test
from metrics.overdue import OPEN
from metrics.selection import PATH, Selection, category_condition
from metrics.surroundings import mismatched
from ui import choice, drill, exceptions_of, integrity_reads, read, who
from ui import view as views
from ui.context import Context
from ui.orders_query import everywhere
from ui.panel import escape, panel
from ui.supervision_today import about
from ui.whistle_one import faults, trail_words
from words import format as fmt

MOST = 12
SEEN_DAYS = 365
"""Days of closed orders from which it is read who usually settles a category."""
TOP = 5
_TOLD = "_whistle_told"
Row = Mapping[Hashable, Any]


# -- a whistle of one's own -----------------------------------------------------
def new_button(ctx: Context, actor: str | None) -> None:
    """A form for a whistle that comes from an order, a topic, a place, or nothing listed."""
    opened = st.popover(
        ctx.say("whistle.new"), icon=":material/campaign:", key=f"whistle-new-{ctx.lang}",
        on_change="rerun",
    )  # fmt: skip
    if opened.open:
        with opened:
            _form(ctx, actor)


def _form(ctx: Context, actor: str | None) -> None:
    said(ctx)
    kinds = ("", *ledger.SOURCES)
    units = read.units()
    streets = units.loc[units["unit_type"].isin(suggest.LOCAL), "unit"].tolist()
    title = st.text_input(
        ctx.say("whistle.field.title"),
        key=f"wn-title-{ctx.lang}",
        max_chars=300,
        autocomplete="off",
    )
    street = st.selectbox(
        ctx.say("whistle.field.street"), streets or units["unit"].tolist(), index=None, format_func=ctx.name,
        key=f"wn-street-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    called = st.multiselect(
        ctx.say("whistle.column.departments"), units["unit"].tolist(), format_func=ctx.name,
        key=f"wn-called-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    kind = st.selectbox(
        ctx.say("whistle.field.source"), kinds, key=f"wn-kind-{ctx.lang}",
        format_func=lambda code: ctx.say(f"whistle.from.{code or 'none'}"),
    )  # fmt: skip
    id_ = ""
    if kind:
        id_ = st.text_input(
            ctx.say(f"whistle.which_{kind}"), key=f"wn-id-{ctx.lang}", autocomplete="off"
        ).strip()
    note = st.text_input(
        ctx.say("whistle.field.note"), key=f"wn-note-{ctx.lang}", autocomplete="off"
    )

    def go() -> None:
        found = _source(ctx, kind, id_)
        if found is not None:
            place = id_ if kind == ledger.PLACE else ""
            start(
                ctx, title.strip(), str(street), called, str(actor), found, place=place, note=note
            )

    ready = bool(title.strip() and street and called and actor and (id_ or not kind))
    st.button(ctx.say("whistle.blow"), type="primary", icon=":material/campaign:",
              key=f"wn-go-{ctx.lang}", disabled=not ready, on_click=go)  # fmt: skip
    if not ready:
        st.caption(ctx.say("whistle.needs"))


def _source(ctx: Context, kind: str, id_: str) -> tuple[str, str] | None:
    """Kind and id of what it comes from; an order by its number. Says so where there is none."""
    if kind != ORDER:
        return (kind, id_)
    found, total = read.orders_page(test("order_id", "eq", id_))
    if total != 1:
        st.session_state[_TOLD] = ctx.say(
            "whistle.no_order" if not total else "whistle.which_source", order=id_
        )
        return None
    return (ORDER, f"{found['source'].iloc[0]}{BAR}{id_}")


def start(
    ctx: Context,
    title: str,
    street: str,
    departments: Sequence[str],
    actor: str,
    source: tuple[str, str],
    *,
    category: str = "",
    place: str = "",
    note: str = "",
) -> None:
    """Save it and show it; what went wrong is said."""
    try:
        made = ledger.start(
            read.store(), title=title, street=street, departments=departments, actor=actor,
            source=source, category=category, place=place, note=note,
        )  # fmt: skip
    except Stale as stale:
        actor = stale.current.actor if stale.current else ""
        st.session_state[_TOLD] = ctx.say("whistle.just_made", actor=actor)
        return
    except Faults as error:
        st.session_state[_TOLD] = ctx.say("ui.list_comma").join(faults(ctx, error))
        return
    choice.keep("part", "")
    choice.keep("w", made.id)


def said(ctx: Context) -> None:
    """What went wrong the last time."""
    del ctx
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.warning(escape(told), icon=":material/error:")


# -- suggestions -----------------------------------------------------------------
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


def _candidate(ctx: Context, row: Row, actor: str | None) -> None:
    units = read.units()
    local = units["unit_type"].isin(suggest.LOCAL)
    order = pd.Series(row)
    street = suggest.initiator(order, units.loc[local, "unit"].tolist())
    called = suggest.called(order, settlers(ctx), units.loc[~local, "unit"].tolist())
    id_ = f"{row['source']}{BAR}{row['order_id']}"
    comma = ctx.say("ui.list_comma")
    st.markdown(
        f"**{escape(str(row['order_id']))}** {escape(about(row))}  \n"
        f":small[:gray[{escape(trail_words(ctx, {str(k): v for k, v in row.items()}))}]]"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            "pages/orders.py", label=ctx.say("supervision.to_order"), icon=":material/receipt_long:",
            query_params={**views.params(ctx.view), drill.ORDER: id_},
        )  # fmt: skip
        if street is None or not called:
            st.caption(ctx.say("whistle.nobody"))
            return
        st.caption(
            ctx.say(
                "whistle.would_call",
                street=ctx.name(street),
                units=comma.join(map(ctx.name, called)),
            ),
            width="content",
        )
        if not ctx.view.present:
            levels = [str(row[n]) for n in ("category1", "category2") if isinstance(row[n], str)]
            st.button(
                ctx.say("whistle.blow"), key=f"blow-{id_}-{ctx.lang}", icon=":material/campaign:",
                disabled=not actor, help=None if actor else ctx.say("page.evidence.name_first"),
                on_click=start, args=(ctx, about(row) or str(row["order_id"]), street, called, str(actor), (ORDER, id_)),
                kwargs={"category": PATH.join(levels), "place": row["address"] if isinstance(row["address"], str) else ""},
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
