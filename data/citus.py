"""Citus: the same PostgreSQL URL, with orders and counts spread over several machines."""

from __future__ import annotations

import sqlalchemy as sa

from data import schema
from data.backend import StoreError
from data.store import Store

# Orders are spread by number: every batch and every question keeps all machines busy,
# and the unique key (order_id, source) holds its shard column. Counts go by day.
DISTRIBUTED: dict[sa.Table, str] = {
    schema.orders: "order_id",
    schema.orders_before: "order_id",
    schema.placed: "order_id",
    schema.counts_core: "day",
    schema.counts_unit: "day",
    schema.counts_area: "day",
    schema.counts_cell_day: "day",
}
REFERENCE: tuple[sa.Table, ...] = (
    schema.units, schema.areas, schema.categories, schema.factors,
    schema.boundaries,
)  # fmt: skip


def distribute(store: Store) -> list[str]:
    """Distribute the tables that are not distributed yet; returns their names.

    Raises :class:`~data.backend.StoreError` on the embedded engine and where the
    database lacks the Citus extension.
    """
    if store.embedded:
        raise StoreError("not_distributable")
    try:
        with store.write() as connection:
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS citus"))
    except sa.exc.DBAPIError as error:
        message = str(error.orig).splitlines()[0]
        raise StoreError("no_citus", message=message) from error
    done = []
    with store.write() as connection:
        known = sa.text("SELECT logicalrelid::regclass::text FROM pg_dist_partition")
        there = {row[0] for row in connection.execute(known)}
        for table, column in DISTRIBUTED.items():
            if table.name not in there:
                call = sa.func.create_distributed_table(table.name, column)
                connection.execute(sa.select(call))
                done.append(table.name)
        for table in REFERENCE:
            if table.name not in there:
                connection.execute(sa.select(sa.func.create_reference_table(table.name)))
                done.append(table.name)
    return done
