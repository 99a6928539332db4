"""One order's whole life on a page: timeline, place, answers, texts, repeats, every field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from data.settings import settings
from data.tasks import suggested_due
from data.whistles.ledger import BAR, ORDER
from metrics.fields import ORDER_FIELDS
from metrics.selection import PATH
from ui import read
from ui.choice import keep
from ui.context import Context
from ui.drill import PARAM, SPAN
from ui.flag_button import flag_button
from ui.orders_html import facts, said, style, timeline
from ui.orders_life import STEPS, life
from ui.orders_list import naming, same
from ui.orders_map import place_map
from ui.orders_query import close_order, open_order
from ui.panel import escape, panel
from ui.task_form import task_button
from ui.values import Namer, flags, is_missing, shown
from ui.whistle_form import whistle_button
from ui.whistle_start import draft_of
from words import format as fmt

_ANSWERS = ("followup", "contacted", "resolution", "satisfaction", "followed_up_at")
_TEXTS = ("title", "content", "reply")
_PLACE = ("district", "street", "community", "address")
# The caller's code only links orders; it is nothing to read.
_TOLD = {*(f"{code}_at" for code in STEPS), *_ANSWERS, *_TEXTS, *_PLACE, "flags", "caller_key"}
Order = dict[str, Any]


def one_order(ctx: Context, source: str, order_id: str) -> None:
    """The order of the link, or a kind word that there is none."""
    if not ctx.view.present:
        st.button(
            ctx.say("page.orders.back"), icon=":material/arrow_back:", type="tertiary",
            key="orders-back", on_click=close_order,
        )  # fmt: skip
    found, later = read.order(source, order_id)
    if found is None:
        st.warning(
            ctx.say("page.orders.unknown", source=escape(source), order=escape(order_id)),
            icon=":material/search_off:",
        )
        return
    order = {name: None if is_missing(value) else value for name, value in found.items()}
    name = naming(ctx)
    st.html(style(ctx.colours))
    _heading(ctx, order, name)
    _act(ctx, order)
    left, right = st.columns([3, 2], gap="small")
    with left:
        _life(ctx, order)
        _texts(ctx, order)
    with right:
        _answers(ctx, order, name)
        _place(ctx, order, name)
        _repeats(ctx, order, later)
    _everything(ctx, order, name)


def _heading(ctx: Context, order: Order, name: Namer) -> None:
    title = order["title"] or order["content"] or ctx.say("page.orders.untitled")
    st.markdown(f"### {escape(str(title)[:160])}")
    levels = [order[f"category{i}"] for i in (1, 2, 3)]
    path = PATH.join(str(level) for level in levels if level)
    parts = [
        f"{ctx.say('field.order_id')} {order['order_id']}",
        ctx.path_name(path) if path else "",
        shown("unit", order["unit"], ctx.lang, name),
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(escape(" · ".join(p for p in parts if p)), width="content")
        for field, colour in (("status", "blue"), ("grade", "gray"), ("order_type", "gray")):
            if order[field]:
                st.badge(shown(field, order[field], ctx.lang, name), color=colour)  # type: ignore[arg-type]
        if order["ledger"]:
            st.badge(ctx.say("page.orders.on_ledger"), color="orange")
        if order["exclusion"]:
            reason = shown("exclusion", order["exclusion"], ctx.lang, name)
            st.badge(ctx.say("page.orders.excluded", reason=reason), color="orange")
    odd = flags(order["flags"], ctx.lang)
    if odd:
        listed = ctx.say("ui.list_comma").join(odd)
        st.warning(
            ctx.say("page.orders.contradictions", flags=escape(listed)), icon=":material/rule:"
        )


def _act(ctx: Context, order: Order) -> None:
    """What is done about it: a leader's flag, a task, the whistle blown for it."""
    id_ = f"{order['source']}{BAR}{order['order_id']}"
    text = str(order["title"] or order["content"] or "")[:60]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="order-act"):
        flag_button(ctx, str(order["source"]), str(order["order_id"]))
        title = ctx.say("supervision.task_title", order=order["order_id"], about=text)
        due = order["due_at"].date() if order["due_at"] is not None else None
        task_button(
            ctx, (ORDER, id_), title, order["unit"],
            suggested_due(read.store().now().date(), 1, settings().country, due),
        )  # fmt: skip
        whistle_button(ctx, draft_of(ctx, order))


