"""What would be expected if so much came: complaints by day and by place, with their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.associations.effects import FLATTENING, LAGS, drawn, flattened
from forecasting.associations.nuisance import Array

DRAWS = 2000
SHARE_PRIOR = 10.0
"""Orders that the usual shares count as, beside those of the exposed days."""


@dataclass(frozen=True)
class Scenario:
    """One category and driver: level of the days to come at the reference, effects by lag and their
    covariance, dispersion; ``amounts`` of the LAGS days before and of the days to come, and what
    they would be ``otherwise``; ``highest``: the largest amount ever seen."""

    base: Array
    beta: Array
    covariance: Array
    amounts: Array
    otherwise: Array
    reference: float
    step: float
    shape: str
    alpha: float
    highest: float

    def change(self, amounts: Array, beta: Array) -> Array:
        """Factors on the base, days × draws."""
        used = flattened(amounts, self.step) if self.shape == FLATTENING else amounts
        days = len(self.base)
        away = np.column_stack([used[LAGS - lag : LAGS - lag + days] for lag in range(LAGS + 1)])
        return np.asarray(np.exp(np.clip((away - self.reference) @ beta.T, -30, 30)))


@dataclass(frozen=True)
class Outlook:
    """``days``: expected, low, high (80 %) and ``without`` (otherwise) per day; ``places``: the
    same over the whole window per place; ``whole``: the window of all places (expected, low, high,
    without); ``beyond``: the amount is larger than any seen."""

    days: pd.DataFrame
    places: pd.DataFrame
    whole: tuple[float, float, float, float]
    beyond: bool


def outlook(
    scenario: Scenario, shares: pd.Series, window: Sequence[int], *, seed: int = 7
) -> Outlook:
    """What a scenario means. ``shares``: orders by place on days like these (with the usual ones
    mixed in, see :func:`mixed`); ``window``: the days (0 is the first to come) that are summed up.

    Draws: effects from their (calibrated) normal approximation, shares from a Dirichlet, counts
    from the negative binomial; ranges are the middle 80 %.
    """
    rng = np.random.default_rng(seed)
    picked = list(window)
    draws = drawn(scenario.beta, scenario.covariance, 1.0, DRAWS, seed)
    mean = scenario.base * scenario.change(scenario.amounts, scenario.beta)
    without = scenario.base * scenario.change(scenario.otherwise, scenario.beta)
    tried = scenario.base[:, None] * scenario.change(scenario.amounts, draws)
    counts = _noisy(tried, scenario.alpha, rng)
    low, high = np.quantile(counts, [0.1, 0.9], axis=1)
    table = pd.DataFrame({"expected": mean, "low": low, "high": high, "without": without})
    split = rng.dirichlet(np.maximum(shares.to_numpy(dtype=float), 1e-3), DRAWS)
    parts = _noisy(tried[picked].sum(axis=0)[:, None] * split, scenario.alpha, rng)
    share = shares.to_numpy(dtype=float) / max(float(shares.sum()), 1e-9)
    ends = np.quantile(parts, [0.1, 0.9], axis=0)
    whole, plain = float(mean[picked].sum()), float(without[picked].sum())
    places = pd.DataFrame(
        {"place": shares.index, "expected": whole * share, "low": ends[0], "high": ends[1],
         "without": plain * share}
    )  # fmt: skip
    bounds = np.quantile(counts[picked].sum(axis=0), [0.1, 0.9])
    beyond = bool(np.nanmax(scenario.amounts[LAGS:]) > scenario.highest)
    return Outlook(table, places, (whole, float(bounds[0]), float(bounds[1]), plain), beyond)


def mixed(exposed: pd.Series, usual: pd.Series) -> pd.Series:
    """Orders by place on exposed days, with the usual shares mixed in."""
    whole = float(usual.sum())
    both = exposed.reindex(usual.index).fillna(0.0).astype(float)
    return both if whole <= 0 else both + SHARE_PRIOR * usual.astype(float) / whole


def _noisy(mean: Array, alpha: float, rng: np.random.Generator) -> Array:
    """Negative-binomial counts about the means."""
    mean = np.minimum(mean, 1e7)
    if alpha < 1e-6:
        return rng.poisson(mean).astype(float)
    return np.asarray(rng.poisson(mean * rng.gamma(1 / alpha, alpha, mean.shape)), dtype=float)
