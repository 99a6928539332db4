"""The Overview's list of alerts: the most important ones that are going on, and the way to all."""

from __future__ import annotations

import streamlit as st

from ui import ahead
from ui import alerts as told
from ui import view as views
from ui.context import Context
from ui.panel import escape, panel
from words import format as fmt

SHOWN = 6


def alert_list(ctx: Context) -> None:
    """What has begun lately, most important first; nothing where no scan was made yet."""
    run = ahead.run_of("alerts")
    if run is None or run.state != "done":
        with panel(ctx.say("page.alerts.title"), "", key="overview-alerts"):
            st.text(ctx.say("ui.refresh.waiting"))
        return
    found = told.shown(ctx, told.NOW)
    title = ctx.say(
        "page.alerts.overview_title",
        n=fmt.number(len(found), ctx.lang), urgent=fmt.number(int(found["urgent"].sum()), ctx.lang),
    )  # fmt: skip
    note = ctx.say(
        "page.alerts.overview_note", as_of=fmt.day(run.as_of, ctx.lang),
        day=fmt.number(run.facts.get("false_per_day", 0.0), ctx.lang, 1),
    )  # fmt: skip
    with panel(title if len(found) else ctx.say("page.alerts.none"), note, key="overview-alerts"):
        for alert in found.head(SHOWN).to_dict("records"):
            mark = (
                ":orange-badge[" + ctx.say("page.alerts.urgent") + "] " if alert["urgent"] else ""
            )
            line = ctx.say(
                "page.alerts.overview_line",
                place=told.place(ctx, alert), category=told.category(ctx, alert),
                n=fmt.number(alert["observed"], ctx.lang), expected=told.expected(ctx, alert),
                start=fmt.day(told.day(alert["start_day"]), ctx.lang, year=False),
            )  # fmt: skip
            st.markdown(mark + escape(line))
        if not ctx.view.present:
            st.page_link(
                "pages/alerts.py", label=ctx.say("page.alerts.overview_all"),
                icon=":material/arrow_forward:", query_params=views.params(ctx.view),
            )  # fmt: skip
