"""Which peers are most like a unit: by the kinds of orders they get and how many."""

from __future__ import annotations

import numpy as np
import pandas as pd


def most_alike(counts: pd.DataFrame, unit: str, count: int = 8) -> pd.DataFrame:
    """The peers most like ``unit``, the most alike first.

    ``counts``: unit, category, n (orders; missing combinations are 0). Alike is the product of two
    parts between 0 and 1: how far the shares of the categories overlap (Bray & Curtis 1957, Ecological
    Monographs 27, 325-349, on shares: the sum of the smaller share of each category), and the smaller
    volume over the larger, square-rooted. Columns: unit, alike, overlap, n. Units without orders
    are left out; empty when ``unit`` has none itself.
    """
    table = counts.pivot_table(
        index="unit", columns="category", values="n", aggfunc="sum", fill_value=0, observed=True
    )
    table = table[table.sum(axis=1) > 0]
    columns = ["unit", "alike", "overlap", "n"]
    if unit not in table.index or len(table) < 2:
        return pd.DataFrame(columns=columns)
    volume = table.sum(axis=1).to_numpy(dtype=float)
    shares = table.to_numpy(dtype=float) / volume[:, None]
    own = table.index.get_loc(unit)
    overlap = np.minimum(shares, shares[own]).sum(axis=1)
    size = np.sqrt(np.minimum(volume, volume[own]) / np.maximum(volume, volume[own]))
    out = pd.DataFrame(
        {"unit": table.index, "alike": overlap * size, "overlap": overlap, "n": volume.astype(int)}
    )
    out = out[out["unit"] != unit]
    return (
        out.sort_values(["alike", "unit"], ascending=[False, True])
        .head(count)
        .reset_index(drop=True)
    )
