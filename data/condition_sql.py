"""Conditions as SQL: the same answer as :func:`metrics.conditions.mask`, on every engine.

SQL has three truth values, conditions have two. A comparison with null yields
null, which ``WHERE``, ``FILTER``, ``AND`` and ``OR`` treat as false; only ``NOT``
would turn it into null again, so exactly there it is made false first. Leaving
the comparisons bare elsewhere lets the engines use indexes and zone maps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from data.schema import orders
from metrics.conditions import All, Condition, Not, Test
from metrics.fields import FIELDS

Column = sa.ColumnElement[Any]
Truth = sa.ColumnElement[bool]

_COMPARE: dict[str, Callable[[Column, Any], Truth]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
}


def where(condition: Condition, table: sa.FromClause = orders) -> Truth:
    """The condition for ``WHERE`` and ``FILTER``: null stands for false."""
    if isinstance(condition, Test):
        return _test(condition, table.c[condition.field])
    if isinstance(condition, Not):
        return sa.not_(exact(condition.part, table))
    parts = [where(part, table) for part in condition.parts]
    if isinstance(condition, All):
        return sa.and_(sa.true(), *parts)
    return sa.or_(sa.false(), *parts)


def exact(condition: Condition, table: sa.FromClause = orders) -> Truth:
    """The condition as a value that is true or false, never null."""
    return sa.func.coalesce(where(condition, table), sa.false())


def _test(test: Test, column: Column) -> Truth:
    if test.op == "missing":
        return column.is_(None)
    if test.op == "present":
        return column.is_not(None)
    values = test.values()
    if FIELDS[test.field].kind == "bool":
        return _bool_test(test, column, values)
    if test.op == "in":
        return column.in_(values) if values else sa.false()
    if test.op == "contains":
        return sa.func.strpos(column, values[0]) > 0
    return _COMPARE[test.op](column, values[0])


def _bool_test(test: Test, column: Column, values: tuple[Any, ...]) -> Truth:
    """``IS TRUE`` / ``IS FALSE``, the only spelling that every engine shares."""
    wanted = {not values[0]} if test.op == "ne" else set(values)
    hits = [column.is_(sa.true() if value else sa.false()) for value in sorted(wanted)]
    return sa.or_(sa.false(), *hits)
