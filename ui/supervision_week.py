"""This week's board (周调度): alerts nobody has taken up, rising places, units off their own course, late topics."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import alert_states
from data.supervision import sources
from metrics import spc
from ui import ahead, fair_data, fair_text, read, task_text
from ui import alerts as told
from ui.context import Context
from ui.overview_rises import ALL, rises
from ui.supervision_lines import Line, section
from words import format as fmt

_UNTAKEN = (alert_states.NEW, alert_states.SEEN)


def board(ctx: Context) -> None:
    """The sentence, then the four lists."""
    alerts, places = alert_lines(ctx), place_lines(ctx)
    units, topics = unit_lines(ctx), topic_lines(ctx)
    parts = [
        ctx.say(f"supervision.count.{name}", n=len(lines))
        for name, lines in (
            ("alerts", alerts),
            ("places", places),
            ("units", units),
            ("topics", topics),
        )
        if lines
    ]
    key = "headline_week" if parts else "nothing_week"
    head = ctx.say(f"supervision.{key}", parts=ctx.say("ui.list_comma").join(parts)) if parts else ctx.say("supervision.nothing_week")  # fmt: skip
    st.markdown(f"#### {head}")
    left, right = st.columns(2, gap="small")
    with left:
        section(ctx, "alerts", alerts, board="week", days=3)
        section(ctx, "topics", topics, board="week", days=5)
    with right:
        section(ctx, "places", places, board="week", days=5)
        section(ctx, "units", units, board="week", days=5)


def alert_lines(ctx: Context) -> list[Line] | None:
    """Alerts that go on and were not given to anybody, the most important first."""
    run = ahead.run_of("alerts")
    if run is None or run.state != "done":
        return None
    found = told.shown(ctx, told.NOW)
    found = found[found["state"].isin(_UNTAKEN)]
    out = []
    for alert in found.to_dict("records"):
        mark = ctx.say("supervision.urgent_mark") if alert["urgent"] else ""
        title = ctx.say(
            "supervision.alert_task",
            place=told.place(ctx, alert),
            category=told.category(ctx, alert),
        )
        out.append(
            Line(("alert", str(alert["alert"])), mark + told.sentence(ctx, alert), title, None,
                 "pages/alerts.py", {"alert": str(alert["alert"])})
        )  # fmt: skip
    return out


def place_lines(ctx: Context) -> list[Line] | None:
    """Places whose orders rise: those that the map of places found, else those above their own normal."""
    found = sources.SOURCES["places"](read.store(), task_text.today())
    if found is not None:
        return [
            _place(ctx, str(one.facts["place"]), str(one.facts["category"]), one.facts)
            for one in found
            if not ctx.view.districts or one.facts["place"] in ctx.view.districts
        ]
    if not ctx.selection.whole_days:
        return None
    table = rises(ctx)
    table = table[table["rising"].astype(bool)]
    return [
        _place(ctx, str(row["place"]), "" if row["category"] == ALL else str(row["category"]), row)
        for row in table.to_dict("records")
    ]


def _place(ctx: Context, place: str, category: str, facts: object) -> Line:
    known = pd.Series(facts)
    about = ctx.path_name(category) if category else ctx.say("page.alerts.all_categories")
    text = ctx.say(
        "supervision.place_line", place=ctx.name(place), category=about,
        n=fmt.number(float(known["observed"]), ctx.lang, 0),
        expected=fmt.number(float(known["expected"]), ctx.lang, 0),
        ratio=fmt.number(float(known["ratio"]), ctx.lang, 1),
    )  # fmt: skip
    units = set(read.units()["unit"])
    title = ctx.say("supervision.place_task", place=ctx.name(place), category=about)
    return Line(
        ("place", f"{place}|{category}"), text, title, place if place in units else None,
        "pages/places.py",
    )  # fmt: skip


def unit_lines(ctx: Context) -> list[Line] | None:
    """Units with a rate whose control chart shows a change for the worse (the icon matrix of Rankings)."""
    past = fair_data.past_of(ctx)
    table = past.table
    if table.empty:
        return None
    bad = table[table["variation"] == "concerning"]
    if ctx.view.units:
        bad = bad[bad["unit"].isin(ctx.view.units)]
    order = spc.by_concern(table, dict(past.directions))
    out = []
    for unit in order:
        mine = bad[bad["unit"] == unit]
        if mine.empty:
            continue
        parts = ctx.say("ui.list_comma").join(_rate(ctx, row) for row in mine.to_dict("records"))
        out.append(
            Line(("unit", unit), ctx.say("supervision.unit_line", unit=ctx.name(unit), rates=parts),
                 ctx.say("supervision.unit_task", unit=ctx.name(unit)), unit, "pages/unit.py",
                 {"u": unit})
        )  # fmt: skip
    return out


def _rate(ctx: Context, row: dict[object, object]) -> str:
    return ctx.say(
        "supervision.rate_off", rate=fair_text.rate_name(ctx, str(row["rate"])),
        value=fmt.percent(float(str(row["value"])), ctx.lang), n=fmt.number(float(str(row["n"])), ctx.lang),
        low=fmt.percent(float(str(row["low"])), ctx.lang), high=fmt.percent(float(str(row["high"])), ctx.lang),
    )  # fmt: skip


def topic_lines(ctx: Context) -> list[Line] | None:
    """Monthly topics with late tasks."""
    found = sources.SOURCES["topics"](read.store(), task_text.today())
    if found is None:
        return None
    return [
        Line(one.source, ctx.say("supervision.topic_line", **one.facts),
             ctx.say("supervision.topic_task", title=one.facts["title"]), one.unit)
        for one in found
    ]  # fmt: skip
