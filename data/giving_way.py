"""Making room for a batch: the simulated city gives way to real orders, and never mixes with them."""

from __future__ import annotations

import sqlalchemy as sa

from data import decisions, inbox, schema
from data.appeals import APPEAL
from data.audit import note
from data.batch import Batch, Refused
from data.registers import KINDS
from data.registers.act import MODELS
from data.schema import batches, orders
from data.store import Store, is_simulated
from data.topics import TOPIC

_SWEPT = (
    schema.orders, schema.counts_core, schema.counts_unit, schema.counts_area, schema.rejects,
    schema.counts_cell_day, schema.units, schema.areas, schema.categories, schema.factors,
    schema.orders_before, schema.arrivals, schema.boundaries, schema.placed,
)  # fmt: skip


def make_room(store: Store, connection: sa.Connection, batch: Batch) -> None:
    """Sweep the orders that are there away where the batch may; made-up and real ones never mix.

    Raises :class:`~data.batch.Refused` (``mixes_simulated``).
    """
    may = inbox.replaces(batch.path)
    any_order = connection.execute(sa.select(orders.c.order_id).limit(1)).first()
    if any_order is None:
        return
    meta = schema.meta
    simulated = sa.select(meta.c.content).where(meta.c.name == "simulated")
    before = is_simulated(connection.execute(simulated).scalar())
    now = is_simulated(batch.info.meta.get("simulated"))
    if may == "all" or (may == "simulated" and before and not now):
        for table in _SWEPT:
            connection.execute(sa.delete(table))
        connection.execute(sa.delete(meta).where(meta.c.name != "schema_version"))
        replaced = sa.update(batches).where(batches.c.state == "done").values(state="replaced")
        connection.execute(replaced)
        if before:
            decisions.forget(store, connection, (*{**KINDS, **MODELS}, TOPIC, APPEAL))
        note(store, "replace", "orders", {"simulated": before}, connection=connection)
        return
    if before != now:
        raise Refused("mixes_simulated", simulated=now)
