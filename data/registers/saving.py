"""Writing registers: decisions taking effect in the same transaction, whole files or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data import audit, decisions, records, scheme_versions
from data.records import Change, Record
from data.registers.files import BadFile, Given, Row, RowFault
from data.registers.known import Known
from data.registers.models import DECIDED, EXCLUSION, Fault, Faults, order_record, parse
from data.store import Store

_NATURAL = {
    "action": ("unit", "what", "place", "start"),
    "evidence": ("adjustment", "unit", "day", "document", "note"),
    "evaluation": ("evaluator", "unit", "start", "end"),
}
"""What makes two rows without a number the same record."""


@dataclass(frozen=True)
class Taken:
    """What a file did: records added, changed, the same as before, and left out because
    somebody had removed them."""

    added: int
    changed: int
    unchanged: int
    removed: int


def write(store: Store, changes: Sequence[Change], *, actor: str) -> list[Record]:
    """Save records of registers, all or none; exclusion decisions take effect at once.

    Raises :class:`data.records.Stale`.
    """
    with store.write() as connection:
        return write_in(store, connection, changes, actor=actor)


def write_in(
    store: Store,
    connection: sa.Connection,
    changes: Sequence[Change],
    *,
    actor: str,
    batch: int | None = None,
) -> list[Record]:
    """:func:`write` within a transaction (that of ``batch``, where a batch brings them)."""
    for change in changes:
        if change.kind == EXCLUSION and change.body is not None:
            own = order_record(str(change.body["source"]), str(change.body["order_id"]))
            if change.id != own:
                raise ValueError(f"an order has one exclusion record, {own}, not {change.id}")
    saved = records.save_all(store, changes, actor=actor, connection=connection)
    decided = [record for record in saved if record.kind == EXCLUSION]
    if decided:
        decisions.apply(store, connection, decided, batch)
    return saved


def check(store: Store, kind: str, body: Mapping[str, Any]) -> list[Fault]:
    """What one checked body refers to that is not there (units, orders, adjustments …)."""
    with store.engine.connect() as connection:
        known = Known(connection, scheme_versions.schemes(store).values())
        out = known.faults(body)
        if kind == EXCLUSION:
            order_id, source = str(body["order_id"]), str(body["source"])
            if source not in known.sources([order_id]).get(order_id, ()):
                out.append(Fault("unknown_order", "order_id", order_id, {"source": source}))
    return out


def take_in(
    store: Store,
    connection: sa.Connection,
    given: Given,
    *,
    actor: str,
    batch: int | None = None,
) -> Taken:
    """Take in a whole register file, or nothing of it, within a transaction (that of ``batch``,
    where the file came as one).

    A row is the record of its number, else the one that agrees in what names it (see
    ``_NATURAL``); a blank cell leaves what stands there. Taking the same file twice changes
    nothing. Raises :class:`~data.registers.files.BadFile` with every fault found.
    """
    kind, faults = given.kind, []
    known = Known(connection, scheme_versions.schemes(store).values())
    ids = [str(row.values.get("order_id")) for row in given.rows] if kind == EXCLUSION else []
    sources = known.sources(ids)
    bodies: dict[str, tuple[Row, dict[str, Any]]] = {}
    for row in given.rows:
        raw = known.resolved({k: v for k, v in row.values.items() if v is not None})
        if kind == EXCLUSION:
            raw, wrong = _of_order(raw, sources)
            faults += placed(given, row, wrong)
        id_ = _id(kind, raw)
        if id_ in bodies:
            other = Fault("twice", _key(given), raw.get(_key(given)), {"first": bodies[id_][0].row})
            faults += placed(given, row, [other])
        else:
            bodies[id_] = row, raw
    standing = records.newest(connection, kind, list(bodies))
    changes, left = [], {"unchanged": 0, "removed": 0}
    for id_, (row, raw) in bodies.items():
        there = standing.get(id_)
        if there is not None and there.removed and there.actor != audit.PROGRAM:
            left["removed"] += 1
            continue
        merged = _merged(store, kind, raw, there, actor)
        try:
            body = parse(kind, merged).plain()
        except Faults as error:
            faults += placed(given, row, error.faults)
            continue
        faults += placed(given, row, known.faults(body))
        if there is not None and not there.removed and body == dict(there.body):
            left["unchanged"] += 1
        else:
            changes.append(Change(kind, body, id_, there.revision if there else 0))
    if faults:
        raise BadFile(sorted(faults, key=lambda fault: fault.row))
    write_in(store, connection, changes, actor=actor, batch=batch)
    added = sum(change.revision == 0 for change in changes)
    return Taken(added, len(changes) - added, **left)


def _of_order(
    raw: dict[str, Any], sources: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], list[Fault]]:
    """The order's source, looked up where the file names none."""
    order_id = str(raw.get("order_id", ""))
    there = sources.get(order_id, ())
    source = raw.get("source")
    if source is None and len(there) == 1:
        return {**raw, "source": there[0]}, []
    if source in there:
        return raw, []
    code = "which_source" if source is None and there else "unknown_order"
    found = Fault(code, "order_id", order_id, {"source": source or ", ".join(there) or "–"})
    return {"source": "?", **raw}, [found]


def _merged(
    store: Store, kind: str, raw: Mapping[str, Any], there: Record | None, actor: str
) -> dict[str, Any]:
    """The row over what stands; who decided and when, where the file does not say."""
    before = dict(there.body) if there is not None and not there.removed else {}
    merged = {**before, **raw}
    today = store.now().date().isoformat()
    if kind == EXCLUSION:
        merged.setdefault("day", today)
    state = merged.get("state", "proposed")
    if kind in DECIDED and state != before.get("state", "proposed"):
        defaults = {"decided_by": actor, "decided_on": today}
        if state == "proposed":
            merged |= {"decided_by": "", "decided_on": None}
        else:
            merged |= {k: v for k, v in defaults.items() if k not in raw}
    if "levels" in raw:
        merged |= {"numerator": None, "n": None}
    elif "n" in raw or "numerator" in raw:
        merged["levels"] = ()
    return merged


def _id(kind: str, raw: dict[str, Any]) -> str:
    if kind == EXCLUSION:
        return order_record(str(raw["source"]), str(raw.get("order_id", "")))
    number = raw.pop("id", None)
    if number:
        return str(number)[:60]
    text = "\n".join(str(raw.get(name, "")) for name in _NATURAL[kind])
    return "f" + hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:11]


def _key(given: Given) -> str:
    """The field that a repeated row is reported under."""
    if given.kind == EXCLUSION:
        return "order_id"
    return "id" if "id" in given.heads else _NATURAL[given.kind][1]


def placed(given: Given, row: Row, faults: Sequence[Fault]) -> list[RowFault]:
    """Faults of a record where its row has them: file, row, column as headed, value."""
    out = []
    for fault in faults:
        column = given.heads.get(fault.field, "")
        value = "" if fault.value is None else str(fault.value)
        params = {**fault.params, "field": fault.field, "kind": given.kind}
        out.append(RowFault(given.file, row.row, column, value, fault.code, params))
    return out
