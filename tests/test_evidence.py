"""Accepted records become evidence; what was not accepted, or lies outside, does not."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from data import records
from data.evidence import evidence_for
from data.registers import Faults, parse
from data.store import Store
from metrics.bonus import bonuses
from metrics.periods import Period
from metrics.scheme import all_schemes

SCHEME = all_schemes()["old_neighbourhood"]
JUNE = Period(datetime(2026, 6, 1), datetime(2026, 7, 1), "month")
ACTION = {
    "unit": "甲街道", "what": "雨前清掏雨水口", "start": "2026-06-02", "end": "2026-06-05",
    "document": "清掏记录.pdf", "state": "accepted", "decided_by": "王",
}  # fmt: skip
REVIEW = {
    "adjustment": "false_closure", "unit": "乙街道", "day": "2026-06-20", "points": -3,
    "document": "复核单7", "state": "accepted",
}  # fmt: skip


def put(store: Store, kind: str, body: dict) -> str:
    return records.save(store, kind, parse(kind, body).plain(), actor="王").id


def test_only_accepted_evidence_of_the_period_counts(store: Store) -> None:
    kept = put(store, "action", ACTION)
    put(store, "action", {**ACTION, "state": "proposed", "decided_by": ""})
    put(store, "action", {**ACTION, "end": "2026-07-01"})
    put(store, "action", {**ACTION, "state": "refused", "reason": "已有诉求"})
    review = put(store, "evidence", REVIEW)
    put(store, "evidence", {**REVIEW, "adjustment": "nowhere"})
    gone = put(store, "action", ACTION)
    records.remove(store, "action", gone, revision=1, actor="王")
    got = evidence_for(store, SCHEME, JUNE).set_index("adjustment")
    assert sorted(got.index) == ["false_closure", "proactive"]
    assert got.loc["proactive", "evidence"] == f"{kept} · 雨前清掏雨水口 · 清掏记录.pdf"
    assert pd.isna(got.loc["proactive", "points"])
    assert got.loc["proactive", "day"] == pd.Timestamp("2026-06-05")
    assert got.loc["false_closure", "evidence"] == f"{review} · 复核单7"
    assert got.loc["false_closure", "points"] == -3


def test_the_points_of_a_unit_by_hand(store: Store) -> None:
    for k in range(3):
        put(store, "action", {**ACTION, "what": f"行动{k}"})
    put(store, "evidence", {**REVIEW, "points": None})
    counts = pd.DataFrame({"unit": ["甲街道", "乙街道"]})
    for item in SCHEME.measures():
        counts[item] = 0
    found = bonuses(SCHEME, counts, evidence_for(store, SCHEME, JUNE), JUNE)
    totals = found.totals.set_index("unit")
    assert totals.loc["甲街道", "bonus"] == pytest.approx(0.3)  # 3 × 0.1
    assert totals.loc["乙街道", "penalty"] == pytest.approx(-5.0)  # the scheme's own value


def test_an_empty_register_gives_the_columns(store: Store) -> None:
    got = evidence_for(store, SCHEME, JUNE)
    assert list(got) == ["adjustment", "unit", "evidence", "points", "day", "note"]
    assert got.empty


@pytest.mark.parametrize(
    ("kind", "body", "field", "code"),
    [
        ("action", {**ACTION, "end": "2026-06-01"}, "end", "end_before_start"),
        ("action", {**ACTION, "document": ""}, "document", "accepted_without_evidence"),
        ("action", {**ACTION, "lon": 116.4}, "lat", "half_a_point"),
        ("action", {**ACTION, "unit": " "}, "unit", "missing"),
        ("action", {**ACTION, "start": "6月"}, "start", "bad_day"),
        ("action", {**ACTION, "state": "maybe"}, "state", "bad_choice"),
        ("evidence", {**REVIEW, "state": "refused"}, "reason", "refused_without_reason"),
        ("evidence", {**REVIEW, "points": "三"}, "points", "bad_number"),
        (
            "exclusion",
            {"source": "s", "order_id": "1", "exclusion": "lazy", "day": "2026-06-01"},
            "exclusion",
            "bad_choice",
        ),
        (
            "evaluation",
            {"evaluator": "survey", "unit": "甲", "start": "2026-06-01", "end": "2026-06-30",
             "numerator": 31, "n": 30},
            "numerator",
            "more_than_all",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(kind: str, body: dict, field: str, code: str) -> None:
    with pytest.raises(Faults) as wrong:
        parse(kind, body)
    assert [(f.field, f.code) for f in wrong.value.faults] == [(field, code)]
