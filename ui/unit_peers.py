"""A unit among its peers: where it stands in each rate's funnel, and its rate at equal case mix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.casemix import CaseMix
from metrics.fair import Stands, stands
from metrics.linear import Piece
from metrics.rates import wilson
from ui.context import Context
from ui.fair_data import mix_of
from ui.unit_data import Profile


@dataclass(frozen=True)
class Peer:
    """One rate among peers: the funnel, its units with orders, and the unit's own row.

    ``low``/``high``: Wilson's interval of the
    unit's rate. ``mix``: the case-mix adjustment of the league table; ``adjusted``: the
    unit's row there, ``None`` where it has none.
    """

    piece: Piece
    stands: Stands
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
    mixes = mix_of(ctx, mine.fair)
    return [_peer(mine, j, piece, group, mixes[(group, piece.name)]) for j, piece in mine.pieces]


def _peer(mine: Profile, j: int, piece: Piece, group: str, mix: CaseMix) -> Peer:
    linear, k = mine.linear, mine.place
    found = stands(linear, piece.name, group)
    table = found.units
    own = table[table["unit"] == mine.unit].iloc[0]
    hits, n, squares = (grid[k : k + 1, j] for grid in (linear.hits, linear.n, linear.squares))
    low, high = wilson(hits, n, squares)
    inside = linear.groups == group
    size = linear.n[inside, j].sum()
    rows = mix.units[mix.units["unit"] == mine.unit]
    return Peer(
        piece=piece,
        stands=found,
        table=table[table["n"] > 0],
        own=own,
        low=float(low[0]),
        high=float(high[0]),
        pooled=float(linear.hits[inside, j].sum() / size) if size else np.nan,
        mix=mix,
        adjusted=rows.iloc[0] if len(rows) else None,
    )
