"""What actions and topics did: measured against what the time before them leads to expect.

The measured effect is never written into a record. It is joined to records when they are read
(:func:`with_effects`), from the table of the refresh step ``effects``: one definition for
the page, the source-governance rate and the bonus. It counts once all :data:`WEEKS` weeks
have passed, and for the revision of the record that was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import dimensions, records, schema
from data.coverage import delivered_days, last_complete_day
from data.effect_counts import counts_of
from data.effect_specs import CATEGORY, CELLS, TREATED, Areas, Spec, of_action, of_topics
from data.records import Record
from data.registers import ACTION, Action
from data.store import Store
from data.topics import TOPIC
from forecasting.counterfactual import WEEKS, Days, Effect, effect

__all__ = [
    "WEEKS",
    "counting",
    "effect_of",
    "measure",
    "measured",
    "of_record",
    "spec_of",
    "with_effects",
]

STEP = "effects"


def effect_of(
    store: Store,
    *,
    place: str = "",
    lon: float | None = None,
    lat: float | None = None,
    category: str,
    start: date,
    end: date | None = None,
    as_of: date | None = None,
) -> Effect:
    """The effect of something done at a district, a street or around a point (WGS-84).

    ``category``: path. Accepted actions at other places leave those out of the comparison.
    """
    action = Action(
        unit="-", what="-", place=place, lon=lon, lat=lat, category=category, start=start, end=end,
    )  # fmt: skip
    record = Record(ACTION, "", 0, store.now(), "", action.plain())
    return of_record(store, record, as_of=as_of)


def of_record(store: Store, record: Record, *, as_of: date | None = None) -> Effect:
    """The effect of an action or a topic, whatever its state, measured now."""
    spec = spec_of(store, record)
    last = as_of or last_complete_day(store)
    if last is None:
        return Effect("too_little", reason="short_history")
    if spec.reason:
        return Effect("too_little", reason=spec.reason, first=spec.after)
    return measure(spec, Days.of(counts_of(store, spec, last), delivered_days(store)), last)


def spec_of(store: Store, record: Record) -> Spec:
    """What would be measured of a record."""
    if record.kind == TOPIC:
        body = {**record.body}
        if body.get("state") in ("proposed", "refused"):
            body |= {"state": "running"}
        made = of_topics([Record(**{**record.__dict__, "body": body})])
        return made[0]
    every = records.all_of(store, ACTION)
    return of_action(record, every, Areas(dimensions.areas(store)))


def measure(spec: Spec, days: Days, as_of: date) -> Effect:
    """One effect from the counts of its source. Pure."""
    if spec.reason or spec.start is None:
        return Effect("too_little", reason=spec.reason, first=spec.after)
    treated = (TREATED,) if spec.level in (CELLS, CATEGORY) else spec.treated
    # Cells around another point are no places of this grid: theirs cannot be left out by name.
    excluded = () if spec.level == CELLS else spec.excluded
    return effect(
        days, treated=treated, start=spec.start, after=spec.after, until=spec.until, as_of=as_of,
        excluded=excluded, season=spec.level == CATEGORY,
    )  # fmt: skip


def measured(store: Store) -> pd.DataFrame:
    """What the last refresh measured (:mod:`data.schema_effects`), the newest action first."""
    table = schema.effects
    return store.frame(sa.select(table).order_by(table.c.start_day.desc().nulls_last()))


def counting(found: pd.DataFrame, kept: Iterable[Record]) -> pd.DataFrame:
    """The measured effects that count: final, and of the revision that stands."""
    standing = {(r.kind, r.id): r.revision for r in kept}
    if found.empty:
        return found
    same = [
        standing.get((str(row.kind), str(row.record))) == row.revision and bool(row.final)
        for row in found.itertuples()
    ]
    return found[same].reset_index(drop=True)


def with_effects(kept: Iterable[Record], found: pd.DataFrame) -> list[Mapping[str, Any]]:
    """The bodies of actions with the key ``effect`` (fell, none, rose, unsure) where it was measured."""
    listed = list(kept)
    known = {
        row.record: row.verdict
        for row in counting(found, listed).itertuples()
        if row.kind == ACTION and row.verdict != "too_little"
    }
    return [
        {**record.body, "effect": known[record.id]}
        if record.kind == ACTION and record.id in known
        else record.body
        for record in listed
    ]


def evidence_rows(store: Store, first: date, end: date) -> list[tuple[Record, Mapping[str, Any]]]:
    """Accepted actions whose complaints fell, by the day on which that was known (``first`` ≤ day
    < ``end``): the day after the last one measured."""
    kept = records.all_of(store, ACTION)
    by_id = {r.id: r for r in kept}
    out: list[tuple[Record, Mapping[str, Any]]] = []
    for row in counting(measured(store), kept).to_dict("records"):
        day = pd.Timestamp(row["last_day"]).date() + timedelta(days=1)
        fell = row["kind"] == ACTION and row["verdict"] == "fell"
        if fell and first <= day < end:
            told: dict[str, Any] = {str(name): value for name, value in row.items()}
            out.append((by_id[told["record"]], {**told, "day": day}))
    return out
