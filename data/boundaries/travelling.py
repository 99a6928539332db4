"""A read file of boundaries as a batch, and back; from the terminal or the page to the store's owner."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely
import sqlalchemy as sa

from data import audit, inbox
from data.batch import Batch, BatchError, BatchInfo, BatchWriter
from data.boundaries.model import Area, BadBoundaries, Given
from data.boundaries.saving import Taken, take_in
from data.inbox import BatchResult
from data.schema import BOUNDARIES
from data.settings import Settings
from data.staging import Merged
from data.store import Store

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


def take_batch(
    store: Store, connection: sa.Connection, batch: Batch, number: int
) -> tuple[Batch, Merged] | BatchResult:
    """Take in the file of a batch within its transaction: the batch with its report and what
    became of the areas; where nothing changed, the result at once (no line in the ledger).

    Raises :class:`~data.batch.BatchError` with every fault, whole or not at all.
    """
    given = unpacked(batch)
    try:
        taken = take_in(store, connection, given, batch=number)
    except BadBoundaries as bad:
        faults = [asdict(fault) for fault in bad.faults]
        raise BatchError(
            "boundaries", batch.path, file=given.file, n=len(faults), faults=faults
        ) from bad
    report = {**batch.info.report, **summary(given, taken)}
    numbers = len(taken.added), len(taken.changed), len(taken.unchanged)
    if taken.nothing:
        return BatchResult(
            batch.path.name, "known", source=BOUNDARIES, file_name=given.file, report=report,
            rows_read=batch.info.rows_read, rows_unchanged=numbers[2],
        )  # fmt: skip
    made = replace(batch, info=replace(batch.info, report=report))
    return made, Merged(*numbers, 0, None, None)


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
