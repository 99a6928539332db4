"""What complaints go along with: weather and other outside facts, forecasts, seasons to come."""

import streamlit as st

from ui import ahead, choice
from ui import drivers as asks
from ui import drivers_places as where
from ui import drivers_season as season
from ui import drivers_show as show
from ui import drivers_whatif as whatif
from ui.page import page
from ui.refreshed import ready

EFFECTS, WHATIF, SEASONS = "effects", "whatif", "seasons"

with page("drivers") as ctx:
    part = choice.choose(
        ctx, "part", [EFFECTS, WHATIF, SEASONS], EFFECTS, title=ctx.say("page.drivers.part"),
        label=lambda code: ctx.say(f"page.drivers.parts.{code}"), kind="segments", bare=True,
    )  # fmt: skip
    if part == SEASONS:
        season.coming(ctx)
    elif not asks.has_factors():
        show.without_factors(ctx)
        season.coming(ctx)
    elif ready(ctx, asks.STEP):
        run = ahead.run_of(asks.STEP)
        pairs = asks.found_pairs(ctx)
        if run is not None and part == EFFECTS:
            chosen = show.forest(ctx, run, pairs)
            left, right = st.columns([8, 5], gap="small")
            with left:
                if chosen is not None:
                    show.lags(ctx, run, chosen)
            with right:
                if chosen is not None:
                    show.details(ctx, run, chosen)
            left, right = st.columns([8, 5], gap="small")
            with left:
                if chosen is not None:
                    where.places(ctx, run, chosen)
            with right:
                show.trust(ctx, run)
        elif run is not None:
            whatif.scenario(ctx, run, pairs)
