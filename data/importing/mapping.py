"""A preset laid over a file's header: which column feeds which field."""

from __future__ import annotations

from dataclasses import dataclass

from data.importing.errors import ImportFailure
from data.importing.headers import base_label, header_key, labels
from data.importing.preset import Preset
from data.importing.values import folded
from metrics.fields import FIELDS

PATH_COLUMN = "category_path"


@dataclass(frozen=True)
class Plan:
    """``columns``: field (or special column) to column numbers, most trusted first."""

    preset: Preset
    labels: list[str]
    columns: dict[str, list[int]]
    ignored: list[str]
    private: list[str]

    @property
    def wanted(self) -> list[int]:
        """Every column that must be read."""
        return sorted({index for indexes in self.columns.values() for index in indexes})

    def label(self, field: str) -> str | None:
        """The header (as in the file) of the column a field is read from."""
        indexes = self.columns.get(field)
        return base_label(self.labels[indexes[0]]) if indexes else None

    def table(self, field: str) -> dict[str, str]:
        """Folded file value to code, for an enumeration or yes/no field."""
        codes = {folded(code): code for code in FIELDS[field].values}
        for code, raws in self.preset.values.get(field, {}).items():
            codes.update((folded(raw), code) for raw in raws)
        return codes


def lay(preset: Preset, header: list[object], file: str) -> Plan:
    """Match a preset's columns to a header.

    Raises :class:`ImportFailure` ``preset_does_not_fit`` naming the needed columns that are missing.
    """
    names = labels(header)
    places: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name:
            places.setdefault(header_key(base_label(name)), []).append(index)

    def find(aliases: tuple[str, ...]) -> list[int]:
        found = [i for alias in aliases for i in places.get(header_key(alias), [])]
        return list(dict.fromkeys(found))

    wanted = {field: find(aliases) for field, aliases in preset.columns.items()}
    if preset.category_path:
        wanted[PATH_COLUMN] = find(preset.category_path.columns)
    if preset.projected:
        wanted["x"], wanted["y"] = find(preset.projected.x), find(preset.projected.y)
    columns = {field: indexes for field, indexes in wanted.items() if indexes}
    needs = [f for f in preset.requires if f not in columns and not _by_path(f, columns)]
    if preset.derive_id and "order_id" in needs:
        needs.remove("order_id")
    if "created_at" not in columns and "created_at" not in needs:
        needs.append("created_at")
    if needs:
        raise ImportFailure(
            "preset_does_not_fit",
            file=file,
            preset=preset.id,
            fields=", ".join(needs),
            columns="; ".join(" / ".join(preset.columns.get(f, ())) for f in needs),
        )
    used = {i for indexes in columns.values() for i in indexes}
    hidden = {header_key(text) for text in preset.never_stored}
    private = [n for i, n in enumerate(names) if n and i not in used and header_key(n) in hidden]
    ignored = [n for i, n in enumerate(names) if n and i not in used and n not in private]
    return Plan(preset, names, columns, ignored, private)


def _by_path(field: str, columns: dict[str, list[int]]) -> bool:
    return field.startswith("category") and PATH_COLUMN in columns
