"""A draft by a language model where the city has set one up; marked as a draft, and never in the way."""

from __future__ import annotations

import streamlit as st

from data import drafting
from data.settings import settings
from dispatch.model import Answer
from dispatch.plan import Step
from ui import dispatch as asks
from ui.context import Context
from ui.dispatch import Asked
from ui.panel import escape, panel

_KEPT = "_dispatch_draft"


def draft(ctx: Context, wanted: Asked, answer: Answer, steps: list[Step]) -> None:
    """The button, and the draft or what went wrong. Nothing where no address is set."""
    config = settings()
    if ctx.view.present or not drafting.possible(config):
        return
    mine = (wanted.title, wanted.content, ctx.lang)
    with panel(
        ctx.say("page.dispatch.draft_title"),
        ctx.say("page.dispatch.draft_note", model=config.llm_model), key="dispatch-draft",
    ):  # fmt: skip
        if st.button(ctx.say("page.dispatch.draft_go"), key=f"dispatch-draft-{ctx.lang}"):
            st.session_state[_KEPT] = (mine, _ask(ctx, wanted, answer, steps))
        kept = st.session_state.get(_KEPT)
        if not kept or kept[0] != mine:
            return
        found = kept[1]
        if isinstance(found, drafting.DraftFault):
            st.warning(ctx.say(f"page.dispatch.draft_fault.{found.code}", **found.details))
            return
        st.markdown(f"**{escape(ctx.say('page.dispatch.draft_mark', model=found.model))}**")
        st.text(found.summary)
        st.text(found.reply)
        for number, step in enumerate(found.steps, start=1):
            st.text(f"{number}. {step}")


def _ask(
    ctx: Context, wanted: Asked, answer: Answer, steps: list[Step]
) -> drafting.Draft | drafting.DraftFault:
    try:
        with st.spinner(ctx.say("page.dispatch.draft_wait")):
            return drafting.draft(
                settings(), f"{wanted.title}\n{wanted.content}".strip(),
                category=asks.path_name(ctx, answer.category),
                unit=ctx.name(answer.unit) if answer.unit else "",
                steps=[step.text for step in steps], lang=ctx.lang,
            )  # fmt: skip
    except drafting.DraftFault as fault:
        return fault
