"""The server engine: PostgreSQL through psycopg 3, and Citus when a city outgrows one machine."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from data import schema
from data.backend import StoreError
from data.schema import ORDER_KEY, orders
from data.settings import Settings
from data.tables import Query, Types, from_rows

_WRITER = 12345_311  # the advisory lock of whoever writes
_BATCH_ROWS = 65_536

_INDEXES: tuple[sa.Index, ...] = (
    sa.Index("orders_key", orders.c.order_id, orders.c.source, unique=True),
    sa.Index("orders_created", orders.c.created_at),
    sa.Index("orders_closed", orders.c.closed_at),
    sa.Index("orders_created_day", orders.c.created_day, orders.c.source),
    sa.Index("orders_closed_day", orders.c.closed_day),
    sa.Index("orders_unit", orders.c.unit, orders.c.created_at),
    sa.Index("orders_district", orders.c.district, orders.c.created_at),
    sa.Index("orders_caller", orders.c.caller_key),
    sa.Index("orders_place", orders.c.place_key),
    sa.Index("counts_core_day", schema.counts_core.c.day),
    sa.Index("counts_unit_day", schema.counts_unit.c.day),
    sa.Index("counts_area_day", schema.counts_area.c.day),
    sa.Index("counts_cell_day_day", schema.counts_cell_day.c.day),
)
for _index in _INDEXES:
    # declared on the shared tables, made on PostgreSQL only
    _index.ddl_if(dialect="postgresql")


class Postgres:
    """The one module that speaks PostgreSQL."""

    embedded = False
    row_order = "ctid"

    def connect(self, settings: Settings) -> sa.Engine:
        """Connect. Raises :class:`StoreError` when the server cannot be reached."""
        url = sa.make_url(settings.url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, pool_size=8, max_overflow=32, pool_pre_ping=True)
        try:
            with engine.connect():
                return engine
        except sa.exc.DBAPIError as error:
            engine.dispose()
            shown = url.render_as_string(hide_password=True)
            raise StoreError("unreachable", url=shown, message=str(error.orig)) from error

    def after_create(self, connection: sa.Connection) -> None:
        """Nothing more: the indexes come with the tables."""

    def lock(self, connection: sa.Connection) -> None:
        """An advisory lock: one writer among all processes, readers go on."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITER)))

    def stage(
        self, connection: sa.Connection, stage: sa.Table, files: Sequence[Path], batch: int
    ) -> None:
        """A temporary table, filled by ``COPY``."""
        connection.execute(sa.schema.CreateTable(stage))
        number = sa.text(f"ALTER TABLE {stage.name} ALTER COLUMN batch SET DEFAULT {batch:d}")
        connection.execute(number)
        self.load(connection, stage, files)
        self.analyze(connection, stage)

    def unstage(
        self, connection: sa.Connection, stage: sa.Table, rows: sa.ColumnElement[bool]
    ) -> None:
        """``DELETE``."""
        connection.execute(sa.delete(stage).where(rows))
        self.analyze(connection, stage)

    def restate(
        self,
        connection: sa.Connection,
        stage: sa.Table,
        given: sa.Table,
        keys: Sequence[str],
        columns: Sequence[str],
    ) -> None:
        """``UPDATE … FROM``."""
        same = sa.and_(*(stage.c[key] == given.c[key] for key in keys))
        values = {name: given.c[name] for name in columns}
        connection.execute(sa.update(stage).values(values).where(same))

    def drop(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Drop the staged relation."""
        connection.execute(sa.schema.DropTable(stage))

    def load(self, connection: sa.Connection, table: sa.Table, files: Sequence[Path]) -> None:
        """``COPY`` from arrow, one record batch at a time."""
        cursor = _psycopg(connection).cursor()
        for file in files:
            source = pq.ParquetFile(file)
            names = [name for name in source.schema_arrow.names if name in table.c]
            columns = ", ".join(f'"{name}"' for name in names)
            statement = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)"
            with cursor.copy(statement) as copy:
                for batch in source.iter_batches(_BATCH_ROWS, columns=names):
                    copy.write(_csv(batch))

    def merge(
        self, connection: sa.Connection, source: sa.Select[Any], columns: Sequence[str]
    ) -> None:
        """``INSERT … ON CONFLICT (key) DO UPDATE``."""
        names = [column.name for column in orders.columns]
        insert = postgresql.insert(orders).from_select(names, source)
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[orders.c[key] for key in reversed(ORDER_KEY)],
                set_={name: insert.excluded[name] for name in columns},
            )
        )

    def analyze(self, connection: sa.Connection, *tables: sa.Table) -> None:
        """``ANALYZE``, so that a fresh staging table is not taken for an empty one."""
        for table in tables:
            connection.execute(sa.text(f"ANALYZE {table.name}"))

    def fetch(self, connection: sa.Connection, statement: Query, types: Types) -> pa.Table:
        """Rows, typed at the boundary."""
        return from_rows(connection.execute(statement).fetchall(), types)

    def stream(
        self, connection: sa.Connection, statement: Query, types: Types, size: int
    ) -> Iterator[pa.RecordBatch]:
        """A server-side cursor."""
        result = connection.execute(statement, execution_options={"yield_per": size})
        for rows in result.partitions(size):
            yield from from_rows(rows, types).to_batches()


def _psycopg(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _csv(batch: pa.RecordBatch) -> bytes:
    """CSV as ``COPY`` reads it: null is empty, text is quoted, NUL (unknown to PostgreSQL) is cut."""
    sink = io.BytesIO()
    pacsv.write_csv(batch, sink, pacsv.WriteOptions(include_header=False))
    return sink.getvalue().replace(b"\x00", b"")
