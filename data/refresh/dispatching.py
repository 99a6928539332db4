"""The step "dispatch": learn from the city's own orders where an order belongs, and judge it on later ones."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data import schema
from data.refresh import Inputs, Results
from data.schema import orders
from data.store import Store
from dispatch.train import train

MOST = 200_000
"""Orders learnt from; where there are more in two years, a share of them by lot."""
YEARS = 2
JUDGED = 0.2
"""Share of the days at the end that is judged and not learnt from, six months at most."""
PART = 1_000_000
LEAST = 300
_TEXTS = ("category1", "category2", "category3", "title", "content", "reply", "unit", "first_unit",
          "district", "street", "community", "address")  # fmt: skip


class Dispatching:
    """Smart dispatch, see :mod:`dispatch`."""

    name = "dispatch"
    tables = (schema.dispatch_model,)

    def setting(self, store: Store) -> Mapping[str, Any]:
        """The form of the model: another one is learnt anew."""
        del store
        return {"form": 1}

    def read(self, store: Store, as_of: date, setting: Mapping[str, Any]) -> Inputs | None:
        """Orders with a text and a category up to the day, oldest first, and the areas' names."""
        frame = store.frame(_wanted(store, as_of))
        if len(frame) < LEAST:
            return None
        areas = store.frame(sa.select(schema.areas.c.area, schema.areas.c.level,
                                      schema.areas.c.name_zh, schema.areas.c.name_en))  # fmt: skip
        return Inputs(as_of, store.settings.country, {"orders": frame, "areas": areas}, setting)

    def compute(self, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """The model as text parts; the card as facts."""
        frame = prepared(inputs.frames["orders"])
        areas = [
            (str(row.level), str(row.area), (str(row.name_zh), str(row.name_en)))
            for row in inputs.frames["areas"].itertuples()
        ]
        split = split_of(frame["created_at"])
        made = train(frame, split, areas, tell)
        text = base64.b64encode(made.model.to_bytes()).decode()
        parts = [text[i : i + PART] for i in range(0, len(text), PART)]
        facts = {
            "card": made.card, "orders": len(frame), "leaves": len(made.model.tree.leaves),
            "cases": len(made.model.keys), "from": str(frame["created_at"].min().date()),
            "split": str(split.date()), "places": len(made.model.gazetteer.names),
        }  # fmt: skip
        table = pd.DataFrame({"part": range(len(parts)), "content": parts})
        return Results({"dispatch_model": table}, facts)

    def merge(self, connection: sa.Connection, results: Results) -> Results:
        """Nothing stays of the earlier model."""
        del connection
        return results


def _wanted(store: Store, as_of: date) -> sa.Select[Any]:
    end = pd.Timestamp(as_of) + timedelta(days=1)
    mine = [
        orders.c.created_at < end.to_pydatetime(),
        orders.c.created_at >= (end - pd.DateOffset(years=YEARS)).to_pydatetime(),
        orders.c.category1.is_not(None),
        sa.or_(orders.c.content.is_not(None), orders.c.title.is_not(None)),
    ]
    many = int(store.scalar(sa.select(sa.func.count()).select_from(orders).where(*mine)) or 0)
    if many > MOST:
        # by lot, and the same lot every time: the first digits of a hash of the number
        edge = f"{int(MOST / many * 16**8):08x}"
        mine.append(sa.func.substr(sa.func.md5(orders.c.order_id), 1, 8) < edge)
    columns = ("source", "order_id", *_TEXTS, "returns", "created_at")
    return (
        sa.select(*(orders.c[name] for name in columns))
        .where(*mine)
        .order_by(orders.c.created_at, orders.c.source, orders.c.order_id)
    )


def prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame that :func:`dispatch.train.train` reads."""
    out = frame[["created_at"]].copy()
    for name in _TEXTS:
        out[name] = frame[name].astype(object).where(frame[name].notna(), "")
    levels = zip(out.pop("category1"), out.pop("category2"), out.pop("category3"), strict=True)
    out["path"] = [tuple(_until_blank(levels_)) for levels_ in levels]
    out["key"] = frame["source"].astype(object) + "\t" + frame["order_id"].astype(object)
    out["returns"] = frame["returns"].fillna(0).astype(int)
    return out.reset_index(drop=True)


def _until_blank(levels: tuple[str, ...]) -> list[str]:
    out = []
    for level in levels:
        if not level:
            break
        out.append(level)
    return out


def split_of(created: pd.Series[Any]) -> pd.Timestamp:
    """Where the judged days begin: the last fifth, at most 180 days; at a month's first day where
    that is two months or more."""
    first, last = created.min().normalize(), created.max().normalize()
    days = min(int((last - first).days * JUDGED), 180)
    split = pd.Timestamp(last - pd.Timedelta(days=days))
    return pd.Timestamp(split.replace(day=1)) if days >= 60 else split
