"""What people did with an alert: seen, assigned to a unit, closed as real or false; and the record that makes.

The state of an alert is a record (kind ``alert``, the alert's id): it survives every refresh, and
the alerts closed as real or false are the only true measure of the detector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import records
from data.records import Record
from data.schema import alert_days, alerts
from data.store import Store
from metrics.rates import wilson

KIND = "alert"
NEW, SEEN, ASSIGNED, CLOSED = "new", "seen", "assigned", "closed"
STATES = (NEW, SEEN, ASSIGNED, CLOSED)
REAL, FALSE, UNCLEAR = "real", "false", "unclear"
VERDICTS = (REAL, FALSE, UNCLEAR)
_OWN = ("state", "unit", "due", "verdict", "note")


def all_alerts(store: Store) -> pd.DataFrame:
    """Every alert of the last scan, as stored (most important first)."""
    return store.frame(sa.select(alerts))


def days_of(store: Store, alert: str) -> pd.DataFrame:
    """day, observed, expected, high around an alert; empty for old ones."""
    return store.frame(
        sa.select(alert_days).where(alert_days.c.alert == alert).order_by(alert_days.c.day)
    )


def with_states(found: pd.DataFrame, kept: list[Record]) -> pd.DataFrame:
    """Alerts with state (``new`` until somebody did something), unit, due, verdict, note, revision,
    actor, moment."""
    table = records.as_frame(kept, _OWN).rename(columns={"id": "alert"})
    columns = ["alert", *_OWN, "revision", "actor", "moment"]
    out = found.merge(
        table[columns].astype({"alert": found["alert"].dtype}), on="alert", how="left"
    )
    out["state"] = out["state"].astype("object").fillna(NEW)
    out["revision"] = out["revision"].fillna(0).astype("int64")
    return out


def decide(
    store: Store,
    alert: Mapping[str, Any],
    *,
    actor: str,
    revision: int,
    state: str,
    unit: str | None = None,
    due: str | None = None,
    verdict: str | None = None,
    note: str = "",
) -> Record:
    """Keep what somebody decided about an alert (a row of :func:`all_alerts`).

    The body repeats what the alert was about, since the next scan may no longer list it. Raises
    ``ValueError`` (``unit``, ``verdict``, ``state``) when something is missing or unknown,
    :class:`~data.records.Stale` when somebody else decided in between.
    """
    if state not in STATES:
        raise ValueError("state")
    if state == ASSIGNED and not unit:
        raise ValueError("unit")
    if state == CLOSED and verdict not in VERDICTS:
        raise ValueError("verdict")
    about = {name: _plain(alert.get(name)) for name in
             ("scope", "district", "category", "start_day", "found_day", "observed", "expected", "urgent")}  # fmt: skip
    body = {
        "state": state, "unit": unit or None, "due": due or None,
        "verdict": verdict if state == CLOSED else None, "note": note.strip(), **about,
    }  # fmt: skip
    return records.save(store, KIND, body, actor=actor, id=str(alert["alert"]), revision=revision)


@dataclass(frozen=True)
class Precision:
    """Of the alerts closed with a verdict: how many were real (with a Wilson interval)."""

    real: int
    false: int
    unclear: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def judged(self) -> int:
        """Closed as real or false."""
        return self.real + self.false


def precision(kept: list[Record]) -> Precision:
    """The detector's record. People judge what they look at: it says nothing of what was missed."""
    verdicts = [r.body.get("verdict") for r in kept if r.body.get("state") == CLOSED]
    real, false = verdicts.count(REAL), verdicts.count(FALSE)
    if not real + false:
        return Precision(real, false, verdicts.count(UNCLEAR), None, None, None)
    low, high = wilson(np.array([float(real)]), np.array([float(real + false)]))
    share = real / (real + false)
    return Precision(real, false, verdicts.count(UNCLEAR), share, float(low[0]), float(high[0]))


def _plain(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
