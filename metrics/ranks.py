"""Ranks with their uncertainty, and groups of units that cannot be told apart.

Goldstein & Spiegelhalter (1996), "League tables and their limitations", JRSS A
159, 385-443: ranks have intervals, and at usual sizes they are wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.draws import Draws

Ints = np.ndarray[Any, np.dtype[np.int32]]
LEVEL = 0.90
SURE = 0.95
"""What must hold before a unit is said to be surely in a half."""
TENTH = 0.1


def rank_draws(draws: Draws) -> Ints:
    """Rank of every unit within its league table in every draw (1 = best); 0 where unranked."""
    out = np.zeros(draws.score.shape, dtype=np.int32)
    ranked = draws.ranked
    for group in np.unique(draws.groups):
        mine = np.flatnonzero((draws.groups == group) & ranked)
        if not len(mine):
            continue
        block = np.ascontiguousarray(-draws.score[mine].T)
        order = np.argsort(block, axis=1)
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(1, len(mine) + 1)[None, :], axis=1)
        out[mine] = places.T
    return out


def rank_table(draws: Draws, level: float = LEVEL) -> pd.DataFrame:
    """One row per unit, in the order of ``draws.units``.

    Columns: unit, group, of (units ranked in the group), shrunken (mean of the
    draws: what the score is worth after shrinkage), shrunken_low, shrunken_high,
    rank_expected, rank_low, rank_high (``level`` interval, ends included),
    top_tenth, bottom_tenth (chance to be among them), upper, lower (chance to be
    in the upper or lower half; a middle place belongs to neither).
    """
    places = rank_draws(draws)
    ranked = draws.ranked
    tail = (1 - level) / 2
    edges = [tail, 1 - tail]
    size = pd.Series(ranked).groupby(draws.groups).transform("sum").to_numpy()
    tenth = np.maximum(1, np.floor(size * TENTH + 0.5))
    sorted_places = np.sort(places, axis=1)
    count = places.shape[1]
    low = sorted_places[:, int(np.floor(tail * count))]
    high = sorted_places[:, min(count - 1, int(np.ceil((1 - tail) * count)))]
    score_low, score_high = np.quantile(draws.score, edges, axis=1)
    out = pd.DataFrame(
        {
            "unit": draws.units,
            "group": draws.groups,
            "of": size,
            "shrunken": draws.score.mean(axis=1, dtype=np.float64),
            "shrunken_low": score_low,
            "shrunken_high": score_high,
            "rank_expected": np.where(ranked, places.mean(axis=1), np.nan),
        }
    )
    out["rank_low"] = pd.Series(low).astype("Int64").mask(~ranked)
    out["rank_high"] = pd.Series(high).astype("Int64").mask(~ranked)
    out["top_tenth"] = np.where(ranked, (places <= tenth[:, None]).mean(axis=1), np.nan)
    bottom = places > (size - tenth)[:, None]
    out["bottom_tenth"] = np.where(ranked, bottom.mean(axis=1), np.nan)
    middle = ((size + 1) / 2)[:, None]
    out["upper"] = np.where(ranked, (places < middle).mean(axis=1), np.nan)
    out["lower"] = np.where(ranked, (places > middle).mean(axis=1), np.nan)
    return out


@dataclass(frozen=True)
class Told:
    """How much a league table can tell apart: units surely in the upper and in the lower half.

    ``of``: ranked units; ``width``: the median width of the rank intervals, ends included.
    """

    upper: tuple[str, ...]
    lower: tuple[str, ...]
    of: int
    width: int

    @property
    def rest(self) -> int:
        """How many cannot be told apart from the middle."""
        return self.of - len(self.upper) - len(self.lower)


def told(table: pd.DataFrame, level: float = SURE) -> Told:
    """What one league table (columns of :func:`rank_table`) can tell at a level of 95 %.

    A unit is surely in a half when it is there in at least 1 - (1 - level)/2 of the draws: with
    no true differences at most 1 - level of the units are named (held by a permutation test).
    """
    ranked = table[table["rank_expected"].notna()]
    enough = 1 - (1 - level) / 2
    width = (ranked["rank_high"] - ranked["rank_low"] + 1).astype(float)
    return Told(
        upper=tuple(ranked.loc[ranked["upper"] >= enough, "unit"]),
        lower=tuple(ranked.loc[ranked["lower"] >= enough, "unit"]),
        of=len(ranked),
        width=round(float(width.median())) if len(ranked) else 0,
    )


def indistinct(draws: Draws, unit: str, level: float = LEVEL) -> pd.DataFrame:
    """The units of the same league table that one unit cannot be told apart from.

    Two units can be told apart when one is ahead in at least 1 - (1 - level)/2
    of the draws. Columns: unit, ahead (chance that it is ahead of the named
    one). Raises ``ValueError`` for a unit that is not there.
    """
    mine = draws.units.index(unit)
    peers = np.flatnonzero((draws.groups == draws.groups[mine]) & draws.ranked)
    peers = peers[peers != mine]
    if not draws.ranked[mine]:
        peers = peers[:0]
    ahead = (draws.score[peers] > draws.score[mine]).mean(axis=1)
    tail = (1 - level) / 2
    same = (ahead > tail) & (ahead < 1 - tail)
    names = [draws.units[k] for k in peers[same]]
    return pd.DataFrame({"unit": names, "ahead": ahead[same]})


def tiers(draws: Draws, level: float = LEVEL) -> pd.Series:
    """Which tier of its league table each unit is in (1 = best; missing where unranked).

    From the top: a tier holds its best unit and everybody after it who cannot be
    told apart from that one; the first who can opens the next tier. Two units of
    neighbouring tiers may still be alike; units of one tier are not proven equal.
    """
    out = pd.Series(pd.NA, index=range(len(draws.units)), dtype="Int64")
    middle = draws.score.mean(axis=1)
    enough = 1 - (1 - level) / 2
    for group in np.unique(draws.groups):
        mine = np.flatnonzero((draws.groups == group) & draws.ranked)
        order = mine[np.argsort(-middle[mine], kind="stable")]
        tier, first = 0, -1
        for k in order:
            if first < 0 or (draws.score[first] > draws.score[k]).mean() >= enough:
                tier, first = tier + 1, int(k)
            out[k] = tier
    out.index = pd.Index(draws.units)
    return out
