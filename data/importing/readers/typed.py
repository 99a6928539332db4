"""Tables whose format names its columns: Parquet, JSON and database queries."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.importing.errors import ImportFailure
from data.importing.readers.base import CHUNK_ROWS, PREVIEW_ROWS, Chunk, cell_text, columns_of
from data.importing.readers.encoding import Encoding, detect, open_text

_LISTS = (
    "service_requests",
    "requests",
    "records",
    "data",
    "rows",
    "items",
    "results",
    "features",
    "value",
)


def arrow_text(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Any arrow column as text: zoned times as UTC with Z, whole floats without ".0"."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if pa.types.is_dictionary(kind):
        return arrow_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        bare = pc.cast(column, pa.timestamp("us", tz=kind.tz), safe=False)
        text = pc.strftime(pc.cast(bare, pa.timestamp("us")), "%Y-%m-%dT%H:%M:%S")
        return pc.binary_join_element_wise(text, "Z", "") if kind.tz else text
    if pa.types.is_floating(kind):
        return pa.array([cell_text(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_time(kind):
        return pa.array([cell_text(_plain(v)) for v in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())


def _plain(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


class ParquetTable:
    """A Parquet file."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        try:
            self.file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise ImportFailure("unreadable", file=self.name, message=str(error)) from error
        self.header: list[str] | None = list(self.file.schema_arrow.names)
        self.about: dict[str, object] = {"format": "parquet"}

    def preview(self) -> list[list[object]]:
        """Header and first rows."""
        batch = next(self.file.iter_batches(PREVIEW_ROWS), None)
        rows = [] if batch is None else [list(row.values()) for row in batch.to_pylist()]
        return [list(self.header or []), *rows]

    def total(self) -> int | None:
        """Rows by the file's footer."""
        return int(self.file.metadata.num_rows)

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """All rows; the first one is row 1."""
        del header_row
        names = self.header or []
        row = 0
        for batch in self.file.iter_batches(CHUNK_ROWS, columns=[names[i] for i in wanted]):
            by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
            columns = {i: arrow_text(by_name[names[i]]) for i in wanted}
            yield Chunk(np.arange(row + 1, row + 1 + batch.num_rows), columns)
            row += batch.num_rows


class RecordTable:
    """Rows that are already in memory as dictionaries (JSON)."""

    def __init__(self, name: str, records: list[dict[str, Any]], about: dict[str, object]) -> None:
        self.name = name
        self.records = records
        header: dict[str, None] = {}
        for record in records:
            header.update(dict.fromkeys(map(str, record)))
        self.header: list[str] | None = list(header)
        self.about = about

    def preview(self) -> list[list[object]]:
        """Header and first rows."""
        names = self.header or []
        return [list(names), *([r.get(n) for n in names] for r in self.records[:PREVIEW_ROWS])]

    def total(self) -> int | None:
        """Number of records."""
        return len(self.records)

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """All records; the first one is row 1."""
        del header_row
        names = self.header or []
        for start in range(0, len(self.records), CHUNK_ROWS):
            part = self.records[start : start + CHUNK_ROWS]
            columns = {
                i: pa.array([_encodable(cell_text(r.get(names[i]))) for r in part], pa.string())
                for i in wanted
            }
            yield Chunk(np.arange(start + 1, start + 1 + len(part)), columns)


def _encodable(text: str | None) -> str | None:
    # JSON may hold half of a surrogate pair, which no database takes.
    return text if text is None else text.encode("utf-8", "replace").decode("utf-8")


def open_json(path: Path, name: str | None = None) -> RecordTable:
    """A JSON array, an object holding one, GeoJSON, or one object per line.

    Raises :class:`ImportFailure` with line and column where the JSON breaks.
    """
    label = name or path.name
    encoding: Encoding = detect(path)
    stream, _ = open_text(path, encoding.name)
    with stream:
        text = stream.read().lstrip("\ufeff \r\n\t")
    about: dict[str, object] = {"format": "json", "encoding": encoding.name}
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
            raise _broken(label, error.lineno, error.colno) from error
        tree = list(_json_lines(label, lines))
        about["format"] = "ndjson"
    records = _records(tree)
    if records is None:
        raise ImportFailure("no_records", file=label)
    if not records:
        raise ImportFailure("no_rows", file=label)
    return RecordTable(label, [_flat(r) for r in records], about)


