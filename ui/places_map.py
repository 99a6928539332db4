"""The risk map: areas of cells coloured by what next week should bring, dots for the places listed."""

from __future__ import annotations

import itertools

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pydeck as pdk
import streamlit as st

from data.cells import parent
from ui import read
from ui.context import Context
from ui.maps import classes, colour_of, drawn, label_layer
from ui.theme import FONT, rgb
from words import format as fmt

MOST = 1500
"""Cells drawn at most: a view stays below 300 kB."""
HEIGHT = 460


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
    view = _view(shown)
    event = st.pydeck_chart(
        pdk.Deck(
            layers=[*_ground(ctx, view), _areas(ctx, shown, cuts), _dots(ctx, visits, chosen)],
            initial_view_state=view,
            map_provider=None,
            tooltip={
                "html": "{caption}",
                "style": {
                    "backgroundColor": ctx.colours.panel, "color": ctx.colours.text,
                    "fontFamily": FONT, "fontSize": "14px", "border": f"1px solid {ctx.colours.grid}",
                },
            },
        ),
        height=HEIGHT, key=key, on_select="rerun", selection_mode="single-object", alt=alt,
    )  # fmt: skip
    _legend(ctx, shown, cuts)
    objects = event.selection.get("objects", {}).get("visits", []) if event else []
    return int(objects[0]["id"]) if objects else None


def _areas(ctx: Context, shown: pd.DataFrame, cuts: list[float]) -> pdk.Layer:
    rows = [
        {
            "hex": h3.int_to_str(int(row["cell"])),
            "fill": rgb(
                colour_of(row["expected"], cuts, ctx.colours.heat) or ctx.colours.grid, 200
            ),
            "caption": ctx.say("page.places.map_caption", n=_few(ctx, row["expected"])),
        }
        for row in shown.to_dict("records")
    ]
    return pdk.Layer(
        "H3HexagonLayer", rows, id="cells", get_hexagon="hex", get_fill_color="fill",
        filled=True, stroked=False, extruded=False, pickable=True,
    )  # fmt: skip


def _dots(ctx: Context, visits: pd.DataFrame, chosen: int | None) -> pdk.Layer:
    colours = ctx.colours
    rows = [
        {
            "id": str(row["cell"]),
            "at": [round(row["lon"], 5), round(row["lat"], 5)],
            "line": rgb(colours.text if row["cell"] == chosen else colours.panel),
            "width": 5 if row["cell"] == chosen else 1.5,
            "caption": ctx.say(
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


def _ground(ctx: Context, view: pdk.ViewState) -> list[pdk.Layer]:
    """Districts as the ground, where the city has polygons."""
    areas = read.areas()
    known = areas[(areas["level"] == "district") & areas["geometry"].notna()]
    if known.empty:
        return []
    shapes = drawn(tuple(known["area"]), tuple(known["geometry"]))
    features = [
        {"type": "Feature", "geometry": shape, "properties": {"caption": ctx.name(code)}}
        for code, shape in shapes.items()
    ]
    labels = dict(zip(known["area"], known[f"name_{ctx.lang}"], strict=True))
    ground = pdk.Layer(
        "GeoJsonLayer", {"type": "FeatureCollection", "features": features}, id="districts",
        get_fill_color=rgb(ctx.colours.grid, 90), get_line_color=rgb(ctx.colours.muted, 170),
        line_width_min_pixels=1,
    )  # fmt: skip
    return [ground, label_layer(known, labels, ctx.colours, view)]


def _view(shown: pd.DataFrame) -> pdk.ViewState:
    """Where most of what is expected lies."""
    if shown.empty:
        return pdk.ViewState(longitude=0, latitude=0, zoom=1)
    points = np.array([h3.cell_to_latlng(int(cell)) for cell in shown["cell"]])
    low, high = np.quantile(points, 0.03, axis=0), np.quantile(points, 0.97, axis=0)
    middle = (low + high) / 2
    tall = (high[0] - low[0]) / np.cos(np.radians(middle[0])) + 0.01
    wide = high[1] - low[1] + 0.01
    zoom = np.log2(360 * HEIGHT * 0.9 / (512 * max(tall, wide * 0.6)))
    return pdk.ViewState(
        longitude=float(middle[1]), latitude=float(middle[0]), zoom=float(min(zoom, 15)), pitch=0
    )


def _legend(ctx: Context, shown: pd.DataFrame, cuts: list[float]) -> None:
    if shown.empty:
        return
    values = shown["expected"]
    edges = [float(values.min()), *cuts, float(values.max())]
    parts = [
        _swatch(colour_of(low, cuts, ctx.colours.heat) or ctx.colours.grid, "2px",
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
