"""Orders by page, by number and as a stream."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from data.orders import COLUMNS, linked, one, page, stream
from data.store import Store
from metrics.conditions import mask, test
from tests.factory import random_orders
from tests.test_repeats import stored
from tests.test_store import put

FRAME = random_orders(700, 8)
URGENT = test("grade", "eq", "urgent")


@pytest.fixture
def filled(store: Store) -> Store:
    put(store, FRAME, "a")
    return store


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("order_by", ["created_at", "closed_at", "returns", "grade"])
def test_pages_show_every_order_once_and_in_order(
    filled: Store, order_by: str, descending: bool
) -> None:
    pages, total = [], 1
    while len(pages) * 150 < total:
        frame, total = page(
            filled,
            URGENT,
            order_by=order_by,
            descending=descending,
            limit=150,
            offset=len(pages) * 150,
        )
        pages.append(frame)
    shown = pd.concat(pages, ignore_index=True)
    wanted = FRAME[mask(URGENT, FRAME)]
    assert total == len(shown) == len(wanted)
    expected = wanted.sort_values(
        [order_by, "order_id"], ascending=[not descending, True], na_position="last"
    )
    assert shown["order_id"].tolist() == expected["order_id"].tolist()
    assert tuple(shown.columns) == COLUMNS


def test_search_wants_every_word_somewhere_whatever_the_case(filled: Store) -> None:
    frame, total = page(filled, search="POTHOLE tab", limit=1000)
    expected = FRAME[FRAME["title"].str.contains("pothole", na=False)
                     & FRAME["content"].str.contains("tab", na=False)]  # fmt: skip
    assert total == len(expected) > 0
    assert set(frame["order_id"]) == set(expected["order_id"])
    assert page(filled, search="test-0000042")[0]["order_id"].tolist() == ["test-0000042"]
    assert page(filled, search="100%_'")[1] == 0


def test_one_order(filled: Store) -> None:
    found = one(filled, "test", "test-0000042")
    assert found is not None
    row = FRAME.iloc[42]
    for name in FRAME.columns:
        if pd.isna(row[name]):
            assert found[name] is None
        elif name.endswith("_day"):
            assert found[name] == row[name].date()
        else:
            assert found[name] == row[name]
    assert one(filled, "test", "no such number") is None
    assert one(filled, "another source", "test-0000042") is None


def test_the_orders_that_repeat_one(filled: Store) -> None:
    everything = stored(filled)
    of = everything["repeat_of"].dropna().iloc[0]
    expected = everything.loc[everything["repeat_of"] == of, "order_id"]
    assert set(linked(filled, "test", of)["order_id"]) == set(expected)


def test_an_export_streams_what_the_pages_show(filled: Store) -> None:
    table = pa.Table.from_batches(
        stream(filled, URGENT, columns=("order_id", "created_at", "contacted"))
    )
    expected = FRAME[mask(URGENT, FRAME)].sort_values(["created_at", "order_id"])
    assert table.column("order_id").to_pylist() == expected["order_id"].tolist()
    assert table.schema.types == [pa.string(), pa.timestamp("us"), pa.bool_()]


def test_an_unknown_field_is_named(filled: Store) -> None:
    with pytest.raises(ValueError, match="colour"):
        page(filled, order_by="colour")
