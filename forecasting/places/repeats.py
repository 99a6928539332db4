"""Chains of repeats: orders that one after the other come back after a closing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components


def chains(links: pd.DataFrame) -> pd.DataFrame:
    """Which chain each order of ``links`` belongs to.

    ``links``: source, order_id, repeat_of (one row per order that repeats another of the same
    source). Returns source, order_id, chain (a number), length (orders in the chain), for the
    orders that repeat and those they repeat: whatever is linked, however far, is one chain.
    """
    rows = links[links["repeat_of"].notna()]
    if rows.empty:
        return pd.DataFrame(columns=["source", "order_id", "chain", "length"])
    later = pd.MultiIndex.from_frame(rows[["source", "order_id"]].astype(object))
    earlier = pd.MultiIndex.from_arrays(
        [rows["source"].astype(object), rows["repeat_of"].astype(object)]
    )
    code, names = pd.factorize(later.append(earlier))
    half = len(rows)
    pairs = sparse.coo_matrix(
        (np.ones(half), (code[:half], code[half:])), shape=(len(names), len(names))
    )
    _, chain = connected_components(pairs, directed=False)
    out = pd.DataFrame(list(names), columns=["source", "order_id"])
    out["chain"] = chain
    out["length"] = np.bincount(chain)[chain]
    return out
