"""What every reader gives: a table of text with the row numbers a user sees."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

CHUNK_ROWS = 50_000
PREVIEW_ROWS = 60


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read as a row (``reason`` is a words key ``import.reason.*``)."""

    row: int
    reason: str
    details: dict[str, object] = field(default_factory=dict)


@dataclass
class Chunk:
    """Some rows: user row numbers and the wanted columns as text.

    ``lines`` is the physical line where each row starts, when that differs from ``rows``
    (a text file with line breaks inside cells).
    """

    rows: np.ndarray[Any, np.dtype[np.int64]]
    columns: dict[int, pa.Array]
    lines: np.ndarray[Any, np.dtype[np.int64]] | None = None
    bad: list[BadRow] = field(default_factory=list)
    place: str | None = None


class Table(Protocol):
    """An opened file or query. ``header`` is set when the format names its columns itself."""

    name: str
    header: list[str] | None
    about: dict[str, object]

    def preview(self) -> list[list[object]]:
        """The first rows, header and titles included."""
        ...

    def total(self) -> int | None:
        """About how many rows there are, when that is cheap to know."""
        ...

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows below the header; only the ``wanted`` column numbers."""
        ...


def cell_text(value: object) -> str | None:
    """A spreadsheet or JSON cell as text: whole floats without ".0", times as ISO."""
    if value is None or value == "" or value != value:  # noqa: PLR0124 (NaN)
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def text_array(cells: Sequence[object]) -> pa.Array:
    """Cells as an arrow string column (lone surrogates of broken JSON are replaced)."""
    try:
        return pa.array(cells, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        pass
    except UnicodeEncodeError:
        pass
    texts = (cell_text(cell) for cell in cells)
    return pa.array(
        [t if t is None else t.encode("utf-8", "replace").decode("utf-8") for t in texts],
        pa.string(),
    )


def columns_of(rows: Sequence[Sequence[object]], wanted: Sequence[int]) -> dict[int, pa.Array]:
    """The wanted columns of rows that all have the same width."""
    return {index: text_array([row[index] for row in rows]) for index in wanted}


def first_bytes(path: Path, size: int = 8192) -> bytes:
    """The head of a file."""
    with path.open("rb") as file:
        return file.read(size)
