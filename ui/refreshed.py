"""What a page says while its results are still to be computed, or are of older data."""

from __future__ import annotations

import streamlit as st

from data.refresh import background
from ui import ahead, read
from ui.context import Context
from words import format as fmt


def ready(ctx: Context, step: str) -> bool:
    """Whether there are results of a step; says what is going on where they are missing or old."""
    run = ahead.run_of(step)
    if run is None or run.data_version != ctx.version:
        _waiting(ctx, step, run is not None)
    return run is not None and run.state == "done"


@st.fragment(run_every=2.0)
def _waiting(ctx: Context, step: str, have: bool) -> None:
    run = ahead.run_of(step)
    if run is not None and run.data_version == read.version():
        st.rerun()
    at = background.state(read.store().settings)
    doing = at.get("running") and at.get("step") == step
    key = "ui.refresh.running" if doing else "ui.refresh.older" if have else "ui.refresh.waiting"
    share = float(at.get("share", 0.0)) if doing else 0.0
    text = ctx.say(key, share=fmt.percent(share, ctx.lang, 0))
    if doing:
        st.progress(share, text=text)
        return
    st.info(text, icon=":material/hourglass_top:")
    if not ctx.view.present and st.button(
        ctx.say("ui.refresh.now"), key=f"refresh-{step}-{ctx.lang}"
    ):
        background.wish(read.store().settings)
