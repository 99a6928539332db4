"""Indicators are data: a numerator and a denominator, both conditions over an order.

A numerator may be weighted (``1 * satisfied + 0.9 * basically satisfied``). The
numerator is always counted *within* the denominator, so no rate can mix two
sets of orders. ``missing`` says which orders should have been in the
denominator but left no trace (closed, yet never reached by a follow-up call):
they make the bounds of a rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from metrics.conditions import EVERYTHING, Condition, both, negate
from metrics.register import Register
from metrics.selection import Clock

Status = Literal["documented", "example", "own"]
"""documented: read in a published source or a working office system; example:
a plausible value for the user to edit, never to be shown as anybody's rule; own:
made in the app by the city itself."""

Unit = Literal["percent", "per_1000", "per_10000"]
SCALES: dict[Unit, int] = {"percent": 100, "per_1000": 1000, "per_10000": 10_000}
"""By how much a value is multiplied to be read in its unit."""


class Model(BaseModel):
    """Base of everything in a scheme: no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(Model):
    """A name or sentence of a scheme in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def get(self, lang: str) -> str:
        """The text in a language (Chinese for ``zh``, English otherwise)."""
        return self.zh if lang == "zh" else self.en


class Sourced(Model):
    """A value that says where it comes from."""

    status: Status
    note: Bilingual | None = None


class Target(Sourced):
    """What the rate should reach (0 to 1)."""

    value: float = Field(ge=0, le=1)


class Weighted(Model):
    """One piece of a numerator: orders that fulfil ``condition`` count ``weight`` each.

    Pieces of one numerator must not overlap (an order is counted once).
    """

    condition: Condition
    weight: float = Field(default=1.0, gt=0, le=1)
    names: Bilingual | None = None


class RateRule(Sourced):
    """What one rate counts. See the module for the meaning of the conditions.

    ``kind``: ``rate``; ``group_share`` (the unit's numerator over its peer
    group's; has no denominator); or ``per_population`` (orders per resident in 30
    days, see :mod:`metrics.population`; the residents are the denominator).
    ``counts_excluded``: orders struck out of assessment count all the same.
    ``measured: false``: the city does not ask this. ``unmeasured_when_zero``: if nobody in the whole city has any, it was
    never recorded, and that is no data rather than 0. ``optional``: a unit
    without such orders does without it, and its weight is shared out there.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    names: Bilingual
    definition: Bilingual
    kind: Literal["rate", "group_share", "per_population"] = "rate"
    numerator: tuple[Weighted, ...] = ()
    denominator: Condition | None = None
    missing: Condition | None = None
    direction: Literal["up", "down"] = "up"
    target: Target | None = None
    unit: Unit = "percent"
    clock: Clock = "created"
    counts_excluded: bool = False
    optional: bool = False
    measured: bool = True
    unmeasured_when_zero: bool = False

    def _check_counted(self) -> None:
        if not self.numerator:
            raise PydanticCustomError("no_numerator", "no numerator", {"indicator": self.id})
        if (self.denominator is None) == (self.kind == "rate"):
            raise PydanticCustomError("denominator", "denominator", {"indicator": self.id})
        if self.kind == "per_population" and any(piece.weight != 1 for piece in self.numerator):
            raise PydanticCustomError("population_weight", "weight", {"indicator": self.id})


class Part(RateRule):
    """A sub-part of an indicator, e.g. 10 of the 30 points of "response"."""

    weight: float = Field(gt=0)
    weight_status: Status

    @model_validator(mode="after")
    def _check(self) -> Part:
        self._check_counted()
        return self


class Indicator(RateRule):
    """One rate, a weighted mean of several (``parts``), or a rate over what people wrote
    (``records``) instead of over orders."""

    parts: tuple[Part, ...] = ()
    records: Register | None = None

    @model_validator(mode="after")
    def _check(self) -> Indicator:
        if not self.parts and self.records is None:
            self._check_counted()
            return self
        if self.numerator or self.denominator is not None or self.missing is not None:
            code = "parts_and_numerator" if self.parts else "register_and_orders"
            raise PydanticCustomError(code, code, {"indicator": self.id})
        if self.records is not None and (self.parts or self.kind != "rate"):
            raise PydanticCustomError("register_and_orders", "register", {"indicator": self.id})
        return self

    def leaves(self) -> tuple[Leaf, ...]:
        """What is really counted: the parts, or the indicator itself."""
        if not self.parts:
            return (Leaf(self.id, self, 1.0, self.records),)
        return tuple(Leaf(f"{self.id}.{part.id}", part, part.weight) for part in self.parts)


@dataclass(frozen=True)
class Leaf:
    """A rate that is counted: its measures start with ``prefix``."""

    prefix: str
    rule: RateRule
    weight: float
    records: Register | None = None

    def measures(self, excluded: Condition | None = None) -> Iterator[tuple[str, Condition]]:
        """The named conditions of this rate, orders in ``excluded`` left out."""
        rule = self.rule
        if self.records is not None:
            return
        struck = excluded is not None and not rule.counts_excluded
        kept = (negate(excluded),) if struck and excluded is not None else ()
        inside = both(rule.denominator or EVERYTHING, *kept)
        for k, piece in enumerate(rule.numerator):
            yield f"{self.prefix}.num.{k}", both(inside, piece.condition)
        if rule.denominator is None:
            return
        yield f"{self.prefix}.den", inside
        if rule.missing is not None:
            yield f"{self.prefix}.missing", both(rule.missing, negate(rule.denominator), *kept)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of :meth:`measures` (of a register's rate: of what is counted there)."""
        if self.records is not None:
            return (f"{self.prefix}.num.0", f"{self.prefix}.den")
        return tuple(name for name, _ in self.measures())

    @property
    def weights(self) -> tuple[float, ...]:
        """What each piece of the numerator counts."""
        if self.records is not None:
            return (1.0,)
        return tuple(piece.weight for piece in self.rule.numerator)


def measures_of(
    indicators: Iterable[Indicator], excluded: Condition | None = None
) -> dict[str, Condition]:
    """Every condition to be counted for these indicators, by measure name.

    Orders in ``excluded`` are left out. Indicators that are not measured count nothing.
    """
    return {
        name: condition
        for indicator in indicators
        for leaf in indicator.leaves()
        if indicator.measured and leaf.rule.measured
        for name, condition in leaf.measures(excluded)
    }


def clocks_of(indicators: Iterable[Indicator]) -> dict[str, Clock]:
    """Which time of the order each measure of these indicators counts by."""
    return {
        name: leaf.rule.clock
        for indicator in indicators
        for leaf in indicator.leaves()
        for name in leaf.columns
    }
