"""The life of one order: its steps with durations, limits and what is odd about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from forecasting.calendar import workdays_between
from metrics.conditions import mask
from metrics.indicators import Bilingual
from metrics.scheme import Limit, Scheme

STEPS = ("created", "dispatched", "signed", "contacted", "closed", "followed_up")
_CLOCKS: dict[str, str] = {"signed": "sign", "contacted": "contact", "closed": "close"}
# What was counted but not timed, and after which step it is told.
_MARKS = (
    ("signed", ("hops", "returns", "whistles", "extensions")),
    ("followed_up", ("redos",)),
)

Verdict = Literal["met", "over", "running", "late", "unknown"]


@dataclass(frozen=True)
class Check:
    """A limit and how the order stands to it.

    ``unit``: hours, workdays, or due (the order's own due time; lengths in hours).
    ``margin``: how much is left (positive) or over (negative), in the unit's measure.
    ``names`` is the limit's name in the scheme, ``None`` for the order's own.
    """

    verdict: Verdict
    unit: Literal["hours", "workdays", "due"]
    allowed: float | None
    margin: float | None
    due: datetime | None = None
    names: Bilingual | None = None


@dataclass(frozen=True)
class Step:
    """One step. ``hours`` since receipt, ``gap`` since the step before; ``odd``: before receipt.

    ``state``: done, pending (still to come) or unrecorded (past, but the source does not say when).
    """

    code: str
    state: Literal["done", "pending", "unrecorded"]
    moment: datetime | None = None
    hours: float | None = None
    gap: float | None = None
    odd: bool = False
    check: Check | None = None
    marks: tuple[tuple[str, int], ...] = ()


Order = Mapping[str, Any]


def life(order: Order, scheme: Scheme, now: datetime, country: str) -> list[Step]:
    """The steps of an order as of ``now``, judged by its own due time or the scheme's limits."""
    created: datetime | None = order.get("created_at")
    over = order.get("status") in ("closed", "cancelled") or order.get("closed_at") is not None
    out: list[Step] = []
    before = created
    for code in STEPS:
        moment: datetime | None = order.get(f"{code}_at")
        if moment is None:
            step = Step(code, "unrecorded" if over or _later(order, code) else "pending")
        else:
            step = Step(
                code, "done", moment, _hours(created, moment), _hours(before, moment),
                odd=created is not None and moment < created,
            )  # fmt: skip
            before = moment
        out.append(
            replace(
                step, check=_check(order, code, scheme, now, country), marks=_marks(order, code)
            )
        )
    return out


def _later(order: Order, code: str) -> bool:
    """Whether a later step has been taken."""
    return any(order.get(f"{other}_at") is not None for other in STEPS[STEPS.index(code) + 1 :])


def _marks(order: Order, code: str) -> tuple[tuple[str, int], ...]:
    names = next((names for step, names in _MARKS if step == code), ())
    return tuple((name, int(order[name])) for name in names if order.get(name))


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds() / 3600


def _check(order: Order, code: str, scheme: Scheme, now: datetime, country: str) -> Check | None:
    clock = _CLOCKS.get(code)
    if clock is None:
        return None
    if code == "closed" and order.get("due_at") is not None:
        return _own(order, now)
    limit = limit_of(order, scheme, clock)
    if limit is None:
        return _stated(order) if code == "closed" else None
    return _by_limit(order, code, limit, now, country)


def _own(order: Order, now: datetime) -> Check:
    """Against the order's own due time; the source's own statement goes first."""
    due, closed = order["due_at"], order.get("closed_at")
    margin = _hours(closed or now, due)
    allowed = _hours(order.get("created_at"), due)
    late = margin is not None and margin < 0
    verdict: Verdict = "late" if late else "running"
    if closed is not None:
        verdict = "over" if late else "met"
    if order.get("on_time") is not None:
        verdict = "met" if order["on_time"] else "over"
    return Check(verdict, "due", allowed, margin, due)


def _stated(order: Order) -> Check | None:
    if order.get("on_time") is None:
        return None
    return Check("met" if order["on_time"] else "over", "due", None, None)


def limit_of(order: Order, scheme: Scheme, clock: str) -> Limit | None:
    """The scheme's limit that covers the order (first match wins)."""
    row = pd.DataFrame([{k: v for k, v in order.items() if v is not None}])
    limits = (limit for limit in scheme.limits if limit.clock == clock)
    return next((limit for limit in limits if mask(limit.when, row)[0]), None)


def _by_limit(order: Order, code: str, limit: Limit, now: datetime, country: str) -> Check:
    allowed = float(limit.hours if limit.hours is not None else limit.workdays or 0)
    unit: Literal["hours", "workdays"] = "hours" if limit.hours is not None else "workdays"
    used = order.get(limit.field)
    done = order.get(f"{code}_at") is not None
    if not done:
        used = _elapsed(order.get("created_at"), now, unit, country)
    if used is None or used < 0 or (not done and order.get("status") in ("closed", "cancelled")):
        return Check("unknown", unit, allowed, None, names=limit.names)
    margin = allowed - float(used)
    if done:
        return Check("met" if margin >= 0 else "over", unit, allowed, margin, names=limit.names)
    return Check("running" if margin >= 0 else "late", unit, allowed, margin, names=limit.names)


def _elapsed(created: datetime | None, now: datetime, unit: str, country: str) -> float | None:
    if created is None:
        return None
    if unit == "hours":
        return _hours(created, now)
    days = workdays_between(pd.Series([created]), pd.Series([now]), country)
    return float(days.iloc[0])
