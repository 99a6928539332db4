"""How the rates of one unit hang together, because they are rates of the same orders.

An order that was resolved is mostly also a satisfied one, so chance moves both
rates together and the composite more than either alone. The correlation comes
from joint counts over the whole city (one row); without them
:mod:`metrics.draws` takes the rates to move together fully, which makes every
interval too wide rather than too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from metrics.conditions import EVERYTHING, Condition, both, negate
from metrics.linear import Piece
from metrics.scheme_model import Scheme
from metrics.selection import Clock

Array = np.ndarray[Any, np.dtype[np.float64]]
JOINT = "joint:"


def pieces_of(scheme: Scheme) -> tuple[Piece, ...]:
    """The counted rates of the composite, in the order of :func:`metrics.linear.decompose`."""
    return tuple(Piece(i, leaf) for i in scheme.composed for leaf in i.leaves())


def joint_measures(scheme: Scheme) -> dict[str, Condition]:
    """What to count, once for the whole city, beside ``scheme.measures()``.

    For every two rates: orders in both denominators, in each numerator piece of
    one and the other's denominator, and in two numerator pieces. Rates by
    different clocks or without a denominator are taken as independent.
    """
    excluded = scheme.excluded
    kept = () if excluded is None else (negate(excluded),)
    out: dict[str, Condition] = {}
    for one, two in _pairs(pieces_of(scheme)):
        inside = both(
            one.leaf.rule.denominator or EVERYTHING, two.leaf.rule.denominator or EVERYTHING, *kept
        )
        name = f"{JOINT}{one.name}*{two.name}"
        out[name] = inside
        for a, first in enumerate(one.leaf.rule.numerator):
            out[f"{name}.{a}*"] = both(inside, first.condition)
            for b, second in enumerate(two.leaf.rule.numerator):
                out[f"{name}.{a}*{b}"] = both(inside, first.condition, second.condition)
        for b, second in enumerate(two.leaf.rule.numerator):
            out[f"{name}.*{b}"] = both(inside, second.condition)
    return out


def joint_clocks(scheme: Scheme) -> dict[str, Clock]:
    """By which time of the order each of :func:`joint_measures` counts (that of its two rates)."""
    clocks: dict[str, Clock] = {p.name: p.leaf.rule.clock for p in pieces_of(scheme)}
    return {
        name: clocks[name.removeprefix(JOINT).partition("*")[0]] for name in joint_measures(scheme)
    }


def correlation(scheme: Scheme, totals: Mapping[str, Any] | pd.Series) -> Array:
    """The correlation of the chance errors of the composite's rates (goodness, not rate).

    ``totals``: one row of :func:`joint_measures` and ``scheme.measures()``. For
    rates over other orders the correlation shrinks with the overlap:
    n_both·cov / sqrt(n₁·n₂·var₁·var₂).
    """
    pieces = pieces_of(scheme)
    out = np.eye(len(pieces))
    place = {piece.name: k for k, piece in enumerate(pieces)}
    for one, two in _pairs(pieces):
        name = f"{JOINT}{one.name}*{two.name}"
        both_n = float(totals[name])
        size = [_moments(piece, totals) for piece in (one, two)]
        if both_n <= 0 or any(n <= 0 or variance <= 0 for n, variance in size):
            continue
        w, v = one.leaf.weights, two.leaf.weights
        first = sum(w[a] * float(totals[f"{name}.{a}*"]) for a in range(len(w)))
        second = sum(v[b] * float(totals[f"{name}.*{b}"]) for b in range(len(v)))
        product = sum(
            w[a] * v[b] * float(totals[f"{name}.{a}*{b}"])
            for a in range(len(w))
            for b in range(len(v))
        )
        covariance = product - first * second / both_n
        scale = np.sqrt(np.prod([n * variance for n, variance in size]))
        value = float(np.clip(covariance / scale, -1, 1)) * (1 if one.up == two.up else -1)
        i, j = place[one.name], place[two.name]
        out[i, j] = out[j, i] = value
    return out


def _pairs(pieces: tuple[Piece, ...]) -> list[tuple[Piece, Piece]]:
    counted = [
        piece
        for piece in pieces
        if piece.sampled and piece.indicator.measured and piece.leaf.rule.measured
    ]
    return [
        (one, two)
        for one, two in combinations(counted, 2)
        if one.leaf.rule.clock == two.leaf.rule.clock
    ]


def _moments(piece: Piece, totals: Mapping[str, Any] | pd.Series) -> tuple[float, float]:
    leaf = piece.leaf
    n = float(totals[f"{leaf.prefix}.den"])
    hits = [float(totals[f"{leaf.prefix}.num.{k}"]) for k in range(len(leaf.weights))]
    if n <= 0:
        return 0.0, 0.0
    mean = sum(w * h for w, h in zip(leaf.weights, hits, strict=True)) / n
    squares = sum(w * w * h for w, h in zip(leaf.weights, hits, strict=True)) / n
    return n, squares - mean**2
