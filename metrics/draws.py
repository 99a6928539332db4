"""Posterior draws of every unit's true composite score.

Each counted rate is shrunk (:mod:`metrics.shrinkage`, one shared distribution
per league table); a draw takes a plausible true rate for every unit and rate
and composes them as the scheme does. Rates of one unit are tied together by a
Gaussian copula with the correlation of :mod:`metrics.joint`; where that is not
given they move together fully. Bonuses and group shares are no samples and stay
as they are. The shared distribution itself is taken as known (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from metrics.linear import Linear
from metrics.shrinkage import Prior, effective, fit, posterior

Array = np.ndarray[Any, np.dtype[np.float64]]
Small = np.ndarray[Any, np.dtype[np.float32]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
DRAWS = 2000
SEED = 20_050
FEWEST = 8
"""A league table with fewer units shares the distribution of all units."""
_GRID = np.linspace(-4.5, 4.5, 46)


@dataclass(frozen=True)
class Draws:
    """``score``: draws across, units down, float32; NaN rows for units without a score.

    ``priors``: the distribution behind each (league table, rate).
    """

    units: tuple[str, ...]
    groups: Array
    score: Small
    priors: Mapping[tuple[str, str], Prior]

    @property
    def ranked(self) -> Bools:
        """Which units have a score."""
        return ~np.isnan(self.score[:, 0])


def simulate(
    linear: Linear,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    correlation: Array | None = None,
    adjusted: Mapping[str, Array] | None = None,
) -> Draws:
    """Draw true scores. The same seed gives the same draws.

    ``correlation``: of the composite's rates (:func:`metrics.joint.correlation`).
    ``adjusted``: hits after case-mix adjustment by rate name
    (:meth:`metrics.casemix.CaseMix.hits`), in the order of ``linear.units``.
    """
    rng = np.random.default_rng(seed)
    count, width = len(linear.units), len(linear.pieces)
    fixed = linear.adjustments.copy()
    priors: dict[tuple[str, str], Prior] = {}
    total = np.zeros((count, draws), dtype=np.float32)
    normal = _normals(rng, count, width, draws, correlation)
    for k, piece in enumerate(linear.pieces):
        points = linear.points[:, k]
        if not piece.sampled:
            fixed += points * np.nan_to_num(linear.goodness[:, k])
            continue
        if not points.any():
            continue
        hits = linear.hits[:, k]
        if adjusted is not None and piece.name in adjusted:
            hits = adjusted[piece.name]
        size = linear.n[:, k]
        hits, size = effective(hits, size, linear.squares[:, k] if hits.any() else None)
        a, b = _posterior(linear, piece.name, hits, size, priors)
        if not piece.up:
            a, b = b, a
        total += points[:, None].astype(np.float32) * _quantiles(
            a, b, normal[min(k, len(normal) - 1)]
        )
    total += fixed[:, None].astype(np.float32)
    total[np.isnan(linear.composite)] = np.nan
    return Draws(linear.units, linear.groups, total, priors)


def _posterior(
    linear: Linear,
    name: str,
    hits: Array,
    size: Array,
    priors: dict[tuple[str, str], Prior],
) -> tuple[Array, Array]:
    """Posterior parameters of one rate, each league table with a prior of its own."""
    a, b = np.full(len(size), np.nan), np.full(len(size), np.nan)
    everyone = fit(hits, size)
    for group in np.unique(linear.groups):
        mine = linear.groups == group
        own = fit(hits[mine], size[mine]) if (size[mine] > 0).sum() >= FEWEST else None
        prior = own or everyone
        if prior is not None:
            priors[(str(group), name)] = prior
            a[mine], b[mine] = posterior(prior, hits[mine], size[mine])
    return a, b


def _normals(
    rng: np.random.Generator, units: int, width: int, draws: int, correlation: Array | None
) -> list[Small]:
    """Standard normal draws per rate; a single one when the rates move together fully."""
    if correlation is None:
        return [rng.standard_normal((units, draws), dtype=np.float32)]
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.clip(values, 0, None))).astype(np.float32)
    root /= np.sqrt((root**2).sum(axis=1, keepdims=True))
    free = rng.standard_normal((width, units * draws), dtype=np.float32)
    return [row.reshape(units, draws) for row in root @ free]


def _quantiles(a: Array, b: Array, normal: Small) -> Small:
    """Beta quantiles at normal scores: exact on a grid, linear between its points."""
    known = ~np.isnan(a)
    table = np.zeros((len(a), len(_GRID)), dtype=np.float32)
    table[known] = special.betaincinv(a[known, None], b[known, None], special.ndtr(_GRID))
    step = np.float32((len(_GRID) - 1) / (_GRID[-1] - _GRID[0]))
    place = np.clip((normal - np.float32(_GRID[0])) * step, 0, len(_GRID) - 1.001)
    left = place.astype(np.int32)
    flat = left + (np.arange(len(a), dtype=np.int32) * len(_GRID))[:, None]
    low, high = table.ravel()[flat], table.ravel()[flat + 1]
    return np.asarray(low + (high - low) * (place - left))
