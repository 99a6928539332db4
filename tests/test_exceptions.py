"""Today's exceptions: the same orders by hand, by pandas and by both databases."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data.schema import orders
from data.store import Store
from data.supervision import today
from data.whistles import suggest
from forecasting.calendar import add_workdays, workdays_back
from metrics import exceptions
from metrics.conditions import EVERYTHING, mask, test
from metrics.exceptions import CODES, Day
from metrics.scheme import load_scheme
from tests.factory import random_orders
from tests.test_store import put
from ui.orders_life import life

NOW = datetime(2025, 4, 25, 9)  # a Friday
SINCE = datetime(2025, 4, 24)
SCHEME = load_scheme("beijing_district")
BACK = partial(workdays_back, country="CN")


def city(n: int = 3000) -> pd.DataFrame:
    frame = random_orders(n, 21)
    open_ = frame.index % 3 == 0
    frame.loc[open_, "closed_at"] = pd.NaT
    frame.loc[open_, ["closed_day"]] = pd.NaT
    frame.loc[open_, "status"] = "in_progress"
    return frame


def hand(frame: pd.DataFrame, code: str) -> np.ndarray:
    """A code's orders, written out."""
    open_ = frame["closed_at"].isna() & ~frame["status"].isin(["closed", "cancelled"]).fillna(False)
    urgent = frame["grade"].isin(["emergency", "urgent"]) | (frame["category2"] == "供暖")
    said = frame["satisfaction"].isin(["dissatisfied", "very_dissatisfied"])
    fresh = (frame["followed_up_at"] >= SINCE) & (frame["followed_up_at"] < NOW)
    return {
        "urgent": open_ & urgent.fillna(False),
        "returned": open_ & (frame["returns"].fillna(0) >= 2),
        "dissatisfied": said.fillna(False) & fresh,
    }[code].to_numpy(dtype=bool)


def test_conditions_hold_what_their_names_say_and_soon_is_not_late() -> None:
    frame = city()
    day = Day(NOW, SINCE, ["公共服务->供暖"])
    every = exceptions.today(SCHEME, day, BACK)
    assert tuple(every) == CODES
    for code in ("urgent", "returned", "dissatisfied"):
        got = mask(every[code], frame)
        np.testing.assert_array_equal(got, hand(frame, code), code)
        assert got.any()
    late, soon = mask(every["overdue"], frame), mask(every["soon"], frame)
    assert late.any() and soon.any() and not (late & soon).any()
    own = frame[soon & frame["due_at"].notna().to_numpy()]
    assert (
        own["due_at"].between(pd.Timestamp(NOW), pd.Timestamp(NOW) + pd.Timedelta(hours=24)).all()
    )
    assert not mask(every["flagged"], frame).any() and not mask(every["repeated"], frame).any()


@pytest.mark.parametrize("name", ["shanghai_town", "hospital"])
def test_hours_left_agree_with_the_order_s_own_page(name: str) -> None:
    scheme = load_scheme(name)
    frame = city(250).reset_index(drop=True)
    frame["title"] = frame["title"].where(frame.index % 2 == 0, "医保报销")
    due = today.due_moments(frame, scheme, "CN")
    checked = 0
    for place, row in enumerate(frame.to_dict("records")):
        order = {k: None if pd.isna(v) else v for k, v in row.items()}
        check = next(s.check for s in life(order, scheme, NOW, "CN") if s.code == "closed")
        if order["due_at"] is not None:
            assert due[place] == order["due_at"]
        elif check is None or check.unit == "due":
            assert pd.isna(due[place])
        elif check.unit == "workdays":
            last = add_workdays(order["created_at"].date(), int(check.allowed or 0))
            assert due[place] == pd.Timestamp(last) + pd.Timedelta(days=1)
            checked += 1
        else:
            after = pd.Timestamp(order["created_at"]) + pd.Timedelta(hours=check.allowed or 0)
            assert due[place] == after
            checked += 1
    assert checked > 10


