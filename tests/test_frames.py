"""The canonical order frame: types, nulls, errors."""

from __future__ import annotations

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from data.frames import ARROW_SCHEMA, conform, empty_orders
from metrics.fields import ORDER_FIELDS


def test_schema_has_every_field_but_the_repeat_links() -> None:
    left = [f.name for f in ORDER_FIELDS if f.name not in ("repeat_of", "repeat_days", "recurred")]
    assert ARROW_SCHEMA.names == left


def test_empty_orders_conform() -> None:
    table = conform(empty_orders())
    assert table.num_rows == 0
    assert table.schema == ARROW_SCHEMA


def test_missing_facts_become_null_never_false_zero_or_empty() -> None:
    table = conform(
        pd.DataFrame(
            {
                "source": ["a", "a"],
                "order_id": ["1", "2"],
                "contacted": pd.array([True, None], dtype="boolean"),
                "returns": [2.0, float("nan")],
                "title": ["", "x"],
                "lon": [float("nan"), 116.4],
                "created_at": pd.to_datetime(["2026-01-02 03:04:05", None]),
                "created_day": pd.to_datetime(["2026-01-02 03:04:05", None]),
            }
        )
    )
    rows = table.to_pylist()
    assert rows[0]["title"] is None
    assert rows[0]["lon"] is None
    assert rows[1]["contacted"] is None
    assert rows[1]["returns"] is None
    assert rows[0]["returns"] == 2
    assert str(rows[0]["created_day"]) == "2026-01-02"
    assert rows[1]["created_at"] is None


def test_duckdb_reads_the_types_as_the_store_declares_them() -> None:
    orders = conform(empty_orders())
    con = duckdb.connect()
    con.register("orders", orders)
    kinds = {r[0]: r[1] for r in con.execute("describe orders").fetchall()}
    con.close()
    expected = {
        "text": "VARCHAR", "enum": "VARCHAR", "bool": "BOOLEAN", "int": "BIGINT",
        "float": "DOUBLE", "time": "TIMESTAMP", "date": "DATE",
    }  # fmt: skip
    for f in ORDER_FIELDS:
        if f.name in kinds:
            assert kinds[f.name] == expected[f.kind], f.name


def test_errors_name_the_column() -> None:
    with pytest.raises(ValueError, match="colour"):
        conform(pd.DataFrame({"source": ["a"], "order_id": ["1"], "colour": ["red"]}))
    with pytest.raises(ValueError, match="order_id"):
        conform(pd.DataFrame({"source": ["a"], "order_id": [None]}))
    with pytest.raises(ValueError, match="returns"):
        conform(pd.DataFrame({"source": ["a"], "order_id": ["1"], "returns": ["many"]}))


def test_nanoseconds_are_cut() -> None:
    table = conform(
        pd.DataFrame(
            {
                "source": ["a"],
                "order_id": ["1"],
                "created_at": pd.Series(["2026-01-01T00:00:00.000000001"]).astype("datetime64[ns]"),
            }
        )
    )
    assert table.schema.field("created_at").type == pa.timestamp("us")
