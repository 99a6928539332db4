"""The pieces of a scheme beside its indicators: limits, exclusions, groups, adjustments, counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from metrics.conditions import Condition, Test, both, either, negate, test
from metrics.fields import FIELDS
from metrics.indicators import Bilingual, Model, Sourced
from metrics.periods import Period
from metrics.selection import Clock

LimitClock = Literal["sign", "contact", "close"]


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
    rests on ``evidence`` kept elsewhere (proactive actions, topics, reviews).

    ``per``: points for each case. With ``base`` and ``line`` the share of ``when`` among
    the orders of ``base`` is held against the line, and ``per`` is for each percentage
    point above it (units with fewer such orders than the scheme's ``minimum_n`` are not
    judged). ``in_force: false``: worked out and shown, but not counted, until the city
    adopts it.
    """

    id: str
    names: Bilingual
    per: float
    cap: float | None = Field(default=None, gt=0, description="most points, without sign")
    when: Condition | None = None
    base: Condition | None = None
    line: float | None = Field(default=None, ge=0, lt=1)
    evidence: str | None = None
    in_force: bool = True

    @model_validator(mode="after")
    def _check(self) -> Adjustment:
        whole = (self.base is None) == (self.line is None)
        if not whole or (self.base is not None and self.when is None):
            raise PydanticCustomError("adjustment_line", "line and base", {"name": self.id})
        return self

    def measures(self, excluded: Condition | None = None) -> dict[str, Condition]:
        """What must be counted: ``adjust.<id>`` and, with a line, ``adjust.<id>.base``.

        A share against a line leaves out what was struck out, as every rate does.
        """
        name = f"adjust.{self.id}"
        if self.when is None:
            return {}
        if self.base is None:
            return {name: self.when}
        kept = self.base if excluded is None else both(self.base, negate(excluded))
        return {name: both(kept, self.when), f"{name}.base": kept}


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


class Talk(Sourced):
    """An accountability talk (约谈) after so many periods in a row in a band."""

    periods: int = Field(ge=2)


class Band(Sourced):
    """A part of the league table that is named (先进, 进步, 整改, 治理)."""

    id: str
    names: Bilingual
    by: Literal["score", "rise", "volume"]
    side: Literal["top", "bottom"]
    count: int = Field(gt=0)
    talk: Talk | None = None


class Evaluator(Sourced):
    """Whose judgement counts, and for how much.

    ``indicator``: the indicator of the scheme that holds it already (the callers'
    satisfaction); the others are registered. ``levels``: what an answer of each level is
    worth, best first.
    """

    id: str
    names: Bilingual
    weight: float = Field(gt=0)
    indicator: str | None = None
    levels: tuple[float, ...] = ()


class Awards(Sourced):
    """Who is named at the end of the year: the first ``count`` of each league table with at
    least ``months`` scored months and no points under the adjustments in ``barred_by``."""

    count: int = Field(gt=0)
    months: int = Field(default=10, ge=1)
    barred_by: tuple[str, ...] = ()


class Year(Sourced):
    """How much of the yearly result the months make (0 to 1), and the awards."""

    monthly_share: float = Field(gt=0, le=1)
    awards: Awards | None = None


def in_limit(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders whose step was taken within the limit that applies (first match wins)."""
    return either(*(both(*cover, limit.met()) for limit, cover in _covers(limits, clock)))


def limited(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders to which a limit applies and whose step was taken: what can be judged."""
    return either(*(both(*cover, limit.judged()) for limit, cover in _covers(limits, clock)))


def applies(limits: Sequence[Limit], clock: LimitClock) -> Condition:
    """Orders to which a limit applies, judged or not."""
    return either(*(limit.when for limit in limits if limit.clock == clock))


def any_of(conditions: Sequence[Condition]) -> Condition:
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
