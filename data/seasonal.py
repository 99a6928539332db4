"""Seasonal problems of the coming weeks, from the counts: candidates for action before their season."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd

from data.counts import tally
from data.coverage import delivered_days
from data.store import Store
from forecasting import seasons
from metrics.conditions import EVERYTHING
from metrics.selection import PATH, Selection

YEARS = 6
"""Past years that are looked at."""


def coming(
    store: Store, as_of: date, weeks: int = 8, *, districts: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The categories (first and second level) whose past years peaked in the next ``weeks`` weeks.

    Columns: ``category`` (path), ``level`` and those of :func:`forecasting.seasons.coming`; highest
    peak first. Empty where less than a year is known. ``as_of``: the last complete day.
    """
    span = Selection(
        datetime.combine(as_of - timedelta(days=7 * seasons.WEEKS * YEARS - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
        districts=districts,
    )
    daily = tally(store, {"n": EVERYTHING}, span, ("day", "category1", "category2"))
    daily = daily[daily["category1"].notna()]
    if daily.empty:
        return pd.DataFrame(columns=["category", "level", *seasons.COLUMNS[1:]])
    age = (pd.Timestamp(as_of) - pd.to_datetime(daily["day"])).dt.days // 7
    first = daily.assign(week=age, category=daily["category1"].astype(str))
    second = first[daily["category2"].notna() & (daily["category2"] != "")]
    second = second.assign(category=second["category"] + PATH + second["category2"].astype(str))
    # a first level with a single second one would be listed twice
    children = second.groupby("category1", observed=True)["category"].nunique()
    lonely = set(children[children == 1].index)
    first = first[~first["category1"].isin(lonely)]
    days = delivered_days(store)
    parts = []
    for level, rows in ((1, first), (2, second)):
        weekly = rows.groupby(["week", "category"], as_index=False, observed=True)[["n"]].sum()
        parts.append(seasons.coming(weekly, as_of, weeks=weeks, seen=days).assign(level=level))
    out = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return out.sort_values("height", ascending=False, ignore_index=True)
