"""Limits of a p-chart: the binomial's own quantiles, and the promise that they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from metrics.control import control_limits
from metrics.indicators import Leaf
from metrics.scheme import load_scheme

SCHEME = load_scheme("beijing_district")
RESOLUTION = SCHEME.indicator("resolution").leaves()[0]
SATISFACTION = SCHEME.indicator("satisfaction").leaves()[0]


def counts(leaf: Leaf, n: list[int], *pieces: list[int]) -> pd.DataFrame:
    """Counts as the store gives them."""
    data = {f"{leaf.prefix}.num.{k}": piece for k, piece in enumerate(pieces)}
    return pd.DataFrame({**data, f"{leaf.prefix}.den": n})


def test_limits_are_the_binomial_quantiles_around_the_pooled_rate() -> None:
    found = control_limits(RESOLUTION, counts(RESOLUTION, [100, 300], [80, 240]))
    assert found["centre"].tolist() == [0.8, 0.8]
    assert found["low95"].iloc[0] == binom.ppf(0.025, 100, 0.8) / 100 == pytest.approx(0.72)
    assert found["high95"].iloc[0] == binom.ppf(0.975, 100, 0.8) / 100 == pytest.approx(0.88)
    assert found["low998"].iloc[1] == binom.ppf(0.001, 300, 0.8) / 300
    assert found["outside"].tolist() == [0, 0]


def test_points_far_off_are_outside_by_side() -> None:
    found = control_limits(RESOLUTION, counts(RESOLUTION, [100] * 10, [80] * 8 + [30, 99]))
    assert found["outside"].tolist() == [0] * 8 + [-1, 1]


def test_a_perfect_record_is_not_outside() -> None:
    found = control_limits(RESOLUTION, counts(RESOLUTION, [5, 400], [5, 400]))
    assert found["outside"].tolist() == [0, 0]


def test_no_denominator_is_no_data() -> None:
    found = control_limits(RESOLUTION, counts(RESOLUTION, [0, 50], [0, 40]))
    assert found.iloc[0][["centre", "low95", "high998"]].isna().all()
    assert control_limits(RESOLUTION, counts(RESOLUTION, [0], [0]))["centre"].isna().all()


def test_weighted_scores_use_their_own_variance() -> None:
    found = control_limits(SATISFACTION, counts(SATISFACTION, [100], [60], [20]))
    mean = 0.6 + 0.9 * 0.2
    spread = 0.6 + 0.81 * 0.2 - mean**2
    half = 1.959963984540054 * np.sqrt(spread / 100)
    assert found["centre"].iloc[0] == pytest.approx(mean)
    assert found["low95"].iloc[0] == pytest.approx(mean - half)
    assert found["high95"].iloc[0] == pytest.approx(mean + half)


@pytest.mark.parametrize(("rate", "n"), [(0.97, 40), (0.5, 300), (0.02, 60)])
def test_chance_alone_rarely_leaves_the_outer_limits(rate: float, n: int) -> None:
    rng = np.random.default_rng(1)
    hits = rng.binomial(n, rate, 20_000)
    found = control_limits(RESOLUTION, counts(RESOLUTION, [n] * len(hits), hits.tolist()))
    # Quantiles of a count hold at least what they promise.
    assert (found["outside"] != 0).mean() < 0.0032
