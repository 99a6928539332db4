"""Rows of factors into the store: counted as new, changed or the same, then put in place of the earlier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data import city
from data.schema import factors
from data.staging import Merged, Staging

_KEYS = ("day", "area", "factor")


def take_in(staging: Staging, folder: Path) -> Merged:
    """Take in ``factors.parquet`` of a batch directory, within the batch's transaction."""
    file = folder / "factors.parquet"
    given = staging.make("tmp_new_factors", *(sa.Column(c.name, c.type) for c in factors.columns))
    staging.backend.load(staging.connection, given, [file])
    same = sa.and_(*(factors.c[key].is_not_distinct_from(given.c[key]) for key in _KEYS))
    there = sa.select(sa.func.count()).select_from(given.join(factors, same))
    whole = _count(staging, sa.select(sa.func.count()).select_from(given))
    known = _count(staging, there)
    equal = _count(staging, there.where(factors.c.amount == given.c.amount))
    if equal < whole:
        city.take_given(staging, folder)
    staging.drop_made()
    # the ledger's days are those of orders: none
    return Merged(whole - known, known - equal, equal, 0, None, None)


def _count(staging: Staging, select: sa.Select[Any]) -> int:
    return int(staging.connection.execute(select).scalar() or 0)
