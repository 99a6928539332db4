"""Areas for everybody: polygons by level, the area of a point, orders that lie elsewhere (docs/areas.md).

A city without polygons answers with empty frames; :func:`state` says why, in a code that pages
turn into a note (words ``areas.state.<code>``).
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from data import placed as placing
from data import schema
from data.area_layers import LEVELS, Layer, Layers, layers
from data.boundaries.locating import KINDS, Floats
from data.schema import areas, boundaries, orders
from data.staging import same_key
from data.store import Store

State = Literal["drawn", "partly", "undrawn", "none"]
DETAIL = 600
"""Steps across a map that can be told apart on a panel."""

_DRAWN: OrderedDict[tuple[str, str, int | None], tuple[str, ...]] = OrderedDict()
_READ: OrderedDict[tuple[str, int], Layers] = OrderedDict()
_MOST = 12
_LOCK = threading.Lock()


def levels(store: Store) -> pd.DataFrame:
    """Each level that the store has areas of: level, n, drawn (how many have a polygon)."""
    drawn = sa.func.count(areas.c.geometry).label("drawn")
    select = sa.select(areas.c.level, sa.func.count().label("n"), drawn).group_by(areas.c.level)
    frame = store.frame(select)
    order = {level: place for place, level in enumerate(("city", *LEVELS))}
    return frame.sort_values("level", key=lambda s: s.map(order), ignore_index=True)


def state(store: Store, level: str) -> State:
    """``drawn`` (every area has a polygon), ``partly``, ``undrawn`` (none has), ``none`` (no area)."""
    frame = levels(store)
    mine = frame[frame["level"] == level]
    if mine.empty:
        return "none"
    n, drawn = int(mine["n"].iloc[0]), int(mine["drawn"].iloc[0])
    return "drawn" if drawn == n else "partly" if drawn else "undrawn"


def polygons(store: Store, level: str, *, detail: int | None = DETAIL) -> pd.DataFrame:
    """The areas of a level that have a polygon: area, parent, names, population, lon, lat, geometry.

    ``geometry`` is GeoJSON text (WGS-84), no finer than ``detail`` steps across the whole level:
    neighbours keep one border, a file with gaps or overlaps between neighbours has them closed
    for the drawing. ``detail=None``: as stored. Cached by content.
    """
    layer = _layers(store).by_level.get(level)
    wanted = ("area", "parent", "name_zh", "name_en", "population", "lon", "lat")
    rows = store.frame(sa.select(*(areas.c[n] for n in wanted)).where(areas.c.level == level))
    if layer is None:
        return rows.iloc[:0].assign(geometry=pd.Series([], dtype="str"))
    texts = drawn(_layers(store).fingerprint, layer, detail)
    shapes = pd.DataFrame(
        {"area": layer.codes, "_parent": [p or "" for p in layer.parents], "geometry": texts}
    )
    rows["_parent"] = rows["parent"].fillna("")
    made = rows.merge(shapes, on=["area", "_parent"]).drop(columns="_parent")
    return made.sort_values(["parent", "area"], ignore_index=True)


def drawn(fingerprint: str, layer: Layer, detail: int | None) -> tuple[str, ...]:
    """GeoJSON texts of a layer, simplified together (kept by fingerprint)."""
    key = (fingerprint, layer.level, detail)
    with _LOCK:
        if key in _DRAWN:
            _DRAWN.move_to_end(key)
            return _DRAWN[key]
    made = tuple(simplified(layer.shapes, detail))
    with _LOCK:
        _DRAWN[key] = made
        while len(_DRAWN) > _MOST:
            _DRAWN.popitem(last=False)
    return made


def simplified(shapes: Sequence[shapely.Geometry], detail: int | None) -> list[str]:
    """GeoJSON texts; with ``detail``, simplified as one coverage (Visvalingam–Whyatt, GEOS)."""
    whole = np.array(list(shapes), dtype=object)
    if detail is None:
        return [str(shapely.to_geojson(shape)) for shape in whole]
    west, south, east, north = shapely.total_bounds(whole)
    step = max(east - west, north - south, 1e-9) / detail
    if shapely.coverage_is_valid(whole):
        plain = shapely.coverage_simplify(whole, step)
    else:
        plain = _closed(whole, step)
    digits = max(0, int(np.ceil(-np.log10(step))) + 1)
    rounded = shapely.transform(plain, lambda points: np.round(points, digits))
    kept = [new if not new.is_empty else old for new, old in zip(rounded, whole, strict=True)]
    return [json.dumps(json.loads(shapely.to_geojson(s)), separators=(",", ":")) for s in kept]


def _closed(whole: Any, step: float) -> Any:
    """Neighbours that do not fit exactly: gaps and overlaps of less than a step are closed."""
    try:
        clean = shapely.coverage_clean(whole, gap_maximum_width=step)
        if shapely.coverage_is_valid(clean) and not shapely.is_empty(clean).any():
            return shapely.coverage_simplify(clean, step)
    except (shapely.errors.GEOSException, TypeError):
        pass
    return shapely.simplify(whole, step / 2, preserve_topology=True)


def box(store: Store, level: str | None = None) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the polygons (of one level or of all); ``None`` without any."""
    found = _layers(store).by_level
    mine = [found[level]] if level in found else [] if level else list(found.values())
    boxes = [layer.locator.box for layer in mine if layer.locator.box]
    if not boxes:
        return None
    bounds = np.array(boxes)
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def area_of(store: Store, lon: Floats, lat: Floats, level: str) -> np.ndarray[Any, Any]:
    """The code of the area that each point lies in; ``None`` for none (or no polygons at all)."""
    layer = _layers(store).by_level.get(level)
    if layer is None:
        return np.full(len(lon), None, dtype=object)
    places = layer.locator.find(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    codes = np.array([*layer.codes, None], dtype=object)
    out: np.ndarray[Any, Any] = codes[places]  # -1, nowhere, is the last
    return out


def origins(store: Store) -> pd.DataFrame:
    """Where imported polygons came from: the rows of ``boundaries``, the latest file first."""
    order = (boundaries.c.batch.desc(), boundaries.c.level, boundaries.c.area)
    return store.frame(sa.select(boundaries).order_by(*order))


# -- orders that lie elsewhere ---------------------------------------------------------
@dataclass(frozen=True)
class Totals:
    """What the check of a level says. ``checked`` orders name an area with a polygon and have a
    usable point; of them ``agree`` lie in it, ``border`` within the tolerance of it, ``other`` in
    another one, ``outside`` in none."""

    level: str
    metres: float
    current: bool = True
    orders: int = 0
    pointed: int = 0
    checked: int = 0
    agree: int = 0
    border: int = 0
    other: int = 0
    outside: int = 0
    unnamed: int = 0
    unnamed_pointed: int = 0
    unnamed_inside: int = 0
    unbounded: int = 0
    unbounded_inside: int = 0


def totals(store: Store, level: str) -> Totals:
    """The totals of a level; all zero where it has no polygons."""
    metres = store.settings.border_metres
    layer = _layers(store).by_level.get(level)
    if layer is None or level not in LEVELS:
        return Totals(level, metres)
    ok = sa.func.sum(sa.case((orders.c.point_kind == "ok", 1), else_=0)).label("ok")
    own = [orders.c[level].label("named")]
    if level == "street":
        own.append(orders.c.district.label("parent"))
    by = store.frame(sa.select(*own, sa.func.count().label("n"), ok).group_by(*own))
    parents = by["parent"] if level == "street" else pd.Series([None] * len(by), dtype=object)
    codes = [None if pd.isna(v) else str(v) for v in by["named"]]
    place = layer.indexes(codes, [None if pd.isna(v) else str(v) for v in parents])
    n, pointed = by["n"].to_numpy(dtype="int64"), by["ok"].to_numpy(dtype="int64")
    known, blank, unknown = place >= 0, place == -1, place == -2
    kinds = _kinds(store, level)
    checked = int(pointed[known].sum())
    away = kinds["border"] + kinds["other"] + kinds["outside"]
    return Totals(
        level, metres, placing.current(store),
        orders=int(n.sum()), pointed=int(pointed.sum()), checked=checked, agree=checked - away,
        border=kinds["border"], other=kinds["other"], outside=kinds["outside"],
        unnamed=int(n[blank].sum()), unnamed_pointed=int(pointed[blank].sum()),
        unnamed_inside=kinds["unnamed"], unbounded=int(n[unknown].sum()),
        unbounded_inside=kinds["unbounded"],
    )  # fmt: skip


def _kinds(store: Store, level: str) -> dict[str, int]:
    """Rows of ``placed`` by kind; ``outside`` without those that name no area."""
    placed = schema.placed
    named = placed.c.named.is_not(None)
    rows = store.rows(
        sa.select(placed.c.kind, named.label("has_name"), sa.func.count().label("n"))
        .where(placed.c.level == level)
        .group_by(placed.c.kind, named)
    )
    out = dict.fromkeys(KINDS, 0)
    for row in rows:
        if row.has_name or row.kind != "outside":
            out[row.kind] += int(row.n)
    return out


def pairs(store: Store, level: str) -> pd.DataFrame:
    """Disagreements by pair, the most orders first: kind, named, named_parent, by_point,
    by_point_parent, n, metres (the mean distance from the named area)."""
    placed = schema.placed
    by = [placed.c[n] for n in ("kind", "named", "named_parent", "by_point", "by_point_parent")]
    n = sa.func.count().label("n")
    metres = sa.func.avg(placed.c.metres).label("metres")
    return store.frame(
        sa.select(*by, n, metres)
        .where(placed.c.level == level)
        .group_by(*by)
        .order_by(n.desc(), *(c.nulls_last() for c in by))
    )


def placed(
    store: Store,
    level: str,
    *,
    kinds: Sequence[str] = ("other", "outside", "unnamed", "unbounded"),
    pair: tuple[str | None, str | None] | None = None,
    parents: tuple[str | None, str | None] | None = None,
    limit: int | None = 200,
) -> pd.DataFrame:
    """Orders that do not lie in the area they name, the farthest first, with what the source said.

    ``pair``: (named, by point) as in :func:`pairs`, ``None`` for no name, no area; ``parents``
    likewise, for streets. Columns of ``placed`` and of the order: created_at, title, address, lon, lat.
    """
    table = schema.placed
    wanted = [table.c.level == level, table.c.kind.in_(list(kinds))]
    if pair is not None:
        wanted += [
            table.c.named.is_not_distinct_from(pair[0]),
            table.c.by_point.is_not_distinct_from(pair[1]),
        ]
    if parents is not None:
        wanted += [
            table.c.named_parent.is_not_distinct_from(parents[0]),
            table.c.by_point_parent.is_not_distinct_from(parents[1]),
        ]
    select = (
        sa.select(table, *(orders.c[n] for n in ("created_at", "title", "address", "lon", "lat")))
        .join(orders, same_key(orders, table))
        .where(*wanted)
        .order_by(table.c.metres.desc().nulls_last(), table.c.source, table.c.order_id)
    )
    return store.frame(select if limit is None else select.limit(limit))


def _layers(store: Store) -> Layers:
    """The polygons at the present data version (every change of areas raises it)."""
    key = (store.settings.url, store.data_version())
    with _LOCK:
        if key in _READ:
            return _READ[key]
    with store.engine.connect() as connection:
        found = layers(connection)
    with _LOCK:
        _READ[key] = found
        while len(_READ) > _MOST:
            _READ.popitem(last=False)
    return found
