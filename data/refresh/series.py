"""Daily series for the models: orders received by place, unit and category over the last years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd

from data.counts import tally
from data.store import Store
from metrics.conditions import EVERYTHING
from metrics.selection import PATH, Selection

HISTORY = 3 * 365
"""Days that the models look back."""


def span_of(as_of: date, history: int = HISTORY) -> Selection:
    """The days that the models look back, up to ``as_of``."""
    return Selection(
        datetime.combine(as_of - timedelta(days=history - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
    )


def by_place(store: Store, as_of: date, history: int = HISTORY) -> pd.DataFrame:
    """day, district, category1, category (path of two levels, of one where there is no second), n."""
    keys = ("day", "district", "category1", "category2")
    out = tally(store, {"n": EVERYTHING}, span_of(as_of, history), keys)
    out["category"] = path_of(out["category1"], out["category2"])
    return out[["day", "district", "category1", "category", "n"]]


def by_unit(store: Store, as_of: date, history: int = HISTORY) -> pd.DataFrame:
    """day, unit, category1, n."""
    keys = ("day", "unit", "category1")
    return tally(store, {"n": EVERYTHING}, span_of(as_of, history), keys)


def path_of(first: pd.Series, second: pd.Series) -> pd.Series:
    """Category paths of two levels."""
    both = (first + PATH + second).where(second.notna() & (second != ""), first)
    return both.astype(first.dtype)