def _json_lines(label: str, lines: Sequence[str]) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise _broken(label, number, error.colno) from error


def _broken(label: str, line: int, column: int) -> ImportFailure:
    return ImportFailure("bad_json", file=label, line=line, column=column)


def _records(tree: Any) -> list[dict[str, Any]] | None:
    if isinstance(tree, dict):
        for key in _LISTS:
            if isinstance(tree.get(key), list | dict):
                return _records(tree[key])
        lists = [v for v in tree.values() if isinstance(v, list)]
        if len(lists) == 1:
            return _records(lists[0])
        return [tree] if any(not isinstance(v, list | dict) for v in tree.values()) else None
    if isinstance(tree, list):
        return (
            [r for r in tree if isinstance(r, dict)]
            if any(isinstance(r, dict) for r in tree) or not tree
            else None
        )
    return None


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Nested objects as dotted keys; GeoJSON features as properties with lon and lat."""
    if record.get("type") == "Feature" and isinstance(record.get("properties"), dict):
        spot = (record.get("geometry") or {}).get("coordinates")
        record = dict(record["properties"])
        if isinstance(spot, list) and len(spot) >= 2 and not isinstance(spot[0], list):
            record.setdefault("lon", spot[0])
            record.setdefault("lat", spot[1])
    out: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            out.update({f"{key}.{k}": v for k, v in value.items()})
        else:
            out[key] = value
    return out


class QueryTable:
    """A query on any database SQLAlchemy reaches, read through a server-side cursor."""

    def __init__(self, url: str, sql: str, name: str | None = None) -> None:
        import sqlalchemy as sa

        try:
            # no pool: a city's own database must not keep our idle connections
            self.engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
            shown = self.engine.url.render_as_string(hide_password=True)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise ImportFailure("bad_url", message=str(error)) from error
        self.name = name or self.engine.url.database or shown
        self.sql = sql
        self.about: dict[str, object] = {"format": "query", "url": shown}
        self._head: list[list[object]] = []
        self.header: list[str] | None = None
        with closing(self._partitions(PREVIEW_ROWS)) as parts:
            for names, rows in islice(parts, 1):
                self.header = names
                self._head = [list(row) for row in rows]
        if not self.header:
            raise ImportFailure("no_columns", file=self.name)

    def _partitions(self, size: int) -> Generator[tuple[list[str], Sequence[Sequence[object]]]]:
        import sqlalchemy as sa

        try:
            with self.engine.connect() as connection:
                streamed = connection.execution_options(stream_results=True, max_row_buffer=size)
                with streamed.execute(sa.text(self.sql)) as result:
                    if not result.returns_rows:
                        raise ImportFailure("no_columns", file=self.name)
                    names = list(result.keys())
                    empty = True
                    for rows in result.partitions(size):
                        empty = False
                        yield names, rows
                    if empty:
                        yield names, []
        except sa.exc.SQLAlchemyError as error:
            message = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise ImportFailure("query_failed", file=self.name, message=message) from error

    def preview(self) -> list[list[object]]:
        """Column names and first rows."""
        return [list(self.header or []), *self._head]

    def total(self) -> int | None:
        """Unknown."""
        return None

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """All rows; the first one is row 1."""
        del header_row
        row = 0
        with closing(self._partitions(CHUNK_ROWS)) as parts:
            for _, rows in parts:
                if rows:
                    texts = [[cell_text(_plain(cell)) for cell in r] for r in rows]
                    yield Chunk(np.arange(row + 1, row + 1 + len(rows)), columns_of(texts, wanted))
                    row += len(rows)
