"""What would move a unit by one rank: how many orders would have had to turn out otherwise."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.linear import Linear
from metrics.score import DECIMALS

Direction = Literal["up", "down"]


def moves(
    linear: Linear, counts: pd.DataFrame, unit: str, direction: Direction = "up"
) -> pd.DataFrame:
    """For each rate alone: how many orders must turn for one unit to gain (or lose) a rank.

    Columns: rate, target (the unit to catch or to be caught by), gap (points),
    orders (how many must turn; missing when all of them would not be enough),
    available (orders that could turn), per_order (points of the first one).
    Orders with the most to give turn first. Empty at the end of the league
    table, or for a unit without a rank. Other units are taken as they are.
    Raises ``ValueError`` for an unknown unit.
    """
    columns = ["rate", "target", "gap", "orders", "available", "per_order"]
    k = linear.units.index(unit)
    found = _target(linear, k, direction)
    if found is None:
        return pd.DataFrame(columns=columns)
    target, gap, strict = found
    row = counts.reset_index(drop=True).iloc[k]
    rows = []
    for j, piece in enumerate(linear.pieces):
        worth, n = float(linear.points[k, j]), float(linear.n[k, j])
        if worth == 0 or not piece.sampled or n == 0:
            continue
        steps = _steps(linear, j, row, gaining=(direction == "up") == piece.up)
        share = worth / n
        orders = _needed([(gain * share, count) for gain, count in steps], gap, strict)
        available = sum(count for _, count in steps)
        best = steps[0][0] * share if steps else 0.0
        rows.append((piece.name, linear.units[target], gap, orders, available, best))
    out = pd.DataFrame(rows, columns=columns)
    out["orders"] = out["orders"].astype("Int64")
    return out.sort_values("orders", ignore_index=True, na_position="last", kind="stable")


def _target(linear: Linear, k: int, direction: Direction) -> tuple[int, float, bool] | None:
    """(unit to pass, points to go, whether a tie is not enough)."""
    table = linear.table
    if not table["ranked"][k]:
        return None
    score = table["score"].to_numpy(dtype=float)
    received = table["received"].to_numpy()
    mine = np.flatnonzero((linear.groups == linear.groups[k]) & table["ranked"].to_numpy())
    rank = table["rank"].astype("float").to_numpy()
    by_orders = linear.scheme.ties == "more_orders"
    if direction == "up":
        ahead = mine[rank[mine] < rank[k]]
        if not len(ahead):
            return None
        other = int(ahead[np.argmax(rank[ahead])])
        # Equal scores share a rank, or the unit with more orders goes first.
        return other, float(score[other] - score[k]), by_orders and received[k] < received[other]
    behind = mine[(rank[mine] >= rank[k]) & (mine != k)]  # who shares the rank is passed first
    if not len(behind):
        return None
    other = int(behind[np.argmin(rank[behind])])
    strict = not by_orders or received[other] <= received[k]
    return other, float(score[k] - score[other]), strict


def _steps(linear: Linear, j: int, row: pd.Series[Any], gaining: bool) -> list[tuple[float, int]]:
    """(what one order gives, how many such orders) with the largest first.

    ``gaining``: the numerator grows; every order can end with the full weight or with none.
    """
    leaf = linear.pieces[j].leaf
    counts = [int(row[f"{leaf.prefix}.num.{i}"]) for i in range(len(leaf.weights))]
    rest = int(row[f"{leaf.prefix}.den"]) - sum(counts)
    best = max(leaf.weights)
    if gaining:
        steps = [(best, rest)]
        steps += [(best - w, c) for w, c in zip(leaf.weights, counts, strict=True)]
    else:
        steps = list(zip(leaf.weights, counts, strict=True))
    return sorted(((g, c) for g, c in steps if g > 0 and c > 0), reverse=True)


def _needed(steps: list[tuple[float, int]], gap: float, strict: bool) -> int | None:
    """How many orders, largest first, until the gap is closed (or passed, when ``strict``)."""
    tolerance = 0.5 * 10.0**-DECIMALS
    used = 0
    for gain, count in steps:
        exact = (gap - tolerance) / gain
        need = max(0, int(np.ceil(exact)))
        if strict and need * gain <= gap + tolerance:
            need = int(np.floor((gap + tolerance) / gain)) + 1
        if need <= count:
            return used + need
        used += count
        gap -= gain * count
    return None
