"""Levels of every series at the end of every block: how much is usual, freed of the weekday.

A block is a week (or one observation of weekly data). Everything is a look-up in sums over
earlier blocks, so that a level at any earlier moment has seen nothing later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from forecasting.daily.steps import Array, Bools, Ints, Steps

PROFILE_HALF_LIFE = 26.0
"""Blocks after which a weekday's share weighs half."""
PROFILE_PRIOR = 40.0
"""Orders that the pool's weekday shares count as, beside those of the series."""
POOL_PROFILE_PRIOR = 200.0
SHRINK = 3.0
"""Observations that the next longer level counts as, beside those of a window."""
YEAR_PRIOR = 20.0
"""Orders that the pool's ratio to last year counts as, beside those of the series."""
FLOOR = 1e-3


@dataclass(frozen=True)
class Levels:
    """Look-ups by block (0 … blocks), series last.

    ``profile``: blocks+1 × m × series, mean 1. ``window``: level over each window of
    ``Steps.windows``. ``credible``: orders of the base window / (those + 10). ``known``:
    observations of the base window.
    """

    profile: Array
    window: tuple[Array, Array, Array, Array]
    credible: Array
    known: Array
    sums: Array
    weights: Array
    pool: Ints
    steps: Steps

    @property
    def base(self) -> Array:
        """The level everything is relative to."""
        return self.window[1]

    def last_year(self, block: int) -> Array:
        """Log of (the same blocks a year ago / the base then), far × series; 0 if unknown.

        Three blocks around the target's anniversary; drawn towards the pool's ratio.
        """
        steps, width = self.steps, self.sums.shape[1]
        then = block - steps.year
        out = np.zeros((steps.far, width))
        if then < steps.base:
            return out
        first = np.arange(then - 1, then - 1 + steps.far)
        last = np.minimum(first + 3, block)
        came = self.sums[last] - self.sums[first]
        usual = self.base[then] * (self.weights[last] - self.weights[first])
        pools = int(self.pool.max()) + 1
        member = np.eye(pools)[self.pool]
        shared = ((came @ member + 1.0) / (usual @ member + 1.0))[:, self.pool]
        ratio = (came + YEAR_PRIOR * shared) / (usual + YEAR_PRIOR)
        return np.asarray(np.clip(np.log(np.maximum(ratio, FLOOR)), -2.5, 2.5))


def levels(values: Array, ordinary: Bools, pool: Ints, steps: Steps) -> Levels:
    """Profiles and levels of all series at all blocks.

    ``ordinary``: days that are neither holidays nor make-up workdays; only they count, so
    that a festival neither lowers what is usual nor bends the weekday shares.
    """
    m = steps.season
    seen = ~np.isnan(values) & ordinary[:, None]
    blocks, width = len(values) // m, values.shape[1]
    counted = np.where(seen, values, 0.0).reshape(blocks, m, width)
    known = seen.reshape(blocks, m, width).astype(float)
    profile = _profiles(counted, known, pool, m)
    sums = _running(counted.sum(axis=1))
    # A known observation weighs as much as its weekday usually holds.
    weights = _running((known * profile[1:]).sum(axis=1))
    out: list[Array] = []
    longer = (sums + 0.1) / (weights + 1.0)
    for length in sorted(steps.windows, reverse=True):
        num, den = _back(sums, length), _back(weights, length)
        longer = (num + SHRINK * longer) / (den + SHRINK)
        out.append(np.maximum(longer, FLOOR))
    year, quarter, base, short = out
    orders = _back(sums, steps.base)
    return Levels(
        profile,
        (short, base, quarter, year),
        orders / (orders + 10),
        _back(weights, steps.base),
        sums,
        weights,
        pool,
        steps,
    )


def _profiles(counted: Array, known: Array, pool: Ints, m: int) -> Array:
    """Weekday shares at each block, forgetting old weeks, drawn to the pool's and to all."""
    blocks, _, width = counted.shape
    if m == 1:
        return np.ones((blocks + 1, 1, width))
    decay = 0.5 ** (1 / PROFILE_HALF_LIFE)
    came = _forgetting(counted, decay)
    days = _forgetting(known, decay)
    level = came.sum(axis=1) / np.maximum(days.sum(axis=1), 1e-9)
    usual = days * level[:, None]
    member = np.eye(int(pool.max()) + 1)[pool]
    pool_came, pool_usual = came @ member, usual @ member
    everybody = (pool_came.sum(axis=2) + 1) / (pool_usual.sum(axis=2) + 1)
    shared = pool_came + POOL_PROFILE_PRIOR * everybody[..., None]
    shared = (shared / (pool_usual + POOL_PROFILE_PRIOR))[..., pool]
    profile = (came + PROFILE_PRIOR * shared) / (usual + PROFILE_PRIOR)
    profile = np.maximum(profile, 0.02)
    return np.asarray(profile / profile.mean(axis=1, keepdims=True))


def _forgetting(blocks: Array, decay: float) -> Array:
    """Sums over earlier blocks with falling weights; entry b has seen blocks before b."""
    out = np.zeros((len(blocks) + 1, *blocks.shape[1:]))
    out[1:] = lfilter([1.0], [1.0, -decay], blocks, axis=0)
    return out


def _running(blocks: Array) -> Array:
    out = np.zeros((len(blocks) + 1, blocks.shape[1]))
    np.cumsum(blocks, axis=0, out=out[1:])
    return out


def _back(running: Array, length: int) -> Array:
    """Sum of the last ``length`` blocks at each block (of fewer at the start)."""
    earlier = np.zeros_like(running)
    earlier[length:] = running[:-length] if length < len(running) else running[:0]
    return np.asarray(running - earlier)
