"""A small city for the places: orders of forty weeks at a few hundred points, a flood, a busy address."""

from __future__ import annotations

from functools import lru_cache

import h3.api.basic_int as h3
import numpy as np
import pandas as pd

from data.settings import Settings
from data.store import Store
from tests.factory import random_orders
from tests.test_store import put

MIDDLE = (39.9, 116.4)
BUSY = "云溪区1街1号"


@lru_cache(maxsize=1)
def orders_at_places() -> pd.DataFrame:
    """9,000 orders of 280 days on real cells; 400 of them at one address, of few callers."""
    orders = random_orders(9000, 11, days=280)
    rng = np.random.default_rng(12)
    spots = rng.normal(0, 0.02, (250, 2)) + MIDDLE
    spot = np.minimum(rng.geometric(0.02, len(orders)), 250) - 1
    busy = rng.random(len(orders)) < 0.045
    spot[busy] = 0
    known = (orders["point_kind"] == "ok").to_numpy()
    lat, lon = spots[spot, 0], spots[spot, 1]
    cells = [h3.latlng_to_cell(a, b, 9) for a, b in zip(lat, lon, strict=True)]
    orders["lat"], orders["lon"] = np.where(known, lat, np.nan), np.where(known, lon, np.nan)
    orders["h3_9"] = pd.array(np.where(known, cells, 0), "Int64")
    orders.loc[~known, "h3_9"] = pd.NA
    orders.loc[busy, ["district", "street", "address", "place_key"]] = [
        "云溪区",
        "云溪区1街",
        BUSY,
        BUSY,
    ]
    flood = np.flatnonzero(busy & known)[:20]
    day = pd.Timestamp("2025-09-03 09:00")
    orders.loc[flood, "created_at"] = day
    orders.loc[flood, "created_day"] = day.normalize()
    orders.loc[flood, ["caller_key", "category1", "category2", "category3"]] = [
        "c1",
        "交通管理",
        "停车",
        None,
    ]
    orders.loc[flood, "place_key"] = [f"{BUSY}-{k}" for k in range(len(flood))]
    orders.loc[flood, "exclusion"] = None
    return orders


def filled(store: Store) -> pd.DataFrame:
    """The orders, put into a store."""
    orders = orders_at_places()
    put(store, orders, "places")
    return orders


def settings_of(home: object) -> Settings:
    """Settings of an embedded store."""
    return Settings(home=home, refresh=False, memory_limit="1GB", _env_file=None)
