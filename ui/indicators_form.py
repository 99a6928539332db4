"""The builder: names, direction, target, numerator and denominator; what is kept in the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from metrics.indicators import SCALES, Indicator
from ui import choice, read
from ui.context import Context
from ui.indicator_draft import (
    KINDS,
    UNITS,
    Draft,
    GroupState,
    PieceState,
    RowState,
    draft_of,
    first_draft,
)
from ui.indicators_fields import group
from ui.indicators_text import definition
from ui.panel import panel

DRAFT, TEXT = "_indicator_draft", "_indicator_text"
TAB, TABS = "tab", ("list", "build", "file")
MOST_PIECES = 4


def draft() -> Draft:
    """The draft of this session (made when there is none)."""
    made: Draft = st.session_state.setdefault(DRAFT, first_draft())
    return made


def start(made: Draft) -> None:
    """Go to the builder with a draft (a callback)."""
    st.session_state[DRAFT] = made
    choice.keep(TAB, "build", TABS[0])


def open_indicator(indicator: Indicator, revision: int, *, copy: bool) -> None:
    """Edit or copy an indicator in the form, or as text where the form cannot hold it (a callback)."""
    made = draft_of(indicator, revision, copy=copy)
    if made is not None:
        start(made)
        return
    from ui.indicators_file import as_text

    st.session_state[TEXT] = as_text(indicator, copy=copy)
    choice.keep(TAB, "file", TABS[0])


def generated(state: Draft) -> dict[str, str]:
    """The definition in words; empty while the form is not complete."""
    if state.incomplete():
        return {}
    try:
        return definition(state.indicator())
    except ValueError:
        return {}


def form(ctx: Context, state: Draft) -> None:
    """The whole form but the saving."""
    with panel(
        ctx.say("indicators.form.edit" if state.id else "indicators.form.new"),
        ctx.say("indicators.form.note"), key="builder",
    ):  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _copy_from(ctx)
            st.button(
                ctx.say("indicators.form.clear"), key=f"ind-clear-{ctx.lang}", type="tertiary",
                icon=":material/restart_alt:", on_click=lambda: start(first_draft()),
            )  # fmt: skip
        left, right = st.columns(2, gap="small")
        with left:
            _text(ctx, state, "zh", ctx.say("indicators.form.name_zh"))
        with right:
            _text(ctx, state, "en", ctx.say("indicators.form.name_en"))
        _facts(ctx, state)
        _numerator(ctx, state)
        if state.kind == "rate":
            st.markdown(f"**{ctx.say('indicators.form.denominator')}**")
            st.caption(ctx.say("indicators.form.denominator_help"))
            group(ctx, state.denominator)
            _missing(ctx, state)
        _more(ctx, state)


def _copy_from(ctx: Context) -> None:
    known = {i.id: i for i in ctx.scheme.indicators} | read.indicators()
    able = [code for code, indicator in known.items() if draft_of(indicator) is not None]
    key = f"ind-copy-{ctx.lang}-{draft().uid}"

    def copied() -> None:
        made = draft_of(known[st.session_state[key]], copy=True)
        if made is not None:
            start(made)

    st.selectbox(
        ctx.say("indicators.form.copy_from"), able, index=None, key=key, width=340,
        format_func=lambda code: ctx.names_of(known[code].names), on_change=copied,
        placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip


def _text(ctx: Context, state: Draft, name: str, label: str, hint: str = "", **how: Any) -> None:
    key = f"ind-{name}-{state.uid}-{ctx.lang}"
    st.session_state[key] = getattr(state, name)
    st.text_input(
        label, key=key, placeholder=hint, max_chars=how.pop("most", 60),
        on_change=lambda: setattr(state, name, st.session_state[key]), **how,
    )  # fmt: skip


def _pick(
    ctx: Context,
    state: Draft,
    name: str,
    options: Sequence[str],
    act: Callable[[str], None] | None = None,
) -> None:
    key = f"ind-{name}-{state.uid}-{ctx.lang}"
    st.session_state[key] = getattr(state, name)
    put = act or partial(setattr, state, name)
    st.segmented_control(
        ctx.say(f"indicators.form.{name}"), list(options), key=key, required=True,
        format_func=lambda code: ctx.say(f"indicators.{name}.{code}"),
        on_change=lambda: put(st.session_state[key]),
    )  # fmt: skip


def _facts(ctx: Context, state: Draft) -> None:
    with st.container(horizontal=True, gap="medium"):
        _pick(ctx, state, "kind", KINDS, state.turn_kind)
        _pick(ctx, state, "direction", ("up", "down"))
        _pick(ctx, state, "unit", UNITS[state.kind])
        key = f"ind-target-{state.uid}-{ctx.lang}"
        st.session_state[key] = state.target
        st.number_input(
            ctx.say("indicators.form.target", unit=ctx.say(f"indicators.unit.{state.unit}")),
            key=key, min_value=0.0, max_value=float(SCALES[state.unit]), step=1.0, width=190,
            placeholder=ctx.say("indicators.form.no_target"),
            on_change=lambda: setattr(state, "target", st.session_state[key]),
        )  # fmt: skip


def _numerator(ctx: Context, state: Draft) -> None:
    st.markdown(f"**{ctx.say('indicators.form.numerator')}**")
    st.caption(ctx.say(f"indicators.form.numerator_help_{state.kind}"))
    several = len(state.pieces) > 1
    for piece in state.pieces:
        with st.container(border=several, key=f"ind-piece-{piece.uid}"):
            if several or piece.weight != 1:
                _weight(ctx, state, piece)
            group(ctx, piece.group)
    if state.kind == "rate" and len(state.pieces) < MOST_PIECES:
        st.button(
            ctx.say("indicators.form.add_piece"), key=f"ind-piece-add-{state.uid}-{ctx.lang}",
            icon=":material/balance:", type="tertiary", help=ctx.say("indicators.form.piece_help"),
            on_click=lambda: state.pieces.append(
                PieceState(GroupState(items=[RowState()]), weight=0.9)
            ),
        )  # fmt: skip


def _weight(ctx: Context, state: Draft, piece: PieceState) -> None:
    key = f"ind-weight-{piece.uid}-{ctx.lang}"
    st.session_state[key] = float(piece.weight)

    def gone() -> None:
        state.pieces = [other for other in state.pieces if other is not piece]

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            ctx.say("indicators.form.weight"), key=key, min_value=0.01, max_value=1.0, step=0.1,
            width=170, on_change=lambda: setattr(piece, "weight", st.session_state[key]),
        )  # fmt: skip
        if len(state.pieces) > 1:
            st.button(
                ctx.say("indicators.form.drop_piece"), key=f"ind-piece-drop-{piece.uid}-{ctx.lang}",
                icon=":material/delete:", type="tertiary", on_click=gone,
            )  # fmt: skip


def _missing(ctx: Context, state: Draft) -> None:
    key = f"ind-missing-{state.uid}-{ctx.lang}"
    st.session_state[key] = state.missing is not None
    st.toggle(
        ctx.say("indicators.form.missing"), key=key, help=ctx.say("indicators.form.missing_help"),
        on_change=lambda: setattr(state, "missing", GroupState() if st.session_state[key] else None),
    )  # fmt: skip
    if state.missing is not None:
        with st.container(border=True):
            group(ctx, state.missing)


def _more(ctx: Context, state: Draft) -> None:
    said = generated(state)
    with st.expander(ctx.say("indicators.form.more"), key=f"ind-more-{state.uid}-{ctx.lang}"):
        for lang in ("zh", "en"):
            _text(
                ctx, state, f"says_{lang}", ctx.say(f"indicators.form.definition_{lang}"),
                said.get(lang, ""), most=400,
            )  # fmt: skip
        for lang in ("zh", "en"):
            _text(ctx, state, f"basis_{lang}", ctx.say(f"indicators.form.basis_{lang}"), most=200)
        st.caption(ctx.say("indicators.form.basis_help"))
        with st.container(horizontal=True, gap="medium"):
            _pick(ctx, state, "clock", ("created", "closed"))
            for name in ("counts_excluded", "unmeasured_when_zero"):
                _toggle(ctx, state, name)


def _toggle(ctx: Context, state: Draft, name: str) -> None:
    key = f"ind-{name}-{state.uid}-{ctx.lang}"
    st.session_state[key] = getattr(state, name)
    st.toggle(
        ctx.say(f"indicators.form.{name}"), key=key, help=ctx.say(f"indicators.form.{name}_help"),
        on_change=lambda: setattr(state, name, st.session_state[key]),
    )  # fmt: skip
