"""What count series share: days that were really seen, negative-binomial noise, false discoveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Array = np.ndarray[Any, np.dtype[np.float64]]
FEWEST_DISPERSION = 1e-6
"""Below this a negative binomial is a Poisson to any digit shown."""


def seen_days(
    daily: pd.DataFrame, as_of: date, covered: Iterable[date] | None = None
) -> tuple[pd.DatetimeIndex, np.ndarray[Any, np.dtype[np.bool_]]]:
    """All days from the first to ``as_of``, and which of them have data.

    A day without a single row in the whole frame is a hole, not a zero, unless
    ``covered`` names the days that were delivered.
    """
    last = pd.Timestamp(as_of)
    known = pd.DatetimeIndex(pd.to_datetime(daily["day"] if covered is None else list(covered)))
    known = known[known <= last].unique()
    if len(known) == 0:
        return pd.DatetimeIndex([]), np.zeros(0, dtype=bool)
    index = pd.date_range(known.min(), last, freq="D")
    return index, np.asarray(index.isin(known))


def dispersion(observed: Array, expected: Array) -> Array:
    """Negative-binomial dispersion by moments, per column.

    var = mu + phi mu², so phi = sum((y - mu)² - mu) / sum(mu²), not below 0
    (Breslow 1984, Applied Statistics 33, 38-44). With expectations made before
    the fact it holds their error too. NaN where nothing was expected.
    """
    above = ((observed - expected) ** 2 - expected).sum(axis=0)
    below = (expected**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, np.maximum(above / below, 0.0), np.nan))


WINSOR = 2.0
"""Standardised errors count up to this size, so that the very rises sought do not widen the noise."""
WINSORISED = float(stats.chi2.cdf(WINSOR**2, 3) + WINSOR**2 * stats.chi2.sf(WINSOR**2, 1))
"""The mean of min(z², 4) of a standard normal z: 0.9205."""
GROUP_PRIOR = 20.0
"""Windows that all series together count as, beside those of a group."""
OWN_PRIOR = 6.0
"""Windows that a group counts as, beside those of one series."""
_TRIED = np.concatenate([[0.0], np.geomspace(0.005, 4, 18)])


def robust_dispersion(
    observed: Array, expected: Array, known: Array, group: np.ndarray[Any, np.dtype[np.intp]]
) -> Array:
    """Negative-binomial dispersion per series, beyond what the expectation's own error explains.

    ``observed``, ``expected`` and ``known`` (squared relative error of the expectation):
    windows down, latest first, series across; ``group``: the group of each series.
    The dispersion is the value at which winsorised squared standardised errors have the
    mean they have for a normal (Huber 1981, Robust Statistics, 5.2; weights as in
    quasi-likelihood). Groups are drawn towards all series, series towards their group.

    A group's errors are those of the levels. A series' own errors are taken between
    neighbouring windows (von Neumann 1941, Annals of Mathematical Statistics 12, 367-395):
    a slow rise moves every level but hardly the steps, so a series that has been rising
    for a year does not for that pass as one that always wanders.
    """
    ratio = observed / expected
    noise = 1 / expected
    level = _excess((ratio - 1) ** 2, noise + known, 1.0)
    steps = len(ratio) - 1
    own = level
    if steps >= 2:
        own = _excess((ratio[1:] - ratio[:-1]) ** 2, noise[1:] + noise[:-1], 2.0)
    size = np.bincount(group) * len(ratio)
    grouped = np.array([np.bincount(group, weights=row) for row in level])
    everybody = grouped.sum(axis=1, keepdims=True) / (len(group) * len(ratio))
    grouped = (grouped + GROUP_PRIOR * everybody) / (size + GROUP_PRIOR)
    return _root(own + OWN_PRIOR * grouped[:, group])


def _excess(squares: Array, variance: Array, times: float) -> Array:
    """Per tried dispersion and series: how much larger the squared errors are than they should."""
    out = np.empty((len(_TRIED), squares.shape[1]))
    for i, phi in enumerate(_TRIED):
        whole = variance + times * phi
        errors = np.minimum(squares / whole, WINSOR**2) - WINSORISED
        out[i] = (times * errors / whole).sum(axis=0)
    return out


def _root(excess: Array) -> Array:
    """Where the excess first falls to 0, between the tried values (their ends at most)."""
    below = excess <= 0
    right = np.where(below.any(axis=0), below.argmax(axis=0), len(_TRIED) - 1)
    left = np.maximum(right - 1, 0)
    column = np.arange(excess.shape[1])
    high, low = excess[left, column], excess[right, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(high > low, np.clip(high / (high - low), 0, 1), 1.0)
    return np.asarray(
        np.where(right == 0, 0.0, _TRIED[left] + share * (_TRIED[right] - _TRIED[left]))
    )


def _shape(expected: Array, phi: Array) -> tuple[Array, Array]:
    phi = np.maximum(phi, FEWEST_DISPERSION)
    return 1 / phi, 1 / (1 + phi * expected)


def at_least(observed: Array, expected: Array, phi: Array) -> Array:
    """The chance of this count or a larger one under NB(expected, phi)."""
    size, share = _shape(expected, phi)
    return np.asarray(stats.nbinom.sf(observed - 1, size, share))


def interval(expected: Array, phi: Array, level: float) -> tuple[Array, Array]:
    """The central range that holds at least ``level`` of NB(expected, phi)."""
    size, share = _shape(np.asarray(expected, dtype=float), np.asarray(phi, dtype=float))
    tail = (1 - level) / 2
    low, high = stats.nbinom.ppf(tail, size, share), stats.nbinom.ppf(1 - tail, size, share)
    return np.asarray(low), np.asarray(high)


def false_discovery(p: Array) -> Array:
    """Benjamini & Hochberg (1995, JRSS B 57, 289-300) adjusted p values."""
    return np.asarray(stats.false_discovery_control(p)) if len(p) else np.asarray(p)
