"""One unit: its result, what it lost and why, its past, its peers, its orders. Printable."""

import streamlit as st

from ui import choice, definitions
from ui import unit_data as data
from ui import unit_mix as mixes
from ui import unit_print as prints
from ui import unit_review as reviews
from ui import unit_sections as sections
from ui import unit_show as show
from ui import unit_work as work
from ui.page import page
from ui.panel import no_data
from ui.unit_alike import alike_panel, signals_panel
from ui.unit_course import courses
from ui.unit_link import UNIT
from ui.unit_lost import loss_of
from ui.unit_peers import peers

SECTIONS = ("lost", "course", "peers", "orders")

with page("unit") as ctx:
    reviews.follow(ctx)
    found = data.results(ctx)
    if not found.tables:
        no_data(ctx, "page.unit.nobody")
    elif prints.wanted(ctx):
        units = data.listed(found.tables)
        unit = choice.chosen(UNIT, units, data.default(found.tables, ctx.view.units))
        mine = data.profile(ctx, unit, found)
        prints.paper(
            ctx,
            mine,
            loss_of(ctx, mine),
            courses(ctx, mine),
            peers(ctx, mine),
            mixes.mix(ctx, mine),
        )
    else:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            unit = choice.choose(
                ctx, UNIT, data.listed(found.tables), data.default(found.tables, ctx.view.units),
                title=ctx.say("page.unit.choose"), label=ctx.name, width=300,
            )  # fmt: skip
            section = choice.choose(
                ctx, "section", SECTIONS, SECTIONS[0],
                title=ctx.say("page.unit.section.title"), kind="segments",
                label=lambda code: ctx.say(f"page.unit.section.{code}"),
            )  # fmt: skip
            definitions.button(ctx, ctx.scheme.indicators, key="unit-definitions")
            prints.button(ctx)
        mine = data.profile(ctx, unit, found)
        show.head(ctx, mine, mixes.overdue(ctx, unit))
        if ctx.view.present or section == "lost":
            losses = loss_of(ctx, mine)
            show.lost_screen(ctx, mine, losses)
            if losses is not None and len(losses.orders) and not ctx.view.present:
                reviews.review(ctx, mine, losses)
        elif section == "course":
            sections.courses(ctx, courses(ctx, mine))
        elif section == "peers":
            among = peers(ctx, mine)
            sections.peers(ctx, mine, among)
            sections.case_mix(ctx, among)
            alike_panel(ctx, mine)
            signals_panel(ctx, unit)
        else:
            work.screen(ctx, mine, mixes.mix(ctx, mine))
