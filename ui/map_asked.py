"""What the reader asks the map for: look, number, comparison, place, cells. Kept in the URL."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from metrics.indicators import Indicator
from metrics.periods import Period
from metrics.selection import Selection
from ui import choice, definitions, read, trends_data
from ui.context import Context
from ui.map_classes import METHODS, Method

AREAS, CELLS, HEAT, POINTS = "areas", "cells", "heat", "points"
LOOKS = (AREAS, CELLS, HEAT, POINTS)
NOW, CHANGE, BESIDE, WEEKS = "now", "change", "beside", "weeks"
VOLUME, SCORE = "volume", "score"
CITY, AUTO = "city", "auto"
SIZES = (AUTO, "9", "8", "7", "6", "5")


@dataclass(frozen=True)
class Ground:
    """What the city can be drawn on: its districts' and streets' outlines, and whether any order
    has a point."""

    districts: bool
    streets: bool
    points: bool


@dataclass(frozen=True)
class Asked:
    """What is shown. ``inside``: one district's code, else empty; ``indicator``: ``None`` for
    the volume and the score; ``size``: a cell level or ``auto``."""

    look: str
    what: str
    indicator: Indicator | None
    how: str
    inside: str
    size: str
    method: Method
    leave_out: bool

    @property
    def volume(self) -> bool:
        """Whether orders are counted (not a rate or a score)."""
        return self.what == VOLUME

    @property
    def by(self) -> str:
        """The level of the areas shown."""
        return "street" if self.inside else "district"

    def where(self, ctx: Context, period: Period | None = None) -> Selection:
        """The orders of a period under the filters and within the chosen district."""
        whole = ctx.over(period or ctx.period)
        return replace(whole, districts=(self.inside,)) if self.inside else whole


def choices(ctx: Context, look: str) -> dict[str, Indicator | None]:
    """What a look can show. Heat and points are orders; a cell has neither residents nor a score."""
    if look in (HEAT, POINTS):
        return {VOLUME: None}
    known = trends_data.choices(ctx)
    if look == AREAS:
        first: dict[str, Indicator | None] = {VOLUME: None}
        return first | ({SCORE: None} if ctx.scheme.composite else {}) | known
    return {
        code: indicator
        for code, indicator in known.items()
        if indicator is None or (indicator.kind == "rate" and indicator.records is None)
    }


def ways(ctx: Context, look: str, what: str) -> list[str]:
    """How it can be compared. Nothing tells whether a score moved by more than chance."""
    out = [NOW]
    if ctx.compared is not None:
        out += [CHANGE] if look in (AREAS, CELLS) and what != SCORE else []
        out += [BESIDE] if look != POINTS else []
    weekly = look in (AREAS, CELLS, HEAT) and what != SCORE and (look == AREAS or what == VOLUME)
    return out + ([WEEKS] if weekly else [])


def asked(ctx: Context, ground: Ground) -> Asked:
    """Ask for everything, each choice only where it can change what is shown."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="map-ask"):
        looks = [x for x in LOOKS if (ground.points if x != AREAS else ground.districts)] or [AREAS]
        look = choice.choose(
            ctx, "look", looks, looks[0], title=ctx.say("page.map.look_title"), kind="segments",
            label=lambda code: ctx.say(f"page.map.look.{code}"),
        )  # fmt: skip
        known = choices(ctx, look)
        what = choice.choose(
            ctx, "what", list(known), VOLUME, title=ctx.say("page.map.what"), width=230,
            label=lambda code: what_name(ctx, code, known.get(code)),
        )  # fmt: skip
        how = choice.choose(
            ctx, "how", ways(ctx, look, what), NOW, title=ctx.say("page.map.how_title"),
            kind="segments", label=lambda code: ctx.say(f"page.map.how.{code}"),
        )  # fmt: skip
        inside = choice.choose(
            ctx, "in", [CITY, *districts(ctx)], CITY, title=ctx.say("page.map.in"), width=180,
            label=lambda code: ctx.say("page.map.city") if code == CITY else ctx.name(code),
        )  # fmt: skip
        inside = "" if inside == CITY else inside
        size, method = _drawing(ctx, look, how)
        if known[what] is not None:
            definitions.button(ctx, [i for i in [known[what]] if i], key="map-definitions")
        leave = _leave_out(ctx, look, what)
    return Asked(look, what, known[what], how, inside, size, method, leave)


def what_name(ctx: Context, what: str, indicator: Indicator | None) -> str:
    """The name of what is shown."""
    if indicator is None:
        return ctx.say(f"page.map.{what}")
    name = ctx.names_of(indicator.names)
    return name if indicator.measured else ctx.say("page.trends.unmeasured", name=name)


def districts(ctx: Context) -> list[str]:
    """The districts that the filters leave."""
    areas: pd.DataFrame = read.areas()
    every = areas.loc[areas["level"] == "district", "area"].tolist()
    return [code for code in every if not ctx.view.districts or code in ctx.view.districts]


def _drawing(ctx: Context, look: str, how: str) -> tuple[str, Method]:
    """Size of the cells and the rule of the classes, for those who want to set them."""
    sized, classed = look in (CELLS, HEAT), look in (AREAS, CELLS) and how != CHANGE
    size = choice.chosen("size", SIZES, AUTO) if sized else AUTO
    method: Method = (
        "natural" if choice.chosen("classes", METHODS, METHODS[0]) == "natural" else "quantile"
    )
    if ctx.view.present or not (sized or classed):
        return size, method
    with st.popover(
        ctx.say("page.map.drawing"), icon=":material/tune:", key=f"map-drawing-{ctx.lang}"
    ):
        if sized:
            choice.choose(
                ctx, "size", SIZES, AUTO, title=ctx.say("page.map.size_title"),
                label=lambda code: ctx.say(f"page.map.size.{code if code == AUTO else f'r{code}'}"),
            )  # fmt: skip
        if classed:
            choice.choose(
                ctx, "classes", METHODS, METHODS[0], title=ctx.say("page.map.classes_title"),
                label=lambda code: ctx.say(f"page.map.classes.{code}"), kind="segments",
            )  # fmt: skip
    return size, method


def can_leave_out(look: str, what: str) -> bool:
    """Whether duplicates and floods can be left out: where orders are counted by place."""
    return look in (CELLS, HEAT) and what == VOLUME


def _leave_out(ctx: Context, look: str, what: str) -> bool:
    chosen = choice.chosen("out", ("no", "yes"), "no") == "yes" and can_leave_out(look, what)
    if ctx.view.present or not can_leave_out(look, what) or not ctx.selection.whole_days:
        return chosen
    key = f"pick-out-{ctx.lang}"
    st.session_state[key] = chosen
    st.toggle(
        ctx.say("page.map.leave_out"), key=key, help=ctx.say("page.map.leave_out_help"),
        on_change=lambda: choice.keep("out", "yes" if st.session_state[key] else "no", "no"),
    )  # fmt: skip
    return chosen
