"""What the step "drivers" is made of: daily counts, drivers, and orders by place on exposed days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.factors.catalogue import DriverSpec
from data.schema import orders
from data.store import Store
from metrics.selection import PATH

FEWEST_EXPOSED, FEWEST_ORDINARY = 5, 20
NEAR, CLEAN = 15, 3
"""Ordinary days lie within this many days of an exposed one, and follow so many days without."""
FEWEST_AT_POINT = 3
"""Orders on exposed days that an address must have to be looked at."""


@dataclass(frozen=True)
class Exposure:
    """The days on which a driver reached a step (or the day after one), and ordinary ones near them."""

    exposed: tuple[date, ...]
    ordinary: tuple[date, ...]


def levels(daily: pd.DataFrame) -> pd.DataFrame:
    """day, category, level, district, n of the whole (""), of every first and of every second level."""
    top = daily["category"].str.split(PATH, n=1).str[0]
    second = daily[daily["category"].str.contains(PATH, regex=False).fillna(False)]
    parts = [
        daily.assign(category="", level=0),
        daily.assign(category=top, level=1)[top.notna()],
        second.assign(level=2),
    ]
    keys = ["day", "category", "level", "district"]
    whole = pd.concat(parts, ignore_index=True)
    return whole.groupby(keys, as_index=False, dropna=False, observed=True)[["n"]].sum()


def exposures(
    values: pd.DataFrame, specs: Mapping[str, DriverSpec], days: Sequence[date]
) -> dict[str, Exposure]:
    """Exposed and ordinary days of each driver among the days delivered; few of either: none."""
    table = values.set_index(pd.to_datetime(values["day"])).sort_index()
    index = pd.DatetimeIndex(sorted(pd.to_datetime(list(days))))
    out = {}
    for code in specs:
        if code not in table or len(index) == 0:
            continue
        spec = specs[code]
        row = table[code].reindex(pd.date_range(index[0] - timedelta(days=8), index[-1]))
        reference = spec.reference
        above = row - (row.reindex(index).median() if reference is None else reference)
        hit = (above >= spec.step).to_numpy()
        some = (above >= spec.step / 2).to_numpy() | ~np.isfinite(above.to_numpy(dtype=float))
        exposed = hit | _before(hit, 1)
        clean = ~some
        for lag in range(1, CLEAN + 1):
            clean &= ~_before(some, lag)
        near = np.convolve(exposed.astype(float), np.ones(2 * NEAR + 1), mode="same") > 0
        seen = np.asarray(row.index.isin(index))
        first = row.index[exposed & seen]
        second = row.index[clean & near & seen & ~exposed]
        if len(first) >= FEWEST_EXPOSED and len(second) >= FEWEST_ORDINARY:
            out[code] = Exposure(tuple(first.date), tuple(second.date))
    return out


def _before(row: Any, lag: int) -> Any:
    out = np.zeros_like(row)
    out[lag:] = row[:-lag]
    return out


def at_places(store: Store, code: str, exposure: Exposure) -> pd.DataFrame:
    """driver, kind, category1, category2, district, street, place, lon, lat, exposed, ordinary.

    Kind "street": every street with its orders; "point": addresses with enough orders on
    exposed days.
    """
    hit = orders.c.created_day.in_(exposure.exposed)
    rest = orders.c.created_day.in_(exposure.ordinary)
    n = (
        sa.func.sum(sa.case((hit, 1), else_=0)).label("exposed"),
        sa.func.sum(sa.case((rest, 1), else_=0)).label("ordinary"),
    )
    keys = [orders.c[name] for name in ("category1", "category2", "district", "street")]
    street = sa.select(*keys, *n).where(hit | rest).group_by(*keys)
    point = (
        sa.select(
            *keys, orders.c.place_key.label("place"), sa.func.avg(orders.c.lon).label("lon"),
            sa.func.avg(orders.c.lat).label("lat"), *n,
        )
        .where(hit | rest, orders.c.place_key.is_not(None))
        .group_by(*keys, orders.c.place_key)
        .having(n[0].element >= FEWEST_AT_POINT)
    )  # fmt: skip
    streets = store.frame(street).assign(kind="street", place=None, lon=np.nan, lat=np.nan)
    points = store.frame(point).assign(kind="point")
    parts = [part for part in (streets, points) if len(part)]
    return pd.concat(parts, ignore_index=True).assign(driver=code) if parts else streets
