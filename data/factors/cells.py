"""The cells of a file of factors: a column per factor, or a row per factor and day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from data.factors.catalogue import Catalogue
from data.factors.units import by_word
from data.importing.headers import header_key
from data.importing.values import as_number
from data.registers.files import RowFault

if TYPE_CHECKING:
    from data.factors.sheet import Preset, Sheet

Array = np.ndarray[Any, np.dtype[np.float64]]
_BRACKET = re.compile(r"[(\[（【]\s*([^)\]）】]+?)\s*[)\]）】]\s*$")


@dataclass
class Column:
    """One factor of a file: values (NaN: none), the texts they were, and how they are converted."""

    factor: str
    key: str
    values: Array
    texts: list[str | None]
    decimals: int
    convert: Callable[[Array], Array] | None = None
    rank: int = 0


@dataclass
class Columns:
    """Every factor found, and the headings that are none."""

    rows: list[Column] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


def wide(sheet: Sheet, rule: Preset, known: Catalogue) -> Columns:
    """A column per factor, by the preset's headings, else by the catalogue's names."""
    named = {header_key(head): code for head, code in rule.columns.items()}
    general = known.named() if not rule.columns else {}
    places = (rule.day, rule.area, rule.station, rule.unit)
    taken = {sheet.first(names) for names in places}
    out, ignored = Columns(), []
    for rank, (key, texts) in enumerate(sheet.columns.items()):
        if key in taken:
            continue
        factor = named.get(key) or general.get(key)
        if factor is None:
            ignored.append(sheet.heads[key])
            continue
        place = list(named).index(key) if key in named else rank
        column = _column(sheet, key, factor, texts, rule.nothing, place)
        if not rule.columns:
            column.convert = _unit_of(sheet, key, known.factors[factor].kind)
        out.rows.append(column)
    out.ignored = tuple(ignored)
    if rule.count is not None:
        ones = np.ones(len(sheet.rows))
        day = sheet.first(rule.day) or ""
        out.rows.append(Column(rule.count, day, ones, [None] * len(ones), 0, lambda v: v))
    return out


def long(sheet: Sheet, rule: Preset, known: Catalogue) -> Columns:
    """A row per day and factor, its unit beside it where the file states one."""
    head, amount = sheet.first(rule.factor), sheet.first(rule.amount)
    if head is None or amount is None:
        sheet.faults.append(
            RowFault(sheet.file, sheet.header_row, "", "", "no_amount",
                     {"names": ", ".join(rule.amount)})
        )  # fmt: skip
        return Columns([], ())
    named, unit = known.named(), sheet.first(rule.unit)
    codes: list[str | None] = []
    for i, text in enumerate(sheet.columns[head]):
        code = named.get(header_key(text)) if text else None
        if code is None and (text or sheet.columns[amount][i]):
            sheet.faults.append(
                RowFault(
                    sheet.file, int(sheet.rows[i]), sheet.heads[head], text or "",
                    "unknown_factor", {"known": ", ".join(known.factors)},
                )
            )  # fmt: skip
        codes.append(code)
    whole = _column(sheet, amount, "", sheet.columns[amount], rule.nothing, 0)
    out = Columns()
    for code in dict.fromkeys(c for c in codes if c):
        mine = np.array([c == code for c in codes])
        values = np.where(mine, whole.values, np.nan)
        if unit is not None:
            values = _by_row(sheet, unit, values, known.factors[code].kind)
        out.rows.append(Column(code, amount, values, whole.texts, whole.decimals, lambda v: v))
    return out


def areas(sheet: Sheet, rule: Preset) -> list[str | None]:
    """The area of each row; none means the whole city."""
    head = sheet.first(rule.area)
    return [None] * len(sheet.rows) if head is None else sheet.columns[head]


def _column(
    sheet: Sheet, key: str, factor: str, texts: list[str | None], nothing: tuple[str, ...],
    rank: int,
) -> Column:  # fmt: skip
    plain = [None if text is None or text.strip() in nothing else text for text in texts]
    read = as_number(pa.array(plain, pa.string()))
    for i in np.flatnonzero(read.bad):
        sheet.faults.append(
            RowFault(sheet.file, int(sheet.rows[i]), sheet.heads[key], str(plain[i]), "bad_number")
        )
    values = np.array([np.nan if v is None else float(v) for v in read.values.to_pylist()])
    decimals = max(
        (len(text.strip().rpartition(".")[2]) for text in plain if text and "." in text), default=0
    )
    return Column(factor, key, values, texts, decimals, rank=rank)


def _unit_of(sheet: Sheet, key: str, kind: Any) -> Callable[[Array], Array] | None:
    """The conversion of the unit in a heading's brackets; none: the catalogue's unit."""
    found = _BRACKET.search(sheet.heads[key])
    if found is None or kind == "plain":
        return None
    convert = by_word(kind, found[1])
    if convert is None:
        sheet.faults.append(
            RowFault(sheet.file, sheet.header_row, sheet.heads[key], found[1], "unknown_unit")
        )
    return convert


def _by_row(sheet: Sheet, unit: str, values: Array, kind: Any) -> Array:
    out = values.copy()
    for i in np.flatnonzero(np.isfinite(values)):
        word = sheet.columns[unit][i]
        if word is None or kind == "plain":
            continue
        convert = by_word(kind, word)
        if convert is None:
            sheet.faults.append(
                RowFault(sheet.file, int(sheet.rows[i]), sheet.heads[unit], word, "unknown_unit")
            )
            continue
        out[i] = float(convert(np.array([values[i]]))[0])
    return out
