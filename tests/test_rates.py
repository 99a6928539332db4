"""Rates against published intervals, and what must hold for any counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.rates import Rate, change, rate, rates, wilson
from metrics.scheme import all_schemes, further_indicators

A = all_schemes()["beijing_district"]
RESPONSE, SATISFACTION = A.indicator("response"), A.indicator("satisfaction")


def row(valid: int, contacted: int, missing: int = 0) -> dict[str, int]:
    return {"response.num.0": contacted, "response.den": valid, "response.missing": missing}


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_published(successes: int, n: int, low: float, high: float) -> None:
    got = wilson(np.array([successes]), np.array([n]))
    assert got[0][0] == pytest.approx(low, abs=5e-5)
    assert got[1][0] == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_published(now, before, low: float, high: float) -> None:
    got = change(rate(RESPONSE, row(now[1], now[0])), rate(RESPONSE, row(before[1], before[0])))
    assert got is not None
    assert got.low == pytest.approx(low, abs=5e-5)
    assert got.high == pytest.approx(high, abs=5e-5)
    assert got.real == (low > 0)
    assert got.better is (True if low > 0 else None)


def test_change_for_the_worse_where_less_is_better() -> None:
    returned = further_indicators()["returned"]
    now = rate(returned, {"returned.num.0": 80, "returned.den": 100})
    before = rate(returned, {"returned.num.0": 20, "returned.den": 100})
    assert change(now, before).better is False
    assert change(before, now).better is True
    assert change(now, rate(returned, {"returned.num.0": 0, "returned.den": 0})) is None


def test_no_denominator_is_no_data() -> None:
    got = rate(RESPONSE, row(0, 0, missing=5))
    assert (got.value, got.low, got.high, got.numerator, got.n) == (None, None, None, None, 0)
    assert (got.missing, got.bound_low, got.bound_high) == (5, 0.0, 1.0)


def test_what_nobody_records_is_no_data_and_zero_is_zero() -> None:
    followup = further_indicators()["followup"]
    counts = pd.DataFrame({"followup.num.0": [0, 0], "followup.den": [10, 20]})
    assert rates(followup, counts)["value"].isna().all()
    counts.loc[1, "followup.num.0"] = 5
    assert rates(followup, counts)["value"].tolist() == [0.0, 0.25]
    assert rate(followup, counts.loc[0]).value == 0.0
    assert rate(followup, counts.loc[0], recorded=False).value is None


def test_missing_measures_are_named() -> None:
    with pytest.raises(KeyError, match=r"response\.den"):
        rates(RESPONSE, pd.DataFrame({"response.num.0": [1]}))


@pytest.mark.parametrize("n", [30, 100, 400])
@pytest.mark.parametrize("shares", [(0.70, 0.20), (0.90, 0.07), (0.05, 0.90), (0.30, 0.30)])
def test_the_interval_of_a_weighted_rate_covers(n: int, shares: tuple[float, float]) -> None:
    """4,000 simulated units of known satisfied / basically satisfied shares."""
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(n, [*shares, 1 - sum(shares)], size=4000)
    counts = pd.DataFrame(
        {"satisfaction.num.0": drawn[:, 0], "satisfaction.num.1": drawn[:, 1]}
    ).assign(**{"satisfaction.den": n, "satisfaction.missing": 0})
    got = rates(SATISFACTION, counts)
    truth = shares[0] + 0.9 * shares[1]
    covered = ((got["low"] <= truth) & (truth <= got["high"])).mean()
    assert 0.925 <= covered <= 0.995  # of 95 %; on the safe side for small n


def test_equal_scores_do_not_look_certain() -> None:
    counts = {"satisfaction.num.0": 0, "satisfaction.num.1": 10, "satisfaction.den": 10}
    got = rate(SATISFACTION, {**counts, "satisfaction.missing": 0})
    assert got.value == pytest.approx(0.9)
    assert got.high - got.low > 0.1


cells = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))


def satisfaction(satisfied: int, basically: int, rest: int, missing: int) -> dict[str, int]:
    return {
        "satisfaction.num.0": satisfied,
        "satisfaction.num.1": basically,
        "satisfaction.den": satisfied + basically + rest,
        "satisfaction.missing": missing,
    }


@given(cells)
def test_a_rate_lies_in_its_interval_and_bounds(cell) -> None:
    got = rate(SATISFACTION, satisfaction(*cell))
    if got.value is None:
        assert sum(cell[:3]) == 0
        return
    assert 0 <= got.low <= got.value <= got.high <= 1
    assert got.bound_low <= got.value + 1e-12
    assert got.value <= got.bound_high + 1e-12
    assert 0 <= got.bound_low <= got.bound_high <= 1


@given(cells)
def test_one_more_satisfied_caller_never_lowers_the_rate(cell) -> None:
    satisfied, basically, rest, missing = cell
    better = rate(SATISFACTION, satisfaction(satisfied, basically, rest, missing))
    worse = rate(SATISFACTION, satisfaction(satisfied, basically + 1, rest, missing))
    best = rate(SATISFACTION, satisfaction(satisfied + 1, basically, rest, missing))
    assert best.value >= worse.value
    if better.value is not None:
        assert best.value >= better.value - 1e-12


@given(cells, st.integers(2, 20))
def test_more_orders_of_the_same_kind_narrow_the_interval(cell, times: int) -> None:
    small = rate(SATISFACTION, satisfaction(*cell))
    large = rate(SATISFACTION, satisfaction(*(c * times for c in cell)))
    if small.value is not None:
        assert large.value == pytest.approx(small.value)
        assert large.high - large.low <= small.high - small.low + 1e-12


@given(cells, cells)
def test_change_turns_around(one, other) -> None:
    now, before = rate(SATISFACTION, satisfaction(*one)), rate(SATISFACTION, satisfaction(*other))
    there, back = change(now, before), change(before, now)
    if there is None or back is None:
        assert there is None
        assert back is None
        return
    assert there.low == pytest.approx(-back.high)
    assert there.high == pytest.approx(-back.low)
    assert there.real == back.real


def test_a_rate_knows_its_denominator() -> None:
    assert Rate(0.5, 1, 2, 0.1, 0.9).denominator == 2
