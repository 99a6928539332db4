"""Published months (月度通报): frozen, numbered, and to be made again to the last digit.

A publication is a record (kind ``publication``) and its rows in ``scores``, written in one
transaction: the whole scheme, the data version, every unit's counts, the evidence used, and
everything that was shown. Nothing is changed afterwards: publishing a month again makes its
next revision, a numbered correction (更正) that stands beside the first one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import frozen, records, scoring
from data.coverage import complete_until
from data.evidence import evidence_for
from data.frames import REPEAT_FIELDS
from data.published import BODY, Publication, of_period, published, result
from data.records import Change, Stale
from data.schema import orders, scores
from data.scoring import Counted
from data.store import Store
from data.superseded import PUBLICATION
from metrics import periods
from metrics.bonus import EVIDENCE
from metrics.conditions import fields_of
from metrics.outcome import Outcome, outcome
from metrics.periods import Period
from metrics.scheme_model import Scheme

DEMO = "demo"
"""The publisher of a simulated city's months."""


class PublishError(Exception):
    """A month that cannot be published: a code and parameters (words ``publish.error.<code>``)."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params}")
        self.code, self.params = code, params


def publish(
    store: Store,
    scheme: Scheme,
    period: Period,
    *,
    actor: str,
    note: str,
    evidence: pd.DataFrame | None = None,
    corrects: int = 0,
) -> Publication:
    """Freeze a complete month under a scheme, all or nothing.

    ``evidence``: the columns of :data:`metrics.bonus.EVIDENCE`; without it what is listed
    now. ``corrects``: the number of the publication that this one corrects (0: the month
    was not published yet); a correction's ``note`` is its reason.

    Raises :class:`PublishError`: ``no_name``, ``no_reason``, ``no_data``, ``other_rule``,
    ``incomplete``, ``no_orders``, ``already_published``, ``not_standing``, ``changed_scheme``.
    """
    actor, note = " ".join(actor.split()), note.strip()
    if not actor:
        raise PublishError("no_name")
    if corrects and not note:
        raise PublishError("no_reason")
    # Whoever writes is alone: what is counted inside is what the transaction freezes.
    with store.write() as connection:
        known = published(store)
        standing = _check_standing(of_period(known, scheme.id, period), corrects)
        _check_scheme(known, scheme)
        counts = _countable(store, scheme, period)
        listed = evidence_for(store, scheme, period) if evidence is None else evidence
        listed = listed.reindex(columns=list(EVIDENCE))
        made = outcome(scheme, counts.units, listed, period, _before(store, known, scheme, period))
        body = _body(store, scheme, period, counts, listed, made, note)
        id_ = f"{scheme.id}/{period.kind}:{period.last_day}"
        change = Change(PUBLICATION, body, id_, _revision(store, id_))
        try:
            (record,) = records.save_all(store, [change], actor=actor, connection=connection)
        except Stale as stale:  # cannot happen while writers take turns
            raise PublishError("not_standing") from stale
        rows = _rows(record.number, counts.units, made.units)
        connection.execute(sa.insert(scores).values(rows))
    return Publication(record, standing.correction + 1 if standing else 0)


def preview(
    store: Store, scheme: Scheme, period: Period, evidence: pd.DataFrame | None = None
) -> Outcome:
    """What :func:`publish` would freeze. Raises :class:`PublishError` likewise."""
    known = published(store)
    _check_scheme(known, scheme)
    counts = _countable(store, scheme, period)
    listed = evidence_for(store, scheme, period) if evidence is None else evidence
    return outcome(scheme, counts.units, listed, period, _before(store, known, scheme, period))


# -- inside --------------------------------------------------------------------------
def _check_standing(versions: Sequence[Publication], corrects: int) -> Publication | None:
    latest = versions[-1] if versions else None
    if latest is not None and corrects != latest.number:
        code = "not_standing" if corrects else "already_published"
        raise PublishError(code, by=latest.actor, moment=latest.moment, number=latest.number)
    if latest is None and corrects:
        raise PublishError("nothing_to_correct")
    return latest


def _check_scheme(known: Iterable[Publication], scheme: Scheme) -> None:
    mine = frozen.fingerprint(scheme)
    for other in known:
        body = other.record.body["scheme"]
        if (body["id"], body["version"]) == (scheme.id, scheme.version):
            if other.fingerprint != mine:
                raise PublishError(
                    "changed_scheme", version=scheme.version, names=scheme.names,
                    before=other.fingerprint, now=mine,
                )  # fmt: skip
            return


def _countable(store: Store, scheme: Scheme, period: Period) -> Counted:
    if period.kind != scheme.period:
        raise PublishError("other_rule", names=scheme.names)
    until = complete_until(*store.as_of())
    if until is None:
        raise PublishError("no_data")
    if not periods.complete(period, until):
        raise PublishError("incomplete", period=period, until=until)
    found = scoring.counted(store, scheme, period)
    if not found.units["all"].sum():
        raise PublishError("no_orders", period=period)
    return found


def _before(
    store: Store, known: Iterable[Publication], scheme: Scheme, period: Period
) -> pd.DataFrame | None:
    """The standing result of the month before, which the changes are told against."""
    earlier = of_period(known, scheme.id, periods.previous(period))
    return result(store, earlier[-1]).units if earlier else None


def _revision(store: Store, id_: str) -> int:
    return len(records.history(store, PUBLICATION, id_))


def _body(
    store: Store,
    scheme: Scheme,
    period: Period,
    counts: Counted,
    evidence: pd.DataFrame,
    made: Outcome,
    note: str,
) -> dict[str, Any]:
    return {
        "scheme": frozen.scheme_body(scheme),
        "fingerprint": frozen.fingerprint(scheme),
        "period": {
            "kind": period.kind, "start": period.start.isoformat(), "end": period.end.isoformat(),
        },
        "covers": covers(scheme, period),
        "data_version": store.data_version(),
        "simulated": store.simulated(),
        "note": note,
        "nobody": counts.nobody,
        "evidence": frozen.rows_of(evidence),
        **{name: frozen.rows_of(getattr(made, name)) for name in BODY},
    }  # fmt: skip


def covers(scheme: Scheme, period: Period) -> dict[str, Any]:
    """The days that a scheme counts for a period (its counts may have windows of their own),
    and whether its points rest on repeat links."""
    windows = [period, *(item.window(period) for item in scheme.counts)]
    first = min(window.start for window in windows).date()
    last = (max(window.end for window in windows) - timedelta(microseconds=1)).date()
    idle = {
        name for item in scheme.adjustments if not item.in_force for name in item.measures()
    }  # shown, but without points
    counted = [c for name, c in scheme.measures().items() if name not in idle]
    fields = {name for condition in counted for name in fields_of(condition)}
    repeats = not fields.isdisjoint(REPEAT_FIELDS)
    return {"first": first.isoformat(), "last": last.isoformat(), "repeats": repeats}


def _rows(number: int, counts: pd.DataFrame, shown: pd.DataFrame) -> list[dict[str, Any]]:
    told = {str(row["unit"]): row for row in frozen.rows_of(counts)}
    return [
        {
            "publication": number, "unit": row["unit"], "league": row["group"],
            "place": row["rank"], "score": row["score"],
            "counts": frozen.dumps(told[row["unit"]]), "shown": frozen.dumps(row),
        }
        for row in frozen.rows_of(shown)
    ]  # fmt: skip


# -- which months ------------------------------------------------------------------------
def due(store: Store, scheme: Scheme) -> list[Period]:
    """The complete months without a publication, from the first that the data cover whole."""
    until = complete_until(*store.as_of())
    first = store.scalar(sa.select(sa.func.min(orders.c.created_day)))
    if until is None or first is None:
        return []
    done = {p.period for p in published(store) if p.scheme_id == scheme.id}
    out = []
    period = periods.last_complete(scheme.period, until)
    while period.start.date() >= first:
        out.append(period)
        period = periods.previous(period)
    return [period for period in reversed(out) if period not in done]


def publish_demo(store: Store, scheme: Scheme) -> int:
    """Publish every month of a simulated city that is due, as the demo's doing
    (:data:`DEMO` stands for the publisher). Returns how many."""
    wanted = due(store, scheme)
    for period in wanted:
        publish(store, scheme, period, actor=DEMO, note="")
    return len(wanted)
