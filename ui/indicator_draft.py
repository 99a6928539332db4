"""An indicator being built: what the form holds, and the indicator it says."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from metrics.conditions import EVERYTHING, Condition, dump
from metrics.fields import FIELDS
from metrics.indicators import SCALES, Indicator, Unit
from ui.indicator_rows import Group, Joint, Row, from_condition, offered, to_condition

_numbers = itertools.count(1)
UNITS: dict[str, tuple[Unit, ...]] = {
    "rate": ("percent", "per_1000", "per_10000"),
    "per_population": ("per_10000", "per_1000"),
}
KINDS = tuple(UNITS)
PLACEHOLDER = "draft"


@dataclass
class RowState:
    """A row of the form. ``uid`` tells its widgets apart."""

    field: str = "satisfaction"
    op: str = "in"
    value: Any = None
    uid: int = dataclasses.field(default_factory=lambda: next(_numbers))

    @property
    def complete(self) -> bool:
        """Whether it has the value that its operator needs."""
        if self.op in ("present", "missing"):
            return True
        return self.value is not None and self.value not in ("", [], ())

    def turn_to(self, name: str) -> None:
        """Another field: the first operator that fits, no value yet (yes for yes-no fields)."""
        self.field, self.op = name, offered(name)[0]
        self.value = True if FIELDS[name].kind == "bool" else None

    def turn_op(self, op: str) -> None:
        """Another operator; the value stays where it still fits."""
        kinds = [_takes(o) for o in (self.op, op)]
        self.op = op
        if kinds[0] != kinds[1]:
            self.value = True if kinds[1] == "one" and FIELDS[self.field].kind == "bool" else None


def _takes(op: str) -> str:
    plain_op = op.removeprefix("not_")
    return {"in": "many", "present": "none", "missing": "none", "contains": "piece"}.get(
        plain_op, "one"
    )


@dataclass
class GroupState:
    """Rows and groups of rows of the form. ``fixed``: a condition too deep for rows, kept as it is."""

    joint: Joint = "all"
    items: list[RowState | GroupState] = field(default_factory=list)
    fixed: Condition | None = None
    uid: int = field(default_factory=lambda: next(_numbers))

    def rows(self) -> list[RowState]:
        """Every row, those of groups too."""
        out: list[RowState] = []
        for item in self.items:
            out += [item] if isinstance(item, RowState) else item.rows()
        return out

    def group(self) -> Group:
        """What the form says, as rows."""
        return Group(
            self.joint,
            tuple(
                Row(i.field, i.op, tuple(i.value) if isinstance(i.value, list) else i.value)
                if isinstance(i, RowState)
                else i.group()
                for i in self.items
            ),
        )

    def condition(self) -> Condition:
        """The condition it says. Raises ``ValueError`` for a value that does not fit."""
        return self.fixed if self.fixed is not None else to_condition(self.group())


def group_state(condition: Condition | None) -> GroupState:
    """The form's state of a condition."""
    rows = from_condition(condition)
    return GroupState(fixed=condition) if rows is None else _state(rows)


def _state(group: Group) -> GroupState:
    return GroupState(
        group.joint,
        [
            RowState(item.field, item.op, _listed(item.value))
            if isinstance(item, Row)
            else _state(item)
            for item in group.items
        ],
    )


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass
class PieceState:
    """One piece of the numerator and what an order counts in it."""

    group: GroupState = field(default_factory=GroupState)
    weight: float = 1.0
    uid: int = field(default_factory=lambda: next(_numbers))


