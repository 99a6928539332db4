"""A small simulated city as the dispatch room reads it, and a model that learnt from it; made once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pandas as pd
import pyarrow as pa

from data.demo.build import plan, tables
from data.refresh.dispatching import _TEXTS, prepared, split_of
from dispatch.train import Made, train

COLUMNS = [
    "source",
    "order_id",
    *_TEXTS,
    "returns",
    "created_at",
    "place_key",
    "h3_9",
    "caller_key",
]
ORDERS = 14_000


@lru_cache(maxsize=1)
def raw() -> pd.DataFrame:
    """Orders of five months, as the store holds them, in the order of time."""
    made = plan(ORDERS, seed=11, months=5, end=date(2026, 6, 30), effects=False)
    frame = pa.concat_tables([t.select(COLUMNS) for t in tables(made)]).to_pandas()
    return frame.sort_values(["created_at", "order_id"], ignore_index=True)


@lru_cache(maxsize=1)
def orders() -> pd.DataFrame:
    """The same, prepared for learning."""
    return prepared(raw())


@lru_cache(maxsize=1)
def split() -> pd.Timestamp:
    """Where the judged days begin."""
    return split_of(orders()["created_at"])


@lru_cache(maxsize=1)
def made() -> Made:
    """Learnt and judged."""
    return train(orders(), split())
