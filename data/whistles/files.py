"""Whistle files: a row per called department, rows of one number are one whistle."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from data import audit, records
from data.records import Change
from data.registers.act import WHISTLE
from data.registers.files import BadFile, Given, Row, RowFault
from data.registers.known import Known
from data.registers.models import Fault, Faults, parse
from data.registers.saving import Taken, placed
from data.store import Store
from data.whistles.ledger import BAR, ORDER

HEAD = (
    "title",
    "street",
    "category",
    "place",
    "district_on",
    "city_on",
    "note",
    "order_id",
    "source",
)
CALL = (
    "department", "called_at", "arrived_at", "settled_at", "result", "street_score",
    "street_reason", "department_score", "department_reason",
)  # fmt: skip
_NATURAL = ("street", "title", "order_id")
_Group = tuple[list[Row], dict[str, Any], list[dict[str, Any]]]


def take_in(
    store: Store,
    connection: sa.Connection,
    given: Given,
    *,
    actor: str,
    batch: int | None = None,
) -> Taken:
    """Take in a whole file of whistles, or nothing of it, within a transaction.

    Rows belong together by their number, else by street, title and order. What stands of a
    whistle is kept where a cell is blank; departments that the file does not name stay. Raises
    :class:`~data.registers.files.BadFile` with every fault found.
    """
    del batch
    known = Known(connection, ())
    sources = known.sources([str(row.values["order_id"]) for row in given.rows if row.values.get("order_id")])  # fmt: skip
    faults: list[RowFault] = []
    groups: dict[str, _Group] = {}
    for row in given.rows:
        raw = _resolved(known, {k: v for k, v in row.values.items() if v is not None})
        faults += placed(given, row, _strange(known, raw, sources))
        _join(groups, given, row, raw, faults)
    standing = records.newest(connection, WHISTLE, list(groups))
    changes, left = [], {"unchanged": 0, "removed": 0}
    for id_, (rows, head, calls) in groups.items():
        there = standing.get(id_)
        if there is not None and there.removed and there.actor != audit.PROGRAM:
            left["removed"] += 1
            continue
        before = dict(there.body) if there is not None and not there.removed else {}
        try:
            body = parse(WHISTLE, _merged(before, head, calls, sources)).plain()
        except Faults as error:
            faults += _told(given, rows, calls, before, error.faults)
            continue
        if there is not None and not there.removed and body == before:
            left["unchanged"] += 1
        else:
            changes.append(Change(WHISTLE, body, id_, there.revision if there else 0))
    if faults:
        raise BadFile(sorted(faults, key=lambda fault: fault.row))
    records.save_all(store, changes, actor=actor, connection=connection)
    added = sum(change.revision == 0 for change in changes)
    return Taken(added, len(changes) - added, **left)


def _resolved(known: Known, raw: dict[str, Any]) -> dict[str, Any]:
    """Names of units and categories as codes."""
    out = known.resolved(raw)
    for name in ("street", "department"):
        if name in out:
            out[name] = known.resolved({"unit": out[name]})["unit"]
    return out


def _join(
    groups: dict[str, _Group],
    given: Given,
    row: Row,
    raw: dict[str, Any],
    faults: list[RowFault],
) -> None:
    """Put a row to the whistle it belongs to; rows of one whistle must not contradict each other."""
    rows, head, calls = groups.setdefault(_id(raw), ([], {}, []))
    for name in (*HEAD, "simulated"):
        if name in raw and head.setdefault(name, raw[name]) != raw[name]:
            fault = Fault("differs", name, raw[name], {"first": rows[0].row})
            faults += placed(given, row, [fault])
    rows.append(row)
    calls.append({name: raw[name] for name in CALL if name in raw})


def _id(raw: Mapping[str, Any]) -> str:
    if raw.get("id"):
        return str(raw["id"])[:60]
    text = "\n".join(str(raw.get(name, "")) for name in _NATURAL)
    return "w" + hashlib.sha256(text.encode()).hexdigest()[:11]


def _strange(
    known: Known, raw: Mapping[str, Any], sources: Mapping[str, Sequence[str]]
) -> list[Fault]:
    """What a row refers to that is not there."""
    out = []
    for name in ("street", "department"):
        if raw.get(name) and known.faults({"unit": raw[name]}):
            out.append(Fault("unknown_unit", name, raw[name]))
    if raw.get("category"):
        out += known.faults({"category": raw["category"]})
    order_id = raw.get("order_id")
    if order_id:
        there = sources.get(str(order_id), ())
        if not there or raw.get("source", there[0]) not in there:
            out.append(Fault("unknown_order", "order_id", order_id))
        elif len(there) > 1 and not raw.get("source"):
            out.append(Fault("which_source", "order_id", order_id))
    return out


def _merged(
    before: Mapping[str, Any],
    head: Mapping[str, Any],
    calls: Sequence[Mapping[str, Any]],
    sources: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """The rows over what stands."""
    own = {k: v for k, v in head.items() if k not in ("order_id", "source")}
    out: dict[str, Any] = {**before, **own}
    order_id = head.get("order_id")
    if order_id:
        source = head.get("source") or next(iter(sources.get(str(order_id), ("?",))), "?")
        out |= {"source_kind": ORDER, "source_id": f"{source}{BAR}{order_id}"}
    standing = {str(call["department"]): dict(call) for call in before.get("calls", ())}
    made = [{**standing.pop(str(call.get("department")), {}), **call} for call in calls]
    return {**out, "calls": [*standing.values(), *made]}


def _told(
    given: Given,
    rows: Sequence[Row],
    calls: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    faults: Sequence[Fault],
) -> list[RowFault]:
    """Faults of a whistle at the row that brought the call, else at its first row."""
    kept = {str(call["department"]) for call in before.get("calls", ())}
    kept -= {str(call.get("department")) for call in calls}
    out: list[RowFault] = []
    for fault in faults:
        place = int(str(fault.params.get("place", 0))) - (
            len(kept) if "place" in fault.params else 0
        )
        row = rows[place] if 0 <= place < len(rows) else rows[0]
        plain = {k: v for k, v in fault.params.items() if k != "place"}
        out += placed(given, row, [Fault(fault.code, fault.field, fault.value, plain)])
    return out