def _life(ctx: Context, order: Order) -> None:
    steps = life(order, ctx.scheme, ctx.until, settings().country)
    note = ctx.say("page.orders.life.note", scheme=ctx.names_of(ctx.scheme.names))
    with panel(ctx.say("page.orders.life.title"), note, key="life"):
        st.html(timeline(ctx, steps))


def _pairs(ctx: Context, order: Order, fields: Sequence[str], name: Namer) -> list[tuple[str, str]]:
    return [
        (ctx.say(f"field.{field}"), shown(field, order[field], ctx.lang, name))
        for field in fields
        if order[field] is not None
    ]


def _answers(ctx: Context, order: Order, name: Namer) -> None:
    with panel(ctx.say("page.orders.answers"), key="answers"):
        pairs = _pairs(ctx, order, _ANSWERS, name)
        if pairs:
            st.html(facts(pairs))
        else:
            st.markdown(f":gray[{ctx.say('page.orders.no_answers')}]")


def _place(ctx: Context, order: Order, name: Namer) -> None:
    kind = order["point_kind"] or "missing"
    with panel(ctx.say("page.orders.place"), key="place"):
        pairs = _pairs(ctx, order, _PLACE, name)
        if pairs:
            st.html(facts(pairs))
        drawn = kind == "ok" and place_map(
            ctx, order["lon"], order["lat"], order["district"],
            alt=ctx.say("page.orders.map_alt", place=order["address"] or order["district"] or ""),
        )  # fmt: skip
        words = ctx.say(f"page.orders.point.{kind}", **_coordinates(ctx, order))
        st.caption(words if not drawn else ctx.say("page.orders.point.drawn"))


def _coordinates(ctx: Context, order: Order) -> dict[str, str]:
    return {axis: fmt.number(order[axis], ctx.lang, 5) for axis in ("lon", "lat")}


def _texts(ctx: Context, order: Order) -> None:
    pairs = [(ctx.say(f"field.{f}"), str(order[f])) for f in _TEXTS if order[f]]
    with panel(ctx.say("page.orders.texts"), ctx.say("page.orders.masked"), key="texts"):
        if pairs:
            st.html(said(pairs))
        else:
            st.markdown(f":gray[{ctx.say('page.orders.no_texts')}]")


def _repeats(ctx: Context, order: Order, later: pd.DataFrame) -> None:
    with panel(ctx.say("page.orders.repeats"), ctx.say("page.orders.repeats_note"), key="repeats"):
        if order["repeat_of"]:
            _link(ctx, "earlier", order["source"], order["repeat_of"], order["repeat_days"])
        for row in later.to_dict("records"):
            _link(ctx, "later", str(row["source"]), str(row["order_id"]), row["repeat_days"])
        if not order["repeat_of"] and later.empty:
            st.markdown(f":gray[{ctx.say('page.orders.no_repeats')}]")
        if ctx.view.present:
            return
        with st.container(horizontal=True):
            for field in ("place_key", "caller_key"):
                if order[field]:
                    st.button(
                        ctx.say(f"page.orders.same.{field}"),
                        key=f"orders-same-{field}",
                        icon=":material/manage_search:",
                        on_click=_show_same,
                        args=(field, order[field], order["source"]),
                    )


def _link(ctx: Context, which: str, source: str, order_id: str, days: Any) -> None:
    gap = None if is_missing(days) else float(days)
    st.button(
        ctx.say(f"page.orders.{which}", order=escape(order_id), days=fmt.number(gap, ctx.lang, 1)),
        key=f"orders-{which}-{order_id}",
        icon=":material/history:" if which == "earlier" else ":material/update:",
        type="tertiary",
        on_click=open_order,
        args=(source, order_id),
    )


def _show_same(field: str, value: str, source: str) -> None:
    close_order()
    params = same(field, value, source)
    for name in (PARAM, SPAN):
        keep(name, params[name])


def _everything(ctx: Context, order: Order, name: Namer) -> None:
    rest = [f.name for f in ORDER_FIELDS if f.name not in _TOLD]
    with panel(ctx.say("page.orders.everything"), ctx.say("page.orders.empty_left_out"), key="all"):
        st.html(facts(_pairs(ctx, order, rest, name), wide=True))
