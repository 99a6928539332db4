"""Exclusion decisions take effect, survive imports, and can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from data import counts, coverage, records
from data.batch import BatchInfo, write_batch
from data.inbox import send
from data.ingest import drain
from data.records import Change, Stale
from data.registers import parse
from data.registers.models import order_record
from data.registers.saving import write
from data.schema import orders, struck
from data.slots import ensure_measures
from data.store import Store
from metrics.scheme import all_schemes
from metrics.score import lift, score
from metrics.selection import Selection
from tests.factory import random_orders
from tests.test_ingest import SIMULATED, well
from tests.test_store import put

SCHEME = all_schemes()["beijing_district"]
YEAR = Selection(datetime(2025, 1, 1), datetime(2026, 1, 1))


def answers(resolved: int, unresolved: int, unit: str, start: int) -> pd.DataFrame:
    """Orders with a valid follow-up: contacted, resolved or not, satisfied or not."""
    n = resolved + unresolved
    frame = random_orders(n, 3, first_id=start)
    good = [k < resolved for k in range(n)]
    frame["unit"], frame["followup"], frame["status"] = unit, "valid", "closed"
    frame["contacted"] = pd.array([True] * n, "boolean")
    frame["resolution"] = ["resolved" if g else "unresolved" for g in good]
    frame["satisfaction"] = ["satisfied" if g else "dissatisfied" for g in good]
    frame["exclusion"] = pd.Series([None] * n, dtype="str")
    frame["exclusion_note"] = pd.Series([None] * n, dtype="str")
    return frame


@pytest.fixture
def city(store: Store) -> pd.DataFrame:
    """甲: 8 of 10 resolved and satisfied; 乙: 9 of 10. Every measure counted ahead."""
    frame = pd.concat([answers(8, 2, "甲", 0), answers(9, 1, "乙", 100)], ignore_index=True)
    put(store, frame, "a")
    ensure_measures(store, SCHEME.counted())
    return frame


def body(order: pd.Series, **changes: Any) -> dict[str, Any]:
    made = {
        "source": order["source"], "order_id": order["order_id"], "exclusion": "malicious",
        "evidence": "核查笔录", "requested_by": "甲", "day": "2025-06-01", **changes,
    }  # fmt: skip
    return dict(parse("exclusion", made).plain())


def save(store: Store, order: pd.Series, revision: int, **changes: Any) -> records.Record:
    change = Change(
        "exclusion", body(order, **changes), order_record(order["source"], order["order_id"]),
        revision,
    )  # fmt: skip
    return write(store, [change], actor="王")[0]


def scored(store: Store) -> pd.DataFrame:
    measures = {n: c for n, c in SCHEME.measures().items() if not n.startswith("count.")}
    found = counts.tally(store, measures, YEAR, ("unit",))
    return found.assign(**{f"count.{c.id}": 0 for c in SCHEME.counts})


def of(store: Store, unit: str) -> tuple[float, float]:
    """The unit's score with and without exclusions."""
    row = lift(SCHEME, scored(store)).set_index("unit").loc[unit]
    return float(row["score"]), float(row["score_before"])


def state(store: Store, order: pd.Series) -> tuple[str | None, str | None]:
    key = sa.and_(orders.c.source == order["source"], orders.c.order_id == order["order_id"])
    row = store.rows(sa.select(orders.c.exclusion, orders.c.exclusion_note).where(key))[0]
    return row.exclusion, row.exclusion_note


def test_an_accepted_decision_moves_the_score_by_hand_and_undoing_it_moves_it_back(
    store: Store, city: pd.DataFrame
) -> None:
    bad = city.iloc[9]  # 甲's second unresolved order
    # response 10 of 10, resolution and satisfaction 8 of 10: 10 + 50 × .8 + 40 × .8
    assert of(store, "甲") == pytest.approx((82.0, 82.0))
    before = store.data_version()
    save(store, bad, 0)
    assert of(store, "甲") == pytest.approx((82.0, 82.0))  # asked is not decided
    assert store.data_version() == before
    save(store, bad, 1, state="accepted", decided_by="李", decided_on="2025-06-03")
    # 8 of 9 left
    assert of(store, "甲") == pytest.approx((10 + 90 * 8 / 9, 82.0))
    assert of(store, "乙") == pytest.approx((91.0, 91.0))
    assert store.data_version() == before + 1
    assert state(store, bad) == ("malicious", "核查笔录")
    save(store, bad, 2, state="refused", reason="证据不足")
    assert of(store, "甲") == pytest.approx((82.0, 82.0))
    assert state(store, bad) == (None, None)
    assert store.data_version() == before + 2
    assert well(store)
    assert (
        len(records.history(store, "exclusion", order_record(bad["source"], bad["order_id"]))) == 3
    )


