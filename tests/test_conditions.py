"""Conditions: read back as written, opposites, and masks against a row-by-row reading."""

import json
import math
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from metrics.conditions import (
    EVERYTHING,
    All,
    Any_,
    Not,
    Test,
    both,
    dump,
    either,
    fields_of,
    fingerprint,
    mask,
    negate,
    parse,
)
from metrics.conditions import test as comparison
from metrics.fields import FIELDS

# field -> values that rows and operands are drawn from
POOL = {
    "title": ["供水", "停水通知", "a", ""],
    "followup": list(FIELDS["followup"].values),
    "contacted": [True, False],
    "returns": [-1, 0, 1, 2],
    "sign_hours": [-0.5, 0.0, 2.0, 24.0],
    "created_at": [datetime(2026, 1, 1), datetime(2026, 1, 1, 12), datetime(2026, 2, 1)],
    "created_day": [date(2026, 1, 1), date(2026, 2, 1)],
}
DTYPES = {
    "text": "str", "enum": "str", "bool": "boolean", "int": "Int64", "float": "float64",
    "time": "datetime64[us]", "date": "datetime64[us]",
}  # fmt: skip


def operand(field: str):
    values = POOL[field]
    return st.sampled_from([v.isoformat() if isinstance(v, date) else v for v in values])


def ops(field: str) -> list[str]:
    kind = FIELDS[field].kind
    extra = ["lt", "le", "gt", "ge"] if kind in ("int", "float", "time", "date") else []
    return [
        "eq",
        "ne",
        "in",
        "missing",
        "present",
        *extra,
        *(["contains"] if kind == "text" else []),
    ]


@st.composite
def comparisons(draw) -> dict:
    field = draw(st.sampled_from(sorted(POOL)))
    op = draw(st.sampled_from(ops(field)))
    if op in ("missing", "present"):
        return {"field": field, "op": op}
    value = draw(st.lists(operand(field), max_size=3) if op == "in" else operand(field))
    return {"field": field, "op": op, "value": value}


trees = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)
rows = st.lists(
    st.fixed_dictionaries({f: st.sampled_from([*values, None]) for f, values in POOL.items()}),
    max_size=6,
)


def frame(data: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(
        {f: pd.Series([r[f] for r in data], dtype=DTYPES[FIELDS[f].kind]) for f in POOL}
    )


def holds(condition, row: dict) -> bool:
    """An independent reading of the same rules, one row at a time."""
    if isinstance(condition, All):
        return all(holds(part, row) for part in condition.parts)
    if isinstance(condition, Any_):
        return any(holds(part, row) for part in condition.parts)
    if isinstance(condition, Not):
        return not holds(condition.part, row)
    value = row[condition.field]
    gone = value is None or (isinstance(value, float) and math.isnan(value))
    if condition.op in ("missing", "present"):
        return gone == (condition.op == "missing")
    if gone:
        return False
    wanted = condition.values()
    return {
        "eq": lambda: value == wanted[0],
        "ne": lambda: value != wanted[0],
        "lt": lambda: value < wanted[0],
        "le": lambda: value <= wanted[0],
        "gt": lambda: value > wanted[0],
        "ge": lambda: value >= wanted[0],
        "in": lambda: value in wanted,
        "contains": lambda: wanted[0] in value,
    }[condition.op]()


@given(trees)
def test_round_trip(tree) -> None:
    condition = parse(tree)
    again = parse(json.loads(json.dumps(dump(condition))))
    assert again == condition
    assert fingerprint(again) == fingerprint(condition)
    assert hash(again) == hash(condition)


@settings(max_examples=200)
@given(trees, rows)
def test_mask_agrees_with_reading_row_by_row(tree, data) -> None:
    condition = parse(tree)
    got = mask(condition, frame(data))
    assert got.dtype == np.bool_
    assert got.tolist() == [holds(condition, row) for row in data]


@given(trees, rows)
def test_negation_is_the_opposite(tree, data) -> None:
    condition, orders = parse(tree), frame(data)
    assert (mask(negate(condition), orders) == ~mask(condition, orders)).all()
    assert (mask(negate(negate(condition)), orders) == mask(condition, orders)).all()


@given(st.lists(trees, max_size=3), rows)
def test_both_and_either_join_masks(parts, data) -> None:
    conditions, orders = [parse(tree) for tree in parts], frame(data)
    masks = [mask(c, orders) for c in conditions]
    every = np.logical_and.reduce([np.ones(len(orders), bool), *masks])
    some = np.logical_or.reduce([np.zeros(len(orders), bool), *masks])
    assert (mask(both(*conditions), orders) == every).all()
    assert (mask(either(*conditions), orders) == some).all()


def test_no_parts() -> None:
    orders = frame([dict.fromkeys(POOL)] * 2)
    assert mask(EVERYTHING, orders).all()
    assert not mask(either(), orders).any()
    assert both(EVERYTHING, comparison("returns", "ge", 1)) == comparison("returns", "ge", 1)


def test_a_column_that_is_not_there_is_missing() -> None:
    orders = pd.DataFrame({"title": ["a"]})
    assert mask(comparison("returns", "missing"), orders).tolist() == [True]
    assert mask(comparison("returns", "eq", 0), orders).tolist() == [False]
    assert mask(comparison("returns", "ne", 0), orders).tolist() == [False]


def test_fields_of() -> None:
    tree = {
        "all": [{"field": "returns", "op": "present"}, {"not": {"field": "title", "value": "a"}}]
    }
    assert list(fields_of(parse(tree))) == ["returns", "title"]


@pytest.mark.parametrize(
    "tree",
    [
        {"field": "nonsense", "value": 1},
        {"field": "followup", "value": "vaild"},
        {"field": "returns", "value": True},
        {"field": "contacted", "value": 1},
        {"field": "returns", "value": "1"},
        {"field": "followup", "op": "lt", "value": "valid"},
        {"field": "followup", "op": "contains", "value": "val"},
        {"field": "returns", "op": "in", "value": 1},
        {"field": "returns", "op": "present", "value": 1},
        {"field": "created_at", "op": "lt", "value": "yesterday"},
        {"field": "returns"},
        {"both": []},
        {"all": [], "any": []},
        [],
    ],
)
def test_nonsense_is_refused(tree) -> None:
    with pytest.raises(ValidationError):
        parse(tree)


def test_shorthand_makes_lists_into_tuples() -> None:
    assert comparison("returns", "in", [1, 2]) == Test(field="returns", op="in", value=(1, 2))
