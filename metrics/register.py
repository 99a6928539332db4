"""Rates over what people wrote (actions, topics ...) instead of over orders.

The same shape as an indicator over orders: ``hits`` (numerator) within ``among``
(denominator), both lists of facts that must all hold of a record's body.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

Scalar = bool | int | float | str
Op = Literal["eq", "ne", "in", "present", "missing", "lt", "le", "gt", "ge"]
COLUMNS = ("day", "unit", "district", "category", "hit")


class Fact(BaseModel):
    """``key op value`` of a record's body. A comparison with what is not there is false."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(min_length=1)
    op: Op = "eq"
    value: Scalar | tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> Fact:
        if self.op in ("present", "missing"):
            if self.value is not None:
                raise ValueError(f"'{self.op}' takes no value")
        elif self.value is None or (self.op == "in") != isinstance(self.value, tuple):
            raise ValueError("'in' takes a list of values, every other operator a single one")
        return self

    def holds(self, body: Mapping[str, Any]) -> bool:
        """Whether it is true of a body. Empty text and an empty list count as missing."""
        found = body.get(self.key)
        there = found is not None and found not in ("", [])
        if self.op in ("present", "missing"):
            return there == (self.op == "present")
        if not there:
            return False
        if isinstance(self.value, tuple):
            return found in self.value
        if self.op in ("eq", "ne"):
            return bool(found == self.value) == (self.op == "eq")
        return _ordered(self.op, found, self.value)


class Register(BaseModel):
    """Which records count: ``kind`` of record, ``day`` (the keys of the date that decides the
    period: the first that is filled), ``hits`` within ``among``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(pattern=r"^[a-z][a-z_]*$")
    day: tuple[str, ...] = Field(min_length=1)
    among: tuple[Fact, ...] = ()
    hits: tuple[Fact, ...] = Field(min_length=1)

    def counted(self, bodies: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
        """One row per record among those counted: day, unit, district, category, hit.

        A record without a (readable) day is in no period and is left out.
        """
        rows = []
        for body in bodies:
            day = next((d for d in (_day(body.get(key)) for key in self.day) if d), None)
            if day is None or not all(fact.holds(body) for fact in self.among):
                continue
            hit = all(fact.holds(body) for fact in self.hits)
            rows.append((day, *(_text(body.get(k)) for k in COLUMNS[1:4]), hit))
        out = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"hit": "bool"})
        return out.assign(day=pd.to_datetime(out["day"]))


def _ordered(op: str, found: Any, value: Any) -> bool:
    try:
        less, equal = found < value, found == value
    except TypeError:
        return False
    wanted = {"lt": less, "le": less or equal, "gt": not less and not equal, "ge": not less}
    return bool(wanted[op])


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
