"""Blowing a whistle from anywhere: a button, a small form that is filled in, the whistle.

``whistle_button(ctx, Draft(("topic", id), title, street, departments))`` is all that another
page needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from data.records import Stale
from data.registers.act import WHISTLE
from data.registers.models import Faults
from data.tasks import of_source
from data.whistles import ledger, suggest
from data.whistles.ledger import BAR, ORDER
from metrics.conditions import test
from ui import choice, read, whistle_text, who
from ui import view as views
from ui.context import Context
from ui.panel import escape
from ui.whistle_one import faults

_TOLD = "_whistle_told"


@dataclass(frozen=True)
class Draft:
    """What the form is filled in with. Without a source (kind and id) it asks for one."""

    source: tuple[str, str] = ("", "")
    title: str = ""
    street: str | None = None
    departments: Sequence[str] = ()
    category: str = ""
    place: str = ""


def whistle_button(ctx: Context, draft: Draft) -> None:
    """The whistles blown for a thing, and the button to blow one while none of them is open."""
    found = of_source(read.recorded(WHISTLE), *draft.source)
    for whistle in found:
        st.page_link(
            "pages/whistles.py",
            label=ctx.say("whistle.of_order", state=whistle_text.state(ctx, whistle.body)),
            icon=":material/campaign:",
            query_params={**views.params(ctx.view), "w": whistle.id},
        )
    if ctx.view.present or any(not ledger.settled(w.body) for w in found):
        return
    key = f"{'-'.join(draft.source)}-{ctx.lang}"
    opened = st.popover(
        ctx.say("whistle.blow"), icon=":material/campaign:", key=f"whistle-pop-{key}",
        on_change="rerun", type="tertiary",
    )  # fmt: skip
    if opened.open:
        with opened:
            form(ctx, who.ask(ctx, f"whistle-pop-{key}"), draft, show=False)


def new_button(ctx: Context, actor: str | None) -> None:
    """A form for a whistle that comes from an order, a topic, a place, or nothing listed."""
    opened = st.popover(
        ctx.say("whistle.new"), icon=":material/campaign:", key=f"whistle-new-{ctx.lang}",
        on_change="rerun",
    )  # fmt: skip
    if opened.open:
        with opened:
            form(ctx, actor, Draft())


def form(ctx: Context, actor: str | None, draft: Draft, *, show: bool = True) -> None:
    """The form. ``show``: the whistle is opened on this page once it is blown."""
    said(ctx)
    key = f"{'-'.join(draft.source)}-{ctx.lang}"
    units = read.units()
    every = units["unit"].tolist()
    streets = units.loc[units["unit_type"].isin(suggest.LOCAL), "unit"].tolist() or every
    title = st.text_input(
        ctx.say("whistle.field.title"), draft.title[:300], key=f"wn-title-{key}", max_chars=300,
        autocomplete="off",
    )  # fmt: skip
    street = st.selectbox(
        ctx.say("whistle.field.street"), streets, format_func=ctx.name, key=f"wn-street-{key}",
        index=streets.index(draft.street) if draft.street in streets else None,
        placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    called = st.multiselect(
        ctx.say("whistle.column.departments"), every, [u for u in draft.departments if u in every],
        format_func=ctx.name, key=f"wn-called-{key}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    kind, id_ = draft.source if draft.source[0] else _asked(ctx, key)
    note = st.text_input(ctx.say("whistle.field.note"), key=f"wn-note-{key}", autocomplete="off")

    def go() -> None:
        found = draft.source if draft.source[0] else _source(ctx, kind, id_)
        if found is not None:
            place = draft.place or (id_ if kind == ledger.PLACE else "")
            start(
                ctx, title.strip(), str(street), called, str(actor), found,
                category=draft.category, place=place, note=note, show=show,
            )  # fmt: skip

    ready = bool(title.strip() and street and called and actor and (id_ or not kind))
    st.button(
        ctx.say("whistle.blow"), type="primary", icon=":material/campaign:", key=f"wn-go-{key}",
        disabled=not ready, on_click=go,
    )  # fmt: skip
    if not ready:
        st.caption(ctx.say("whistle.needs"))


def _asked(ctx: Context, key: str) -> tuple[str, str]:
    """What it comes from: kind, and the number or name of it."""
    kind = st.selectbox(
        ctx.say("whistle.field.source"), ("", *ledger.SOURCES), key=f"wn-kind-{key}",
        format_func=lambda code: ctx.say(f"whistle.from.{code or 'none'}"),
    )  # fmt: skip
    if not kind:
        return "", ""
    label = ctx.say(f"whistle.which_{kind}")
    return kind, st.text_input(label, key=f"wn-id-{key}", autocomplete="off").strip()


def _source(ctx: Context, kind: str, id_: str) -> tuple[str, str] | None:
    """Kind and id of what it comes from; an order by its number. Says so where there is none."""
    if kind != ORDER:
        return kind, id_
    found, total = read.orders_page(test("order_id", "eq", id_))
    if total != 1:
        code = "whistle.which_source" if total else "whistle.no_order"
        st.session_state[_TOLD] = ctx.say(code, order=id_)
        return None
    return ORDER, f"{found['source'].iloc[0]}{BAR}{id_}"


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
    show: bool = True,
) -> None:
    """Save it and show it; what went wrong is said."""
    try:
        made = ledger.start(
            read.store(), title=title, street=street, departments=departments, actor=actor,
            source=source, category=category, place=place, note=note,
        )  # fmt: skip
    except Stale as stale:
        name = stale.current.actor if stale.current else ""
        st.session_state[_TOLD] = ctx.say("whistle.just_made", actor=name)
        return
    except Faults as error:
        st.session_state[_TOLD] = ctx.say("ui.list_comma").join(faults(ctx, error))
        return
    if show:
        choice.keep("part", "")
        choice.keep("w", made.id)


def said(ctx: Context) -> None:
    """What went wrong the last time."""
    del ctx
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.warning(escape(told), icon=":material/error:")
