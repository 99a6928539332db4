"""How good: errors, skill against simple rules, pinball, coverage and bias of a back-test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.daily.spread import Spread, quantile
from forecasting.daily.steps import Array, Steps

LEVELS = (0.5, 0.8, 0.95)
TAILS = tuple(sorted({round(t, 4) for p in LEVELS for t in ((1 - p) / 2, (1 + p) / 2)}))
PINBALL_EVERY = 4
PINBALL_SELDOM, LARGE = 13, 1_000
"""Pinball is scored at every fourth origin, at every 13th of panels of more than a thousand
nodes: quantiles are the slow part."""


@dataclass(frozen=True)
class Tested:
    """One clock's back-test of all nodes: origins × ahead × nodes, reported origins only.

    ``made``: what was served; ``bar`` the four-week weekday mean, ``naive`` the last same
    weekday; ``scale``: mean absolute and mean squared step of the seasonal naive before them.
    """

    made: Array
    bar: Array
    naive: Array
    came: Array
    scale: tuple[Array, Array]
    spread: Spread
    first: int


def bands(steps: Steps) -> dict[str, tuple[str, slice]]:
    """Horizons that are told apart: code -> (clock, entries ahead)."""
    m, near = steps.season, steps.near
    if m == 1:
        return {"week_1": ("week", slice(0, 1)), "week_2_4": ("week", slice(1, 4)),
                "week_5_13": ("week", slice(4, 13))}  # fmt: skip
    return {
        "day_1_7": ("day", slice(0, m)),
        "day_8_14": ("day", slice(m, 2 * m)),
        "day_15_28": ("day", slice(2 * m, near * m)),
        "week_1": ("week", slice(0, 1)),
        "week_2_4": ("week", slice(1, 4)),
        "week_5_13": ("week", slice(4, 13)),
    }


def scored(tested: Tested, part: slice, per: int) -> pd.DataFrame:
    """One row per node for the entries ``part``: all measures of the back-test."""
    came = tested.came[:, part]
    known = np.isfinite(came)
    n = known.sum(axis=(0, 1))
    volume = np.nansum(came, axis=(0, 1))
    out = {"n": n.astype(float), "observed": volume}
    absolute, squared = tested.scale
    for name, made in (("", tested.made), ("_bar", tested.bar), ("_naive", tested.naive)):
        error = np.where(known, made[:, part] - came, 0.0)
        size = np.abs(error).sum(axis=(0, 1))
        out["wape" + name] = _over(size, volume)
        out["mae" + name] = _over(size, n)
        out["mase" + name] = _over(_over(size, n), absolute)
        out["rmsse" + name] = np.sqrt(_over(_over((error**2).sum(axis=(0, 1)), n), squared))
        if not name:
            out["bias"] = _over(error.sum(axis=(0, 1)), volume)
    out |= coverage(tested, part, per)
    out["pinball"] = _over(pinball(tested, part, per), absolute)
    return pd.DataFrame(out)


def coverage(tested: Tested, part: slice, per: int) -> dict[str, Array]:
    """Share of outcomes inside each interval, by randomised PIT; NaN where none was judged."""
    pit = tested.spread.pit[:, part]
    inside = {level: np.zeros(pit.shape[2]) for level in LEVELS}
    judged = np.zeros(pit.shape[2])
    for j in range(tested.first, len(pit)):
        judged += np.isfinite(pit[j]).sum(axis=0)
        for level in LEVELS:
            low, high = (
                np.repeat(tested.spread.probability(j, tail), per, axis=0)[part]
                for tail in ((1 - level) / 2, (1 + level) / 2)
            )
            inside[level] += ((pit[j] >= low) & (pit[j] <= high)).sum(axis=0)
    return {f"coverage_{round(100 * k)}": _over(v, judged) for k, v in inside.items()}


def pinball(tested: Tested, part: slice, per: int) -> Array:
    """Mean quantile loss of each node over the tails of all intervals, at some origins."""
    total = np.zeros(tested.came.shape[2])
    n = np.zeros(tested.came.shape[2])
    every = PINBALL_EVERY if len(n) <= LARGE else PINBALL_SELDOM
    for j in range(len(tested.made) - 1, -1, -every):
        origin = tested.first + j
        phi = np.repeat(tested.spread.phi[origin], per, axis=0)[part]
        came, made = tested.came[j, part], tested.made[j, part]
        use = np.isfinite(came) & np.isfinite(phi)
        if not use.any():
            continue
        loss = np.zeros(came.shape)
        for tail in TAILS:
            asked = np.repeat(tested.spread.probability(origin, tail), per, axis=0)[part]
            gap = came[use] - quantile(asked[use], made[use], phi[use])
            loss[use] += np.maximum(tail * gap, (tail - 1) * gap) / len(TAILS)
        total += loss.sum(axis=0)
        n += use.sum(axis=0)
    return _over(total, n)


def naive_scale(values: Array, season: int) -> tuple[Array, Array]:
    """Mean absolute and squared seasonal step: the scales of MASE and RMSSE.

    Hyndman & Koehler (2006, International Journal of Forecasting 22, 679-688). Values before
    the reported origins; NaN for a series that never changed.
    """
    step = values[season:] - values[:-season]
    n = np.isfinite(step).sum(axis=0)
    size, square = np.nansum(np.abs(step), axis=0), np.nansum(step**2, axis=0)
    return _over(_positive(size), n), _over(_positive(square), n)


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, np.nan)


def _over(top: Array, below: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, top / below, np.nan))
