"""Assessment schemes (考核方案): which orders count, for how much, and by which document.

The shape of a scheme file; :mod:`metrics.scheme` loads them. Every weight, limit and rule carries its own ``status``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from metrics.conditions import Condition, Test, both, either, negate, test
from metrics.fields import FIELDS
from metrics.indicators import (
    Bilingual,
    Indicator,
    Model,
    Sourced,
    Status,
    clocks_of,
    measures_of,
)
from metrics.periods import Period, PeriodError, start_day
from metrics.selection import Clock

LimitClock = Literal["sign", "contact", "close"]
BEFORE = "before:"
"""Starts the name of a measure counted as if nothing had been struck out."""


class Limit(Sourced):
    """A time limit for the orders that fulfil ``when`` (first match wins, per clock)."""

    id: str
    names: Bilingual
    when: Condition
    clock: LimitClock
    hours: float | None = Field(default=None, gt=0)
    workdays: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check(self) -> Limit:
        if (self.hours is None) == (self.workdays is None):
            raise PydanticCustomError("limit_length", "hours or workdays", {"limit": self.id})
        return self

    @property
    def field(self) -> str:
        """The field of the order that is compared."""
        return f"{self.clock}_{'hours' if self.hours is not None else 'workdays'}"

    def met(self) -> Condition:
        """Done within the limit. A negative duration is a contradictory record, not a feat."""
        length = self.hours if self.hours is not None else self.workdays
        return both(test(self.field, "ge", 0), test(self.field, "le", length))

    def judged(self) -> Condition:
        """The step has been taken, at a time that makes sense."""
        return test(self.field, "ge", 0)


class CompositeWeight(Sourced):
    """What an indicator weighs in the composite score."""

    indicator: str
    weight: float = Field(gt=0)


class Exclusion(Sourced):
    """Orders struck out of assessment (剔除) for a reason."""

    reason: str
    names: Bilingual
    when: Condition


class GroupSet(Model):
    """One league table."""

    id: str
    names: Bilingual
    unit_types: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


class Groups(Sourced):
    """Who is ranked against whom: the named sets; else by a column of the unit list."""

    by: Literal["unit_type", "peer_group", "none"] = "unit_type"
    sets: tuple[GroupSet, ...] = ()


class Adjustment(Sourced):
    """A bonus or penalty in points. With ``when`` it is counted from orders; else it
    rests on ``evidence`` kept elsewhere (proactive actions, topics, reviews)."""

    id: str
    names: Bilingual
    per: float
    cap: float | None = Field(default=None, gt=0, description="most points, without sign")
    when: Condition | None = None
    evidence: str | None = None


class Count(Sourced):
    """A column of the published table that counts orders over a window of its own."""

    id: str
    names: Bilingual
    condition: Condition
    clock: Clock = "created"
    from_day: int | None = Field(default=None, ge=1, le=28)

    def window(self, period: Period) -> Period:
        """The span counted for an assessment period: from the last ``from_day`` on or
        before its start until its end."""
        if self.from_day is None:
            return period
        start = period.start
        if start.day < self.from_day:
            start = start.replace(
                year=start.year - (start.month == 1), month=(start.month - 2) % 12 + 1
            )
        return Period(start.replace(day=self.from_day), period.end, "custom")


class OrderList(Sourced):
    """A special list of orders (e.g. urgent topics)."""

    id: str
    names: Bilingual
    condition: Condition


class Report(Sourced):
    """A regular report with a period rule of its own."""

    id: str
    names: Bilingual
    period: str
    clock: Clock = "created"


class Band(Sourced):
    """A part of the league table that is named (先进, 进步, 整改, 治理)."""

    id: str
    names: Bilingual
    by: Literal["score", "rise", "volume"]
    side: Literal["top", "bottom"]
    count: int = Field(gt=0)


class Evaluator(Sourced):
    """Whose judgement counts, and for how much."""

    id: str
    names: Bilingual
    weight: float = Field(gt=0)


class Year(Sourced):
    """How much of the yearly result the months make (0 to 1)."""

    monthly_share: float = Field(gt=0, le=1)


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
        return _any_of([e.when for e in self.exclusions]) if self.exclusions else None

    def measures(self, clock: Clock | None = None) -> dict[str, Condition]:
        """Every condition that must be counted, by measure name (of one clock, or of all).

        ``all``: orders received; ``flagged``: contradictory records; ``excluded``;
        ``count.<id>``, ``adjust.<id>``; ``<indicator>[.<part>].num.<k>``, ``.den``,
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
    out |= {f"adjust.{a.id}": a.when for a in scheme.adjustments if a.when is not None}
    return out


def in_limit(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders whose step was taken within the limit that applies (first match wins)."""
    return either(*(both(*cover, limit.met()) for limit, cover in _covers(limits, clock)))


def limited(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders to which a limit applies and whose step was taken: what can be judged."""
    return either(*(both(*cover, limit.judged()) for limit, cover in _covers(limits, clock)))


def applies(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders to which a limit applies, judged or not."""
    return either(*(limit.when for limit in limits if limit.clock == clock))


def _any_of(conditions: Sequence[Condition]) -> Condition:
    """:func:`either`, with plain values of one enumeration put into one comparison."""
    tests = [c for c in conditions if isinstance(c, Test) and c.op == "eq"]
    names = {t.field for t in tests}
    if len(tests) < len(conditions) or len(names) != 1:
        return either(*conditions)
    field = names.pop()
    values = tuple(dict.fromkeys(t.values()[0] for t in tests))
    if FIELDS[field].kind == "enum" and set(values) == set(FIELDS[field].values):
        return test(field, "present")
    return test(field, "in", list(values))


def _covers(
    limits: Sequence[Limit], clock: LimitClock
) -> list[tuple[Limit, tuple[Condition, ...]]]:
    mine = [limit for limit in limits if limit.clock == clock]
    return [
        (limit, (*(negate(earlier.when) for earlier in mine[:i]), limit.when))
        for i, limit in enumerate(mine)
    ]


def _unique(at: str, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise PydanticCustomError(
                "duplicate_id", "duplicate id", {"name": name, "at": f"{at}.{place}"}
            )
