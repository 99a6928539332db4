"""Where one order is: its point on the city's own polygons. No outside request."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pydeck as pdk
import streamlit as st

from ui import read
from ui.context import Context
from ui.maps import label_layer
from ui.theme import rgb

ZOOM = 10.6


def place_map(ctx: Context, lon: float, lat: float, district: str | None, *, alt: str) -> bool:
    """Draw the point over districts and the district's streets.

    Returns ``False`` (and draws nothing) where the city has no polygons: a point
    on an empty ground tells nothing.
    """
    areas = read.areas()
    known = areas[areas["geometry"].notna()]
    base = known[known["level"] == "district"]
    if base.empty:
        return False
    inner = known[(known["level"] == "street") & (known["parent"] == district)]
    named = inner if len(inner) else base
    labels = dict(zip(named["area"], named[f"name_{ctx.lang}"], strict=True))
    colours = ctx.colours
    view = pdk.ViewState(longitude=lon, latitude=lat, zoom=ZOOM, pitch=0)
    layers = [
        _outline("districts", base, rgb(colours.grid, 150), rgb(colours.muted, 160), 1.5),
        _outline("streets", inner, rgb(colours.ramp[0], 130), rgb(colours.muted, 110), 1),
        label_layer(named, labels, colours, view),
        pdk.Layer(
            "ScatterplotLayer",
            [{"at": [lon, lat]}],
            id="order",
            get_position="at",
            get_fill_color=rgb(colours.bad),
            get_line_color=rgb(colours.panel),
            stroked=True,
            line_width_min_pixels=2,
            radius_min_pixels=8,
            radius_max_pixels=8,
        ),
    ]
    st.pydeck_chart(
        pdk.Deck(layers=layers, initial_view_state=view, map_provider=None, tooltip=False),
        height=300, key="orders-map", alt=alt,
    )  # fmt: skip
    return True


def _outline(
    name: str, areas: pd.DataFrame, fill: list[int], line: list[int], width: float
) -> pdk.Layer:
    features: list[dict[str, Any]] = [
        {"type": "Feature", "geometry": json.loads(str(text)), "properties": {}}
        for text in areas["geometry"]
    ]
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id=name,
        get_fill_color=fill,
        get_line_color=line,
        line_width_min_pixels=width,
    )
