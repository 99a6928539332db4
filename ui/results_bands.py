"""Who is in which band of the published month, for how many months running, and who is due for a talk."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import yearbook
from data.published import Publication
from metrics.scheme_rules import Band
from ui import definitions, published
from ui import rankings_text as text
from ui.context import Context
from ui.panel import escape, panel
from ui.rankings import League
from words import format as fmt

MOST = 12
Times = dict[tuple[str, str], int]
"""How many months in a row a unit has been in a band."""


def panel_of(ctx: Context, made: Publication, league: League) -> None:
    """One card for each band, then the talk list; nothing where the scheme has no bands."""
    scheme = made.scheme
    if not scheme.bands:
        return
    run = yearbook.run_of(published.standing(scheme.id), made.period)
    bands = published.result(made).bands
    mine = bands[bands["group"] == league.group]
    runs = yearbook.running(run)
    latest = runs[runs["period"] == made.period]
    times = dict(
        zip(zip(latest["unit"], latest["band"], strict=True), latest["running"], strict=True)
    )
    heading = ctx.say("page.results.bands_title", group=text.group_name(ctx, league.group))
    note = ctx.say("page.results.bands_note", n=len(run))
    with panel(heading, note, key="bands"):
        with st.grid(len(scheme.bands), min_column_width=250, gap="small"):
            for band in scheme.bands:
                with st.container(border=True):
                    _band(ctx, band, mine[mine["band"] == band.id], times)
        _talks(ctx, made, run, league)


def _band(ctx: Context, band: Band, inside: pd.DataFrame, times: Times) -> None:
    st.markdown(
        f"**{escape(ctx.names_of(band.names))}** {definitions.badge(ctx, band.status)}  \n"
        f":small[:gray[{escape(ctx.say(f'page.results.by.{band.by}.{band.side}', n=band.count))}]]"
    )
    if inside.empty:
        key = "no_earlier" if band.by == "rise" else "nobody"
        st.markdown(f":small[{escape(ctx.say(f'page.results.band_{key}'))}]")
        return
    lines = []
    for row in inside.sort_values("place").head(MOST).to_dict("records"):
        digits = 0 if band.by == "volume" else 2
        value = (fmt.signed if band.by == "rise" else fmt.number)(
            float(row["value"]), ctx.lang, digits
        )
        line = f"{row['place']} · {ctx.name(row['unit'])} ({value})"
        months = int(times.get((row["unit"], band.id), 1))
        more = ctx.say("page.results.running", n=months) if months > 1 else ""
        lines.append(escape(line) + (f" :orange-badge[{escape(more)}]" if more else ""))
    if len(inside) > MOST:
        lines.append(escape(ctx.say("page.results.more", n=len(inside) - MOST)))
    st.markdown(":small[" + "]  \n:small[".join(lines) + "]")


def _talks(ctx: Context, made: Publication, run: list[Publication], league: League) -> None:
    scheme = made.scheme
    rules = [band for band in scheme.bands if band.talk is not None]
    if not rules:
        return
    due = yearbook.talks(scheme, run)
    due = due[due["unit"].isin([*league.ranked["unit"], *league.apart["unit"]])]
    for band in rules:
        assert band.talk is not None
        mine = due[due["band"] == band.id]
        rule = ctx.say("page.results.talk_rule", band=ctx.names_of(band.names), n=band.talk.periods)
        badge = definitions.badge(ctx, band.talk.status)
        comma = ctx.say("ui.list_comma")
        names = comma.join(
            ctx.say("page.results.talk_unit", unit=ctx.name(str(r.unit)), n=r.running)
            for r in mine.itertuples()
        )
        told = names or ctx.say("page.results.talk_nobody")
        st.markdown(f"**{escape(rule)}** {badge} {escape(told)}")
