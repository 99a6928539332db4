"""What bonuses and penalties rest on: accepted records, as :func:`metrics.bonus.bonuses` reads them.

An adjustment names a source of evidence (``evidence:`` in the scheme file). Accepted
``evidence`` records name their adjustment themselves and count whatever its source;
beside them :data:`SOURCES` turns other registers into evidence: actions, finished topics,
measured effects. A new register is one more entry there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from data import records, topics
from data.effects import evidence_rows
from data.registers import ACTION, EVIDENCE, read
from data.store import Store
from metrics.bonus import EVIDENCE as COLUMNS
from metrics.periods import Period
from metrics.scheme import Scheme

Row = tuple[str, str, str, float | None, pd.Timestamp, str | None]
"""adjustment, unit, evidence, points, day, note"""
Source = Callable[[Store, str, Period], Iterable[Row]]
"""Rows of one adjustment (its id) in a period."""


def evidence_for(store: Store, scheme: Scheme, period: Period) -> pd.DataFrame:
    """Accepted evidence of a period for the adjustments of a scheme.

    Columns :data:`metrics.bonus.EVIDENCE`. ``evidence`` is the record's id (which never
    changes) with its title and file; it is empty where nothing proves it. ``points`` is
    missing where the scheme's own value holds. Evidence for adjustments that the scheme
    does not have is left out.
    """
    rows: list[Row] = []
    wanted = {item.id for item in scheme.adjustments if item.when is None}
    rows += [row for row in _written(store, period) if row[0] in wanted]
    for item in scheme.adjustments:
        source = SOURCES.get(item.evidence or "")
        if source is not None and item.when is None:
            rows += source(store, item.id, period)
    out = pd.DataFrame(rows, columns=list(COLUMNS))
    out["points"] = pd.to_numeric(out["points"]).astype("float64")
    out["day"] = pd.to_datetime(out["day"])
    return out


def named(id: str, title: str, document: str) -> str:
    """How a piece of evidence is called: ``<id> · <title> · <file>``."""
    return " · ".join(part for part in (id, title, document) if part)


# -- sources -------------------------------------------------------------------
def _actions(store: Store, adjustment: str, period: Period) -> Iterable[Row]:
    """Accepted 未诉先办 actions, on the day they were finished (else begun)."""
    for record in records.all_of(store, ACTION):
        action = read(ACTION, record.body)
        day = pd.Timestamp(action.day)
        if action.state == "accepted" and period.start <= day < period.end:
            known = action.document or action.note
            name = named(record.id, action.what, action.document) if known else ""
            yield adjustment, action.unit, name, None, day, action.note or None


def _written(store: Store, period: Period) -> Iterable[Row]:
    for record in records.all_of(store, EVIDENCE):
        found = read(EVIDENCE, record.body)
        day = pd.Timestamp(found.day)
        if found.state == "accepted" and period.start <= day < period.end:
            known = found.document or found.note
            name = named(record.id, found.document, "") if known else ""
            yield found.adjustment, found.unit, name, found.points, day, found.note or None


def _effects(store: Store, adjustment: str, period: Period) -> Iterable[Row]:
    """Actions after which complaints fell, on the day that was known. The note holds observed,
    expected, and their ratio with its 95 % interval."""
    for record, found in evidence_rows(store, period.start.date(), period.end.date()):
        action = read(ACTION, record.body)
        name = named(record.id, action.what, action.document)
        note = (
            f"{found['observed']:.0f} / {found['expected']:.1f} = {found['ratio']:.2f} "
            f"[{found['low_95']:.2f}, {found['high_95']:.2f}]"
        )
        yield adjustment, action.unit, name, None, pd.Timestamp(found["day"]), note


def _topics(store: Store, adjustment: str, period: Period) -> Iterable[Row]:
    """Monthly topics finished, on the day they were; proved by their policies or their note."""
    for record in records.all_of(store, topics.TOPIC):
        topic = topics.parse(record.body)
        if topic.state != topics.FINISHED or topic.finished is None:
            continue
        day = pd.Timestamp(topic.finished)
        if period.start <= day < period.end:
            paper = next((p.document or p.title for p in topic.policies), "")
            name = named(record.id, topic.title, paper) if paper or topic.note else ""
            yield adjustment, topic.unit, name, None, day, topic.note or None


SOURCES: dict[str, Source] = {"actions": _actions, "effects": _effects, "topics": _topics}
"""Evidence source of an adjustment -> the rows it gives (beside ``evidence`` records)."""