def test_counts_lines_and_chains_are_those_of_the_rows(store: Store) -> None:
    frame = city(1500)
    put(store, frame, "a")
    ids = frame["order_id"].tolist()
    # a chain of three links whose newest is open, one of two links
    for links, first in ((3, 0), (2, 30)):
        for k in range(links):
            _link(store, ids[first + 3 * (k + 1)], ids[first + 3 * k])
    newest = ids[9]
    assert today.repeated(store, SINCE, NOW) == [("test", newest)]
    assert today.repeated(store, SINCE, NOW, times=4) == []
    flag = ("test", ids[700])
    day = Day(NOW, SINCE, ["公共服务->供暖"], today.repeated(store, SINCE, NOW), [flag])
    every = exceptions.today(SCHEME, day, BACK)
    count = today.counts(store, every, EVERYTHING)
    masks = {code: mask(condition, frame) for code, condition in every.items()}
    assert {code: count[code] for code in CODES} == {c: int(m.sum()) for c, m in masks.items()}
    assert count[""] == int(np.logical_or.reduce(list(masks.values())).sum())
    assert count["flagged"] == count["repeated"] == 1
    fields = today.needed(SCHEME)
    found = today.lines(store, every, exceptions.first(every), EVERYTHING, fields)
    assert len(found) == count[""]
    assert found["order_id"].iloc[0] == flag[1]
    pressing = found["is_overdue"].astype(bool) | found["is_soon"].astype(bool)
    urgent = (found["is_urgent"].astype(bool) & pressing).to_numpy()[1:]
    assert urgent[: urgent.sum()].all()  # urgent and pressing before everything else
    short = today.lines(store, every, exceptions.first(every), EVERYTHING, fields, 7)
    assert short["order_id"].tolist() == found["order_id"].tolist()[:7]
    part = today.counts(store, every, test("unit", "eq", frame["unit"].dropna().iloc[0]))
    assert 0 < part[""] < count[""]


def _link(store: Store, later: str, earlier: str) -> None:
    with store.write() as connection:
        connection.execute(
            sa.update(orders).where(orders.c.order_id == later).values(repeat_of=earlier)
        )


def test_bounced_orders_are_suggested_once(store: Store) -> None:
    frame = city(900)
    put(store, frame, "a")
    sent = (
        (frame["hops"].fillna(0) >= 2)
        | (frame["returns"].fillna(0) >= 2)
        | frame["refused"].fillna(False)
    )
    open_ = frame["closed_at"].isna() & ~frame["status"].isin(["closed", "cancelled"]).fillna(False)
    wanted = frame[sent & open_ & ~(frame["whistles"].fillna(0) >= 1)]
    found, total = suggest.candidates(store, exceptions.bounced(), EVERYTHING, 5)
    assert total == len(wanted) > 5
    about = found["hops"].fillna(0) + found["returns"].fillna(0)
    assert about.is_monotonic_decreasing
    gone = [("test", str(found["order_id"].iloc[0]))]
    again, fewer = suggest.candidates(store, exceptions.bounced(started=gone), EVERYTHING, 5)
    assert fewer == total - 1
    assert gone[0][1] not in again["order_id"].tolist()


def test_who_is_called_are_departments_it_was_passed_between_else_the_usual_ones() -> None:
    table = pd.DataFrame(
        {"category1": ["停车"], "category2": ["收费"], "unit": ["交通局"], "n": [9]}
    )
    order = pd.Series(
        {"street": "甲街道", "unit": "城管局", "first_unit": "交通局", "assist_units": "园林局;无此局",
         "category1": "停车", "category2": "收费"}
    )  # fmt: skip
    known = ["城管局", "交通局", "园林局"]
    assert suggest.called(order, table, known) == ["城管局", "交通局", "园林局"]
    assert suggest.initiator(order, ["乙街道"]) is None
    assert suggest.initiator(order, ["甲街道"]) == "甲街道"
    alone = order.copy()
    alone[["unit", "first_unit", "assist_units"]] = ["甲街道", "甲街道", None]
    assert suggest.called(alone, table, known) == ["交通局"]
    assert suggest.called(alone, table.head(0), known) == []


@pytest.mark.parametrize("keys", [[], [("a", "1"), ("a", "2"), ("b", "1")]])
def test_single_orders_are_named_by_source_and_number(keys: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame({"source": ["a", "a", "b", "b"], "order_id": ["1", "2", "1", "2"]})
    got = mask(exceptions.these(keys), frame)
    assert got.tolist() == [
        pair in keys for pair in zip(frame["source"], frame["order_id"], strict=True)
    ]
