"""The district map: area polygons coloured by a number, labels, legend. No outside request.

pydeck is given no map provider and no style, so nothing is fetched from a tile
server; the base layer is the city's own polygons.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pydeck as pdk
import shapely
import streamlit as st

from ui.theme import FONT, Palette, rgb

LABEL = 13
DETAIL = 600
"""Steps across the map that can be told apart on a panel."""


def classes(values: Sequence[float | None], count: int = 5) -> list[float]:
    """Inner class limits by quantiles of the numbers there are (empty when all are alike)."""
    known = np.array([v for v in values if v is not None and not math.isnan(v)], dtype=float)
    if not known.size:
        return []
    cuts = np.quantile(known, np.linspace(0, 1, count + 1)[1:-1])
    return sorted({float(c) for c in cuts if known.min() < c <= known.max()})


def colour_of(value: float | None, cuts: Sequence[float], ramp: Sequence[str]) -> str | None:
    """The ramp colour of a value; ``None`` for no data."""
    if value is None or math.isnan(value):
        return None
    place = int(np.searchsorted(cuts, value, side="right"))
    last = max(len(cuts), 1)
    return ramp[round(place * (len(ramp) - 1) / last)]


def area_map(
    areas: pd.DataFrame,
    values: dict[str, float | None],
    captions: dict[str, str],
    labels: dict[str, str],
    colours: Palette,
    *,
    key: str,
    alt: str,
    height: int = 420,
    select: bool = True,
) -> str | None:
    """Draw areas coloured by ``values`` (by area code). Returns the code clicked on, if any.

    ``areas``: columns area, lon, lat, geometry (GeoJSON text); ``captions`` stand in
    the tooltip, ``labels`` on the map. Areas without a value are hatched grey.
    """
    cuts = classes(list(values.values()))
    features = []
    shapes = drawn(tuple(areas["area"]), tuple(areas["geometry"]))
    for row in areas[areas["geometry"].notna()].to_dict("records"):
        code = row["area"]
        tint = colour_of(values.get(code), cuts, colours.ramp)
        features.append(
            {
                "type": "Feature",
                "geometry": shapes[code],
                "properties": {
                    "code": code,
                    "caption": captions.get(code, labels.get(code, code)),
                    "fill": rgb(tint, 235) if tint else rgb(colours.grid, 120),
                },
            }
        )
    view = _view(features, height)
    event = st.pydeck_chart(
        pdk.Deck(
            layers=[_polygons(features, colours), label_layer(areas, labels, colours, view)],
            initial_view_state=view,
            map_provider=None,
            tooltip={
                "html": "{caption}",
                "style": {
                    "backgroundColor": colours.panel, "color": colours.text, "fontFamily": FONT,
                    "fontSize": "14px", "border": f"1px solid {colours.grid}",
                },
            },
        ),
        height=height,
        key=key,
        on_select="rerun" if select else "ignore",
        selection_mode="single-object",
        alt=alt,
    )  # fmt: skip
    return _clicked(event) if select else None


@st.cache_data(show_spinner=False, max_entries=8)
def drawn(codes: tuple[str, ...], geometries: tuple[str | None, ...]) -> dict[str, Any]:
    """GeoJSON geometries by code, no finer than a screen shows: simplified together.

    Neighbours keep one border (a coverage is simplified as a whole); areas that do not
    fit together are each left as they are.
    """
    known = {c: shapely.from_geojson(g) for c, g in zip(codes, geometries, strict=True) if g}
    if not known:
        return {}
    shapes = np.array(list(known.values()))
    west, south, east, north = shapely.total_bounds(shapes)
    if shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_simplify(shapes, max(east - west, north - south) / DETAIL)
    digits = max(0, math.ceil(math.log10(DETAIL / max(east - west, north - south, 1e-9))) + 1)
    rounded = shapely.transform(shapes, lambda points: np.round(points, digits))
    return {
        c: json.loads(shapely.to_geojson(shape)) for c, shape in zip(known, rounded, strict=True)
    }


def _clicked(event: Any) -> str | None:
    objects = event.selection.get("objects", {}).get("areas", []) if event else []
    return objects[0]["properties"]["code"] if objects else None


def _polygons(features: list[dict[str, Any]], colours: Palette) -> pdk.Layer:
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id="areas",
        pickable=True,
        auto_highlight=True,
        get_fill_color="properties.fill",
        get_line_color=rgb(colours.line),
        line_width_min_pixels=1,
    )


def label_layer(
    areas: pd.DataFrame, labels: dict[str, str], colours: Palette, view: pdk.ViewState
) -> pdk.Layer:
    """Names at the areas' label points (only areas that ``labels`` names), none on another."""
    rows = [
        {"at": [row["lon"], row["lat"]], "text": labels[row["area"]]}
        for row in areas.to_dict("records")
        if row["area"] in labels and not math.isnan(row["lon"])
    ]
    rows = _apart(rows, view)
    return pdk.Layer(
        "TextLayer",
        rows,
        id="labels",
        get_position="at",
        get_text="text",
        get_size=LABEL,
        get_color=rgb(colours.text),
        character_set=pdk.types.String("auto"),
        font_family=pdk.types.String("sans-serif"),
        # A plate behind the name: readable on light and dark areas alike.
        background=True,
        get_background_color=rgb(colours.panel, 190),
        background_padding=[4, 2],
    )


