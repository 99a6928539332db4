"""Who leads, who trails, what can be told apart from chance; from a unit to its orders."""

import streamlit as st

from ui import choice, definitions, published, rankings
from ui import rankings_show as show
from ui import rankings_text as text
from ui.page import page
from ui.panel import no_data
from ui.rankings_unit import unit_detail

with page("rankings") as ctx:
    published.notice(ctx)
    now = rankings.unit_counts(ctx, ctx.period)
    then = rankings.unit_counts(ctx, ctx.compared).units if ctx.compared else None
    # A comparison period before the first order compares nothing.
    before = then if then is not None and then["all"].sum() else None
    tables = rankings.leagues(ctx.scheme, now.units, before)
    if not any(len(league.ranked) for league in tables.values()):
        no_data(ctx)
    if tables:
        most = max(tables, key=lambda g: len(tables[g].ranked))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            group = choice.choose(
                ctx, "group", list(tables), most,
                title=ctx.say("page.rankings.group"),
                label=lambda code: text.group_name(ctx, code),
                kind="segments" if len(tables) <= 6 else "select", width="content",
            )  # fmt: skip
            league = tables[group]
            have, _ = rankings.shown_indicators(ctx.scheme, league.ranked)
            by = choice.choose(
                ctx, "by", [rankings.SCORE, *(i.id for i in have)], rankings.SCORE,
                title=ctx.say("page.rankings.by"),
                label=lambda code: text.choice_name(ctx, code), width=200,
            )  # fmt: skip
            unit = show.pick_unit(ctx, league)
            definitions.button(ctx, ctx.scheme.indicators, key="definitions")
        left, right = st.columns([7, 3], gap="small")
        with left:
            show.table(ctx, league, now.units, now.nobody, unit)
        with right:
            show.dot_chart(ctx, league, by, unit)
        if not ctx.view.present:
            unit_detail(ctx, league, now.units, before, unit)
        show.apart(ctx, league)
