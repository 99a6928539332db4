"""Measured effects in the store: what is measured of a record, where it counts, and what stays frozen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from data import records, topics
from data.effect_specs import TREATED, Areas, disc, of_actions
from data.effects import counting, effect_of, measured, with_effects
from data.evidence import evidence_for
from data.records import Record, Stale
from data.refresh import refresh, stale
from data.refresh.effects import Effects
from data.registers import Faults, parse
from data.store import Store
from metrics.conditions import test as is_
from metrics.periods import Period
from metrics.scheme import all_schemes, further_indicators
from tests.factory import random_orders
from tests.test_store import put

STEP = Effects()
START = date(2025, 9, 1)
STREETS = [f"街{k:02d}" for k in range(24)]
ACTION = {
    "unit": "街03", "what": "清运整治", "place": "街03", "category": "市容环卫->垃圾清运",
    "start": START.isoformat(), "end": START.isoformat(), "document": "a.pdf", "state": "accepted",
}  # fmt: skip
AREAS = Areas(
    pd.DataFrame(
        {"area": [*STREETS, "东区"], "level": ["street"] * 24 + ["district"],
         "name_zh": [*STREETS, "东区"], "name_en": [f"Street {k}" for k in range(24)] + ["East"]}
    )
)  # fmt: skip


def treated_city() -> pd.DataFrame:
    """About three complaints a week and street of one category, a third of them from the action on
    in one street, and noise from another category."""
    rng = np.random.default_rng(4)
    days = pd.date_range("2024-12-02", "2025-12-31", freq="D")
    rows = []
    for k, street in enumerate(STREETS):
        rate = np.full(len(days), 0.5 + 0.05 * k)
        if k == 3:
            rate = np.where(days > pd.Timestamp(START), 0.4, 1.5)
        n = rng.poisson(rate)
        rows.append(pd.DataFrame({"day": np.repeat(days, n), "street": street}))
    listed = pd.concat(rows, ignore_index=True)
    orders = random_orders(len(listed), 2, start="2025-01-01", days=10)
    created = listed["day"] + pd.Timedelta(hours=9)
    orders["created_at"] = created.astype(orders["created_at"].dtype)
    orders["created_day"] = listed["day"].dt.normalize().astype(orders["created_day"].dtype)
    orders["street"] = listed["street"].astype(orders["street"].dtype)
    orders[["category1", "category2"]] = ["市容环卫", "垃圾清运"]
    return orders


def areas_in(store: Store) -> None:
    import sqlalchemy as sa

    from data.schema import areas

    rows = [
        {"area": s, "level": "street", "parent": None, "name_zh": s, "name_en": s} for s in STREETS
    ]
    with store.write() as connection:
        connection.execute(sa.insert(areas), rows)


def write(store: Store, **changes: object) -> Record:
    body = parse("action", {**ACTION, **changes}).plain()
    return records.save(store, "action", body, actor="王")


def test_an_effect_counts_where_it_was_measured(store: Store) -> None:
    put(store, treated_city(), "a")
    areas_in(store)
    kept = write(store)
    open_one = write(store, place="街09", unit="街09", state="proposed")
    nowhere = write(store, place="某处", unit="街05")
    assert refresh(store, [STEP]) == {"effects": "done"}
    found = measured(store).set_index("record")
    assert open_one.id not in found.index
    assert found.loc[nowhere.id, ["verdict", "reason"]].tolist() == ["too_little", "no_place"]
    mine = found.loc[kept.id]
    assert (mine["verdict"], bool(mine["final"]), mine["weeks"]) == ("fell", True, 12)
    assert mine["low_95"] <= 0.4 / 1.5 <= mine["high_95"]
    # the same question asked at once has the same answer
    asked = effect_of(store, place="街03", category=ACTION["category"], start=START, end=START)
    assert (asked.observed, asked.expected) == (mine["observed"], pytest.approx(mine["expected"]))

    # the rate reads the effect joined to the record; the record itself says nothing of it
    every = records.all_of(store, "action")
    rule = further_indicators()["source_governance"].records
    assert rule is not None
    counted = rule.counted(with_effects(every, measured(store)))
    assert counted["hit"].tolist() == [True]
    assert rule.counted(r.body for r in every).empty

    # the bonus, on the day after the last one measured
    scheme = all_schemes()["old_neighbourhood"]
    known = START + timedelta(days=1 + 12 * 7)
    month = Period(datetime(known.year, known.month, 1), datetime(2025, 12, 1), "month")
    rows = evidence_for(store, scheme, month)
    row = rows[rows["adjustment"] == "source"].iloc[0]
    assert (row["unit"], row["day"].date()) == ("街03", known)
    assert row["evidence"].startswith(kept.id) and "[" in row["note"]
    before = Period(datetime(2025, 9, 1), datetime(2025, 10, 1), "month")
    assert "source" not in set(evidence_for(store, scheme, before)["adjustment"])

    # an edited record is measured anew before it counts again
    assert not stale(store, STEP)
    records.save(store, "action", {**kept.body, "note": "补充"}, actor="李", id=kept.id, revision=1)
    assert stale(store, STEP)
    assert (
        counting(measured(store), records.all_of(store, "action")).query("verdict == 'fell'").empty
    )
    refresh(store, [STEP])
    assert (
        len(counting(measured(store), records.all_of(store, "action")).query("verdict == 'fell'"))
        == 1
    )


def made(id: str, **changes: object) -> Record:
    body = parse("action", {**ACTION, **changes}).plain()
    return Record("action", id, 1, datetime(2025, 9, 1), "王", body)


def test_actions_keep_out_of_each_others_way() -> None:
    later = START + timedelta(days=60)
    (one,) = of_actions([made("a")], AREAS)
    assert (one.level, one.treated, one.after, one.until, one.reason) == (
        "street", ("街03",), START + timedelta(days=1), None, "",
    )  # fmt: skip
    again = made("b", start=later.isoformat(), end=later.isoformat())
    assert of_actions([made("a"), again], AREAS)[0].until == later - timedelta(days=1)
    soon = made("b", start=(START + timedelta(days=5)).isoformat(), end=None)
    assert [s.reason for s in of_actions([made("a"), soon], AREAS)] == ["overlap", "overlap"]
    # another matter there, or the same elsewhere: the one is nobody's business, the other no comparison
    other = made("b", category="停车管理", start=(START + timedelta(days=5)).isoformat(), end=None)
    assert of_actions([made("a"), other], AREAS)[0].reason == ""
    broad = made("b", category="市容环卫", place="街07", start=later.isoformat(), end=None)
    assert of_actions([made("a"), broad], AREAS)[0].excluded == ("街07",)
    proposed = made("b", state="proposed", start=(START + timedelta(days=5)).isoformat(), end=None)
    assert len(of_actions([made("a"), proposed], AREAS)) == 1
    assert of_actions([made("a", place="Street 4")], AREAS)[0].treated == ("街04",)
    point = of_actions([made("a", place="路口", lon=116.4, lat=39.9)], AREAS)[0]
    assert (point.level, point.treated) == ("cells", disc(116.4, 39.9))
    assert len(point.treated) == 7


TOPIC = {
    "title": "垃圾清运治理", "unit": "市城管局", "start": "2025-09-01", "state": "running",
    "condition": topics.plain(is_("category2", "eq", "垃圾清运")),
}  # fmt: skip


def test_a_topic_is_kept_checked_and_counts_when_finished(store: Store) -> None:
    for wrong in (
        {**TOPIC, "condition": {"all": []}}, {**TOPIC, "state": "finished"},
        {**TOPIC, "condition": {"field": "nothing"}}, {**TOPIC, "end": "2025-01-01"},
        {**TOPIC, "state": "refused"},
    ):  # fmt: skip
        with pytest.raises(Faults):
            topics.save(store, wrong, actor="王")
    kept = topics.save(store, TOPIC, actor="王")
    policy = {"title": "清运办法", "day": "2025-11-02", "document": "京环〔2025〕1号"}
    done = {**kept.body, "state": "finished", "finished": "2025-12-03", "policies": [policy]}
    topics.save(store, done, actor="王", id=kept.id, revision=1)
    with pytest.raises(Stale):
        topics.save(store, done, actor="李", id=kept.id, revision=1)
    rule = further_indicators()["policy_conversion"].records
    assert rule is not None
    assert rule.counted(r.body for r in records.all_of(store, "topic"))["hit"].tolist() == [True]
    scheme = all_schemes()["old_neighbourhood"]
    month = Period(datetime(2025, 12, 1), datetime(2026, 1, 1), "month")
    row = evidence_for(store, scheme, month).iloc[0]
    assert (row["adjustment"], row["unit"]) == ("topic", "市城管局")
    assert row["evidence"].endswith("京环〔2025〕1号")


def test_a_city_wide_topic_is_compared_with_other_categories(duckdb_store: Store) -> None:
    orders = treated_city()
    rng = np.random.default_rng(1)
    names = np.array([f"类{k:02d}" for k in range(12)])
    other = rng.random(len(orders)) < 0.7
    orders["category2"] = np.where(other, rng.choice(names, len(orders)), "垃圾清运")
    put(duckdb_store, orders, "a")
    kept = topics.save(duckdb_store, TOPIC, actor="王")
    refresh(duckdb_store, [STEP])
    row = measured(duckdb_store).iloc[0]
    assert (row["record"], row["level"], row["compared"]) == (kept.id, "category", 12)
    span = pd.Timestamp(row["first_day"]), pd.Timestamp(row["last_day"])
    mine = orders[(orders["category2"] == "垃圾清运") & orders["created_day"].between(*span)]
    assert row["observed"] == len(mine)
    assert TREATED == "*"
