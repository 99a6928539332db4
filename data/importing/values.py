"""Cells to values: trimmed text, enumerations, yes/no, numbers. Works on distinct values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Mask = np.ndarray[Any, np.dtype[np.bool_]]

NOTHING = (
    "",
    "-",
    "--",
    "—",
    "——",
    "/",
    "\\",
    "null",
    "(null)",
    "none",
    "nan",
    "nat",
    "na",
    "n/a",
    "#n/a",
    "<na>",
)
"""What every file may write for "missing" (compared without case and width)."""

YES = ("true", "t", "yes", "y", "1", "1.0", "是", "有", "对", "√", "✓", "✔", "已", "已联系", "on")
NO = (
    "false",
    "f",
    "no",
    "n",
    "0",
    "0.0",
    "否",
    "无",
    "未",
    "没有",
    "×",
    "✗",
    "✘",
    "x",
    "未联系",
    "off",
)

_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d{1,2}$")
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
_TRIM = " \t\r\n\v\f\u3000\u00a0\ufeff\u200b"


@dataclass(frozen=True)
class Read:
    """A converted column: ``values`` (null where missing or unread) and which cells were ``bad``."""

    values: pa.Array
    bad: Mask


def folded(text: object) -> str:
    """How values are compared: NFKC, no case, inner spaces single, outer ones gone."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def by_distinct(column: pa.Array, function: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """``function`` over a string column, called once per distinct value."""
    codes = column.dictionary_encode()
    table = pa.array([function(text) for text in codes.dictionary.to_pylist()], kind)
    return table.take(codes.indices)


def clean(column: pa.Array, nothing: Iterable[str] = ()) -> pa.Array:
    """Trimmed text with NUL characters gone and everything that means "missing" as null."""
    out = pc.utf8_trim(column, _TRIM)
    if pc.any(pc.match_substring(out, "\0")).as_py():
        out = pc.utf8_trim(pc.replace_substring(out, "\0", ""), _TRIM)
    words = frozenset(map(folded, (*NOTHING, *nothing)))
    longest = max(map(len, words))
    short = pc.less_equal(pc.utf8_length(out), longest)
    if not pc.any(short).as_py():
        return out
    some = out.filter(pc.fill_null(short, False)).dictionary_encode().dictionary
    gone = [text for text in some.to_pylist() if folded(text) in words]
    if not gone:
        return out
    return pc.if_else(pc.is_in(out, pa.array(gone, pa.string())), None, out)


def as_code(column: pa.Array, table: Mapping[str, str]) -> Read:
    """Enumeration codes by a table of folded value to code; unknown values are bad."""
    values = by_distinct(column, lambda text: table.get(folded(text)), pa.string())
    return Read(values, _lost(column, values))


def as_bool(column: pa.Array, table: Mapping[str, str]) -> Read:
    """Yes/no by the preset's table (codes "true", "false"), then the usual words."""
    known = dict.fromkeys(YES, "true") | dict.fromkeys(NO, "false") | dict(table)

    def one(text: str) -> bool | None:
        code = known.get(folded(text))
        return None if code is None else code == "true"

    values = by_distinct(column, one, pa.bool_())
    return Read(values, _lost(column, values))


def as_number(column: pa.Array, whole: bool = False) -> Read:
    """Floats, or integers when ``whole`` ("3.0", "3次" and "1,200" are read, "3.5" is not)."""
    quick = _quick_float(column)
    if quick is None:
        quick = by_distinct(column, _number, pa.float64())
    quick = pc.if_else(pc.is_finite(quick), quick, None)
    if whole:
        fits = pc.and_(pc.equal(pc.round(quick), quick), pc.less(pc.abs(quick), 1e15))
        quick = pc.cast(pc.if_else(fits, quick, None), pa.int64())
    return Read(quick, _lost(column, quick))


def _quick_float(column: pa.Array) -> pa.Array | None:
    try:
        return pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        return None


def _number(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    plain = re.sub(r"[次个件天°]$", "", plain)
    return float(plain) if _NUMBER.match(plain) else None


def as_id(column: pa.Array) -> Read:
    """Order ids: spreadsheet dressing removed (="001", '001, 123.0); ids ruined to 1.01E+11 are bad."""
    out = pc.replace_substring_regex(column, r'^="?(.*?)"?$', r"\1")
    out = pc.utf8_trim(pc.replace_substring_regex(out, r"^['`‘’]+", ""), _TRIM)
    out = pc.replace_substring_regex(out, r"^(\d+)\.0+$", r"\1")
    out = pc.if_else(pc.equal(out, ""), None, out)
    ruined = pc.fill_null(pc.match_substring_regex(out, _SCIENTIFIC.pattern), False)
    bad = np.asarray(ruined.to_numpy(zero_copy_only=False))
    return Read(pc.if_else(ruined, None, out), bad)


def _lost(before: pa.Array, after: pa.Array) -> Mask:
    lost = pc.and_(pc.is_valid(before), pc.is_null(after))
    return np.asarray(lost.to_numpy(zero_copy_only=False))


def coalesce(columns: list[pa.Array], size: int) -> pa.Array:
    """The first non-null cell of each row."""
    if not columns:
        return pa.nulls(size, pa.string())
    return columns[0] if len(columns) == 1 else pc.coalesce(*columns)
