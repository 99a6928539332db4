"""Evaluations of a period by hand, and the disagreement planted in the simulated city."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from data import records
from data.demo.registers import Seen, registers
from data.evaluations import evaluations_for
from data.registers import parse
from data.registers.files import undump
from data.store import Store
from metrics import evaluators
from metrics.evaluators import exact, from_indicator, together
from metrics.periods import Period
from metrics.scheme import all_schemes
from tests.demo_orders import orders, simulation

SCHEME = all_schemes()["beijing_district"]
JUNE = Period(datetime(2026, 6, 1), datetime(2026, 7, 1), "month")


def put(store: Store, **body: object) -> None:
    records.save(store, "evaluation", parse("evaluation", body).plain(), actor="x")


def test_answers_of_a_period_are_pooled_by_hand(store: Store) -> None:
    june = {"start": "2026-06-01", "end": "2026-06-30"}
    put(store, evaluator="third_party", unit="甲", numerator=40, n=50, **june)
    put(
        store,
        evaluator="third_party",
        unit="甲",
        numerator=9,
        n=10,
        start="2026-04-01",
        end="2026-06-15",
    )
    put(
        store,
        evaluator="third_party",
        unit="甲",
        numerator=1,
        n=10,
        start="2026-06-20",
        end="2026-07-01",
    )
    put(store, evaluator="enterprise", unit="甲", levels=[5, 3, 1, 1, 0], **june)
    put(store, evaluator="nobody", unit="甲", numerator=1, n=1, **june)
    got = evaluations_for(store, SCHEME, JUNE).set_index("evaluator")
    assert got.loc["third_party", ["numerator", "n", "records"]].tolist() == [49, 60, 2]
    assert got.loc["enterprise", ["numerator", "squares", "n"]].tolist() == [9, 9, 10]
    assert len(got) == 2


def test_callers_come_from_the_scheme_s_own_indicator() -> None:
    counts = pd.DataFrame(
        {
            "unit": ["甲", "乙"], "satisfaction.num.0": [80, 0], "satisfaction.num.1": [10, 0],
            "satisfaction.den": [100, 0],
        }
    )  # fmt: skip
    got = from_indicator(SCHEME.indicator("satisfaction"), counts, "caller")
    row = got.iloc[0]
    assert len(got) == 1
    assert (row["numerator"], row["squares"], row["n"]) == pytest.approx((89, 88.1, 100))


def evaluated(effects: bool, seed: int) -> pd.DataFrame:
    """Everybody's evaluations together, the callers' from the simulated orders; ``seed``: of the surveys."""
    made, frame = simulation(effects), orders(effects)
    seen = Seen()
    valid = frame[frame["followup"] == "valid"]
    worth = valid["satisfaction"].map(
        {"very_satisfied": 1.0, "satisfied": 1.0, "basically_satisfied": 0.9}
    )
    by_unit = worth.fillna(0).groupby(valid["unit"])
    seen.said, seen.asked = by_unit.sum().to_dict(), by_unit.size().to_dict()
    files = registers(made.city, made.truths, seen, made.start, made.end, seed)
    (rows,) = (undump(file).rows for file in files if file["kind"] == "evaluation")
    callers = pd.DataFrame(
        {
            "unit": list(seen.said), "evaluator": "caller", "numerator": list(seen.said.values()),
            "n": list(seen.asked.values()),
        }
    )  # fmt: skip
    found = [
        (r.values["unit"], r.values["evaluator"],
         r.values.get("numerator", sum(r.values.get("levels", [])[:3])),
         r.values.get("n", sum(r.values.get("levels", []))))
        for r in rows
    ]  # fmt: skip
    others = pd.DataFrame(found, columns=["unit", "evaluator", "numerator", "n"])
    pooled = others.groupby(["unit", "evaluator"], as_index=False).sum()
    return together(SCHEME.evaluators, pd.concat([callers, pooled], ignore_index=True))


DRAWS = range(1, 9)


@pytest.mark.parametrize("effects", [True, False])
def test_the_planted_disagreement_is_found_and_hardly_another(effects: bool) -> None:
    """Eight draws of the surveys: found in every one; at q <= 5 % fewer than one false flag in all is
    expected beside two true ones a draw, and more than three happen in 1 % of such eight."""
    truths = simulation(True).truths
    assert truths is not None
    false = 0
    for seed in DRAWS:
        got = evaluated(effects, seed)
        flagged = set(got.loc[got["disagree"], "unit"])
        planted = {truths.disputed.unit, truths.hiding.unit} if effects else set()
        false += len(flagged - planted)
        if effects:
            assert truths.disputed.unit in flagged
            row = got.set_index("unit").loc[truths.disputed.unit]
            assert row["lowest"] == "third_party"
    assert false <= 3


def test_the_same_seed_writes_the_same_registers() -> None:
    made = simulation(True)
    asked = (made.city, made.truths, Seen(), date(2026, 1, 1), date(2026, 6, 30))
    assert registers(*asked, seed=1) == registers(*asked, seed=1)
    assert registers(*asked, seed=1) != registers(*asked, seed=2)
    assert all(
        row["values"]["simulated"] for file in registers(*asked, seed=1) for row in file["rows"]
    )


def test_few_answers_are_tested_exactly() -> None:
    """Against Fisher's test for two evaluators, and a full enumeration by hand for three."""
    for hits, n in (([1, 9], [10, 10]), ([0, 60], [1, 61]), ([3, 40], [7, 43])):
        table = [hits, [m - h for h, m in zip(hits, n, strict=True)]]
        # Fisher orders tables by their chance, Pearson by distance; with equal sizes alike
        got = exact(np.array(hits), np.array(n))
        if n[0] == n[1]:
            assert got == pytest.approx(stats.fisher_exact(table).pvalue)
        assert 0 < got <= 1
    # one good answer of one, none of the two others: 3 places for it, all as likely
    assert exact(np.array([1, 0, 0]), np.array([1, 1, 1])) == pytest.approx(1.0)
    # both good answers with one evaluator of two: 2 of the 6 ways
    assert exact(np.array([2, 0]), np.array([2, 2])) == pytest.approx(2 / 6)


def test_one_dissatisfied_caller_is_no_disagreement() -> None:
    rows = [("甲", "caller", 0, 1), ("甲", "third_party", 83, 85), ("甲", "enterprise", 13, 13)]
    table = pd.DataFrame(rows, columns=["unit", "evaluator", "numerator", "n"])
    got = together(SCHEME.evaluators, table).iloc[0]
    # 3 of 99 are bad; that one of them is the one caller has a chance of about 3/99
    assert 0.02 < got["p"] < 0.06


def test_drawn_and_enumerated_agree() -> None:
    hits, n = np.array([60, 66, 40]), np.array([80, 72, 55])
    whole = exact(hits, n)
    drawn = evaluators.MOST_WAYS
    try:
        evaluators.MOST_WAYS = 0
        assert exact(hits, n) == pytest.approx(whole, abs=0.01)
    finally:
        evaluators.MOST_WAYS = drawn
