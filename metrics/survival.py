"""Time until something happens when some are still waiting: Kaplan and Meier's curve and its median.

Kaplan & Meier (1958), JASA 53, 457-481. Variance after Greenwood (1926), limits on the
log(-log) scale (Kalbfleisch & Prentice 1980, section 1.3), which stay between 0 and 1; limits
of the median by Brookmeyer & Crowley (1982), Biometrics 38, 29-41: where the limits of the
curve cross one half. Dropping those that still wait, or counting them as if they had arrived,
would both make the wait look shorter than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics.rates import Z95

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Curve:
    """The share that still waits after each time at which something happened.

    ``share`` with its 95 % limits ``low`` and ``high`` (NaN where they are not defined:
    nothing left); ``at_risk``: how many waited just before.
    """

    times: Array
    share: Array
    low: Array
    high: Array
    at_risk: Array
    n: int
    happened: int


@dataclass(frozen=True)
class Median:
    """The median time with 95 % limits; ``None`` where it is not reached (more than half of
    what was seen still waits, or its limit does). ``n`` watched, ``happened`` of them."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    happened: int


def curve(times: Array, happened: Flags) -> Curve:
    """The curve. ``times``: until it happened, else until it was last seen waiting.

    Raises ``ValueError`` for a negative or missing time.
    """
    times = np.asarray(times, dtype=float)
    happened = np.asarray(happened, dtype=bool)
    if not np.all(times >= 0):
        raise ValueError("a negative or missing time")
    at = np.unique(times[happened])
    events = np.array([np.sum(happened & (times == t)) for t in at], dtype=float)
    risk = np.array([np.sum(times >= t) for t in at], dtype=float)
    share = np.cumprod(1 - events / risk) if len(at) else np.array([])
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (risk * (risk - events)))
        width = Z95 * np.sqrt(greenwood) / np.abs(np.log(share))
        low = share ** np.exp(width)
        high = share ** np.exp(-width)
    return Curve(at, share, low, high, risk, len(times), int(happened.sum()))


def median(found: Curve) -> Median:
    """The first time after which at most half still wait, with its limits."""
    return Median(
        _first(found.times, found.share), _first(found.times, found.low),
        _first(found.times, found.high), found.n, found.happened,
    )  # fmt: skip


def median_wait(times: Array, happened: Flags) -> Median:
    """:func:`median` of :func:`curve`."""
    return median(curve(times, happened))


def _first(times: Array, share: Array) -> float | None:
    """The first time at which the share is at most one half (rounding forgiven)."""
    below = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(times[below[0]]) if len(below) else None
