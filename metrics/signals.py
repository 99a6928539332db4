"""The signals of assessment gone wrong (考核异化): what each one counts.

A signal is two questions about an order: does it belong to the base, and is it
a hit. A unit whose share of hits is far above its peers' is listed with the
orders behind it. A signal is a reason to look, never a finding of guilt; what
each one cannot show is in the words (``fair.signal.<id>.cannot``).

Signals over two times, over months or over pairs of units live in
:mod:`metrics.patterns`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.conditions import EVERYTHING, Condition, both, either, mask, test
from metrics.lots import lots
from metrics.replies import near_duplicates

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Masks = Callable[[pd.DataFrame], tuple[Bools, Bools]]

ALLOWED = "allowed"
"""Stands in ``Signal.by`` for :func:`time_allowed`."""
INSTANT_MINUTES = 10
BUNCH_HOURS = 4.0
BUNCH_SHARE = 0.15
REPLIES = 60
"""Replies compared per unit: a fixed number, because larger piles hold more twins by chance."""


@dataclass(frozen=True)
class Signal:
    """One signal.

    ``base``/``hit``: conditions, where it can be counted by the store; else
    ``masks`` finds (base, hit) in a frame of orders. ``fields``: what the orders
    must have. ``by``: what decides hits whoever the unit is (a kind of order):
    the unit is compared with what others have in the same mix. ``refuse``: a
    unit that shares its kinds with nobody is then not judged. ``least``: the smallest excess over the peers (share of the base)
    that is worth a look; ``minimum``: the smallest base that is judged. Both
    are [example] values.
    """

    id: str
    least: float
    minimum: int
    base: Condition | None = None
    hit: Condition | None = None
    find: Masks | None = None
    fields: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    refuse: bool = False

    @property
    def counted(self) -> bool:
        """Whether it can be counted from conditions alone."""
        return self.hit is not None

    def measures(self) -> dict[str, Condition]:
        """What to count: ``signal.<id>.den`` and ``.num`` (none where it needs the orders)."""
        if self.base is None or self.hit is None:
            return {}
        return {
            f"signal.{self.id}.den": self.base,
            f"signal.{self.id}.num": both(self.base, self.hit),
        }

    def masks(self, orders: pd.DataFrame) -> tuple[Bools, Bools]:
        """(base, hit within the base) for each order."""
        if self.base is not None and self.hit is not None:
            base = mask(self.base, orders)
            return base, base & mask(self.hit, orders)
        if self.find is None:
            raise ValueError(self.id)
        base, hit = self.find(orders)
        return base, base & hit

    def behind(self, unit: str) -> Condition | None:
        """The orders behind one unit's signal, as a condition (``None``: see :meth:`evidence`)."""
        if self.base is None or self.hit is None:
            return None
        return both(test("unit", "eq", unit), self.base, self.hit)

    def evidence(self, orders: pd.DataFrame, unit: str) -> pd.DataFrame:
        """The orders behind one unit's signal, from a frame of all orders."""
        mine = orders[(orders["unit"] == unit).fillna(False).to_numpy(dtype=bool)]
        return mine[self.masks(mine)[1]]


def measures(signals: Iterable[Signal] | None = None) -> dict[str, Condition]:
    """Everything that the store can count for these signals (default: all)."""
    chosen = SIGNALS.values() if signals is None else signals
    return {name: c for signal in chosen for name, c in signal.measures().items()}


def tally(signal: Signal, orders: pd.DataFrame) -> pd.DataFrame:
    """Counts of one signal by unit from orders: unit, ``signal.by``, hits, n."""
    base, hit = signal.masks(orders)
    inside = pd.DataFrame({"hits": hit.astype("int64"), "n": base.astype("int64")})
    inside["unit"] = orders["unit"].to_numpy()
    for name in signal.by:
        column = time_allowed(orders) if name == ALLOWED else orders[name]
        inside[name] = column.astype("object").to_numpy()
    keys = ["unit", *signal.by]
    out = inside.groupby(keys, observed=True, dropna=False)[["hits", "n"]].sum().reset_index()
    return out[out["unit"].notna()]


def counted(signal: Signal, counts: pd.DataFrame) -> pd.DataFrame:
    """The same from counts of :meth:`Signal.measures` by unit (and by ``signal.by``, if there)."""
    out = counts[["unit", *(name for name in signal.by if name in counts)]].copy()
    out["hits"] = counts[f"signal.{signal.id}.num"].to_numpy()
    out["n"] = counts[f"signal.{signal.id}.den"].to_numpy()
    return out


