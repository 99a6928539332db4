"""Week by week: a slider that plays. Only this part runs again; the weeks are counted once."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from ui import map_data, map_export, map_legend, map_view
from ui import map_text as text
from ui.context import Context
from ui.map_asked import AREAS, Asked
from ui.map_data import Shown
from ui.map_legend import Legend
from ui.map_view import WIDE, Picture
from ui.panel import escape, no_data, panel

STEP = 1.2
"""Seconds that a week stands while the map plays."""
_PLAYING, _WEEK = "_map_playing", "_map_week"


def play(ctx: Context, asked: Asked) -> pd.DataFrame:
    """The slider and the week it stands on. Returns the newest week's rows."""
    frames, gaps = map_data.weeks(ctx, asked)
    if not frames:
        with panel(text.name(ctx, asked), text.note(ctx, asked), key="map"):
            no_data(ctx)
        return pd.DataFrame(columns=list(map_data.COLUMNS))
    legend = map_legend.legend(ctx, asked, [found.rows for found in frames.values()])
    going = bool(st.session_state.get(_PLAYING)) or bool(ctx.view.present)
    st.fragment(_stage, run_every=STEP if going else None)(ctx, asked, frames, legend, gaps)
    return frames[max(frames)].rows


def _stage(
    ctx: Context, asked: Asked, frames: dict[datetime, Shown], legend: Legend, gaps: int
) -> None:
    weeks = sorted(frames)
    going = bool(st.session_state.get(_PLAYING)) or bool(ctx.view.present)
    key = f"map-week-{ctx.lang}"
    if st.session_state.get(_WEEK) not in weeks:
        st.session_state[_WEEK] = weeks[-1]
    elif going and st.session_state.pop("_map_tick", True):
        at = weeks.index(st.session_state[_WEEK])
        st.session_state[_WEEK] = weeks[(at + 1) % len(weeks)]
    week = st.session_state[_WEEK]
    found = frames[week]
    name = text.week_name(ctx, pd.Timestamp(week))
    title = f"{name} · {text.finding(ctx, asked, found.rows)}"
    with panel(title, text.weeks_note(ctx, asked, found.resolution, weeks, gaps), key="map"):
        if not ctx.view.present:
            _slider(ctx, weeks, key)
        picture = Picture(ctx, asked, found.rows, legend, ctx.period, found.resolution)
        if asked.look == AREAS and not picture.outlines:
            st.info(escape(ctx.say("page.map.no_outlines", place=text.place(ctx, asked))))
            return
        st.pydeck_chart(
            picture.screen(WIDE), height=map_view.height(), alt=text.alt(ctx, asked, found.rows),
            key=f"map-play-{ctx.lang}-{ctx.colours.name}-{asked.look}",
        )  # fmt: skip
        map_legend.show(ctx, asked, legend, ctx.say("page.map.weeks_legend"))
        map_export.buttons(
            ctx, [picture], title, [ctx.say("page.map.weeks_legend")], stamp=f"{week:%Y%m%d}"
        )


def _slider(ctx: Context, weeks: list[datetime], key: str) -> None:
    """The slider beside the button that starts and stops it."""
    going = bool(st.session_state.get(_PLAYING))
    st.session_state[key] = st.session_state[_WEEK]

    def moved() -> None:
        st.session_state[_WEEK] = st.session_state[key]
        st.session_state["_map_tick"] = False

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if st.button(
            ctx.say("page.map.stop" if going else "page.map.play"), key=f"map-play-button-{ctx.lang}",
            icon=":material/pause:" if going else ":material/play_arrow:",
        ):  # fmt: skip
            st.session_state[_PLAYING] = not going
            st.session_state["_map_tick"] = False
            st.rerun()  # the rhythm of the fragment is set by the whole page
        if len(weeks) > 1:
            st.select_slider(
                ctx.say("page.map.week_title"), weeks, key=key, on_change=moved, width="stretch",
                format_func=lambda week: text.week_name(ctx, pd.Timestamp(week)),
            )  # fmt: skip
