"""What a batch does to the store: counted, merged, idempotent, kept apart, refused with a reason."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from data import coverage, dimensions, doctor, inbox
from data.batch import BatchInfo, write_batch
from data.frames import BATCH_FIELDS
from data.ingest import drain
from data.schema import audit_log, batches, orders
from data.store import SCHEMA_VERSION, Store
from tests.factory import random_orders
from tests.test_store import put

COLUMNS = [field.name for field in BATCH_FIELDS]
SIMULATED = {"simulated": "1", "city_zh": "虚构市"}


def numbers(store: Store) -> pd.DataFrame:
    """All orders as they went in."""
    return store.frame(sa.select(*(orders.c[name] for name in COLUMNS)).order_by(orders.c.order_id))


def well(store: Store) -> bool:
    """Counts equal orders and no key is doubled."""
    checks = [check for check in doctor._store(store) if check.code in ("keys", "counts")]
    return len(checks) == 8 and all(check.well for check in checks)


def test_new_updated_and_unchanged_are_told_apart(store: Store) -> None:
    first = random_orders(600, 1)
    put(store, first, "a")
    second = pd.concat([first.iloc[:200], random_orders(600, 2).iloc[200:300],
                        random_orders(100, 3, first_id=9000)])  # fmt: skip
    result = put(store, second, "b")
    assert (result.rows_new, result.rows_updated, result.rows_unchanged) == (100, 100, 200)
    expected = pd.concat([second, first.iloc[300:]]).sort_values("order_id", ignore_index=True)
    pd.testing.assert_frame_equal(numbers(store), expected)
    assert well(store)


def test_one_changed_field_makes_an_update(store: Store) -> None:
    names = COLUMNS[2:]
    frame = random_orders(300, 1)
    put(store, frame, "a")
    rows = frame.iloc[: len(names)].copy()
    for place, name in enumerate(names):
        now = rows[name].iloc[place]
        others = [value for value in frame[name].dropna() if pd.isna(now) or value != now]
        rows.loc[place, name] = others[0] if others else None
    result = put(store, rows.astype(frame.dtypes), "b")
    assert (result.rows_updated, result.rows_unchanged) == (len(names), 0)
    pd.testing.assert_frame_equal(numbers(store).iloc[: len(names)], rows.astype(frame.dtypes))
    assert well(store)


def test_the_last_version_within_a_batch_wins(store: Store) -> None:
    old, new = random_orders(50, 1), random_orders(50, 2).iloc[:20]
    write_batch(store.settings.inbox, BatchInfo("a", "test", 70), [old, new])
    (result,) = drain(store)
    assert (result.rows_new, result.report["superseded"], result.rows_rejected) == (50, 20, 0)
    pd.testing.assert_frame_equal(numbers(store).iloc[:20], new)
    assert well(store)


def test_the_same_batch_twice_changes_nothing(store: Store) -> None:
    frame = random_orders(300, 1)
    put(store, frame, "a")
    before, version = numbers(store), store.data_version()
    again = put(store, frame, "a")
    assert (again.state, again.batch, again.rows_new) == ("known", 1, 300)
    renamed = put(store, frame, "same rows, another digest")
    assert (renamed.state, renamed.rows_unchanged, renamed.rows_new) == ("done", 300, 0)
    assert store.data_version() == version + 1
    pd.testing.assert_frame_equal(numbers(store), before)
    assert well(store)


def test_what_surrounds_the_orders_is_kept(store: Store) -> None:
    frame = random_orders(200, 1)
    units = pd.DataFrame([{"unit": "云溪区1街道办", "name_zh": "云溪一", "name_en": "Yunxi 1",
                           "unit_type": "street", "district": "云溪区", "peer_group": "streets",
                           "staff": 12, "population": 40_000}])  # fmt: skip
    rejects = pd.DataFrame([{"file_name": "f.csv", "row_number": 7, "column_name": "创建时间",
                             "bad_value": "昨天", "reason": "bad_time", "details": "{}"}])  # fmt: skip
    manifest = BatchInfo(
        "a", "test", 201, meta={"city_zh": "某市"}, report={"missing": {"lon": 0.1}}
    )
    write_batch(
        store.settings.inbox, manifest, [frame], rejects=rejects, dimensions={"units": units}
    )
    (result,) = drain(store)
    assert result.rows_rejected == 1
    assert store.meta()["city_zh"] == "某市"
    known = dimensions.units(store).set_index("unit")
    assert known.loc["云溪区1街道办", ["unit_type", "staff"]].tolist() == ["street", 12]
    assert set(known["unit_type"]) == {"street", "other"}
    assert set(known.index) == set(frame["unit"].dropna()) | set(frame["first_unit"].dropna())
    areas = dimensions.areas(store)
    assert set(areas.loc[areas["level"] == "district", "area"]) == set(frame["district"].dropna())
    streets = areas[areas["level"] == "street"].set_index("area")["parent"].to_dict()
    assert streets == dict(frame[["street", "district"]].dropna().itertuples(index=False))
    paths = set(dimensions.categories(store)["path"])
    assert {"公共服务", "公共服务->供暖", "公共服务->供暖->停暖", "交通管理->停车"} <= paths
    assert set(dimensions.channels(store)["channel"]) == set(frame["channel"].dropna())
    assert coverage.rejected(store, 1)["reason"].tolist() == ["bad_time"]
    assert json.loads(coverage.ledger(store)["report"].iloc[0])["missing"] == {"lon": 0.1}
    assert store.rows(sa.select(audit_log.c.action)) == [("import",)]


def test_a_day_without_orders_is_missing_not_zero(store: Store) -> None:
    frame = random_orders(300, 1, days=10)
    gap = frame["created_day"] == pd.Timestamp("2025-01-04")
    put(store, frame[~gap], "a")
    found = coverage.daily(store).set_index("day")
    assert found.index.tolist() == pd.date_range("2025-01-01", "2025-01-10").tolist()
    assert found.index[found["missing"]].tolist() == [pd.Timestamp("2025-01-04")]
    assert pd.isna(found.loc["2025-01-04", "orders"])
    assert found["orders"].sum() == (~gap).sum()


def test_made_up_and_real_orders_do_not_mix(store: Store) -> None:
    put(store, random_orders(100, 1, source="demo"), "demo", meta=SIMULATED)
    real = random_orders(50, 2)
    refused = put(store, real, "real")
    assert (refused.state, refused.reason) == ("refused", "mixes_simulated")
    assert store.simulated() and len(numbers(store)) == 100
    path = write_batch(store.settings.inbox, BatchInfo("real", "test", 50), [real])
    inbox.mark(path, "simulated")
    (done,) = drain(store)
    assert (done.state, done.rows_new) == ("done", 50)
    assert not store.simulated() and store.meta() == {"schema_version": SCHEMA_VERSION}
    assert set(dimensions.units(store)["unit"]) == set(real["unit"].dropna()) | set(
        real["first_unit"].dropna()
    )
    assert well(store)
    again = put(store, random_orders(100, 1, source="demo"), "demo", meta=SIMULATED)
    assert again.state == "refused"
    assert store.rows(sa.select(batches.c.state).order_by(batches.c.batch)) == [
        ("replaced",), ("refused",), ("done",), ("refused",)
    ]  # fmt: skip


def test_a_permission_to_sweep_spares_real_orders(store: Store) -> None:
    put(store, random_orders(50, 1), "real")
    path = write_batch(
        store.settings.inbox, BatchInfo("more", "test", 20), [random_orders(20, 2, first_id=99)]
    )
    inbox.mark(path, "simulated")
    assert drain(store)[0].rows_new == 20
    assert len(numbers(store)) == 70


def test_bad_batches_are_set_aside_and_the_next_one_goes_in(store: Store) -> None:
    home = store.settings.inbox
    torn = write_batch(home, BatchInfo("torn", "test", 9), [random_orders(9, 1)])
    (torn / "orders-00000.parquet").write_bytes(b"PAR1 not parquet")
    narrow = write_batch(home, BatchInfo("narrow", "test", 9), [random_orders(9, 1)])
    pq.write_table(pa.table({"order_id": ["1"]}), narrow / "orders-00000.parquet")
    broken = write_batch(home, BatchInfo("json", "test", 9), [random_orders(9, 1)])
    (broken / "batch.json").write_text("{")
    write_batch(home, BatchInfo("good", "test", 9), [random_orders(9, 1)])
    results = drain(store)
    assert [r.state for r in results] == ["refused", "refused", "refused", "done"]
    assert [r.reason for r in results[:3]] == ["unreadable", "bad_columns", "bad_manifest"]
    assert [r.reason for r in inbox.refused(store.settings)] == [r.reason for r in results[:3]]
    assert coverage.ledger(store)["state"].tolist() == ["done", "refused", "refused", "refused"]
    assert drain(store) == [] and well(store)


@pytest.mark.parametrize("size", [0, 1])
def test_tiny_batches(store: Store, size: int) -> None:
    result = put(store, random_orders(3, 1).iloc[:size], "a")
    assert (result.state, result.rows_new) == ("done", size)
    assert store.data_version() == 1 and well(store)


def test_text_survives_unharmed(store: Store) -> None:
    frame = random_orders(4, 1)
    frame["title"] = pd.Series(['"', "a,b\r\nc", "\\N \\. 'x'", "𠮷 🏙️ é"], dtype="str")
    put(store, frame, "a")
    pd.testing.assert_frame_equal(numbers(store), frame)
