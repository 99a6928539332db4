"""Exponential smoothing of many series at once: ETS(A,N,A).

Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing, ch. 2:
e = y - l - s(t-m); l += alpha e; s = s(t-m) + gamma e. All series and all pairs of a small
grid of constants run in one recursion. The same as statsmodels' ``ETSModel`` (tested).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from forecasting.daily.steps import Array, Ints, Steps

FORGET = 0.985
"""Weight of a block's squared errors in choosing constants, per block of age."""
START = 8
"""Blocks from which the starting level and season are taken."""


@dataclass(frozen=True)
class Smoothed:
    """States after each block: ``level`` blocks+1 × series, ``season`` blocks+1 × m × series."""

    level: Array
    season: Array


def smoothed(values: Array, pool: Ints, steps: Steps) -> Smoothed:
    """Level and season of every series after every block, NaN in ``values`` skipped.

    The constants that did best so far are taken half from the series itself and half from
    its pool (the two forecasts are averaged; a state at a block has seen nothing later).
    """
    m = steps.season
    pairs = np.array(list(product(steps.alphas, steps.gammas)))
    alpha, gamma = pairs[:, :1], pairs[:, 1:]
    blocks, width = len(values) // m, values.shape[1]
    level0, season0 = starting(_first(values, m), m)
    level = np.repeat(level0[None], len(pairs), axis=0)
    season = np.repeat(season0[:, None], len(pairs), axis=1)
    errors = np.zeros((len(pairs), width))
    out = Smoothed(np.empty((blocks + 1, width)), np.empty((blocks + 1, m, width)))
    member = np.eye(int(pool.max()) + 1)[pool]
    for block in range(blocks + 1):
        chosen = _mixture(errors, member, pool)
        out.level[block] = (chosen * level).sum(axis=0)
        out.season[block] = np.einsum("gs,mgs->ms", chosen, season)
        if block == blocks:
            break
        errors *= FORGET
        for place in range(m):
            error = values[block * m + place] - level - season[place]
            error[np.isnan(error)] = 0.0
            level += alpha * error
            season[place] += gamma * error
            errors += error**2
    return out


def _first(values: Array, m: int) -> Array:
    """The first ``START`` blocks of each series from its own first known block on."""
    seen = np.asarray(np.isfinite(values).reshape(-1, m, values.shape[1]).any(axis=1))
    begin = np.minimum(seen.argmax(axis=0), max(len(seen) - START, 0)) * m
    rows = begin + np.arange(min(START, len(seen)) * m)[:, None]
    return np.take_along_axis(values, rows, axis=0)


def starting(values: Array, m: int) -> tuple[Array, Array]:
    """A first level and season: means over the first blocks, the season centred."""
    seen = ~np.isnan(values)
    known = seen.reshape(-1, m, values.shape[1]).sum(axis=0)
    filled = np.where(seen, values, 0.0).reshape(-1, m, values.shape[1]).sum(axis=0)
    level = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean = np.where(known > 0, filled / np.maximum(known, 1), level)
    season = mean - level
    return level, np.asarray(season - season.mean(axis=0))


def _mixture(errors: Array, member: Array, pool: Ints) -> Array:
    """Weights over the grid: half on each series' best pair, half on its pool's best."""
    scale = errors.mean(axis=0)
    relative = np.where(scale > 0, errors / np.where(scale > 0, scale, 1.0), 1.0)
    own = relative.argmin(axis=0)
    shared = (relative @ member).argmin(axis=0)[pool]
    weights = np.zeros_like(errors)
    column = np.arange(errors.shape[1])
    weights[own, column] += 0.5
    weights[shared, column] += 0.5
    return weights
