"""What taking a file of boundaries in would do: matched to the store, checked, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
import sqlalchemy as sa

from data.area_layers import Layer, layers
from data.boundaries.model import Area, BadBoundaries, Fault, Given
from data.boundaries.names import Matched, Stored, bare, match, shown
from data.boundaries.shapes import label_point
from data.schema import areas, counts_area, meta, orders
from data.store import is_simulated

Box = tuple[float, float, float, float]
_FEWEST = 50
_SAMPLE = 5000
_NEAR = 0.5
"""Degrees around the orders within which a file's areas may lie."""


@dataclass
class Planned:
    """What taking a file in would do. ``left``: stored areas that orders name and that stay without
    boundary; ``parents``: the parent of each new area."""

    matched: Matched
    faults: list[Fault] = field(default_factory=list)
    left: list[Stored] = field(default_factory=list)
    used: set[tuple[str, str | None]] = field(default_factory=set)


def plan(connection: sa.Connection, given: Given) -> tuple[Given, Planned]:
    """Match a file to the store without writing; the areas come back with their parents."""
    given = replace(given, areas=_with_parents(connection, given))
    stored, used = _stored(connection, given.level), _used(connection, given.level)
    matched = match(given.areas, stored, given.matches, lambda s: is_used(s, used, given.level))
    out = Planned(matched, list(matched.faults), used=used)
    met = {id(one) for _, one in matched.pairs if one is not None}
    parents = {area.parent for area in given.areas}
    names = {bare(area.name) for area in given.areas}
    out.left = [
        one for one in stored
        if id(one) not in met and not one.drawn and is_used(one, used, given.level)
        and (given.level != "street" or one.parent in parents or bare(one.area) in names)
    ]  # fmt: skip
    out.faults += _refusals(connection, given, out)
    return given, out


def _stored(connection: sa.Connection, level: str) -> list[Stored]:
    rows = connection.execute(sa.select(
        areas.c.area, areas.c.parent, areas.c.name_zh, areas.c.name_en,
        areas.c.geometry.is_not(None),
    ).where(areas.c.level == level).order_by(areas.c.area, areas.c.parent)).fetchall()  # fmt: skip
    return [Stored(*row) for row in rows]


def _used(connection: sa.Connection, level: str) -> set[tuple[str, str | None]]:
    """The areas that orders name: (area, parent), for districts (area, None)."""
    if level == "district":
        column = counts_area.c.district
        rows = connection.execute(sa.select(column).where(column.is_not(None)).distinct())
        return {(row[0], None) for row in rows}
    if level == "street":
        pair = (orders.c.street, orders.c.district)
        rows = connection.execute(sa.select(*pair).where(pair[0].is_not(None)).distinct())
        return {(row[0], row[1]) for row in rows}
    return set()


def is_used(stored: Stored, used: set[tuple[str, str | None]], level: str) -> bool:
    """Whether orders name a stored area (see :func:`_used`)."""
    return (stored.area, stored.parent if level == "street" else None) in used


# -- parents -------------------------------------------------------------------------
def _with_parents(connection: sa.Connection, given: Given) -> tuple[Area, ...]:
    """Each street's district: told, stated by the file, or the one that the street lies in."""
    if given.level != "street":
        return tuple(replace(area, parent=given.parent) for area in given.areas)
    districts = _stored(connection, "district")
    layer = layers(connection).by_level.get("district")
    inside = _inside(given.areas, layer)
    faults, out = [], []
    for area, found in zip(given.areas, inside, strict=True):
        said = given.parent or area.parent
        parent = _district(said, districts) if said else found
        if said and parent is None:
            faults.append(Fault("unknown_parent", 0, area.name, {"parent": said}))
        out.append(replace(area, parent=parent))
    if faults:
        raise BadBoundaries(faults)
    return tuple(out)


def _district(name: str, districts: Sequence[Stored]) -> str | None:
    exact = [one.area for one in districts if one.area == name]
    alike = [
        one.area for one in districts
        if bare(name) in (bare(one.area), bare(one.name_zh), bare(one.name_en))
    ]  # fmt: skip
    return exact[0] if exact else alike[0] if len(alike) == 1 else None


def _inside(found: Sequence[Area], layer: Layer | None) -> list[str | None]:
    if layer is None:
        return [None] * len(found)
    spots = [label_point(area.geometry) for area in found]
    lon, lat = np.array([s[0] for s in spots]), np.array([s[1] for s in spots])
    return [layer.codes[i] if i >= 0 else None for i in layer.locator.find(lon, lat)]


# -- what stands against it ------------------------------------------------------------
def _refusals(connection: sa.Connection, given: Given, planned: Planned) -> list[Fault]:
    out = _misplaced(connection, given)
    new = planned.matched.new
    simulated = sa.select(meta.c.content).where(meta.c.name == "simulated")
    if new and is_simulated(connection.execute(simulated).scalar()):
        out.append(Fault("simulated", 0, _listed([a.name for a in new]), {"n": len(new)}))
    elif new and planned.left and not given.add_new:
        params = {
            "n": len(new), "left": _listed([shown(one) for one in planned.left]),
            "n_left": len(planned.left),
        }  # fmt: skip
        out.append(Fault("unmatched", 0, _listed([a.name for a in new]), params))
    streets = [a.name for a, one in planned.matched.pairs if one is None and a.parent is None]
    if given.level == "street" and streets and _stored(connection, "district"):
        out.append(Fault("no_parent", 0, _listed(streets), {"n": len(streets)}))
    return out


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def _misplaced(connection: sa.Connection, given: Given) -> list[Fault]:
    """The file must lie where the orders (else the areas stored so far) lie."""
    known = _known_box(connection)
    if known is None:
        return []
    box = tuple(shapely.total_bounds([area.geometry for area in given.areas]))
    if _touch(box, known):
        return []
    spots = {"here": _spot(box), "there": _spot(known)}
    turned = (box[1], box[0], box[3], box[2])
    return [Fault("swapped" if _touch(turned, known) else "elsewhere", params=spots)]


def _touch(box: Sequence[float], known: Box) -> bool:
    west, south, east, north = known
    return bool(
        box[0] <= east + _NEAR and box[2] >= west - _NEAR
        and box[1] <= north + _NEAR and box[3] >= south - _NEAR
    )  # fmt: skip


def _spot(box: Sequence[float]) -> str:
    return f"{(box[0] + box[2]) / 2:.2f}, {(box[1] + box[3]) / 2:.2f}"


def _known_box(connection: sa.Connection) -> Box | None:
    points = np.array(
        connection.execute(
            sa.select(orders.c.lon, orders.c.lat).where(orders.c.point_kind == "ok").limit(_SAMPLE)
        ).fetchall(),
        dtype=float,
    ).reshape(-1, 2)
    if len(points) >= _FEWEST:
        (west, south), (east, north) = np.quantile(points, [0.02, 0.98], axis=0)
        return float(west), float(south), float(east), float(north)
    boxes = [layer.locator.box for layer in layers(connection).by_level.values()]
    found = [box for box in boxes if box is not None]
    if not found:
        return None
    bounds = np.array(found)
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)
