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

from metrics.casemix import CaseMix, cells, standardise
from metrics.draws import DRAWS, SEED, Draws, simulate
from metrics.funnel import Funnel, funnel
from metrics.linear import Linear, decompose
from metrics.ranks import LEVEL, rank_table, tiers
from metrics.scheme_model import Scheme
from metrics.score import Exclusions
from metrics.shrinkage import effective

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
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = LEVEL,
) -> Fair:
    """Score, shrink, simulate and rank the units of ``counts``.

    ``strata``: the same measures counted by unit and the columns ``by`` (e.g.
    ``category1``, ``grade``): asks for case-mix adjustment of the draws.
    ``correlation``: see :func:`metrics.joint.correlation`.
    """
    linear = decompose(scheme, counts, exclusions=exclusions)
    mix = {} if strata is None else _mixes(linear, strata, by)
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


def _mixes(
    linear: Linear, strata: pd.DataFrame, by: Sequence[str]
) -> dict[tuple[str, str], CaseMix]:
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
