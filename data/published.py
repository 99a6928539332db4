"""What was published: reading publications, what stands, the result as shown and made again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import frozen, records
from data.records import Record
from data.schema import batches, scores
from data.store import Store
from data.superseded import PUBLICATION
from metrics.bonus import EVIDENCE
from metrics.outcome import BEFORE_COLUMNS, Outcome, outcome
from metrics.periods import Period
from metrics.scheme_model import Scheme

BODY = ("totals", "bands", "lines")
"""The parts of a result that stand in the publication's record; the units have rows of their own."""


@dataclass(frozen=True)
class Publication:
    """One published result; ``correction`` 0 is the first one of its month.

    ``number`` is its own for ever. ``data_version``: what it was counted at.
    ``simulated``: published of a made-up city.
    """

    record: Record
    correction: int

    @property
    def number(self) -> int:
        """The number of the publication (its record's)."""
        return self.record.number

    @property
    def scheme_id(self) -> str:
        """The id of the scheme it was scored by."""
        return str(self.record.body["scheme"]["id"])

    @cached_property
    def scheme(self) -> Scheme:
        """The scheme as it was, whatever has become of its file."""
        return frozen.scheme_of(self.record.body["scheme"])

    @property
    def fingerprint(self) -> str:
        """The scheme's content in short (:func:`data.frozen.fingerprint`)."""
        return str(self.record.body["fingerprint"])

    @cached_property
    def period(self) -> Period:
        """The published month."""
        told = self.record.body["period"]
        start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
        return Period(start, end, told["kind"])

    @property
    def data_version(self) -> int:
        """The data version it was counted at."""
        return int(self.record.body["data_version"])

    @property
    def moment(self) -> datetime:
        """When it was published."""
        return self.record.moment

    @property
    def actor(self) -> str:
        """Who published it."""
        return self.record.actor

    @property
    def note(self) -> str:
        """What was said with it: for a correction the reason."""
        return str(self.record.body["note"])

    @property
    def nobody(self) -> int:
        """How many orders of the month named no unit."""
        return int(self.record.body["nobody"])

    @property
    def simulated(self) -> bool:
        """Whether the city was made up."""
        return bool(self.record.body["simulated"])

    @property
    def evidence(self) -> pd.DataFrame:
        """The evidence of bonuses and penalties as it was listed then."""
        return frozen.frame_of(self.record.body["evidence"], EVIDENCE)


def published(store: Store) -> list[Publication]:
    """Every publication of the orders that the store holds, in order of publishing.

    Those of orders that were swept away (a simulated city that gave way to a real one)
    stay in the register but are no results of this city.
    """
    replaced = sa.select(sa.func.max(batches.c.batch)).where(batches.c.state == "replaced")
    swept = int(store.scalar(replaced) or 0)
    seen: dict[str, int] = {}
    out = []
    for record in records.every(store, PUBLICATION):
        if int(record.body["data_version"]) > swept:
            out.append(Publication(record, seen.get(record.id, 0)))
            seen[record.id] = seen.get(record.id, 0) + 1
    return out


def of_period(known: Iterable[Publication], scheme: str, period: Period) -> list[Publication]:
    """The publications of one month under one scheme: the first, then its corrections."""
    return [p for p in known if p.scheme_id == scheme and p.period == period]


def standing(known: Iterable[Publication], scheme: str) -> list[Publication]:
    """What stands under a scheme: the latest correction of each month, in order of time."""
    latest = {p.period: p for p in known if p.scheme_id == scheme}
    return [latest[period] for period in sorted(latest)]


def counts_of(store: Store, publication: Publication) -> pd.DataFrame:
    """The frozen counts by unit."""
    wanted = sa.select(scores.c.counts).where(scores.c.publication == publication.number)
    rows = [json.loads(row.counts) for row in store.rows(wanted.order_by(scores.c.unit))]
    return frozen.frame_of(rows)


def result(store: Store, publication: Publication) -> Outcome:
    """What was published, as it was shown."""
    table = scores
    wanted = sa.select(table.c.shown).where(table.c.publication == publication.number)
    found = store.rows(wanted.order_by(table.c.league, table.c.place.nulls_last(), table.c.unit))
    body = publication.record.body
    return _typed([json.loads(row.shown) for row in found], body)


def recompute(store: Store, publication: Publication) -> Outcome:
    """The result made again from what was frozen: counts, scheme, evidence, the month before.

    Equal to :func:`result` in every digit, whatever has become of the orders and the scheme file.
    """
    shown = result(store, publication).units
    before = shown[["unit", "group", "rank_before", "score_before"]]
    before = before.set_axis(list(BEFORE_COLUMNS), axis="columns")
    made = outcome(
        publication.scheme,
        counts_of(store, publication),
        publication.evidence,
        publication.period,
        before,
    )
    body = {name: frozen.rows_of(getattr(made, name)) for name in BODY}
    return _typed(frozen.rows_of(made.units), json.loads(frozen.dumps(body)))


def _typed(units: Sequence[dict[str, Any]], body: Any) -> Outcome:
    bands = ("unit", "group", "band", "value", "place", "tied")
    lines = ("adjustment", "unit", "evidence", "day", "note", "asked", "counted", "reason")
    # The register sorts the keys of its JSON, so the columns come in that order.
    plain = {name: [dict(sorted(row.items())) for row in body[name]] for name in BODY}
    return Outcome(
        frozen.frame_of(units),
        frozen.frame_of(plain["totals"]),
        frozen.frame_of(plain["bands"], bands),
        frozen.frame_of(plain["lines"], lines),
    )
