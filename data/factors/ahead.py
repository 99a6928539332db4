"""The weather forecast that people enter: records, never rows of ``factors``, so nothing is fitted on it.

A day's forecast counts until the factor itself is known for that day; then what was observed
takes its place everywhere, and the record stays as what was once said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import records
from data.factors.catalogue import catalogue
from data.records import Change, Record
from data.schema import factors
from data.store import Store

KIND = "weather_ahead"
LONGEST = 21
"""Days after the last complete one that a forecast may be entered for."""


class BadEntry(ValueError):
    """An entry that cannot be kept: ``code`` is a words key below ``factors.fault``."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Entry:
    """One day and factor of a forecast; ``amount`` ``None`` takes the entry back."""

    day: date
    factor: str
    amount: float | None
    source: str = ""


def id_of(day: date, factor: str) -> str:
    """The record of a day and a factor."""
    return f"{day.isoformat()}-{factor}"


def check(store: Store, entry: Entry, after: date) -> None:
    """Raise :class:`BadEntry` for a factor or amount that cannot be, or a day not ahead."""
    known = catalogue(store.settings.home).factors
    spec = known.get(entry.factor)
    if spec is None:
        raise BadEntry("unknown_factor", known=", ".join(known))
    if not 0 < (entry.day - after).days <= LONGEST:
        raise BadEntry("not_ahead", first=after, days=LONGEST)
    if entry.amount is not None and not spec.low <= entry.amount <= spec.high:
        raise BadEntry("beyond", low=f"{spec.low:g}", high=f"{spec.high:g}",
                       unit_zh=spec.unit_zh, unit_en=spec.unit_en)  # fmt: skip


def save(
    store: Store, entries: Sequence[Entry], *, after: date, actor: str,
    seen: Mapping[str, int] | None = None,
) -> list[Record]:  # fmt: skip
    """Write entries, all or none. ``seen``: the revisions they were made from, by record id (by
    default those standing now).

    Raises :class:`BadEntry`, :class:`data.records.Stale`.
    """
    for entry in entries:
        check(store, entry, after)
    changes = []
    with store.write() as connection:
        ids = [id_of(entry.day, entry.factor) for entry in entries]
        standing = records.newest(connection, KIND, ids)
        for entry, id_ in zip(entries, ids, strict=True):
            there = standing.get(id_)
            revision = there.revision if there else 0
            if seen is not None and (there is None or not there.removed):
                revision = seen.get(id_, 0)
            if entry.amount is None:
                if there is not None and not there.removed:
                    changes.append(Change(KIND, None, id_, revision, True))
                continue
            body = {"day": entry.day, "factor": entry.factor, "amount": entry.amount,
                    "source": entry.source}  # fmt: skip
            changes.append(Change(KIND, body, id_, revision))
        return records.save_all(store, changes, actor=actor, connection=connection)


def standing(found: Sequence[Record], observed: Mapping[str, date], after: date) -> pd.DataFrame:
    """day, factor, amount, source, actor, moment, id, revision of the forecasts that still count.

    ``observed``: the last day each factor is known; ``after``: the last complete day of orders.
    """
    rows = []
    for record in found:
        day, factor = date.fromisoformat(str(record.body["day"])), str(record.body["factor"])
        known = observed.get(factor)
        if day <= after or (known is not None and day <= known):
            continue
        rows.append(
            (day, factor, float(record.body["amount"]), str(record.body.get("source", "")),
             record.actor, record.moment, record.id, record.revision)
        )  # fmt: skip
    names = ["day", "factor", "amount", "source", "actor", "moment", "id", "revision"]
    return pd.DataFrame(sorted(rows), columns=names)


def observed_until(store: Store) -> dict[str, date]:
    """The last day that each factor of the whole city is known."""
    rows = store.rows(
        sa.select(factors.c.factor, sa.func.max(factors.c.day).label("day"))
        .where(factors.c.area.is_(None))
        .group_by(factors.c.factor)
    )
    return {str(row.factor): row.day for row in rows}


def coming(store: Store, after: date) -> pd.DataFrame:
    """The forecasts that still count, see :func:`standing`."""
    return standing(records.all_of(store, KIND), observed_until(store), after)
