"""Writing the export: every listed order as CSV or XLSX, chunk by chunk, in the reader's words."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from data.tables import to_pandas
from metrics.fields import FIELDS, ORDER_FIELDS
from ui.values import Namer, column
from words import Lang, say

# The caller's code stays inside: it links a person's calls.
EXPORTED = tuple(f.name for f in ORDER_FIELDS if f.name not in ("caller_key", "h3_9"))
XLSX_ROWS = 100_000  # about a minute and a half to write
CSV_ROWS = 2_000_000
ZIP_ABOVE = 200_000
"""CSV files with more rows are handed out zipped."""

# What a spreadsheet would run as a formula when it stands first in a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Told = Callable[[int], None]
"""Called with the number of rows written so far."""


def headers(lang: Lang) -> list[str]:
    """The names of the exported columns."""
    return [say(f"field.{name}", lang) for name in EXPORTED]


def localised(batch: pa.RecordBatch, lang: Lang, name: Namer) -> pd.DataFrame:
    """A chunk with values in words; times, days and numbers stay what they are."""
    frame = to_pandas(pa.Table.from_batches([batch]))
    out = {}
    for field in EXPORTED:
        kind = FIELDS[field].kind
        plain = kind in ("int", "float", "time", "date")
        out[field] = frame[field] if plain else harmless(column(frame, field, lang, name))
    return pd.DataFrame(out)


def harmless(texts: pd.Series) -> pd.Series:
    """Texts that a spreadsheet cannot take for a formula (citizens write anything)."""
    return texts.where(~texts.str.startswith(_FORMULA), "'" + texts)


def write_csv(
    path: Path,
    batches: Iterable[pa.RecordBatch],
    head: Sequence[str],
    lang: Lang,
    name: Namer,
    told: Told = lambda _rows: None,
    *,
    zipped: bool = False,
) -> int:
    """Write a CSV that Excel opens rightly (UTF-8 with mark), circumstances on top. Returns rows."""
    rows = 0
    with ExitStack() as stack:
        if zipped:
            packed = stack.enter_context(zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED))
            inner = stack.enter_context(packed.open(f"{path.stem}.csv", "w", force_zip64=True))
            file: Any = stack.enter_context(io.TextIOWrapper(inner, "utf-8-sig", newline=""))
        else:
            file = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
        file.writelines(f"# {' '.join(line.split())}\n" for line in head)
        csv.writer(file, lineterminator="\n").writerow(headers(lang))
        for batch in batches:
            frame = localised(batch, lang, name)
            frame.to_csv(
                file, header=False, index=False, lineterminator="\n",
                date_format="%Y-%m-%d %H:%M:%S",
            )  # fmt: skip
            rows += len(frame)
            told(rows)
    return rows


def write_xlsx(
    path: Path,
    batches: Iterable[pa.RecordBatch],
    head: Sequence[str],
    lang: Lang,
    name: Namer,
    told: Told = lambda _rows: None,
) -> int:
    """Write a workbook with one sheet, circumstances on top. Returns rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(say("page.orders.export.sheet", lang))
    for line in head:
        sheet.append([cell(line)])
    sheet.append(headers(lang))
    rows = 0
    for batch in batches:
        frame = localised(batch, lang, name).astype(object)
        frame = frame.where(frame.notna(), None)
        for values in frame.itertuples(index=False, name=None):
            sheet.append([cell(value) for value in values])
        rows += len(frame)
        told(rows)
    book.save(path)
    return rows


def cell(value: Any) -> Any:
    """A value as a workbook takes it: no control characters, empty texts as nothing."""
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("", value) or None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value
