"""Boundaries into the store, whole or not at all; the orders are checked anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import shapely
import sqlalchemy as sa

from data import placed
from data.boundaries.columns import has_han
from data.boundaries.model import Area, BadBoundaries, Given
from data.boundaries.names import Matched, Stored, bare, shown
from data.boundaries.planning import Planned, is_used, plan
from data.boundaries.shapes import DECIMALS, joined, km2, label_point
from data.schema import areas, boundaries, units
from data.store import Store


@dataclass(frozen=True)
class Taken:
    """What a file did, by names of areas."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    left: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the store is as it was."""
        return not (self.added or self.changed or self.removed)


def take_in(store: Store, connection: sa.Connection, given: Given, *, batch: int) -> Taken:
    """Take in a whole file within the transaction of a batch, then check the orders anew.

    Raises :class:`BadBoundaries` with every fault; nothing is written then.
    """
    given, planned = plan(connection, given)
    if planned.faults:
        raise BadBoundaries(planned.faults)
    writer = _Writer(connection, given, batch)
    for group in _groups(planned.matched):
        writer.write(*group)
    removed = _spellings(connection, given, planned)
    taken = Taken(
        tuple(writer.added), tuple(writer.changed), tuple(writer.unchanged),
        tuple(shown(one) for one in planned.left), tuple(removed),
    )  # fmt: skip
    if not taken.nothing:
        placed.follow(store, connection)
    return taken


def _groups(matched: Matched) -> list[tuple[Area, str, Stored | None]]:
    """The areas to write: those told to be one stored area are joined."""
    out: list[tuple[Area, str, Stored | None]] = []
    by: dict[int, list[tuple[Area, Stored]]] = {}
    for area, stored in matched.pairs:
        if stored is None:
            out.append((area, area.name, None))
        else:
            by.setdefault(id(stored), []).append((area, stored))
    for pairs in by.values():
        mine, stored = [area for area, _ in pairs], pairs[0][1]
        area = mine[0]
        if len(mine) > 1:
            shape = joined([a.geometry for a in mine])
            people = [a.population for a in mine]
            area = Area(
                " + ".join(a.name for a in mine), shape, parent=area.parent,
                population=sum(p for p in people if p is not None) if None not in people else None,
                features=sum(a.features for a in mine), km2=round(km2(shape), 3),
                repairs=tuple(sorted({code for a in mine for code in a.repairs})),
            )  # fmt: skip
        out.append((area, stored.area, stored))
    return out


class _Writer:
    """Writes areas and where their polygons came from."""

    def __init__(self, connection: sa.Connection, given: Given, batch: int) -> None:
        self.connection, self.given, self.batch = connection, given, batch
        self.added: list[str] = []
        self.changed: list[str] = []
        self.unchanged: list[str] = []

    def write(self, area: Area, code: str, stored: Stored | None) -> None:
        """One area of the file, into the stored one or as a new one."""
        parent = stored.parent if stored else area.parent
        lon, lat = label_point(area.geometry)
        values: dict[str, Any] = {"lon": lon, "lat": lat, "geometry": geojson(area.geometry)}
        values |= self._facts(area, stored)
        origin = self._origin(area)
        level = self.given.level
        here = self._here(areas, code, parent)
        if stored is None:
            names = {"name_zh": area.name_zh or area.name, "name_en": area.name_en or area.name}
            row = {"area": code, "level": level, "parent": parent, **names, **values}
            self.connection.execute(sa.insert(areas).values(row))
            self.added.append(code)
        elif self._differs(areas, here, values) or self._differs(
            boundaries, self._here(boundaries, code, parent), origin
        ):
            self.connection.execute(sa.update(areas).values(values).where(here))
            self.changed.append(code)
        else:
            self.unchanged.append(code)
            return
        self.connection.execute(sa.delete(boundaries).where(self._here(boundaries, code, parent)))
        row = {"area": code, "level": level, "parent": parent, "batch": self.batch, **origin}
        self.connection.execute(sa.insert(boundaries).values(row))

    def _facts(self, area: Area, stored: Stored | None) -> dict[str, Any]:
        """Names and population that the file gives. What it calls an area in general only fills
        a name that the store has in the other language's script."""
        out: dict[str, Any] = {}
        for name in ("name_zh", "name_en"):
            said = getattr(area, name)
            there = getattr(stored, name) if stored else None
            foreign = there is not None and has_han(there) != (name == "name_zh")
            if said is not None and (stored is None or name in self.given.fields or foreign):
                out[name] = said
        if area.population is not None:
            out["population"] = area.population
        return out

    def _origin(self, area: Area) -> dict[str, Any]:
        return {
            "file_name": self.given.file, "named": area.name, "code": area.code,
            "datum": self.given.datum, "features": area.features,
            "repairs": ";".join(area.repairs) or None, "km2": area.km2,
        }  # fmt: skip

    def _here(self, table: sa.Table, code: str, parent: str | None) -> sa.ColumnElement[bool]:
        return sa.and_(
            table.c.area == code, table.c.level == self.given.level,
            table.c.parent.is_not_distinct_from(parent),
        )  # fmt: skip

    def _differs(
        self, table: sa.Table, here: sa.ColumnElement[bool], values: dict[str, Any]
    ) -> bool:
        row = self.connection.execute(sa.select(*(table.c[n] for n in values)).where(here)).first()
        return row is None or any(
            abs(old - new) > 1e-9 if isinstance(new, float) and old is not None else old != new
            for old, new in zip(row, values.values(), strict=True)
        )


def geojson(shape: shapely.Geometry) -> str:
    """A polygon as the text that ``areas.geometry`` holds."""
    tree = json.loads(shapely.to_geojson(shape))
    tree["coordinates"] = _rounded(tree["coordinates"])
    return json.dumps(tree, separators=(",", ":"))


def _rounded(tree: Any) -> Any:
    return [_rounded(t) for t in tree] if isinstance(tree, list) else round(tree, DECIMALS)


def _spellings(connection: sa.Connection, given: Given, planned: Planned) -> list[str]:
    """Rows that an earlier file made, that nothing names, and whose area now has its polygon under
    the spelling that orders use: they go."""
    gone = []
    met = {(one.area, one.parent) for _, one in planned.matched.pairs if one is not None}
    new = {(area.name, area.parent) for area in planned.matched.new}
    mine = {(bare(area.name), one.parent) for area, one in planned.matched.pairs if one is not None}
    owned = {row[0] for row in connection.execute(sa.select(units.c.district).distinct())}
    held = {row[0] for row in connection.execute(sa.select(areas.c.parent).distinct())}
    made = connection.execute(
        sa.select(boundaries.c.area, boundaries.c.parent).where(boundaries.c.level == given.level)
    ).fetchall()
    for area, parent in made:
        one = Stored(area, parent, area, area)
        named = is_used(one, planned.used, given.level) or area in owned or area in held
        if (area, parent) in met | new or named or (bare(area), parent) not in mine:
            continue
        for table in (areas, boundaries):
            connection.execute(sa.delete(table).where(
                table.c.area == area, table.c.level == given.level,
                table.c.parent.is_not_distinct_from(parent),
            ))  # fmt: skip
        gone.append(area)
    return gone
