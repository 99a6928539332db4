"""One unit: its result, what it lost and why, its past, its peers, its orders. Printable."""

import streamlit as st

from ui import choice, definitions, rankings
from ui import unit_data as data
from ui import unit_mix as mixes
from ui import unit_print as prints
from ui import unit_review as reviews
from ui import unit_sections as sections
from ui import unit_show as show
from ui import unit_work as work
from ui.page import page
from ui.panel import no_data
from ui.unit_course import courses
from ui.unit_link import UNIT
from ui.unit_lost import loss_of
from ui.unit_peers import peers

with page("unit") as ctx:
    reviews.follow(ctx)
    now = rankings.unit_counts(ctx, ctx.period)
    then = rankings.unit_counts(ctx, ctx.compared).units if ctx.compared else None
    before = then if then is not None and then["all"].sum() else None
    tables = rankings.leagues(ctx.scheme, now.units, before)
    earlier = rankings.leagues(ctx.scheme, before, None) if before is not None else None
    if not tables:
        no_data(ctx, "page.unit.nobody")
    else:
        printing = prints.wanted(ctx)
        units = data.listed(tables)
        default = data.default(tables, ctx.view.units)
        if printing:
            unit = choice.chosen(UNIT, units, default)
        else:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                unit = choice.choose(
                    ctx, UNIT, units, default,
                    title=ctx.say("page.unit.choose"), label=ctx.name, width=300,
                )  # fmt: skip
                section = choice.choose(
                    ctx, "section", ("lost", "course", "peers", "orders"), "lost",
                    title=ctx.say("page.unit.section.title"), kind="segments",
                    label=lambda code: ctx.say(f"page.unit.section.{code}"),
                )  # fmt: skip
                definitions.button(ctx, ctx.scheme.indicators, key="unit-definitions")
                prints.button(ctx)
        mine = data.profile(ctx, unit, tables, now.units, earlier)
        bonus = data.adjusted(ctx, mine)
        if printing:
            prints.paper(
                ctx, mine, loss_of(ctx, mine), bonus, courses(ctx, mine), peers(ctx, mine),
                mixes.mix(ctx, mine),
            )  # fmt: skip
        elif ctx.view.present:
            show.head(ctx, mine, mixes.overdue(ctx, unit))
            show.lost_screen(ctx, mine, loss_of(ctx, mine), bonus)
        else:
            show.head(ctx, mine, mixes.overdue(ctx, unit))
            if section == "lost":
                found = loss_of(ctx, mine)
                show.lost_screen(ctx, mine, found, bonus)
                if found is not None:
                    reviews.review(ctx, mine, found)
            elif section == "course":
                sections.courses(ctx, courses(ctx, mine))
            elif section == "peers":
                among = peers(ctx, mine)
                sections.peers(ctx, mine, among)
                sections.case_mix(ctx, among)
            else:
                work.screen(ctx, mine, mixes.mix(ctx, mine))
