"""Checks of an installation: each a code, whether it is well, and parameters for the sentence."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from data import inbox
from data.backend import StoreError, StoreLocked
from data.basemap import BaseMap, base_map
from data.batch import waiting
from data.cell_counts import on_map
from data.delivery import ALIVE
from data.schema import (
    ORDER_KEY,
    SLOTS,
    batches,
    counts_area,
    counts_cell_day,
    counts_core,
    counts_unit,
    orders,
)
from data.settings import Settings
from data.store import Store, open_store
from forecasting.calendar import known_until

_PACKAGES = (
    "streamlit",
    "pandas",
    "plotly",
    "pydeck",
    "SQLAlchemy",
    "duckdb",
    "psycopg",
    "pyarrow",
)
_ALL = {"created": SLOTS[0], "closed": SLOTS[1]}  # the two slots that every store counts


@dataclass(frozen=True)
class Check:
    """One finding. ``well`` is None where it is only for information."""

    code: str
    well: bool | None
    details: dict[str, Any] = field(default_factory=dict)


def examine(config: Settings) -> Iterator[Check]:
    """All checks, in the order in which a reader wants them."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield Check("versions", None, {"python": platform.python_version(), "packages": packages})
    try:
        store = open_store(config)
    except StoreLocked as error:
        yield Check("store_owned", None, error.details)
    except StoreError as error:
        yield Check("store_broken", False, {"code": error.code, **error.details})
    else:
        yield from _store(store)
    yield from _inbox(config)
    yield _tiles(config)
    until = known_until(config.country)
    yield Check(
        "calendar", until >= Store.clock(config).date(), {"until": until, "country": config.country}
    )


def _tiles(config: Settings) -> Check:
    """Whether maps ask an outside server for a base map."""
    found = base_map(config)
    if found is None:
        return Check("tiles_off", None)
    if isinstance(found, BaseMap):
        return Check("tiles_on", None, {"host": found.host, "attribution": found.attribution})
    return Check(f"tiles_bad.{found.code}", False, found.details)


def _store(store: Store) -> Iterator[Check]:
    shown = store.engine.url.render_as_string(hide_password=True)
    yield Check("store_open", True, {"url": shown, "engine": _engine(store)})
    total = int(store.scalar(sa.select(sa.func.count()).select_from(orders)))
    yield Check("orders", None, {"n": total, "version": store.data_version()})
    doubled = _doubled(store)
    yield Check("keys", doubled == 0, {"n": doubled})
    for clock, slot in _ALL.items():
        column = orders.c[f"{clock}_day"]
        expected = int(store.scalar(sa.select(sa.func.count(column))))
        for table in (counts_core, counts_unit, counts_area):
            counted = int(store.scalar(sa.select(sa.func.sum(table.c[slot]))) or 0)
            details = {"table": table.name, "clock": clock, "n": counted, "expected": expected}
            yield Check("counts", counted == expected, details)
    placed = int(store.scalar(sa.select(sa.func.count()).select_from(orders).where(on_map())))
    counted = int(store.scalar(sa.select(sa.func.sum(counts_cell_day.c.n))) or 0)
    details = {"table": counts_cell_day.name, "clock": "created", "n": counted, "expected": placed}
    yield Check("counts", counted == placed, details)
    last = store.rows(sa.select(batches).order_by(batches.c.batch.desc()).limit(1))
    if last:
        row = last[0]
        details = {"batch": row.batch, "file": row.file_name or row.source}
        yield Check(f"last_{row.state}", row.state != "refused", details | {"at": row.committed_at})


def _doubled(store: Store) -> int:
    keys = [orders.c[key] for key in ORDER_KEY]
    twice = sa.select(*keys).group_by(*keys).having(sa.func.count() > 1).subquery()
    return int(store.scalar(sa.select(sa.func.count()).select_from(twice)))


def _engine(store: Store) -> str:
    return str(store.scalar(sa.select(sa.func.version()))).split(" (", maxsplit=1)[0]


def _inbox(config: Settings) -> Iterator[Check]:
    held = len(waiting(config.inbox))
    beat = inbox.last_beat(config)
    alive = beat is not None and beat < ALIVE
    yield Check("worker_alive" if alive else "worker_none", None, {})
    yield Check("inbox", alive or held == 0, {"n": held})
    refused = inbox.refused(config)
    yield Check("refused", None, {"n": len(refused)})
