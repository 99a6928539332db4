"""Today's exceptions (日签批): which orders the head of supervision must look at, as conditions.

Every code is a condition over order fields, so that each line of a board leads to its very
orders. What no field says (repeated in a chain, flagged by a leader) is handed in as keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from metrics.conditions import Condition, both, either, negate, test
from metrics.overdue import OPEN, WorkdaysBack, overdue
from metrics.scheme import Scheme
from metrics.selection import category_condition

FLAGGED, URGENT, OVERDUE, SOON = "flagged", "urgent", "overdue", "soon"
RETURNED, REPEATED, DISSATISFIED = "returned", "repeated", "dissatisfied"
CODES = (FLAGGED, OVERDUE, SOON, URGENT, RETURNED, REPEATED, DISSATISFIED)
SOON_HOURS, RETURNS, REPEATS, HOPS = 24, 2, 3, 2
"""Due within so many hours; returned, repeated, passed on so many times or more."""
GRADES = ("emergency", "urgent")
ANSWERS = ("dissatisfied", "very_dissatisfied")
Keys = Sequence[tuple[str, str]]
"""(source, order id) of single orders."""


@dataclass(frozen=True)
class Day:
    """What today is judged by. ``since``: answers and repeats of earlier days were signed off
    before. ``urgent``: category paths; ``repeated``, ``flagged``: single orders."""

    now: datetime
    since: datetime
    urgent: Sequence[str] = ()
    repeated: Keys = field(default=())
    flagged: Keys = field(default=())


def today(scheme: Scheme, day: Day, workdays_back: WorkdaysBack) -> dict[str, Condition]:
    """The condition of every code of :data:`CODES`.

    Overdue and due soon by the order's own due time, else the scheme's limits
    (:func:`metrics.overdue.overdue`); urgent, returned: open orders; dissatisfied: callers
    who said so since ``day.since``; repeated, flagged: the orders handed in.
    """
    late = overdue(scheme, day.now, workdays_back)
    then = overdue(scheme, day.now + timedelta(hours=SOON_HOURS), workdays_back)
    classes = [category_condition(path) for path in day.urgent]
    return {
        FLAGGED: these(day.flagged),
        OVERDUE: late,
        SOON: both(then, negate(late)),
        URGENT: both(OPEN, either(test("grade", "in", list(GRADES)), *classes)),
        RETURNED: both(OPEN, test("returns", "ge", RETURNS)),
        REPEATED: these(day.repeated),
        DISSATISFIED: both(
            test("satisfaction", "in", list(ANSWERS)),
            test("followed_up_at", "ge", day.since.isoformat(sep=" ")),
            test("followed_up_at", "lt", day.now.isoformat(sep=" ")),
        ),
    }


def these(keys: Keys) -> Condition:
    """Exactly these orders (nothing for no keys)."""
    sources: dict[str, list[str]] = {}
    for source, order_id in keys:
        sources.setdefault(source, []).append(order_id)
    parts = [
        both(test("source", "eq", source), test("order_id", "in", sorted(set(ids))))
        for source, ids in sorted(sources.items())
    ]
    return either(*parts) if parts else negate(both())


def first(conditions: dict[str, Condition]) -> list[Condition]:
    """What comes first on the board, in order: a leader's flag, urgent matters late or nearly so,
    other late ones, nearly late ones, the rest in the order of :data:`CODES`."""
    pressing = either(conditions[OVERDUE], conditions[SOON])
    return [
        conditions[FLAGGED], both(conditions[URGENT], pressing), conditions[OVERDUE],
        conditions[SOON], conditions[RETURNED], conditions[REPEATED], conditions[DISSATISFIED],
        conditions[URGENT],
    ]  # fmt: skip


def bounced(*, started: Keys = ()) -> Condition:
    """Open orders sent back and forth for which nobody has blown a whistle yet: passed on or
    returned twice or more, or refused. ``started``: orders with a whistle in the ledger."""
    passed = either(
        test("hops", "ge", HOPS), test("returns", "ge", RETURNS), test("refused", "eq", True)
    )
    none = negate(test("whistles", "ge", 1))
    return both(OPEN, passed, none, *([negate(these(started))] if started else []))
