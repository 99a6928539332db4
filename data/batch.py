"""Batch directories: the one way orders enter a store, written whole or not at all.

A batch is made under a temporary name in the inbox, every file fsynced, then
renamed to ``<utc>-<digest12>``. A kill at any moment leaves either no batch or a
whole one; leftovers (``.tmp-…``) are swept by :func:`sweep`.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.frames import ARROW_SCHEMA, REJECTS_SCHEMA, conform

TEMPORARY = ".tmp-"
MANIFEST = "batch.json"
REGISTERS = "registers.json"
BOUNDARIES = "boundaries.parquet"
DIMENSIONS = ("units", "areas", "categories", "factors")
_STALE = timedelta(days=1)


@dataclass(frozen=True)
class BatchInfo:
    """``batch.json``: what a batch is and where it came from.

    ``digest`` identifies the content: the same file read with the same preset has
    the same digest, and the ledger takes each digest once. ``meta`` entries are
    written to the ``meta`` table.
    """

    digest: str
    source: str
    rows_read: int
    preset: str | None = None
    file_name: str | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)


class BatchError(ValueError):
    """A directory that is not a whole batch. ``code`` is a words key below ``batch.error``."""

    def __init__(self, code: str, path: Path, **details: object) -> None:
        super().__init__(f"{path}: {code} {details or ''}".rstrip())
        self.code = code
        self.details: dict[str, object] = {"path": str(path), **details}


class Refused(Exception):
    """A batch that must not enter the store: a code and parameters (``batch.error.<code>``)."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(f"{code} {details}")
        self.code, self.details = code, details


