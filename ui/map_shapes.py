"""Geometry of the map: outlines as a screen shows them, bounds, hatching, cells' outlines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import shapely

from ui import maps

Bounds = tuple[float, float, float, float]
Points = np.ndarray[Any, np.dtype[np.float64]]


def outlines(areas: pd.DataFrame) -> dict[str, Any]:
    """GeoJSON geometries by code, no finer than a screen shows (areas without one are absent)."""
    known = areas[areas["geometry"].notna()]
    return maps.drawn(tuple(known["area"]), tuple(known["geometry"]))


def bounds_of(shapes: Mapping[str, Any]) -> Bounds | None:
    """West, south, east, north of some GeoJSON geometries."""
    if not shapes:
        return None
    found = shapely.total_bounds([shapely.from_geojson(json.dumps(s)) for s in shapes.values()])
    west, south, east, north = (float(x) for x in found)
    return west, south, east, north


def centres(codes: Sequence[int]) -> Points:
    """Longitude and latitude of the middle of each cell; what is no cell gets NaN."""
    out = np.full((len(codes), 2), np.nan)
    for place, code in enumerate(codes):
        if h3.is_valid_cell(int(code)):
            lat, lon = h3.cell_to_latlng(int(code))
            out[place] = lon, lat
    return out


def bounds_of_cells(codes: Sequence[int]) -> Bounds | None:
    """The bounds of the cells' middles, 0.5 % at each end left to chance strays."""
    known = centres(codes)
    known = known[~np.isnan(known[:, 0])]
    if not len(known):
        return None
    (west, south), (east, north) = np.quantile(known, [0.005, 0.995], axis=0)
    pad = max(east - west, north - south, 0.01) * 0.05
    return float(west - pad), float(south - pad), float(east + pad), float(north + pad)


def hexagon(code: int) -> list[list[float]]:
    """The closed ring of a cell, longitude before latitude."""
    ring = [[round(lon, 6), round(lat, 6)] for lat, lon in h3.cell_to_boundary(int(code))]
    return [*ring, ring[0]]


def hatching(shape: Mapping[str, Any], step: float) -> list[list[list[float]]]:
    """Slanting lines that fill a geometry, ``step`` degrees apart."""
    polygon = shapely.make_valid(shapely.from_geojson(json.dumps(shape)))
    west, south, east, north = polygon.bounds
    reach = north - south
    starts = np.arange(np.floor((west - reach) / step) * step, east, step)
    lines = shapely.linestrings([[(x, south), (x + reach, north)] for x in starts])
    inside = shapely.intersection(lines, polygon)
    out = []
    for part in shapely.get_parts(inside):
        if part.geom_type == "LineString" and part.length > 0:
            out.append([[round(x, 5), round(y, 5)] for x, y in part.coords])
    return out
