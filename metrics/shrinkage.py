"""Beta-binomial shrinkage: how far units really differ, and what a small unit's rate is worth.

Every unit has a true rate of its own, drawn from a beta distribution that the
units share; its orders are draws from that rate. The shared distribution is
fitted by maximum likelihood (Griffiths 1973, Biometrics 29, 637-648; starting
from the moments of Kleinman 1973, JASA 68, 46-54), and each unit's rate is then
pulled towards the shared mean, the more so the fewer orders it has.

Weighted numerators (0.9 for "basically satisfied") are taken as counts out of
an effective number of orders (Korn & Graubard 1998), one factor for all units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

Array = np.ndarray[Any, np.dtype[np.float64]]
LARGEST = 1e6
"""A prior worth more orders than this means: no difference between units was found."""
SMALLEST = 0.5
_BOUNDS = (np.log(SMALLEST), np.log(LARGEST))


@dataclass(frozen=True)
class Prior:
    """The distribution that the units' true rates come from: Beta(alpha, beta).

    ``strength`` = alpha + beta: how many orders the shared mean is worth. ``spread``:
    standard deviation of the true rates (0 when no difference was found).
    """

    alpha: float
    beta: float
    units: int

    @property
    def mean(self) -> float:
        """The shared mean rate."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def strength(self) -> float:
        """How many orders the shared mean is worth."""
        return self.alpha + self.beta

    @property
    def spread(self) -> float:
        """Standard deviation of the units' true rates."""
        if self.strength >= LARGEST * 0.99:
            return 0.0
        return float(np.sqrt(self.mean * (1 - self.mean) / (self.strength + 1)))


def effective(hits: Array, n: Array, squares: Array | None = None) -> tuple[Array, Array]:
    """Counts out of an effective number of orders, for weighted numerators.

    The factor is (variance of a yes/no) / (variance of the orders' scores) over
    all units together, so it never rests on one unit's few orders.
    """
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    if squares is None:
        return hits, n
    total = n.sum()
    if total <= 0:
        return hits, n
    mean = hits.sum() / total
    variance = np.asarray(squares, dtype=float).sum() / total - mean**2
    factor = mean * (1 - mean) / variance if variance > 1e-12 else 1.0
    return hits * factor, n * factor


def moments(hits: Array, n: Array) -> tuple[float, float]:
    """Mean and strength by moments (weights n). Kleinman (1973), section 3."""
    total = n.sum()
    mean = hits.sum() / total
    k = len(n)
    between = (n * (hits / n - mean) ** 2).sum()
    within = mean * (1 - mean)
    scale = total - (n**2).sum() / total
    if within <= 0 or scale <= 0:
        return float(mean), LARGEST
    correlation = (between / within - (k - 1)) / (scale - (k - 1) if scale > k - 1 else scale)
    if correlation <= 1 / LARGEST:
        return float(mean), LARGEST
    return float(mean), float(np.clip(1 / min(correlation, 0.99) - 1, SMALLEST, LARGEST))


def fit(hits: Array, n: Array) -> Prior | None:
    """The shared distribution of the units' rates; ``None`` where there is nothing to fit.

    ``hits`` need not be whole numbers. With fewer than three units, or when all
    of them have all or nothing, units cannot be told apart from chance: the
    prior is then as wide as one order (Jeffreys).
    """
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    known = n > 0
    hits, n = np.clip(hits[known], 0, n[known]), n[known]
    if not len(n):
        return None
    if len(n) < 3 or hits.sum() <= 0 or (n - hits).sum() <= 0:
        return Prior(0.5, 0.5, len(n))
    mean, strength = moments(hits, n)
    middle = float(special.logit(np.clip(mean, 1e-6, 1 - 1e-6)))
    tries = [
        _climb(np.array([middle, np.log(s)]), hits, n) for s in sorted({min(strength, 1e5), 20.0})
    ]
    best = min(tries, key=lambda x: _minus_log_likelihood(x, hits, n)[0])
    mean, strength = float(special.expit(best[0])), float(np.exp(best[1]))
    return Prior(mean * strength, (1 - mean) * strength, len(n))


def posterior(prior: Prior, hits: Array, n: Array) -> tuple[Array, Array]:
    """Alpha and beta of each unit's true rate, given its orders (NaN without orders)."""
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    hits = np.clip(hits, 0, n)
    none = n <= 0
    return (
        np.where(none, np.nan, prior.alpha + hits),
        np.where(none, np.nan, prior.beta + n - hits),
    )


def shrink(prior: Prior, hits: Array, n: Array, level: float = 0.95) -> tuple[Array, Array, Array]:
    """The shrunken rate of each unit and its interval: (mean, low, high)."""
    a, b = posterior(prior, hits, n)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        return (
            a / (a + b),
            np.asarray(special.betaincinv(a, b, tail)),
            np.asarray(special.betaincinv(a, b, 1 - tail)),
        )


def _climb(x: Array, hits: Array, n: Array) -> Array:
    """The nearest maximum of the likelihood: Newton's method, halving steps that do not climb.

    (Two parameters: a general optimiser spends most of its time on itself.)
    """
    value, slope = _minus_log_likelihood(x, hits, n)
    for _ in range(60):
        curve = np.empty((2, 2))
        for k in range(2):
            away = x.copy()
            away[k] += 1e-4
            curve[k] = (_minus_log_likelihood(away, hits, n)[1] - slope) / 1e-4
        curve = (curve + curve.T) / 2
        lowest = float(curve.trace() - np.hypot(curve[0, 0] - curve[1, 1], 2 * curve[0, 1])) / 2
        curve += np.eye(2) * max(0.0, 1e-6 - 1.5 * lowest)
        step = np.clip(-np.linalg.solve(curve, slope), -2, 2)
        for _ in range(30):
            new = np.array([x[0] + step[0], np.clip(x[1] + step[1], *_BOUNDS)])
            new_value, new_slope = _minus_log_likelihood(new, hits, n)
            if new_value <= value:
                break
            step = step / 2
        moved, gained = float(np.abs(new - x).max()), value - new_value
        if gained >= 0:
            x, value, slope = new, new_value, new_slope
        if moved < 1e-7 or abs(gained) < 1e-10:
            break
    return x


def _minus_log_likelihood(x: Array, hits: Array, n: Array) -> tuple[float, Array]:
    mean, strength = special.expit(x[0]), np.exp(x[1])
    a, b = mean * strength, (1 - mean) * strength
    value = special.betaln(a + hits, b + n - hits) - special.betaln(a, b)
    whole = special.digamma(a + b) - special.digamma(a + b + n)
    by_a = (special.digamma(a + hits) - special.digamma(a) + whole).sum()
    by_b = (special.digamma(b + n - hits) - special.digamma(b) + whole).sum()
    slope = mean * (1 - mean) * strength
    gradient = np.array([(by_a - by_b) * slope, by_a * a + by_b * b])
    return -float(value.sum()), -gradient
