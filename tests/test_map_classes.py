"""Classes of a map: breaks against brute force, chance against exact tests, nothing invented."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest

from ui.map_classes import CHANGES, SAME, classes, counts_moved, natural_breaks, of_change


def test_quantiles_hold_equal_numbers_and_ties_share_a_class() -> None:
    made = classes(np.arange(1, 21, dtype=float))
    assert made is not None
    assert np.bincount(made.place(np.arange(1, 21))).tolist() == [4, 4, 4, 4, 4]
    tied = classes([1.0] * 90 + [2.0, 3.0, 4.0])
    assert tied is not None and tied.count < 5
    assert len(set(tied.place([1.0, 1.0]).tolist())) == 1
    alike = classes([7.0, 7.0])
    assert alike is not None and alike.count == 1
    assert classes([np.nan]) is None
    assert made.place([np.nan, 0.0, 99.0]).tolist() == [-1, 0, 4]


@pytest.mark.parametrize("seed", range(4))
def test_natural_breaks_are_the_best_there_are(seed: int) -> None:
    """Against every way of cutting (Fisher 1958)."""
    values = np.sort(np.random.default_rng(seed).gamma(2, 3, 12).round(1))

    def spread(cuts: tuple[int, ...]) -> float:
        parts = np.split(values, cuts)
        return float(sum(((p - p.mean()) ** 2).sum() for p in parts))

    best = min(spread(cuts) for cuts in itertools.combinations(range(1, 12), 3))
    found = natural_breaks(values, 4)
    assert spread(tuple(int(np.searchsorted(values, c)) for c in found)) == pytest.approx(best)


def test_a_change_of_counts_is_judged_as_the_exact_test_does() -> None:
    rng = np.random.default_rng(5)
    now, before = rng.poisson(20, 400).astype(float), rng.poisson(14, 400).astype(float)
    found = counts_moved(now, before, 31, 28)
    exact = np.array(
        [binomtest(int(a), int(a + b), 31 / 59).pvalue < 0.05 for a, b in zip(now, before, strict=True)]
    )  # fmt: skip
    assert (found == exact).mean() > 0.97
    same = counts_moved(
        rng.poisson(30, 4000).astype(float), rng.poisson(30, 4000).astype(float), 30, 30
    )
    assert 0.035 < same.mean() < 0.065  # what the legend says of chance
    assert not counts_moved(np.array([0.0]), np.array([0.0]), 1, 1).any()


def test_only_what_is_beyond_chance_is_coloured() -> None:
    found = of_change(
        [0.5, 0.5, -0.1, -0.9, np.nan, np.inf], [True, False, True, True, True, True], 0.3
    )
    assert found.tolist() == [4, SAME, 1, 0, -1, 4]
    assert len(CHANGES) == 5
