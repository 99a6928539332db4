"""The patterns of emerging hot spot analysis as GIS desks know them, for analysts.

Getis-Ord Gi* (Ord & Getis 1995, Geographical Analysis 27, 286-306) of every cell and span of four
weeks with the cells around it and the span before, against all cells and spans together;
significant by Benjamini-Hochberg at 5 %; the trend of a cell's z by Mann-Kendall (Mann 1945,
Econometrica 13, 245-259; Kendall 1975). The patterns are those of Esri's tool "Emerging Hot Spot
Analysis" (ArcGIS Pro, "How Emerging Hot Spot Analysis works"), hot ones only.

Gi* says where much is, not where more is than usual: a market is hot every month. And it leans on
a normal distribution that rare counts do not have. docs/places.md says what it calls hot on noise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from forecasting.counts import false_discovery
from forecasting.places.weeks import Array, Flags, Weeks, touching

SPAN = 4
"""Weeks that are taken together."""
SPANS, FEWEST = 13, 10
"""Spans looked at (a year); below ten there is no pattern."""
LEVEL = 0.05
MOST = 0.9
PATTERNS = (
    "new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating",
    "historical", "none",
)  # fmt: skip


def patterns(weeks: Weeks) -> pd.DataFrame:
    """cell, pattern (one of :data:`PATTERNS`), z (Gi* of the last four weeks), hot (share of the
    spans that were hot), trend_p (Mann-Kendall). Empty with fewer than ten spans of whole weeks."""
    n = spans(weeks)
    if len(n) < FEWEST or not n.any():
        return pd.DataFrame(columns=["cell", "pattern", "z", "hot", "trend_p"])
    z = gi_star(n, weeks)
    p = false_discovery(2 * stats.norm.sf(np.abs(z)).ravel()).reshape(z.shape)
    hot, cold = (p < LEVEL) & (z > 0), (p < LEVEL) & (z < 0)
    slope, trend_p = mann_kendall(z)
    return pd.DataFrame(
        {
            "cell": weeks.cells, "pattern": named(hot, cold, slope, trend_p),
            "z": z[-1], "hot": hot.mean(axis=0), "trend_p": trend_p,
        }
    )  # fmt: skip


def spans(weeks: Weeks) -> Array:
    """Orders by span of four weeks, the latest last, as far back as every week is whole; the
    running week is left out."""
    whole = np.flatnonzero(weeks.whole)
    stop = int(whole[-1]) + 1 if len(whole) else 0
    gaps = np.flatnonzero(~weeks.whole[:stop])
    count = min(SPANS, (stop - (int(gaps[-1]) + 1 if len(gaps) else 0)) // SPAN)
    used = weeks.n[stop - count * SPAN : stop]
    return np.asarray(used.reshape(count, SPAN, weeks.n.shape[1]).sum(axis=1))


def gi_star(n: Array, weeks: Weeks) -> Array:
    """Gi* of each span and cell: its own and touching cells, in this span and the one before.

    Gi* = (sum w x - mean sum w) / (S sqrt((N sum w² - (sum w)²) / (N - 1))), N = cells × spans.
    """
    near = touching(weeks.cells)
    around = np.asarray((near @ n.T).T) + n
    sums = around + np.vstack([np.zeros(n.shape[1]), around[:-1]])
    degree = np.asarray(near.sum(axis=1)).ravel() + 1
    weight = np.vstack([degree, np.tile(2 * degree, (len(n) - 1, 1))])
    size, mean, sd = n.size, n.mean(), n.std()
    below = sd * np.sqrt((size * weight - weight**2) / (size - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num((sums - mean * weight) / below))


def mann_kendall(z: Array) -> tuple[Array, Array]:
    """Kendall's S of each column over its rows, and its two-sided p by the normal approximation
    with the variance n(n-1)(2n+5)/18 (ties, hardly possible in z, shrink S itself)."""
    count = len(z)
    score = np.zeros(z.shape[1])
    for first in range(count - 1):
        score += np.sign(z[first + 1 :] - z[first]).sum(axis=0)
    sd = np.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    standard = (score - np.sign(score)) / sd
    return score, np.asarray(2 * stats.norm.sf(np.abs(standard)))


def named(hot: Flags, cold: Flags, slope: Array, trend_p: Array) -> Array:
    """The pattern of each column; rules in the order of Esri's table."""
    last, ever, share = hot[-1], hot[:-1].any(axis=0), hot.mean(axis=0)
    run = _last_run(hot)
    # Nothing hot before the run that ends now.
    only = hot.sum(axis=0) == run
    often = share >= MOST
    moves = trend_p < LEVEL
    rules = [
        (last & ~ever, "new"),
        (last & only & (run >= 2) & ~often, "consecutive"),
        (last & often & moves & (slope > 0), "intensifying"),
        (last & often & moves & (slope < 0), "diminishing"),
        (last & often, "persistent"),
        (last & ~often & cold.any(axis=0), "oscillating"),
        (last & ~often, "sporadic"),
        (~last & often, "historical"),
    ]
    return np.select([rule for rule, _ in rules], [name for _, name in rules], "none")


def _last_run(hot: Flags) -> Array:
    """How many spans at the end are hot without a break."""
    cold_from_end = ~hot[::-1]
    return np.where(cold_from_end.any(axis=0), cold_from_end.argmax(axis=0), len(hot))
