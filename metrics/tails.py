"""Exact tail probabilities of a rate, with a spread between units, and false discovery control.

Where units differ by more than chance, a unit of n orders tells as much as
n / (1 + (n - 1) rho) independent ones (Rao & Scott 1992, Biometrics 48,
577-585); with rho = 0 the tails are exactly binomial. Counts need not be whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

Array = np.ndarray[Any, np.dtype[np.float64]]


def effective_n(n: Array, rho: Array | float) -> Array:
    """How many independent orders ``n`` orders of one unit are worth."""
    return np.asarray(n / (1 + np.maximum(n - 1, 0) * rho), dtype=float)


def at_least(hits: Array, n: Array, rate: Array | float, rho: Array | float = 0.0) -> Array:
    """P(as many hits or more) where the true rate is ``rate``; NaN without orders."""
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    size = effective_n(n, rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.clip(hits / n * size, 0, size)
        tail = special.betainc(x, size - x + 1, rate)
    tail = np.where(x <= 0, 1.0, tail)
    return np.where(n > 0, tail, np.nan)


def at_most(hits: Array, n: Array, rate: Array | float, rho: Array | float = 0.0) -> Array:
    """P(as many hits or fewer) where the true rate is ``rate``; NaN without orders."""
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    return at_least(n - hits, n, 1 - np.asarray(rate, dtype=float), rho)


def middle_z(hits: Array, n: Array, rate: Array | float, rho: Array | float = 0.0) -> Array:
    """The normal score of the mid-P tail: how far out a unit stands, with a sign."""
    low, high = at_most(hits, n, rate, rho), at_least(hits, n, rate, rho)
    return np.asarray(np.clip(special.ndtri((low + 1 - high) / 2), -8.0, 8.0))


def limits(n: Array, rate: Array | float, rho: Array | float, level: float) -> tuple[Array, Array]:
    """The rates between which a unit of ``n`` orders lies with at least this probability."""
    n = np.asarray(n, dtype=float)
    tail = (1 - level) / 2
    low = _edge(n, np.asarray(rate, dtype=float), rho, tail)
    high = 1 - _edge(n, 1 - np.asarray(rate, dtype=float), rho, tail)
    return low, high


def _edge(n: Array, rate: Array, rho: Array | float, tail: float) -> Array:
    """The smallest rate whose lower tail is not below ``tail`` (bisection, all at once)."""
    low, high = np.zeros(len(n)), np.ones(len(n)) * rate
    for _ in range(30):
        middle = (low + high) / 2
        outside = at_most(middle * n, n, rate, rho) < tail
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    return np.where(n > 0, np.where(high < 1e-8, 0.0, high), np.nan)


def false_discovery(p: Array) -> Array:
    """q-values: Benjamini & Hochberg (1995), JRSS B 57, 289-300. NaN stays NaN and is not counted."""
    p = np.asarray(p, dtype=float)
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if len(known):
        order = known[np.argsort(p[known], kind="stable")]
        scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
        out[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1)
    return out
