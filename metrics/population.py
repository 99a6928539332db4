"""Orders per resident: a count over the people who lived there and how long.

A count has no denominator of orders. What it is set against is *residents × days / 30*
(column :data:`RESIDENTS` of the counts), so that months of 28 and of 31 days, weeks and
single days all stand on one scale: orders per resident in 30 days.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

RESIDENTS = "residents"
"""Column of the counts: residents × days with data / 30; missing where nobody counted the people."""
SPAN_DAYS = 30

Array = np.ndarray[Any, np.dtype[np.float64]]


def poisson_limits(events: Array, level: float = 0.95) -> tuple[Array, Array]:
    """Exact limits of a Poisson mean from counts.

    Garwood (1936), Biometrika 28, 437-442: chi-squared quantiles with 2x and 2x + 2
    degrees of freedom. What R's ``poisson.test`` prints.
    """
    events = np.asarray(events, dtype=float)
    tail = (1 - level) / 2
    low = np.where(events > 0, chi2.ppf(tail, 2 * np.maximum(events, 1e-9)) / 2, 0.0)
    return low, chi2.ppf(1 - tail, 2 * events + 2) / 2


def per_population(events: Array, counts: pd.DataFrame) -> pd.DataFrame:
    """Orders per resident in 30 days, one row per row of ``counts`` (columns as
    :func:`metrics.rates.rates`); no data where :data:`RESIDENTS` is missing or 0.

    ``n`` is the number of orders: it is what the precision hangs on.
    """
    lived = (
        counts[RESIDENTS].to_numpy(dtype=float)
        if RESIDENTS in counts
        else np.full(len(counts), np.nan)
    )
    known = np.nan_to_num(lived) > 0
    safe = np.where(known, lived, 1.0)
    low, high = poisson_limits(events)
    out = pd.DataFrame(index=counts.index)
    for name, column in (("value", events), ("low", low), ("high", high)):
        out[name] = np.where(known, column / safe, np.nan)
    out["numerator"] = np.where(known, events, np.nan)
    out["n"] = np.where(known, events, 0.0)
    for name in ("missing", "bound_low", "bound_high"):
        out[name] = np.nan
    return out
