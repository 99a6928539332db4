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
    days = pd.to_datetime(daily["day"])
    last = pd.Timestamp(as_of)
    days = days[days <= last]
    known = pd.DatetimeIndex(pd.to_datetime(list(covered))) if covered is not None else days
    known = known[known <= last]
    if len(known) == 0:
        return pd.DatetimeIndex([]), np.zeros(0, dtype=bool)
    index = pd.date_range(min(known), last, freq="D")
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
