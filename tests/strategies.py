"""Hypothesis strategies: any condition over the canonical fields."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

from metrics.conditions import All, Any_, Condition, Not, Test
from metrics.fields import FIELDS, Field

_ORDERED = ("eq", "ne", "lt", "le", "gt", "ge")


def conditions(orders: pd.DataFrame, max_leaves: int = 8) -> st.SearchStrategy[Condition]:
    """Trees of tests whose operands are drawn from ``orders`` or made up."""
    leaves = st.sampled_from(list(FIELDS.values())).flatmap(lambda f: tests(f, orders))

    def tree(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        parts = st.lists(inner, max_size=3).map(tuple)
        return st.one_of(
            parts.map(lambda p: All(parts=p)),
            parts.map(lambda p: Any_(parts=p)),
            inner.map(lambda p: Not(part=p)),
        )

    return st.recursive(leaves, tree, max_leaves=max_leaves)


def tests(field: Field, orders: pd.DataFrame) -> st.SearchStrategy[Test]:
    """One test of a field with any operator that fits."""
    values = _values(field, orders)
    ordered = field.kind in ("int", "float", "time", "date")
    ops = _ORDERED if ordered else ("eq", "ne")
    options = [
        st.sampled_from(["missing", "present"]).map(lambda op: Test(field=field.name, op=op)),
        st.tuples(st.sampled_from(ops), values).map(
            lambda pair: Test(field=field.name, op=pair[0], value=pair[1])
        ),
        st.lists(values, max_size=4).map(
            lambda many: Test(field=field.name, op="in", value=tuple(many))
        ),
    ]
    if field.kind == "text":
        piece = values.flatmap(lambda v: st.sampled_from([v, v[1:3], v[:1], ""]))
        options.append(piece.map(lambda v: Test(field=field.name, op="contains", value=v)))
    return st.one_of(options)


def _values(field: Field, orders: pd.DataFrame) -> st.SearchStrategy[Any]:
    if field.kind == "bool":
        return st.booleans()
    if field.kind == "enum":
        return st.sampled_from(field.values)
    seen = orders[field.name].dropna().unique().tolist() if field.name in orders else []
    if field.kind in ("time", "date"):
        form = "%Y-%m-%d" if field.kind == "date" else "%Y-%m-%d %H:%M:%S"
        stamps = [pd.Timestamp(v).strftime(form) for v in seen]
        return st.sampled_from([*stamps[:40], pd.Timestamp("2025-02-28 12:00").strftime(form)])
    made_up: dict[str, Any] = {
        "int": st.integers(-5, 100),
        "float": st.floats(-1e6, 1e6, allow_nan=False),
        "text": st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    }
    kept = list(seen[:40])
    return st.one_of(st.sampled_from(kept), made_up[field.kind]) if kept else made_up[field.kind]
