"""Preset files (YAML): read, checked, faults reported with file and line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from data.importing.errors import PresetError
from data.importing.preset import Preset

PRESETS = Path(__file__).parents[1] / "presets"


def parse_preset(text: str, name: str = "preset") -> Preset:
    """Read a preset from YAML text. Raises :class:`PresetError` with lines."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise PresetError(name, [(line, "", str(getattr(error, "problem", error)))]) from error
    if not isinstance(tree, dict):
        raise PresetError(name, [(1, "", "a preset is a map of keys")])
    try:
        return Preset.model_validate(tree)
    except ValidationError as error:
        faults = [
            (
                _line(node, fault["loc"]),
                ".".join(map(str, fault["loc"])),
                fault["msg"].removeprefix("Value error, "),
            )
            for fault in error.errors()
        ]
        raise PresetError(name, faults) from error


def _line(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """The line of the deepest part of ``place`` that the file has."""
    line = node.start_mark.line + 1 if node else 1
    for part in place:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = (node.value[part],) * 2 if part < len(node.value) else None
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def load_preset(path: Path) -> Preset:
    """Read a preset file. Raises :class:`PresetError`; the id must be the file's name."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PresetError(str(path), [(1, "", str(error))]) from error
    preset = parse_preset(text, path.name)
    if preset.id != path.stem:
        raise PresetError(path.name, [(1, "id", f"'{preset.id}' is not the file's name")])
    return preset


@lru_cache(maxsize=1)
def shipped_presets() -> dict[str, Preset]:
    """The presets that come with the cockpit, by id."""
    return {path.stem: load_preset(path) for path in sorted(PRESETS.glob("*.yaml"))}


def all_presets(home: Path | None = None) -> dict[str, Preset]:
    """Shipped presets and those in ``<home>/presets`` (which win over shipped ones)."""
    out = dict(shipped_presets())
    own = home / "presets" if home else None
    if own and own.is_dir():
        out.update({path.stem: load_preset(path) for path in sorted(own.glob("*.yaml"))})
    return out
