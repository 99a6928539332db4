"""The risk map: cells coloured by what next week should bring, dots for the places listed."""

from __future__ import annotations

import itertools

import h3.api.basic_int as h3
import pandas as pd
import pydeck as pdk
import streamlit as st

from data.cells import parent
from ui import map_deck, map_shapes, read
from ui.context import Context
from ui.map_deck import Place
from ui.maps import classes, colour_of
from ui.theme import rgb
from words import format as fmt

MOST = 1500
"""Cells drawn at most: a view stays below 300 kB."""
HEIGHT, WIDTH = 460, 900


def around(cells: pd.DataFrame, size: int) -> pd.DataFrame:
    """cell (of the size given), expected: sums of finer cells, the largest first."""
    up = [parent(int(cell), size) for cell in cells["cell"]]
    sums = cells.assign(cell=up).groupby("cell")[["expected"]].sum().reset_index()
    return sums.sort_values("expected", ascending=False, ignore_index=True)


def risk_map(
    ctx: Context,
    sums: pd.DataFrame,
    visits: pd.DataFrame,
    chosen: int | None,
    *,
    key: str,
    alt: str,
) -> int | None:
    """Draw the map; the cell (size 9) of the dot that was clicked, if any."""
    shown = sums.head(MOST)
    cuts = classes(shown["expected"].tolist())
    bounds = map_shapes.bounds_of_cells([int(cell) for cell in shown["cell"]])
    if bounds is None:
        return None
    view = map_deck.view_of(bounds, HEIGHT, WIDTH)
    districts = read.areas()
    districts = districts[districts["level"] == "district"]
    shapes = map_shapes.outlines(districts)
    layers = [
        *([map_deck.ground(shapes, ctx.colours)] if shapes else []),
        *map_deck.cells(_cells(ctx, shown, cuts), _ramp(ctx)),
        *([map_deck.ground(shapes, ctx.colours, over=True)] if shapes else []),
        *([_names(ctx, districts, view)] if shapes else []),
        _dots(ctx, visits, chosen),
    ]
    event = st.pydeck_chart(
        map_deck.deck(layers, view, ctx.colours), height=HEIGHT, key=key, on_select="rerun",
        selection_mode="single-object", alt=alt,
    )  # fmt: skip
    _legend(ctx, shown, cuts)
    objects = event.selection.get("objects", {}).get("visits", []) if event else []
    return int(objects[0]["id"]) if objects else None


def _ramp(ctx: Context) -> tuple[str, ...]:
    """The first colour of the heat ramp is the ground itself."""
    return ctx.colours.heat[1:]


def _cells(ctx: Context, shown: pd.DataFrame, cuts: list[float]) -> list[Place]:
    return [
        Place(
            h3.int_to_str(int(cell)), colour_of(n, cuts, _ramp(ctx)),
            ctx.say("page.places.map_caption", n=_few(ctx, n)),
        )
        for cell, n in zip(shown["cell"], shown["expected"], strict=True)
    ]  # fmt: skip


def _names(ctx: Context, districts: pd.DataFrame, view: pdk.ViewState) -> pdk.Layer:
    names = dict(zip(districts["area"], districts[f"name_{ctx.lang}"], strict=True))
    return map_deck.labels(districts, names, ctx.colours, view)


def _dots(ctx: Context, visits: pd.DataFrame, chosen: int | None) -> pdk.Layer:
    colours = ctx.colours
    rows = [
        {
            "id": str(row["cell"]),
            "at": [round(row["lon"], 5), round(row["lat"], 5)],
            "line": rgb(colours.text if row["cell"] == chosen else colours.panel),
            "width": 5 if row["cell"] == chosen else 1.5,
            "c": ctx.say(
                "page.places.dot_caption", place=fmt.number(k, ctx.lang),
                address=row["address"] or ctx.say("page.places.no_address"),
                n=_few(ctx, row["expected"]),
            ),
        }
        for k, row in enumerate(visits.to_dict("records"), start=1)
    ]  # fmt: skip
    return pdk.Layer(
        "ScatterplotLayer", rows, id="visits", get_position="at", get_fill_color=rgb(colours.accent),
        get_line_color="line", get_line_width="width", line_width_units=pdk.types.String("pixels"),
        stroked=True, radius_min_pixels=6, radius_max_pixels=6, pickable=True, auto_highlight=True,
    )  # fmt: skip


def _legend(ctx: Context, shown: pd.DataFrame, cuts: list[float]) -> None:
    values = shown["expected"]
    edges = [float(values.min()), *cuts, float(values.max())]
    parts = [
        _swatch(colour_of(low, cuts, _ramp(ctx)) or ctx.colours.grid, "2px",
                f"{_few(ctx, low)}–{_few(ctx, high)}")
        for low, high in itertools.pairwise(edges)
    ]  # fmt: skip
    parts.append(_swatch(ctx.colours.accent, "50%", ctx.say("page.places.legend_dot")))
    st.html(
        "<div style='display:flex;flex-wrap:wrap;gap:4px 14px;font-size:13px;"
        f"color:{ctx.colours.muted}'>{ctx.say('page.places.legend')}{''.join(parts)}</div>"
    )


def _swatch(colour: str, round_by: str, text: str) -> str:
    return (
        f"<span><span style='display:inline-block;width:13px;height:13px;border-radius:{round_by};"
        f"vertical-align:-2px;margin-right:5px;background:{colour}'></span>{text}</span>"
    )


def _few(ctx: Context, value: float) -> str:
    return fmt.number(value, ctx.lang, 0 if value >= 10 else 1 if value >= 1 else 2)