def _apart(rows: list[dict[str, Any]], view: pdk.ViewState) -> list[dict[str, Any]]:
    """The labels that do not run into one another at the first view; the tooltip has them all."""
    scale = 512 * 2**view.zoom / 360
    kept: list[tuple[float, float, float]] = []
    out = []
    for row in rows:
        wide = sum(LABEL if ord(c) > 0x2E80 else 0.58 * LABEL for c in row["text"]) + 8
        x, y = row["at"][0] * scale, row["at"][1] * scale / math.cos(math.radians(view.latitude))
        if all(abs(x - a) > (wide + w) / 2 or abs(y - b) > LABEL + 6 for a, b, w in kept):
            kept.append((x, y, wide))
            out.append(row)
    return out


def _view(features: list[dict[str, Any]], height: int) -> pdk.ViewState:
    points = np.array([p for f in features for p in _points(f["geometry"]["coordinates"])])
    if not len(points):
        return pdk.ViewState(longitude=0, latitude=0, zoom=1)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    # Web Mercator: 512 px are 360 degrees at zoom 0; latitude is stretched by 1/cos.
    middle = (south + north) / 2
    tall = (north - south) / np.cos(np.radians(middle))
    zoom = np.log2(360 * height * 0.92 / (512 * max(tall, (east - west) * 0.75, 1e-6)))
    return pdk.ViewState(
        longitude=float((west + east) / 2), latitude=float(middle), zoom=float(zoom), pitch=0
    )


def _points(coordinates: Any) -> list[list[float]]:
    if isinstance(coordinates[0], int | float):
        return [coordinates[:2]]
    return [point for part in coordinates for point in _points(part)]


def legend(
    values: dict[str, float | None], colours: Palette, show: Callable[[float], str], none: str
) -> None:
    """The classes of :func:`area_map` in words and colour."""
    known = [v for v in values.values() if v is not None and not math.isnan(v)]
    cuts = classes(known)
    if not known:
        return
    edges = [min(known), *cuts, max(known)]
    parts = []
    for low, high in itertools.pairwise(edges):
        tint = colour_of(low, cuts, colours.ramp)
        parts.append(_swatch(tint or colours.grid, f"{show(low)}–{show(high)}"))
    if len(known) < len(values):
        parts.append(_swatch(colours.grid, none))
    st.html(
        "<div style='display:flex;flex-wrap:wrap;gap:4px 14px;font-size:13px;"
        f"color:{colours.muted}'>{''.join(parts)}</div>"
    )


def _swatch(colour: str, text: str) -> str:
    return (
        f"<span><span style='display:inline-block;width:14px;height:12px;border-radius:2px;"
        f"vertical-align:-1px;margin-right:5px;background:{colour}'></span>{text}</span>"
    )