@dataclass
class Draft:
    """The form. ``id`` and ``revision``: the saved indicator it was made from (empty, 0: new)."""

    id: str = ""
    revision: int = 0
    zh: str = ""
    en: str = ""
    says_zh: str = ""
    says_en: str = ""
    basis_zh: str = ""
    basis_en: str = ""
    direction: Literal["up", "down"] = "up"
    kind: str = "rate"
    unit: Unit = "percent"
    clock: Literal["created", "closed"] = "created"
    counts_excluded: bool = False
    unmeasured_when_zero: bool = False
    target: float | None = None
    pieces: list[PieceState] = field(default_factory=lambda: [PieceState()])
    denominator: GroupState = field(default_factory=GroupState)
    missing: GroupState | None = None
    uid: int = field(default_factory=lambda: next(_numbers))

    def incomplete(self) -> int:
        """How many rows lack their value."""
        groups = [piece.group for piece in self.pieces]
        groups += [self.denominator] if self.kind == "rate" else []
        groups += [self.missing] if self.missing and self.kind == "rate" else []
        return sum(not row.complete for group in groups for row in group.rows())

    def turn_kind(self, kind: str) -> None:
        """A rate, or orders per resident: with the first unit that fits and whole weights."""
        self.kind, self.unit = kind, UNITS[kind][0]
        for piece in self.pieces:
            piece.weight = 1.0 if kind == "per_population" else piece.weight

    def indicator(self, definition: dict[str, str] | None = None) -> Indicator:
        """The indicator that the form says; ``definition`` fills in what was left empty.

        Raises ``ValueError`` for what cannot be one.
        """
        body: dict[str, Any] = {
            "id": self.id or PLACEHOLDER,
            "names": {"zh": self.zh.strip() or "–", "en": self.en.strip() or "–"},
            "definition": {
                "zh": self.says_zh.strip() or (definition or {}).get("zh", "–"),
                "en": self.says_en.strip() or (definition or {}).get("en", "–"),
            },
            "status": "documented" if self.basis_zh.strip() and self.basis_en.strip() else "own",
            "direction": self.direction, "kind": self.kind, "unit": self.unit,
            "clock": self.clock, "counts_excluded": self.counts_excluded,
            "unmeasured_when_zero": self.unmeasured_when_zero,
            "numerator": [
                {"condition": dump(piece.group.condition()), "weight": piece.weight}
                for piece in self.pieces
            ],
        }  # fmt: skip
        if self.basis_zh.strip() and self.basis_en.strip():
            body["note"] = {"zh": self.basis_zh.strip(), "en": self.basis_en.strip()}
        if self.target is not None:
            body["target"] = {"value": self.target / SCALES[self.unit], "status": body["status"]}
        if self.kind == "rate":
            body["denominator"] = dump(self.denominator.condition())
            if self.missing is not None:
                body["missing"] = dump(self.missing.condition())
        return Indicator.model_validate(body)


def draft_of(indicator: Indicator, revision: int = 0, *, copy: bool = False) -> Draft | None:
    """The form's state of an indicator; ``None`` for one that the form cannot hold (parts, shares
    of a group, records): it is edited as text. ``copy``: a new one, to be named anew."""
    if indicator.parts or indicator.records or indicator.kind == "group_share":
        return None
    note, target = indicator.note, indicator.target
    return Draft(
        id="" if copy else indicator.id,
        revision=0 if copy else revision,
        zh="" if copy else indicator.names.zh,
        en="" if copy else indicator.names.en,
        says_zh="" if copy else indicator.definition.zh,
        says_en="" if copy else indicator.definition.en,
        basis_zh=note.zh if note and not copy else "",
        basis_en=note.en if note and not copy else "",
        direction=indicator.direction,
        kind=indicator.kind,
        unit=indicator.unit,
        clock=indicator.clock,
        counts_excluded=indicator.counts_excluded,
        unmeasured_when_zero=indicator.unmeasured_when_zero,
        target=None if target is None else round(target.value * SCALES[indicator.unit], 6),
        pieces=[PieceState(group_state(p.condition), p.weight) for p in indicator.numerator],
        denominator=group_state(indicator.denominator or EVERYTHING),
        missing=None if indicator.missing is None else group_state(indicator.missing),
    )


def first_draft() -> Draft:
    """What an empty builder starts with: resolved orders among all, one row to be changed."""
    row = RowState("resolution", "in", ["resolved"])
    return Draft(
        pieces=[PieceState(GroupState(items=[row]))],
        denominator=GroupState(items=[RowState("followup", "in", ["valid"])]),
    )
