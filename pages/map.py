"""Where? Any number by district, street or cell; heat, points, change, two periods, week by week."""

import streamlit as st

from ui import map_asked, map_detail, map_show, map_table, map_view
from ui.map_asked import BESIDE, POINTS
from ui.page import page

with page("map") as ctx:
    ground = map_view.ground(ctx.version)
    if not ground.districts and not ground.points:
        map_show.nowhere(ctx)
    asked = map_asked.asked(ctx, ground)
    at = st.query_params.get(map_show.AT, "")
    if asked.how == BESIDE:
        rows = map_show.main(ctx, asked)
        left, right = st.columns(2, gap="small")
    else:
        left, right = st.columns([8, 5], gap="small")
        with left:
            rows = map_show.main(ctx, asked)
        left = right
    with left:
        map_detail.detail(ctx, asked, rows, at)
    if asked.look != POINTS:
        with right:
            map_table.table(ctx, asked, rows, at)
