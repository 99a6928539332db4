"""GeoJSON geometries as valid polygons in WGS-84: parsed ring by ring, converted, repaired or refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

from data.importing.points import to_wgs84

Ring = np.ndarray[Any, np.dtype[np.float64]]
Parts = list[list[Ring]]
"""Polygons, each a shell and its holes."""

DECIMALS = 6
"""Of a degree: 0.1 m. Both neighbours of a border are rounded alike, so it stays one."""

_POLYGONS = ("Polygon", "MultiPolygon")


@dataclass
class ShapeFault(ValueError):
    """A geometry that cannot be used: a code of :data:`data.boundaries.model.FEATURE_FAULTS`."""

    code: str
    params: dict[str, Any]


def parts_of(geometry: Any) -> Parts:
    """The rings of a geometry. Raises :class:`ShapeFault`."""
    if not isinstance(geometry, Mapping):
        raise ShapeFault("no_geometry", {})
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        inner = [g for g in members if isinstance(g, Mapping)] if isinstance(members, list) else []
        found = [part for g in inner if g.get("type") in _POLYGONS for part in parts_of(g)]
        if not found:
            raise ShapeFault("not_polygon", {"kind": str(kind)})
        return found
    if kind not in _POLYGONS:
        raise ShapeFault("not_polygon", {"kind": str(kind)[:40]})
    coordinates = geometry.get("coordinates")
    if not coordinates:
        raise ShapeFault("no_geometry", {})
    polygons = [coordinates] if kind == "Polygon" else coordinates
    return [[_ring(ring) for ring in _list(polygon)] for polygon in _list(polygons)]


def _list(tree: Any) -> list[Any]:
    if not isinstance(tree, list):
        raise ShapeFault("bad_position", {"value": str(tree)[:60]})
    return tree


def _ring(tree: Any) -> Ring:
    out = []
    for position in _list(tree):
        pair = position[:2] if isinstance(position, list) else []
        numbers = [v for v in pair if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) != 2 or not all(math.isfinite(v) for v in numbers):
            raise ShapeFault("bad_position", {"value": str(position)[:60]})
        out.append(numbers)
    return np.array(out, dtype=float).reshape(-1, 2)


def extent(parts: Parts) -> tuple[float, float, float, float]:
    """Smallest and largest x and y: (x0, y0, x1, y1)."""
    points = np.concatenate([ring for polygon in parts for ring in polygon] or [np.zeros((0, 2))])
    if not len(points):
        raise ShapeFault("no_geometry", {})
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def polygon_of(parts: Parts, datum: str, swap: bool) -> tuple[shapely.Geometry, tuple[str, ...]]:
    """One valid polygon or multipolygon, and the codes of what was repaired.

    Self-intersections are resolved by ``make_valid`` (structure: shells joined, holes cut out),
    parts without area fall away. Raises :class:`ShapeFault`.
    """
    repairs: set[str] = {"swapped"} if swap else set()
    polygons = []
    for shell, *holes in parts:
        outer = _closed(shell, datum, swap, repairs)
        if outer is None:
            raise ShapeFault("short_ring", {"n": len(shell)})
        rings = [_closed(hole, datum, swap, repairs) for hole in holes]
        if any(ring is None for ring in rings):
            repairs.add("ring_dropped")
        polygons.append(shapely.Polygon(outer, [ring for ring in rings if ring is not None]))
    whole: shapely.Geometry = shapely.MultiPolygon(polygons)
    if not shapely.is_valid(whole):
        repairs.add(_reason(whole))
        whole = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    surfaces = [
        part
        for part in shapely.get_parts(whole, return_index=False)
        if part.geom_type == "Polygon" and part.area > 0
    ]
    if not surfaces:
        raise ShapeFault("no_area", {})
    return joined(surfaces), tuple(sorted(repairs))


def joined(surfaces: list[shapely.Geometry]) -> shapely.Geometry:
    """Polygons as one geometry, rounded, valid, oriented (shells counter-clockwise, RFC 7946)."""
    whole = surfaces[0] if len(surfaces) == 1 else shapely.union_all(surfaces)
    whole = shapely.transform(whole, lambda points: np.round(points, DECIMALS))
    if not shapely.is_valid(whole):
        whole = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    flat = [p for p in shapely.get_parts(whole) if p.geom_type in _POLYGONS]
    pieces = [p for part in flat for p in shapely.get_parts(part) if p.area > 0]
    if not pieces:
        raise ShapeFault("no_area", {})
    made = pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)
    return shapely.orient_polygons(made)


def _closed(ring: Ring, datum: str, swap: bool, repairs: set[str]) -> Ring | None:
    """The ring in WGS-84, closed; ``None`` when it has fewer than three corners."""
    if len(np.unique(ring, axis=0)) < 3:
        return None
    if not np.array_equal(ring[0], ring[-1]):
        repairs.add("closed")
        ring = np.vstack([ring, ring[:1]])
    x, y = (ring[:, 1], ring[:, 0]) if swap else (ring[:, 0], ring[:, 1])
    lon, lat = to_wgs84(x, y, datum)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise ShapeFault("off_globe", {"value": f"{x[0]:g}, {y[0]:g}"})
    return np.column_stack([lon, lat])


def _reason(shape: shapely.Geometry) -> str:
    said = str(shapely.is_valid_reason(shape)).lower()
    if "self-intersection" in said or "not a valid" in said:
        return "self_intersection"
    return "overlap" if "nested" in said or "overlap" in said else "invalid"


@lru_cache(maxsize=1)
def _earth() -> Any:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def km2(shape: shapely.Geometry) -> float:
    """The area on the WGS-84 ellipsoid (Karney 2013, through PROJ), square kilometres."""
    area, _ = _earth().geometry_area_perimeter(shapely.orient_polygons(shape))
    return float(abs(area)) / 1e6


def label_point(shape: shapely.Geometry) -> tuple[float, float]:
    """Where a name is written: the centre of the largest circle inside the largest part."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    west, south, east, north = largest.bounds
    step = max(east - west, north - south)
    plain = largest.simplify(step / 500)
    base = plain if plain.is_valid and plain.area > 0 else largest
    spot = shapely.get_point(shapely.maximum_inscribed_circle(base, tolerance=step / 100), 0)
    if not largest.intersects(spot):
        spot = largest.representative_point()
    return round(float(spot.x), DECIMALS), round(float(spot.y), DECIMALS)
