"""Whistles: streets call departments to matters they cannot settle alone, and what comes of it."""

import streamlit as st

from ui import choice, whistle_list, whistle_start, whistle_stats
from ui.page import page

PARTS = {
    "ledger": whistle_list.section, "suggest": whistle_start.suggestions, "stats": whistle_stats.section,
}  # fmt: skip

with page("whistles") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "part", list(PARTS), "ledger", title=ctx.say("whistle.part_choose"), bare=True,
            label=lambda code: ctx.say(f"whistle.part.{code}"), kind="segments",
        )  # fmt: skip
    PARTS[part](ctx)
