"""Simulated orders for the tests of the simulated city: built once, with and without the truths."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa

from data.demo.build import Simulation, plan, tables

END = date(2026, 6, 30)
ORDERS = 160_000


@lru_cache(maxsize=2)
def simulation(effects: bool) -> Simulation:
    """18 months to a fixed end."""
    return plan(ORDERS, seed=7, months=18, end=END, effects=effects)


@lru_cache(maxsize=2)
def orders(effects: bool) -> pd.DataFrame:
    """All orders, with the repeat worked out here and independently of the store."""
    columns = [
        "order_id", "category1", "category2", "street", "unit", "first_unit", "caller_key", "place_key",
        "created_at", "closed_at", "due_at", "created_day", "close_hours", "grade", "hops", "returns",
        "followup", "contacted", "resolution", "satisfaction", "exclusion",
    ]  # fmt: skip
    frame = pa.concat_tables([t.select(columns) for t in tables(simulation(effects))]).to_pandas()
    frame["created_day"] = pd.to_datetime(frame["created_day"])
    frame["recurred"] = recurred(frame)
    return frame


def recurred(frame: pd.DataFrame) -> np.ndarray:
    """Whether the same caller came back with the same category within 30 days of the closing."""
    known = frame.dropna(subset=["caller_key"])[
        ["category2", "caller_key", "created_at", "closed_at"]
    ]
    ordered = known.sort_values("created_at")
    following = ordered.groupby(["category2", "caller_key"])["created_at"].shift(-1)
    gap = (following - ordered["closed_at"]) / pd.Timedelta(days=1)
    back = ordered.index[(gap >= 0) & (gap <= 30)]
    out = pd.Series(False, index=frame.index)
    out.loc[back] = True
    return out.to_numpy()
