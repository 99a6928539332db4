"""Draining batches into the store, on both engines."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.batch import BatchInfo, write_batch
from data.frames import BATCH_FIELDS
from data.inbox import BatchResult
from data.ingest import drain
from data.schema import orders
from data.store import Store
from tests.factory import random_orders

COLUMNS = [field.name for field in BATCH_FIELDS]


def put(store: Store, frame: pd.DataFrame, digest: str, **info: object) -> BatchResult:
    """Drop a batch into the inbox and drain it."""
    manifest = BatchInfo(digest, "test", len(frame), **info)  # type: ignore[arg-type]
    write_batch(store.settings.inbox, manifest, [frame])
    (result,) = drain(store)
    return result


def test_orders_come_back_as_they_went_in(store: Store) -> None:
    frame = random_orders(800, 3)
    result = put(store, frame, "a")
    assert (result.state, result.rows_new, result.batch) == ("done", 800, 1)
    back = store.frame(sa.select(*(orders.c[name] for name in COLUMNS)).order_by(orders.c.order_id))
    pd.testing.assert_frame_equal(back, frame, check_dtype=True)
