"""Excel workbooks (xlsx, xlsm, xlsb, xls, ods) through calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from data.importing.detect import best_match
from data.importing.errors import ImportFailure
from data.importing.headers import header_key
from data.importing.preset import Preset
from data.importing.readers.base import CHUNK_ROWS, PREVIEW_ROWS, Chunk, columns_of


class SheetTable:
    """The sheet of a workbook that holds the orders, and further sheets with the same header."""

    header: list[str] | None = None

    def __init__(self, path: Path, name: str | None, presets: dict[str, Preset]) -> None:
        self.name = name or path.name
        try:
            self.book = CalamineWorkbook.from_path(str(path))
            names = [m.name for m in self.book.sheets_metadata if "Work" in str(m.typ)]
            sheets = [self.book.get_sheet_by_name(n) for n in names]
        except PasswordError as error:
            raise ImportFailure("password", file=self.name) from error
        except (CalamineError, OSError, ValueError) as error:
            raise ImportFailure("unreadable", file=self.name, message=str(error)) from error
        filled = [s for s in sheets if s.total_height]
        if not filled:
            raise ImportFailure("empty_file", file=self.name)
        self.sheet = max(filled, key=lambda s: self._rank(s, presets))
        self.sheets = [self.sheet, *(s for s in filled if s is not self.sheet)]
        self.about: dict[str, object] = {"format": "excel", "sheet": self.sheet.name}

    def _rank(self, sheet: CalamineSheet, presets: dict[str, Preset]) -> tuple[object, ...]:
        found = best_match(_rows(sheet, PREVIEW_ROWS), presets)
        return (found.rank if found else (False, 0.0, 0, 0), sheet.total_height)

    def preview(self) -> list[list[object]]:
        """The first rows of the chosen sheet."""
        return _rows(self.sheet, PREVIEW_ROWS)

    def total(self) -> int | None:
        """Rows of the chosen sheet."""
        return int(self.sheet.total_height)

    def chunks(self, header_row: int, wanted: Sequence[int]) -> Iterator[Chunk]:
        """Rows below the header of this sheet, then of others that have the very same header."""
        header = _keys(_rows(self.sheet, header_row + 1)[header_row])
        yield from _sheet_chunks(self.sheet, header_row, wanted, None)
        more = []
        for sheet in self.sheets[1:]:
            head = _rows(sheet, PREVIEW_ROWS)
            row = next((i for i, r in enumerate(head[:20]) if _keys(r) == header), None)
            if row is not None:
                more.append(sheet.name)
                yield from _sheet_chunks(sheet, row, wanted, sheet.name)
        self.about["further_sheets"] = more


def _keys(row: Sequence[object]) -> list[str]:
    keys = [header_key(cell) for cell in row]
    while keys and not keys[-1]:
        keys.pop()
    return keys


def _iterate(sheet: CalamineSheet) -> Iterator[list[object]]:
    """Rows from the sheet's first line on, merged cells filled from their top left one.

    Title banners (merged within one row) keep only their first cell.
    """
    start = sheet.start[0] if sheet.start else 0
    left = sheet.start[1] if sheet.start else 0
    width = int(sheet.total_width)
    spans = [
        (top, c0, bottom)
        for (top, c0), (bottom, _) in (sheet.merged_cell_ranges or [])
        if bottom > top
    ]
    tops = {(top, c0): None for top, c0, _ in spans}
    covered: dict[tuple[int, int], tuple[int, int]] = {}
    for top, c0, bottom in spans:
        if bottom - top < 100_000:
            covered.update({(r, c0): (top, c0) for r in range(top + 1, bottom + 1)})
    values: dict[tuple[int, int], object] = {}
    for _ in range(start):
        yield [""] * width
    for offset, cells in enumerate(sheet.iter_rows()):
        row_number = start + offset
        row: list[object] = [""] * left + list(cells) if len(cells) < width else list(cells)
        row += [""] * (width - len(row))
        if spans:
            for column in range(len(row)):
                place = (row_number, column)
                if place in tops:
                    values[place] = row[column]
                elif place in covered and row[column] in ("", None):
                    row[column] = values.get(covered[place], "")
        yield row


def _rows(sheet: CalamineSheet, count: int) -> list[list[object]]:
    return list(islice(_iterate(sheet), count))


def _sheet_chunks(
    sheet: CalamineSheet, header_row: int, wanted: Sequence[int], place: str | None
) -> Iterator[Chunk]:
    rows: list[list[object]] = []
    numbers: list[int] = []
    for index, row in enumerate(_iterate(sheet)):
        if index <= header_row or not any(cell not in ("", None) for cell in row):
            continue
        rows.append(row)
        numbers.append(index + 1)
        if len(rows) >= CHUNK_ROWS:
            yield Chunk(np.array(numbers), columns_of(rows, wanted), place=place)
            rows, numbers = [], []
    if rows:
        yield Chunk(np.array(numbers), columns_of(rows, wanted), place=place)
