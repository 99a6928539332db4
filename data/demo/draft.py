"""A chunk of simulated orders as plain arrays, before names and texts are put in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from data.demo.arrays import Bools, Floats, Ints

NO = -1
"""Stands for "no value" in code columns; NaN does in float columns."""


@dataclass
class Draft:
    """Who complains where and about what. Times are seconds since the first day's midnight."""

    created: Floats
    street: Ints
    category: Ints
    address: Ints
    caller: np.ndarray[Any, np.dtype[np.uint64]]
    unit: Ints  # NO = not chosen yet
    again: Bools  # repeats an earlier order

    def __len__(self) -> int:
        return len(self.created)

    def take(self, rows: Any) -> Draft:
        """Some of the orders."""
        return Draft(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def put(self, rows: Ints, other: Draft) -> None:
        """Replace rows by those of another draft."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(other, f.name)

    @staticmethod
    def join(parts: list[Draft]) -> Draft:
        """Drafts one after the other."""
        return Draft(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Draft)}
        )


@dataclass
class Handled:
    """What became of the orders of a draft; code columns point into metrics.fields enumerations."""

    unit: Ints
    first_unit: Ints
    filed: Ints  # the category it was filed under
    order_type: Ints
    grade: Ints
    dispatched: Floats
    signed: Floats
    contacted_at: Floats
    closed: Floats
    due: Floats
    followed: Floats
    followup: Ints
    contacted: Ints  # 0, 1, NO
    resolution: Ints
    satisfaction: Ints
    photo: Ints
    returns: Ints
    redos: Ints
    extensions: Ints
    hops: Ints
    whistles: Ints
    refused: Bools
    ledger: Bools
    exclusion: Ints
    status: Ints
    solved: Bools  # the truth that nobody recorded

    def put(self, rows: Ints, other: Handled) -> None:
        """Replace rows by those of another result."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(other, f.name)
