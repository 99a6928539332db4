"""The embedded engine: one DuckDB file, owned by one process."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from duckdb_sqlalchemy import Dialect

from data.backend import StoreError, StoreLocked
from data.schema import ORDER_KEY, orders
from data.settings import Settings
from data.tables import Query, Types, from_arrow


class DuckDB:
    """The one module that speaks DuckDB."""

    embedded = True
    row_order = "place"

    def connect(self, settings: Settings) -> sa.Engine:
        """Open the file (made if missing). Raises :class:`StoreLocked`, :class:`StoreError`."""
        url = sa.make_url(settings.url)
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            url,
            pool_size=16,
            max_overflow=64,
            connect_args={
                "config": {
                    "memory_limit": settings.memory_limit,
                    "temp_directory": str(settings.home / "spill"),
                }
            },
        )
        try:
            with engine.connect():
                return engine
        except sa.exc.DBAPIError as error:
            engine.dispose()
            text = str(error.orig)
            if "lock" in text:
                owner = re.search(r"PID (\d+)", text)
                raise StoreLocked("locked", pid=owner.group(1) if owner else "?") from None
            raise StoreError("unreadable", path=url.database, message=text) from error

    def after_create(self, connection: sa.Connection) -> None:
        """Nothing: zone maps serve instead of indexes, MERGE instead of keys."""

    def lock(self, connection: sa.Connection) -> None:
        """Nothing: the owning process serialises its writers itself."""

    def stage(
        self, connection: sa.Connection, stage: sa.Table, files: Sequence[Path], batch: int
    ) -> None:
        """A view of the parquet files: nothing is copied before it is merged."""
        names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        given = pq.read_schema(files[0]).names
        columns = [
            column.name if column.name in given else f"{_value(column, batch)} AS {column.name}"
            for column in stage.columns
        ]
        # the last row of a key is the newest: files sort by name, rows by number
        place = "filename || lpad(CAST(file_row_number AS VARCHAR), 12, '0') AS place"
        source = f"read_parquet([{names}], filename = true, file_row_number = true)"
        connection.exec_driver_sql(
            f"CREATE OR REPLACE TEMP VIEW {stage.name} AS "
            f"SELECT {', '.join(columns)}, {place} FROM {source}"
        )

    def unstage(
        self, connection: sa.Connection, stage: sa.Table, rows: sa.ColumnElement[bool]
    ) -> None:
        """What is left becomes a table in the view's place."""
        columns = [*stage.columns, sa.literal_column(f"{stage.name}.{self.row_order}")]
        self._restage(connection, stage, sa.select(*columns).where(sa.not_(rows)))

    def restate(
        self,
        connection: sa.Connection,
        stage: sa.Table,
        given: sa.Table,
        keys: Sequence[str],
        columns: Sequence[str],
    ) -> None:
        """A table in the view's place, the given values put in."""
        same = sa.and_(*(stage.c[key] == given.c[key] for key in keys))
        there = given.c[keys[0]].is_not(None)
        values = [
            sa.case((there, given.c[c.name]), else_=c).label(c.name) if c.name in columns else c
            for c in stage.columns
        ]
        place: sa.ColumnElement[Any] = sa.literal_column(f"{stage.name}.{self.row_order}")
        whole = sa.select(*values, place).select_from(stage.outerjoin(given, same))
        self._restage(connection, stage, whole)

    def _restage(self, connection: sa.Connection, stage: sa.Table, left: sa.Select[Any]) -> None:
        kept = left.compile(connection, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"CREATE OR REPLACE TEMP TABLE tmp_kept AS {kept}")
        kind = "VIEW" if self._is_view(connection, stage) else "TABLE"
        connection.exec_driver_sql(f"DROP {kind} {stage.name}")
        connection.exec_driver_sql(f"ALTER TABLE tmp_kept RENAME TO {stage.name}")

    def drop(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Drop the staged relation."""
        kind = "VIEW" if self._is_view(connection, stage) else "TABLE"
        connection.exec_driver_sql(f"DROP {kind} {stage.name}")

    def _is_view(self, connection: sa.Connection, stage: sa.Table) -> bool:
        found = f"SELECT 1 FROM duckdb_views() WHERE view_name = '{stage.name}'"
        return connection.exec_driver_sql(found).first() is not None

    def load(self, connection: sa.Connection, table: sa.Table, files: Sequence[Path]) -> None:
        """``INSERT … SELECT`` straight from the parquet files."""
        names = [str(file) for file in files]
        # the files' order is kept: the last row of a key is the newest
        connection.execute(
            sa.text(f"INSERT INTO {table.name} BY NAME SELECT * FROM read_parquet(:files)"),
            {"files": names},
        )

    def merge(
        self, connection: sa.Connection, source: sa.Select[Any], columns: Sequence[str]
    ) -> None:
        """``MERGE INTO`` by key: no primary key needed."""
        names = [column.name for column in orders.columns]
        on = " AND ".join(f"o.{key} = s.{key}" for key in ORDER_KEY)
        rows = source.compile(connection, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(
            f"MERGE INTO {orders.name} o USING ({rows}) s ON {on} "
            f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{c} = s.{c}' for c in columns)} "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) "
            f"VALUES ({', '.join(f's.{c}' for c in names)})"
        )

    def analyze(self, connection: sa.Connection, *tables: sa.Table) -> None:
        """Nothing: DuckDB keeps its statistics itself."""

    def fetch(self, connection: sa.Connection, statement: Query, types: Types) -> pa.Table:
        """Arrow, without a Python object per value."""
        return from_arrow(_cursor(connection, statement).to_arrow_table(), types)

    def stream(
        self, connection: sa.Connection, statement: Query, types: Types, size: int
    ) -> Iterator[pa.RecordBatch]:
        """Arrow batches as DuckDB makes them."""
        for batch in _cursor(connection, statement).to_arrow_reader(size):
            yield from from_arrow(pa.Table.from_batches([batch]), types).to_batches()


def _value(column: sa.Column[Any], batch: int) -> str:
    if column.name == "batch":
        return str(batch)
    return f"CAST(NULL AS {column.type.compile(dialect=Dialect())})"


def _cursor(connection: sa.Connection, statement: Query) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return connection.execute(statement).cursor
