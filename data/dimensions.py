"""The dimension tables as frames: small, read whole."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.store import Store


def units(store: Store) -> pd.DataFrame:
    """Every unit: unit, names, unit_type, district, peer_group, staff, population."""
    return store.frame(sa.select(schema.units).order_by(schema.units.c.unit))


def areas(store: Store) -> pd.DataFrame:
    """Every area: area, level, parent, names, population, label point, geometry (GeoJSON)."""
    table = schema.areas
    return store.frame(
        sa.select(table).order_by(table.c.level, table.c.parent.nulls_last(), table.c.area)
    )


def categories(store: Store) -> pd.DataFrame:
    """Every category path: path, level, parent, names."""
    table = schema.categories
    return store.frame(sa.select(table).order_by(table.c.path))


def channels(store: Store) -> pd.DataFrame:
    """The channels that occur, from the counts: channel."""
    channel = schema.counts_area.c.channel
    select = sa.select(channel).where(channel.is_not(None)).distinct().order_by(channel)
    return store.frame(select)


def factors(store: Store) -> pd.DataFrame:
    """Daily outside facts: day, area (missing = whole city), factor, amount."""
    table = schema.factors
    return store.frame(
        sa.select(table).order_by(table.c.day, table.c.factor, table.c.area.nulls_last())
    )
