"""Trying: knobs on the left, what they change on the right; only this part is drawn anew."""

from __future__ import annotations

import streamlit as st

from data.scheme_versions import Version
from metrics.lab import Side, side_by_side
from metrics.scheme_model import Scheme
from ui import lab_data, lab_knobs
from ui import lab_diff as diff
from ui import lab_state as state
from ui.context import Context
from ui.lab_result import result
from ui.lab_table import Pair
from ui.panel import escape, panel


@st.fragment
def try_out(ctx: Context, base: Version, before: Side, group: str) -> None:
    """The knobs and the result. In the meeting view the result alone."""
    _part(ctx, base, before, group)


def _part(ctx: Context, base: Version, before: Side, group: str) -> None:
    scheme = state.tried(base)
    if ctx.view.present:
        if scheme is not None:
            _result(ctx, base, before, scheme, group)
        return
    left, right = st.columns([3, 10], gap="small")
    with (
        left,
        panel(ctx.say("page.lab.knobs_title"), ctx.say("page.lab.knobs_note"), key="lab-knobs"),
    ):
        lab_knobs.panel(ctx, base)
    with right:
        if scheme is None:
            st.warning(ctx.say("page.lab.nothing_left"), icon=":material/balance:")
        else:
            _result(ctx, base, before, scheme, group)


def _result(ctx: Context, base: Version, before: Side, scheme: Scheme, group: str) -> None:
    lines = diff.lines(ctx, before.scheme, scheme)
    wanted = lab_data.to_count(before.scheme, scheme)
    if wanted:
        # New limits are counted from orders where nobody asked for them before.
        with st.spinner(ctx.say("page.lab.counting", n=len(wanted))):
            after = lab_data.trial(ctx, before, scheme)
    else:
        after = lab_data.trial(ctx, before, scheme)
    said_so(ctx, base, lines)
    notes = [ctx.say("page.lab.note.example"), *lines] if lines else []
    pair = Pair(before, after, ctx.say("page.lab.now"), ctx.say("page.lab.tried"))
    result(ctx, pair, side_by_side(before, after), group, key="lab-try", notes=notes)


def said_so(ctx: Context, base: Version, lines: list[str]) -> None:
    """Which version is tried, and what was turned on it."""
    said = ctx.say("ui.list_semicolon").join(lines) if lines else ctx.say("page.lab.nothing_turned")
    name = ctx.say("page.lab.note.of", name=state.name_of(ctx, base), said=said)
    st.markdown(f":material/tune: {escape(name)}")
