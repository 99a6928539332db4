"""Funnel plots: which units stand apart from the whole, allowing for what all units differ by.

Spiegelhalter (2005), "Funnel plots for comparing institutional performance",
Statistics in Medicine 24, 1185-1202, and "Handling over-dispersion of
performance indicators", Quality and Safety in Health Care 14, 347-351:
z-scores on the arcsine scale winsorised at 10 %, additive over-dispersion tau²
by moments (DerSimonian & Laird 1986), limits at 95 and 99.8 %.

Two things are ours. Winsorising shrinks the z-scores of blameless units too, so
phi is divided by what it would be for a winsorised normal sample (0.679 at
10 %); without this, limits are too narrow wherever units really differ. And
limits are exact tails (:mod:`metrics.tails`), because the normal ones flag up
to twice too many units at rates near 97 %.

For one unit at a time: among many, some stand outside by chance, at most one in
twenty at 95 % and one in five hundred at 99.8 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from metrics.tails import at_least, at_most, limits, middle_z

Array = np.ndarray[Any, np.dtype[np.float64]]
LEVELS = (0.95, 0.998)
WINSORISED = 0.1
FEWEST = 5
"""With fewer units nothing can be said about how far units differ."""


@dataclass(frozen=True)
class Funnel:
    """What the limits rest on.

    ``target``: the pooled rate. ``phi``: mean squared winsorised z-score, 1 when
    only chance is at work. ``tau``: standard deviation between units on the
    arcsine scale, 0 when chance explains everything.
    """

    target: float
    phi: float
    tau: float
    units: int

    @property
    def rho(self) -> float:
        """The same spread as the correlation of two orders of one unit (var of rates / p(1-p))."""
        return min(4 * self.tau**2, 0.99)

    def limits(self, n: Array, level: float) -> tuple[Array, Array]:
        """Lower and upper limit of a rate over ``n`` orders."""
        return limits(np.asarray(n, dtype=float), self.target, self.rho, level)


def z_scores(hits: Array, n: Array, target: float) -> Array:
    """Distance from the target in standard errors, on the arcsine scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.clip(hits / n, 0, 1)
        z = (np.arcsin(np.sqrt(rate)) - np.arcsin(np.sqrt(target))) * 2 * np.sqrt(n)
    return np.where(n > 0, z, np.nan)


def winsorise(z: Array, share: float = WINSORISED) -> Array:
    """Pull the outer shares in to their quantiles, so outliers do not widen the limits."""
    low, high = np.nanquantile(z, [share, 1 - share])
    return np.clip(z, low, high)


def winsorised_variance(share: float = WINSORISED) -> float:
    """The variance of a standard normal sample after :func:`winsorise`."""
    k = special.ndtri(1 - share)
    density = np.exp(-k * k / 2) / np.sqrt(2 * np.pi)
    return float(1 - 2 * share - 2 * k * density + 2 * share * k * k) if share else 1.0


def over_dispersion(z: Array, n: Array, normal: float = 1.0) -> tuple[float, float]:
    """(phi, tau²) from z-scores (winsorise first) over ``n`` orders each.

    tau² = (I·phi - (I - 1)) / (sum w - sum w² / sum w), w = 1 / s², and 0 when
    negative. ``normal``: phi of a blameless sample (:func:`winsorised_variance`).
    """
    known = ~np.isnan(z)
    z, weight = z[known], 4 * n[known]
    count = len(z)
    phi = float((z**2).mean()) / normal if count else np.nan
    if count < 2:
        return phi, 0.0
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = (count * phi - (count - 1)) / scale if scale > 0 else 0.0
    return phi, max(float(tau2), 0.0)


def build(
    hits: Array, n: Array, *, share: float = WINSORISED, target: float | None = None
) -> Funnel | None:
    """The funnel of these units; ``None`` with fewer than :data:`FEWEST` units with data.

    ``target``: where the middle is, if not the pooled rate.
    """
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    known = n > 0
    if known.sum() < FEWEST:
        return None
    hits, n = hits[known], n[known]
    target = float(hits.sum() / n.sum()) if target is None else target
    z = winsorise(z_scores(hits, n, target), share)
    phi, tau2 = over_dispersion(z, n, winsorised_variance(share))
    return Funnel(target, phi, float(np.sqrt(tau2)), int(known.sum()))


def funnel(
    units: pd.Series, hits: Array, n: Array, *, up: bool = True, share: float = WINSORISED
) -> tuple[Funnel | None, pd.DataFrame]:
    """The funnel and where each unit stands.

    Columns: unit, n, value, z (spread between units allowed for), low95, high95,
    low998, high998, outside (0, 95 or 99.8), better (``None`` inside; else
    whether it stands apart for the good).
    """
    hits, n = np.asarray(hits, dtype=float), np.asarray(n, dtype=float)
    found = build(hits, n, share=share)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, hits / n, np.nan)
    out = pd.DataFrame({"unit": units.to_numpy(), "n": n, "value": value})
    outside = np.zeros(len(out))
    z = np.full(len(out), np.nan)
    edges = dict.fromkeys(("95", "998"), (z, z))
    if found is not None:
        z = middle_z(hits, n, found.target, found.rho)
        tail = np.minimum(
            at_most(hits, n, found.target, found.rho), at_least(hits, n, found.target, found.rho)
        )
        for name, level in zip(("95", "998"), LEVELS, strict=True):
            edges[name] = found.limits(n, level)
            outside[tail < (1 - level) / 2] = 100 * level
    out["z"] = z
    for name, (low, high) in edges.items():
        out[f"low{name}"], out[f"high{name}"] = low, high
    out["outside"] = outside
    better = pd.Series((out["z"] > 0) == up, index=out.index, dtype="object")
    out["better"] = better.where(outside > 0, None)
    return found, out
