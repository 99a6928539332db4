"""Rows that a person fills in are conditions, and conditions come back as the same rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.conditions import EVERYTHING, dump, mask, negate, parse, test
from metrics.fields import FIELDS, Field
from metrics.scheme import all_schemes, further_indicators
from tests.factory import random_orders
from tests.strategies import conditions
from ui.indicator_rows import (
    EMPTY,
    JOINTS,
    Group,
    Row,
    from_condition,
    offered,
    tidy,
    to_condition,
)

ORDERS = random_orders(300, 3)


def value_of(field: Field, op: str) -> st.SearchStrategy[Any]:
    single: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "enum": st.sampled_from(field.values or ("",)),
        "int": st.integers(-5, 50),
        "float": st.floats(-100, 100, allow_nan=False),
        "time": st.just("2025-02-01 12:00:00"),
        "date": st.just("2025-02-01"),
        "text": st.sampled_from(["供暖", "城市管理", "云溪区", "停"]),
    }
    if op in ("present", "missing"):
        return st.none()
    if op.endswith("in") and op != "contains" and op != "not_contains":
        return st.lists(single[field.kind], max_size=3, unique=True).map(tuple)
    return single[field.kind]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    field = draw(st.sampled_from(list(FIELDS.values())))
    op = draw(st.sampled_from(offered(field.name)))
    return Row(field.name, op, draw(value_of(field, op)))


def groups() -> st.SearchStrategy[Group]:
    inner = st.builds(Group, st.sampled_from(JOINTS), st.lists(rows(), max_size=3).map(tuple))
    items = st.lists(st.one_of(rows(), inner), max_size=4).map(tuple)
    return st.builds(Group, st.sampled_from(JOINTS), items)


@settings(max_examples=300, deadline=None)
@given(groups())
def test_rows_to_condition_to_rows(group: Group) -> None:
    condition = to_condition(group)
    assert from_condition(condition) == tidy(group)
    assert parse(dump(condition)) == condition


@settings(max_examples=300, deadline=None)
@given(conditions(ORDERS))
def test_conditions_that_rows_can_show_keep_their_meaning(condition: Any) -> None:
    found = from_condition(condition)
    if found is not None:
        assert (mask(to_condition(found), ORDERS) == mask(condition, ORDERS)).all()


def test_joints_mean_what_they_say() -> None:
    urgent, late = Row("grade", "in", ("urgent",)), Row("on_time", "eq", False)
    for joint, wanted in (
        ("all", mask(urgent.condition(), ORDERS) & mask(late.condition(), ORDERS)),
        ("any", mask(urgent.condition(), ORDERS) | mask(late.condition(), ORDERS)),
        ("none", ~(mask(urgent.condition(), ORDERS) | mask(late.condition(), ORDERS))),
    ):
        assert (mask(to_condition(Group(joint, (urgent, late))), ORDERS) == wanted).all()  # type: ignore[arg-type]


def test_no_rows_are_everything() -> None:
    assert to_condition(EMPTY) == EVERYTHING
    assert to_condition(Group("any", (Group("none", ()),))) == EVERYTHING
    assert from_condition(EVERYTHING) == EMPTY


def test_a_negated_row_is_true_of_blanks() -> None:
    frame = ORDERS.assign(category2=None)
    assert mask(Row("category2", "not_in", ("供暖",)).condition(), frame).all()


def test_deeper_nesting_has_no_rows() -> None:
    deep = {"all": [{"any": [{"all": [{"field": "ledger", "value": True}] * 2}] * 2}] * 2}
    assert from_condition(parse(deep)) is None
    assert from_condition(negate(parse({"all": [{"field": "ledger", "value": True}] * 2}))) is None


def test_shipped_indicators_that_count_by_rows_can_be_copied() -> None:
    shipped = [*further_indicators().values()]
    shipped += [i for scheme in all_schemes().values() for i in scheme.indicators]
    shown = {
        leaf.prefix
        for i in shipped
        for leaf in i.leaves()
        if all(from_condition(p.condition) is not None for p in leaf.rule.numerator)
        and from_condition(leaf.rule.denominator) is not None
    }
    assert {
        "sign_24h",
        "closed_7d",
        "repeat",
        "legacy",
        "age_friendly",
        "volume_per_10000",
    } <= shown


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no order"):
        to_condition(Group("all", (Row("title", "lt", "x"),)))
    assert to_condition(Group("all", (Row("ledger", "eq", True),))) == test("ledger", "eq", True)
