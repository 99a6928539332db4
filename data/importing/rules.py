"""A preset's rules on whole columns: category paths, values that belong elsewhere, made ids."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.importing.preset import Preset
from data.importing.values import by_distinct, folded
from metrics.selection import PATH

Columns = dict[str, pa.Array]


def split_paths(paths: pa.Array, preset: Preset) -> list[pa.Array]:
    """ "a->b->c" as three columns; what lies deeper than three levels joins the third by "/"."""
    separators = preset.category_path.separators if preset.category_path else (PATH,)

    def parts(text: str) -> list[str]:
        for separator in separators:
            text = text.replace(separator, "\0")
        names = [p.strip() for p in text.split("\0") if p.strip()]
        return [*names[:2], "/".join(names[2:])] if len(names) > 3 else names

    def level(number: int) -> Callable[[str], str | None]:
        return lambda text: [*parts(text), "", "", ""][number] or None

    return [by_distinct(paths, level(i), pa.string()) for i in range(3)]


def take_elsewhere(raw: Columns, preset: Preset) -> list[tuple[dict[str, Any], pa.Array]]:
    """Take values that say something about another field out of their columns (in place).

    Returns, per rule that hit, what it means and in which rows.
    """
    found = []
    for rule in preset.elsewhere:
        values = frozenset(map(folded, rule.values))
        hits = None
        for name in rule.fields:
            if name not in raw:
                continue
            hit = by_distinct(raw[name], _among(values), pa.bool_())
            hit = pc.fill_null(hit, False)
            if pc.any(hit).as_py():
                raw[name] = pc.if_else(hit, None, raw[name])
                hits = hit if hits is None else pc.or_(hits, hit)
        if hits is not None:
            found.append((dict(rule.means), hits))
    return found


def _among(values: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: folded(text) in values


def made_ids(orders: Columns, fields: Sequence[str]) -> pa.Array:
    """Ids for a file without any: a hash of the given fields, null where all are null."""
    columns = [pc.cast(orders[name], pa.string()).to_pylist() for name in fields]
    return pa.array(
        [
            hashlib.sha256("\x1f".join(v or "" for v in row).encode()).hexdigest()[:20]
            if any(row)
            else None
            for row in zip(*columns, strict=True)
        ],
        pa.string(),
    )
