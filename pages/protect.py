"""Rules that protect (容错免责): appeals and their review; what is struck out, by unit, with and without."""

import streamlit as st

from ui import appeals, choice, rankings
from ui.evidence_exclusions import exclusions
from ui.page import page

with page("protect") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "part", ["appeals", "exempt"], "appeals", title=ctx.say("page.protect.part"),
            bare=True, label=lambda code: ctx.say(f"page.protect.parts.{code}"), kind="segments",
        )  # fmt: skip
    if part == "appeals":
        appeals.section(ctx)
    else:
        exclusions(ctx, rankings.unit_counts(ctx, ctx.period))
