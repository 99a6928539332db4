"""One category and one driver: the test of the sum over the days back, and how large the effect is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from forecasting.associations.nuisance import PRIOR_SD, Fit, fit, inverted

Array = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

LAGS = 7
"""Days back that an effect may last."""
WINDOWS = (1, LAGS)
"""An effect is sought over the day and the next, and over the day and the seven after it."""
DRAWS = 400
EVEN, FLATTENING = "even", "flattening"
"""Shapes: every further step has the same ratio, or each further one a smaller one."""


def lagged(values: Array) -> Array:
    """Days × (0 … LAGS) from values that begin LAGS days earlier."""
    n = len(values) - LAGS
    return np.column_stack([values[LAGS - lag : LAGS - lag + n] for lag in range(LAGS + 1)])


def flattened(values: Array, step: float) -> Array:
    """Amounts on the flattening scale: nothing stays nothing, one step one step, three steps two."""
    return np.asarray(step * np.log2(1 + np.maximum(values, 0) / step))


def summed_z(y: Array, base: Array, fitted: Fit, x: Array) -> Array:
    """The standardised sums of the lag effects, for each of WINDOWS, after one Newton step.

    That is the score test of the sum (Rao 1948; Cox & Hinkley 1974, 9.3): it asks for no new fit.
    NaN where the lags cannot be told from the rest.
    """
    none = np.full(len(WINDOWS), np.nan)
    seen = np.isfinite(x).all(axis=1)
    if not seen.any():
        return none
    lags, rest = x[seen], base[seen]
    weights = fitted.weights()[seen]
    left = (y[seen] - fitted.mean[seen]) / fitted.mean[seen]
    heavy = rest * weights[:, None]
    information = heavy.T @ rest + np.diag([0.0, *([PRIOR_SD**-2] * (rest.shape[1] - 1))])
    inner = inverted(information)
    if inner is None:
        return none
    cross = heavy.T @ lags
    whole = (lags * weights[:, None]).T @ lags
    pure = whole - cross.T @ inner @ cross
    score = lags.T @ (weights * left) - cross.T @ inner @ (heavy.T @ left)
    spread = inverted(pure)
    if spread is None or (np.diag(pure) <= 1e-6 * np.diag(whole)).any():
        return none
    step = spread @ score
    sums = [(step[: w + 1].sum(), spread[: w + 1, : w + 1].sum()) for w in WINDOWS]
    return np.array([v / np.sqrt(e) if e > 0 else np.nan for v, e in sums])


@dataclass(frozen=True)
class Effect:
    """Effects by lag (log rate per unit of the driver), their covariance, and the whole fit."""

    beta: Array
    covariance: Array
    fitted: Fit
    seen: Bools

    def total(self, window: int = LAGS) -> float:
        """The sum over the lags up to ``window``."""
        return float(self.beta[: window + 1].sum())

    def error(self, window: int = LAGS) -> float:
        """The standard error of that sum, as the model has it."""
        return float(np.sqrt(self.covariance[: window + 1, : window + 1].sum()))

    def deviance(self, y: Array) -> float:
        """Minus twice the log likelihood of the counts on the days used."""
        alpha = max(self.fitted.alpha, 1e-6)
        mean = self.fitted.mean
        chance = stats.nbinom.logpmf(np.round(y[self.seen]), 1 / alpha, 1 / (1 + alpha * mean))
        return float(-2 * chance.sum())


def effect(y: Array, base: Array, x: Array) -> Effect | None:
    """The regression with the lags; ``None`` where it runs away."""
    seen = np.asarray(np.isfinite(x).all(axis=1))
    kept = np.asarray(np.abs(base[seen]).max(axis=0) > 0)
    both = np.column_stack([base[seen][:, kept], x[seen]])
    found = fit(y[seen], both, x.shape[1])
    if found is None:
        return None
    p = int(kept.sum())
    return Effect(found.coefficients[p:], found.covariance[p:, p:], found, seen)


def extra(
    found: Effect, x: Array, reference: float, scale: float, years: float
) -> tuple[float, float, float]:
    """Cases a year above those of days at the reference, with a 95 % interval.

    sum mu (1 - exp(-beta (x - ref))) (Gasparrini & Leone 2014, BMC Med Res Methodol 14:55),
    the interval from draws of beta, its error ``scale`` times the model's.
    """
    away = x[found.seen] - reference
    draws = drawn(found.beta, found.covariance, scale, DRAWS)
    tried = np.vstack([found.beta, draws])
    mean = found.fitted.mean
    # relative to the days at the reference: mean / rr are the cases without the driver
    change = np.clip(away @ tried.T, -30, 30)
    without = (mean / np.exp(np.clip(away @ found.beta, -30, 30)))[:, None]
    cases = (without * np.expm1(change)).sum(axis=0) / years
    low, high = np.quantile(cases[1:], [0.025, 0.975])
    return float(cases[0]), float(low), float(high)


def drawn(beta: Array, covariance: Array, scale: float, n: int, seed: int = 7) -> Array:
    """Draws of the lag effects from their normal approximation."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(
        scale**2 * covariance + 1e-15 * np.trace(covariance) * np.eye(len(beta))
    )
    return np.asarray(beta + rng.standard_normal((n, len(beta))) @ root.T)
