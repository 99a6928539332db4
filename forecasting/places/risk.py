"""How many orders each cell should bring next week, and its chance of being among the worst.

Expected = what exponentially weighted weeks of the cell say, mixed with a slow level of
the cell, the six cells around it and last year's same weeks, times the city's own level. Half-life
and parts are chosen (:func:`choose`) by pooled hits in the top 10 % of cells on weeks before those that are reported.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from forecasting.counts import FEWEST_DISPERSION, dispersion, interval
from forecasting.places.weeks import SIDES, Array, Weeks, last_year, recent, smoothed, touching

SHARES = (0.05, 0.10)
"""Shares of the area that are judged, fixed in advance."""
FEWEST_WEEKS = 8
"""Whole weeks of history below which nothing is said."""
CITY = 4
"""Weeks from which the city's own level is taken."""
DRAWS = 500
GROUPS = 6
"""Groups of cells alike in size, each with a dispersion of its own."""
LEARNT = 26
"""Weeks from which the dispersion is learnt."""


@dataclass(frozen=True)
class Recipe:
    """Half-life in weeks; the parts (0 to 1) of the slow level (half-life two years), of the six
    neighbours and of last year's same weeks."""

    half_life: float
    slow: float = 0.0
    ring: float = 0.0
    year: float = 0.0


RECIPES: tuple[Recipe, ...] = tuple(
    Recipe(*parts)
    for parts in itertools.product((4, 8, 16, 26, 52), (0.0, 0.3, 0.5), (0.0, 0.2), (0.0, 0.2))
)
"""What is tried. The longest half-life and the fewest parts where two are equally good."""
FEW_RECIPES: tuple[Recipe, ...] = tuple(
    Recipe(*parts) for parts in itertools.product((4, 16, 52), (0.0, 0.5), (0.0, 0.2))
)
"""Tried for the parts of a city, such as its categories."""
USUAL = Recipe(16)
"""Used where there are no earlier weeks to choose on."""
SLOW = 104.0


class Levels:
    """Expected orders of each cell in week t from the weeks before it, by any recipe."""

    def __init__(self, weeks: Weeks, near: sparse.csr_matrix | None = None) -> None:
        self._weeks = weeks
        self._near = touching(weeks.cells) if near is None else near
        self._lately = recent(weeks, CITY)
        self._then = last_year(weeks)
        self._own: dict[float, tuple[Array, Array]] = {}

    def of(self, recipe: Recipe, rows: Sequence[int] | slice = slice(None)) -> Array:
        """One row more than weeks, the last one is next week (or the ``rows`` asked for). The sum
        over cells is the city's mean of its last four weeks."""
        own, near = self._mixed(recipe, rows)
        out = own if not recipe.ring else (1 - recipe.ring) * own + recipe.ring * near
        if recipe.year:
            then = self._then[rows]
            mixed = (1 - recipe.year) * out + recipe.year * then
            out = np.where(np.isnan(then), out, mixed)
        return _scaled(out, self._lately[rows])

    def _mixed(self, recipe: Recipe, rows: Sequence[int] | slice) -> tuple[Array, Array]:
        own, near = (part[rows] for part in self._level(recipe.half_life))
        if recipe.slow:
            slow, slow_near = (part[rows] for part in self._level(SLOW))
            own = (1 - recipe.slow) * own + recipe.slow * slow
            near = (1 - recipe.slow) * near + recipe.slow * slow_near
        return own, near

    def _level(self, half_life: float) -> tuple[Array, Array]:
        if half_life not in self._own:
            own = smoothed(self._weeks, half_life)
            self._own[half_life] = own, np.asarray((self._near @ own.T).T) / SIDES
        return self._own[half_life]


def _scaled(level: Array, lately: Array) -> Array:
    whole = level.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where(whole > 0, lately.sum(axis=1) / whole, 0.0)
    return np.asarray(level * factor[:, None])


def hits(score: Array, came: Array, known: np.ndarray[Any, Any], share: float) -> float:
    """Orders that came in the top ``share`` of the known cells by ``score``.

    Cells of equal score are drawn by lot: what is returned is the mean over all draws.
    Orders in cells that were not known are never hit.
    """
    score, came = score[known], came[known]
    if not len(score):
        return 0.0
    most = size(len(score), share)
    limit = np.partition(score, len(score) - most)[len(score) - most]
    above, tied = score > limit, score == limit
    return float(came[above].sum() + (most - above.sum()) * came[tied].mean())


def size(cells: int, share: float) -> int:
    """How many cells make up a share of the area."""
    return max(1, round(share * cells))


