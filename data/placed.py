"""Orders that do not lie in the area they name: found when orders or boundaries come.

Only those have a row in ``placed``; what the source said of an order is never changed. A batch
of orders is checked in its own transaction; new boundaries (or another tolerance) have all
orders checked anew, in the transaction that brings them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from data.area_layers import Layer, Layers, layers
from data.backend import Backend
from data.boundaries.locating import AGREES, KINDS, Floats, Ints, judge
from data.schema import meta, orders, placed
from data.settings import Settings
from data.staging import Staging, same_key
from data.store import Store
from data.tables import types_of

SETTING = "placed_by"
"""The entry of ``meta`` that says with which boundaries and tolerance ``placed`` was made."""

_METHOD = "1"
_ROWS = 500_000
_COLUMNS = ("source", "order_id", "district", "street", "lon", "lat")
_TYPES = pa.schema(
    [(c.name, pa.float64() if c.name == "metres" else pa.string()) for c in placed.columns]
)


def setting(found: Layers, config: Settings) -> str:
    """What the checks of a store depend on beside its orders; empty without polygons."""
    if not list(found.named()):
        return ""
    return f"{_METHOD}:{config.border_metres:g}:{found.fingerprint}"


def follow(store: Store, connection: sa.Connection, staging: Staging | None = None) -> None:
    """Bring ``placed`` up to date within a transaction.

    ``staging``: the orders of the batch at hand, merged already; with the boundaries unchanged
    only they are checked.
    """
    found = layers(connection)
    wanted = setting(found, store.settings)
    if wanted != _made_with(connection):
        connection.execute(sa.delete(placed))
        if wanted:
            _check(store.backend, connection, found, orders, store.settings.border_metres)
        _note(connection, wanted)
    elif wanted and staging is not None:
        gone = sa.exists().where(same_key(placed, staging.old))
        connection.execute(sa.delete(placed).where(gone))
        _check(store.backend, connection, found, staging.stage, store.settings.border_metres)


def again(store: Store) -> None:
    """Check every order now, in a transaction of its own (an older store, another tolerance)."""
    with store.write() as connection:
        _note(connection, "")
        follow(store, connection)


def current(store: Store) -> bool:
    """Whether ``placed`` belongs to the boundaries and the tolerance in force."""
    with store.engine.connect() as connection:
        return setting(layers(connection), store.settings) == _made_with(connection)


def _made_with(connection: sa.Connection) -> str:
    known = sa.select(meta.c.content).where(meta.c.name == SETTING)
    return str(connection.execute(known).scalar() or "")


def _note(connection: sa.Connection, wanted: str) -> None:
    connection.execute(sa.delete(meta).where(meta.c.name == SETTING))
    if wanted:
        connection.execute(sa.insert(meta).values(name=SETTING, content=wanted))


def _check(
    backend: Backend, connection: sa.Connection, found: Layers, table: sa.Table, tolerance: float
) -> None:
    select = sa.select(*(table.c[name] for name in _COLUMNS)).where(table.c.point_kind == "ok")
    with tempfile.TemporaryDirectory(prefix="cockpit-placed-") as folder:
        file = Path(folder) / "placed.parquet"
        rows = 0
        # The rows are read to the end before any is written: one connection does one thing.
        with pq.ParquetWriter(file, _TYPES) as writer:
            for batch in backend.stream(connection, select, types_of(select), _ROWS):
                for piece in _disagreeing(pa.Table.from_batches([batch]), found, tolerance):
                    writer.write_table(piece)
                    rows += piece.num_rows
        if rows:
            backend.load(connection, placed, [file])


def _disagreeing(chunk: pa.Table, found: Layers, tolerance: float) -> Iterator[pa.Table]:
    lon, lat = (np.asarray(chunk[name].to_numpy(), dtype=float) for name in ("lon", "lat"))
    for layer in found.named():
        named = _named(chunk, layer)
        kind, by_point, metres = judge(layer.locator, lon, lat, named, tolerance)
        rows = np.flatnonzero(kind != AGREES)
        if len(rows):
            yield _rows(chunk.take(pa.array(rows)), layer, kind[rows], by_point[rows], metres[rows])


def _named(chunk: pa.Table, layer: Layer) -> Ints:
    """The index of the area that each order names on this level."""
    own, names = _codes(chunk, layer.level)
    if layer.level != "street":
        found = layer.indexes(names, [None] * len(names))
        return found[own]
    inside, districts = _codes(chunk, "district")
    pairs, back = np.unique(own * len(districts) + inside, return_inverse=True)
    found = layer.indexes(
        [names[int(pair) // len(districts)] for pair in pairs],
        [districts[int(pair) % len(districts)] for pair in pairs],
    )
    return found[back]


def _codes(chunk: pa.Table, name: str) -> tuple[Ints, list[str | None]]:
    """A text column as places in its distinct values; missing is the last of them."""
    column = chunk[name].dictionary_encode().unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    names = [*column.dictionary.to_pylist(), None]
    places = pc.fill_null(pc.cast(column.indices, pa.int64()), len(names) - 1)
    return np.asarray(places.to_numpy(zero_copy_only=False)), names


def _rows(chunk: pa.Table, layer: Layer, kind: Ints, by_point: Ints, metres: Floats) -> pa.Table:
    """Rows of ``placed``."""
    street = layer.level == "street"
    found = by_point >= 0

    def looked_up(values: tuple[str | None, ...]) -> pa.Array:
        return pa.array(
            [values[i] if ok else None for i, ok in zip(by_point, found, strict=True)], pa.string()
        )

    columns = {
        "source": chunk["source"],
        "order_id": chunk["order_id"],
        "level": pa.array([layer.level] * len(kind), pa.string()),
        "named": chunk[layer.level],
        "named_parent": chunk["district"] if street else pa.nulls(len(kind), pa.string()),
        "by_point": looked_up(layer.codes),
        "by_point_parent": looked_up(layer.parents if street else (None,) * len(layer.codes)),
        "kind": pa.array([KINDS[k] for k in kind], pa.string()),
        "metres": pa.array(metres, pa.float64(), from_pandas=True),
    }
    return pa.table({name: columns[name] for name in _TYPES.names}, schema=_TYPES)
