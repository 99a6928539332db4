"""Frames as plain JSON rows and back, to the last digit: what is published is kept as text.

A float is written with as many digits as it needs to be read back as the same float
(``repr``), on every engine; a missing value is ``null``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from metrics.scheme_model import Scheme

Row = dict[str, Any]
_TEXT = {
    "unit", "unit_type", "district", "peer_group", "group", "reason", "adjustment", "evidence",
    "note", "band",
}  # fmt: skip
_TRUE_OR_FALSE = {"ranked", "small", "tied"}
_PLACES = {
    "rank", "rank_before", "rank_change", "rank_composite", "rank_all", "of", "place",
}  # fmt: skip


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """A frame as plain rows (no numpy, no NaN, days as ISO text)."""
    columns = {str(name): [_plain(v) for v in frame[name].tolist()] for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> pd.DataFrame:
    """Rows of :func:`rows_of` as a frame with explicit dtypes; ``columns`` must be there anyway."""
    names = list(dict.fromkeys([*(rows[0] if rows else ()), *columns]))
    return pd.DataFrame({name: _column(name, [row.get(name) for row in rows]) for name in names})


def dumps(tree: Any) -> str:
    """JSON that is the same text for the same content."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def scheme_body(scheme: Scheme) -> dict[str, Any]:
    """The whole scheme as plain data, read back by :func:`scheme_of`."""
    return scheme.model_dump(mode="json", by_alias=True)


def scheme_of(body: Mapping[str, Any]) -> Scheme:
    """The scheme of a body."""
    return Scheme.model_validate(body)


def fingerprint(scheme: Scheme) -> str:
    """A short name of a scheme's content: any change of a rule, weight or text changes it.

    Values left at their defaults are not part of it, so that a later cockpit, which
    knows more settings, gives an old file the same fingerprint.
    """
    tree = scheme.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = json.dumps(tree, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _column(name: str, values: list[Any]) -> pd.Series[Any]:
    if name in _TEXT:
        return pd.Series(values, dtype="object")
    if name in _TRUE_OR_FALSE:
        return pd.Series(values, dtype="bool")
    if name == "day":
        return pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[us]")
    if name in _PLACES:
        return pd.Series([pd.NA if v is None else int(v) for v in values], dtype="Int64")
    if values and all(isinstance(v, int) for v in values):
        return pd.Series(values, dtype="int64")
    return pd.Series([np.nan if v is None else float(v) for v in values], dtype="float64")
