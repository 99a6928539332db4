"""Saving records from a page: stale edits refused with both versions shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from data.records import Change, Record, Stale
from data.registers import saving
from ui import read
from ui import register_text as text
from ui.context import Context
from ui.panel import escape
from words import format as fmt

_STALE, _DONE = "_register_stale", "_register_done"


def save(
    ctx: Context,
    kind: str,
    id: str | None,
    revision: int,
    body: Mapping[str, Any] | None,
    actor: str,
    *,
    removed: bool = False,
) -> bool:
    """Save one record; whether it was saved. A stale one is kept to be shown (:func:`conflict`)."""
    try:
        saved = saving.write(
            read.store(), [Change(kind, body, id, revision, removed)], actor=actor
        )[0]
    except Stale as stale:
        st.session_state[_STALE] = (kind, id, body, removed, stale.current)
        return False
    st.session_state.pop(_STALE, None)
    code = "removed" if removed else "saved"
    st.session_state[_DONE] = ctx.say(f"page.evidence.{code}", title=text.title(ctx, saved))
    return True


def told(ctx: Context, kinds: tuple[str, ...], actor: str | None) -> None:
    """What the last save did, or the conflict it met."""
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(escape(done), icon=":material/check:")
    kept = st.session_state.get(_STALE)
    if kept and kept[0] in kinds:
        _conflict(ctx, *kept, actor=actor)


def _conflict(
    ctx: Context,
    kind: str,
    id: str | None,
    mine: Mapping[str, Any] | None,
    removed: bool,
    current: Record | None,
    *,
    actor: str | None,
) -> None:
    """Both versions beside each other, and what to do about it."""
    with st.container(border=True, key="panel-stale"):
        who = current.actor if current else ""
        moment = fmt.moment(current.moment, ctx.lang) if current else ""
        st.warning(
            escape(ctx.say("page.evidence.stale", actor=who, moment=moment)),
            icon=":material/sync_problem:",
        )
        theirs = dict(current.body) if current and not current.removed else {}
        rows = []
        for name in text.all_fields(kind):
            one, other = (
                text.value(ctx, kind, name, body or {}) if body else "" for body in (mine, theirs)
            )
            if one != other:
                rows.append((text.label(ctx, kind, name), escape(one), escape(other)))
        head = [ctx.say(f"page.evidence.stale_{part}") for part in ("field", "mine", "theirs")]
        if rows:
            st.table(
                [dict(zip(head, row, strict=True)) for row in rows],
                border="horizontal",
                hide_index=True,
            )

        def over() -> None:
            revision = current.revision if current else 0
            save(ctx, kind, id, revision, mine, actor or "", removed=removed)

        with st.container(horizontal=True):
            st.button(
                ctx.say("page.evidence.stale_drop"),
                key="stale-drop",
                on_click=lambda: st.session_state.pop(_STALE, None),
            )
            st.button(
                ctx.say("page.evidence.stale_over"), key="stale-over", disabled=not actor,
                on_click=over,
            )  # fmt: skip
