"""Which area a point lies in: vectorised point in polygon, exact, with a grid for many points.

Pure: shapely and numpy only. A raster is laid over the areas once; a square that lies wholly in
one area and touches no other answers for all its points, only points in squares that a border
crosses are tested one by one. The answer is the same with and without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

NOWHERE = -1
_MIXED = -2
UNNAMED, UNKNOWN = -1, -2
"""Of a named area: the order names none; it names one that has no boundary."""

KINDS = ("other", "border", "outside", "unnamed", "unbounded")
"""What can be said of an order that does not lie in the area it names: it lies in another one;
it lies in another one (or outside all), but within the tolerance of the named one; it lies outside
all areas; it names none but lies in one; it names one without boundary but lies in another."""
AGREES = -1
METRES = np.pi * 6_371_008.8 / 180
"""Of a degree of latitude, on the mean sphere: within 0.6 % of the ellipsoid."""

_WORTH_A_GRID = 30_000
_SQUARES = 300


class Locator:
    """Finds the area of points among some polygons (WGS-84). Overlaps: the smallest area wins,
    or the named one where the point lies in it."""

    def __init__(self, shapes: Sequence[shapely.Geometry]) -> None:
        self.shapes = np.array(list(shapes), dtype=object)
        shapely.prepare(self.shapes)
        self._bounds = shapely.bounds(self.shapes).reshape(-1, 4)
        # Larger ones first: what is found later, in a smaller area, stands.
        self._order = np.argsort(-shapely.area(self.shapes), kind="stable")
        self._grid: Ints | None = None
        self._flat: tuple[Any, float] | None = None

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all areas; ``None`` where there is none."""
        if not len(self.shapes):
            return None
        west, south = self._bounds[:, :2].min(axis=0)
        east, north = self._bounds[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)

    def find(self, lon: Floats, lat: Floats, named: Ints | None = None) -> Ints:
        """The index of each point's area, ``NOWHERE`` where it lies in none (or is not finite)."""
        out = np.full(len(lon), NOWHERE, dtype="int64")
        box = self.box
        if box is None:
            return out
        open_ = np.isfinite(lon) & np.isfinite(lat)
        open_ &= (lon >= box[0]) & (lon <= box[2]) & (lat >= box[1]) & (lat <= box[3])
        if self._grid is not None or len(lon) >= _WORTH_A_GRID:
            rows = np.flatnonzero(open_)
            sure = self._squares()[self._square(lon[rows], lat[rows], box)]
            out[rows] = np.where(sure == _MIXED, NOWHERE, sure)
            open_[rows] = sure == _MIXED
        rows = np.flatnonzero(open_)
        out[rows] = self._exact(lon[rows], lat[rows], None if named is None else named[rows])
        return out

    def metres(self, lon: Floats, lat: Floats, area: Ints) -> Floats:
        """How far each point lies from the area of that index, 0 inside.

        On a plane whose degrees of longitude are shortened by the cosine of the areas' middle
        latitude: within 1 % for a city of 1° of latitude at 40°.
        """
        out = np.zeros(len(lon))
        if self._flat is None:
            box = self.box or (0.0, 0.0, 0.0, 0.0)
            wide = float(np.cos(np.radians((box[1] + box[3]) / 2)))
            self._flat = shapely.transform(self.shapes, lambda p: p * [wide, 1.0]), wide
        flat, wide = self._flat
        for index in np.unique(area):
            mine = area == index
            points = shapely.points(lon[mine] * wide, lat[mine])
            out[mine] = shapely.distance(points, flat[index]) * METRES
        return out

    def _exact(self, lon: Floats, lat: Floats, named: Ints | None) -> Ints:
        out = np.full(len(lon), NOWHERE, dtype="int64")
        own = np.zeros(len(lon), dtype=bool)
        for index in self._order:
            west, south, east, north = self._bounds[index]
            near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
            if not len(near):
                continue
            inside = near[shapely.intersects_xy(self.shapes[index], lon[near], lat[near])]
            out[inside[~own[inside]]] = index
            if named is not None:
                mine = inside[named[inside] == index]
                out[mine], own[mine] = index, True
        return out

    def _square(self, lon: Floats, lat: Floats, box: tuple[float, float, float, float]) -> Ints:
        west, south, east, north = box
        across = (lon - west) / max(east - west, 1e-12) * _SQUARES
        up = (lat - south) / max(north - south, 1e-12) * _SQUARES
        last = _SQUARES - 1
        column = np.minimum(across.astype("int64"), last)
        place: Ints = np.minimum(up.astype("int64"), last) * _SQUARES + column
        return place

    def _squares(self) -> Ints:
        """Of each square: its one area, ``NOWHERE``, or that it must be looked at."""
        if self._grid is not None:
            return self._grid
        west, south, east, north = self.box or (0.0, 0.0, 0.0, 0.0)
        x = np.linspace(west, east, _SQUARES + 1)
        y = np.linspace(south, north, _SQUARES + 1)
        # A hair wider, so that rounding cannot put a point into the wrong neighbour.
        hair = 1e-9
        left, low = np.meshgrid(x[:-1] - hair, y[:-1] - hair)
        right, high = np.meshgrid(x[1:] + hair, y[1:] + hair)
        boxes = shapely.box(left.ravel(), low.ravel(), right.ravel(), high.ravel())
        grid = np.full(len(boxes), NOWHERE, dtype="int64")
        tree = shapely.STRtree(boxes)
        for index, shape in enumerate(self.shapes):
            near = tree.query(shape)
            touched = near[shapely.intersects(shape, boxes[near])]
            whole = shapely.covers(shape, boxes[touched])
            free = grid[touched] == NOWHERE
            grid[touched] = np.where(whole & free, index, _MIXED)
        self._grid = grid
        return grid


def judge(
    locator: Locator, lon: Floats, lat: Floats, named: Ints, tolerance: float
) -> tuple[Ints, Ints, Floats]:
    """Compare the area that each order names with where its point lies.

    ``named``: index of the named area, ``UNNAMED`` or ``UNKNOWN``. Returns, per order, the place
    of its kind in :data:`KINDS` (``AGREES`` where there is nothing to say), the index of the area
    by its point, and the metres from the point to the named area (NaN where that has no sense).
    """
    by_point = locator.find(lon, lat, named)
    kind = np.full(len(lon), AGREES, dtype="int64")
    metres = np.full(len(lon), np.nan)
    away = np.flatnonzero((named >= 0) & (by_point != named))
    metres[away] = locator.metres(lon[away], lat[away], named[away])
    near = np.where(metres[away] <= tolerance, KINDS.index("border"), -9)
    far = np.where(by_point[away] >= 0, KINDS.index("other"), KINDS.index("outside"))
    kind[away] = np.where(near >= 0, near, far)
    blank = named == UNNAMED
    kind[blank & (by_point >= 0)] = KINDS.index("unnamed")
    kind[blank & (by_point < 0)] = KINDS.index("outside")
    kind[(named == UNKNOWN) & (by_point >= 0)] = KINDS.index("unbounded")
    return kind, by_point, metres
