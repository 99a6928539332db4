"""Daily series for the models: orders received by place and category over the last years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd

from data.counts import tally
from data.coverage import daily
from data.store import Store
from metrics.conditions import EVERYTHING
from metrics.selection import PATH, Selection

HISTORY = 3 * 365
"""Days that the models look back."""


def by_place(store: Store, as_of: date, history: int = HISTORY) -> pd.DataFrame:
    """day, district, category (path of two levels, of one where there is no second), n."""
    span = Selection(
        datetime.combine(as_of - timedelta(days=history - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
    )
    out = tally(store, {"n": EVERYTHING}, span, ("day", "district", "category1", "category2"))
    out["category"] = path_of(out["category1"], out["category2"])
    return out[["day", "district", "category", "n"]]


def path_of(first: pd.Series, second: pd.Series) -> pd.Series:
    """Category paths of two levels."""
    both = (first + PATH + second).where(second.notna() & (second != ""), first)
    return both.astype(first.dtype)


def delivered(store: Store) -> list[date]:
    """The days for which any source delivered orders."""
    days = daily(store)
    return list(pd.to_datetime(days.loc[~days["missing"], "day"]).dt.date.unique())
