"""Where a whistle would help: orders sent back and forth, and who usually settles such matters."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa

from data.condition_sql import where
from data.registers.act import listed
from data.schema import orders, units
from data.store import Store
from metrics.conditions import Condition, both

LOCAL = ("street", "township")
COLUMNS = (
    "source", "order_id", "title", "content", "category1", "category2", "category3", "street",
    "address", "unit", "first_unit", "assist_units", "hops", "returns", "refused", "created_at",
    "due_at",
)  # fmt: skip


def candidates(
    store: Store, condition: Condition, within: Condition, limit: int
) -> tuple[pd.DataFrame, int]:
    """Orders of a condition, the most sent about first, and how many there are in all."""
    wanted = where(both(within, condition))
    passed = sa.func.coalesce(orders.c.hops, 0) + sa.func.coalesce(orders.c.returns, 0)
    rows = (
        sa.select(*(orders.c[name] for name in COLUMNS))
        .where(wanted)
        .order_by(passed.desc(), orders.c.created_at, orders.c.source, orders.c.order_id)
        .limit(limit)
    )
    total = store.scalar(sa.select(sa.func.count()).select_from(orders).where(wanted))
    return store.frame(rows), int(total)


def settlers(store: Store, within: Condition, most: int = 3) -> pd.DataFrame:
    """Which departments closed the most orders of each category that had been passed on.

    category1, category2, unit, n; at most ``most`` a category, the most orders first. Streets
    and townships are left out: they are who blows the whistle.
    """
    count = sa.func.count()
    rank = sa.func.row_number().over(
        partition_by=(orders.c.category1, orders.c.category2),
        order_by=(count.desc(), orders.c.unit),
    )
    grouped = (
        sa.select(
            orders.c.category1, orders.c.category2, orders.c.unit, count.label("n"),
            rank.label("place"),
        )
        .join(units, units.c.unit == orders.c.unit)
        .where(
            units.c.unit_type.not_in(LOCAL), orders.c.closed_at.is_not(None),
            orders.c.hops >= 1, where(within),
        )
        .group_by(orders.c.category1, orders.c.category2, orders.c.unit)
        .subquery()
    )  # fmt: skip
    select = sa.select(*(grouped.c[n] for n in ("category1", "category2", "unit", "n"))).where(
        grouped.c.place <= most
    )
    found = store.frame(select).astype({"n": "int64"})
    return found.sort_values(["category1", "category2", "n"], ascending=[True, True, False])


def initiator(order: pd.Series, streets: Sequence[str]) -> str | None:
    """Which street blows: the one the order lies in, else the one that had it first or has it now."""
    named = (order["street"], order["first_unit"], order["unit"])
    return next((str(name) for name in named if isinstance(name, str) and name in streets), None)


def called(order: pd.Series, table: pd.DataFrame, departments: Sequence[str]) -> list[str]:
    """Which departments should be called for an order: those it was passed between or that assist,
    else who usually settles its category (``table``: :func:`settlers`)."""
    assisting = order["assist_units"] if isinstance(order["assist_units"], str) else ""
    named = [order["unit"], order["first_unit"], *listed(assisting)]
    out = [name for name in dict.fromkeys(named) if name in departments]
    if not out:
        same = table["category1"] == order["category1"]
        mine = table[same & (table["category2"] == order["category2"])]
        out = [name for name in mine["unit"] if name in departments][:1]
    return out
