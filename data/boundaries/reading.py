"""A GeoJSON file as areas: every feature read, every fault named by feature; all or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.boundaries import columns
from data.boundaries.model import (
    DATUMS,
    LEVELS,
    ROLES,
    Area,
    BadBoundaries,
    Fault,
    Given,
    Wanted,
)
from data.boundaries.shapes import Parts, ShapeFault, extent, joined, km2, parts_of, polygon_of

_EPSG = re.compile(r"EPSG:{1,2}\s*(\d{4,6})", re.IGNORECASE)
LARGEST_MB = 200
_MOST = 5000
"""Features that a file may have: a city has hundreds."""


@dataclass(frozen=True)
class Collection:
    """The features of a file, unread, and what it says of itself."""

    file: str
    geometries: tuple[Any, ...]
    rows: tuple[dict[str, Any], ...]
    crs: str

    @property
    def fields(self) -> list[str]:
        """Every field that holds something."""
        return columns.names(self.rows)

    def level(self) -> str | None:
        """The level that the features state."""
        return columns.level_of(self.rows)

    def datum(self) -> tuple[str, str]:
        """The datum, and why: the file's ``crs``, DataV's own fields, or the rule of GeoJSON."""
        said = self.crs.lower()
        for row in self.rows[:1]:
            said += f" {row.get('crs') or ''}".lower()
        found = _EPSG.search(said)
        if found:
            # 4490 (CGCS2000) differs from WGS-84 by centimetres
            number = found.group(1)
            return ("wgs84" if number in ("4326", "4490") else f"EPSG:{number}"), "crs"
        for datum, marks in (("gcj02", ("gcj",)), ("bd09", ("bd09", "bd-09"))):
            if any(mark in said for mark in marks):
                return datum, "crs"
        if "crs84" in said or "wgs84" in said or "wgs 84" in said:
            return "wgs84", "crs"
        if self.rows and all("adcode" in row and "childrenNum" in row for row in self.rows):
            return "gcj02", "datav"
        return "wgs84", "assumed"


def load(path: Path, name: str | None = None) -> Collection:
    """Open a file. Raises :class:`BadBoundaries` when it is no GeoJSON with features."""
    file = name or path.name
    try:
        size = path.stat().st_size / 2**20
        if size > LARGEST_MB:
            params = {"mb": round(size), "most": LARGEST_MB}
            raise BadBoundaries([Fault("too_large", params=params)])
        raw = path.read_bytes()
    except OSError as error:
        raise BadBoundaries([Fault("unreadable", params={"message": error.strerror})]) from None
    tree = _parsed(raw)
    kind = tree.get("type") if isinstance(tree, Mapping) else None
    if kind == "Topology":
        raise BadBoundaries([Fault("topojson")])
    if isinstance(tree, Mapping) and ("esriGeometryPolygon" in str(tree.get("geometryType"))):
        raise BadBoundaries([Fault("esri")])
    features = tree.get("features") if kind == "FeatureCollection" else [tree]
    if kind not in ("FeatureCollection", "Feature") or not isinstance(features, list):
        raise BadBoundaries([Fault("not_geojson", params={"kind": str(kind)[:40]})])
    if not features or len(features) > _MOST:
        raise BadBoundaries([Fault("empty", params={"n": len(features), "most": _MOST})])
    well = [f if isinstance(f, Mapping) else {} for f in features]
    return Collection(
        file,
        tuple(f.get("geometry") for f in well),
        tuple(columns.flat(f.get("properties")) for f in well),
        json.dumps(tree.get("crs"), ensure_ascii=False) if tree.get("crs") else "",
    )


def _parsed(raw: bytes) -> Any:
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        try:
            words = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadBoundaries([Fault("not_json", params={"line": 1, "column": 1})])
    try:
        return json.loads(words)
    except json.JSONDecodeError as error:
        params = {"line": error.lineno, "column": error.colno}
        raise BadBoundaries([Fault("not_json", params=params)]) from None
    except RecursionError:
        raise BadBoundaries([Fault("not_json", params={"line": 1, "column": 1})]) from None


def read(found: Collection, wanted: Wanted) -> Given:
    """The areas of a file. Raises :class:`BadBoundaries` with every fault found."""
    level = wanted.level or found.level() or "district"
    told = {**columns.recognise(found.rows, level), **wanted.fields}
    fields = {role: field for role, field in told.items() if field}
    datum, why = (wanted.datum, "told") if wanted.datum else found.datum()
    _usable(found, level, fields, datum)
    names = [columns.text(row.get(fields["name"])) for row in found.rows]
    parts, faults = _parts(found, names)
    if all(p is None for p in parts):
        raise BadBoundaries([Fault("no_polygons"), *faults])
    swap = wanted.swap or _swapped(parts, datum)
    faults += _off_globe(parts, names, datum, swap)
    faults += [
        Fault("no_name", i + 1, params={"field": fields["name"]})
        for i, n in enumerate(names)
        if not n
    ]
    areas: list[Area] = []
    bad = {fault.feature for fault in faults}
    for place, part in enumerate(parts):
        if part is None or place + 1 in bad:
            continue
        try:
            areas.append(_area(found.rows[place], fields, part, datum, swap))
        except ShapeFault as fault:
            faults.append(Fault(fault.code, place + 1, names[place] or "", fault.params))
    merged, twice = _joined(areas)
    faults += twice
    if faults:
        raise BadBoundaries(sorted(faults, key=lambda f: f.feature))
    return Given(
        found.file, level, datum, why, fields, tuple(merged), wanted.parent, swap,
        dict(wanted.matches), wanted.add_new,
    )  # fmt: skip


def _usable(found: Collection, level: str, fields: Mapping[str, str], datum: str) -> None:
    faults = []
    if level not in LEVELS:
        faults.append(Fault("bad_level", params={"value": level, "known": ", ".join(LEVELS)}))
    there = found.fields
    for role in ROLES:
        field = fields.get(role)
        if field and field not in there:
            params = {"field": field, "known": ", ".join(there)[:300]}
            faults.append(Fault("no_field", params=params))
    if "name" not in fields:
        faults.append(Fault("no_name_field", params={"known": ", ".join(there)[:300] or "–"}))
    if datum not in DATUMS:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            CRS.from_user_input(datum)
        except CRSError:
            params = {"value": datum, "known": ", ".join(DATUMS)}
            faults.append(Fault("bad_datum", params=params))
    if faults:
        raise BadBoundaries(faults)


def _parts(
    found: Collection, names: Sequence[str | None]
) -> tuple[list[Parts | None], list[Fault]]:
    parts: list[Parts | None] = []
    faults = []
    for place, geometry in enumerate(found.geometries):
        try:
            part = parts_of(geometry)
            extent(part)
            parts.append(part)
        except ShapeFault as fault:
            parts.append(None)
            faults.append(Fault(fault.code, place + 1, names[place] or "", fault.params))
    return parts, faults


def _swapped(parts: Sequence[Parts | None], datum: str) -> bool:
    """Whether every feature can only be meant latitude first."""
    if datum not in DATUMS:
        return False
    boxes = [extent(part) for part in parts if part is not None]
    return all(
        max(abs(y0), abs(y1)) > 90 and max(abs(x0), abs(x1)) <= 90 and max(abs(y0), abs(y1)) <= 180
        for x0, y0, x1, y1 in boxes
    )


def _off_globe(
    parts: Sequence[Parts | None], names: Sequence[str | None], datum: str, swap: bool
) -> list[Fault]:
    if datum not in DATUMS:
        return []
    faults, far = [], 0
    for place, part in enumerate(parts):
        if part is None:
            continue
        x0, y0, x1, y1 = extent(part)
        if swap:
            x0, y0, x1, y1 = y0, x0, y1, x1
        far += max(abs(x0), abs(x1), abs(y0), abs(y1)) > 1000
        if max(abs(x0), abs(x1)) > 180 or max(abs(y0), abs(y1)) > 90:
            x = x1 if abs(x1) > abs(x0) else x0
            y = y1 if abs(y1) > abs(y0) else y0
            faults.append(
                Fault("off_globe", place + 1, names[place] or "", {"value": f"{x:g}, {y:g}"})
            )
    if far and far == sum(part is not None for part in parts):
        raise BadBoundaries([Fault("projected", params=faults[0].params)])
    return faults


def _area(
    row: Mapping[str, Any], fields: Mapping[str, str], parts: Parts, datum: str, swap: bool
) -> Area:
    cell = {role: columns.text(row.get(field)) for role, field in fields.items()}
    name = cell["name"] or ""
    population = None
    if cell.get("population"):
        try:
            population = round(float(str(cell["population"]).replace(",", "")))
        except (ValueError, OverflowError):
            population = -1
        if not 0 <= population < 2**31:
            value = cell["population"]
            raise ShapeFault("bad_population", {"value": value, "field": fields["population"]})
    shape, repairs = polygon_of(parts, datum, swap)
    han = columns.has_han(name)
    return Area(
        name=name, geometry=shape, code=cell.get("code"),
        name_zh=cell.get("name_zh") or (name if han else None),
        name_en=cell.get("name_en") or (None if han else name),
        parent=cell.get("parent"), population=population, repairs=repairs,
    )  # fmt: skip


def _joined(areas: Sequence[Area]) -> tuple[list[Area], list[Fault]]:
    """Features of one name are one area, unless their codes say otherwise."""
    groups: dict[tuple[str, str | None], list[Area]] = {}
    for area in areas:
        groups.setdefault((area.name, area.parent), []).append(area)
    out, faults = [], []
    for (name, _), mine in groups.items():
        codes = {a.code for a in mine}
        if len(mine) > 1 and len(codes) == len(mine) and None not in codes:
            listed = ", ".join(sorted(str(c) for c in codes))
            faults.append(Fault("twice", 0, name, {"n": len(mine), "codes": listed}))
            continue
        first = mine[0]
        shape = joined([a.geometry for a in mine]) if len(mine) > 1 else first.geometry
        people = [a.population for a in mine if a.population is not None]
        repairs = sorted({code for a in mine for code in a.repairs})
        out.append(
            Area(
                name, shape, first.code, first.name_zh, first.name_en, first.parent,
                sum(people) if people else None, len(mine), tuple(repairs), round(km2(shape), 3),
            )
        )  # fmt: skip
    return out, faults
