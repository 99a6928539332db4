"""Tallies: how many orders of a selection fulfil each measure, by any dimension.

Answered from the smallest counts table that has the dimensions and the slots,
else from raw rows. The two ways give the same answer (held by a test).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.condition_sql import where
from data.schema import (
    AREA_DIMENSIONS,
    CORE_DIMENSIONS,
    UNIT_DIMENSIONS,
    counts_area,
    counts_core,
    counts_unit,
    orders,
    units,
)
from data.slots import ensure_measures, recount
from data.store import Store
from metrics.conditions import EVERYTHING, Condition, fingerprint
from metrics.selection import PATH, Selection

__all__ = ["BY", "ensure_measures", "filters_of", "joined", "recount", "selected", "tally"]

BY = (
    "day", "week", "month", "unit", "district", "street",
    "category1", "category2", "channel", "unit_type", "grade",
)  # fmt: skip
_TRUNCATED = {"week": "week", "month": "month"}
_CUBES = (
    (counts_core, frozenset(CORE_DIMENSIONS)),
    (counts_unit, frozenset(UNIT_DIMENSIONS)),
    (counts_area, frozenset(AREA_DIMENSIONS)),
)


def tally(
    store: Store,
    measures: Mapping[str, Condition],
    selection: Selection,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Count the orders of a selection that fulfil each measure.

    One row per group of ``by`` (any of :data:`BY`), sorted by it; groups in which
    every measure is zero are absent. Columns: ``by`` (days, weeks and months as the
    first day, ``datetime64``), then one int64 per measure. The selection's clock says
    on which day an order counts. Without ``by`` there is exactly one row.

    Raises ``ValueError`` for an unknown dimension.
    """
    unknown = [name for name in by if name not in BY]
    if unknown:
        raise ValueError(f"cannot count by {', '.join(unknown)}; known: {', '.join(BY)}")
    names = list(measures)
    cube = min(_cubes(selection, by), key=store.size, default=None)
    known = store.slots() if cube is not None else {}
    keys = {name: (fingerprint(measures[name]), selection.clock) for name in names}
    counted = {name: known[keys[name]] for name in names if keys[name] in known}
    raw = {name: measures[name] for name in names if name not in counted}
    frames = []
    if counted and cube is not None:
        frames.append(store.frame(_from_counts(cube, counted, selection, by)))
    if raw or not frames:
        frames.append(store.frame(_from_orders(raw, selection, by)))
    return joined(frames, list(by), names)


def _cubes(selection: Selection, by: Sequence[str]) -> list[sa.Table]:
    """The counts tables that can answer."""
    if not selection.whole_days or selection.extra != EVERYTHING:
        return []
    needed = {"day" if name in _TRUNCATED else name for name in by}
    needed = {"unit" if name == "unit_type" else name for name in needed}
    needed |= {
        name
        for name, wanted in (
            ("district", selection.districts),
            ("street", selection.streets),
            ("unit", selection.units or selection.unit_types),
            ("channel", selection.channels),
        )
        if wanted
    }
    for path in selection.categories:
        needed |= {f"category{level}" for level in range(1, len(path.split(PATH)) + 1)}
    return [table for table, has in _CUBES if needed <= has]


def _from_counts(
    cube: sa.Table, counted: Mapping[str, str], selection: Selection, by: Sequence[str]
) -> sa.Select[Any]:
    sums = [sa.func.sum(cube.c[slot]).label(name) for name, slot in counted.items()]
    spanning = [cube.c.day >= selection.start.date(), cube.c.day < selection.end.date()]
    return _grouped(cube, cube.c.day, sums, [*spanning, *filters_of(cube, selection)], by)


def _from_orders(
    raw: Mapping[str, Condition], selection: Selection, by: Sequence[str]
) -> sa.Select[Any]:
    counts = [sa.func.count().filter(where(c)).label(name) for name, c in raw.items()]
    day = orders.c[f"{selection.clock}_day"]
    return _grouped(orders, day, counts, selected(selection), by)


def selected(selection: Selection) -> list[sa.ColumnElement[bool]]:
    """A selection as conditions on the rows of ``orders``, to be joined by AND."""
    moment = orders.c[f"{selection.clock}_at"]
    spanning = [moment >= selection.start, moment < selection.end]
    if selection.extra != EVERYTHING:
        spanning.append(where(selection.extra))
    return [*spanning, *filters_of(orders, selection)]


def filters_of(table: sa.FromClause, selection: Selection) -> list[sa.ColumnElement[bool]]:
    """A selection's filters (its span and further condition aside) on a table with those columns."""
    out: list[sa.ColumnElement[bool]] = []
    for name, wanted in (
        ("district", selection.districts),
        ("street", selection.streets),
        ("unit", selection.units),
        ("channel", selection.channels),
    ):
        if wanted:
            out.append(table.c[name].in_(wanted))
    if selection.unit_types:
        typed = sa.select(units.c.unit).where(units.c.unit_type.in_(selection.unit_types))
        out.append(table.c.unit.in_(typed))
    if selection.categories:
        out.append(
            sa.or_(
                *(
                    sa.and_(
                        *(
                            table.c[f"category{level}"] == name
                            for level, name in enumerate(path.split(PATH), start=1)
                        )
                    )
                    for path in selection.categories
                )
            )
        )
    return out


def _grouped(
    table: sa.Table,
    day: sa.ColumnElement[Any],
    counts: Sequence[sa.Label[Any]],
    conditions: Sequence[sa.ColumnElement[bool]],
    by: Sequence[str],
) -> sa.Select[Any]:
    dimensions = [_dimension(table, day, name).label(name) for name in by]
    source: sa.FromClause = table
    if "unit_type" in by:
        source = table.outerjoin(units, units.c.unit == table.c.unit)
    select = sa.select(*dimensions, *counts).select_from(source).where(*conditions)
    # group by position of the labels: an expression with parameters must not be repeated
    return select.group_by(*(sa.literal_column(str(i)) for i in range(1, len(by) + 1)))


def _dimension(table: sa.Table, day: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    if name == "day":
        return day
    if name in _TRUNCATED:
        first = sa.func.date_trunc(
            sa.literal_column(f"'{_TRUNCATED[name]}'"), sa.cast(day, sa.DateTime)
        )
        return sa.cast(first, sa.Date)
    return units.c.unit_type if name == "unit_type" else table.c[name]


def joined(frames: list[pd.DataFrame], by: list[str], names: list[str]) -> pd.DataFrame:
    """One frame of all measures; absent means zero, and groups of zeros are left out."""
    if not by:
        return pd.concat(frames, axis=1).reindex(columns=names).fillna(0).astype("int64")
    # Frames without rows add nothing (and arrow cannot join keys of none).
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    out = filled[0]
    for frame in filled[1:]:
        out = out.merge(frame, how="outer", on=by)  # a missing group joins a missing group
    out = out.reindex(columns=[*by, *names])
    out[names] = out[names].fillna(0).astype("int64")
    out = out.loc[(out[names] != 0).any(axis=1), [*by, *names]]
    return out.sort_values(by, kind="stable", na_position="last", ignore_index=True)
