"""Control limits of a rate over time: how far chance alone moves it (a p-chart).

Shewhart's p-chart with limits that follow each point's n. Unweighted rates take
the binomial quantiles themselves, which are right for small n and for rates near
100 %, where the usual mean ± z·sd is not; weighted numerators take mean ± z·sd
with the variance of the order scores. Chance is all they hold: a season or a
changed mix of orders also lies outside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom, norm, poisson

from metrics.indicators import Leaf
from metrics.population import RESIDENTS

WARN, ACT = 0.95, 0.998
"""The shares of points that lie inside the limits when nothing but chance is at work."""


def control_limits(leaf: Leaf, counts: pd.DataFrame) -> pd.DataFrame:
    """Limits for each row of ``counts`` around the rate of all rows pooled.

    ``counts`` has the leaf's measures. Columns: centre, low95, high95, low998,
    high998 (all missing where a row, or everything, has no denominator), and
    ``outside``: -1 below, 1 above the outer limits, else 0.
    """
    if leaf.rule.kind == "per_population":
        return _residents(leaf, counts)
    n = counts[f"{leaf.prefix}.den"].to_numpy(dtype=float)
    pieces = [counts[f"{leaf.prefix}.num.{k}"].to_numpy(dtype=float) for k in _places(leaf)]
    scored = _weighted(leaf, pieces, 1)
    columns = ["centre", "low95", "high95", "low998", "high998"]
    if n.sum() <= 0:
        return pd.DataFrame(np.nan, index=counts.index, columns=columns).assign(outside=0)
    centre = scored.sum() / n.sum()
    binary = all(weight == 1 for weight in leaf.weights)
    spread = _weighted(leaf, pieces, 2).sum() / n.sum() - centre**2
    out: dict[str, Any] = {"centre": np.where(n > 0, centre, np.nan)}
    for inside, name in ((WARN, "95"), (ACT, "998")):
        low, high = _around(centre, n, inside, None if binary else max(spread, 0.0))
        out[f"low{name}"], out[f"high{name}"] = low, high
    with np.errstate(divide="ignore", invalid="ignore"):
        value = scored / n
    # Quantiles are counts divided by n: a point on its limit is not outside.
    slack = 1e-9
    out["outside"] = (value > out["high998"] + slack).astype(int) - (
        value < out["low998"] - slack
    ).astype(int)
    return pd.DataFrame(out, index=counts.index)


def _residents(leaf: Leaf, counts: pd.DataFrame) -> pd.DataFrame:
    """A u-chart: Poisson quantiles of the orders expected from each row's residents."""
    columns = ["centre", "low95", "high95", "low998", "high998"]
    out = pd.DataFrame(np.nan, index=counts.index, columns=columns).assign(outside=0)
    if RESIDENTS not in counts:
        return out
    orders = counts[[f"{leaf.prefix}.num.{k}" for k in _places(leaf)]].sum(axis=1).to_numpy(float)
    lived = counts[RESIDENTS].to_numpy(dtype=float)
    known = lived > 0
    if not known.any():
        return out
    centre = orders[known].sum() / lived[known].sum()
    safe = np.where(known, lived, 1.0)
    out["centre"] = np.where(known, centre, np.nan)
    for inside, name in ((WARN, "95"), (ACT, "998")):
        tail = (1 - inside) / 2
        for side, share in (("low", tail), ("high", 1 - tail)):
            out[f"{side}{name}"] = np.where(known, poisson.ppf(share, centre * safe) / safe, np.nan)
    value = orders / safe
    slack = 1e-12
    out["outside"] = (value > out["high998"] + slack).astype(int) - (
        value < out["low998"] - slack
    ).astype(int)
    return out


def _places(leaf: Leaf) -> range:
    return range(len(leaf.weights))


def _weighted(leaf: Leaf, pieces: list[Any], power: int) -> Any:
    return sum((w**power * c for w, c in zip(leaf.weights, pieces, strict=True)), 0.0)


def _around(centre: float, n: Any, inside: float, spread: float | None) -> tuple[Any, Any]:
    tail = (1 - inside) / 2
    safe = np.where(n > 0, n, 1.0)
    if spread is None:
        low = binom.ppf(tail, safe, centre) / safe
        high = binom.ppf(1 - tail, safe, centre) / safe
    else:
        half = norm.ppf(1 - tail) * np.sqrt(spread / safe)
        low, high = centre - half, centre + half
    low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
