"""HTML tables: what many office systems export under the name ``.xls``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from data.importing.errors import ImportFailure
from data.importing.readers.base import CHUNK_ROWS, PREVIEW_ROWS, Chunk, columns_of
from data.importing.readers.encoding import detect, open_text


class HtmlTable:
    """The largest table of an HTML file."""

    header: list[str] | None = None

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        encoding = detect(path)
        stream, _ = open_text(path, encoding.name)
        parser = _Rows()
        with stream:
            while block := stream.read(1 << 20):
                parser.feed(block)
        parser.close()
        self.rows = max(parser.tables, key=len, default=[])
        if not self.rows:
            raise ImportFailure("not_a_table", file=self.name, kind="HTML")
        width = max(map(len, self.rows))
        self.rows = [row + [""] * (width - len(row)) for row in self.rows]
        self.about: dict[str, object] = {"format": "html", "encoding": encoding.name}

    def preview(self) -> list[list[object]]:
        """The first rows."""
        return [list(row) for row in self.rows[:PREVIEW_ROWS]]

    def total(self) -> int | None:
        """Rows of the table."""
        return len(self.rows)

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """Rows below the header."""
        for start in range(header_row + 1, len(self.rows), CHUNK_ROWS):
            part = self.rows[start : start + CHUNK_ROWS]
            keep = [i for i, row in enumerate(part) if any(cell.strip() for cell in row)]
            numbers = np.array([start + 1 + i for i in keep], dtype="int64")
            yield Chunk(numbers, columns_of([part[i] for i in keep], wanted))


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self._row = []
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append(self._row)
        elif tag in ("td", "th") and self._row is not None:
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 500) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None and self._row is not None:
            self._row += ["".join(self._cell).strip(), *[""] * (self._span - 1)]
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
