"""A condition as rows a person can fill in, and back: rows joined by all, any or none, one level nested.

``to_condition(from_condition(c))`` means the same as ``c``; ``from_condition(to_condition(g))``
is ``tidy(g)``. A condition nested deeper than rows can show is none (:func:`from_condition`
gives ``None``): it is edited as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

from metrics.conditions import All, Any_, Condition, Not, Op, Test, negate
from metrics.fields import FIELDS, Kind

Joint = Literal["all", "any", "none"]
JOINTS: tuple[Joint, ...] = ("all", "any", "none")
NOT = "not_"

_ORDER = ("eq", "ne", "ge", "gt", "le", "lt", "present", "missing")
_OFFERED: dict[Kind, tuple[str, ...]] = {
    "text": ("in", "not_in", "eq", "contains", "not_contains", "present", "missing"),
    "enum": ("in", "not_in", "present", "missing"),
    "bool": ("eq", "not_eq", "present", "missing"),
    "int": _ORDER,
    "float": _ORDER,
    "time": ("ge", "lt", "present", "missing"),
    "date": ("ge", "lt", "present", "missing"),
}
HIDDEN = frozenset({"caller_key", "h3_9", "place_key", "order_id", "repeat_of", "exclusion_note"})
"""Fields that no indicator is about; a condition that has one keeps it."""


@dataclass(frozen=True)
class Row:
    """``field op value``. ``op`` is an operator, or one with ``not_`` before it (which is true of
    blanks too)."""

    field: str
    op: str
    value: Any = None

    def condition(self) -> Condition:
        """The row as a condition. Raises ``ValueError`` for what does not fit the field."""
        plain = cast(Op, self.op.removeprefix(NOT))
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        made = Test(field=self.field, op=plain, value=value)
        return negate(made) if self.op.startswith(NOT) else made


@dataclass(frozen=True)
class Group:
    """Rows (and on the top level groups of rows) of which all, any or none must be true."""

    joint: Joint = "all"
    items: tuple[Row | Group, ...] = ()


EMPTY = Group()


def offered(field: str) -> tuple[str, ...]:
    """The operators that fit a field, in the order they are shown."""
    return _OFFERED[FIELDS[field].kind]


def to_condition(group: Group) -> Condition:
    """The condition that the rows say. Raises ``ValueError`` (pydantic's) for a row that does not fit."""
    return _condition(tidy(group))


def _condition(item: Row | Group) -> Condition:
    if isinstance(item, Row):
        return item.condition()
    parts = tuple(_condition(part) for part in item.items)
    if item.joint == "none":
        return Not.model_validate({"not": Any_(parts=parts)})
    if len(parts) == 1:
        return parts[0]
    return All(parts=parts) if item.joint == "all" else Any_(parts=parts)


def tidy(group: Group) -> Group:
    """The same rows without empty groups, groups of one, and joints that join nothing."""
    items: list[Row | Group] = []
    for item in group.items:
        if isinstance(item, Row):
            items.append(item)
            continue
        inner = tidy(item)
        if inner.joint != "none" and len(inner.items) == 1:
            items.extend(inner.items)
        elif inner.items:
            items.append(inner)
    if not items:
        return EMPTY
    joint = group.joint
    if len(items) == 1:
        only = items[0]
        if isinstance(only, Group) and joint != "none":
            return only
        joint = "none" if joint == "none" else "all"
    return Group(joint, tuple(items))


def from_condition(condition: Condition | None) -> Group | None:
    """The rows of a condition; ``None`` where it is nested deeper than rows can show."""
    if condition is None:
        return EMPTY
    row = _row(condition)
    if row is not None:
        return Group("all", (row,))
    joined = _joined(condition)
    if joined is None:
        return None
    joint, parts = joined
    items: list[Row | Group] = []
    for part in parts:
        inner = _row(part) or _rows(part)
        if inner is None:
            return None
        items.append(inner)
    return tidy(Group(joint, tuple(items))) if items or joint == "all" else None


def _rows(condition: Condition) -> Group | None:
    """A group of rows alone."""
    joined = _joined(condition)
    if joined is None:
        return None
    rows = [_row(part) for part in joined[1]]
    if not rows or any(row is None for row in rows):
        return None
    return Group(joined[0], tuple(row for row in rows if row is not None))


def _joined(condition: Condition) -> tuple[Joint, tuple[Condition, ...]] | None:
    if isinstance(condition, All):
        return "all", condition.parts
    if isinstance(condition, Any_):
        return "any", condition.parts
    if isinstance(condition, Not):
        if isinstance(condition.part, Any_):
            return "none", condition.part.parts
        if isinstance(condition.part, All) and len(condition.part.parts) == 1:
            return "none", condition.part.parts
    return None


def _row(condition: Condition) -> Row | None:
    if isinstance(condition, Test):
        return Row(condition.field, condition.op, condition.value)
    if isinstance(condition, Not) and isinstance(condition.part, Test):
        inner = condition.part
        if inner.op in ("missing", "present"):
            return Row(inner.field, "present" if inner.op == "missing" else "missing")
        return Row(inner.field, f"{NOT}{inner.op}", inner.value)
    return None
