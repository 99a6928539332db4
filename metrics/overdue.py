"""Which open orders are past their limit at a moment: the list behind "overdue now"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from metrics.conditions import Condition, both, either, negate, test
from metrics.scheme import Scheme

WorkdaysBack = Callable[[datetime, int], date]
"""``(now, n)`` -> the latest created day that is more than n working days back."""

OPEN: Condition = both(
    test("closed_at", "missing"), negate(test("status", "in", ["closed", "cancelled"]))
)
"""Not closed: neither a closing time nor a closing state."""


def overdue(scheme: Scheme, now: datetime, workdays_back: WorkdaysBack) -> Condition:
    """Open orders that are late at ``now``.

    The order's own due time decides where it has one; else the scheme's closing
    limits, first match wins. Orders that neither covers are not late.
    """
    own = test("due_at", "lt", now.isoformat(sep=" "))
    limits = [limit for limit in scheme.limits if limit.clock == "close"]
    late: list[Condition] = [own]
    for place, limit in enumerate(limits):
        earlier = [negate(other.when) for other in limits[:place]]
        if limit.hours is not None:
            since = now - timedelta(hours=limit.hours)
            age = test("created_at", "lt", since.isoformat(sep=" "))
        else:
            age = test("created_day", "le", str(workdays_back(now, limit.workdays or 0)))
        late.append(both(test("due_at", "missing"), *earlier, limit.when, age))
    return both(OPEN, either(*late))
