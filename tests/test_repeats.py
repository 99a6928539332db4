"""Repeat links against a plain double loop over the definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data.schema import orders
from data.store import Store
from tests.factory import random_orders
from tests.test_store import put

LINKS = ["repeat_of", "repeat_days", "recurred"]


def by_definition(frame: pd.DataFrame) -> pd.DataFrame:
    """The links of every order, worked out pair by pair."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    # Whether an order recurred is known when its 30 days are over.
    over = frame["created_at"].max() - pd.Timedelta(days=30)
    known = {r["order_id"] for r in rows if r["closed_at"] is not None and r["closed_at"] <= over}
    out: dict[str, dict[str, Any]] = {
        row["order_id"]: {
            "repeat_of": None,
            "repeat_days": None,
            "recurred": False if row["order_id"] in known else None,
        }
        for row in rows
    }
    for later in rows:
        best: tuple[Any, str] | None = None
        for earlier in rows:
            if not _repeats(later, earlier):
                continue
            if earlier["order_id"] in known:
                out[earlier["order_id"]]["recurred"] = True
            best = max(best or (earlier["closed_at"], earlier["order_id"]),
                       (earlier["closed_at"], earlier["order_id"]))  # fmt: skip
        if best is not None:
            days = (later["created_at"] - best[0]) / pd.Timedelta(days=1)
            out[later["order_id"]] |= {"repeat_of": best[1], "repeat_days": days}
    return pd.DataFrame.from_dict(out, orient="index")[LINKS].sort_index()


def _repeats(later: dict[str, Any], earlier: dict[str, Any]) -> bool:
    closed = earlier["closed_at"]
    if closed is None or closed < earlier["created_at"]:
        return False
    gap = later["created_at"] - closed
    if not pd.Timedelta(0) < gap <= pd.Timedelta(days=30):
        return False
    levels = ("source", "category1", "category2", "category3")
    if later["category1"] is None or any(later[n] != earlier[n] for n in levels):
        return False
    return any(later[k] is not None and later[k] == earlier[k] for k in ("caller_key", "place_key"))


def stored(store: Store) -> pd.DataFrame:
    """All orders of the store with their links."""
    return store.frame(sa.select(orders).order_by(orders.c.order_id))


def check(store: Store) -> int:
    """Compare every link with the definition; returns how many repeats there are."""
    frame = stored(store)
    expected = by_definition(frame)
    actual = frame.set_index("order_id")[LINKS]
    assert actual["repeat_of"].fillna("-").tolist() == expected["repeat_of"].fillna("-").tolist()
    assert [_tri(v) for v in actual["recurred"]] == [_tri(v) for v in expected["recurred"]]
    np.testing.assert_allclose(
        actual["repeat_days"].astype(float), expected["repeat_days"].astype(float), atol=1e-9
    )
    return int(actual["repeat_of"].notna().sum())


def _tri(value: Any) -> bool | None:
    return None if pd.isna(value) else bool(value)


@pytest.mark.parametrize("seed", [1, 2])
def test_links_of_one_batch(store: Store, seed: int) -> None:
    put(store, random_orders(500, seed, days=90), "a")
    assert check(store) > 10


def test_links_stay_right_when_orders_arrive_and_change(store: Store) -> None:
    first = random_orders(400, 5, days=90)
    put(store, first.iloc[:250], "a")
    put(store, first.iloc[250:], "b")
    check(store)
    changed = random_orders(400, 6, days=90).iloc[100:180]  # same numbers, everything else new
    put(store, changed, "c")
    check(store)
    reopened = first.iloc[:60].assign(closed_at=pd.NaT, closed_day=pd.NaT)
    put(store, reopened.astype(first.dtypes), "d")
    check(store)
    put(store, random_orders(200, 7, days=90, source="other"), "e")


def test_the_edges_of_the_window(store: Store) -> None:
    closed = pd.Timestamp("2025-01-10 12:00")
    created = {
        "a-first": closed - pd.Timedelta(days=2),
        "b-same-moment": closed,
        "c-second-later": closed + pd.Timedelta(seconds=1),
        "d-last-moment": closed + pd.Timedelta(days=30),
        "e-too-late": closed + pd.Timedelta(days=30, seconds=1),
    }
    frame = random_orders(len(created), 1)
    alike = {
        "category1": "住房",
        "category2": "供暖",
        "category3": None,
        "caller_key": "k",
        "place_key": None,
    }
    frame = frame.assign(order_id=list(created), created_at=list(created.values()), **alike)
    frame["closed_at"] = pd.Series([closed] + [pd.NaT] * 4).astype("datetime64[us]")
    put(store, frame, "a")
    links = stored(store).set_index("order_id")["repeat_of"]
    assert links.dropna().to_dict() == {"c-second-later": "a-first", "d-last-moment": "a-first"}
    check(store)


def test_recurrence_is_unknown_until_the_window_is_over(store: Store) -> None:
    """A closing of yesterday has not "not recurred": nobody can know yet."""
    alike = {"category1": "住房", "category2": "供暖", "category3": None,
             "caller_key": "k", "place_key": None}  # fmt: skip
    frame = random_orders(2, 1).assign(**alike)
    frame["created_at"] = pd.to_datetime(["2025-01-01 08:00", "2025-01-05 08:00"])
    frame["closed_at"] = pd.to_datetime(["2025-01-02 08:00", "2025-01-06 08:00"])
    put(store, frame.astype({"created_at": "datetime64[us]", "closed_at": "datetime64[us]"}), "a")
    assert stored(store)["recurred"].isna().all()
    # A month later, another caller: now the windows of both are over.
    later = random_orders(1, 2, first_id=50).assign(**{**alike, "caller_key": "other"})
    later["created_at"] = pd.Series(pd.to_datetime(["2025-02-10 08:00"])).astype("datetime64[us]")
    later["closed_at"] = pd.Series([pd.NaT]).astype("datetime64[us]")
    put(store, later, "b")
    assert [_tri(v) for v in stored(store)["recurred"]] == [True, False, None]
