"""Which matters are worth a monthly topic: several criteria, each as a rank, combined by stated weights."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

CRITERIA = ("volume", "spread", "repeat", "unresolved", "season", "hops")
"""volume: orders; spread: effective number of districts; repeat: share that came again;
unresolved: share not resolved among those followed up; season: coming peak over a usual week;
hops: share that went through several units."""
WEIGHTS: Mapping[str, float] = {
    "volume": 3, "spread": 1, "repeat": 2, "unresolved": 2, "season": 1, "hops": 1,
}  # fmt: skip
"""An example to be changed: no official weights are known."""
MOST_WEIGHT = 5
FEWEST = 30
"""Orders below which a category is no candidate, and answers below which a share has no rank."""


def effective(shares: pd.DataFrame) -> pd.Series:
    """How many equally large parts would be as spread: 1 / sum of squared shares (Hill 1973, Ecology
    54, 427-432, order 2), per row of counts."""
    total = shares.sum(axis=1)
    return (total**2 / (shares**2).sum(axis=1)).where(total > 0)


def ranked(found: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """The candidates with a score from 0 to 100, the highest first.

    ``found``: category and a column per criterion (missing: unknown). Each criterion gives the
    share of candidates that lie below (ties share), so that a criterion's unit does not matter;
    the score is the weighted mean over the criteria known of a category, times 100. Adds
    ``score``, ``known`` (weight of the criteria known over all weight) and ``rank_<criterion>``.
    """
    wanted = {name: float((weights or WEIGHTS).get(name, 0)) for name in CRITERIA}
    out = found.copy()
    total = pd.Series(0.0, index=out.index)
    known = pd.Series(0.0, index=out.index)
    for name, weight in wanted.items():
        values = pd.to_numeric(out[name]).astype("float64")
        count = int(values.notna().sum())
        share = (values.rank(method="average") - 1) / max(count - 1, 1)
        out[f"rank_{name}"] = share
        total = total + (share * weight).fillna(0.0)
        known = known + weight * values.notna()
    out["score"] = (100 * total / known).where(known > 0)
    out["known"] = known / max(sum(wanted.values()), 1e-9)
    return out.sort_values(
        ["score", "volume"], ascending=False, na_position="last", ignore_index=True
    )
