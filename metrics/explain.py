"""From 100 to the result: what a unit lost, where, why, and by which orders.

Every order in a rate's denominator costs its unit ``points / n`` of what it
fell short of: a whole share when it failed, a tenth of one when it was only
"basically satisfied" (0.9). These costs add up to the lost points exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from metrics.conditions import EVERYTHING, Condition, both, either, fields_of, mask, negate
from metrics.fields import FIELDS
from metrics.indicators import Leaf
from metrics.labels import Label
from metrics.linear import Linear, Piece
from metrics.scheme_model import Scheme
from metrics.selection import PATH

Array = np.ndarray[Any, np.dtype[np.float64]]
START, COMPOSITE, SCORE = "start", "composite", "score"
NOT_RECORDED = "not_recorded"


def waterfall(linear: Linear, unit: str, adjustments: pd.Series | None = None) -> pd.DataFrame:
    """The steps from 100 to one unit's result.

    Columns: step (``start``, an indicator or part, ``composite``, an adjustment,
    ``score``), kind (``level``, ``loss`` or ``adjustment``), points (signed for
    steps, the height for levels), after (height after the step), worth (points
    that could be had), n. ``adjustments``: points by adjustment id; without it
    the unit's own total is one step. Raises ``ValueError`` for an unknown unit,
    ``KeyError`` (the unit) when it has no score.
    """
    k = linear.units.index(unit)
    composite = linear.composite[k]
    if np.isnan(composite):
        raise KeyError(unit)
    rows: list[tuple[str, str, float, float, float, int]] = [
        (START, "level", 100.0, 100.0, 100.0, 0)
    ]
    height = 100.0
    for j, piece in enumerate(linear.pieces):
        worth = float(linear.points[k, j])
        if worth == 0:
            continue
        lost = worth * (1 - float(linear.goodness[k, j]))
        height -= lost
        rows.append((piece.name, "loss", -lost, height, worth, int(linear.n[k, j])))
    rows.append((COMPOSITE, "level", composite, composite, 100.0, 0))
    if adjustments is None:
        adjustments = pd.Series({"adjustments": linear.adjustments[k]})
    for name, points in adjustments.items():
        if points:
            height += float(points)
            rows.append((str(name), "adjustment", float(points), height, 0.0, 0))
    rows.append((SCORE, "level", height, height, 0.0, 0))
    return pd.DataFrame(rows, columns=["step", "kind", "points", "after", "worth", "n"])


def order_costs(linear: Linear, unit: str, orders: pd.DataFrame) -> pd.DataFrame:
    """What each order cost a unit (失分工单复盘), dearest first.

    ``orders``: the unit's orders as they were counted (canonical columns; the
    scheme's exclusions are left out here as well). Returns the rows that cost
    something, with ``cost`` (points), ``cost.<rate>`` for each rate and
    ``cause.<rate>`` (codes of :func:`cause`). The costs of a rate add up to its
    lost points. Raises ``ValueError`` when the orders are not those that were
    counted (message: rate, counted, found).
    """
    k = linear.units.index(unit)
    kept = np.ones(len(orders), dtype=bool)
    if linear.scheme.excluded is not None:
        kept = ~mask(linear.scheme.excluded, orders)
    out = orders.copy()
    total = np.zeros(len(orders))
    for j, piece in enumerate(linear.pieces):
        worth, n = float(linear.points[k, j]), float(linear.n[k, j])
        if worth == 0 or not piece.sampled:
            continue
        inside = mask(piece.leaf.rule.denominator or EVERYTHING, orders) & kept
        if inside.sum() != n:
            raise ValueError(f"{piece.name}: {n:.0f} orders were counted, {inside.sum()} are here")
        short = np.where(inside, shortfall(piece, orders), 0.0)
        cost = worth / n * short if n else short
        out[f"cost.{piece.name}"] = cost
        out[f"cause.{piece.name}"] = cause(piece.leaf, orders).where(short > 0)
        total += cost
    out["cost"] = total
    out = out[total > 0]
    return out.iloc[np.argsort(-out["cost"].to_numpy(), kind="stable")]


def shortfall(piece: Piece, orders: pd.DataFrame) -> Array:
    """How much each order falls short of a full mark in one rate (0 to 1)."""
    credit = np.zeros(len(orders))
    for weight, part in zip(piece.leaf.weights, piece.leaf.rule.numerator, strict=True):
        credit += weight * mask(part.condition, orders)
    return 1 - credit if piece.up else credit


def cause(leaf: Leaf, orders: pd.DataFrame) -> pd.Series:
    """Why each order fell short: ``<field>.<value>``, as a code (see :func:`cause_label`).

    The field is the one that the rate's numerator looks at: the caller's answer,
    or ``late`` where it is a time. Unanswered: ``<field>.not_recorded``.
    """
    tested = [f for part in leaf.rule.numerator for f in fields_of(part.condition)]
    timed = [f for f in tested if f.endswith(("_hours", "_workdays"))]
    field = timed[0] if timed else tested[0]
    if field not in orders:
        return pd.Series(f"{field}.{NOT_RECORDED}", index=orders.index, dtype="object")
    column = orders[field]
    if timed:
        said = pd.Series("late", index=orders.index, dtype="object")
    elif FIELDS[field].kind == "bool":
        said = column.astype("object").map({True: "yes", False: "no"})
    else:
        said = column.astype("object").map(str, na_action="ignore")
    said = said.where(column.notna().to_numpy(dtype=bool), NOT_RECORDED)
    return f"{field}." + said.astype("object")


def cause_label(code: str) -> Label:
    """The words of a cause (``fair.cause.*``)."""
    field, value = code.split(".", 1)
    holes: dict[str, object] = {"field": Label(f"field.{field}")}
    if value in ("yes", "no", "late", NOT_RECORDED):
        return Label(f"fair.cause.{value}", holes)
    if FIELDS[field].kind == "enum":
        return Label(f"value.{field}.{value}")
    return Label("fair.cause.value", holes | {"value": value})


def by_cause(linear: Linear, costs: pd.DataFrame, by: Sequence[str] = ("cause",)) -> pd.DataFrame:
    """Lost points of one unit, added up: by rate and any of ``cause``, ``category1``, a field.

    ``costs``: what :func:`order_costs` gave. Columns: rate, ``by``, points,
    orders; dearest first. The points of a rate add up to what it lost.
    """
    parts = []
    for piece in linear.pieces:
        name = f"cost.{piece.name}"
        if name not in costs:
            continue
        part = costs[costs[name] > 0]
        frame = pd.DataFrame({"rate": piece.name, "points": part[name].to_numpy()})
        for field in by:
            column = part[f"cause.{piece.name}"] if field == "cause" else part[field]
            frame[field] = column.astype("object").to_numpy()
        parts.append(frame)
    if not parts:
        return pd.DataFrame(columns=["rate", *by, "points", "orders"])
    grouped = pd.concat(parts).groupby(["rate", *by], dropna=False)["points"]
    out = grouped.agg(points="sum", orders="size").reset_index()
    return out.sort_values(["points", "rate"], ascending=[False, True], ignore_index=True)


def lost_orders(scheme: Scheme, rate: str | None = None) -> Condition:
    """The orders that cost points (in one rate, or in any): the drill-down of a lost point."""
    conditions = []
    for indicator in scheme.composed:
        up = indicator.direction == "up"
        for leaf in indicator.leaves():
            if leaf.rule.kind != "rate" or (rate is not None and leaf.prefix != rate):
                continue
            full = [
                part.condition
                for part, weight in zip(leaf.rule.numerator, leaf.weights, strict=True)
                if weight == 1 or not up
            ]
            hit = either(*full)
            failed = negate(hit) if up else hit
            conditions.append(both(leaf.rule.denominator or EVERYTHING, failed))
    if not conditions:
        raise KeyError(rate)
    kept = () if scheme.excluded is None else (negate(scheme.excluded),)
    return both(*kept, either(*conditions))


def category_of(orders: pd.DataFrame, level: int = 2) -> pd.Series:
    """The category path of each order down to a level (missing levels end the path)."""
    names = [orders[f"category{k}"].astype("object") for k in range(1, level + 1)]
    out = names[0].copy()
    for name in names[1:]:
        out = out.where(name.isna() | out.isna(), out + PATH + name)
    return out
