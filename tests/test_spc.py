"""Control charts: a textbook chart, every rule by hand, the icons, and false alarms."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from metrics.linear import decompose
from metrics.spc import (
    FEWEST,
    MATRIX,
    assurance,
    by_concern,
    chart,
    directions_of,
    matrix,
    variation,
)
from tests.league import A, league

# Montgomery, Introduction to Statistical Quality Control, table 7.1: leaking orange juice
# cans, 30 samples of 50. Printed: p-bar 0.2313, limits 0.0524 and 0.4102.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9,
        12, 7, 13, 9, 6]  # fmt: skip


def values(*rates: float, n: int = 1000) -> np.ndarray:
    return np.round(np.array([rates]) * n)


def test_montgomerys_orange_juice_cans() -> None:
    got = chart(np.array([CANS]), np.full((1, 30), 50), laney=False)
    assert got.mean[0] == pytest.approx(0.2313, abs=5e-5)
    assert got.low[0, 0] == pytest.approx(0.0524, abs=5e-5)
    assert got.high[0, 0] == pytest.approx(0.4102, abs=5e-5)
    # the book: samples 15 and 23 plot above the upper limit
    assert np.flatnonzero(got.rules["outside"][0]).tolist() == [14, 22]


def test_limits_are_narrower_for_larger_n() -> None:
    n = np.array([[50, 100, 400, 0, 100]])
    got = chart(n * 0.9, n, laney=False)
    width = (got.high - got.low)[0]
    assert width[2] < width[1] < width[0]
    assert np.isnan(got.value[0, 3]) and np.isnan(got.low[0, 3])


def test_laney_widens_limits_only_where_points_scatter() -> None:
    rng = np.random.default_rng(2)
    n = np.full((1, 24), 20_000)
    calm, wild = rng.binomial(n, 0.9), rng.binomial(n, np.clip(rng.normal(0.9, 0.02, 24), 0, 1))
    plain, laney = chart(wild, n, laney=False), chart(wild, n)
    assert np.abs(plain.rules["outside"]).sum() > 10
    assert np.abs(laney.rules["outside"]).sum() <= 1
    ratio = chart(calm, n).sigma / chart(calm, n, laney=False).sigma
    assert ratio.max() < 1.6


def test_seven_on_one_side() -> None:
    rates = [0.52, 0.5] * 6 + [0.53] * 6
    assert not chart(values(*rates), np.full((1, 18), 1000)).rules["shift"].any()
    got = chart(values(*rates, 0.53), np.full((1, 19), 1000))
    assert got.rules["shift"][0].tolist() == [0] * 12 + [1] * 7


def test_seven_rising() -> None:
    rates = [0.50, 0.49, 0.50, 0.49] * 2 + [0.485, 0.49, 0.495, 0.50, 0.505, 0.51]
    n = np.full((1, 14), 1000)
    assert not chart(values(*rates), n).rules["trend"].any()  # six points
    got = chart(values(*rates, 0.515), np.full((1, 15), 1000))
    assert got.rules["trend"][0].tolist() == [0] * 8 + [1] * 7


def test_two_of_three_in_the_outer_third() -> None:
    rates = [0.5] * 12 + [0.535, 0.5, 0.535]
    got = chart(values(*rates), np.full((1, 15), 1000), baseline=12, laney=False)
    assert got.rules["two_of_three"][0].tolist() == [0] * 12 + [1, 0, 1]
    assert not got.rules["outside"].any()


def test_missing_periods_are_stepped_over() -> None:
    rates = values(*[0.5, 0.52] * 6, *[0.53] * 4, 0, *[0.53] * 4)
    n = np.full((1, 21), 1000)
    n[0, 16] = 0
    got = chart(rates, n)
    assert got.rules["shift"][0, 17:].all() and got.rules["shift"][0, 16] == 0


@pytest.mark.parametrize(
    ("last", "up", "icon"),
    [
        (0.60, True, "improving"),
        (0.60, False, "concerning"),
        (0.40, True, "concerning"),
        (0.40, False, "improving"),
        (0.60, None, "neither"),
        (0.51, True, "common"),
    ],
)
def test_variation_icons(last: float, up: bool | None, icon: str) -> None:
    rates = values(*[0.5, 0.51] * 7, last)
    assert variation(chart(rates, np.full((1, 15), 1000)), up) == [icon]


def test_an_early_signal_does_not_mark_the_latest_point() -> None:
    rates = values(0.57, *[0.5, 0.51] * 7)
    got = chart(rates, np.full((1, 15), 1000))
    assert got.rules["outside"][0, 0] == 1
    assert variation(got, True) == ["common"]


@pytest.mark.parametrize(
    ("target", "up", "icon"),
    [
        (0.40, True, "passes"),
        (0.60, True, "fails"),
        (0.50, True, "hits_or_misses"),
        (0.60, False, "passes"),
        (0.40, False, "fails"),
        (None, True, "no_target"),
    ],
)
def test_assurance_icons(target: float | None, up: bool, icon: str) -> None:
    rates = values(*[0.5, 0.51] * 7)
    assert assurance(chart(rates, np.full((1, 14), 1000)), target, up) == [icon]


def test_few_points_have_no_icons() -> None:
    got = chart(np.full((1, FEWEST - 1), 90), np.full((1, FEWEST - 1), 100))
    assert variation(got, True) == ["too_few"] and assurance(got, 0.5) == ["too_few"]


def test_matrix_unit_by_rate() -> None:
    rows = [
        (unit, rate, month, hits, 100)
        for unit, rate, usual, last in [
            ("甲", "resolution", 90, 60), ("甲", "repeat", 10, 30), ("乙", "resolution", 90, 90),
        ]
        for month in range(14)
        for hits in [usual + month % 2 if month < 13 else last]
    ]  # fmt: skip
    series = pd.DataFrame(rows, columns=["unit", "rate", "period", "hits", "n"])
    got = matrix(series, {"resolution": True, "repeat": False}, {"resolution": 0.8})
    assert tuple(got.columns) == MATRIX
    by = got.set_index(["unit", "rate"])
    assert by.loc[("甲", "resolution"), "variation"] == "concerning"
    assert by.loc[("甲", "resolution"), "rule"] == "outside"
    assert by.loc[("甲", "repeat"), "variation"] == "concerning"
    assert by.loc[("甲", "repeat"), "assurance"] == "no_target"
    assert by.loc[("乙", "resolution"), ["variation", "assurance"]].tolist() == ["common", "passes"]
    assert matrix(series.iloc[:0], {}).empty


def test_units_that_need_a_look_come_first() -> None:
    rows = [
        ("calm", "a", "common", "passes", 0.90), ("calm", "b", "common", "passes", 0.10),
        ("low", "a", "common", "passes", 0.86), ("low", "b", "common", "passes", 0.10),
        ("bad", "a", "concerning", "passes", 0.80), ("bad", "b", "common", "passes", 0.10),
        ("worse", "a", "concerning", "fails", 0.80), ("worse", "b", "common", "passes", 0.10),
        ("good", "a", "improving", "passes", 0.99), ("good", "b", "common", "passes", 0.10),
        ("high", "a", "common", "passes", 0.90), ("high", "b", "common", "passes", 0.13),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit", "rate", "variation", "assurance", "value"])
    table = table.assign(mean=np.where(table["rate"] == "a", 0.9, 0.1), points=14)
    table = table.assign(low=table["mean"] - 0.05, high=table["mean"] + 0.05)
    got = by_concern(table, {"a": True, "b": False})
    assert got == ["worse", "bad", "low", "high", "calm", "good"]


def test_directions_of_a_scheme() -> None:
    linear = decompose(A, league(np.array([9]), np.array([[9, 9, 9]])))
    assert directions_of(linear.pieces) == dict.fromkeys(
        ("response", "resolution", "satisfaction"), True
    )


def test_laneys_limits_by_his_formulas() -> None:
    """Laney (2002), written out: sigma z = mean moving range of the z-scores / 1.128."""
    rng = np.random.default_rng(5)
    n = rng.integers(2000, 4000, 20)
    hits = rng.binomial(n, np.clip(rng.normal(0.9, 0.02, 20), 0, 1))
    got = chart(hits[None], n[None])
    mean = sum(hits) / sum(n)
    z = [(h / k - mean) / (mean * (1 - mean) / k) ** 0.5 for h, k in zip(hits, n, strict=True)]
    ranges = [abs(b - a) for a, b in pairwise(z)]
    sigma_z = sum(ranges) / len(ranges) / 1.128
    assert sigma_z > 1
    half = [3 * (mean * (1 - mean) / k) ** 0.5 * sigma_z for k in n]
    assert got.low[0] == pytest.approx([mean - h for h in half])
    assert got.high[0] == pytest.approx([min(1, mean + h) for h in half])
