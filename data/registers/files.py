"""Register files (CSV, workbooks): every row read, every fault named by file, row, column, value."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.importing.detect import HEADER_ROWS
from data.importing.errors import ImportFailure
from data.importing.headers import header_key
from data.importing.readers import Table, open_table
from data.importing.times import parse_times
from data.importing.values import as_number, clean, folded
from data.registers.columns import DAYS, FLOATS, TIMES, WHOLES, aliases, codes, needed
from data.registers.models import EVALUATION

_MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a file: ``code`` is a words key ``register.fault.<code>``; ``column`` as
    the file heads it."""

    file: str
    row: int
    column: str
    value: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class BadFile(ValueError):
    """A register file that was not taken in, with every fault found."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("; ".join(f"{f.file}:{f.row} {f.column} {f.code}" for f in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Row:
    """One row: the record's values as far as the file gives them, blank ones as ``None``."""

    row: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """A whole file of one register. ``heads``: field -> how the file heads it."""

    kind: str
    file: str
    rows: tuple[Row, ...]
    heads: Mapping[str, str]
    ignored: tuple[str, ...] = ()


def dump(given: Given) -> dict[str, Any]:
    """A file's content as plain JSON data (days as ISO text)."""
    rows = [
        {
            "row": row.row,
            "values": {
                k: v.isoformat() if isinstance(v, date) else v for k, v in row.values.items()
            },
        }
        for row in given.rows
    ]
    return {"kind": given.kind, "file": given.file, "heads": dict(given.heads), "rows": rows}


def undump(tree: Mapping[str, Any]) -> Given:
    """:func:`dump`, read back."""
    rows = tuple(Row(int(row["row"]), row["values"]) for row in tree["rows"])
    return Given(tree["kind"], tree["file"], rows, tree["heads"])


def read_file(kind: str, path: Path, name: str | None = None) -> Given:
    """Read a file of a register. ``name``: what messages call it.

    Raises :class:`~data.importing.ImportFailure` when it is no table, :class:`BadFile`
    when its header or cells cannot be read.
    """
    table = open_table(path, {}, name)
    place, found, ignored = _header(kind, table)
    rows: list[Row] = []
    faults: list[RowFault] = []
    heads = {f: head for f, (_, head) in found.items()}
    for chunk in table.chunks(place, [index for index, _ in found.values()]):
        for bad in chunk.bad:
            faults.append(RowFault(table.name, bad.row, "", "", "bad_row"))
        columns = {f: clean(chunk.columns[index]) for f, (index, _) in found.items()}
        values = {f: _convert(f, cells) for f, cells in columns.items()}
        for k, number in enumerate(chunk.rows.tolist()):
            texts = {f: cells[k].as_py() for f, cells in columns.items()}
            if all(text is None for text in texts.values()):
                continue
            one, wrong = {}, []
            for f, text in texts.items():
                one[f] = values[f][k]
                if text is not None and one[f] is None:
                    wrong.append(
                        RowFault(table.name, number, heads[f], text, _CODE.get(f, "bad_choice"))
                    )
            faults += wrong
            rows.append(Row(number, _months(one) if kind == EVALUATION else one))
    if faults:
        raise BadFile(faults)
    if not rows:
        raise ImportFailure("no_rows", file=table.name)
    return Given(kind, table.name, tuple(rows), heads, ignored)


_CODE = (
    dict.fromkeys(TIMES, "bad_moment")
    | dict.fromkeys((*DAYS, "month"), "bad_day")
    | dict.fromkeys((*FLOATS, *WHOLES), "bad_number")
)


def _header(kind: str, table: Table) -> tuple[int, dict[str, tuple[int, str]], tuple[str, ...]]:
    """The header's row, the columns found (field -> number, heading), headings not known."""
    known, preview = aliases(kind), table.preview()
    if not preview:
        raise ImportFailure("empty_file", file=table.name)
    best: tuple[int, dict[str, tuple[int, str]]] = (0, {})
    for place, cells in enumerate(preview[: 1 if table.header is not None else HEADER_ROWS]):
        found: dict[str, tuple[int, str]] = {}
        for index, cell in enumerate(cells):
            name = known.get(header_key(cell))
            if name is not None and name not in found:
                found[name] = (index, str(cell).strip())
        if len(found) > len(best[1]):
            best = place, found
    missing = [name for name in needed(kind) if name not in best[1]]
    if missing:
        raise BadFile(
            [
                RowFault(
                    table.name,
                    best[0] + 1,
                    name,
                    "",
                    "missing_column",
                    {"field": name, "kind": kind},
                )
                for name in missing
            ]
        )
    taken = {index for index, _ in best[1].values()}
    rest = tuple(
        str(cell).strip() for i, cell in enumerate(preview[best[0]])
        if i not in taken and str(cell or "").strip()
    )  # fmt: skip
    return best[0], best[1], rest


def _convert(name: str, cells: pa.Array) -> list[Any]:
    """The values of a column; unread cells as ``None``."""
    if name in DAYS:
        stamps = parse_times(cells).values.astype("datetime64[D]").astype(object)
        return [stamp if isinstance(stamp, date) else None for stamp in stamps]
    if name in TIMES:
        moments = parse_times(cells).values.astype("datetime64[us]").astype(object)
        return [moment if isinstance(moment, datetime) else None for moment in moments]
    if name in (*FLOATS, *WHOLES):
        return list(as_number(cells, whole=name in WHOLES).values.to_pylist())
    texts: list[str | None] = cells.to_pylist()
    if name in ("state", "exclusion"):
        table = codes(name)
        return [None if text is None else table.get(folded(text)) for text in texts]
    if name == "month":
        return [None if text is None else _month(text) for text in texts]
    return list(texts)


def _month(text: str) -> tuple[date, date] | None:
    """The first and last day of "2026-06", "2026年6月" or of the month a day lies in."""
    found = _MONTH.match(folded(text))
    if found is not None:
        year, month = int(found[1]), int(found[2])
    else:
        stamp = parse_times(pa.array([text])).values.astype("datetime64[D]").astype(object)[0]
        year, month = (stamp.year, stamp.month) if isinstance(stamp, date) else (0, 0)
    if not (1990 <= year <= 2200 and 1 <= month <= 12):
        return None
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _months(values: dict[str, Any]) -> dict[str, Any]:
    """A month as its first and last day; five level columns as one list (a blank one is 0)."""
    out = dict(values)
    span = out.pop("month", None)
    if span:
        out["start"] = out.get("start") or span[0]
        out["end"] = out.get("end") or span[1]
    levels = [out.pop(f"level{k}", None) for k in range(1, 6)]
    if any(level is not None for level in levels):
        out["levels"] = [level or 0 for level in levels]
    return out
