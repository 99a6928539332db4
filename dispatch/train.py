"""Learning from past orders, and judging on the later ones that were not learnt from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from dispatch import features as feats
from dispatch import units as unit_counts
from dispatch.cases import index
from dispatch.judged import judged
from dispatch.linear import sharpness
from dispatch.model import CONSIDERED, Model
from dispatch.places import Gazetteer
from dispatch.places import learn as learn_places
from dispatch.plan import courtesy
from dispatch.tree import Path, calibrate, grow
from dispatch.units import Units

JUDGED_MOST = 30_000
"""Held-out orders that are judged, chosen by lot when there are more (returned ones all)."""
CALIBRATION = 0.1
"""Share of the past, its latest part, that calibrates and does not teach."""
REPLIES = 30_000
Tell = Callable[[float], None]
Names = Sequence[tuple[str, str, Sequence[str]]]


@dataclass(frozen=True)
class Made:
    """The model in use (learnt from everything) and the card of the one that was judged."""

    model: Model
    card: Mapping[str, Any]


def train(
    orders: pd.DataFrame, split: pd.Timestamp, areas: Names = (), tell: Tell = lambda _: None
) -> Made:
    """Learn from orders created before ``split``, judge on the rest, then learn from all.

    ``orders``: key, path (tuple of category names), title, content, reply, unit, first_unit,
    returns, district, street, community, address, created_at; texts "" where there are none, in the order
    of time. Raises ``ValueError`` when there is nothing to learn from.
    """
    counts = feats.counted_both(orders["title"].tolist(), orders["content"].tolist())
    tell(0.25)
    past = (orders["created_at"] < split).to_numpy()
    card: dict[str, Any] = {}
    sharp: tuple[float, ...] = ()
    unit_sharp = 1.0
    if past.sum() >= 100 and (~past).sum() >= 30:
        earlier = _model(orders, counts, past, areas)
        tell(0.55)
        card, sharp, unit_sharp = _judge(earlier, orders, counts, ~past)
        tell(0.65)
    everything = np.ones(len(orders), dtype=bool)
    x, final = _learn(orders, counts, everything, areas, sharp)
    final = replace(final, units=replace(final.units, sharp=unit_sharp))
    tell(0.95)
    return Made(_with_cases(final, x, orders), card)


def _learn(
    orders: pd.DataFrame,
    counts: Sequence[sp.csr_matrix],
    mine: np.ndarray[Any, Any],
    areas: Names,
    sharp: Sequence[float] = (),
) -> tuple[sp.csr_matrix, Model]:
    rows = np.flatnonzero(mine)
    part = counts if len(rows) == len(orders) else [c[rows] for c in counts]
    weights = feats.fit(part)
    x = weights.weigh(part)
    known = orders.iloc[rows]
    tree = grow(x, known["path"].tolist(), sharp=sharp)
    return x, Model(weights, tree, gazetteer_of(known, areas), units_of(known))


def _model(
    orders: pd.DataFrame, counts: Sequence[sp.csr_matrix], past: np.ndarray[Any, Any], areas: Names
) -> Model:
    """Learnt from the past but its last tenth, which calibrates."""
    rows = np.flatnonzero(past)
    cut = int(len(rows) * (1 - CALIBRATION))
    teach, check = rows[:cut], rows[cut:][-5_000:]
    mine = np.zeros(len(orders), dtype=bool)
    mine[teach] = True
    _, made = _learn(orders, counts, mine, areas)
    x = made.features.weigh([c[check] for c in counts])
    held = orders.iloc[check]
    made = replace(made, tree=calibrate(made.tree, x, held["path"].tolist()))
    found = [_units_from(made, shares, text) for shares, text in _texts(made, x, held)]
    table, label = unit_counts.calibration(found, held["unit"].tolist())
    return replace(made, units=replace(made.units, sharp=sharpness(table, label, 1.0)))


def _texts(
    model: Model, x: sp.csr_matrix, orders: pd.DataFrame
) -> list[tuple[dict[Path, float], str]]:
    shares = model.tree.shares(x)
    out = []
    for k, (title, content) in enumerate(zip(orders["title"], orders["content"], strict=True)):
        top = np.argsort(-shares[k], kind="stable")[:CONSIDERED]
        out.append(
            ({model.tree.leaves[i]: float(shares[k, i]) for i in top}, f"{title}\n{content}")
        )
    return out


def _units_from(model: Model, shares: Mapping[Path, float], text: str) -> dict[str, float]:
    where = model.gazetteer.find(text)
    return model.units.suggest(shares, where.district, where.street, where.share)


def _judge(
    model: Model, orders: pd.DataFrame, counts: Sequence[sp.csr_matrix], later: np.ndarray[Any, Any]
) -> tuple[dict[str, Any], tuple[float, ...], float]:
    rows = np.flatnonzero(later)
    if len(rows) > JUDGED_MOST:
        lot = np.random.default_rng(20260101).random(len(orders))
        lot[(orders["returns"] > 0).to_numpy()] = 0  # every returned order is judged
        rows = np.sort(rows[np.argsort(lot[rows], kind="stable")[:JUDGED_MOST]])
    held = orders.iloc[rows]
    x = model.features.weigh([c[rows] for c in counts])
    card = judged(model, x, held)
    card["drawn"] = int(later.sum())
    card["learnt"] = int(len(orders) - later.sum())
    tree = calibrate(model.tree, x, held["path"].tolist())
    return card, tree.sharp, model.units.sharp


def gazetteer_of(orders: pd.DataFrame, areas: Names) -> Gazetteer:
    """Place names from the orders' own places."""
    columns = (orders[name] for name in ("district", "street", "community", "address"))
    many = Counter(zip(*columns, strict=True))
    return learn_places(((*key, n) for key, n in many.items()), areas)


def units_of(orders: pd.DataFrame) -> Units:
    """Who handled what where."""
    many = Counter(
        zip(orders["path"], orders["district"], orders["street"], orders["unit"], strict=True)
    )
    return unit_counts.learn((*key, n) for key, n in many.items())


def _with_cases(model: Model, x: sp.csr_matrix, orders: pd.DataFrame) -> Model:
    number = model.leaf_number
    group = np.array([_leaf(path, number) for path in orders["path"]])
    usable = np.flatnonzero((group >= 0) & (orders["reply"] != "").to_numpy())
    kept = orders.iloc[usable]
    cases = index(x[usable], group[usable], len(number))
    sample = kept.iloc[-REPLIES:]
    polite = courtesy(zip(sample["path"], sample["reply"], strict=True))
    return replace(model, cases=cases, keys=tuple(kept["key"]), courtesy=tuple(polite))


def _leaf(path: Path, number: Mapping[Path, int]) -> int:
    while path:
        if path in number:
            return number[path]
        path = path[:-1]
    return -1