class BatchWriter:
    """Writes one batch: ``add`` orders in pieces, ``finish`` once (or ``discard``).

    Use as a context manager: leaving it without :meth:`finish` removes everything.
    """

    def __init__(self, inbox: Path) -> None:
        inbox.mkdir(parents=True, exist_ok=True)
        self.inbox = inbox
        self.temporary = inbox / f"{TEMPORARY}{uuid.uuid4().hex}"
        self.temporary.mkdir()
        self.rows = 0
        self._parts = 0
        self._done = False

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._done:
            self.discard()

    def add(self, orders: pa.Table | pd.DataFrame) -> None:
        """Write orders (canonical columns) as the next ``orders-*.parquet``."""
        table = conform(orders) if isinstance(orders, pd.DataFrame) else orders
        if table.schema != ARROW_SCHEMA:
            table = table.select(ARROW_SCHEMA.names).cast(ARROW_SCHEMA)
        _write(table, self.temporary / f"orders-{self._parts:05d}.parquet")
        self._parts += 1
        self.rows += table.num_rows

    def add_rejects(self, rejects: pa.Table | pd.DataFrame) -> None:
        """Write ``rejects.parquet`` (columns of ``data.frames.REJECTS_SCHEMA``)."""
        if isinstance(rejects, pd.DataFrame):
            rejects = pa.Table.from_pandas(rejects, schema=REJECTS_SCHEMA, preserve_index=False)
        _write(rejects.cast(REJECTS_SCHEMA), self.temporary / "rejects.parquet")

    def add_dimension(self, name: str, rows: pa.Table | pd.DataFrame) -> None:
        """Write ``units``, ``areas``, ``categories`` or ``factors`` (columns of that table)."""
        if name not in DIMENSIONS:
            raise ValueError(f"not a dimension: {name}")
        if isinstance(rows, pd.DataFrame):
            rows = pa.Table.from_pandas(rows, preserve_index=False)
        _write(rows, self.temporary / f"{name}.parquet")

    def add_registers(self, given: Sequence[Mapping[str, Any]]) -> None:
        """Write ``registers.json``: files of registers as plain data (``data.registers.files.dump``)."""
        text = json.dumps(list(given), ensure_ascii=False)
        with (self.temporary / REGISTERS).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def add_boundaries(self, rows: pa.Table) -> None:
        """Write the areas of a file of boundaries (``data.boundaries.travelling``)."""
        _write(rows, self.temporary / BOUNDARIES)

    def finish(self, info: BatchInfo) -> Path:
        """Seal the batch under its final name and return it.

        A batch without orders still gets one empty ``orders`` file.
        """
        if not self._parts:
            self.add(ARROW_SCHEMA.empty_table())
        manifest = self.temporary / MANIFEST
        text = json.dumps(_plain(info), ensure_ascii=False, indent=1, default=str)
        with manifest.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _sync_directory(self.temporary)
        final = self._name(info.digest)
        self.temporary.rename(final)
        _sync_directory(self.inbox)
        self._done = True
        return final

    def discard(self) -> None:
        """Remove what was written so far."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self._done = True

    def _name(self, digest: str) -> Path:
        # Names sort in order of arrival: newest wins when batches share orders.
        moment = datetime.now(UTC)
        while True:
            name = self.inbox / f"{moment:%Y%m%dT%H%M%S%f}Z-{digest[:12]}"
            if not name.exists():
                return name
            moment += timedelta(microseconds=1)


@dataclass(frozen=True)
class Batch:
    """A whole batch directory, read lazily."""

    path: Path
    info: BatchInfo

    @property
    def order_files(self) -> list[Path]:
        """The order files in the order they were written."""
        return sorted(self.path.glob("orders-*.parquet"))

    def orders(self) -> Iterator[pa.Table]:
        """The orders, one table per file."""
        for path in self.order_files:
            yield pq.read_table(path, schema=ARROW_SCHEMA)

    def rejects(self) -> pa.Table:
        """The rejected rows and warnings (empty table when there are none)."""
        path = self.path / "rejects.parquet"
        return pq.read_table(path) if path.exists() else REJECTS_SCHEMA.empty_table()

    def registers(self) -> list[dict[str, Any]]:
        """The files of registers given with the batch, as plain data."""
        path = self.path / REGISTERS
        return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []

    def boundaries(self) -> pa.Table | None:
        """The areas of a file of boundaries, else ``None``."""
        path = self.path / BOUNDARIES
        return pq.read_table(path) if path.exists() else None

    def dimension(self, name: str) -> pa.Table | None:
        """A dimension table given with the batch, else ``None``."""
        path = self.path / f"{name}.parquet"
        return pq.read_table(path) if path.exists() else None


def read_batch(path: Path) -> Batch:
    """Open a batch directory.

    Raises :class:`BatchError` when the manifest or the order files are missing or unreadable.
    """
    try:
        tree = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        info = BatchInfo(**{k: tree[k] for k in BatchInfo.__dataclass_fields__ if k in tree})
    except (OSError, json.JSONDecodeError, TypeError) as error:
        raise BatchError("bad_manifest", path, message=str(error)) from error
    batch = Batch(path, info)
    if not batch.order_files:
        raise BatchError("no_orders", path)
    for file in batch.order_files:
        try:
            schema = pq.read_schema(file)
        except (OSError, pa.ArrowInvalid) as error:
            raise BatchError("unreadable", path, file=file.name, message=str(error)) from error
        if not schema.equals(ARROW_SCHEMA):
            raise BatchError("bad_columns", path, file=file.name)
    return batch


def waiting(inbox: Path) -> list[Path]:
    """Whole batches in the inbox, oldest first (``done`` and temporaries left out)."""
    if not inbox.is_dir():
        return []
    return sorted(
        path
        for path in inbox.iterdir()
        if not path.name.startswith(".") and (path / MANIFEST).is_file()
    )


def sweep(inbox: Path, older_than: timedelta = _STALE) -> list[Path]:
    """Remove temporaries that a killed process left behind; returns what was removed."""
    limit = datetime.now(UTC).timestamp() - older_than.total_seconds()
    gone = []
    for path in inbox.glob(f"{TEMPORARY}*"):
        if path.stat().st_mtime < limit:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            gone.append(path)
    return gone


def write_batch(
    inbox: Path,
    info: BatchInfo,
    orders: Sequence[pa.Table | pd.DataFrame],
    *,
    rejects: pa.Table | pd.DataFrame | None = None,
    dimensions: Mapping[str, pa.Table | pd.DataFrame] | None = None,
) -> Path:
    """Write a small batch in one call (see :class:`BatchWriter` for large ones)."""
    with BatchWriter(inbox) as writer:
        for piece in orders:
            writer.add(piece)
        if rejects is not None:
            writer.add_rejects(rejects)
        for name, rows in (dimensions or {}).items():
            writer.add_dimension(name, rows)
        return writer.finish(info)


def _write(table: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd", compression_level=1)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plain(info: BatchInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in BatchInfo.__dataclass_fields__}
