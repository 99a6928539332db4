"""A file of factors as text, and the presets that say how such files are headed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from data.importing.errors import ImportFailure
from data.importing.headers import header_key
from data.importing.readers import open_table
from data.importing.values import clean
from data.registers.files import RowFault


class Preset(BaseModel):
    """How a kind of file is headed; ``columns``: heading -> factor."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    names: dict[str, str]
    day: tuple[str, ...]
    area: tuple[str, ...] = ()
    factor: tuple[str, ...] = ()
    amount: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    station: tuple[str, ...] = ()
    units: str = "metric"
    nothing: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    scale: dict[str, float] = {}
    needs: tuple[str, ...] = ()
    count: str | None = None
    total: bool = False


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """The shipped presets by name."""
    folder = Path(__file__).with_name("presets")
    return {
        path.stem: Preset(**yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    }


@dataclass
class Sheet:
    """A file as text: rows as the user counts them, and its columns by folded heading."""

    file: str
    rows: np.ndarray[Any, Any]
    heads: dict[str, str]
    columns: dict[str, list[str | None]]
    header_row: int
    faults: list[RowFault] = field(default_factory=list)

    def first(self, names: tuple[str, ...]) -> str | None:
        """The folded heading of the first of these names that the file has."""
        return next((k for k in map(header_key, names) if k in self.columns), None)


def read_sheet(path: Path, name: str | None) -> Sheet:
    """The file as text. Raises :class:`~data.importing.ImportFailure`."""
    table = open_table(path, {}, name)
    preview = table.preview()
    if not preview:
        raise ImportFailure("empty_file", file=table.name)
    place = next(
        (i for i, row in enumerate(preview) if sum(bool(str(c or "").strip()) for c in row) >= 2), 0
    )
    keys = [header_key(cell) for cell in preview[place]]
    wanted = {i: key for i, key in enumerate(keys) if key and key not in keys[:i]}
    heads = {key: str(preview[place][i]).strip() for i, key in wanted.items()}
    rows: list[int] = []
    columns: dict[str, list[str | None]] = {key: [] for key in wanted.values()}
    faults = []
    for chunk in table.chunks(place, list(wanted)):
        faults += [RowFault(table.name, bad.row, "", "", "bad_row") for bad in chunk.bad]
        rows += [int(number) for number in chunk.rows]
        for i, key in wanted.items():
            columns[key] += clean(chunk.columns[i]).to_pylist()
    return Sheet(table.name, np.array(rows, dtype=np.int64), heads, columns, place + 1, faults)
