"""What is worked out from an order's own fields: days, durations, on time, contradictions."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.calendar import workdays_between
from metrics.fields import CONTRADICTIONS

Columns = dict[str, pa.Array]
Stamps = np.ndarray[Any, np.dtype[np.datetime64]]
_SPANS = (("sign", "signed_at"), ("contact", "contacted_at"), ("close", "closed_at"))
_PAST = ("created_at", "dispatched_at", "signed_at", "contacted_at", "closed_at", "followed_up_at")
_HOUR = np.timedelta64(3_600_000_000, "us")
_TOLERANCE = np.timedelta64(1, "h")  # clocks differ a little between systems


def stamps(column: pa.Array) -> Stamps:
    """An arrow time column as numpy datetimes (NaT where null)."""
    return np.asarray(column.to_numpy(zero_copy_only=False)).astype("datetime64[us]")


def derive(orders: Columns, country: str, now: np.datetime64, given: Container[str]) -> None:
    """Fill the computed fields in place (points, cells and place keys are done elsewhere).

    Negative durations stay negative. ``given``: the fields the file has columns for. A file
    that states ``on_time`` itself is believed, blanks included; else it is closed by due date.
    """
    created, closed = stamps(orders["created_at"]), stamps(orders["closed_at"])
    for field, times in (("created_day", created), ("closed_day", closed)):
        orders[field] = pa.array(times.astype("datetime64[D]"))
    for name, field in _SPANS:
        times = stamps(orders[field])
        hours = (times - created) / _HOUR
        orders[f"{name}_hours"] = pa.array(hours, mask=np.isnat(times) | np.isnat(created))
        days = workdays_between(pd.Series(created), pd.Series(times), country)
        orders[f"{name}_workdays"] = pa.array(days, from_pandas=True)
    if "on_time" not in given:
        orders["on_time"] = pc.less_equal(orders["closed_at"], orders["due_at"])
    orders["flags"] = contradictions(orders, now, "closed_at" in given)


def contradictions(orders: Columns, now: np.datetime64, has_close: bool) -> pa.Array:
    """``;``-joined codes of ``metrics.fields.CONTRADICTIONS``, null where an order has none."""
    created = orders["created_at"]
    happy = pc.is_in(
        orders["satisfaction"],
        pa.array(["very_satisfied", "satisfied", "basically_satisfied"]),
    )
    done = pc.is_in(orders["resolution"], pa.array(["resolved", "basically_resolved"]))
    still_open = pc.is_in(orders["status"], pa.array(["open", "in_progress"]))
    later = pa.scalar(now + _TOLERANCE, pa.timestamp("us"))
    future = [pc.fill_null(pc.greater(orders[field], later), False) for field in _PAST]
    any_future = future[0]
    for one in future[1:]:
        any_future = pc.or_(any_future, one)
    unclosed = pc.and_(pc.equal(orders["status"], "closed"), pc.is_null(orders["closed_at"]))
    tests = {
        "closed_before_created": pc.less(orders["closed_at"], created),
        "signed_before_created": pc.less(orders["signed_at"], created),
        "contacted_before_created": pc.less(orders["contacted_at"], created),
        "resolved_not_contacted": pc.and_(done, pc.equal(orders["contacted"], False)),
        "satisfied_not_resolved": pc.and_(happy, pc.equal(orders["resolution"], "unresolved")),
        "closed_without_time": unclosed if has_close else pa.array([False] * len(created)),
        "open_with_close_time": pc.and_(still_open, pc.is_valid(orders["closed_at"])),
        "time_in_future": any_future,
    }
    parts = []
    for code in CONTRADICTIONS:
        hit = pc.fill_null(tests[code], False)
        if pc.any(hit).as_py():
            parts.append(pc.if_else(hit, f"{code};", ""))
    if not parts:
        return pa.nulls(len(created), pa.string())
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*parts, "", ""), ";")
    return pc.if_else(pc.equal(joined, ""), None, joined)
