"""An unknown file: what its columns might be, with how sure we are, and a draft preset."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from data.importing.detect import Match
from data.importing.headers import base_label, header_key, labels
from data.importing.preset import Preset
from data.importing.preset_files import parse_preset
from data.importing.readers.base import cell_text
from data.importing.times import parse_times
from data.importing.values import NO, YES, as_number, clean, folded
from metrics.fields import INPUT_FIELDS

_HINTS = Path(__file__).with_name("hints.yaml")
_LIKELY = 0.5


@dataclass(frozen=True)
class Guess:
    """One column of the file: the ``field`` it may be (``None`` = leave it), 0 to 1 how sure, why.

    ``why``: ``known_name``, ``similar_name``, ``values`` or ``nothing``. ``examples`` are
    a few cells, shown to the person who confirms and never stored.
    """

    column: str
    field: str | None
    confidence: float
    why: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A mapping to confirm. ``header_row`` counts from 1; ``missing``: needed fields not found.

    ``nearest`` is the shipped preset that knows most of the header, if any.
    """

    file_name: str
    header_row: int
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]
    nearest: str | None
    dates: str
    yaml: str

    def mapping(self) -> dict[str, str]:
        """Field to column, as proposed."""
        return {g.field: g.column for g in self.guesses if g.field}

    def preset(self, mapping: Mapping[str, str] | None = None, preset_id: str = "draft") -> Preset:
        """A preset from the (confirmed) mapping, to pass to ``prepare``. Raises ``PresetError``."""
        return parse_preset(draft(mapping or self.mapping(), self.dates, preset_id), preset_id)


@lru_cache(maxsize=1)
def _hints() -> dict[str, list[str]]:
    tree = yaml.safe_load(_HINTS.read_text(encoding="utf-8"))
    return {str(field): [str(text) for text in texts] for field, texts in tree.items()}


def propose(
    file_name: str,
    preview: Sequence[Sequence[object]],
    row: int,
    presets: Mapping[str, Preset],
    nearest: Match | None,
) -> Proposal:
    """Propose a mapping from names (both languages, all presets) and from what the cells hold."""
    header = labels(list(preview[row]))
    body = preview[row + 1 :]
    known = _known_names(presets)
    order = _date_order(header, body)
    guesses: list[Guess] = []
    for index, name in enumerate(header):
        cells = [cell_text(r[index]) if index < len(r) else None for r in body]
        column = clean(pa.array(cells, pa.string()))
        examples = tuple(dict.fromkeys(column.drop_null().to_pylist()))[:3]
        if name:
            guesses.append(_guess(name, column, examples, known, order))
    chosen = _one_each(_times_by_value(guesses, header, body, order))
    mapping = {g.field: g.column for g in chosen if g.field}
    missing = tuple(f for f in ("order_id", "created_at") if f not in mapping)
    near = nearest.preset.id if nearest and nearest.known >= 2 else None
    text = draft(mapping, order, "my_city", chosen, missing)
    return Proposal(file_name, row + 1, tuple(chosen), missing, near, order, text)


def _known_names(presets: Mapping[str, Preset]) -> dict[str, str]:
    names = {header_key(text): field for field, texts in _hints().items() for text in texts}
    for preset in presets.values():
        for field, aliases in preset.columns.items():
            for alias in aliases:
                names.setdefault(header_key(alias), field)
    return names


def _guess(
    name: str, column: pa.Array, examples: tuple[str, ...], known: dict[str, str], order: str
) -> Guess:
    key = header_key(base_label(name))
    field = known.get(key)
    fit = _fits(field, column, order) if field else 0.0
    if field and (fit is None or fit >= _LIKELY):
        return Guess(
            name, field, round(0.95 if fit is None else 0.3 + 0.65 * fit, 2), "known_name", examples
        )
    field_, score = (None, 0.0) if field else _similar(key, known)
    if field_:
        fit = _fits(field_, column, order)
        sure = score * (0.8 if fit is None else fit)
        if sure >= _LIKELY:
            return Guess(name, field_, round(sure, 2), "similar_name", examples)
    by_value = _by_values(column)
    if by_value:
        return Guess(name, by_value[0], by_value[1], "values", examples)
    return Guess(name, None, 0.0, "nothing", examples)


def _similar(key: str, known: dict[str, str]) -> tuple[str | None, float]:
    best: tuple[str | None, float] = (None, 0.0)
    if key.isascii() and len(key) < 4:  # "no", "sno": too short to resemble anything
        return best
    for other, field in known.items():
        if not other or not key:
            continue
        short, long = sorted((key, other), key=len)
        ratio = SequenceMatcher(None, key, other).ratio()
        if len(short) >= 2 and short in long:
            ratio = max(ratio, 0.6 + 0.4 * len(short) / len(long))
        if ratio > best[1]:
            best = (field, ratio)
    return best if best[1] >= (0.72 if key.isascii() else 0.6) else (None, 0.0)


_TIMES = frozenset(
    (
        "created_at",
        "dispatched_at",
        "signed_at",
        "contacted_at",
        "closed_at",
        "followed_up_at",
        "due_at",
    )
)


