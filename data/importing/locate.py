"""Points of a chunk: from longitude and latitude, a point in one cell, or plane coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.frames import ARROW_SCHEMA
from data.importing.points import (
    Box,
    Floats,
    Placeholder,
    cells,
    place_keys,
    point_kinds,
    set_right,
    split_points,
    to_wgs84,
)
from data.importing.preset import Preset
from data.importing.values import as_number

_CHINA: Box = (73.0, 3.0, 136.0, 54.0)
_DEGREES = ("wgs84", "gcj02", "bd09")


@dataclass
class Located:
    """WGS-84 points (NaN where none), how many were swapped, and per column what was bad."""

    lon: Floats
    lat: Floats
    swapped: int = 0
    bad: dict[str, tuple[np.ndarray[Any, Any], str]] = field(default_factory=dict)


def locate(raw: dict[str, pa.Array], preset: Preset, country: str, size: int) -> Located:
    """The points of some rows, from the cells of ``lon``, ``lat``, ``point``, ``x`` and ``y``."""
    out = Located(np.full(size, np.nan), np.full(size, np.nan))
    lon, lat = out.lon, out.lat
    for name, target in (("lon", lon), ("lat", lat)):
        if name in raw:
            read = as_number(raw[name])
            if read.bad.any():
                out.bad[name] = (read.bad, "bad_number")
            target[:] = _numpy(read.values)
    if "point" in raw:
        _fill(lon, lat, *split_points(raw["point"]))
    spot = preset.coordinates
    box = spot.box or (_CHINA if country == "CN" else None)
    given = np.isfinite(lon) & np.isfinite(lat) & ~((lon == 0) & (lat == 0))
    if spot.system.lower() in _DEGREES:
        lon, lat, out.swapped = set_right(lon, lat, box)
        lon, lat = to_wgs84(lon, lat, spot.system)
    else:
        lon, lat, out.swapped = set_right(*to_wgs84(lon, lat, spot.system))
    gone = given & ~np.isfinite(lon)
    if gone.any():
        out.bad.setdefault("lon" if "lon" in raw else "point", (gone, "bad_point"))
    if preset.projected and "x" in raw and "y" in raw:
        empty = ~np.isfinite(lon)
        x, y = (np.where(empty, _numpy(as_number(raw[n]).values), np.nan) for n in ("x", "y"))
        _fill(lon, lat, *set_right(*to_wgs84(x, y, preset.projected.system))[:2])
    out.lon, out.lat = lon, lat
    return out


def _numpy(column: pa.Array) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def _fill(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> None:
    """Fill points that are missing (or stand at 0, 0) from another source, in place."""
    empty = ~(np.isfinite(lon) & np.isfinite(lat)) | ((lon == 0) & (lat == 0))
    usable = empty & np.isfinite(other_lon) & np.isfinite(other_lat)
    lon[usable], lat[usable] = other_lon[usable], other_lat[usable]


def place(orders: pa.Table, spots: Sequence[Placeholder], box: Box | None) -> pa.Table:
    """The orders with ``point_kind``, ``h3_9`` and ``place_key``."""
    lon = np.asarray(orders["lon"].to_numpy(), dtype=float)
    lat = np.asarray(orders["lat"].to_numpy(), dtype=float)
    kinds = point_kinds(lon, lat, spots, box)
    usable = kinds == "ok"
    address = orders["address"].combine_chunks() if orders.num_rows else pa.array([], pa.string())
    if isinstance(address, pa.ChunkedArray):
        address = pa.concat_arrays(address.chunks)
    keys = place_keys(address, np.where(usable, lon, np.nan), np.where(usable, lat, np.nan))
    keys = pc.if_else(pa.array(kinds == "placeholder"), None, keys)
    columns = {
        "point_kind": pa.array(kinds, pa.string()),
        "h3_9": cells(lon, lat, usable),
        "place_key": keys,
    }
    for name, column in columns.items():
        orders = orders.set_column(
            orders.column_names.index(name), ARROW_SCHEMA.field(name), column
        )
    return orders
