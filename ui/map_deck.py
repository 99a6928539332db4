"""The map as deck.gl draws it: ground, areas or cells by class, heat, points, labels. No outside
request: no map provider, no style; tiles only from the address that the city has set."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pydeck as pdk
import shapely
from pydeck.bindings.json_tools import default_serialize

from ui import maps
from ui.map_shapes import Bounds, hatching
from ui.theme import FONT, Palette, rgb

TILE = 256


class Deck(pdk.Deck):  # type: ignore[misc]
    """pydeck's own JSON is indented and spells Chinese out as ``\\uXXXX``: three times the bytes."""

    def to_json(self) -> str:
        """The same, compact."""
        return json.dumps(
            self, sort_keys=True, default=default_serialize, ensure_ascii=False,
            separators=(",", ":"),
        )  # fmt: skip


@dataclass(frozen=True)
class Place:
    """An area or cell to draw: its colour (``None``: no data), its caption, whether it rests on few
    orders."""

    code: str
    fill: str | None
    caption: str
    small: bool = False


def deck(layers: Sequence[pdk.Layer], view: pdk.ViewState, colours: Palette) -> Deck:
    """A deck of layers with the house's tooltip."""
    return Deck(
        layers=list(layers),
        initial_view_state=view,
        map_provider=None,
        tooltip={
            "html": "{c}",
            "style": {
                "backgroundColor": colours.panel, "color": colours.text, "fontFamily": FONT,
                "fontSize": "14px", "border": f"1px solid {colours.grid}",
                "whiteSpace": "pre-line",  # what is filled in is shown as text: lines, not tags
            },
        },
    )  # fmt: skip


def view_of(bounds: Bounds, height: int, width: int) -> pdk.ViewState:
    """The view that holds the bounds in a picture of this size."""
    west, south, east, north = bounds
    middle = (south + north) / 2
    # Web Mercator: 512 px are 360 degrees at zoom 0; latitude is stretched by 1/cos.
    tall = (north - south) / math.cos(math.radians(middle))
    room = min(height / max(tall, 1e-5), width / max(east - west, 1e-5))
    zoom = min(math.log2(360 * room * 0.94 / 512), 15.5)
    return pdk.ViewState(
        longitude=round((west + east) / 2, 5), latitude=round(middle, 5), zoom=round(zoom, 3),
        pitch=0,
    )  # fmt: skip


def ground(shapes: Mapping[str, Any], colours: Palette, *, over: bool = False) -> pdk.Layer:
    """The outlines of areas, filled faintly; ``over``: lines alone, to lie on the colours."""
    features = [
        {"type": "Feature", "geometry": shape, "properties": {}} for shape in shapes.values()
    ]
    return pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id="outlines" if over else "ground",
        filled=not over,
        get_fill_color=rgb(colours.grid, 110),
        get_line_color=rgb(colours.muted, 150 if over else 90),
        line_width_min_pixels=1.4 if over else 1,
    )


def areas(places: Sequence[Place], shapes: Mapping[str, Any], colours: Palette) -> list[pdk.Layer]:
    """Areas in their classes' colours; no data is hatched, few orders are dotted with lines."""
    features = [
        {
            "type": "Feature",
            "geometry": shapes[p.code],
            "properties": {
                "code": p.code, "c": p.caption,
                "f": rgb(p.fill, 235) if p.fill else rgb(colours.grid, 70),
            },
        }
        for p in places
        if p.code in shapes
    ]  # fmt: skip
    out = [
        pdk.Layer(
            "GeoJsonLayer",
            {"type": "FeatureCollection", "features": features},
            id="areas",
            pickable=True,
            auto_highlight=True,
            get_fill_color="properties.f",
            get_line_color=rgb(colours.line),
            line_width_min_pixels=1.2,
        )
    ]
    drawn = [p for p in places if p.code in shapes]
    step = _step(shapes)
    for name, wanted, part, colour in (
        ("hatched", [p for p in drawn if p.fill is None], 1.0, colours.muted),
        ("few", [p for p in drawn if p.fill and p.small], 2.0, colours.text),
    ):
        lines = [line for p in wanted for line in hatching(shapes[p.code], step * part)]
        if lines:
            out.append(
                pdk.Layer(
                    "PathLayer", [{"p": line} for line in lines], id=name, get_path="p",
                    get_color=rgb(colour, 150), width_min_pixels=1, width_max_pixels=1.2,
                )
            )  # fmt: skip
    return out


