"""A read file of boundaries as a batch, and back; from the terminal or the page to the store's owner."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from data import audit, inbox
from data.batch import Batch, BatchInfo, BatchWriter
from data.boundaries.model import Area, Given
from data.boundaries.saving import Taken
from data.schema import BOUNDARIES
from data.settings import Settings

_TEXTS = ("name", "code", "name_zh", "name_en", "parent")
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("population", pa.int64()),
        ("features", pa.int64()),
        ("repairs", pa.string()),
        ("km2", pa.float64()),
        ("geometry", pa.binary()),
    ]
)
_SAID = ("level", "datum", "datum_why", "parent", "swapped", "add_new")


def packed(given: Given, config: Settings, actor: str | None = None) -> Path:
    """A batch directory on the desk, to be sent or submitted."""
    rows = [
        {
            **{name: getattr(area, name) for name in _TEXTS},
            "population": area.population, "features": area.features,
            "repairs": ";".join(area.repairs), "km2": area.km2,
            "geometry": shapely.to_wkb(area.geometry),
        }
        for area in given.areas
    ]  # fmt: skip
    said = {name: getattr(given, name) for name in _SAID}
    said |= {"fields": dict(given.fields), "matches": dict(given.matches)}
    info = BatchInfo(
        digest=f"{BOUNDARIES}-{uuid.uuid4().hex}", source=BOUNDARIES, rows_read=len(rows),
        file_name=given.file, report={"actor": actor or audit.who(), "boundaries": said},
    )  # fmt: skip
    with BatchWriter(inbox.desk(config).inbox) as writer:
        writer.add_boundaries(pa.Table.from_pylist(rows, schema=_SCHEMA))
        return writer.finish(info)


def unpacked(batch: Batch) -> Given:
    """The file of a batch. Raises ``ValueError`` when the batch holds none."""
    table = batch.boundaries()
    if table is None:
        raise ValueError("no boundaries in the batch")
    said = dict(batch.info.report["boundaries"])
    areas = []
    for row in table.to_pylist():
        shape = shapely.from_wkb(row.pop("geometry"))
        repairs = tuple(code for code in (row.pop("repairs") or "").split(";") if code)
        areas.append(Area(geometry=shape, repairs=repairs, **row))
    return Given(batch.info.file_name or "?", areas=tuple(areas), **said)


def summary(given: Given, taken: Taken) -> dict[str, Any]:
    """What the ledger keeps of it."""
    return {
        "areas": {
            "added": list(taken.added), "changed": list(taken.changed),
            "unchanged": list(taken.unchanged), "left": list(taken.left),
            "removed": list(taken.removed),
            "repaired": {a.name: list(a.repairs) for a in given.areas if a.repairs},
            "joined": {a.name: a.features for a in given.areas if a.features > 1},
        }
    }  # fmt: skip
