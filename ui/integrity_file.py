"""Results of audit calls out of a file: the exported list with its answers filled in. No widgets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from data.audit_calls import ANSWERS
from metrics.audit import QUESTIONS
from words import LANGS, say

HEADINGS = ("source", "order_id", "unit", *ANSWERS)
NEEDED = ("order_id", *ANSWERS)
ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file: a code of ``page.integrity.file``, with row, column and value."""

    code: str
    row: int = 0
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Parsed:
    """Results read from a file, and its faults (with any, nothing is to be saved)."""

    results: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blank: int = 0


def parse(content: bytes, name: str, drawn: pd.DataFrame) -> Parsed:
    """Read a filled-in list. ``drawn``: source, order_id, unit of the draw it belongs to.

    Rows without any answer are left out (``blank``). An answer beyond "reached" needs
    somebody who was reached.
    """
    frame = _table(content, name)
    if frame is None:
        return Parsed(faults=[Fault("unreadable", value=name)])
    known = {say(f"page.integrity.audit.column.{c}", lang): c for c in HEADINGS for lang in LANGS}
    known |= {c: c for c in HEADINGS}
    # The row of headings: comments may stand above it.
    rows = frame.to_numpy().tolist()
    at = next(
        (k for k, row in enumerate(rows) if len({known.get(c) for c in row} - {None}) >= 3), None
    )
    if at is None:
        return Parsed(faults=[Fault("no_heading", value=name)])
    places = {known[c]: k for k, c in enumerate(rows[at]) if c in known}
    gone = [c for c in NEEDED if c not in places]
    if gone:
        return Parsed(faults=[Fault("no_column", row=at + 1, column=c) for c in gone])
    return _rows(rows, at, places, drawn)


def _rows(rows: list[list[str]], at: int, places: Mapping[str, int], drawn: pd.DataFrame) -> Parsed:
    by_id: dict[str, list[tuple[str, str]]] = {}
    for one in drawn.itertuples():
        by_id.setdefault(str(one.order_id), []).append((str(one.source), str(one.unit)))
    results: list[dict[str, Any]] = []
    faults: list[Fault] = []
    seen: set[tuple[str, str]] = set()
    blank = 0
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        cells = {name: row[k].strip() for name, k in places.items()}
        if not any(cells.values()):
            continue
        answers, bad = _answers(cells, number)
        faults += bad
        if all(a is None for a in answers.values()) and not bad:
            blank += 1
            continue
        where = by_id.get(cells["order_id"], [])
        where = [w for w in where if not cells.get("source") or w[0] == cells["source"]]
        if not where:
            faults.append(Fault("not_drawn", number, "order_id", cells["order_id"]))
            continue
        source, unit = where[0]
        if (source, cells["order_id"]) in seen:
            faults.append(Fault("twice", number, "order_id", cells["order_id"]))
            continue
        seen.add((source, cells["order_id"]))
        if answers["reached"] is None and not any(f.column == "reached" for f in bad):
            faults.append(Fault("reached_missing", number, "reached", ""))
        elif answers["reached"] is False and any(answers[q] is not None for q in QUESTIONS):
            faults.append(Fault("answer_unreached", number, "reached", cells["reached"]))
        results.append({"source": source, "order_id": cells["order_id"], "unit": unit, **answers})
    return Parsed([] if faults else results, faults, blank)


def _answers(cells: Mapping[str, str], number: int) -> tuple[dict[str, bool | None], list[Fault]]:
    out: dict[str, bool | None] = {}
    faults = []
    for name in ANSWERS:
        text = cells[name].lower()
        if text in _YES | _NO:
            out[name] = text in _YES
        else:
            out[name] = None
            if text:
                faults.append(Fault("bad_answer", number, name, cells[name]))
    return out, faults


_YES = {"1", "1.0", "y", "true", *(say("value.bool.true", lang).lower() for lang in LANGS)}
_NO = {"0", "0.0", "n", "false", *(say("value.bool.false", lang).lower() for lang in LANGS)}


def _table(content: bytes, name: str) -> pd.DataFrame | None:
    """Every cell as text; ``None`` where the file is neither a table nor a workbook."""
    if name.lower().endswith((".xlsx", ".xls")):
        try:
            frame = pd.read_excel(io.BytesIO(content), header=None, dtype=str, engine="calamine")
        except Exception:  # whatever a broken workbook raises: it is unreadable
            return None
        return frame.fillna("")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = list(csv.reader(text.splitlines()))
        width = max((len(row) for row in rows), default=0)
        return pd.DataFrame([row + [""] * (width - len(row)) for row in rows], dtype="object")
    return None
