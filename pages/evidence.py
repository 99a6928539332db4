"""What points rest on: bonuses by evidence, exclusions by decision, several evaluators."""

import streamlit as st

from ui import choice, definitions, rankings
from ui.evidence_exclusions import exclusions
from ui.evidence_judges import judges
from ui.evidence_points import points
from ui.page import page

PARTS = {"points": points, "exclusions": exclusions, "judges": judges}

with page("evidence") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = choice.choose(
            ctx, "tab", list(PARTS), "points", title=ctx.say("page.evidence.tab"), bare=True,
            label=lambda code: ctx.say(f"page.evidence.tabs.{code}"), kind="segments",
        )  # fmt: skip
        definitions.button(ctx, ctx.scheme.indicators, key="definitions")
    PARTS[part](ctx, rankings.unit_counts(ctx, ctx.period))
