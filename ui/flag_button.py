"""A leader's flag on an order (领导关注): raised and taken down, with who and why."""

from __future__ import annotations

import streamlit as st

from data import flags
from data.records import Record, Stale
from ui import exceptions_of, read, who
from ui.context import Context
from ui.panel import escape
from words import format as fmt


def flag_button(ctx: Context, source: str, order_id: str) -> None:
    """The flag of one order: what it says, and a small form to raise it or take it down."""
    id_ = flags.id_of(source, order_id)
    found = next((f for f in exceptions_of.flagged() if f.id == id_), None)
    if found is not None:
        told = ctx.say(
            "supervision.flagged_by", actor=found.actor,
            moment=fmt.moment(found.moment, ctx.lang), note=found.body["note"] or "–",
        )  # fmt: skip
        st.markdown(f":orange-badge[:material/flag: {escape(told)}]", width="content")
    if ctx.view.present:
        return
    label = ctx.say("supervision.unflag" if found else "supervision.flag")
    opened = st.popover(
        label, icon=":material/flag:", key=f"flag-{id_}-{ctx.lang}", on_change="rerun",
        type="tertiary",
    )  # fmt: skip
    if opened.open:
        with opened:
            _form(ctx, source, order_id, found)


def _form(ctx: Context, source: str, order_id: str, found: Record | None) -> None:
    key = f"{flags.id_of(source, order_id)}-{ctx.lang}"
    note = ""
    if found is None:
        note = st.text_input(
            ctx.say("supervision.flag_note"),
            key=f"flag-note-{key}",
            max_chars=300,
            autocomplete="off",
        )
    actor = who.ask(ctx, f"flag-{key}")

    def act() -> None:
        try:
            if found is None:
                flags.raise_flag(
                    read.store(), source, order_id, actor=str(actor), note=note.strip()
                )
            else:
                flags.take_down(read.store(), found, actor=str(actor))
        except Stale:
            st.toast(ctx.say("supervision.flag_stale"), icon=":material/sync_problem:")

    st.button(
        ctx.say("supervision.flag_off" if found else "supervision.flag_on"), type="primary",
        key=f"flag-go-{key}", disabled=not actor, on_click=act,
    )  # fmt: skip
