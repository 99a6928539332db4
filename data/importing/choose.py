"""Which preset reads a table, and from which row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.importing.detect import HEADER_ROWS, Match, best_match, guess_header, match
from data.importing.errors import ImportFailure
from data.importing.mapping import Plan, lay
from data.importing.preset import Preset
from data.importing.preset_files import load_preset
from data.importing.proposal import Proposal, propose
from data.importing.readers import Table


@dataclass(frozen=True)
class Job:
    """How a table is read: ``chosen`` is ``named`` or ``header``, ``share`` how much of the header is known."""

    plan: Plan
    header_row: int
    chosen: str
    share: float


def choose(
    table: Table, preset: str | Path | Preset | None, presets: dict[str, Preset]
) -> Job | Proposal:
    """Find preset and header row, or propose a mapping.

    Raises :class:`ImportFailure` for an empty table, an unknown preset or one that does not fit.
    """
    preview = table.preview()
    if len(preview) < 1 or not any(str(c or "").strip() for row in preview for c in row):
        raise ImportFailure("empty_file", file=table.name)
    only_first = 1 if table.header is not None else HEADER_ROWS
    if preset is not None:
        chosen = _named(preset, presets)
        found = best_match(preview, {chosen.id: chosen}, only_first)
        row = found.row if found else 0
        plan = lay(chosen, list(preview[row]), table.name)
        return Job(plan, row, "named", match(preview[row], chosen).share)
    best: Match | None = best_match(preview, presets, only_first)
    if best is not None and best.fits:
        plan = lay(best.preset, list(preview[best.row]), table.name)
        return Job(plan, best.row, "header", best.share)
    row = 0 if table.header is not None else guess_header(preview)
    if best is not None and best.known >= 2:
        row = best.row
    return propose(table.name, preview, row, presets, best)


def _named(preset: str | Path | Preset, presets: dict[str, Preset]) -> Preset:
    if isinstance(preset, Preset):
        return preset
    if isinstance(preset, str) and preset in presets:
        return presets[preset]
    path = Path(preset)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return load_preset(path)
    raise ImportFailure("unknown_preset", preset=str(preset), known=", ".join(sorted(presets)))
