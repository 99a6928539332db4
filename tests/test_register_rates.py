"""Rates over records have the shape of rates over orders."""

from __future__ import annotations

import pytest

from metrics.indicators import Indicator
from metrics.rates import rates
from metrics.register import Fact, Register
from metrics.scheme import further_indicators

TOPICS = [
    {"state": "finished", "finished": "2026-03-31", "policies": ["a"], "unit": "住建局"},
    {"state": "finished", "finished": "2026-03-30", "policies": [], "unit": "住建局"},
    {"state": "finished", "finished": "2026-04-02T10:00:00", "policies": "b", "district": "东"},
    {"state": "open", "finished": "2026-03-30", "policies": ["c"]},
    {"state": "finished", "policies": ["no day: in no period"]},
]


def test_records_are_counted_like_orders() -> None:
    rule = further_indicators()["policy_conversion"].records
    assert rule is not None
    found = rule.counted(TOPICS)
    assert found["hit"].tolist() == [True, False, True]
    assert [d.isoformat()[:10] for d in found["day"]] == ["2026-03-31", "2026-03-30", "2026-04-02"]
    counts = found.assign(
        **{"policy_conversion.num.0": found["hit"].astype(int), "policy_conversion.den": 1}
    )[["policy_conversion.num.0", "policy_conversion.den"]]
    summed = counts.sum().to_frame().T
    assert rates(further_indicators()["policy_conversion"], summed)["value"][0] == pytest.approx(
        2 / 3
    )


def test_the_first_day_that_is_filled_decides() -> None:
    rule = further_indicators()["source_governance"].records
    assert rule is not None
    body = {"state": "accepted", "effect": "fell", "start": "2026-01-05", "end": None}
    assert rule.counted([body])["day"][0].isoformat()[:10] == "2026-01-05"
    assert rule.counted([{**body, "end": "2026-02-01"}])["day"][0].month == 2
    assert rule.counted([{**body, "effect": None}]).empty


def test_facts() -> None:
    body = {"n": 3, "s": "x", "l": [], "e": ""}
    assert Fact(key="n", op="ge", value=3).holds(body)
    assert not Fact(key="n", op="lt", value=3).holds(body)
    assert not Fact(key="s", op="lt", value=3).holds(body)  # of another kind: false
    assert Fact(key="s", op="in", value=("x", "y")).holds(body)
    assert not Fact(key="gone", op="ne", value="x").holds(body)
    assert Fact(key="l", op="missing").holds(body) and Fact(key="e", op="missing").holds(body)
    with pytest.raises(ValueError, match="list"):
        Fact(key="s", op="in", value="x")
    with pytest.raises(ValueError, match="no value"):
        Fact(key="s", op="present", value="x")


def test_an_indicator_over_records_has_no_conditions_over_orders() -> None:
    base = {
        "id": "x", "names": {"zh": "甲", "en": "a"}, "definition": {"zh": "甲", "en": "a"},
        "status": "own", "records": {"kind": "topic", "day": ["d"], "hits": [{"key": "k"}]},
    }  # fmt: skip
    with pytest.raises(ValueError):
        Indicator.model_validate(base)  # a fact needs its value
    base["records"] = Register(kind="topic", day=("d",), hits=(Fact(key="k", op="present"),))
    assert Indicator.model_validate(base).leaves()[0].columns == ("x.num.0", "x.den")
    with pytest.raises(ValueError, match="register_and_orders"):
        Indicator.model_validate({**base, "denominator": {"field": "ledger", "value": True}})
