"""What is asked of a file of boundaries, what it gives, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

LEVELS = ("city", "district", "street")
DATUMS = ("wgs84", "gcj02", "bd09")
ROLES = ("name", "code", "name_zh", "name_en", "parent", "population")
"""What a field of the file can be used for."""

FILE_FAULTS = (
    "unreadable", "too_large", "not_json", "not_geojson", "topojson", "esri", "empty", "no_polygons",
    "no_name_field", "no_field", "bad_level", "bad_datum", "projected",
)  # fmt: skip
FEATURE_FAULTS = (
    "no_geometry", "not_polygon", "bad_position", "off_globe", "short_ring", "no_area",
    "no_name", "bad_population", "twice",
)  # fmt: skip
STORE_FAULTS = (
    "ambiguous", "same_stored", "unmatched", "bad_match", "match_unused", "no_parent",
    "unknown_parent", "elsewhere", "swapped", "simulated",
)  # fmt: skip
"""Codes of faults: words ``boundaries.fault.<code>``."""


@dataclass(frozen=True)
class Fault:
    """What is wrong: ``feature`` counts from 1 (0: the whole file), ``name`` is what it is called."""

    code: str
    feature: int = 0
    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class BadBoundaries(ValueError):
    """A file that is not taken in, with every fault found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{f.feature} {f.name} {f.code}" for f in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Wanted:
    """How a file is to be read; what is ``None`` is recognised from the file.

    ``fields``: role -> field, "" for a role that no field has. ``parent``: one parent for every area. ``matches``: the file's name
    -> the stored one. ``add_new``: areas that no stored one is called like are new ones, also
    where stored ones would be left without boundary.
    """

    level: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    datum: str | None = None
    swap: bool = False
    matches: Mapping[str, str] = field(default_factory=dict)
    add_new: bool = False


@dataclass(frozen=True, eq=False)
class Area:
    """One area of a file, WGS-84, valid. ``features``: how many were joined into it."""

    name: str
    geometry: shapely.Geometry
    code: str | None = None
    name_zh: str | None = None
    name_en: str | None = None
    parent: str | None = None
    population: int | None = None
    features: int = 1
    repairs: tuple[str, ...] = ()
    km2: float = 0.0


@dataclass(frozen=True)
class Given:
    """A whole file, read. ``datum_why``: told, crs, datav or assumed (words ``boundaries.why.*``)."""

    file: str
    level: str
    datum: str
    datum_why: str
    fields: Mapping[str, str]
    areas: tuple[Area, ...]
    parent: str | None = None
    swapped: bool = False
    matches: Mapping[str, str] = field(default_factory=dict)
    add_new: bool = False
