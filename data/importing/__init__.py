"""Import: any city's file, upload or database query becomes a prepared batch.

    prepare("12345.xlsx")                      -> PreparedBatch | Proposal
    prepare_query(url, "select ...")           -> PreparedBatch | Proposal

A file nobody knows gives a :class:`Proposal` (a mapping to confirm, a YAML draft); one
that cannot be used at all raises :class:`ImportFailure` with a code and its details.
"""

from __future__ import annotations

from data.importing.errors import ImportFailure, PresetError
from data.importing.prepare import PreparedBatch, prepare, prepare_query
from data.importing.preset import Preset
from data.importing.preset_files import all_presets, load_preset, parse_preset
from data.importing.proposal import Guess, Proposal

__all__ = [
    "Guess",
    "ImportFailure",
    "PreparedBatch",
    "Preset",
    "PresetError",
    "Proposal",
    "all_presets",
    "load_preset",
    "parse_preset",
    "prepare",
    "prepare_query",
]
