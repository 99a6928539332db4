"""A unit among its peers: where it stands in each rate's funnel, and its rate at equal case mix."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.casemix import CaseMix, cells, standardise
from metrics.fair import funnels
from metrics.funnel import Funnel
from metrics.linear import Piece
from metrics.rates import wilson
from ui import counted
from ui.context import Context
from ui.unit_data import Profile

STRATA = ("category1", "grade")
"""Kinds of orders that are compared with each other."""


@dataclass(frozen=True)
class Peer:
    """One rate among peers: the unit's row of :func:`metrics.funnel.funnel` and everybody's.

    ``funnel``: ``None`` with too few units. ``low``/``high``: Wilson's interval of the
    unit's rate. ``mix``: the case-mix adjustment of the league table; ``adjusted``: the
    unit's row there, ``None`` where it has none.
    """

    piece: Piece
    funnel: Funnel | None
    table: pd.DataFrame
    own: pd.Series
    low: float
    high: float
    pooled: float
    mix: CaseMix
    adjusted: pd.Series | None


def peers(ctx: Context, mine: Profile) -> list[Peer]:
    """Every rate that makes the unit's score, among its league table."""
    group = str(mine.row["group"])
    members = mine.peers
    where = replace(ctx.over(ctx.period), units=())
    strata = counted.of_scheme(ctx.scheme, where, ("unit", *STRATA))
    strata = strata[strata["unit"].isin(members)]
    return [_peer(mine, j, piece, group, strata) for j, piece in mine.pieces]


def _peer(mine: Profile, j: int, piece: Piece, group: str, strata: pd.DataFrame) -> Peer:
    linear, k = mine.linear, mine.place
    found, table = funnels(linear, piece.name)[group]
    own = table[table["unit"] == mine.unit].iloc[0]
    hits, n, squares = (grid[k : k + 1, j] for grid in (linear.hits, linear.n, linear.squares))
    low, high = wilson(hits, n, squares)
    inside = linear.groups == group
    size = linear.n[inside, j].sum()
    mix = standardise(cells(piece.leaf, strata, STRATA), STRATA)
    rows = mix.units[mix.units["unit"] == mine.unit]
    return Peer(
        piece=piece,
        funnel=found,
        table=table[table["n"] > 0],
        own=own,
        low=float(low[0]),
        high=float(high[0]),
        pooled=float(linear.hits[inside, j].sum() / size) if size else np.nan,
        mix=mix,
        adjusted=rows.iloc[0] if len(rows) else None,
    )
