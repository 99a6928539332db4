"""Peers most alike: overlap of shares times closeness of size, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from metrics.alike import most_alike


def table(**units: dict[str, int]) -> pd.DataFrame:
    rows = [(unit, kind, n) for unit, kinds in units.items() for kind, n in kinds.items()]
    return pd.DataFrame(rows, columns=["unit", "category", "n"])


def test_a_worked_example() -> None:
    counts = table(a={"x": 50, "y": 50}, b={"x": 100, "y": 100}, c={"x": 90, "y": 10}, d={"z": 100})
    got = most_alike(counts, "a").set_index("unit")
    assert got.loc["b", "overlap"] == pytest.approx(1)
    assert got.loc["b", "alike"] == pytest.approx((100 / 200) ** 0.5)
    assert got.loc["c", "overlap"] == pytest.approx(0.5 + 0.1)
    assert got.loc["d", "alike"] == 0
    assert list(got.index) == ["b", "c", "d"]
    assert got.loc["b", "n"] == 200


def test_nothing_to_compare() -> None:
    counts = table(a={"x": 5}, b={"x": 0})
    assert most_alike(counts, "a").empty
    assert most_alike(counts, "none").empty
