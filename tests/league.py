"""Counts of made-up league tables for tests of scores: scheme A, one row per unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.scheme import all_schemes

A = all_schemes()["beijing_district"]
RATES = ("response", "resolution", "satisfaction")
WEIGHTS = np.array([10.0, 50.0, 40.0])


def league(n: np.ndarray, hits: np.ndarray, kind: str = "street") -> pd.DataFrame:
    """Counts under scheme A: ``n`` valid follow-ups, ``hits`` (units × three rates)."""
    out = pd.DataFrame(0, index=range(len(n)), columns=list(A.measures()))
    out.insert(0, "unit", [f"u{k:03d}" for k in range(len(n))])
    out["unit_type"] = kind
    out["all"] = n
    for k, name in enumerate(RATES):
        for start in ("", "before:"):
            out[f"{start}{name}.den"] = n
            out[f"{start}{name}.num.0"] = hits[:, k]
    return out


def sizes(rng: np.random.Generator, units: int, median: float, spread: float = 0.8) -> np.ndarray:
    """Unequal numbers of orders, at least five."""
    return np.maximum(5, rng.lognormal(np.log(median), spread, units)).astype(int)
