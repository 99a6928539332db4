"""What the whistle ledger says: who arrives how soon, who settles what, who rates whom how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from metrics.rates import wilson
from metrics.selection import PATH
from metrics.survival import Median, median_wait

SETTLE_DAYS = 10
"""A call is judged settled or not once so many days have passed since it was made."""
CALLS = (
    "whistle", "street", "department", "category", "called_at", "arrived_at", "settled_at",
    "wait_hours", "settle_hours", "arrived", "settled", "street_score", "department_score",
)  # fmt: skip


def calls(whistles: Iterable[tuple[str, Mapping[str, Any]]], now: datetime) -> pd.DataFrame:
    """A row per called department, columns :data:`CALLS`. ``whistles``: (id, body).

    ``wait_hours``: until it arrived, for those that have not until ``now``; ``settle_hours``
    likewise. Calls and arrivals that lie after ``now`` have not happened yet: a call of the
    future is left out. ``category``: the first level.
    """
    rows = []
    for id_, body in whistles:
        for call in body["calls"]:
            called = datetime.fromisoformat(str(call["called_at"]))
            if called > now:
                continue
            arrived, settled = _past(call["arrived_at"], now), _past(call["settled_at"], now)
            rows.append(
                {
                    "whistle": id_, "street": body["street"], "department": call["department"],
                    "category": str(body.get("category") or "").split(PATH)[0] or None,
                    "called_at": called, "arrived_at": arrived, "settled_at": settled,
                    "wait_hours": _hours(called, arrived or now),
                    "settle_hours": _hours(called, settled or now),
                    "arrived": arrived is not None, "settled": settled is not None,
                    "street_score": call["street_score"],
                    "department_score": call["department_score"],
                }
            )  # fmt: skip
    out = pd.DataFrame(rows, columns=list(CALLS))
    for name in ("called_at", "arrived_at", "settled_at"):
        out[name] = out[name].astype("datetime64[us]")
    for name in ("wait_hours", "settle_hours", "street_score", "department_score"):
        out[name] = out[name].astype("float64")
    return out.astype({"arrived": "bool", "settled": "bool"})


def arrival(found: pd.DataFrame) -> Median:
    """The median time to arrive, those still awaited counted as far as they have waited."""
    return median_wait(found["wait_hours"].to_numpy(), found["arrived"].to_numpy())


def arrivals(found: pd.DataFrame, by: str = "department") -> pd.DataFrame:
    """:func:`arrival` by department (or street): ``by``, n, arrived, median, low, high (hours;
    NaN where not reached), waiting; the most calls first."""
    rows = []
    for name, mine in found.groupby(by, sort=True):
        one = arrival(mine)
        rows.append(
            {
                by: name, "n": one.n, "arrived": one.happened, "waiting": one.n - one.happened,
                "median": one.value, "low": one.low, "high": one.high,
            }
        )  # fmt: skip
    out = pd.DataFrame(rows, columns=[by, "n", "arrived", "waiting", "median", "low", "high"])
    out = out.astype({"median": "float64", "low": "float64", "high": "float64"})
    return out.sort_values(["n", by], ascending=[False, True], ignore_index=True)


def settled(
    found: pd.DataFrame,
    now: datetime,
    by: Sequence[str] = ("department", "category"),
    days: int = SETTLE_DAYS,
) -> pd.DataFrame:
    """The share of calls settled within ``days`` of the call, with Wilson's interval.

    Calls younger than that are not judged, settled or not: the quick ones among them are
    known first and would flatter. Columns: ``by``, n, hits, value, low, high; most calls first.
    """
    age = (pd.Timestamp(now) - found["called_at"]).dt.total_seconds() / 86_400
    judged = found[age >= days]
    hit = judged["settled"] & (judged["settle_hours"] <= days * 24)
    keys = [judged[name] for name in by]
    out = hit.groupby(keys, dropna=False).agg(n="size", hits="sum").reset_index()
    n, hits = out["n"].to_numpy(dtype=float), out["hits"].to_numpy(dtype=float)
    out["value"] = hits / n if len(out) else np.array([], dtype=float)
    out["low"], out["high"] = wilson(hits, n)
    made: pd.DataFrame = out.sort_values(
        ["n", *by], ascending=[False, *[True] * len(by)], ignore_index=True
    )
    return made


def ratings(found: pd.DataFrame) -> pd.DataFrame:
    """Mean ratings a unit was given: unit, as_ (department or street), n, mean; few are few."""
    parts = []
    for role, column in (("department", "street_score"), ("street", "department_score")):
        given = found[found[column].notna()].groupby(role)[column].agg(["size", "mean"])
        part = given.reset_index().rename(columns={role: "unit", "size": "n"})
        parts.append(part.assign(as_=role))
    out: pd.DataFrame = pd.concat(parts, ignore_index=True)[["unit", "as_", "n", "mean"]]
    return out.sort_values(
        ["as_", "n", "mean", "unit"], ascending=[True, False, True, True], ignore_index=True
    )


def waiting(found: pd.DataFrame) -> pd.DataFrame:
    """Calls not settled, the longest first."""
    mine = found[~found["settled"]]
    out: pd.DataFrame = mine.sort_values("settle_hours", ascending=False, ignore_index=True)
    return out


def _past(value: object, now: datetime) -> datetime | None:
    moment = datetime.fromisoformat(str(value)) if value else None
    return moment if moment is not None and moment <= now else None


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600
