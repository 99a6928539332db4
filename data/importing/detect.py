"""Which row is the header, and which preset fits it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.importing.headers import header_key
from data.importing.preset import Preset

HEADER_ROWS = 20
_ENOUGH_SHARE = 0.5
_ENOUGH_COLUMNS = 8
_VALUE = re.compile(r"^[\s\d.,:/\-+%年月日时分秒()（）T]*$")


@dataclass(frozen=True)
class Match:
    """How well a preset fits a header row (``row`` counts from 0)."""

    preset: Preset
    row: int
    known: int
    share: float
    missing: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the preset may be taken without asking."""
        return not self.missing and (self.share >= _ENOUGH_SHARE or self.known >= _ENOUGH_COLUMNS)

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        """Sorts matches: complete, much of the header known, many columns, early row."""
        return (not self.missing, round(self.share, 3), self.known, -self.row)


def match(cells: Sequence[object], preset: Preset, row: int = 0) -> Match:
    """How well one header row fits one preset."""
    keys = [key for key in map(header_key, cells) if key]
    present = set(keys)
    hits = sum(key in preset.known_keys() for key in keys)
    missing = tuple(
        name
        for name in preset.requires
        if not any(header_key(alias) in present for alias in _aliases(preset, name))
    )
    return Match(preset, row, hits, hits / len(keys) if keys else 0.0, missing)


def _aliases(preset: Preset, name: str) -> tuple[str, ...]:
    if name.startswith("category") and preset.category_path and name not in preset.columns:
        return preset.category_path.columns
    return preset.columns.get(name, ())


def best_match(
    preview: Sequence[Sequence[object]], presets: Mapping[str, Preset], rows: int = HEADER_ROWS
) -> Match | None:
    """The best preset and header row among the first rows, or ``None`` if nothing is known."""
    best: Match | None = None
    for index, cells in enumerate(preview[:rows]):
        if sum(bool(str(c or "").strip()) for c in cells) < 2:
            continue
        for preset in presets.values():
            found = match(cells, preset, index)
            if found.known and (best is None or found.rank > best.rank):
                best = found
    return best


def guess_header(preview: Sequence[Sequence[object]], rows: int = HEADER_ROWS) -> int:
    """The row that looks most like a header when no preset knows it.

    A header has many different non-value cells, and rows below that fill its width.
    """
    best, best_score = 0, -1.0
    for index, cells in enumerate(preview[:rows]):
        texts = [str(c or "").strip() for c in cells]
        filled = [t for t in texts if t]
        names = {t for t in filled if not _VALUE.match(t) and len(t) <= 60}
        if not names:
            continue
        below = [sum(bool(str(c or "").strip()) for c in r) for r in preview[index + 1 : index + 6]]
        support = min(1.0, max(below, default=0) / len(filled)) if filled else 0.0
        score = len(names) * (len(names) / len(filled)) * (0.5 + support) - index * 0.01
        if score > best_score:
            best, best_score = index, score
    return best
