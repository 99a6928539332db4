"""Audit calls: drawn from the store, fixed under a seed, their results written down.

A draw is a record (``audit_draw``): span, seed, calls per unit and the drawn orders, so
that the list stands whatever arrives later. A result is a record (``audit_call``), one
for each order of a draw. Neither holds anything about a person: callers are looked up in
the hotline's own system by the order's number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import records
from data.condition_sql import where
from data.counts import selected, tally
from data.records import Change, Record
from data.schema import orders
from data.store import Store
from metrics.audit import QUESTIONS, UNHEARD, audit_list
from metrics.conditions import Condition, both, test
from metrics.selection import Selection

DRAW, CALL = "audit_draw", "audit_call"
ANSWERS = ("reached", *QUESTIONS)
_READ = ("source", "order_id", "unit", "status", "followup", "created_at", "category1")
LIST = ("source", "order_id", "unit", "created_at", "category1", "followup", "drawn_from", "chance")
RECORDED: dict[str, tuple[Condition, Condition]] = {
    "contacted": (test("contacted", "present"), test("contacted", "eq", True)),
    "resolved": (
        test("resolution", "present"), test("resolution", "in", ["resolved", "basically_resolved"]),
    ),
    "satisfied": (
        test("satisfaction", "present"),
        test("satisfaction", "in", ["very_satisfied", "satisfied", "basically_satisfied"]),
    ),
}  # fmt: skip
"""Of valid follow-ups: which ones answered a question, and which said yes."""


def usual_seed(span: Selection) -> int:
    """The seed proposed for a span: digits of its dates' digest, the same for everybody."""
    text = f"{span.start:%Y-%m-%d}..{span.end:%Y-%m-%d}"
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 900_000 + 100_000


def draw(
    store: Store, span: Selection, per_unit: int, seed: int, units: Sequence[str] = ()
) -> pd.DataFrame:
    """The orders to call about: columns :data:`LIST`, by unit, in calling order.

    Same span, seed and number give the same list, see :func:`metrics.audit.audit_list`.
    Candidates are read piece by piece; only the drawn ones are kept.
    """
    asked = [where(UNHEARD), orders.c.unit.is_not(None), *selected(span)]
    if units:
        asked.append(orders.c.unit.in_(list(units)))
    select = sa.select(*(orders.c[name] for name in _READ)).where(*asked)
    sizes: Counter[str] = Counter()
    kept = store.frame(select.limit(0))
    for batch in store.stream(select):
        piece: pd.DataFrame = batch.to_pandas()
        sizes.update(piece["unit"].tolist())
        both_ = piece if kept.empty else pd.concat([kept, piece], ignore_index=True)
        kept = audit_list(both_, per_unit, seed=seed)[list(_READ)]
    kept["drawn_from"] = [sizes[unit] for unit in kept["unit"].tolist()]
    kept["drawn_from"] = kept["drawn_from"].astype("int64")
    kept["chance"] = (per_unit / kept["drawn_from"]).clip(upper=1.0)
    return kept[list(LIST)].reset_index(drop=True)


def fix(
    store: Store, span: Selection, per_unit: int, seed: int, drawn: pd.DataFrame, actor: str
) -> Record:
    """Write a draw down: from now on this is the list, whatever arrives later."""
    body = {
        "start": span.start, "end": span.end, "per_unit": per_unit, "seed": seed,
        "version": store.data_version(),
        "orders": [
            [*row, int(of)]
            for *row, of in drawn[["source", "order_id", "unit", "drawn_from"]].to_numpy().tolist()
        ],
    }  # fmt: skip
    return records.save(store, DRAW, body, actor=actor)


def listed(draw_: Record) -> pd.DataFrame:
    """The orders of a draw: source, order_id, unit, drawn_from, key (of the result's record)."""
    out = pd.DataFrame(
        list(draw_.body["orders"]), columns=["source", "order_id", "unit", "drawn_from"]
    )
    out["key"] = [
        key_of(draw_.id, s, o) for s, o in zip(out["source"], out["order_id"], strict=True)
    ]
    return out


def span_of(draw_: Record) -> Selection:
    """The span that a draw was made over."""
    return Selection(
        datetime.fromisoformat(draw_.body["start"]), datetime.fromisoformat(draw_.body["end"])
    )


def key_of(draw_id: str, source: str, order_id: str) -> str:
    """The id of one order's result."""
    return hashlib.sha256(f"{draw_id}|{source}|{order_id}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Saved:
    """How many results were new, changed, and the same as before."""

    added: int
    changed: int
    same: int


def save_results(
    store: Store,
    draw_: Record,
    results: Sequence[Mapping[str, Any]],
    *,
    actor: str,
    seen: Mapping[str, int] | None = None,
) -> Saved:
    """Write results of calls, all or none. A result: source, order_id, unit, :data:`ANSWERS`.

    ``seen``: key -> revision that the writer has looked at; without it the standing ones are
    replaced. Raises :class:`~data.records.Stale` when somebody saved one of them in between.
    """
    standing = {r.id: r for r in of_draw(records.all_of(store, CALL), draw_.id)}
    changes, added, same = [], 0, 0
    for result in results:
        key = key_of(draw_.id, str(result["source"]), str(result["order_id"]))
        body = {
            "draw": draw_.id,
            **{k: result[k] for k in ("source", "order_id", "unit", *ANSWERS)},
        }
        was = standing.get(key)
        if was is not None and dict(was.body) == body:
            same += 1
            continue
        revision = was.revision if was else 0
        if seen is not None:
            revision = seen.get(key, 0)
        added += was is None
        changes.append(Change(CALL, body, key, revision))
    if changes:
        records.save_all(store, changes, actor=actor)
    return Saved(added, len(changes) - added, same)


def of_draw(found: Sequence[Record], draw_id: str) -> list[Record]:
    """The results that belong to a draw."""
    return [r for r in found if r.body.get("draw") == draw_id]


def as_calls(found: Sequence[Record]) -> pd.DataFrame:
    """Results as a table for :func:`metrics.audit.compare`: unit, order_id, source, answers."""
    columns = ["source", "order_id", "unit", *ANSWERS]
    out = pd.DataFrame([{k: r.body.get(k) for k in columns} for r in found], columns=columns)
    return out.astype(dict.fromkeys(ANSWERS, "boolean"))


def recorded(store: Store, span: Selection) -> dict[str, pd.DataFrame]:
    """For each question the recorded answers of valid follow-ups: unit, yes, n."""
    valid = test("followup", "eq", "valid")
    measures = {}
    for question, (asked, yes) in RECORDED.items():
        measures[f"{question}.n"] = both(valid, asked)
        measures[f"{question}.yes"] = both(valid, asked, yes)
    found = tally(store, measures, span, ("unit",))
    found = found[found["unit"].notna()]
    return {
        question: found[["unit", f"{question}.yes", f"{question}.n"]].set_axis(
            ["unit", "yes", "n"], axis=1
        )
        for question in RECORDED
    }
