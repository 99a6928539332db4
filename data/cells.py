"""Orders by place: H3 cells (level 9 and coarser) with counts, and the points themselves.

What counts as a duplicate, a single-caller flood and "on the map" is said once, in
:mod:`data.cell_counts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa

from data.cell_counts import dimensions, judged, monday, numbers, on_map, week_of
from data.condition_sql import where
from data.counts import filters_of, selected
from data.schema import counts_cell_day, orders
from data.schema_cells import CELL_DIMENSIONS, CELL_NUMBERS
from data.store import Store
from metrics.conditions import EVERYTHING, Condition, fields_of
from metrics.selection import PATH, Selection

FINEST, COARSEST = 9, 5
BY = ("week", *CELL_DIMENSIONS)
LeaveOut = Literal["duplicates", "floods"]
LEAVE_OUT: tuple[LeaveOut, ...] = ("duplicates", "floods")

_LEVEL, _DIGITS, _LEVELS = 52, 3, 15  # where an H3 index holds its level and its digits
_WEEK = timedelta(days=6)


def parent(cell: int, resolution: int) -> int:
    """The coarser cell that a cell lies in, as H3 defines it (bits of the index)."""
    kept, added = _masks(resolution)
    return cell & kept | added


def parents(cells: npt.NDArray[np.int64], resolution: int) -> npt.NDArray[np.int64]:
    """:func:`parent` of many level-9 cells."""
    if resolution == FINEST:
        return cells
    kept, added = _masks(resolution)
    return (cells & kept) | added


def parent_column(cell: sa.ColumnElement[int], resolution: int) -> sa.ColumnElement[int]:
    """:func:`parent` of a column of level-9 cells (the column itself for level 9)."""
    if resolution == FINEST:
        return cell
    kept, added = (sa.literal(mask, sa.BigInteger) for mask in _masks(resolution))
    inside: sa.ColumnElement[int] = cell.bitwise_and(kept)
    return sa.type_coerce(inside.bitwise_or(added), sa.BigInteger)


def _masks(resolution: int) -> tuple[int, int]:
    if not COARSEST <= resolution <= FINEST:
        raise ValueError(f"resolution {resolution}: known are {COARSEST} to {FINEST}")
    unused = (1 << _DIGITS * (_LEVELS - resolution)) - 1
    level = 0xF << _LEVEL
    return (2**63 - 1) & ~level & ~unused, resolution << _LEVEL | unused


def condition_of(cell: int) -> tuple[int, int]:
    """The first and last ``h3_9`` that a level-9 order in this cell can have.

    Level-9 cells of one coarser cell are a run of numbers: a range finds their orders.
    """
    resolution = cell >> _LEVEL & 0xF
    below = ((1 << _DIGITS * (FINEST - resolution)) - 1) << _DIGITS * (_LEVELS - FINEST)
    base = cell & ~(0xF << _LEVEL) | FINEST << _LEVEL
    return base & ~below, base


@dataclass(frozen=True)
class LeftOut:
    """How many orders of a selection are on the map (``n``), and how many are not or need not be."""

    n: int
    placeholder: int
    outside: int
    missing: int
    duplicates: int
    floods: int


def cell_counts(
    store: Store,
    first: date,
    last: date,
    *,
    by: Sequence[str] = ("week", "cell"),
    district: Sequence[str] = (),
    category1: Sequence[str] = (),
    category2: Sequence[str] = (),
    narrow: Selection | None = None,
    resolution: int = FINEST,
    leave_out: Iterable[LeaveOut] = (),
) -> pd.DataFrame:
    """Count orders on the map that came in from ``first`` to ``last``, both included.

    ``by``: any of day, week (named by its Monday; the first and the last may be cut by the span),
    cell, district, category1, category2; without any, one row. ``district``, ``category1``,
    ``category2``: only these. ``narrow``: further filters of a page (its span is not looked
    at). ``resolution``: 9 to 5, coarser cells sum finer ones. Columns: ``by``, ``n`` (what is
    in ``leave_out`` taken off), ``duplicates``, ``floods`` (how many there are, taken off or
    not); groups without a counted order are absent. Sorted by ``by``.

    Counted from ``counts_cell_day``; filters that it does not know (streets, units, channels,
    third categories) count the orders, with the same answer.
    """
    unknown = [name for name in by if name not in BY]
    if unknown:
        raise ValueError(f"cannot count by {', '.join(unknown)}")
    given = {"district": district, "category1": category1, "category2": category2}
    rows = _source(first, last, given, narrow)
    week = week_of(rows.c.day)
    keyed = {
        **dict(rows.c.items()), "cell": parent_column(rows.c.cell, resolution), "week": week,
    }  # fmt: skip
    keys = [keyed[name].label(name) for name in by]
    sums: dict[str, sa.ColumnElement[Any]] = {
        name: sa.func.coalesce(sa.func.sum(rows.c[name]), 0) for name in CELL_NUMBERS
    }
    left = sums["n"]
    for name in dict.fromkeys(leave_out):
        left = left - sums[name]
    counted = {**sums, "n": left}
    select = sa.select(
        *keys, *(sa.cast(value, sa.BigInteger).label(name) for name, value in counted.items())
    ).group_by(*(sa.literal_column(str(i)) for i in range(1, len(by) + 1)))
    out = store.frame(select).astype(dict.fromkeys(CELL_NUMBERS, "int64"))
    if by:
        out = out[out["n"] > 0].sort_values(list(by), kind="stable", ignore_index=True)
    return out.astype({"cell": "int64"}) if "cell" in by else out


def _source(
    first: date, last: date, given: Mapping[str, Sequence[str]], narrow: Selection | None
) -> sa.Subquery:
    """The span with the columns of the table: from it, else from the orders."""
    if narrow is not None and not _known(narrow):
        return _from_orders(first, last, given, narrow)
    table = counts_cell_day
    only = [table.c.day.between(first, last), *_only(table, given, narrow)]
    return sa.select(*table.columns).where(*only).subquery("cells")


def _known(narrow: Selection) -> bool:
    """Whether the table has every dimension that these filters ask for."""
    deep = any(len(path.split(PATH)) > 2 for path in narrow.categories)
    others = narrow.streets or narrow.units or narrow.unit_types or narrow.channels
    return not (deep or others or narrow.extra != EVERYTHING)


_FILTERED = ("street", "unit", "channel")


def _from_orders(
    first: date, last: date, given: Mapping[str, Sequence[str]], narrow: Selection | None
) -> sa.Subquery:
    """The same columns counted from the orders of some days, judged within their whole weeks."""
    rows = judged(monday(first), monday(last) + _WEEK, *_FILTERED, *_further(narrow))
    conditions = [rows.c.created_day.between(first, last), *_only(rows, given, narrow)]
    if narrow is not None:
        conditions.append(where(narrow.extra, rows))
    groups = [
        column.label(name) for column, name in zip(dimensions(rows), CELL_DIMENSIONS, strict=True)
    ]
    plain = sa.select(*groups, *numbers(rows)).where(*conditions)
    return plain.group_by(*dimensions(rows)).subquery("cells")


def _further(narrow: Selection | None) -> tuple[str, ...]:
    """Columns that a further condition looks at."""
    return () if narrow is None else tuple(fields_of(narrow.extra))


def _only(
    table: sa.FromClause, given: Mapping[str, Sequence[str]], narrow: Selection | None
) -> list[sa.ColumnElement[bool]]:
    out = [table.c[name].in_(list(wanted)) for name, wanted in given.items() if wanted]
    return [*out, *(filters_of(table, narrow) if narrow is not None else ())]


def cell_measures(
    store: Store,
    measures: Mapping[str, Condition],
    selection: Selection,
    *,
    resolution: int = FINEST,
) -> pd.DataFrame:
    """Orders of a selection that fulfil each measure, by cell: ``cell``, one int64 per measure.

    As :func:`data.counts.tally`, from the orders on the map; the selection's clock counts.
    Nothing is left out: a rate is a rate of all orders, as on every other page.
    """
    rows = orders
    cell = parent_column(rows.c.h3_9, resolution).label("cell")
    counts = [sa.func.count().filter(where(c)).label(name) for name, c in measures.items()]
    conditions = [*selected(selection), on_map()]
    select = sa.select(cell, *counts).where(*conditions).group_by(sa.literal_column("1"))
    out = store.frame(select).astype("int64")
    some = (out[list(measures)] != 0).any(axis=1)
    return out[some].sort_values("cell", ignore_index=True)


def left_out(
    store: Store,
    first: date,
    last: date,
    *,
    district: Sequence[str] = (),
    category1: Sequence[str] = (),
    category2: Sequence[str] = (),
    narrow: Selection | None = None,
) -> LeftOut:
    """How many orders of the span and filters are on the map, on no map, duplicates and floods."""
    given = {"district": district, "category1": category1, "category2": category2}
    total = cell_counts(store, first, last, by=(), **given, narrow=narrow).iloc[0]  # type: ignore[arg-type]
    day = orders.c.created_day
    conditions = [day.between(first, last), *_only(orders, given, narrow)]
    if narrow is not None:
        conditions.append(where(narrow.extra))
    off = sa.select(orders.c.point_kind, sa.func.count().label("n")).where(
        *conditions, sa.not_(sa.func.coalesce(on_map(), sa.false()))
    )
    kinds: dict[str, int] = {}
    for kind, number in store.frame(off.group_by(orders.c.point_kind)).to_numpy(dtype=object):
        kinds[kind if isinstance(kind, str) else "missing"] = int(number)
    named = {kind: kinds.pop(kind, 0) for kind in ("placeholder", "outside", "missing")}
    named["missing"] += sum(kinds.values())  # a point without a cell is no point
    return LeftOut(
        int(total["n"]), **named, duplicates=int(total["duplicates"]), floods=int(total["floods"])
    )


def points(
    store: Store,
    which: Condition | Selection,
    bbox: tuple[float, float, float, float] | None = None,
    limit: int = 2000,
) -> tuple[pd.DataFrame, int]:
    """The newest ``limit`` orders on the map of a condition or selection, and how many there are.

    ``bbox``: west, south, east, north. Columns: source, order_id, lon, lat, created_at,
    category1, category2, district, unit, status.
    """
    columns = ("source", "order_id", "lon", "lat", "created_at", "category1", "category2",
               "district", "unit", "status")  # fmt: skip
    narrowed = selected(which) if isinstance(which, Selection) else [where(which)]
    wanted = [*narrowed, on_map()]
    if bbox is not None:
        west, south, east, north = bbox
        wanted += [orders.c.lon.between(west, east), orders.c.lat.between(south, north)]
    newest = (orders.c.created_at.desc(), orders.c.source, orders.c.order_id)
    rows = sa.select(*(orders.c[name] for name in columns)).where(*wanted)
    total = store.scalar(sa.select(sa.func.count()).select_from(orders).where(*wanted))
    return store.frame(rows.order_by(*newest).limit(limit)), int(total)
