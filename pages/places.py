"""Where to go next week, what rises or stays, points that come again, and how far to trust it."""

import streamlit as st

from data.places import CLEAN, EVERY
from ui import choice
from ui import places as asks
from ui import places_change as change
from ui import places_repeat as repeat
from ui import places_text as text
from ui import places_trust as trust
from ui import places_visit as visit
from ui.page import page
from ui.panel import escape, no_data
from ui.refreshed import ready
from ui.theme import PRINT

SECTIONS = ("visit", "change", "repeat", "trust")

with page("places") as ctx:
    run = asks.run()
    if ready(ctx, asks.STEP) and run is not None:
        what = asks.asked(ctx, run)
        scope = asks.scope(what)
        if scope is None:
            no_data(ctx, "page.places.no_points_at_all")
        elif st.query_params.get(PRINT) == "1" and not ctx.view.present:
            visit.paper(ctx, what, scope)
        else:
            if what.left:
                st.warning(escape(text.left_out(ctx, what)), icon=":material/filter_alt_off:")
            with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
                section = choice.choose(
                    ctx, "section", SECTIONS, SECTIONS[0], title=ctx.say("page.places.section"),
                    label=lambda code: ctx.say(f"page.places.section_{code}"), kind="segments",
                    bare=True,
                )  # fmt: skip
                if section in ("visit", "change"):
                    choice.choose(
                        ctx, "count", (CLEAN, EVERY), CLEAN, title=ctx.say("page.places.count"),
                        label=lambda code: ctx.say(f"page.places.count_{code}"), kind="segments",
                        bare=True, help=ctx.say("page.places.count_help"),
                    )  # fmt: skip
                    st.caption(escape(text.counted(ctx, scope)))
            if section == "visit":
                visit.section(ctx, what, scope)
            elif section == "change":
                change.section(ctx, what)
            elif section == "repeat":
                repeat.section(ctx, what)
            else:
                trust.section(ctx, what, scope)