def _fits(field: str, column: pa.Array, order: str) -> float | None:
    """The share of cells that the field could hold, or ``None`` when any text would do."""
    cells = column.drop_null()
    if not len(cells):
        return None
    if field in _TIMES:
        bad = parse_times(cells, order=order).bad  # type: ignore[arg-type]
        return float(1.0 - bad.mean())
    if field in ("lon", "lat"):
        values = as_number(cells).values
        good = [
            v is not None and abs(v) <= (180 if field == "lon" else 90) for v in values.to_pylist()
        ]
        return float(sum(good)) / len(good)
    if field == "order_id":
        return float(len(cells.unique()) / len(cells))
    return None


def _by_values(column: pa.Array) -> tuple[str, float] | None:
    cells = column.drop_null()
    if len(cells) < 3:
        return None
    texts = cells.to_pylist()
    if all(re.fullmatch(r"\+?(?:86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", t) for t in texts):
        return "caller_phone", 0.6
    if all(re.fullmatch(r"\(?-?\d+\.\d{3,}[,\s]+-?\d+\.\d{3,}\)?", t) for t in texts):
        return "point", 0.6
    if all({folded(t)} <= {*YES, *NO} for t in texts):
        return None
    unique = len(set(texts)) == len(texts) and parse_times(cells).bad.all()
    if unique and all(re.fullmatch(r"[A-Za-z-]{0,6}\d[\dA-Za-z-]{5,30}", t) for t in texts):
        return "order_id", 0.5
    return None


def _times_by_value(
    guesses: list[Guess], header: list[str], body: Sequence[Sequence[object]], order: str
) -> list[Guess]:
    """Unnamed columns full of times: the earliest is when it was created, the latest when closed."""
    taken = {g.field for g in guesses}
    found: list[tuple[Any, str]] = []
    for guess in guesses:
        index = header.index(guess.column)
        cells = [cell_text(r[index]) if index < len(r) else None for r in body]
        column = clean(pa.array(cells, pa.string())).drop_null()
        if guess.field is None and len(column) >= 3:
            times = parse_times(column, order=order)  # type: ignore[arg-type]
            if not times.bad.any():
                found.append((np.sort(times.values)[len(column) // 2], guess.column))
    found.sort()
    fields: dict[str, str] = {}
    if found and "created_at" not in taken:
        fields[found.pop(0)[1]] = "created_at"
    if found and "closed_at" not in taken:
        fields[found.pop()[1]] = "closed_at"
    return [
        Guess(g.column, fields[g.column], 0.5, "values", g.examples) if g.column in fields else g
        for g in guesses
    ]


def _date_order(header: Sequence[str], body: Sequence[Sequence[object]]) -> str:
    """``dmy`` when a slash date has a first number above 12, ``mdy`` when a second one has."""
    for index in range(len(header)):
        for row in body:
            text = cell_text(row[index]) if index < len(row) else None
            found = re.match(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}", text or "")
            if found and int(found.group(1)) > 12:
                return "dmy"
            if found and int(found.group(2)) > 12:
                return "mdy"
    return "ymd"


def _one_each(guesses: list[Guess]) -> list[Guess]:
    """Each field goes to the column we are surest of; the others are left."""
    best: dict[str, Guess] = {}
    for guess in guesses:
        if guess.field and guess.confidence > getattr(best.get(guess.field), "confidence", 0.0):
            best[guess.field] = guess
    return [
        g
        if g.field is None or best[g.field] is g
        else Guess(g.column, None, 0.0, "nothing", g.examples)
        for g in guesses
    ]


def draft(
    mapping: Mapping[str, str],
    dates: str,
    preset_id: str,
    guesses: Sequence[Guess] = (),
    missing: Sequence[str] = (),
) -> str:
    """A preset as YAML text, with the confidence of each guess as a comment."""
    sure = {g.column: g.confidence for g in guesses}
    head: dict[str, Any] = {
        "id": preset_id,
        "names": {"zh": preset_id, "en": preset_id},
        "status": "draft",
        "basis": "proposed from the header; check every line",
        "source": preset_id,
        "dates": dates,
    }
    lines = [yaml.safe_dump(head, allow_unicode=True, sort_keys=False).rstrip(), "columns:"]
    for field, column in mapping.items():
        note = f"  # {sure[column]:.0%}" if column in sure else ""
        lines.append(f"  {field}: [{_quoted(base_label(column))}]{note}")
    lines += [
        f"  # {field}: [?]  <- needed, not found" for field in missing if field == "created_at"
    ]
    if "order_id" not in mapping:
        parts = [f for f in mapping if f in INPUT_FIELDS]
        lines += [
            "requires: [created_at]",
            f"derive_id: [{', '.join(parts)}]  # no id column found: made from these",
        ]
    left = [base_label(g.column) for g in guesses if g.field is None]
    if left:
        lines += ["known:  # columns left out", *(f"  - {_quoted(name)}" for name in left)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
