"""Slots: which counted condition owns which column of the counts tables, and the recount."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from data import scheme_versions
from data.condition_sql import where
from data.schema import (
    CORE_DIMENSIONS,
    SLOTS,
    counts_area,
    counts_core,
    counts_unit,
    measures,
    orders,
)
from data.store import Store
from metrics.conditions import EVERYTHING, Condition, dump, fingerprint, parse
from metrics.indicators import Indicator
from metrics.scheme import clocks_of, further_indicators, measures_of
from metrics.selection import Clock

Wanted = tuple[Condition, Clock]
Key = tuple[str, str]  # fingerprint, clock

ALWAYS: tuple[Wanted, ...] = ((EVERYTHING, "created"), (EVERYTHING, "closed"))
"""Counted in every store."""

CLOCKS: tuple[Clock, ...] = ("created", "closed")
_ROWS = 1_500_000  # orders recounted at once: bounds the memory
_COUNTED = frozenset(SLOTS)
_NAMELESS = "\x01"  # stands for a missing name where groups are matched; no name holds it
_FILLED = 24  # from more on, one count of everything is faster
_FEW = 31  # days that are counted at once, however many orders they have


def slots(connection: sa.Connection) -> dict[Key, str]:
    """The slot of each counted (fingerprint, clock)."""
    rows = connection.execute(sa.select(measures))
    return {(row.fingerprint, row.clock): row.slot for row in rows}


def ensure_measures(store: Store, wanted: Iterable[Wanted]) -> list[Wanted]:
    """See that the conditions are counted; counts the missing ones (and only those) over all days.

    When the slots run out, slots that are not wanted now are given away. Returns
    what found no slot (such measures are counted from raw rows, with the same answer).
    """
    asked = {(fingerprint(c), clock): (c, clock) for c, clock in (*ALWAYS, *wanted)}
    with store.engine.connect() as connection:
        known = slots(connection)
    if all(key in known for key in asked):
        return []
    with store.write() as connection:
        known = slots(connection)
        missing = [key for key in asked if key not in known]
        free = [slot for slot in SLOTS if slot not in known.values()]
        idle = [slot for key, slot in known.items() if key not in asked]
        free += idle[: max(0, len(missing) - len(free))]
        placed = list(zip(missing, free, strict=False))
        taken = [slot for _, slot in placed]
        connection.execute(sa.delete(measures).where(measures.c.slot.in_(taken)))
        for key, slot in placed:
            condition, clock = asked[key]
            text = json.dumps(dump(condition), ensure_ascii=False)
            row = {"slot": slot, "clock": clock, "fingerprint": key[0], "condition": text}
            connection.execute(sa.insert(measures).values(row))
        if not placed:  # somebody else has just counted them, or no slot is left
            return [asked[key] for key in missing]
        if known and len(placed) <= _FILLED:
            fresh = [(slot, asked[key][1], asked[key][0]) for key, slot in placed]
            _fill(connection, fresh, set(taken) & set(known.values()))
        else:
            recount(connection)
    return [asked[key] for key in missing[len(placed) :]]


def count_ahead(store: Store, saved: Iterable[Indicator] = ()) -> None:
    """See that all schemes in use and further indicators are counted, the chosen scheme's first.

    ``saved``: indicators made in the app; when the slots run out they are the first
    to go without.
    """
    schemes = scheme_versions.schemes(store)
    first = store.settings.scheme
    ordered = sorted(schemes.values(), key=lambda scheme: scheme.id != first)
    wanted = [pair for scheme in ordered for pair in scheme.counted()]
    for indicators in (list(further_indicators().values()), list(saved)):
        clocks = clocks_of(indicators)
        # Pages leave out of them what the scheme strikes out: counted in each way that occurs.
        for excluded in dict.fromkeys(scheme.excluded for scheme in ordered):
            named = measures_of(indicators, excluded)
            wanted += [(condition, clocks[name]) for name, condition in named.items()]
    ensure_measures(store, wanted)


def recount(
    connection: sa.Connection, days: sa.Table | None = None, source: sa.FromClause = orders
) -> None:
    """Count all slots anew, for the days of a one-column table or for all days.

    ``source`` may stand for the orders where all of them can be read faster elsewhere.
    """
    counted = [
        (row.slot, row.clock, parse(json.loads(row.condition)))
        for row in connection.execute(sa.select(measures))
    ]
    for table in (counts_core, counts_unit, counts_area):
        gone = sa.delete(table)
        if days is not None:
            gone = gone.where(table.c.day.in_(sa.select(days.c.day)))
        connection.execute(gone)
    for first, last in _spans(connection, days, source):
        for table in (counts_unit, counts_area):
            _count(connection, table, counted, source, days, first, last)
        _sum_up(connection, sorted(slot for slot, _, _ in counted), days, first, last)


def _fill(
    connection: sa.Connection, fresh: Sequence[tuple[str, Clock, Condition]], used: set[str]
) -> None:
    """Count some slots anew in the rows that are there, all other slots left alone.

    Every group of orders has its row, because everything is always counted. ``used``:
    slots that held another measure before.
    """
    every = sorted(slot for slot, _, _ in fresh)
    for table in (counts_core, counts_unit, counts_area):
        if used:
            connection.execute(sa.update(table).values(dict.fromkeys(sorted(used))))
    for first, last in _spans(connection, None, orders):
        for clock in CLOCKS:
            own = {slot: condition for slot, c, condition in fresh if c == clock}
            for table in (counts_unit, counts_area) if own else ():
                dimensions = _dimensions(table)
                found = _count_clock(clock, own, sorted(own), dimensions, orders, None, first, last)
                _put(connection, table, found.subquery(), dimensions, sorted(own))
        sums = [sa.cast(sa.func.sum(counts_unit.c[slot]), sa.Integer).label(slot) for slot in every]
        groups = [counts_unit.c[name] for name in CORE_DIMENSIONS]
        summed = sa.select(*groups, *sums).where(counts_unit.c.day.between(first, last))
        _put(
            connection, counts_core, summed.group_by(*groups).subquery(), CORE_DIMENSIONS, every
        )  # fmt: skip


def _put(
    connection: sa.Connection,
    table: sa.Table,
    found: sa.Subquery,
    dimensions: Sequence[str],
    filled: Sequence[str],
) -> None:
    """Write counted slots into the rows of the same group (a missing name is a group too)."""
    same = [
        table.c[name] == found.c[name]
        if name == "day"
        else sa.func.coalesce(table.c[name], _NAMELESS)
        == sa.func.coalesce(found.c[name], _NAMELESS)
        for name in dimensions
    ]
    values = {slot: found.c[slot] for slot in filled}
    connection.execute(sa.update(table).where(*same).values(values))


def _dimensions(table: sa.Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in _COUNTED]


def _spans(
    connection: sa.Connection, days: sa.Table | None, source: sa.FromClause
) -> list[tuple[date, date]]:
    """Consecutive pieces of the touched time, of about :data:`_ROWS` orders each."""
    if days is not None:
        touched = sa.select(days.c.day).distinct()
    else:
        both = sa.union(sa.select(source.c.created_day), sa.select(source.c.closed_day)).subquery()
        touched = sa.select(both.c.created_day)
    every = sorted(row[0] for row in connection.execute(touched) if row[0] is not None)
    longest = _FEW
    if len(every) > _FEW:
        total = connection.execute(sa.select(sa.func.count()).select_from(source)).scalar_one()
        longest = max(_FEW, len(every) * _ROWS // max(1, total))
    spans: list[tuple[date, date]] = []
    for number, day in enumerate(every):
        if number % longest == 0:
            spans.append((day, day))
        spans[-1] = (spans[-1][0], day)
    return spans


def _count(
    connection: sa.Connection,
    table: sa.Table,
    counted: Sequence[tuple[str, str, Condition]],
    source: sa.FromClause,
    days: sa.Table | None,
    first: date,
    last: date,
) -> None:
    dimensions = _dimensions(table)
    used = sorted(slot for slot, _, _ in counted)
    parts = []
    for clock in CLOCKS:
        own = {slot: condition for slot, c, condition in counted if c == clock}
        if own:
            parts.append(_count_clock(clock, own, used, dimensions, source, days, first, last))
    if not parts:
        return
    both = sa.union_all(*parts).subquery()
    groups = [both.c[name] for name in dimensions]
    # a slot has one clock, so at most one of the two rows of a group has its number
    numbers = [sa.func.max(both.c[slot]) for slot in used]
    rows = sa.select(*groups, *numbers).group_by(*groups)
    connection.execute(sa.insert(table).from_select([*dimensions, *used], rows))


def _sum_up(
    connection: sa.Connection,
    used: Sequence[str],
    days: sa.Table | None,
    first: date,
    last: date,
) -> None:
    """The core table out of the unit table: no condition is looked at twice."""
    groups = [counts_unit.c[name] for name in CORE_DIMENSIONS]
    sums = [sa.cast(sa.func.sum(counts_unit.c[slot]), sa.Integer) for slot in used]
    rows = sa.select(*groups, *sums).where(counts_unit.c.day.between(first, last))
    if days is not None:
        rows = rows.where(counts_unit.c.day.in_(sa.select(days.c.day)))
    insert = sa.insert(counts_core).from_select([*CORE_DIMENSIONS, *used], rows.group_by(*groups))
    connection.execute(insert)


def _count_clock(
    clock: str,
    own: Mapping[str, Condition],
    used: Sequence[str],
    dimensions: Sequence[str],
    source: sa.FromClause,
    days: sa.Table | None,
    first: date,
    last: date,
) -> sa.Select[Any]:
    day = source.c[f"{clock}_day"]
    groups = [day.label("day"), *(source.c[name] for name in dimensions if name != "day")]
    counts = [
        sa.cast(sa.func.count().filter(where(own[slot], source)), sa.Integer).label(slot)
        if slot in own
        else sa.cast(sa.null(), sa.Integer).label(slot)
        for slot in used
    ]
    select = sa.select(*groups, *counts).where(day.between(first, last)).group_by(*groups)
    if days is not None:
        select = select.where(day.in_(sa.select(days.c.day)))
    return select
