"""The map, drawn: one picture, two side by side, or week by week; with legend and downloads."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.cells import LeftOut
from metrics.periods import Period
from ui import choice, map_data, map_export, map_legend, map_read, map_view, read
from ui import map_text as text
from ui.context import Context, period_words
from ui.map_asked import AREAS, BESIDE, CHANGE, POINTS, WEEKS, Asked
from ui.map_legend import Legend
from ui.map_play import play
from ui.map_view import HALF, WIDE, Picture
from ui.panel import escape, no_data, panel

AT = "at"
"""The URL parameter that names the area, cell or order looked at."""
MOST_POINTS = 1500


def main(ctx: Context, asked: Asked) -> pd.DataFrame:
    """Draw what is asked for. Returns the rows shown."""
    if asked.how == WEEKS:
        return play(ctx, asked)
    if asked.look == POINTS:
        return _points(ctx, asked)
    if asked.how == BESIDE:
        return _beside(ctx, asked)
    found = (
        map_data.changed(ctx, asked)
        if asked.how == CHANGE
        else map_data.shown(ctx, asked, ctx.period)
    )
    legend = map_legend.legend(ctx, asked, [found.rows])
    picture = Picture(ctx, asked, found.rows, legend, ctx.period, found.resolution)
    title = text.finding(ctx, asked, found.rows)
    with panel(title, text.note(ctx, asked, resolution=found.resolution), key="map"):
        drawn(ctx, picture, key="map", width=WIDE)
        below(ctx, asked, legend)
        map_export.buttons(ctx, [picture], title, legend_lines(ctx, asked))
    return found.rows


def _beside(ctx: Context, asked: Asked) -> pd.DataFrame:
    """Two periods in the same classes."""
    assert ctx.compared is not None
    now, then = map_data.both(ctx, asked, map_data.MOST_BESIDE)
    assert then is not None
    legend = map_legend.legend(ctx, asked, [now.rows, then.rows])
    pictures = [
        Picture(ctx, asked, found.rows, legend, period, found.resolution)
        for found, period in ((now, ctx.period), (then, ctx.compared))
    ]
    for column, picture, key in zip(
        st.columns(2, gap="small"), pictures, ("map", "map-before"), strict=True
    ):
        with column, panel(
            f"{period_words(picture.period, ctx.lang)} · {text.finding(ctx, asked, picture.rows)}",
            text.note(ctx, asked, picture.period, picture.resolution), key=key,
        ):  # fmt: skip
            drawn(ctx, picture, key=key, width=HALF)
            below(ctx, asked, legend, picture.period)
    title = text.finding(ctx, asked, now.rows)
    map_export.buttons(ctx, pictures, title, legend_lines(ctx, asked))
    return now.rows


def _points(ctx: Context, asked: Asked) -> pd.DataFrame:
    """The newest orders one by one."""
    where = asked.where(ctx)
    rows, total = map_read.points(where, MOST_POINTS)
    legend = map_legend.legend(ctx, asked, [])
    picture = Picture(ctx, asked, rows, legend, ctx.period, 0)
    title = text.points_finding(ctx, asked, len(rows), total)
    with panel(title, text.note(ctx, asked), key="map"):
        if rows.empty:
            no_data(ctx)
            return rows
        drawn(ctx, picture, key="map", width=WIDE, alt=title)
        below(ctx, asked, legend)
        map_export.buttons(ctx, [picture], title, legend_lines(ctx, asked))
    return rows


def drawn(ctx: Context, picture: Picture, *, key: str, width: int, alt: str = "") -> None:
    """The deck; a click writes what was clicked into the URL."""
    asked = picture.asked
    if picture.rows.empty or ("value" in picture.rows and picture.rows["value"].isna().all()):
        no_data(ctx)
    if asked.look == AREAS and not picture.outlines:
        st.info(
            ctx.say("page.map.no_outlines", place=text.place(ctx, asked)),
            icon=":material/hide_source:",
        )
        return
    if picture.unplaced:
        st.caption(escape(ctx.say("page.map.unplaced", n=picture.unplaced)))
    name = f"{key}-{ctx.lang}-{ctx.colours.name}-{asked.look}"

    def clicked() -> None:
        # A map drawn anew reports that nothing is chosen: that is no click.
        if code := clicked_code(st.session_state[name]):
            choice.keep(AT, code)

    st.pydeck_chart(
        picture.screen(width), height=map_view.height(), key=name, on_select=clicked,
        selection_mode="single-object", alt=alt or text.alt(ctx, asked, picture.rows),
    )  # fmt: skip


def clicked_code(event: Any) -> str | None:
    """The code of the area, cell or order that was clicked."""
    for objects in (event.get("selection") or {}).get("objects", {}).values():
        for found in objects:
            code = found.get("h") or found.get("code") or found.get("properties", {}).get("code")
            if code:
                return str(code)
    return None


def below(ctx: Context, asked: Asked, legend: Legend, period: Period | None = None) -> None:
    """Legend, what is left away, and who made the base map."""
    map_legend.show(ctx, asked, legend, *legend_lines(ctx, asked, period))


def legend_lines(ctx: Context, asked: Asked, period: Period | None = None) -> list[str]:
    """The lines below the legend's classes."""
    out = [text.left_out(ctx, asked, left(ctx, asked, period))] if asked.look != AREAS else []
    made = map_view.attribution()
    return [*out, *([ctx.say("page.map.base", made=made)] if made else [])]


def left(ctx: Context, asked: Asked, period: Period | None = None) -> LeftOut:
    """What of the period's orders is on no map or can be left out."""
    return map_read.left_out(asked.where(ctx, period))


def nowhere(ctx: Context) -> None:
    """A city with neither outlines nor points: say so, and what to do."""
    areas = read.areas()
    key = "page.map.no_ground" if areas.empty else "page.map.no_ground_areas"
    st.info(ctx.say(key), icon=":material/location_off:")
