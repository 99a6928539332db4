"""One picture of the map, for the screen, the PNG and the GeoJSON alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.settings import settings
from metrics.periods import Period
from ui import map_data, map_deck, map_shapes, read
from ui.context import Context
from ui.map_asked import AREAS, CELLS, CHANGE, HEAT, Asked, Ground
from ui.map_deck import Place
from ui.map_legend import Legend, moved_text, placed, value_text
from ui.map_shapes import Bounds
from words import format as fmt

HEIGHT, HEIGHT_PHONE = 560, 420
WIDE, HALF, PHONE = 1000, 560, 330
"""Pixels that a map is thought to be wide, to choose where it begins."""
MOST_LABELS = 40


def ground(version: int) -> Ground:
    """What the city can be drawn on."""
    areas = read.areas()
    known = areas[areas["geometry"].notna()]
    return Ground(
        bool((known["level"] == "district").any()), bool((known["level"] == "street").any()),
        _any_point(version),
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=4)
def _any_point(version: int) -> bool:
    return map_data.any_point()


@dataclass(frozen=True)
class Picture:
    """The rows of a map in their classes' colours, and what it lies on."""

    ctx: Context
    asked: Asked
    rows: pd.DataFrame
    legend: Legend
    period: Period
    resolution: int

    @cached_property
    def fills(self) -> list[str | None]:
        """The colour of each row; ``None`` for no data."""
        return placed(self.asked, self.legend, self.rows)

    @cached_property
    def outlines(self) -> dict[str, Any]:
        """The outlines of the areas shown, or of the ground below the cells."""
        areas = map_data.level(self.ctx, self.asked)
        if areas["geometry"].isna().all():
            areas = read.areas().query("level == 'district'")
            areas = areas[areas["area"] == self.asked.inside] if self.asked.inside else areas
        return map_shapes.outlines(areas)

    @cached_property
    def bounds(self) -> Bounds:
        """What the first view shows."""
        found = map_shapes.bounds_of(self.outlines)
        if found is None and self.asked.look in (CELLS, HEAT):
            found = map_shapes.bounds_of_cells(self.rows["code"].tolist())
        if found is None and {"lon", "lat"} <= set(self.rows) and len(self.rows):
            lon, lat = self.rows["lon"], self.rows["lat"]
            found = float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
        return found or (-180.0, -60.0, 180.0, 75.0)

    @property
    def unplaced(self) -> int:
        """How many areas with a number have no outline."""
        if self.asked.look != AREAS:
            return 0
        rows = self.rows[self.rows["value"].notna()]
        return int((~rows["code"].isin(list(self.outlines))).sum())

    @cached_property
    def names(self) -> dict[str, str]:
        """Short names by area code, in the reader's language."""
        areas = map_data.level(self.ctx, self.asked)
        return {code: short(self.ctx.name(code)) for code in areas["area"]}

    @property
    def places(self) -> list[Place]:
        """Every row as something to draw."""
        lit = zip(self.rows.to_dict("records"), self.fills, strict=True)
        return [
            Place(code_text(self.asked, row["code"]), fill, self._caption(row), bool(row["small"]))
            for row, fill in lit
        ]

    def _caption(self, row: dict[Any, Any]) -> str:
        ctx, asked = self.ctx, self.asked
        lines = [ctx.name(row["code"])] if asked.look == AREAS else []
        lines.append(said(ctx, asked, row))
        return map_deck.caption(*lines)

    def layers(self, width: int) -> list[Any]:
        """The layers of the deck, the lowest first."""
        ctx, asked = self.ctx, self.asked
        out = map_deck.tiles(tile_address(), self.bounds, width)
        if asked.look == AREAS:
            out += map_deck.areas(self.places, self.outlines, ctx.colours)
        else:
            out.append(map_deck.ground(self.outlines, ctx.colours))
            out += self._on_ground()
        return [*out, self._labels(width)]

    def _on_ground(self) -> list[Any]:
        ctx, asked, rows = self.ctx, self.asked, self.rows
        if asked.look == CELLS:
            made = map_deck.cells(self.places, self.legend.ramp)
            return [*made, map_deck.ground(self.outlines, ctx.colours, over=True)]
        if asked.look == HEAT:
            middle = map_shapes.centres(rows["code"].tolist())
            known = ~np.isnan(middle[:, 0])
            return map_deck.heat(rows[known], middle[known], ctx.colours)
        captions = [
            map_deck.caption(_category(ctx, row), fmt.moment(row["created_at"], ctx.lang))
            for row in rows.to_dict("records")
        ]
        return map_deck.points(rows, captions, ctx.colours)

    def _labels(self, width: int) -> Any:
        areas = map_data.level(self.ctx, self.asked)
        names = self.names if len(areas) <= MOST_LABELS else {}
        return map_deck.labels(areas, names, self.ctx.colours, self.view(width))

    def view(self, width: int, high: int = HEIGHT) -> Any:
        """The first view."""
        return map_deck.view_of(self.bounds, high, width)

    def screen(self, width: int) -> map_deck.Deck:
        """The deck for the reader's screen."""
        return self.deck(PHONE if phone() else width, height())

    def deck(self, width: int = WIDE, high: int = HEIGHT) -> map_deck.Deck:
        """All of it, for ``st.pydeck_chart``."""
        return map_deck.deck(self.layers(width), self.view(width, high), self.ctx.colours)


def said(ctx: Context, asked: Asked, row: dict[Any, Any]) -> str:
    """A row in words: value, n, change."""
    if asked.how == CHANGE:
        key = "page.map.said_change" if row["real"] else "page.map.said_same"
        return ctx.say(
            key, now=value_text(ctx, asked, row["value"]),
            before=value_text(ctx, asked, row["before_value"]),
            change=moved_text(ctx, asked, row["moved"]),
        )  # fmt: skip
    value = value_text(ctx, asked, row["value"])
    if asked.volume:
        return value
    return ctx.say("page.map.said_rate", value=value, n=fmt.number(row["n"] or 0, ctx.lang))


def _category(ctx: Context, row: dict[Any, Any]) -> str:
    if not isinstance(row["category1"], str):
        return ctx.name(None)
    path = row["category1"]
    return ctx.path_name(
        f"{path}->{row['category2']}" if isinstance(row["category2"], str) else path
    )


def phone() -> bool:
    """Whether the reader holds a phone; how wide a window is the server does not know."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def height() -> int:
    """How high a map is on this screen."""
    return HEIGHT_PHONE if phone() else HEIGHT


def short(name: str) -> str:
    """An area's name for a map: English ones without their kind."""
    return re.sub(r" (District|County|Town|City|Subdistrict|Street Office)$", "", name)


def code_text(asked: Asked, code: Any) -> str:
    """An area's code, or a cell's as H3 writes it."""
    return str(code) if asked.look == AREAS else f"{int(code):x}"


def tile_address() -> str:
    """The address of the city's own base map; empty: none, nothing is asked for."""
    return settings().tile_url or ""


def attribution() -> str:
    """Who made the base map."""
    return (settings().tile_attribution or "") if tile_address() else ""