def known_before(weeks: Weeks) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells had brought an order before week t; one row more than weeks."""
    sums = np.vstack([np.zeros(weeks.n.shape[1]), weeks.n.cumsum(axis=0)])
    return np.asarray(sums > 0)


def choose(
    weeks: Weeks,
    levels: Levels,
    tried: Sequence[int],
    recipes: Sequence[Recipe] = RECIPES,
    share: float = 0.10,
) -> Recipe:
    """The recipe with the most orders hit in the top ``share`` of cells over the weeks ``tried``
    (indices), each judged by what lay before it; :data:`USUAL` where there are none."""
    if not len(tried) or not weeks.n[list(tried)].any():
        return USUAL
    known = known_before(weeks)
    best, most = USUAL, -1.0
    for recipe in sorted(recipes, key=lambda r: (-r.half_life, r.year, r.ring, r.slow)):
        expected = levels.of(recipe, list(tried))
        got = sum(
            hits(one, weeks.n[t], known[t], share) for one, t in zip(expected, tried, strict=True)
        )
        if got > most + 1e-9:
            best, most = recipe, got
    return best


def risk(
    weeks: Weeks, levels: Levels, recipe: Recipe, *, seed: int = 0, draws: int = DRAWS
) -> pd.DataFrame:
    """Next week, the most expected first: cell, expected, low, high (80 %), top5, top10, phi.

    ``top5``/``top10``: the chance of being among the 5 % or 10 % of known cells with the most
    orders, from ``draws`` simulated weeks (negative binomial; equal counts drawn by lot).
    Columns first, until: the days meant. Empty with fewer than eight whole weeks.
    """
    columns = ["cell", "expected", "low", "high", "top5", "top10", "phi"]
    if weeks.whole.sum() < FEWEST_WEEKS or not weeks.n.any():
        return pd.DataFrame(columns=columns)
    expected = levels.of(recipe)
    phi = spread(weeks, expected)
    now = expected[-1]
    low, high = interval(np.maximum(now, 1e-9), phi, 0.80)
    chances = simulated(now, phi, np.random.default_rng(seed), draws)
    out = pd.DataFrame(
        {
            "cell": weeks.cells, "expected": now, "low": low, "high": high,
            "top5": chances[0], "top10": chances[1], "phi": phi,
        }
    )  # fmt: skip
    out["first"] = weeks.last + timedelta(days=1)
    out["until"] = weeks.last + timedelta(days=7)
    order = out.sort_values(["expected", "cell"], ascending=[False, True], kind="stable")
    return order.reset_index(drop=True)


def spread(weeks: Weeks, expected: Array) -> Array:
    """Negative-binomial dispersion of each cell's next week, by moments over cells alike in size.

    Every earlier week is judged by the expectation that was made before it, so the error of
    the expectation is in it.
    """
    count, now = len(weeks), expected[-1]
    learnt = [t for t in range(max(1, count - LEARNT), count) if weeks.whole[t]]
    out = np.full(len(now), FEWEST_DISPERSION)
    if not learnt:
        return out
    edges = np.quantile(now[now > 0], np.linspace(0, 1, GROUPS + 1)[1:-1]) if now.any() else []
    came, meant = weeks.n[learnt], expected[learnt]
    # By what was expected then: cells that are large now were chosen with hindsight.
    group, group_then = np.searchsorted(edges, now), np.searchsorted(edges, meant)
    for one in np.unique(group):
        then = group_then == one
        found = float(dispersion(came[then][:, None], meant[then][:, None])[0])
        out[group == one] = (
            max(FEWEST_DISPERSION, found) if np.isfinite(found) else FEWEST_DISPERSION
        )
    return out


def simulated(expected: Array, phi: Array, rng: np.random.Generator, draws: int) -> list[Array]:
    """The chance of each cell to be in the top of each of :data:`SHARES`, by simulation."""
    count = len(expected)
    tops = [size(count, share) for share in SHARES]
    got = [np.zeros(count) for _ in SHARES]
    wide = np.flatnonzero(phi > 10 * FEWEST_DISPERSION)
    shape, scale = 1 / phi[wide], expected[wide] * phi[wide]
    mean = expected.copy()
    for _ in range(draws):
        mean[wide] = rng.gamma(shape, scale)
        came = rng.poisson(mean) + rng.random(count)
        for most, hit in zip(tops, got, strict=True):
            hit[np.argpartition(came, count - most)[count - most :]] += 1
    return [hit / draws for hit in got]
