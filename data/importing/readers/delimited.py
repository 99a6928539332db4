"""CSV, TSV and their kin, read as they are: ragged rows, stray quotes, line breaks in cells.

Row numbers are those a spreadsheet shows (every record counts, blank lines too); the
physical line is kept as well.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from data.importing.errors import ImportFailure
from data.importing.readers.base import CHUNK_ROWS, PREVIEW_ROWS, BadRow, Chunk, columns_of
from data.importing.readers.encoding import Encoding, detect, open_text

DELIMITERS = (",", "\t", ";", "|", "，", "\x01")
FIELD_LIMIT = 1 << 20


class DelimitedTable:
    """A delimited text file."""

    header: list[str] | None = None

    def __init__(
        self, path: Path, name: str | None = None, encoding: Encoding | None = None
    ) -> None:
        self.path = path
        self.name = name or path.name
        self.encoding = encoding or detect(path)
        if self.encoding.empty:
            raise ImportFailure("empty_file", file=self.name)
        self._head = self._first_lines()
        self.delimiter = sniff(self._head)
        self.about: dict[str, object] = {
            "format": "tsv" if self.delimiter == "\t" else "csv",
            "encoding": self.encoding.name,
            "delimiter": self.delimiter,
        }

    def _first_lines(self) -> list[str]:
        stream, _ = open_text(self.path, self.encoding.name)
        with stream:
            lines = [_plain(line) for line in islice(stream, 400)]
        if not any(line.strip() for line in lines):
            raise ImportFailure("empty_file", file=self.name)
        return lines

    def preview(self) -> list[list[object]]:
        """The first records."""
        csv.field_size_limit(FIELD_LIMIT)
        reader = csv.reader(self._head, delimiter=self.delimiter)
        try:
            return [list(row) for row in islice(reader, PREVIEW_ROWS)]
        except csv.Error:
            lines = self._head[:PREVIEW_ROWS]
            return [list(line.rstrip("\r\n").split(self.delimiter)) for line in lines]

    def total(self) -> int | None:
        """Lines of the file: records, or a few more."""
        return self.encoding.lines

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """Rows below the header. Ragged ones come as ``BadRow``, blank ones are left out."""
        csv.field_size_limit(FIELD_LIMIT)
        stream, repairs = open_text(self.path, self.encoding.name)
        with stream:
            yield from _Records(stream, self.delimiter, header_row, wanted).chunks()
        self.about["mixed_text"], self.about["lost_characters"] = repairs


class _Records:
    """Walks the records once, keeping count of rows and lines and backing up over bad quotes."""

    def __init__(
        self, stream: Iterator[str], delimiter: str, header_row: int, wanted: Sequence[int]
    ) -> None:
        self.stream = stream
        self.delimiter = delimiter
        self.header_row = header_row
        self.wanted = wanted
        self.again: deque[str] = deque()
        self.fed: list[str] = []
        self.row = 0
        self.line = 0
        self.width = -1
        self.bad: list[BadRow] = []

    def _lines(self) -> Iterator[str]:
        while True:
            if self.again:
                line = self.again.popleft()
            else:
                raw = next(self.stream, None)
                if raw is None:
                    return
                line = _plain(raw)
            self.fed.append(line)
            yield line

    def chunks(self) -> Iterator[Chunk]:
        rows: list[list[str]] = []
        numbers: list[int] = []
        starts: list[int] = []
        for record, line in self._records():
            rows.append(record)
            numbers.append(self.row)
            starts.append(line)
            if len(rows) >= CHUNK_ROWS:
                yield self._chunk(rows, numbers, starts)
                rows, numbers, starts = [], [], []
        if rows or self.bad:
            yield self._chunk(rows, numbers, starts)

    def _records(self) -> Iterator[tuple[list[str], int]]:
        """Whole records below the header with the line each starts on; the rest goes to ``bad``."""
        while True:
            reader = csv.reader(self._lines(), delimiter=self.delimiter)
            try:
                for record in reader:
                    below = self.row > self.header_row
                    fitted = self._fit(record) if below else record
                    if below and len(self.fed) > 1 and (fitted is None or self._swallowed()):
                        self._give_up_line("unclosed_quote")
                        break
                    line = self.line + 1
                    self.row += 1
                    self.line += len(self.fed)
                    self.fed.clear()
                    if fitted is None:
                        self._ragged(record, line)
                    elif below and any(record):
                        yield fitted, line
                    elif self.row - 1 == self.header_row:
                        self.width = len(record)
                else:
                    return
            except csv.Error:
                self._give_up_line("field_too_large")

    def _fit(self, record: list[str]) -> list[str] | None:
        """The record at the header's width when only empty cells are missing or too many."""
        missing = self.width - len(record)
        if missing == 0 or not record:
            return record
        if missing < 0:
            extra = record[self.width :]
            return None if any(cell.strip() for cell in extra) else record[: self.width]
        # Exports drop trailing empty cells; a row with less than half of the cells is broken.
        short = len(self.fed) > 1 or len(record) * 2 <= self.width or len(record) == 1
        return None if short else record + [""] * missing

    def _swallowed(self) -> bool:
        """Whether a record over several lines holds a whole row: then its quote was a stray one."""
        return self.width >= 5 and any(
            line.count(self.delimiter) >= self.width - 1 and line.count('"') % 2 == 0
            for line in self.fed[1:]
        )

    def _give_up_line(self, reason: str) -> None:
        _, *rest = self.fed or [""]
        self.fed.clear()
        self.again.extendleft(reversed(rest))
        self.row += 1
        self.line += 1
        self.bad.append(BadRow(self.row, reason, {"line": self.line}))

    def _ragged(self, record: list[str], line: int) -> None:
        details = {"found": len(record), "expected": self.width, "line": line}
        self.bad.append(BadRow(self.row, "ragged_row", dict(details)))

    def _chunk(self, rows: list[list[str]], numbers: list[int], starts: list[int]) -> Chunk:
        bad, self.bad = self.bad, []
        row_numbers = np.array(numbers, dtype="int64")
        lines = np.array(starts, dtype="int64")
        same = bool((row_numbers == lines).all())
        return Chunk(row_numbers, columns_of(rows, self.wanted), None if same else lines, bad)


def _plain(line: str) -> str:
    return line.replace("\0", "") if "\0" in line else line


def sniff(lines: Sequence[str]) -> str:
    """The delimiter that cuts the first lines into the most, and most equal, cells."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(r) for r in islice(csv.reader(lines, delimiter=delimiter), 60) if r]
        except csv.Error:
            widths = [line.count(delimiter) + 1 for line in lines[:60] if line.strip()]
        width, count = (
            Counter(w for w in widths if w > 1).most_common(1)[0]
            if any(w > 1 for w in widths)
            else (1, 0)
        )
        score = count / max(len(widths), 1) * min(width, 12)
        if score > best_score:
            best, best_score = delimiter, score
    return best
