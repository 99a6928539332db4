"""What is to come: the next days and weeks of any series, how far it can be trusted, what to staff."""

import streamlit as st

from ui import ahead, choice
from ui import forecast as asks
from ui import forecast_more as more
from ui import forecast_show as show
from ui import forecast_sum as several
from ui import forecast_text as text
from ui.page import page
from ui.panel import escape, no_data
from ui.refreshed import ready

with page("forecast") as ctx:
    run = ahead.run_of("forecasts")
    if ready(ctx, "forecasts") and run is not None:
        asked = asks.asked(ctx)
        if asked is None:
            no_data(ctx)
        else:
            if asked.left_out:
                said = [several.sentences(ctx, asked.left_out), text.left_out(ctx, asked)]
                st.warning("\n\n".join(filter(None, said)), icon=":material/filter_alt_off:")
            grain = choice.choose(
                ctx, "grain", (asks.DAY, asks.WEEK), asks.DAY, kind="segments", bare=True,
                title=ctx.say("page.forecast.grain"),
                label=lambda code: ctx.say(f"page.forecast.grain_{code}"),
            )  # fmt: skip
            left, right = st.columns([8, 5], gap="small")
            with left:
                show.fan(ctx, run, asked.node, grain)
            with right:
                show.drivers(ctx, asked.node)
            left, right = st.columns([8, 5], gap="small")
            with left:
                show.split(ctx, asked.node)
            with right:
                show.last_time(ctx, asked.node)
            show.scores(ctx, asked.node)
            left, right = st.columns([8, 5], gap="small")
            with left:
                more.staffing(ctx, asked.node)
            with right:
                more.rates(ctx)
            st.caption(escape(text.together(ctx, text.panel_notes(ctx, run))))
