"""Counting conditions over a frame of orders: for what-if questions, uploads and checks.

The store counts the same conditions ahead of time; both give the same frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from metrics.conditions import Condition, mask


def count(
    measures: Mapping[str, Condition], orders: pd.DataFrame, by: Sequence[str] = ("unit",)
) -> pd.DataFrame:
    """One row per group of ``by`` (orders without one are left out), one int64 column per measure.

    Without ``by``: a single row for everything.
    """
    hits = pd.DataFrame(
        {name: mask(c, orders).astype("int64") for name, c in measures.items()}, index=orders.index
    )
    if not by:
        return hits.sum().to_frame().T.astype("int64")
    keys = [orders[name] for name in by]
    return hits.groupby(keys, observed=True, sort=True).sum().reset_index()
