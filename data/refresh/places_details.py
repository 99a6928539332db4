"""What there is in the cells and at the points that are listed: address, unit in charge, topics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.refresh.places_inputs import HALF_YEAR, REPEATS, TOPICS
from data.schema import orders
from metrics.selection import PATH

_MOST = 5000  # values in one question

Column = sa.ColumnElement[Any]


def of_cells(connection: sa.Connection, cells: Sequence[int], as_of: date) -> pd.DataFrame:
    """Facts of the last half year: cell, category1 (missing: all), and the columns of :func:`_facts`."""
    since = as_of - timedelta(days=HALF_YEAR - 1)
    return _facts(connection, orders.c.h3_9, "cell", sorted(cells), since, as_of)


def of_points(connection: sa.Connection, keys: Sequence[str], as_of: date) -> pd.DataFrame:
    """Facts of the last 365 days: place_key, category1 (missing: all), as :func:`_facts`."""
    since = as_of - timedelta(days=REPEATS - 1)
    return _facts(connection, orders.c.place_key, "place_key", sorted(keys), since, as_of)


def _facts(
    connection: sa.Connection,
    key: Column,
    name: str,
    values: Sequence[Any],
    since: date,
    until: date,
) -> pd.DataFrame:
    """recent (orders), address, district, street, unit, unit_share, topics: whatever is most frequent."""
    parts = [
        _of(connection, key, name, values[start : start + _MOST], since, until, split=split)
        for start in range(0, len(values), _MOST)
        for split in (False, True)
    ]
    columns = [
        name,
        "category1",
        "recent",
        "address",
        "district",
        "street",
        "unit",
        "unit_share",
        "topics",
    ]
    filled = [part for part in parts if len(part)]
    return (
        pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)
    )


def _of(
    connection: sa.Connection, key: Column, name: str, values: Sequence[Any], since: date,
    until: date, *, split: bool,
) -> pd.DataFrame:  # fmt: skip
    o = orders.c
    keys = [key.label(name), (o.category1 if split else sa.null().cast(sa.Text)).label("category1")]
    groups = [key, *([o.category1] if split else [])]
    wanted: list[sa.ColumnElement[bool]] = [
        key.in_(list(values)),
        o.created_day.between(since, until),
    ]
    wanted += [o.point_kind == "ok"] if name == "cell" else []
    wanted += [o.category1.is_not(None)] if split else []

    def most(*fields: Column, top: int = 1) -> pd.DataFrame:
        n = sa.func.count().label("n")
        counted = sa.select(*keys, *fields, n).where(*wanted, fields[0].is_not(None))
        counts = counted.group_by(*groups, *fields).subquery("counts")
        order = (counts.c.n.desc(), *(counts.c[f.name] for f in fields))
        rank = sa.func.row_number().over(
            partition_by=[counts.c[name], counts.c.category1], order_by=order
        )
        ranked = sa.select(*counts.c, rank.label("rank")).subquery("ranked")
        rows = connection.execute(sa.select(*ranked.c).where(ranked.c.rank <= top)).fetchall()
        return pd.DataFrame(rows, columns=[column.name for column in ranked.c])

    total = connection.execute(
        sa.select(*keys, sa.func.count().label("recent")).where(*wanted).group_by(*groups)
    ).fetchall()
    out = pd.DataFrame(total, columns=[name, "category1", "recent"])
    on = [name, "category1"]
    out = _joined(out, most(o.address), ["address"], on)
    out = _joined(out, most(o.street, o.district), ["street", "district"], on)
    unit = most(o.unit).rename(columns={"n": "handled"})
    out = _joined(out, unit, ["unit", "handled"], on)
    out["unit_share"] = out["handled"] / out["recent"]
    topics = most(o.category1.label("first"), o.category2.label("second"), top=TOPICS)
    return _joined(out, _listed(topics, on), ["topics"], on)


def _joined(out: pd.DataFrame, more: pd.DataFrame, names: list[str], on: list[str]) -> pd.DataFrame:
    kept = more[[*on, *names]].assign(category1=more["category1"].fillna(""))
    mine = out.assign(category1=out["category1"].fillna(""))
    made = mine.merge(kept, on=on, how="left")
    made["category1"] = made["category1"].where(made["category1"] != "", None)
    return made


def _listed(topics: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """One row per key: its topics as JSON [[path, orders], ...], the most frequent first."""
    if topics.empty:
        return pd.DataFrame(columns=[*on, "topics"])
    second = topics["second"].fillna("")
    path = topics["first"].where(second == "", topics["first"] + PATH + second)
    listed: Any = list(zip(path, topics["n"].astype(int), strict=True))
    pairs = topics.assign(pair=listed)
    pairs = pairs.sort_values("rank").assign(category1=pairs["category1"].fillna(""))
    lists = pairs.groupby(on)["pair"].agg(lambda one: json.dumps(list(one), ensure_ascii=False))
    return lists.rename("topics").reset_index()
