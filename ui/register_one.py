"""One record: what it says, who decided it, every revision; decided with one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data.records import Record
from data.registers import DECIDED, EXCLUSION
from ui import read, register_form
from ui import register_text as text
from ui import view as views
from ui.context import Context
from ui.drill import ORDER
from ui.panel import escape, panel
from ui.register_save import save
from words import format as fmt


def one(ctx: Context, record: Record, actor: str | None) -> None:
    """The panel of a chosen record."""
    note = ctx.say(
        "page.evidence.revision", revision=record.revision, actor=record.actor,
        moment=fmt.moment(record.moment, ctx.lang),
    )  # fmt: skip
    with panel(text.title(ctx, record), note, key="record"):
        if record.body.get("simulated"):
            st.markdown(f":orange-badge[:material/science: {ctx.say('ui.simulated')}]")
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _facts(ctx, record)
        with right:
            if not ctx.view.present:
                _decide(ctx, record, actor)
            history(ctx, record)


def _facts(ctx: Context, record: Record) -> None:
    rows = [
        (text.label(ctx, record.kind, name), escape(words))
        for name in text.all_fields(record.kind)
        if (words := text.value(ctx, record.kind, name, record.body))
    ]
    st.table(dict(rows), border="horizontal")
    if record.kind == EXCLUSION:
        order = f"{record.body['source']}|{record.body['order_id']}"
        link = {**views.params(ctx.view), ORDER: order}
        st.page_link(
            "pages/orders.py", label=ctx.say("page.evidence.open_order"),
            icon=":material/receipt_long:", query_params=link,
        )  # fmt: skip


def _decide(ctx: Context, record: Record, actor: str | None) -> None:
    hint = None if actor else ctx.say("page.evidence.name_first")
    with st.container(horizontal=True, gap="small", key="decide"):
        if record.kind in DECIDED:
            _verdicts(ctx, record, actor, hint)
        st.button(
            ctx.say("page.evidence.edit"), key="record-edit", icon=":material/edit:",
            on_click=register_form.opened, args=(record.kind, record),
        )  # fmt: skip
        with st.popover(
            ctx.say("page.evidence.remove"), icon=":material/delete:", disabled=not actor
        ):
            st.markdown(escape(ctx.say("page.evidence.remove_note")))
            st.button(
                ctx.say("page.evidence.remove_yes"), key="record-remove", disabled=not actor,
                on_click=_remove, args=(ctx, record, actor),
            )  # fmt: skip


def _verdicts(ctx: Context, record: Record, actor: str | None, hint: str | None) -> None:
    standing = record.body["state"]
    family = "exclusion" if record.kind == EXCLUSION else "record"
    if standing != "accepted":
        proof = record.body.get("evidence") or record.body.get("document") or (
            record.kind != EXCLUSION and record.body.get("note")
        )  # fmt: skip
        why = (
            hint
            if not actor
            else None
            if proof
            else ctx.say("register.fault.accepted_without_evidence")
        )
        st.button(
            ctx.say(f"page.evidence.accept_{family}"),
            key="record-accept", type="primary", icon=":material/check:", help=why,
            disabled=not actor or not proof, on_click=_set, args=(ctx, record, "accepted", actor),
        )  # fmt: skip
    if standing != "refused":
        with st.popover(
            ctx.say(f"page.evidence.refuse_{family}"), icon=":material/close:", disabled=not actor,
            help=hint, key=f"refuse-{ctx.lang}",
        ):  # fmt: skip
            key = f"refuse-reason-{record.id}-{record.revision}-{ctx.lang}"
            reason = st.text_input(
                text.label(ctx, record.kind, "reason"), key=key, autocomplete="off"
            )
            st.button(
                ctx.say("page.evidence.refuse_yes"), key="record-refuse",
                disabled=not reason.strip(),
                on_click=_set, args=(ctx, record, "refused", actor, reason.strip()),
            )  # fmt: skip
    if standing != "proposed":
        st.button(
            ctx.say("page.evidence.reopen"), key="record-reopen", icon=":material/undo:", help=hint,
            disabled=not actor, on_click=_set, args=(ctx, record, "proposed", actor),
        )  # fmt: skip


def _set(ctx: Context, record: Record, state: str, actor: str, reason: str = "") -> None:
    today = read.store().now().date().isoformat()
    decided = state != "proposed"
    body: Mapping[str, Any] = {
        **record.body, "state": state, "reason": reason,
        "decided_by": actor if decided else "", "decided_on": today if decided else None,
    }  # fmt: skip
    save(ctx, record.kind, record.id, record.revision, body, actor)


def _remove(ctx: Context, record: Record, actor: str) -> None:
    save(ctx, record.kind, record.id, record.revision, record.body, actor, removed=True)


def history(ctx: Context, record: Record) -> None:
    """Every revision of a record: who, when, what changed."""
    found = read.history(record.kind, record.id)
    before: Mapping[str, Any] = {}
    lines = []
    for revision in found:
        head = ctx.say(
            "page.evidence.revision", revision=revision.revision, actor=revision.actor,
            moment=fmt.moment(revision.moment, ctx.lang),
        )  # fmt: skip
        changes = [
            f"{text.label(ctx, record.kind, name)}: {old or '–'} → {new or '–'}"
            for name in text.all_fields(record.kind)
            if (old := text.value(ctx, record.kind, name, before) if before else "")
            != (new := text.value(ctx, record.kind, name, revision.body))
        ]
        if not before:
            changes = [ctx.say("page.evidence.written")]
        if revision.removed:
            changes = [ctx.say("page.evidence.taken_out")]
        lines.append(f"- {escape(head)}  \n  :small[:gray[{escape('; '.join(changes))}]]")
        before = revision.body
    with st.expander(ctx.say("page.evidence.history", n=len(found)), icon=":material/history:"):
        st.markdown("\n".join(reversed(lines)))
