"""Who leads, who trails, what can be told apart from chance; from a unit to its orders."""

import streamlit as st

from ui import choice, definitions, fair_data, fair_matrix, fair_views, published
from ui import rankings_show as show
from ui import rankings_text as text
from ui.page import page
from ui.panel import no_data
from ui.rankings import SCORE

with page("rankings") as ctx:
    published.notice(ctx)
    seen = fair_views.read_all(ctx)
    if not any(len(league.ranked) for league in seen.tables.values()):
        no_data(ctx)
    if seen.tables:
        most = max(seen.tables, key=lambda g: len(seen.tables[g].ranked))
        made = fair_data.fair_of(ctx, seen.units, seen.bonuses)
        adjusted, target = False, None
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            board = fair_views.ask_board(ctx)
            few = len(seen.tables) <= 4
            group = choice.choose(
                ctx, "group", list(seen.tables), most,
                title=ctx.say("page.rankings.group"),
                label=lambda code: text.group_name(ctx, code),
                kind="segments" if few else "select", width="content" if few else 180,
            )  # fmt: skip
            league = seen.tables[group]
            by = fair_views.ask_rate(ctx, board, league, made)
            if board == fair_views.FAIR and by == SCORE:
                adjusted = fair_views.ask_basis(ctx, group, made)
            if board == fair_views.SIGNS:
                target = fair_matrix.ask_target(ctx)
            unit = show.pick_unit(ctx, league)
            definitions.button(ctx, ctx.scheme.indicators, key="definitions")
        if adjusted:
            made = fair_data.fair_of(ctx, seen.units, seen.bonuses, adjusted=True)
        fair_views.draw(ctx, seen, league, made, board, by, unit, target)
        show.apart(ctx, league)
