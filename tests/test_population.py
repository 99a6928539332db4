"""Orders per resident: published intervals, one scale for periods of any length, no data without people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from metrics.control import control_limits
from metrics.population import RESIDENTS, poisson_limits
from metrics.rates import change, rate, rates
from metrics.scheme import further_indicators

VOLUME = further_indicators()["volume_per_10000"]
NUM = "volume_per_10000.num.0"


def test_exact_limits_as_published() -> None:
    # R's documentation of poisson.test, Welsh nickel workers: 137 deaths, 24.19893 expected.
    low, high = poisson_limits(np.array([137.0]))
    assert low[0] / 24.19893 == pytest.approx(4.753125, abs=5e-7)
    assert high[0] / 24.19893 == pytest.approx(6.692709, abs=5e-7)
    # Garwood's table: no event 0 to 3.689, ten events 4.795 to 18.39.
    low, high = poisson_limits(np.array([0.0, 10.0]))
    assert low.tolist() == pytest.approx([0, 4.795], abs=5e-4)
    assert high.tolist() == pytest.approx([3.689, 18.39], abs=5e-3)


def test_limits_cover_at_least_what_they_say() -> None:
    for mean in (0.7, 3.0, 12.5, 80.0):
        counts = np.arange(0, 400)
        low, high = poisson_limits(counts.astype(float))
        covered = poisson.pmf(counts, mean)[(low <= mean) & (mean <= high)].sum()
        assert covered >= 0.95, mean


def counts(orders: list[int], people: list[float], days: list[int]) -> pd.DataFrame:
    lived = np.array(people) * np.array(days) / 30
    return pd.DataFrame({NUM: orders, RESIDENTS: lived})


def test_value_is_orders_per_resident_in_30_days() -> None:
    found = rates(VOLUME, counts([120, 60, 4], [100_000, 100_000, 100_000], [30, 15, 1]))
    assert (found["value"] * 10_000).tolist() == pytest.approx([12, 12, 12])
    assert found["n"].tolist() == [120, 60, 4]
    assert (found["low"] < found["value"]).all() and (found["value"] < found["high"]).all()


def test_without_people_there_is_no_data() -> None:
    found = rates(VOLUME, counts([5, 0], [np.nan, 1000], [30, 30]))
    assert np.isnan(found["value"][0]) and np.isnan(found["low"][0])
    assert (found["value"][1], found["low"][1]) == (0, 0)
    assert found["high"][1] * 1000 == pytest.approx(3.689, abs=1e-3)
    assert rates(VOLUME, pd.DataFrame({NUM: [5]}))["value"].isna().all()


def test_a_change_is_judged_on_one_scale() -> None:
    january = rate(VOLUME, counts([3100], [100_000], [31]).iloc[0])
    february = rate(VOLUME, counts([2800], [100_000], [28]).iloc[0])
    moved = change(february, january)
    assert moved is not None and not moved.real
    assert moved.difference == pytest.approx(0, abs=1e-12)


def test_control_limits_follow_the_residents() -> None:
    frame = counts([100, 100, 400], [100_000, 100_000, 100_000], [30, 30, 30])
    limits = control_limits(VOLUME.leaves()[0], frame)
    assert limits["centre"].tolist() == pytest.approx([200 / 100_000] * 3)
    assert limits["high998"][0] * 100_000 == poisson.ppf(0.999, 200)
    assert limits["outside"].tolist() == [-1, -1, 1]
    assert control_limits(VOLUME.leaves()[0], frame[[NUM]])["centre"].isna().all()
