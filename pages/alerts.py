"""Early warning: what has begun lately, where, how large, and what is done about it."""

import streamlit as st

from ui import ahead, choice
from ui import alerts as told
from ui import alerts_decide as decided
from ui import alerts_show as show
from ui.page import page
from ui.refreshed import ready

with page("alerts") as ctx:
    run = ahead.run_of("alerts")
    if ready(ctx, "alerts") and run is not None:
        which = choice.choose(
            ctx, "which", [told.NOW, told.YEAR], told.NOW, title=ctx.say("page.alerts.which"),
            label=lambda code: ctx.say(f"page.alerts.which_{code}"), kind="segments", bare=True,
        )  # fmt: skip
        now = told.shown(ctx, told.NOW)
        st.markdown(f"#### {told.headline(ctx, now)}")
        found = now if which == told.NOW else told.shown(ctx, told.YEAR)
        chosen = show.listing(ctx, found)
        st.caption(told.promise(ctx, run))
        decided.record(ctx)
        if chosen is not None:
            show.one(ctx, chosen, told.shown(ctx, told.YEAR))
        if not ctx.view.present:
            decided.setting(ctx)
