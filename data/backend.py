"""What differs between engines, as one small interface (one module per engine)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa

from data.settings import Settings
from data.tables import Query, Types


class StoreError(Exception):
    """The store cannot be used: a code and parameters (words: ``store.<code>``)."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details


class StoreLocked(StoreError):
    """Another process owns the embedded file."""


class Backend(Protocol):
    """One engine: how to connect, lock, load and merge."""

    embedded: bool
    row_order: str  # column of a staged relation that rises with every row

    def connect(self, settings: Settings) -> sa.Engine:
        """An engine that has been connected once. Raises :class:`StoreError`."""

    def after_create(self, connection: sa.Connection) -> None:
        """Indexes and what else the tables need on this engine."""

    def lock(self, connection: sa.Connection) -> None:
        """Let one writer in until the transaction ends."""

    def stage(
        self, connection: sa.Connection, stage: sa.Table, files: Sequence[Path], batch: int
    ) -> None:
        """Make the rows of a batch's order files readable under the name of ``stage``."""

    def unstage(
        self, connection: sa.Connection, stage: sa.Table, rows: sa.ColumnElement[bool]
    ) -> None:
        """Take staged rows out again."""

    def restate(
        self,
        connection: sa.Connection,
        stage: sa.Table,
        given: sa.Table,
        keys: Sequence[str],
        columns: Sequence[str],
    ) -> None:
        """Staged rows that ``given`` has by ``keys`` take its values of ``columns``."""

    def drop(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Drop the staged relation."""

    def load(self, connection: sa.Connection, table: sa.Table, files: Sequence[Path]) -> None:
        """Append parquet files (columns by name) to a table, as fast as the engine can."""

    def merge(
        self, connection: sa.Connection, source: sa.Select[Any], columns: Sequence[str]
    ) -> None:
        """Put the rows of ``source`` into ``orders`` by key; matching rows get ``columns``."""

    def analyze(self, connection: sa.Connection, *tables: sa.Table) -> None:
        """Tell the planner about freshly filled tables."""

    def fetch(self, connection: sa.Connection, statement: Query, types: Types) -> pa.Table:
        """All rows of a select."""

    def stream(
        self, connection: sa.Connection, statement: Query, types: Types, size: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a select in record batches, without holding them all."""
