"""Leaders' flags on orders (领导关注): records of kind ``flag``, one an order."""

from __future__ import annotations

import hashlib

from data import records
from data.records import Record
from data.registers.act import FLAG, body_of
from data.store import Store


def id_of(source: str, order_id: str) -> str:
    """The id of the one flag an order can have."""
    return "g" + hashlib.sha256(f"{source}\n{order_id}".encode()).hexdigest()[:11]


def flags(store: Store) -> list[Record]:
    """Every flag that stands."""
    return records.all_of(store, FLAG)


def raise_flag(
    store: Store, source: str, order_id: str, *, actor: str, note: str = "", revision: int = 0
) -> Record:
    """Flag an order, or change what the flag says. Raises :class:`~data.records.Stale`.

    A flag that was taken down before is raised again as its next revision (``revision`` 0).
    """
    id_ = id_of(source, order_id)
    if not revision:
        kept = records.history(store, FLAG, id_)
        revision = kept[-1].revision if kept and kept[-1].removed else 0
    body = body_of(
        FLAG,
        {"source": source, "order_id": order_id, "note": note, "day": store.now().date(),
         "simulated": store.simulated()},
    ).plain()  # fmt: skip
    return records.save(store, FLAG, body, actor=actor, id=id_, revision=revision)


def take_down(store: Store, flag: Record, *, actor: str) -> Record:
    """Take a flag down. Raises :class:`~data.records.Stale`."""
    return records.remove(store, FLAG, flag.id, revision=flag.revision, actor=actor)


def keys(known: list[Record]) -> list[tuple[str, str]]:
    """(source, order id) of each flag."""
    return [(str(f.body["source"]), str(f.body["order_id"])) for f in known]
