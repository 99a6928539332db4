"""Indicators as text: pasted, edited, taken in from a file, handed out; faults name the line."""

from __future__ import annotations

import streamlit as st

from data import saved_indicators
from data.records import Stale
from data.saved_indicators import KIND, PREFIX, BadIndicator
from metrics.indicator_file import LARGEST, written
from metrics.indicator_file import read as read_text
from metrics.indicators import Indicator
from metrics.scheme import SchemeError, further_indicators
from ui import definitions, read, who
from ui import indicators_text as text
from ui.context import Context
from ui.indicators_form import TEXT
from ui.indicators_save import save_text
from ui.panel import escape, panel
from ui.uploader import covered
from words import format as fmt

_ROUND, _SAVED = "_indicator_file_round", "_indicator_file_saved"


def as_text(indicator: Indicator, *, copy: bool) -> str:
    """An indicator as text; a copy has an id that is free."""
    if copy:
        id_ = saved_indicators.new_id(read.store(), indicator.names.en)
        indicator = indicator.model_copy(update={"id": id_, "status": "own"})
    return written([indicator])


def files(ctx: Context) -> None:
    """The text and what it holds; a file to take in; the saved ones to take away."""
    left, right = st.columns([3, 2], gap="small")
    with (
        left,
        panel(ctx.say("indicators.file.title"), ctx.say("indicators.file.note"), key="ind-text"),
    ):
        _upload(ctx)
        key = f"ind-text-{ctx.lang}"
        st.session_state[key] = st.session_state.get(TEXT, "")
        st.text_area(
            ctx.say("indicators.file.text"), key=key, height=460,
            on_change=lambda: st.session_state.update({TEXT: st.session_state[key]}),
            placeholder=_example(),
        )  # fmt: skip
    with right, st.container():
        _found(ctx, st.session_state.get(TEXT, ""))
        _hand_out(ctx)


def _example() -> str:
    """A whole indicator to begin with."""
    shown = further_indicators()["closed_7d"]
    return written([shown.model_copy(update={"id": f"{PREFIX}example", "status": "own"})])


def _upload(ctx: Context) -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    with covered(ctx, "indicators-upload", ctx.say("indicators.file.drop")):
        file = st.file_uploader(
            ctx.say("indicators.file.choose"), type=["yaml", "yml"], key=f"ind-file-{turn}",
            label_visibility="collapsed",
        )  # fmt: skip
    if file is None:
        return
    st.session_state[_ROUND] = turn + 1
    if file.size > 4 * LARGEST:
        st.session_state[_SAVED] = (
            "error",
            ctx.say("scheme.error.too_many_characters", most=LARGEST),
        )
        st.rerun()
    try:
        st.session_state[TEXT] = file.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        st.session_state[_SAVED] = ("error", ctx.say("scheme.error.not_utf8"))
    st.rerun()


def _found(ctx: Context, typed: str) -> None:
    with panel(ctx.say("indicators.file.found"), key="ind-found"):
        kind, said = st.session_state.pop(_SAVED, ("", ""))
        if said:
            (st.error if kind == "error" else st.success)(escape(said))
        if not typed.strip():
            st.caption(ctx.say("indicators.file.nothing"))
            return
        try:
            indicators = read_text(typed)
        except SchemeError as error:
            st.error(escape(text.fault(ctx, error)), icon=":material/error:")
            return
        kept = {record.id: record for record in read.recorded(KIND)}
        for indicator in indicators.values():
            code = "change" if indicator.id in kept else "new"
            st.markdown(definitions.indicator_text(ctx, indicator))
            st.caption(
                f"`{indicator.id}` · {ctx.say(f'indicators.file.{code}')}  \n"
                + escape(text.formula(indicator, ctx.lang) if indicator.numerator else "")
            )
        actor = who.ask(ctx, "indicator-text")
        st.button(
            ctx.say("indicators.file.save", n=len(indicators)), key=f"ind-text-save-{ctx.lang}",
            type="primary", icon=":material/save:", disabled=not actor or not indicators,
            on_click=_save, args=(ctx, indicators, _revisions(), actor or ""),
        )  # fmt: skip


def _revisions() -> dict[str, int]:
    """The newest revision of every indicator, retired ones too, as the reader sees them."""
    found = [*read.recorded(KIND), *saved_indicators.retired(read.store())]
    return {record.id: record.revision for record in found}


def _save(
    ctx: Context, indicators: dict[str, Indicator], revisions: dict[str, int], actor: str
) -> None:
    try:
        save_text(indicators, revisions, actor)
    except BadIndicator as fault:
        said = ctx.say(f"indicators.refused.{fault.code}", **fault.details)
        st.session_state[_SAVED] = ("error", said)
    except Stale as stale:
        current = stale.current
        said = ctx.say(
            "indicators.refused.stale", id=current.id if current else "",
            actor=current.actor if current else "",
            moment=fmt.moment(current.moment if current else None, ctx.lang),
        )  # fmt: skip
        st.session_state[_SAVED] = ("error", said)
    else:
        said = ctx.say("indicators.file.saved", n=len(indicators))
        st.session_state[_SAVED] = ("done", said)


def _hand_out(ctx: Context) -> None:
    own = read.saved_indicators()
    with panel(ctx.say("indicators.file.out"), key="ind-out"):
        for code, listed in (("saved", own), ("all", read.indicators())):
            st.download_button(
                ctx.say(f"indicators.file.out_{code}", n=len(listed)),
                data=lambda listed=listed: written(listed.values()).encode(),  # type: ignore[misc]
                file_name=f"indicators-{code}.yaml", mime="application/yaml",
                key=f"ind-out-{code}-{ctx.lang}", icon=":material/download:", type="tertiary",
                on_click="ignore", disabled=not listed,
            )  # fmt: skip
