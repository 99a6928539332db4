"""Proactive work (未诉先办): what was done before anybody complained, what it did, where to go next."""

import streamlit as st

from data.registers import ACTION
from ui import choice, proactive_show, visits
from ui.page import page
from ui.refreshed import ready
from ui.register_list import section

PARTS = ("effects", "visits", "register")

with page("proactive") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "part", list(PARTS), PARTS[0], title=ctx.say("page.proactive.part"), bare=True,
            label=lambda code: ctx.say(f"page.proactive.parts.{code}"), kind="segments",
        )  # fmt: skip
    if part == "effects" and ready(ctx, "effects"):
        proactive_show.effects(ctx)
    elif part == "visits":
        visits.section(ctx)
    elif part == "register":
        section(ctx, (ACTION,))
