"""Monthly topics (每月一题): candidates from the data, the topics, what became of them."""

import streamlit as st

from ui import choice, topics_candidates, topics_show
from ui.page import page

PARTS = {"candidates": topics_candidates.section, "topics": topics_show.section}

with page("topics") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "part", list(PARTS), "candidates", title=ctx.say("page.topics.part"), bare=True,
            label=lambda code: ctx.say(f"page.topics.parts.{code}"), kind="segments",
        )  # fmt: skip
    PARTS[part](ctx)