def time_allowed(orders: pd.DataFrame) -> pd.Series:
    """How long each order may take, roughly: hours, a day, a week, longer, or none."""
    due, created = pd.to_datetime(orders["due_at"]), pd.to_datetime(orders["created_at"])
    hours = ((due - created).dt.total_seconds() / 3600).to_numpy(dtype=float)
    names = np.array(["hours", "day", "days", "week", "longer", "none"], dtype=object)
    place = np.searchsorted([6.0, 30.0, 100.0, 200.0], hours)
    return pd.Series(names[np.where(np.isnan(hours), 5, place)], index=orders.index)


# -- those that need the orders --------------------------------------------------
def _bunched(orders: pd.DataFrame) -> tuple[Bools, Bools]:
    """Base: closed in the second half of the time allowed, or late by up to half of it.

    Hit: closed in time within the last hours (at most :data:`BUNCH_HOURS`, at
    most :data:`BUNCH_SHARE` of the time allowed).
    """
    created, due, closed = (
        pd.to_datetime(orders[name]) for name in ("created_at", "due_at", "closed_at")
    )
    allowed = ((due - created).dt.total_seconds() / 3600).to_numpy(dtype=float)
    left = ((due - closed).dt.total_seconds() / 3600).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        base = (allowed > 0) & (left < 0.5 * allowed) & (left > -0.5 * allowed)
        hit = (left >= 0) & (left <= np.minimum(BUNCH_HOURS, BUNCH_SHARE * allowed))
    return base, hit


def _same_replies(orders: pd.DataFrame) -> tuple[Bools, Bools]:
    """Base: up to :data:`REPLIES` replies of each unit (by chance, the same every time);
    hit: nearly the same words as another one of them."""
    replies = orders["reply"]
    known = replies.notna().to_numpy(dtype=bool)
    # One lot per order id, so that neither the order of rows nor other units matter.
    place = np.full(len(orders), np.inf)
    mine = orders["unit"][known]
    lot = pd.Series(lots(orders["order_id"][known].astype("str")))
    place[known] = lot.groupby(mine.to_numpy()).rank(method="first").fillna(np.inf)
    base = place <= REPLIES
    hit = np.zeros(len(orders), dtype=bool)
    hit[base] = near_duplicates(replies[base].tolist(), orders["unit"][base].tolist())
    return base, hit


# -- the list -----------------------------------------------------------------------
_valid = test("followup", "eq", "valid")
_pleased = test("satisfaction", "in", ["very_satisfied", "satisfied", "basically_satisfied"])
_resolved = test("resolution", "in", ["resolved", "basically_resolved"])
_work = test("order_type", "in", ["demand", "complaint", "help", "report"])

SIGNALS: dict[str, Signal] = {
    signal.id: signal
    for signal in (
        Signal(
            "satisfied_unresolved", least=0.02, minimum=30,
            base=both(_valid, _pleased), hit=test("resolution", "eq", "unresolved"),
        ),
        Signal(
            "unreached", least=0.05, minimum=30,
            base=test("followup", "present"),
            hit=test("followup", "in", ["unreached", "refused", "invalid"]),
        ),
        Signal(
            "bunching", least=0.10, minimum=20, find=_bunched,
            fields=("unit", "created_at", "due_at", "closed_at"), by=(ALLOWED,),
        ),
        Signal(
            "excluded", least=0.03, minimum=30,
            base=EVERYTHING, hit=test("exclusion", "present"), by=("category1",), refuse=True,
        ),
        Signal(
            "repeated", least=0.05, minimum=30,
            base=both(_resolved, test("recurred", "present")), hit=test("recurred", "eq", True),
            by=("category1",),
        ),
        Signal(
            "loops", least=0.02, minimum=30,
            base=test("returns", "present"),
            hit=either(test("returns", "ge", 2), test("hops", "ge", 3)),
        ),
        Signal(
            "same_replies", least=0.15, minimum=REPLIES, find=_same_replies,
            fields=("unit", "order_id", "reply"),
        ),
        Signal(
            "instant", least=0.05, minimum=30,
            base=both(_work, test("close_hours", "ge", 0)),
            hit=test("close_hours", "le", INSTANT_MINUTES / 60),
        ),
    )
}  # fmt: skip
"""Signals over orders, by id. The other ones are in :mod:`metrics.patterns`."""
