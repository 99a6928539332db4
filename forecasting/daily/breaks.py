"""Series whose level has jumped: a recoding, a new duty, a closed channel.

A jump is a ratio of at least ``RATIO`` between the last weeks and the quarter before them
that the rest of the pool does not share (a season is shared) and that chance does not make.
"""

from __future__ import annotations

import numpy as np

from forecasting.daily.levels import Levels
from forecasting.daily.steps import Array, Bools

RATIO = 2.5
CLEAR = 6.0
"""Standard errors by which the jump must stand out."""
WANDER = 0.06
"""Squared relative error of a level that ordinary wandering explains."""
SINCE = (1, 2, 3, 4, 6, 8)
"""Blocks ago at which a jump is looked for."""


def jumped(levels: Levels, block: int) -> tuple[Bools, Array]:
    """Which series have jumped by ``block``, and their level since (the base level elsewhere)."""
    base = levels.base[block]
    best = np.full(len(base), CLEAR)
    out = base.copy()
    member = np.eye(int(levels.pool.max()) + 1)[levels.pool]
    for since in SINCE:
        mid, old = block - since, max(block - since - levels.steps.windows[2], 0)
        if mid - old < levels.steps.base:
            continue
        came, days = _span(levels, mid, block)
        before, usual = _span(levels, old, mid)
        rest_came, rest_before = (
            n @ member.T - own for n, own in ((came @ member, came), (before @ member, before))
        )
        rest_ratio = _ratio(rest_came, days, rest_before, usual)
        # A small rest says little about what is shared.
        trust = rest_before / (rest_before + 50.0)
        with np.errstate(divide="ignore"):
            change = np.log(_ratio(came, days, before, usual)) - trust * np.log(rest_ratio)
        noise = 1 / (came + 0.5) + 1 / (before + 0.5) + WANDER
        z = np.abs(change) / np.sqrt(noise)
        found = (z > best) & (np.abs(change) > np.log(RATIO)) & (days > 0) & (usual > 0)
        best = np.where(found, z, best)
        out = np.where(found, (came + 0.1) / (days + 0.2), out)
    return best > CLEAR, out


def _span(levels: Levels, first: int, last: int) -> tuple[Array, Array]:
    return levels.sums[last] - levels.sums[first], levels.weights[last] - levels.weights[first]


def _ratio(came: Array, days: Array, before: Array, usual: Array) -> Array:
    late = (came + 0.5) / (days + 1.0)
    return np.asarray(late / ((before + 0.5) / (usual + 1.0)))
