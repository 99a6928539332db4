"""The rhythm of the week: orders by weekday and hour."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from data.counts import selected
from data.schema import orders
from data.store import Store
from metrics.selection import Selection


def weekday_hours(store: Store, selection: Selection) -> pd.DataFrame:
    """Orders of a selection by weekday (0 = Monday) and hour of creation.

    Columns weekday, hour, orders; pairs without orders are absent. Counted over raw rows.
    """
    moment = orders.c.created_at
    weekday = sa.cast(sa.extract("isodow", moment), sa.BigInteger) - sa.literal_column("1")
    hour = sa.cast(sa.extract("hour", moment), sa.BigInteger)
    select = (
        sa.select(weekday.label("weekday"), hour.label("hour"), sa.func.count().label("orders"))
        .where(moment.is_not(None), *selected(selection))
        .group_by(sa.literal_column("1"), sa.literal_column("2"))
    )
    frame = store.frame(select).astype("int64")
    return frame.sort_values(["weekday", "hour"], ignore_index=True)
