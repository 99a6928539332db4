"""Saving a draft: names in both languages, who writes, a stale edit refused with both versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data import saved_indicators
from data.records import Record, Stale
from data.saved_indicators import BadIndicator
from metrics.indicators import Indicator
from ui import indicators_text as text
from ui import read, who
from ui.context import Context
from ui.indicator_draft import Draft, draft_of
from ui.indicators_form import DRAFT, generated, start
from ui.panel import escape, panel
from words import format as fmt

CLASH, DONE = "_indicator_clash", "_indicator_done"


def saving(ctx: Context, state: Draft, *, able: bool) -> None:
    """Who writes, and the button; what is still missing is said beside it."""
    with panel(ctx.say("indicators.save.title"), key="ind-save"):
        lacks = _lacks(state)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            actor = who.ask(ctx, "indicator")
            lacks += [] if actor else ["who"]
            pressed = st.button(
                ctx.say("indicators.save.change" if state.id else "indicators.save.new"),
                key=f"ind-save-{ctx.lang}", type="primary", icon=":material/save:",
                disabled=bool(lacks) or not able,
            )  # fmt: skip
        if lacks:
            listed = ctx.say("ui.list_comma").join(
                ctx.say(f"indicators.save.lacks.{code}") for code in lacks
            )
            st.caption(ctx.say("indicators.save.lacking", what=listed))
        elif not able:
            st.caption(ctx.say("indicators.save.not_able"))
        if pressed and actor:
            _save(state, actor, state.revision)
            st.rerun()


def _lacks(state: Draft) -> list[str]:
    return [
        *([] if state.zh.strip() else ["zh"]),
        *([] if state.en.strip() else ["en"]),
        *(["values"] if state.incomplete() else []),
        *(["basis"] if bool(state.basis_zh.strip()) != bool(state.basis_en.strip()) else []),
    ]


def _save(state: Draft, actor: str, revision: int) -> None:
    store = read.store()
    indicator = state.indicator(generated(state))
    if not state.id:
        indicator = indicator.model_copy(
            update={"id": saved_indicators.new_id(store, indicator.names.en)}
        )
    try:
        record = saved_indicators.save(store, indicator, actor=actor, revision=revision)
    except Stale as stale:
        st.session_state[CLASH] = stale.current
        return
    st.session_state.pop(CLASH, None)
    st.session_state[DONE] = record.id
    made = draft_of(indicator, record.revision)
    if made is not None:
        st.session_state[DRAFT] = made
    saved_indicators.count_in_background(store)


def clash(ctx: Context, state: Draft) -> None:
    """Both versions of an edit that was refused, and what can be done about it."""
    current: Record | None = st.session_state.get(CLASH)
    if current is None or current.id != state.id:
        return
    with panel(ctx.say("indicators.clash.title"), key="ind-clash"):
        st.warning(
            ctx.say(
                "indicators.clash.what", actor=escape(current.actor), mine=state.revision,
                theirs=current.revision, moment=fmt.moment(current.moment, ctx.lang),
            ),
            icon=":material/call_split:",
        )  # fmt: skip
        theirs = Indicator.model_validate(dict(current.body))
        mine = state.indicator(generated(state))
        st.dataframe(
            differences(ctx, mine, theirs), hide_index=True, key=f"ind-clash-table-{ctx.lang}",
            column_config={
                "what": st.column_config.TextColumn(ctx.say("indicators.clash.item"), width=130),
                "mine": st.column_config.TextColumn(ctx.say("indicators.clash.mine")),
                "theirs": st.column_config.TextColumn(ctx.say("indicators.clash.theirs")),
            },
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            st.button(
                ctx.say("indicators.clash.take"), key=f"ind-clash-take-{ctx.lang}",
                on_click=lambda: _take(theirs, current.revision), disabled=current.removed,
            )  # fmt: skip
            st.button(
                ctx.say("indicators.clash.keep"), key=f"ind-clash-keep-{ctx.lang}",
                on_click=lambda: _keep(state, current.revision),
            )  # fmt: skip


def _take(theirs: Indicator, revision: int) -> None:
    st.session_state.pop(CLASH, None)
    made = draft_of(theirs, revision)
    if made is not None:
        start(made)


def _keep(state: Draft, revision: int) -> None:
    """Mine goes on top of theirs: both stay in the history."""
    st.session_state.pop(CLASH, None)
    _save(state, who.who() or "", revision)


def done(ctx: Context) -> None:
    """That it was saved, and where it is now; how far the counting has come."""
    code = st.session_state.get(DONE)
    indicator = read.saved_indicators().get(code) if code else None
    if indicator is None:
        return
    with st.container(border=True, key="ind-done"):
        name = escape(ctx.names_of(indicator.names))
        st.markdown(f":material/check_circle: {ctx.say('indicators.save.done', name=name)}")
        with st.container(horizontal=True, gap="medium"):
            for page, param in (("rankings", "by"), ("trends", "what")):
                st.page_link(
                    f"pages/{page}.py", label=ctx.say(f"page.{page}.title"),
                    query_params={**_view(ctx), param: indicator.id},
                )  # fmt: skip
        counting(ctx, indicator)


def _view(ctx: Context) -> dict[str, Any]:
    from ui import view

    return view.params(ctx.view)


def counting(ctx: Context, indicator: Indicator) -> None:
    """How many of the measures are counted ahead; until then they are answered from raw rows.

    While they are being counted it follows by itself.
    """
    said = saved_indicators.progress(read.store(), indicator, ctx.scheme)
    if said.running and not said.done:
        _following(ctx, indicator)
    else:
        code = "done" if said.done else "raw"
        words = ctx.say(f"indicators.counting.{code}", n=said.counted, all=said.wanted)
        st.caption(f":material/speed: {words}")


@st.fragment(run_every=2)
def _following(ctx: Context, indicator: Indicator) -> None:
    said = saved_indicators.progress(read.store(), indicator, ctx.scheme)
    code = "done" if said.done else "running" if said.running else "raw"
    st.progress(
        said.counted / max(said.wanted, 1),
        ctx.say(f"indicators.counting.{code}", n=said.counted, all=said.wanted),
    )


def differences(ctx: Context, mine: Indicator, theirs: Indicator) -> pd.DataFrame:
    """What two versions of an indicator say, side by side, where they differ."""
    one, other = facts(ctx, mine), facts(ctx, theirs)
    rows = [(name, one[name], other[name]) for name in one if one[name] != other[name]]
    return pd.DataFrame(rows, columns=["what", "mine", "theirs"])


def facts(ctx: Context, indicator: Indicator) -> Mapping[str, str]:
    """An indicator as named lines, for comparing versions."""
    say = ctx.say
    return {
        say("indicators.form.name_zh"): indicator.names.zh,
        say("indicators.form.name_en"): indicator.names.en,
        say("indicators.form.kind"): say(f"indicators.kind.{indicator.kind}"),
        say("indicators.form.direction"): say(f"indicators.direction.{indicator.direction}"),
        say("indicators.form.unit"): say(f"indicators.unit.{indicator.unit}"),
        say("indicators.list.target"): text.target(ctx, indicator)
        or say("indicators.form.no_target"),
        say("indicators.fact.formula"): text.formula(indicator, ctx.lang),
        say("indicators.fact.missing"): text.condition(ctx, indicator.missing)
        if indicator.missing is not None
        else "–",
        say("indicators.list.definition"): ctx.names_of(indicator.definition),
        say("indicators.fact.basis"): ctx.names_of(indicator.note) if indicator.note else "–",
        say("indicators.form.clock"): say(f"indicators.clock.{indicator.clock}"),
    }


def save_text(
    indicators: Mapping[str, Indicator], revisions: Mapping[str, int], actor: str
) -> None:
    """Save what a text held. Raises ``Stale`` and ``BadIndicator``."""
    for indicator in indicators.values():
        if indicator.kind == "group_share":
            raise BadIndicator("group_share", id=indicator.id)
    changes = [(indicator, revisions.get(code, 0)) for code, indicator in indicators.items()]
    saved_indicators.save_all(read.store(), changes, actor=actor)
    saved_indicators.count_in_background(read.store())
