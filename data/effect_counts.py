"""Daily counts that an effect is measured on: the treated series and what it is compared with."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import h3
import pandas as pd
import sqlalchemy as sa

from data.condition_sql import where
from data.counts import tally
from data.effect_specs import CATEGORY, CELLS, PARENT, TREATED, Spec
from data.refresh.series import HISTORY, path_of
from data.schema import orders
from data.store import Store
from metrics.conditions import negate
from metrics.selection import Selection


def counts_of(store: Store, spec: Spec, as_of: date) -> pd.DataFrame:
    """day, place, n over the last three years up to ``as_of``."""
    span = Selection(
        datetime.combine(as_of - timedelta(days=HISTORY - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
    )
    if spec.level == CATEGORY:
        return _categories(store, spec, span)
    if spec.level == CELLS:
        return _cells(store, spec, span)
    found = tally(store, {"n": spec.what}, span, ("day", spec.level))
    known = found[spec.level].notna()
    return found.assign(place=found[spec.level])[["day", "place", "n"]][known]


def _categories(store: Store, spec: Spec, span: Selection) -> pd.DataFrame:
    """The topic's orders, and all others by category (two levels)."""
    measures = {"own": spec.what, "n": negate(spec.what)}
    found = tally(store, measures, span, ("day", "category1", "category2"))
    own = found.groupby("day", as_index=False)[["own"]].sum().rename(columns={"own": "n"})
    rest = found.assign(place=path_of(found["category1"], found["category2"]))
    rest = rest[rest["place"].notna() & (rest["n"] > 0)]
    return pd.concat([own.assign(place=TREATED), rest[["day", "place", "n"]]], ignore_index=True)


def _cells(store: Store, spec: Spec, span: Selection) -> pd.DataFrame:
    """The cells around the point as one place; elsewhere cells of a size up, but those that touch it."""
    day = orders.c.created_day
    found = store.frame(
        sa.select(day.label("day"), orders.c.h3_9, sa.func.count().label("n"))
        .where(
            where(spec.what), day >= span.start.date(), day < span.end.date(),
            orders.c.h3_9.is_not(None),
        )
        .group_by(day, orders.c.h3_9)
    )  # fmt: skip
    near = {cell for own in spec.treated for cell in h3.grid_disk(own, 1)}
    gone = {h3.cell_to_parent(cell, PARENT) for cell in near}
    names = {}
    for code in found["h3_9"].unique():
        cell = h3.int_to_str(int(code))
        parent = h3.cell_to_parent(cell, PARENT)
        names[code] = TREATED if cell in spec.treated else None if parent in gone else parent
    place = found["h3_9"].map(names)
    kept = found.assign(place=place.astype("object"))[place.notna().to_numpy()]
    out: pd.DataFrame = kept.groupby(["day", "place"], as_index=False)[["n"]].sum()
    return out
