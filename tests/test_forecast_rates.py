"""Next month's rates, and what share of the last days is registered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.delay import registered
from forecasting.rates import next_rates


def months(
    *, wander: float, seed: int = 1, count: int = 36, units: int = 16, n: int = 300
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    span = pd.period_range(end="2026-06", periods=count, freq="M").astype(str)
    rows = []
    for unit in range(units):
        logit = 1.2 + rng.normal(0, 0.4) + np.cumsum(rng.normal(0, wander, count))
        total = rng.poisson(n, count)
        got = rng.binomial(total, 1 / (1 + np.exp(-logit)))
        rows += list(zip(span, [f"区{unit:02d}"] * count, got, total, strict=True))
    return pd.DataFrame(rows, columns=["month", "district", "numerator", "denominator"])


def test_constant_rates_beat_last_month_and_cover() -> None:
    found = next_rates(months(wander=0.0, n=80), "2026-07")
    scores = found.scores
    assert scores["mae_discounted"].mean() < 0.85 * scores["mae_last_month"].mean()
    assert scores["coverage_80"].mean() == pytest.approx(0.8, abs=0.06)
    assert scores["coverage_95"].mean() == pytest.approx(0.95, abs=0.04)


def test_wandering_rates_are_followed() -> None:
    found = next_rates(months(wander=0.15, n=2000), "2026-07")
    scores = found.scores
    best = np.fmin(scores["mae_last_month"], scores["mae_three_months"])
    assert (scores["mae"] <= best + 1e-9).all()
    assert scores["coverage_80"].mean() == pytest.approx(0.8, abs=0.08)


def test_the_month_asked_for_is_not_read() -> None:
    known = months(wander=0.05)
    later = known[known["month"] == "2026-06"].assign(month="2026-07", numerator=0)
    one = next_rates(known, "2026-07").next
    other = next_rates(pd.concat([known, later]), "2026-07").next
    pd.testing.assert_frame_equal(one, other)


def test_limits_are_shares_around_the_expectation() -> None:
    found = next_rates(months(wander=0.05), "2026-07").next
    assert (found["low_95"] <= found["low_80"]).all() and (
        found["high_80"] <= found["high_95"]
    ).all()
    assert found["low_95"].ge(0).all() and found["high_95"].le(1).all()
    assert ((found["low_95"] <= found["expected"]) & (found["expected"] <= found["high_95"])).all()


def test_few_orders_widen_the_range() -> None:
    known = months(wander=0.0)
    sizes = {"区00": 20.0, "区01": 5000.0}
    found = next_rates(known, "2026-07", denominators=sizes).next.set_index("district")
    width = found["high_95"] - found["low_95"]
    assert width["区00"] > 3 * width["区01"]


def test_no_data_is_no_data() -> None:
    known = months(wander=0.0, units=2, count=2)
    empty = pd.DataFrame(
        {"month": ["2026-06"], "district": ["新区"], "numerator": [0], "denominator": [0]}
    )
    found = next_rates(pd.concat([known, empty]), "2026-07").next.set_index("district")
    assert found.loc["新区", "notes"] == ("no_data",)
    assert "short" in found.loc["区00", "notes"]
    assert next_rates(known, "2020-01").next["expected"].isna().all()


def arrivals(shares: list[float], days: int = 60) -> pd.DataFrame:
    last = pd.Timestamp("2026-03-01")
    rows = [
        (day, day + pd.Timedelta(days=k), 1000 * share)
        for day in pd.date_range(end=last, periods=days)
        for k, share in enumerate(shares)
        if day + pd.Timedelta(days=k) <= last
    ]
    return pd.DataFrame(rows, columns=["day", "arrived", "n"])


def test_registration_by_hand() -> None:
    got = registered(arrivals([0.6, 0.2, 0.1, 0.1]))
    assert got == pytest.approx([0.6, 0.8, 0.9])


def test_days_that_come_whole_need_no_correction() -> None:
    assert registered(arrivals([1.0])) == []


def test_backlog_says_nothing_about_delay() -> None:
    backlog = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=300),
            "arrived": pd.Timestamp("2026-02-01"),
            "n": 500,
        }
    )
    got = registered(pd.concat([backlog, arrivals([0.5, 0.5])]))
    assert got == pytest.approx([0.5], abs=0.01)
    assert registered(arrivals([0.5, 0.5], days=2).assign(n=1)) == []
