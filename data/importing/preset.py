"""What a preset is: how a city's file maps to the canonical order (``docs/adding-a-city.md``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data.importing.headers import header_key
from metrics.fields import FIELDS, INPUT_FIELDS

SPECIAL_COLUMNS = ("caller_phone", "point")
"""Columns that are read but are no order field: the caller's phone or account (stored
only as a keyed hash) and a point written in one cell ("(lat, lon)" or WKT)."""

COLUMN_KEYS = frozenset(n for n in INPUT_FIELDS if n not in ("source", "caller_key")) | frozenset(
    SPECIAL_COLUMNS
)

Scalar = bool | int | float | str


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Names(_Strict):
    """A name in both languages."""

    zh: str
    en: str


class Projected(_Strict):
    """Plane coordinates, used where longitude and latitude are missing."""

    x: tuple[str, ...]
    y: tuple[str, ...]
    system: str

    @field_validator("system")
    @classmethod
    def _known(cls, value: str) -> str:
        return _check_epsg(value)


class Coordinates(_Strict):
    """What the longitude and latitude columns hold, and where the city lies (west, south, east, north)."""

    system: str = "wgs84"
    box: tuple[float, float, float, float] | None = None
    placeholders: tuple[tuple[float, float], ...] = ()

    @field_validator("system")
    @classmethod
    def _known(cls, value: str) -> str:
        low = value.lower()
        return low if low in ("wgs84", "gcj02", "bd09") else _check_epsg(value)

    @field_validator("box")
    @classmethod
    def _box(
        cls, value: tuple[float, float, float, float] | None
    ) -> tuple[float, float, float, float] | None:
        if value and not (value[0] < value[2] and value[1] < value[3]):
            raise ValueError("box is [west, south, east, north]")
        return value


class CategoryPath(_Strict):
    """One column holding "level 1->level 2->level 3"."""

    columns: tuple[str, ...]
    separators: tuple[str, ...] = ("->",)


class Elsewhere(_Strict):
    """Values that, found in the columns of some fields, say something about another field."""

    fields: tuple[str, ...] = Field(alias="in")
    values: tuple[str, ...]
    means: dict[str, Scalar]


class Preset(_Strict):
    """How one kind of file is read. See ``docs/adding-a-city.md``."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    names: Names
    status: Literal["documented", "best_knowledge", "draft"]
    basis: str
    source: str
    city: Names | None = None
    zone: str | None = None
    country: str | None = None
    dates: Literal["ymd", "mdy", "dmy"] = "ymd"
    naive: Literal["local", "utc"] = "local"
    requires: tuple[str, ...] = ("order_id", "created_at")
    columns: dict[str, tuple[str, ...]]
    category_path: CategoryPath | None = None
    coordinates: Coordinates = Coordinates()
    projected: Projected | None = None
    values: dict[str, dict[str, tuple[str, ...]]] = {}
    elsewhere: tuple[Elsewhere, ...] = ()
    nothing: tuple[str, ...] = ()
    constants: dict[str, Scalar] = {}
    only_if: dict[str, dict[str, tuple[str, ...]]] = {}
    derive_id: tuple[str, ...] = ()
    never_stored: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"unknown time zone '{value}'") from error
        return value

    @field_validator("columns")
    @classmethod
    def _columns(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, aliases in value.items():
            if name not in COLUMN_KEYS:
                raise ValueError(f"'{name}' is no field that a file can fill")
            if not aliases:
                raise ValueError(f"'{name}' names no column")
        return value

    @field_validator("values", mode="before")
    @classmethod
    def _value_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            field: {_code(code): _texts(raws) for code, raws in table.items()}
            if isinstance(table, dict)
            else table
            for field, table in value.items()
        }

    @field_validator("values")
    @classmethod
    def _values(cls, value: dict[str, dict[str, tuple[str, ...]]]) -> Any:
        for field, table in value.items():
            for code in table:
                _check_code(field, code)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for rule in self.elsewhere:
            for field, code in rule.means.items():
                _check_code(field, _code(code))
        for field, code in self.constants.items():
            if field not in INPUT_FIELDS:
                raise ValueError(f"constants: unknown field '{field}'")
            if FIELDS[field].kind in ("enum", "bool"):
                _check_code(field, _code(code))
        for name in (*self.only_if, *(f for rule in self.only_if.values() for f in rule)):
            if name not in FIELDS:
                raise ValueError(f"only_if: unknown field '{name}'")
        for name in self.derive_id:
            if name not in INPUT_FIELDS:
                raise ValueError(f"derive_id: unknown field '{name}'")
        if "created_at" not in self.columns:
            raise ValueError("columns: created_at is needed")
        if "order_id" not in self.columns and not self.derive_id:
            raise ValueError("columns: order_id is needed, or derive_id")
        return self

    def known_keys(self) -> frozenset[str]:
        """Keys of every header the preset knows, used or not."""
        return frozenset(header_key(text) for text in self._all_headers())

    def _all_headers(self) -> Iterable[str]:
        for aliases in self.columns.values():
            yield from aliases
        if self.category_path:
            yield from self.category_path.columns
        if self.projected:
            yield from self.projected.x
            yield from self.projected.y
        yield from self.never_stored
        yield from self.known

    def fingerprint(self) -> str:
        """Changes whenever the preset means something else."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _check_epsg(value: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        CRS.from_user_input(value)
    except CRSError as error:
        raise ValueError(f"unknown coordinate system '{value}'") from error
    return value


def _code(code: object) -> str:
    # YAML reads true and yes as booleans: the code of a bool field is "true" or "false".
    return str(code).lower() if isinstance(code, bool) else str(code)


def _texts(raws: Any) -> Any:
    items = raws if isinstance(raws, list | tuple) else [raws]
    return tuple(_code(raw) for raw in items)


def _check_code(field: str, code: str) -> None:
    spec = FIELDS.get(field)
    if spec is None or spec.computed:
        raise ValueError(f"unknown field '{field}'")
    if spec.kind == "bool" and code not in ("true", "false"):
        raise ValueError(f"'{field}' is true or false, not '{code}'")
    if spec.kind == "enum" and code not in spec.values:
        raise ValueError(f"'{field}' has no value '{code}'; known: {', '.join(spec.values)}")
