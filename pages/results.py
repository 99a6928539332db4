"""Published months: frozen league tables, what they would be now, bands, talks, the year."""

import streamlit as st

from ui import choice, definitions, published
from ui import rankings_text as text
from ui import results_bands as bands
from ui import results_publish as publishing
from ui import results_show as show
from ui import results_why as reasons
from ui import results_year as years
from ui.page import page

with page("results") as ctx:
    known = published.standing(ctx.scheme.id)
    if not known:
        show.nothing(ctx)
        publishing.offer(ctx)
    else:
        latest = published.of(ctx) or known[-1]
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            show.pick_month(ctx, known, latest)
            made = show.edition(ctx, latest)
            frozen, tables = published.context(ctx, made), published.leagues(made)
            group = choice.choose(
                ctx, "group", list(tables), next(iter(tables)),
                title=ctx.say("page.rankings.group"),
                label=lambda code: text.group_name(frozen, code),
                kind="segments" if len(tables) <= 6 else "select", width="content",
            )  # fmt: skip
            league = tables[group]
            unit = show.pick_unit(ctx, made, league)
            definitions.button(frozen, made.scheme.indicators, key="definitions")
        show.stamp(ctx, made)
        left, right = st.columns([7, 3], gap="small")
        with left:
            show.table(frozen, made, league, unit)
        with right:
            reasons.why(frozen, made, unit)
            reasons.course(frozen, unit)
        bands.panel_of(frozen, made, league)
        years.panel_of(ctx, frozen, made, group)
        publishing.offer(ctx)
