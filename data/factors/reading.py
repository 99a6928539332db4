"""Factors out of the store: a column per factor of the whole city, and the drivers made of them."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.factors.catalogue import Catalogue, catalogue
from data.schema import factors
from data.store import Store


def by_day(store: Store) -> pd.DataFrame:
    """``day`` and a column per factor: the whole city's value, else the mean of its areas."""
    city = sa.case((factors.c.area.is_(None), 1), else_=0).label("city")
    rows = store.frame(sa.select(factors.c.day, city, factors.c.factor, factors.c.amount))
    if rows.empty:
        return pd.DataFrame(columns=["day"])
    whole = set(rows.loc[rows["city"] == 1, "factor"])
    kept = rows[(rows["city"] == 1) | ~rows["factor"].isin(whole)]
    wide = kept.pivot_table(index="day", columns="factor", values="amount", aggfunc="mean")
    out: pd.DataFrame = wide.reset_index().rename_axis(columns=None)
    return out.assign(day=pd.to_datetime(out["day"]))


def drivers(store: Store) -> tuple[pd.DataFrame, Catalogue]:
    """``day`` and a column per driver that the store's factors can make; and the catalogue."""
    known = catalogue(store.settings.home)
    return known.values(by_day(store)), known


def exists(store: Store) -> bool:
    """Whether there is any factor."""
    return store.scalar(sa.select(factors.c.day).limit(1)) is not None
