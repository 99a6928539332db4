"""A composite score taken apart: what every counted rate of every unit adds to it.

A composite is a weighted sum: ``score = sum over rates of points × goodness``,
where the points of one unit add up to 100 and goodness is the rate (or one
minus it, where less is better). Everything that explains a score, simulates it
or asks "what if" starts here, so all of them agree with :mod:`metrics.score`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.bonus import Bonuses, score_with
from metrics.indicators import Indicator, Leaf
from metrics.rates import leaf_rates
from metrics.scheme_model import BEFORE, Scheme
from metrics.score import Exclusions, peer_groups, score

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Piece:
    """One counted rate of one indicator of the composite."""

    indicator: Indicator
    leaf: Leaf

    @property
    def name(self) -> str:
        """``<indicator>`` or ``<indicator>.<part>``."""
        return self.leaf.prefix

    @property
    def up(self) -> bool:
        """Whether more is better (the indicator decides, for all its parts)."""
        return self.indicator.direction == "up"

    @property
    def sampled(self) -> bool:
        """Whether it is a rate over orders (a share of a group is no sample)."""
        return self.leaf.rule.kind == "rate"


@dataclass(frozen=True)
class Linear:
    """Units down, pieces across (arrays), in the order of the counts frame.

    ``points``: what the piece is worth to the unit (a row adds up to 100; 0
    where the unit has no data in it). ``goodness``: 0 to 1, NaN without data.
    ``n``, ``hits`` (weighted numerator, in the rate's own direction) and
    ``squares`` (sum of squared weights): what the rate rests on.
    ``table``: what :func:`metrics.score.score` gave, in the same row order.
    """

    scheme: Scheme
    pieces: tuple[Piece, ...]
    units: tuple[str, ...]
    groups: Array
    points: Array
    goodness: Array
    n: Array
    hits: Array
    squares: Array
    table: pd.DataFrame

    @property
    def composite(self) -> Array:
        """The composite score of each unit, NaN where it has none."""
        total = (self.points * np.nan_to_num(self.goodness)).sum(axis=1)
        return np.where(self.table["composite"].notna(), total, np.nan)

    @property
    def adjustments(self) -> Array:
        """Points on top of the composite."""
        return self.table["adjustments"].to_numpy(dtype=float)


def decompose(
    scheme: Scheme,
    counts: pd.DataFrame,
    *,
    exclusions: Exclusions = "applied",
    found: Bonuses | None = None,
) -> Linear:
    """Take the scores of ``counts`` (as for :func:`metrics.score.score`) apart.

    ``found``: bonuses with their evidence (:func:`metrics.bonus.bonuses`); without it only those
    counted from orders are in the scores.

    Raises ``KeyError`` naming measures that are not in the frame.
    """
    counts = counts.reset_index(drop=True)
    groups = peer_groups(scheme, counts)
    if found is None:
        table = score(scheme, counts, exclusions=exclusions)
    else:
        table = score_with(scheme, counts, found, exclusions=exclusions)
    place = pd.Series(range(len(counts)), index=counts["unit"].to_numpy())
    table = table.iloc[np.argsort(place.loc[table["unit"]].to_numpy())].reset_index(drop=True)
    pieces: list[Piece] = []
    points, goodness, size, hits, squares = [], [], [], [], []
    before = exclusions == "ignored"
    for indicator in scheme.composed:
        leaves = indicator.leaves()
        weight = table[f"{indicator.id}.weight"].to_numpy(dtype=float)
        values = [leaf_rates(leaf, counts, before=before, groups=groups) for leaf in leaves]
        if not indicator.measured:
            values = [part.assign(value=np.nan, n=0.0) for part in values]
        within = _within(leaves, values, table[indicator.id].notna().to_numpy())
        for k, (leaf, part) in enumerate(zip(leaves, values, strict=True)):
            value = part["value"].to_numpy(dtype=float)
            pieces.append(Piece(indicator, leaf))
            points.append(weight * within[:, k])
            goodness.append(value if indicator.direction == "up" else 1 - value)
            size.append(part["n"].to_numpy(dtype=float))
            hits.append(np.nan_to_num(part["numerator"].to_numpy(dtype=float)))
            squares.append(_squares(leaf, counts, before))
    whole = sum(item.weight for item in scheme.composite)
    return Linear(
        scheme=scheme,
        pieces=tuple(pieces),
        units=tuple(str(unit) for unit in counts["unit"]),
        groups=groups.to_numpy(),
        points=np.column_stack(points) * 100 / whole,
        goodness=np.column_stack(goodness),
        n=np.column_stack(size),
        hits=np.column_stack(hits),
        squares=np.column_stack(squares),
        table=table,
    )


def _within(leaves: tuple[Leaf, ...], found: list[pd.DataFrame], whole: Any) -> Array:
    """Each part's share of its indicator, as :func:`metrics.rates.rates` combines them."""
    present = np.column_stack([part["value"].notna() for part in found]) & whole.reshape(-1, 1)
    shares = present * np.array([leaf.weight for leaf in leaves])
    total = shares.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(shares, total, out=np.zeros_like(shares), where=total > 0))


def _squares(leaf: Leaf, counts: pd.DataFrame, before: bool) -> Array:
    out = np.zeros(len(counts))
    for k, weight in enumerate(leaf.weights):
        name = f"{leaf.prefix}.num.{k}"
        if before and f"{BEFORE}{name}" in counts:
            name = f"{BEFORE}{name}"
        if name in counts:
            out += weight * weight * counts[name].to_numpy(dtype=float)
    return out
