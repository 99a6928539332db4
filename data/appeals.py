"""Appeals (申诉复核): a unit says that an order should not count against it. Records of kind ``appeal``.

filed → accepted | rejected; rejected → review → upheld (the rejection stands) | overturned.
An appeal that is accepted or overturned strikes its order out in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import Field, model_validator

from data import records
from data.records import Change, Record
from data.registers.models import (
    EXCLUSION,
    LONGEST,
    Body,
    Exclusion,
    Fault,
    Faults,
    checked,
    order_record,
    wrong,
)
from data.registers.saving import write
from data.schema import orders
from data.store import Store
from forecasting.calendar import add_workdays
from metrics.fields import EXCLUSIONS

APPEAL = "appeal"
FILED, ACCEPTED, REJECTED = "filed", "accepted", "rejected"
REVIEW, UPHELD, OVERTURNED = "review", "upheld", "overturned"
STATES = (FILED, REVIEW, REJECTED, ACCEPTED, OVERTURNED, UPHELD)
OPEN = (FILED, REVIEW)
NEXT: Mapping[str, tuple[str, ...]] = {
    FILED: (ACCEPTED, REJECTED), REJECTED: (REVIEW,), REVIEW: (OVERTURNED, UPHELD),
}  # fmt: skip
DAYS = 5
"""Working days for a decision, and again for a review. An example: no documented figure is known,
and no scheme states one."""


class Appeal(Body):
    """One appeal. ``exclusion``: the ground, a code; ``due``: the day by which it must be decided."""

    source: str = Field(min_length=1, max_length=200)
    order_id: str = Field(min_length=1, max_length=200)
    unit: str = Field(min_length=1, max_length=200)
    exclusion: str
    grounds: str = Field(min_length=1, max_length=LONGEST)
    document: str = Field(default="", max_length=400)
    filed: date
    due: date
    state: Literal["filed", "accepted", "rejected", "review", "upheld", "overturned"] = "filed"
    reason: str = Field(default="", max_length=LONGEST)
    decided_by: str = Field(default="", max_length=100)
    decided_on: date | None = None

    @model_validator(mode="after")
    def _check(self) -> Appeal:
        if self.exclusion not in EXCLUSIONS:
            raise wrong("bad_choice", "exclusion")
        if self.due < self.filed:
            raise wrong("end_before_start", "due")
        if self.state not in OPEN and not self.reason:
            raise wrong("refused_without_reason", "reason")
        return self


def parse(raw: Mapping[str, Any]) -> Appeal:
    """An appeal, checked. Raises :class:`~data.registers.models.Faults`."""
    made: Appeal = checked(Appeal, raw)
    return made


def file(store: Store, raw: Mapping[str, Any], *, actor: str) -> Record:
    """A new appeal, due in :data:`DAYS` working days. Raises
    :class:`~data.registers.models.Faults` (an order that is not there, an appeal that is open)."""
    today = store.now().date()
    due = add_workdays(today, DAYS, store.settings.country)
    given = {**raw, "filed": today, "due": due, "state": FILED,
             "simulated": store.simulated()}  # fmt: skip
    if not given.get("source") and given.get("order_id"):
        given["source"] = _source(store, str(given["order_id"]))
    body = parse(given)
    known = [parse(r.body) for r in records.all_of(store, APPEAL)]
    if any(
        (a.source, a.order_id) == (body.source, body.order_id) and a.state in OPEN for a in known
    ):
        raise Faults([Fault("twice", "order_id", body.order_id, {"first": 1})])
    return records.save(store, APPEAL, body.plain(), actor=actor)


def decide(store: Store, record: Record, state: str, *, actor: str, reason: str = "") -> Record:
    """The next state of an appeal; one that succeeds strikes the order out at once.

    Raises ``ValueError`` for a step that there is not, :class:`~data.registers.models.Faults`,
    :class:`~data.records.Stale` when somebody decided in between.
    """
    before = parse(record.body)
    if state not in NEXT.get(before.state, ()):
        raise ValueError(f"no step from {before.state} to {state}")
    today = store.now().date()
    due = add_workdays(today, DAYS, store.settings.country) if state == REVIEW else before.due
    body = parse(
        {**record.body, "state": state, "reason": reason, "due": due, "decided_by": actor,
         "decided_on": today}
    )  # fmt: skip
    changes = [Change(APPEAL, body.plain(), record.id, record.revision)]
    if state in (ACCEPTED, OVERTURNED):
        changes.append(_struck(store, record.id, body, actor, today))
    return write(store, changes, actor=actor)[0]


def _struck(store: Store, appeal: str, body: Appeal, actor: str, today: date) -> Change:
    id_ = order_record(body.source, body.order_id)
    history = records.history(store, EXCLUSION, id_)
    made = Exclusion(
        source=body.source, order_id=body.order_id, exclusion=body.exclusion,
        evidence=" · ".join(part for part in (appeal, body.document, body.grounds) if part)[:LONGEST],
        requested_by=body.unit, day=body.filed, state="accepted", reason=body.reason,
        decided_by=actor, decided_on=today, simulated=body.simulated,
    )  # fmt: skip
    return Change(EXCLUSION, made.plain(), id_, history[-1].revision if history else 0)


def _source(store: Store, order_id: str) -> str:
    found = store.rows(sa.select(orders.c.source).where(orders.c.order_id == order_id))
    if len(found) == 1:
        return str(found[0].source)
    raise Faults([Fault("which_source" if found else "unknown_order", "order_id", order_id)])