def _step(shapes: Mapping[str, Any]) -> float:
    west, south, east, north = shapely.total_bounds(
        [shapely.from_geojson(json.dumps(shape)) for shape in shapes.values()]
    )
    return float(max(east - west, north - south)) / 90


def cells(places: Sequence[Place], ramp: Sequence[str]) -> list[pdk.Layer]:
    """H3 cells, a layer for each class: a cell then needs no colour of its own (half the bytes).

    Those with few orders are drawn smaller, so that the eye does not weigh them alike.
    """
    out = []
    for name, small in (("cells", False), ("few", True)):
        for number, fill in enumerate(dict.fromkeys(ramp)):
            rows = [
                {"h": p.code, "c": p.caption} for p in places if (p.small, p.fill) == (small, fill)
            ]
            if rows:
                out.append(
                    pdk.Layer(
                        "H3HexagonLayer",
                        rows,
                        id=f"{name}-{number}",
                        pickable=True,
                        auto_highlight=True,
                        get_hexagon="h",
                        high_precision=True,  # one shape for all leaves gaps across a city
                        get_fill_color=rgb(fill, 225),
                        extruded=False,
                        stroked=False,
                        coverage=0.5 if small else 0.96,
                    )
                )
    return out


def heat(rows: pd.DataFrame, centres: np.ndarray[Any, Any], colours: Palette) -> list[pdk.Layer]:
    """Density of orders, smoothed on the reader's screen."""
    data = [
        {"p": [x, y], "n": n}
        for (x, y), n in zip(centres.round(4).tolist(), rows["n"].astype(int), strict=True)
    ]
    return [
        pdk.Layer(
            "HeatmapLayer",
            data,
            id="heat",
            get_position="p",
            get_weight="n",
            aggregation=pdk.types.String("SUM"),
            radius_pixels=34,
            intensity=1,
            threshold=0.04,
            color_range=[rgb(c, 200) for c in colours.heat],
        )
    ]


def points(rows: pd.DataFrame, captions: Sequence[str], colours: Palette) -> list[pdk.Layer]:
    """Orders one by one."""
    data = [
        {"p": [round(x, 5), round(y, 5)], "c": c, "code": f"{s}|{o}"}
        for x, y, c, s, o in zip(
            rows["lon"], rows["lat"], captions, rows["source"], rows["order_id"], strict=True
        )
    ]
    return [
        pdk.Layer(
            "ScatterplotLayer",
            data,
            id="points",
            pickable=True,
            auto_highlight=True,
            get_position="p",
            get_fill_color=rgb(colours.series[1], 170),
            get_line_color=rgb(colours.panel, 200),
            stroked=True,
            line_width_min_pixels=0.5,
            radius_min_pixels=4,
            radius_max_pixels=7,
            get_radius=30,
        )
    ]


def labels(
    areas_: pd.DataFrame, names: Mapping[str, str], colours: Palette, view: pdk.ViewState
) -> pdk.Layer:
    """Names in the reader's language, none on another."""
    return maps.label_layer(areas_, dict(names), colours, view)


def tiles(address: str, bounds: Bounds, width: int) -> list[pdk.Layer]:
    """The city's own base map below everything, at the scale of the first view; nothing when no
    address is set. ``address`` holds {x}, {y}, {z}."""
    if not address:
        return []
    west, south, east, north = bounds
    zoom = max(1, min(17, round(math.log2(360 / max(east - west, 1e-4) * width / TILE))))
    (left, bottom), (right, top) = _tile(west, south, zoom), _tile(east, north, zoom)
    while (right - left + 1) * (bottom - top + 1) > 48:
        zoom -= 1
        (left, bottom), (right, top) = _tile(west, south, zoom), _tile(east, north, zoom)
    return [
        pdk.Layer(
            "BitmapLayer",
            id=f"tile-{zoom}-{x}-{y}",
            image=pdk.types.String(address.replace("{x}", str(x)).replace("{y}", str(y)).replace("{z}", str(zoom))),
            bounds=_corners(x, y, zoom),
        )
        for x in range(left, right + 1)
        for y in range(top, bottom + 1)
    ]  # fmt: skip


def _tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return min(n - 1, int((lon + 180) / 360 * n)), min(n - 1, max(0, int(y * n)))


def _corners(x: int, y: int, zoom: int) -> list[float]:
    n = 2**zoom
    north, south = (
        math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / n)))) for row in (y, y + 1)
    )
    return [x / n * 360 - 180, south, (x + 1) / n * 360 - 180, north]


def caption(*lines: str) -> str:
    """Lines of a tooltip; a name may hold any character."""
    return "\n".join(html.escape(line, quote=False) for line in lines if line)