def test_taking_a_record_out_undoes_it(store: Store, city: pd.DataFrame) -> None:
    order = city.iloc[0]
    found = save(store, order, 0, state="accepted")
    assert state(store, order)[0] == "malicious"
    write(
        store, [Change("exclusion", found.body, found.id, found.revision, removed=True)], actor="王"
    )
    assert state(store, order) == (None, None)
    assert not store.rows(sa.select(struck))


def test_another_reason_replaces_the_first_and_the_source_comes_back(store: Store) -> None:
    frame = answers(3, 3, "甲", 0)
    frame.loc[0, ["exclusion", "exclusion_note"]] = ["duplicate", "重复派单"]
    put(store, frame, "a")
    order = frame.iloc[0]
    save(store, order, 0, state="accepted")
    assert state(store, order) == ("malicious", "核查笔录")
    save(store, order, 1, state="accepted", exclusion="force_majeure", evidence="暴雨红色预警")
    assert state(store, order) == ("force_majeure", "暴雨红色预警")
    save(store, order, 2)
    assert state(store, order) == ("duplicate", "重复派单")


def test_a_later_import_keeps_the_decision_and_undoing_gives_what_the_source_says_now(
    store: Store, city: pd.DataFrame
) -> None:
    order = city.iloc[9]
    save(store, order, 0, state="accepted")
    same = put(store, city, "again")
    assert (same.rows_updated, same.rows_unchanged) == (0, len(city))
    assert state(store, order)[0] == "malicious"
    later = city.iloc[[9, 10]].copy()
    later["reply"] = "又回复了一次"
    later.loc[9, ["exclusion", "exclusion_note"]] = ["other", "来源改判"]
    result = put(store, later, "later")
    assert result.rows_updated == 2
    assert state(store, order) == ("malicious", "核查笔录")
    assert of(store, "甲")[0] == pytest.approx(10 + 90 * 8 / 9)
    assert well(store)
    save(store, order, 1)
    assert state(store, order) == ("other", "来源改判")


def test_a_decision_waits_for_an_order_that_is_not_there_yet(store: Store) -> None:
    frame = answers(3, 3, "甲", 0)
    save(store, frame.iloc[1], 0, state="accepted")
    assert store.data_version() == 0
    put(store, frame, "a")
    assert state(store, frame.iloc[1])[0] == "malicious"
    save(store, frame.iloc[1], 1)
    assert state(store, frame.iloc[1]) == (None, None)


def test_a_stale_decision_changes_nothing(store: Store, city: pd.DataFrame) -> None:
    order = city.iloc[0]
    save(store, order, 0)
    save(store, order, 1, note="补充说明")
    version = store.data_version()
    with pytest.raises(Stale):
        save(store, order, 1, state="accepted")
    assert state(store, order) == (None, None)
    assert store.data_version() == version


def test_decisions_stand_in_the_ledger_and_leave_the_data_time_alone(
    store: Store, city: pd.DataFrame
) -> None:
    fresh = store.as_of()
    save(store, city.iloc[0], 0, state="accepted")
    row = coverage.ledger(store).iloc[0]
    assert (row["source"], row["state"], row["rows_updated"]) == ("decisions", "done", 1)
    assert store.as_of() == fresh


def test_real_orders_sweep_simulated_records_away(store: Store) -> None:
    frame = answers(3, 3, "甲", 0)
    write_batch(store.settings.inbox, BatchInfo("demo", "demo", 6, meta=SIMULATED), [frame])
    assert drain(store)[0].state == "done"
    save(store, frame.iloc[0], 0, state="accepted")
    plain = {"unit": "甲", "what": "清掏", "start": "2025-06-01", "note": "照片"}
    made = records.save(
        store, "action", parse("action", {**plain, "simulated": True}).plain(), actor="x"
    )
    kept = records.save(store, "action", parse("action", plain).plain(), actor="王")
    path = write_batch(store.settings.inbox, BatchInfo("real", "real", 6), [answers(2, 2, "甲", 0)])
    send(path, store.settings, "simulated")
    assert drain(store)[0].state == "done"
    assert [r.id for r in records.all_of(store, "action")] == [kept.id]
    assert records.all_of(store, "exclusion") == []
    assert len(records.history(store, "action", made.id)) == 2
    assert not store.rows(sa.select(orders.c.order_id).where(orders.c.exclusion.is_not(None)))
    assert score(SCHEME, scored(store))["excluded"].sum() == 0


def test_an_order_has_one_record(store: Store, city: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="one exclusion record"):
        write(store, [Change("exclusion", body(city.iloc[0]))], actor="王")
