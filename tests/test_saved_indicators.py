"""Indicators made in the app: kept as records, counted ahead slot by slot, the same answer before."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
import sqlalchemy as sa

import data.slots as slots_module
from data import records, saved_indicators
from data.counts import ensure_measures, tally
from data.records import Stale
from data.saved_indicators import BadIndicator
from data.schema import counts_area, counts_core, counts_unit
from data.schema import orders as orders_table
from data.slots import count_ahead, recount
from data.store import Store
from metrics.conditions import EVERYTHING, fingerprint, mask, negate, test
from metrics.indicators import Indicator, measures_of
from metrics.scheme import all_schemes, further_indicators
from metrics.selection import Selection
from tests.factory import random_orders
from tests.test_store import put

YEAR = Selection(datetime(2024, 12, 1), datetime(2026, 1, 1))


def heating(**changes: object) -> Indicator:
    body = {
        "id": "own_heating",
        "names": {"zh": "供暖诉求满意率", "en": "Heating satisfaction"},
        "definition": {"zh": "满意 ÷ 供暖诉求", "en": "Satisfied ÷ heating"},
        "status": "own",
        "numerator": [
            {"condition": {"field": "satisfaction", "op": "in", "value": ["very_satisfied", "satisfied"]}},
            {"condition": {"field": "satisfaction", "op": "eq", "value": "basically_satisfied"}, "weight": 0.9},
        ],
        "denominator": {"all": [
            {"field": "category2", "op": "eq", "value": "供暖"},
            {"not": {"field": "status", "op": "eq", "value": "cancelled"}},
        ]},
        "missing": {"field": "followup", "op": "missing"},
        "target": {"value": 0.9, "status": "own"},
    }  # fmt: skip
    return Indicator.model_validate({**body, **changes})


# -- the register ------------------------------------------------------------------
def test_an_indicator_is_saved_and_read_back_equal(store: Store) -> None:
    record = saved_indicators.save(store, heating(), actor="王")
    assert record.id == "own_heating"
    assert saved_indicators.saved(store) == {"own_heating": heating()}
    changed = heating(direction="down")
    saved_indicators.save(store, changed, actor="李", revision=1)
    assert saved_indicators.saved(store) == {"own_heating": changed}
    assert [r.actor for r in records.history(store, "indicator", "own_heating")] == ["王", "李"]


def test_a_stale_save_is_refused_and_a_shipped_id_too(store: Store) -> None:
    saved_indicators.save(store, heating(), actor="王")
    saved_indicators.save(store, heating(direction="down"), actor="王", revision=1)
    with pytest.raises(Stale) as refused:
        saved_indicators.save(store, heating(), actor="李", revision=1)
    assert refused.value.current is not None and refused.value.current.revision == 2
    with pytest.raises(BadIndicator):
        saved_indicators.save(store, heating(id="closed_7d"), actor="李")
    with pytest.raises(BadIndicator):
        saved_indicators.save(store, heating(id="resolution"), actor="李")
    assert list(saved_indicators.saved(store)) == ["own_heating"]


def test_a_retired_indicator_is_gone_but_its_id_is_not_given_away(store: Store) -> None:
    saved_indicators.save(store, heating(), actor="王")
    saved_indicators.retire(store, "own_heating", revision=1, actor="王")
    assert saved_indicators.saved(store) == {}
    assert [r.id for r in saved_indicators.retired(store)] == ["own_heating"]
    assert saved_indicators.new_id(store, "Heating!") == "own_heating_2"
    assert saved_indicators.new_id(store, "供暖") == "own_indicator"
    saved_indicators.save(store, heating(), actor="王", revision=2)
    assert list(saved_indicators.saved(store)) == ["own_heating"]
    assert saved_indicators.retired(store) == []


def test_what_a_later_version_wrote_is_left_out(store: Store) -> None:
    records.save(store, "indicator", {"id": "own_x", "kind": "unheard_of"}, actor="王", id="own_x")
    saved_indicators.save(store, heating(), actor="王")
    assert list(saved_indicators.saved(store)) == ["own_heating"]


# -- counted ahead -----------------------------------------------------------------
def counted(store: Store) -> pd.DataFrame:
    measures = measures_of([heating()])
    return tally(store, measures, YEAR, ["day", "unit", "district", "category1"])


def test_the_answer_is_the_same_before_and_after_counting(store: Store) -> None:
    frame = random_orders(900, 1)
    put(store, frame, "a")
    ensure_measures(store, [(test("on_time", "eq", False), "closed")])
    saved_indicators.save(store, heating(), actor="王")
    before = counted(store)
    scheme = all_schemes()["beijing_district"]
    assert not saved_indicators.progress(store, heating(), scheme).done
    saved_indicators.count_in_background(store).join()
    said = saved_indicators.progress(store, heating(), scheme)
    assert said.done and not said.running and said.wanted == 4
    pd.testing.assert_frame_equal(counted(store), before)
    whole = tally(store, measures_of([heating()]), YEAR).iloc[0]
    orders = store.frame(sa.select(orders_table))
    for name, condition in measures_of([heating()]).items():
        assert whole[name] == mask(condition, orders).sum(), name


def every(store: Store, table: sa.Table) -> pd.DataFrame:
    frame = store.frame(sa.select(table)).dropna(axis=1, how="all")
    names = [c for c in frame if not str(c).startswith("m")]
    return frame.sort_values(names, na_position="last", ignore_index=True)


def test_slots_filled_one_by_one_are_those_of_a_whole_recount(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots_module, "_FEW", 3)
    monkeypatch.setattr(slots_module, "_ROWS", 200)
    put(store, random_orders(900, 1), "a")
    for condition, clock in (
        (test("on_time", "eq", False), "closed"),
        (negate(test("grade", "eq", "urgent")), "created"),
        (test("recurred", "eq", True), "closed"),
    ):
        assert ensure_measures(store, [(condition, clock)]) == []
    tables = (counts_core, counts_unit, counts_area)
    filled = [every(store, table) for table in tables]
    with store.write() as connection:
        recount(connection)
    for before, table in zip(filled, tables, strict=True):
        after = every(store, table)
        # A slot that is null in a row (of the other clock) and one that is 0 say the same.
        slots = [c for c in after if str(c).startswith("m")]
        before[slots], after[slots] = before[slots].fillna(0), after[slots].fillna(0)
        pd.testing.assert_frame_equal(before, after, check_dtype=False)


def test_a_slot_that_is_given_away_keeps_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, random_orders(600, 1), "a")
    monkeypatch.setattr(slots_module, "SLOTS", slots_module.SLOTS[:3])
    first, second = test("on_time", "eq", False), test("grade", "eq", "urgent")
    ensure_measures(store, [(first, "created")])
    ensure_measures(store, [(second, "closed")])
    for clock in ("created", "closed"):
        where = Selection(YEAR.start, YEAR.end, clock=clock)  # type: ignore[arg-type]
        orders = store.frame(sa.select(orders_table))
        orders = orders[orders[f"{clock}_day"].notna()]
        found = tally(store, {"a": first, "b": second, "all": EVERYTHING}, where).iloc[0]
        assert found.tolist() == [mask(c, orders).sum() for c in (first, second, EVERYTHING)]


def test_saved_ones_go_without_a_slot_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, random_orders(300, 1), "a")
    count_ahead(store)
    known = len(store.slots())
    monkeypatch.setattr(slots_module, "SLOTS", slots_module.SLOTS[: known + 2])
    saved_indicators.save(store, heating(), actor="王")
    saved_indicators.count_everything(store)
    scheme = all_schemes()["beijing_district"]
    said = saved_indicators.progress(store, heating(), scheme)
    assert (said.done, len(store.slots())) == (False, known + 2)
    measures = measures_of(further_indicators().values(), scheme.excluded)
    have = {key for key, _ in store.slots()}
    assert all(fingerprint(c) in have for c in measures.values())


def test_two_who_count_at_once_count_once(store: Store) -> None:
    put(store, random_orders(300, 1), "a")
    saved_indicators.save(store, heating(), actor="王")
    first = saved_indicators.count_in_background(store)
    saved_indicators.count_everything(store)
    first.join()
    slots = store.slots()
    assert len(set(slots.values())) == len(slots)
    assert saved_indicators.progress(store, heating(), all_schemes()["beijing_district"]).done
