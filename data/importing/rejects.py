"""Rejected rows and warnings, kept with file, row, column, value and reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from data.frames import REJECTS_SCHEMA
from data.importing.privacy import mask_text
from data.importing.readers.base import Chunk

VALUE_LENGTH = 200
WARNINGS_KEPT = 10_000
"""Warnings kept per column and reason; all are counted."""


class Rejects:
    """Collects what was wrong. ``rows``: the row was left out; ``warnings``: one field was.

    A reject's ``details`` say ``"level": "row"`` or ``"level": "field"``, the words'
    holes, and ``"line"`` when the text line differs from the row.
    """

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.rows: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self._kept: Counter[tuple[str | None, str]] = Counter()
        self._parts: list[pa.Table] = []

    def add(
        self,
        chunk: Chunk,
        where: Sequence[int] | np.ndarray[Any, Any],
        column: str | None,
        values: Sequence[str | None],
        reason: str,
        *,
        whole_row: bool,
        details: dict[str, object] | None = None,
    ) -> None:
        """Add the rows of a chunk at positions ``where`` with their cell texts."""
        index = np.asarray(where, dtype="int64")
        if not len(index):
            return
        (self.rows if whole_row else self.warnings)[reason] += len(index)
        if not whole_row:
            room = WARNINGS_KEPT - self._kept[column, reason]
            index, values = index[: max(room, 0)], values[: max(room, 0)]
            self._kept[column, reason] += len(index)
        lines = None if chunk.lines is None else chunk.lines[index].tolist()
        rows = chunk.rows[index].tolist()
        base = {"level": "row" if whole_row else "field", **(details or {})}
        texts = [
            _json(base if lines is None or lines[i] == row else {**base, "line": lines[i]})
            for i, row in enumerate(rows)
        ]
        self._store(chunk.place, rows, [column] * len(rows), values, [reason] * len(rows), texts)

    def add_unreadable(self, chunk: Chunk) -> None:
        """Add the rows that the reader could not make sense of."""
        bad = chunk.bad
        self.rows.update(b.reason for b in bad)
        details = [_json({"level": "row", **b.details}) for b in bad]
        self._store(
            chunk.place,
            [b.row for b in bad],
            [None] * len(bad),
            # a broken row may show a name in any place: its number must do
            [None] * len(bad),
            [b.reason for b in bad],
            details,
        )

    def table(self) -> pa.Table:
        """All of them, in the order of the file."""
        if not self._parts:
            return REJECTS_SCHEMA.empty_table()
        return pa.concat_tables(self._parts).sort_by(
            [("file_name", "ascending"), ("row_number", "ascending")]
        )

    def _store(
        self,
        place: str | None,
        rows: list[int],
        columns: list[Any],
        values: Sequence[str | None],
        reasons: list[str],
        details: list[str],
    ) -> None:
        if not rows:
            return
        name = f"{self.file_name} [{place}]" if place else self.file_name
        shown = [_shown(value) for value in values]
        data = [[name] * len(rows), rows, columns, shown, reasons, details]
        self._parts.append(pa.table(data, schema=REJECTS_SCHEMA))


def _shown(value: str | None) -> str | None:
    """A cell fit to be shown: masked, at most 200 characters."""
    if value is None:
        return None
    masked = mask_text(value[: 4 * VALUE_LENGTH])
    return masked if len(masked) <= VALUE_LENGTH else masked[: VALUE_LENGTH - 1] + "…"


def _json(tree: dict[str, object]) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str)
