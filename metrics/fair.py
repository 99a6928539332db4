"""The fair table: a score, what it is worth, and which ranks could as well be others.

Puts :mod:`metrics.draws`, :mod:`metrics.ranks`, :mod:`metrics.funnel` and
:mod:`metrics.casemix` together for a scheme. What was tried and found is in
``docs/fairness.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.bonus import Bonuses
from metrics.casemix import CaseMix, cells, standardise
from metrics.draws import DRAWS, FEWEST, SEED, Draws, simulate
from metrics.funnel import LEVELS, Funnel, funnel
from metrics.linear import Linear, decompose
from metrics.ranks import LEVEL, rank_table, tiers
from metrics.scheme_model import Scheme
from metrics.score import Exclusions
from metrics.shrinkage import Prior, effective, fit, shrink

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Fair:
    """``table``: the columns of :func:`metrics.score.score` and of
    :func:`metrics.ranks.rank_table`, and ``tier``; by group, then raw rank.

    ``mix``: the case-mix adjustment of each (league table, rate), or why it was
    refused; empty when none was asked for.
    """

    table: pd.DataFrame
    draws: Draws
    linear: Linear
    mix: Mapping[tuple[str, str], CaseMix]


def fair(
    scheme: Scheme,
    counts: pd.DataFrame,
    *,
    strata: pd.DataFrame | None = None,
    by: Sequence[str] = (),
    correlation: Array | None = None,
    exclusions: Exclusions = "applied",
    found: Bonuses | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = LEVEL,
) -> Fair:
    """Score, shrink, simulate and rank the units of ``counts``.

    ``strata``: the same measures counted by unit and the columns ``by`` (e.g.
    ``category1``, ``grade``): asks for case-mix adjustment of the draws.
    ``correlation``: see :func:`metrics.joint.correlation`. ``found``: see
    :func:`metrics.linear.decompose`.
    """
    linear = decompose(scheme, counts, exclusions=exclusions, found=found)
    mix = {} if strata is None else mixes(linear, strata, by)
    adjusted = _adjusted(linear, mix)
    drawn = simulate(linear, draws=draws, seed=seed, correlation=correlation, adjusted=adjusted)
    ranks = rank_table(drawn, level).drop(columns=["group", "of"])
    ranks["tier"] = tiers(drawn, level).to_numpy()
    table = linear.table.merge(ranks, on="unit")
    place = table["rank"].astype("float").fillna(len(table) + 1)
    order = np.lexsort((table["unit"].astype("str"), place, table["group"]))
    return Fair(table.iloc[order].reset_index(drop=True), drawn, linear, mix)


def funnels(linear: Linear, name: str) -> dict[str, tuple[Funnel | None, pd.DataFrame]]:
    """The funnel of one rate (``<indicator>`` or ``<indicator>.<part>``) for each league table.

    Raises ``ValueError`` when the composite has no such rate.
    """
    k = [piece.name for piece in linear.pieces].index(name)
    piece = linear.pieces[k]
    hits, size = effective(linear.hits[:, k], linear.n[:, k], linear.squares[:, k])
    out = {}
    for group in np.unique(linear.groups):
        mine = linear.groups == group
        units = pd.Series(linear.units)[mine]
        found, table = funnel(units, hits[mine], size[mine], up=piece.up)
        out[str(group)] = (found, table.assign(n=linear.n[mine, k]))
    return out


@dataclass(frozen=True)
class Stands:
    """A funnel with what is needed to draw it: the units, and ``scale``: how many independent
    orders one order is worth (1 but for weighted numerators)."""

    funnel: Funnel | None
    units: pd.DataFrame
    scale: float

    def lines(self, points: int = 80) -> pd.DataFrame:
        """The limits over the range of n: n, low95, high95, low998, high998 (empty without any)."""
        n = self.units["n"][self.units["n"] > 0]
        if self.funnel is None or n.empty:
            return pd.DataFrame(columns=["n", "low95", "high95", "low998", "high998"])
        grid = np.geomspace(max(1.0, n.min() * 0.9), n.max() * 1.1, points)
        out = {"n": grid}
        for name, level in zip(("95", "998"), LEVELS, strict=True):
            out[f"low{name}"], out[f"high{name}"] = self.funnel.limits(grid * self.scale, level)
        return pd.DataFrame(out)


def stands(linear: Linear, name: str, group: str) -> Stands:
    """The funnel of one rate in one league table, ready to be drawn."""
    found, table = funnels(linear, name)[group]
    k = [piece.name for piece in linear.pieces].index(name)
    _, size = effective(linear.hits[:, k], linear.n[:, k], linear.squares[:, k])
    whole = linear.n[:, k].sum()
    return Stands(found, table, float(size.sum() / whole) if whole else 1.0)


def rate_table(linear: Linear, name: str, group: str, mix: CaseMix | None = None) -> pd.DataFrame:
    """One counted rate in one league table: what a unit's rate is worth.

    Columns: unit, n, value, shrunken, low, high (95 %), and with a case mix: expected, adjusted (rates) and reason (why a single unit is not adjusted). Best first by the
    shrunken rate; units without orders are left out.
    """
    k = [piece.name for piece in linear.pieces].index(name)
    hits, size = effective(linear.hits[:, k], linear.n[:, k], linear.squares[:, k])
    rows = np.flatnonzero((linear.groups == group) & (linear.n[:, k] > 0))
    own = rows if len(rows) >= FEWEST else slice(None)
    prior = fit(hits[own], size[own]) or Prior(0.5, 0.5, 0)
    mean, low, high = shrink(prior, hits[rows], size[rows])
    out = pd.DataFrame(
        {
            "unit": [linear.units[i] for i in rows], "n": linear.n[rows, k],
            "value": linear.hits[rows, k] / linear.n[rows, k],
            "shrunken": mean, "low": low, "high": high,
        }
    )  # fmt: skip
    if mix is not None:
        known = mix.units.set_index("unit").reindex(out["unit"])
        out["expected"] = (known["expected"] / known["n"]).to_numpy()
        out["adjusted"] = known["adjusted"].to_numpy()
        out["reason"] = known["reason"].to_numpy()
    up = linear.pieces[k].up
    return out.sort_values(["shrunken", "n"], ascending=[not up, False], ignore_index=True)


def mixes(
    linear: Linear, strata: pd.DataFrame, by: Sequence[str]
) -> dict[tuple[str, str], CaseMix]:
    """The case-mix adjustment of every (league table, counted rate); see :func:`fair`."""
    group = dict(zip(linear.units, linear.groups, strict=True))
    out = {}
    for piece in linear.pieces:
        if not piece.sampled or f"{piece.name}.den" not in strata:
            continue
        table = cells(piece.leaf, strata, by)
        for name in np.unique(linear.groups):
            inside = table["unit"].map(group) == name
            out[(str(name), piece.name)] = standardise(table[inside], by)
    return out


def _adjusted(linear: Linear, mix: Mapping[tuple[str, str], CaseMix]) -> dict[str, Array]:
    out: dict[str, Array] = {}
    for k, piece in enumerate(linear.pieces):
        hits = linear.hits[:, k].copy()
        for group in np.unique(linear.groups):
            found = mix.get((str(group), piece.name))
            if found is None or found.refused is not None:
                continue
            rows = np.flatnonzero((linear.groups == group) & (linear.n[:, k] > 0))
            units = [linear.units[i] for i in rows]
            hits[rows] = np.clip(found.hits(units), 0, linear.n[rows, k])
        out[piece.name] = hits
    return out
