"""The polygons of a store by level, ready to find points in; read once per content."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from data.boundaries.locating import UNKNOWN, UNNAMED, Ints, Locator
from data.schema import areas

LEVELS = ("district", "street")
"""Levels that orders name."""


@dataclass(frozen=True, eq=False)
class Layer:
    """The areas of a level that have a polygon: codes, parents and shapes, side by side."""

    level: str
    codes: tuple[str, ...]
    parents: tuple[str | None, ...]
    shapes: tuple[shapely.Geometry, ...]

    @cached_property
    def locator(self) -> Locator:
        """Finds points among them."""
        return Locator(self.shapes)

    @cached_property
    def _places(self) -> dict[str, dict[str | None, int]]:
        out: dict[str, dict[str | None, int]] = {}
        for index, (code, parent) in enumerate(zip(self.codes, self.parents, strict=True)):
            out.setdefault(code, {})[parent] = index
        return out

    def index(self, code: str | None, parent: str | None = None) -> int:
        """The place of a named area; ``UNNAMED``, ``UNKNOWN``.

        A street is the one of its district; where only one of that name has a polygon, the
        district need not agree (whether it does is the district's own question).
        """
        if code is None:
            return UNNAMED
        known = self._places.get(code)
        if known is None:
            return UNKNOWN
        if len(known) == 1 or self.level != "street":
            return next(iter(known.values()))
        return known.get(parent, UNKNOWN)

    def indexes(self, codes: Sequence[str | None], parents: Sequence[str | None]) -> Ints:
        """:meth:`index` of many."""
        return np.array(
            [self.index(c, p) for c, p in zip(codes, parents, strict=True)], dtype="int64"
        )


@dataclass(frozen=True, eq=False)
class Layers:
    """Every level that has polygons. ``fingerprint`` changes when one of them does."""

    fingerprint: str
    by_level: dict[str, Layer]

    def named(self) -> Iterable[Layer]:
        """The layers that orders can be checked against."""
        return [self.by_level[level] for level in LEVELS if level in self.by_level]


_KEPT: dict[str, Layers] = {}
_MOST = 4
_LOCK = threading.Lock()


def layers(connection: sa.Connection) -> Layers:
    """The polygons as this transaction sees them; parsed once for each content."""
    wanted = (areas.c.level, areas.c.parent, areas.c.area, areas.c.geometry)
    found = connection.execute(
        sa.select(*wanted).where(areas.c.geometry.is_not(None)).order_by(*wanted[:3])
    ).fetchall()
    rows = sorted(found, key=lambda row: (row.level, row.parent or "", row.area))
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(repr(tuple(row)).encode())
    key = hashed.hexdigest()[:20] if rows else ""
    with _LOCK:
        if key not in _KEPT:
            while len(_KEPT) >= _MOST:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[key] = Layers(key, _parsed(rows))
        return _KEPT[key]


def _parsed(rows: Sequence[Any]) -> dict[str, Layer]:
    out = {}
    for level in dict.fromkeys(row.level for row in rows):
        mine = [row for row in rows if row.level == level]
        shapes = [shapely.from_geojson(row.geometry, on_invalid="ignore") for row in mine]
        # a polygon that came with a batch may be faulty: it must not stop the import of orders
        sound = [
            (row, shape if shapely.is_valid(shape) else shapely.make_valid(shape))
            for row, shape in zip(mine, shapes, strict=True)
            if shape is not None and not shape.is_empty
        ]
        if sound:
            out[level] = Layer(
                level,
                tuple(row.area for row, _ in sound),
                tuple(row.parent for row, _ in sound),
                tuple(shape for _, shape in sound),
            )
    return out
