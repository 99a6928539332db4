"""What a unit's lost points came from: its orders of the period, each with what it cost."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from data import orders
from metrics.conditions import Condition, fields_of
from metrics.explain import category_of, order_costs
from metrics.linear import Linear
from metrics.scheme import Scheme
from metrics.selection import Clock
from ui import read
from ui.context import Context
from ui.panel import escape
from ui.unit_data import KEPT, Profile, key_of

KEYS = ("source", "order_id")
LABELS = (*KEYS, "created_at", "title", "category1", "category2")
"""What is read of an order beside the fields that the scheme judges."""


@dataclass(frozen=True)
class Lost:
    """The orders that cost points, dearest first, and the same by rate, cause and category.

    ``orders``: :data:`LABELS`, category (path of two levels), cost, and for each
    rate ``cost.<rate>`` and ``cause.<rate>``. ``pieces``: one row per order and rate:
    source, order_id, category, rate, cause, points. ``points``: lost by rate, and
    ``shares``: lost in shares of a group, which no order stands behind.
    """

    orders: pd.DataFrame
    pieces: pd.DataFrame
    points: pd.Series
    shares: pd.Series

    @property
    def total(self) -> float:
        """The lost points that orders stand behind."""
        return float(self.points.sum())

    def by(self, names: Sequence[str]) -> pd.DataFrame:
        """Points and orders by ``rate``, ``cause``, ``category``; dearest first. Adds up to ``total``."""
        grouped = self.pieces.groupby(list(names), dropna=False)["points"]
        out = grouped.agg(points="sum", orders="size").reset_index()
        if "rate" not in names:  # an order that failed in two rates is one order
            keys = self.pieces.drop_duplicates([*names, *KEYS])
            once = keys.groupby(list(names), dropna=False).size().rename("orders").reset_index()
            out = out.drop(columns="orders").merge(once, on=list(names), how="left")
        return out.sort_values("points", ascending=False, kind="stable", ignore_index=True)

    def chosen(self, rate: str, reason: str) -> pd.DataFrame:
        """The orders behind one rate and cause (empty texts: all), with ``points`` of that choice."""
        if not rate:
            return self.orders.assign(points=self.orders["cost"])
        out = self.orders[self.orders[f"cause.{rate}"] == reason]
        out = out.assign(points=out[f"cost.{rate}"])
        return out.sort_values("points", ascending=False, kind="stable")


def needed(scheme: Scheme) -> list[str]:
    """The fields of an order that its costs are worked out from."""
    conditions: list[Condition] = [] if scheme.excluded is None else [scheme.excluded]
    for indicator in scheme.composed:
        for leaf in indicator.leaves():
            conditions += [part.condition for part in leaf.rule.numerator]
            if leaf.rule.denominator is not None:
                conditions.append(leaf.rule.denominator)
    return sorted({field for condition in conditions for field in fields_of(condition)})


def loss_of(ctx: Context, mine: Profile) -> Lost | None:
    """Where the unit's points were lost; ``None`` for a unit without a score, and, said on the
    page, while the orders are being changed."""
    if not mine.ranked:
        return None
    try:
        return lost(ctx, mine)
    except ValueError as fault:
        st.warning(ctx.say("page.unit.review.changed", fault=escape(str(fault))))
        return None


def lost(ctx: Context, mine: Profile) -> Lost:
    """Where the unit's points were lost. Raises ``ValueError`` when the orders in the store
    are not those that were counted (they changed in between)."""
    where = replace(ctx.over(ctx.period), units=(mine.unit,))
    frames: dict[Clock, Condition] = {
        clock: replace(where, clock=clock).condition()
        for clock in dict.fromkeys(piece.leaf.rule.clock for _, piece in mine.pieces)
    }
    key = key_of(mine.linear, mine.unit, repr(where))
    return _lost(ctx.version, key, mine.linear, mine.unit, frames)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _lost(
    version: int, key: str, _linear: Linear, _unit: str, _where: dict[Clock, Condition]
) -> Lost:
    wanted = list(dict.fromkeys([*LABELS, *needed(_linear.scheme)]))
    return judged(
        _linear, _unit,
        {clock: orders.table(read.store(), c, wanted) for clock, c in _where.items()},
    )  # fmt: skip


def judged(linear: Linear, unit: str, found: dict[Clock, pd.DataFrame]) -> Lost:
    """Work out the costs. ``found``: the unit's orders by each time that rates are counted by."""
    k = linear.units.index(unit)
    parts = []
    for clock, frame in found.items():
        same = np.array([piece.leaf.rule.clock == clock for piece in linear.pieces])
        only = replace(linear, points=np.where(same, linear.points, 0.0))
        parts.append(order_costs(only, unit, frame))
    costs = _joined(parts)
    costs["category"] = category_of(costs)
    pieces = [_of_rate(costs, piece.name) for piece in linear.pieces if _cost(piece.name) in costs]
    falls = linear.points[k] * (1 - np.nan_to_num(linear.goodness[k], nan=1.0))
    names = [piece.name for piece in linear.pieces]
    sampled = np.array([piece.sampled for piece in linear.pieces])
    worth = linear.points[k] > 0
    keep = [
        *LABELS,
        "category",
        "cost",
        *(c for c in map(str, costs) if c.startswith(("cost.", "cause."))),
    ]
    return Lost(
        orders=costs[keep].reset_index(drop=True),
        pieces=pd.concat(pieces, ignore_index=True) if pieces else _of_rate(costs, None),
        points=pd.Series(falls, index=names)[sampled & worth],
        shares=pd.Series(falls, index=names)[~sampled & worth],
    )


def _cost(rate: str) -> str:
    return f"cost.{rate}"


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Orders judged by two times (created, closed) are one order each, their costs added."""
    if not parts:
        return pd.DataFrame(columns=[*LABELS, "cost"])
    if len(parts) == 1:
        return parts[0].copy()
    both = pd.concat(parts, ignore_index=True)
    how: dict[Hashable, str] = {
        name: "sum" if name == "cost" or name.startswith("cost.") else "first"
        for name in map(str, both)
        if name not in KEYS
    }
    out = both.groupby(list(KEYS), sort=False, as_index=False).agg(how)
    return out.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def _of_rate(costs: pd.DataFrame, rate: str | None) -> pd.DataFrame:
    columns = [*KEYS, "category"]
    if rate is None:
        return costs[columns].assign(rate="", cause="", points=0.0).head(0)
    part = costs[costs[_cost(rate)] > 0]
    return part[columns].assign(rate=rate, cause=part[f"cause.{rate}"], points=part[_cost(rate)])
