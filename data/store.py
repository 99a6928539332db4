"""The store: one set of tables and selects, on an embedded file or a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from data import schema
from data.backend import Backend, StoreError, StoreLocked
from data.cell_counts import recount_cells
from data.duckdb_engine import DuckDB
from data.postgres_engine import Postgres
from data.settings import Settings, settings
from data.tables import Query, to_pandas, types_of
from metrics.conditions import EVERYTHING, dump, fingerprint

__all__ = ["AsOf", "Store", "StoreError", "StoreLocked", "open_store"]

SCHEMA_VERSION = "2"

_BACKENDS: dict[str, type[DuckDB] | type[Postgres]] = {
    "duckdb": DuckDB,
    "postgresql": Postgres,
    "postgres": Postgres,
}


def is_simulated(value: str | None) -> bool:
    """Whether a meta entry ``simulated`` says yes."""
    return (value or "").lower() in ("1", "true", "yes")


class AsOf(NamedTuple):
    """How fresh the store is: the newest order's time and the newest batch's commit time."""

    created_at: datetime | None
    committed_at: datetime | None


class Store:
    """A database of orders and everything counted from them. Safe to share between threads."""

    def __init__(self, config: Settings, backend: Backend) -> None:
        self.settings = config
        self.backend = backend
        self.engine = backend.connect(config)
        self._writing = threading.RLock()
        self._sized = -1
        self._sizes: dict[str, int] = {}
        self._create()

    @property
    def embedded(self) -> bool:
        """Whether this process owns the database file (DuckDB)."""
        return self.backend.embedded

    def now(self) -> datetime:
        """The city's wall clock, naive, to the second."""
        return self.clock(self.settings)

    @staticmethod
    def clock(config: Settings) -> datetime:
        """The wall clock of the city of these settings."""
        return datetime.now(ZoneInfo(config.zone)).replace(tzinfo=None, microsecond=0)

    def frame(self, statement: Query) -> pd.DataFrame:
        """The rows of a select as a frame with explicit dtypes (arrow all the way on DuckDB)."""
        return to_pandas(self.table(statement))

    def table(self, statement: Query) -> pa.Table:
        """The rows of a select as an arrow table of the declared types."""
        with self.engine.connect() as connection:
            return self.backend.fetch(connection, statement, types_of(statement))

    def stream(self, statement: Query, size: int = 20_000) -> Iterator[pa.RecordBatch]:
        """The rows of a select in record batches, without holding them all."""
        with self.engine.connect() as connection:
            yield from self.backend.stream(connection, statement, types_of(statement), size)

    def rows(self, statement: sa.Executable) -> list[sa.Row[Any]]:
        """The rows of a small select."""
        with self.engine.connect() as connection:
            return list(connection.execute(statement).fetchall())

    def scalar(self, statement: sa.Executable) -> Any:
        """The first column of the first row, or None."""
        with self.engine.connect() as connection:
            return connection.execute(statement).scalar()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One writing transaction; writers of all threads and processes take turns."""
        with self._writing, self.engine.begin() as connection:
            self.backend.lock(connection)
            yield connection

    def data_version(self) -> int:
        """The ledger's highest number (0: nothing was ever imported)."""
        return int(self.scalar(sa.select(sa.func.max(schema.batches.c.batch))) or 0)

    def meta(self) -> dict[str, str]:
        """Facts about the city and the data: city_zh, city_en, zone, simulated, truths …"""
        table = schema.meta
        return {row.name: row.content for row in self.rows(sa.select(table))}

    def slots(self) -> dict[tuple[str, str], str]:
        """The counts column of each counted (fingerprint, clock)."""
        table = schema.measures
        rows = self.rows(sa.select(table.c.fingerprint, table.c.clock, table.c.slot))
        return {(row.fingerprint, row.clock): row.slot for row in rows}

    def size(self, table: sa.Table) -> int:
        """How many rows a table has at the present data version (counted once for each)."""
        version = self.data_version()
        if self._sized != version:
            self._sized, self._sizes = version, {}
        if table.name not in self._sizes:
            count = sa.select(sa.func.count()).select_from(table)
            self._sizes[table.name] = int(self.scalar(count))
        return self._sizes[table.name]

    def simulated(self) -> bool:
        """Whether the orders were made up (the demo city)."""
        return is_simulated(self.meta().get("simulated"))

    def empty(self) -> bool:
        """Whether there is no order at all."""
        return not self.rows(sa.select(schema.orders.c.order_id).limit(1))

    def as_of(self) -> AsOf:
        """The newest order (rows flagged as lying in the future left out) and newest commit."""
        orders, batches = schema.orders, schema.batches
        flags = sa.func.coalesce(orders.c.flags, "")
        created = self.scalar(
            sa.select(orders.c.created_at)
            .where(orders.c.created_at.is_not(None), sa.func.strpos(flags, "time_in_future") == 0)
            .order_by(orders.c.created_at.desc().nulls_last())
            .limit(1)
        )
        # a decision changes what is counted, not until when the data reach
        files = batches.c.source.not_in(schema.WITHOUT_ORDERS)
        committed = self.scalar(sa.select(sa.func.max(batches.c.committed_at)).where(files))
        return AsOf(created, committed)

    def close(self) -> None:
        """Let go of the database (and of the embedded file's lock)."""
        with _OPEN_LOCK:
            for key in [key for key, store in _OPEN.items() if store is self]:
                del _OPEN[key]
        self.engine.dispose()

    def _create(self) -> None:
        known = sa.select(schema.meta.c.content).where(schema.meta.c.name == "schema_version")
        try:
            version = self.scalar(known)
        except sa.exc.DBAPIError:
            version = None
        if version is None:
            with self.write() as connection:
                schema.metadata.create_all(connection)
                self.backend.after_create(connection)
                if connection.execute(known).scalar() is None:
                    self._first_rows(connection)
        elif version != SCHEMA_VERSION:
            self.engine.dispose()
            raise StoreError("other_schema", found=version, wanted=SCHEMA_VERSION)
        else:
            self._add_missing()

    def _add_missing(self) -> None:
        """Tables that came with a newer cockpit are added; those that are there stay as they are."""
        there = set(sa.inspect(self.engine).get_table_names())
        missing = [table for table in schema.metadata.sorted_tables if table.name not in there]
        if missing:
            with self.write() as connection:
                schema.metadata.create_all(connection, tables=missing)
                self.backend.after_create(connection)
                if schema.counts_cell_day in missing:
                    recount_cells(connection)

    def _first_rows(self, connection: sa.Connection) -> None:
        """The version of the tables, and the two slots that every store counts."""
        version = {"name": "schema_version", "content": SCHEMA_VERSION}
        connection.execute(sa.insert(schema.meta).values(version))
        condition = json.dumps(dump(EVERYTHING))
        for slot, clock in zip(schema.SLOTS, ("created", "closed"), strict=False):
            row = {"slot": slot, "clock": clock, "condition": condition}
            row["fingerprint"] = fingerprint(EVERYTHING)
            connection.execute(sa.insert(schema.measures).values(row))


_OPEN: dict[str, Store] = {}
_OPEN_LOCK = threading.Lock()


def open_store(config: Settings | None = None) -> Store:
    """The store of this process for the URL in force; opened once, made if missing.

    Raises :class:`~data.backend.StoreLocked` when another process owns the embedded
    file, :class:`~data.backend.StoreError` when the database cannot be used.
    """
    config = config or settings()
    with _OPEN_LOCK:
        store = _OPEN.get(config.url)
        if store is None:
            backend = _BACKENDS.get(sa.make_url(config.url).get_backend_name())
            if backend is None:
                raise StoreError("unknown_engine", url=sa.make_url(config.url).drivername)
            store = _OPEN[config.url] = Store(config, backend())
        return store
