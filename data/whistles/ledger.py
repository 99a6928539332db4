"""Writing whistles: started, arrived, settled, taken up, rated; every step is a revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from data import records
from data.records import Record
from data.registers.act import WHISTLE, body_of
from data.registers.models import Faults
from data.store import Store
from data.tasks import id_of, of_source, unknown_units

ORDER, TOPIC, PLACE = "order", "topic", "place"
SOURCES = (ORDER, TOPIC, PLACE)
BAR = "|"
"""Between source and number in the ``source_id`` of a whistle or task that came from an order."""


def whistles(store: Store) -> list[Record]:
    """Every whistle in use, oldest first."""
    return records.all_of(store, WHISTLE)


def open_for(store: Store, kind: str, id: str) -> list[Record]:
    """The whistles that came from one thing and are not settled."""
    found = of_source(whistles(store), kind, id)
    return [w for w in found if not settled(w.body)]


def settled(body: Mapping[str, Any]) -> bool:
    """Whether every called department has settled its part."""
    return all(call["settled_at"] for call in body["calls"])


def orders_of(known: Iterable[Record]) -> list[tuple[str, str]]:
    """(source, order id) of the orders that whistles were started from."""
    out = []
    for whistle in known:
        source, bar, order_id = str(whistle.body["source_id"]).partition(BAR)
        if whistle.body["source_kind"] == ORDER and bar:
            out.append((source, order_id))
    return out


def start(
    store: Store,
    *,
    title: str,
    street: str,
    departments: Sequence[str],
    actor: str,
    source: tuple[str, str] = ("", ""),
    category: str = "",
    place: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Record:
    """Blow a whistle: the departments are called now (or ``at``).

    Two people who start one from the same thing at once do not start two. Raises
    :class:`~data.registers.models.Faults`, :class:`~data.records.Stale`.
    """
    # to the minute, as later steps are typed: an arrival in the same minute is no earlier
    moment = (at or store.now()).replace(second=0, microsecond=0).isoformat()
    calls = [{"department": name, "called_at": moment} for name in departments]
    body = {
        "title": title, "street": street, "category": category, "place": place, "note": note,
        "source_kind": source[0], "source_id": source[1], "calls": calls,
        "simulated": bool(source[0]) and store.simulated(),
    }  # fmt: skip
    made = [r for r in records.every(store, WHISTLE) if r.revision == 1]
    named = "w" + id_of(source, len(of_source(made, *source)))[1:] if source[0] else None
    return save(store, body, actor=actor, id=named)


def save(
    store: Store, body: Mapping[str, Any], *, actor: str, id: str | None = None, revision: int = 0
) -> Record:
    """Write a whistle, or the next revision of one. Raises as :func:`start` does."""
    plain = checked(store, body)
    return records.save(store, WHISTLE, plain, actor=actor, id=id, revision=revision)


def checked(store: Store, body: Mapping[str, Any]) -> dict[str, Any]:
    """A whistle's body as it would be saved. Raises :class:`~data.registers.models.Faults`."""
    made = body_of(WHISTLE, body)
    named = {"street": made.street, "department": [call.department for call in made.calls]}
    faults = unknown_units(store, named)
    if faults:
        raise Faults(faults)
    plain: dict[str, Any] = made.plain()
    return plain


def with_call(body: Mapping[str, Any], department: str, **changes: Any) -> dict[str, Any]:
    """The body with something said of one called department (times as datetimes or ISO text);
    a department that was not called yet is called."""
    calls = [dict(call) for call in body["calls"]]
    mine = next((call for call in calls if call["department"] == department), None)
    if mine is None:
        mine = {"department": department}
        calls.append(mine)
    mine |= changes
    return {**body, "calls": calls}
