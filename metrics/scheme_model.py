"""Assessment schemes (考核方案): which orders count, for how much, and by which document.

The shape of a scheme file; :mod:`metrics.scheme` loads them. Every weight,
limit and rule carries its own ``status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from metrics.conditions import Condition, both, test
from metrics.indicators import (
    Bilingual,
    Indicator,
    Model,
    Status,
    clocks_of,
    measures_of,
)
from metrics.periods import PeriodError, start_day
from metrics.scheme_rules import (
    Adjustment,
    Band,
    CompositeWeight,
    Count,
    Evaluator,
    Exclusion,
    Groups,
    Limit,
    OrderList,
    Report,
    Year,
    any_of,
)
from metrics.selection import Clock

BEFORE = "before:"
"""Starts the name of a measure counted as if nothing had been struck out."""


class Scheme(Model):
    """One version of an assessment scheme."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    valid_from: date
    valid_to: date | None = None
    names: Bilingual
    basis: Bilingual
    status: Status
    period: str = "month"
    period_status: Status
    period_note: Bilingual | None = None
    clock: Clock = "created"
    limits: tuple[Limit, ...] = ()
    indicators: tuple[Indicator, ...]
    composite: tuple[CompositeWeight, ...] = Field(min_length=1)
    composite_note: Bilingual | None = None
    exclusions: tuple[Exclusion, ...] = ()
    groups: Groups
    minimum_n: int = Field(default=30, ge=0)
    minimum_n_status: Status = "example"
    ties: Literal["more_orders", "shared"] = "shared"
    ties_status: Status = "example"
    adjustments: tuple[Adjustment, ...] = ()
    counts: tuple[Count, ...] = ()
    lists: tuple[OrderList, ...] = ()
    reports: tuple[Report, ...] = ()
    bands: tuple[Band, ...] = ()
    evaluators: tuple[Evaluator, ...] = ()
    year: Year | None = None

    @field_validator("period")
    @classmethod
    def _check_period(cls, value: str) -> str:
        try:
            start_day(value)
        except PeriodError as fault:
            raise PydanticCustomError("period_rule", "period rule", {"rule": value}) from fault
        return value

    @model_validator(mode="after")
    def _check(self) -> Scheme:
        known = [indicator.id for indicator in self.indicators]
        for place, item in enumerate(self.composite):
            if item.indicator not in known:
                raise PydanticCustomError(
                    "unknown_indicator",
                    "unknown indicator",
                    {"name": item.indicator, "known": ", ".join(known), "at": f"composite.{place}"},
                )
        for place, judge in enumerate(self.evaluators):
            if judge.indicator is not None and judge.indicator not in known:
                raise PydanticCustomError(
                    "unknown_indicator",
                    "unknown indicator",
                    {
                        "name": judge.indicator,
                        "known": ", ".join(known),
                        "at": f"evaluators.{place}",
                    },
                )
        _unique("adjustments", [item.id for item in self.adjustments])
        _unique("evaluators", [judge.id for judge in self.evaluators])
        _unique("indicators", known)
        _unique("composite", [item.indicator for item in self.composite])
        _unique("limits", [limit.id for limit in self.limits])
        for place, indicator in enumerate(self.indicators):
            _unique(f"indicators.{place}.parts", [part.id for part in indicator.parts])
        return self

    def indicator(self, name: str) -> Indicator:
        """One indicator by id. Raises ``KeyError``."""
        for indicator in self.indicators:
            if indicator.id == name:
                return indicator
        raise KeyError(name)

    @property
    def composed(self) -> tuple[Indicator, ...]:
        """The indicators that make the composite, in its order."""
        return tuple(self.indicator(item.indicator) for item in self.composite)

    @property
    def excluded(self) -> Condition | None:
        """Orders struck out for any reason; ``None`` when the scheme strikes out nothing."""
        return any_of([e.when for e in self.exclusions]) if self.exclusions else None

    def measures(self, clock: Clock | None = None) -> dict[str, Condition]:
        """Every condition that must be counted, by measure name (of one clock, or of all).

        ``all``: orders received; ``flagged``: contradictory records; ``excluded``;
        ``count.<id>``, ``adjust.<id>`` (``.base``); ``<indicator>[.<part>].num.<k>``, ``.den``,
        ``.missing`` (none for indicators that are not measured). With exclusions these leave out what was struck
        out, and ``before:<same name>`` counts the composite's indicators as if
        nothing had been.
        """
        clocks = self.clocks()
        named = self._measures()
        return {n: c for n, c in named.items() if clock is None or clocks[n] == clock}

    def clocks(self) -> dict[str, Clock]:
        """Which time of the order each measure counts by."""
        own = clocks_of(self.indicators)
        own |= {f"count.{c.id}": c.clock for c in self.counts}
        return {name: own.get(name.removeprefix(BEFORE), self.clock) for name in self._measures()}

    def counted(self) -> list[tuple[Condition, Clock]]:
        """The distinct (condition, clock) pairs, for a store that counts ahead."""
        clocks = self.clocks()
        return list(dict.fromkeys((c, clocks[n]) for n, c in self.measures().items()))

    def _measures(self) -> dict[str, Condition]:
        excluded = self.excluded
        out = measures_of_scheme(self)
        out |= measures_of(self.indicators, excluded)
        if excluded is not None:
            out["excluded"] = excluded
            before = measures_of(self.composed)
            out |= {BEFORE + name: condition for name, condition in before.items()}
        return out


def measures_of_scheme(scheme: Scheme) -> dict[str, Condition]:
    """The measures beside the indicators: everything, flags, counts, adjustments."""
    out: dict[str, Condition] = {"all": both(), "flagged": test("flags", "present")}
    out |= {f"count.{c.id}": c.condition for c in scheme.counts}
    for item in scheme.adjustments:
        out |= item.measures(scheme.excluded)
    return out


def _unique(at: str, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise PydanticCustomError(
                "duplicate_id", "duplicate id", {"name": name, "at": f"{at}.{place}"}
            )
