"""Conditions: small trees over order fields, the one language of every rule.

Indicators, exclusions, limits, bonuses, drill-downs and saved filters are all
conditions. They are written in YAML, checked here, compiled to pandas here and
to SQL in :mod:`data.condition_sql`; a property test holds the two together.

Forms::

    {field: satisfaction, op: in, value: [satisfied, very_satisfied]}
    {all: [c1, c2]}    {any: [c1, c2]}    {not: c}

Logic is two-valued: a comparison with a missing value is false (so ``not`` of
it is true), in pandas and in SQL alike. An empty ``all`` is true, an empty
``any`` is false.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from metrics.fields import FIELDS

Op = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "missing", "present", "contains"]
Scalar = bool | int | float | str

_ORDERED = {"int", "float", "time", "date"}


class Test(BaseModel):
    """``field op value``: a comparison of one order field."""

    __test__ = False
    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    op: Op = "eq"
    value: Scalar | tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> Test:
        spec = FIELDS.get(self.field)
        if spec is None:
            raise ValueError(f"unknown field '{self.field}'")
        if self.op in ("missing", "present"):
            if self.value is not None:
                raise PydanticCustomError(
                    "takes_no_value", "'{op}' takes no value", {"op": self.op}
                )
            return self
        if (self.op == "in") != isinstance(self.value, tuple):
            raise PydanticCustomError(
                "one_or_many", "'in' takes a list of values, every other operator a single one"
            )
        if self.op in ("lt", "le", "gt", "ge") and spec.kind not in _ORDERED:
            raise PydanticCustomError(
                "no_order", "'{field}' has no order: '{op}' cannot be used",
                {"field": self.field, "op": self.op},
            )  # fmt: skip
        if self.op == "contains" and spec.kind != "text":
            raise PydanticCustomError(
                "needs_text", "'contains' needs a text field, '{field}' is {kind}",
                {"field": self.field, "kind": spec.kind},
            )  # fmt: skip
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        for value in values:
            _check_value(self.field, value)
        return self

    def values(self) -> tuple[Any, ...]:
        """The operands as Python values of the field's kind (times parsed)."""
        raw = self.value if isinstance(self.value, tuple) else (self.value,)
        kind = FIELDS[self.field].kind
        if kind == "time":
            return tuple(datetime.fromisoformat(str(v)) for v in raw)
        if kind == "date":
            return tuple(date.fromisoformat(str(v)) for v in raw)
        return tuple(raw)


class All(BaseModel):
    """True where every part is true."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    parts: tuple[Condition, ...] = Field(alias="all")


class Any_(BaseModel):
    """True where at least one part is true."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    parts: tuple[Condition, ...] = Field(alias="any")


class Not(BaseModel):
    """True where the part is false."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    part: Condition = Field(alias="not")


Condition = Test | All | Any_ | Not

All.model_rebuild()
Any_.model_rebuild()
Not.model_rebuild()
_ADAPTER: TypeAdapter[Condition] = TypeAdapter(Condition)

EVERYTHING: Condition = All(parts=())


def _check_value(field: str, value: Any) -> None:
    spec = FIELDS[field]
    if value is None:
        raise PydanticCustomError("value_needed", "'{field}': a value is needed", {"field": field})
    fits = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
    }.get(spec.kind, isinstance(value, str))
    if not fits:
        raise PydanticCustomError(
            "not_fitting", "'{field}' is {kind}: {value} does not fit",
            {"field": field, "kind": spec.kind, "value": repr(value)},
        )  # fmt: skip
    if spec.kind == "enum" and value not in spec.values:
        raise PydanticCustomError(
            "no_such_value", "'{field}' has no value {value}; known: {known}",
            {"field": field, "value": repr(value), "known": ", ".join(spec.values)},
        )  # fmt: skip
    try:
        if spec.kind == "time":
            datetime.fromisoformat(str(value))
        if spec.kind == "date":
            date.fromisoformat(str(value))
    except ValueError as fault:
        raise PydanticCustomError("bad_moment", "no such day or time") from fault


def parse(tree: object) -> Condition:
    """Read a condition from plain data (YAML or JSON).

    Raises ``pydantic.ValidationError`` (a ``ValueError``) naming the fault.
    """
    return _ADAPTER.validate_python(tree)


def dump(condition: Condition) -> dict[str, Any]:
    """Plain data that :func:`parse` reads back to an equal condition."""
    return cast(
        dict[str, Any],
        _ADAPTER.dump_python(condition, mode="json", by_alias=True, exclude_none=True),
    )


def fingerprint(condition: Condition) -> str:
    """A short stable name for a condition: equal trees, equal fingerprints."""
    text = json.dumps(dump(condition), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def both(*conditions: Condition) -> Condition:
    """All of the given conditions (flattened, repeats dropped; one alone is returned as it is)."""
    parts: list[Condition] = []
    for condition in conditions:
        parts.extend(condition.parts if isinstance(condition, All) else [condition])
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else All(parts=tuple(parts))


def either(*conditions: Condition) -> Condition:
    """At least one of the given conditions."""
    return conditions[0] if len(conditions) == 1 else Any_(parts=tuple(conditions))


def negate(condition: Condition) -> Condition:
    """The opposite of a condition."""
    return condition.part if isinstance(condition, Not) else Not.model_validate({"not": condition})


def test(field: str, op: Op = "eq", value: Any = None) -> Condition:
    """Shorthand for a single comparison; lists become tuples."""
    return Test(field=field, op=op, value=tuple(value) if isinstance(value, list) else value)


test.__test__ = False  # type: ignore[attr-defined]  # not a pytest test


def fields_of(condition: Condition) -> Iterator[str]:
    """Every field name the condition reads (with repeats)."""
    if isinstance(condition, Test):
        yield condition.field
    elif isinstance(condition, Not):
        yield from fields_of(condition.part)
    else:
        for part in condition.parts:
            yield from fields_of(part)


def mask(condition: Condition, orders: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows of ``orders`` (canonical columns) fulfil the condition.

    A field that the frame does not have counts as missing everywhere.
    """
    if isinstance(condition, Test):
        return _mask_test(condition, orders)
    if isinstance(condition, Not):
        return ~mask(condition.part, orders)
    if isinstance(condition, All):
        out = np.ones(len(orders), dtype=bool)
        for part in condition.parts:
            out &= mask(part, orders)
        return out
    out = np.zeros(len(orders), dtype=bool)
    for part in condition.parts:
        out |= mask(part, orders)
    return out


def _mask_test(test_: Test, orders: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    if test_.field not in orders:
        return np.full(len(orders), test_.op == "missing")
    column = orders[test_.field]
    present = column.notna().to_numpy(dtype=bool)
    if test_.op == "present":
        return present
    if test_.op == "missing":
        return ~present
    kind = FIELDS[test_.field].kind
    if kind in ("time", "date"):
        column = pd.to_datetime(column)
    values = [pd.Timestamp(v) if kind in ("time", "date") else v for v in test_.values()]
    if test_.op == "in":
        hit = column.isin(values)
    elif test_.op == "contains":
        hit = column.str.contains(str(values[0]), regex=False, na=False)
    else:
        hit = getattr(column, test_.op)(values[0])
    return hit.fillna(False).to_numpy(dtype=bool) & present
