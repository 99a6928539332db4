"""How wide: negative-binomial noise learned from errors at earlier origins.

Dispersion by moments per series and week ahead, drawn to series of like kind and size; then
probabilities are recalibrated with the randomised PIT (Czado, Gneiting & Held 2009,
Biometrics 65, 1254-1261) of earlier origins. Weekly totals have a dispersion of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from forecasting.counts import FEWEST_DISPERSION
from forecasting.daily.steps import Array, Ints

OWN_ORIGINS = 6.0
"""Origins that the dispersion of like series counts as."""
FEWEST_ORIGINS = 7
UNTESTED = 0.35
"""Dispersion said where there is no earlier origin to learn from."""
SIZES = (0.1, 0.3, 1, 3, 10, 30, 100, 300)
"""Means that separate classes of size."""
BINS = 400
CALM = 5.0
"""Origins that a uniform PIT counts as in recalibration."""
MOST = 20.0


@dataclass(frozen=True)
class Spread:
    """``phi``: origins + 1 × blocks ahead × nodes, NaN before seven origins are known; the
    last row is for now. ``pit``: randomised PIT, origins × ahead × nodes. ``bins``:
    origins + 1 × blocks ahead × kinds × BINS, earlier PIT values counted."""

    phi: Array
    pit: Array
    bins: Array
    kind: Ints

    def probability(self, origin: int, wanted: float) -> Array:
        """The probability to ask the negative binomial for: blocks ahead × nodes."""
        bins = self.bins[origin]
        cumulated = np.cumsum(bins, axis=-1)
        share = cumulated / cumulated[..., -1:]
        edges = np.arange(1, BINS + 1) / BINS
        out = np.empty(share.shape[:2])
        for w in range(share.shape[0]):
            for k in range(share.shape[1]):
                out[w, k] = np.interp(wanted, np.r_[0.0, share[w, k]], np.r_[0.0, edges])
        return np.asarray(np.clip(out, 1e-5, 1 - 1e-5)[:, self.kind])


def learned(made: Array, came: Array, kind: Ints, group: Ints, per: int, seed: int) -> Spread:
    """From forecasts and outcomes, origins × ahead × nodes.

    ``per``: entries of "ahead" that share a dispersion (7 days make a week); ``kind``: nodes
    recalibrated together; ``group``: nodes whose dispersion is pooled.
    """
    count, length, nodes = made.shape
    blocks = length // per
    error, square = (np.empty((count, blocks, nodes)) for _ in range(2))
    for j in range(count):  # origin by origin: whole panels several times over fill the memory
        known = np.isfinite(came[j])
        over = np.where(known, (came[j] - made[j]) ** 2 - made[j], 0.0)
        error[j] = over.reshape(blocks, per, nodes).sum(axis=1)
        square[j] = np.where(known, made[j] ** 2, 0.0).reshape(blocks, per, nodes).sum(axis=1)
    phi = _dispersions(error, square, made, group, blocks)
    pit = _pit(made, came, phi[:count], per, seed)
    bins = _bins(pit, kind, count, blocks, per)
    return Spread(phi, pit, bins, kind)


def _dispersions(error: Array, square: Array, made: Array, group: Ints, blocks: int) -> Array:
    count, _, nodes = error.shape
    size = np.digitize(made.reshape(count, blocks, -1, nodes).mean(axis=2), SIZES)
    place = group * (len(SIZES) + 1) + size
    width = int(place.max()) + 1
    grouped = np.zeros((2, count, blocks, width))
    for j in range(count):
        for w in range(blocks):
            for i, part in enumerate((error, square)):
                grouped[i, j, w] = np.bincount(place[j, w], weights=part[j, w], minlength=width)
    sums = np.cumsum(np.stack([error, square]), axis=1)
    pooled = np.cumsum(grouped, axis=1)
    phi = np.full((count + 1, blocks, nodes), np.nan)
    for j in range(count + 1):
        for w in range(blocks):
            done = j - (w + 1)  # the last origin whose week w is over by then
            if done + 1 < FEWEST_ORIGINS:
                continue
            top, below = pooled[:, done, w, place[min(j, count - 1), w]]
            shared = np.clip(np.where(below > 0, top / np.maximum(below, 1e-12), UNTESTED), 0, MOST)
            own, squares = sums[:, done, w]
            prior = OWN_ORIGINS * squares / (done + 1)
            whole = (own + shared * prior) / np.maximum(squares + prior, 1e-12)
            phi[j, w] = np.clip(np.where(squares > 0, whole, shared), 0.0, MOST)
    return phi


def _pit(made: Array, came: Array, phi: Array, per: int, seed: int) -> Array:
    out = np.full(made.shape, np.nan)
    rng = np.random.default_rng(seed)
    for j in range(len(made)):
        wide = np.repeat(phi[j], per, axis=0)
        use = np.isfinite(came[j]) & np.isfinite(wide)
        y, mean, spread = np.round(came[j][use]), made[j][use], wide[use]
        high, low = below(y, mean, spread), below(y - 1, mean, spread)
        out[j][use] = low + rng.random(len(y)) * (high - low)
    return out


def below(y: Array, mean: Array, phi: Array) -> Array:
    """P(count ≤ y) of a negative binomial with this mean and dispersion."""
    phi = np.maximum(phi, FEWEST_DISPERSION)
    mean = np.maximum(mean, 1e-9)
    inside = special.betainc(1 / phi, np.maximum(y, 0) + 1, 1 / (1 + phi * mean))
    return np.asarray(np.where(y < 0, 0.0, inside))


def quantile(probability: Array, mean: Array, phi: Array) -> Array:
    """The smallest count with at least this probability at or below it."""
    phi = np.maximum(phi, FEWEST_DISPERSION)
    mean = np.maximum(mean, 1e-9)
    return np.asarray(stats.nbinom.ppf(probability, 1 / phi, 1 / (1 + phi * mean)))


def _bins(pit: Array, kind: Ints, count: int, blocks: int, per: int) -> Array:
    """Counts of earlier PIT values per kind, a uniform prior among them."""
    kinds = int(kind.max()) + 1
    size = np.bincount(kind, minlength=kinds)
    seen = np.zeros((count, blocks, kinds, BINS))
    for j in range(count):
        for w in range(blocks):
            part = pit[j, w * per : (w + 1) * per]
            use = np.isfinite(part)
            slot = np.minimum((part[use] * BINS).astype(np.intp), BINS - 1)
            flat = np.broadcast_to(kind, part.shape)[use] * BINS + slot
            seen[j, w] = np.bincount(flat, minlength=kinds * BINS).reshape(kinds, BINS)
    total = np.cumsum(seen, axis=0)
    out = np.empty((count + 1, blocks, kinds, BINS))
    prior = CALM * per * size[:, None] / BINS
    for j in range(count + 1):
        for w in range(blocks):
            done = j - (w + 1)
            out[j, w] = prior + (total[done, w] if done >= 0 else 0.0)
    return out
