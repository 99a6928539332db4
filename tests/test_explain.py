"""From 100 to the result: additive to the last point, and true when tried out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.conditions import mask
from metrics.counting import count
from metrics.explain import (
    by_cause,
    category_of,
    cause_label,
    lost_orders,
    order_costs,
    waterfall,
)
from metrics.labels import Label
from metrics.linear import decompose
from metrics.moves import moves
from metrics.scheme import all_schemes
from metrics.score import score
from tests.league import RATES, A, league
from tests.test_scores import random_orders

SCHEMES = all_schemes()
KEYS = ("unit", "unit_type", "peer_group")


def answers(*rows: tuple[bool | None, str | None, str | None]) -> pd.DataFrame:
    """Orders of unit 甲 with a valid follow-up: contacted, resolution, satisfaction."""
    out = pd.DataFrame(rows, columns=["contacted", "resolution", "satisfaction"])
    out["contacted"] = out["contacted"].astype("boolean")
    out = out.astype({"resolution": "str", "satisfaction": "str"})
    fixed = {"unit": "甲", "unit_type": "street", "status": "closed", "followup": "valid"}
    return out.assign(order_id=[f"o{k}" for k in range(len(out))], **fixed)


ORDERS = answers(
    (True, "resolved", "satisfied"),
    (True, "resolved", "basically_satisfied"),
    (True, "unresolved", "dissatisfied"),
    (None, None, None),
)


def test_waterfall_by_hand() -> None:
    """Response 3/4, resolution 2/4, satisfaction 1.9/4 of 10, 50 and 40 points."""
    linear = decompose(A, count(A.measures(), ORDERS, by=("unit", "unit_type")))
    got = waterfall(linear, "甲")
    assert got["step"].tolist() == ["start", *RATES, "composite", "score"]
    assert got["points"].tolist() == pytest.approx([100, -2.5, -25, -21, 51.5, 51.5])
    assert got["after"].tolist() == pytest.approx([100, 97.5, 72.5, 51.5, 51.5, 51.5])
    with_bonus = waterfall(linear, "甲", pd.Series({"proactive": 1.2, "refusal": 0.0}))
    assert with_bonus["step"].tolist()[-2:] == ["proactive", "score"]
    assert with_bonus["points"].tolist()[-1] == pytest.approx(52.7)


def test_order_costs_by_hand() -> None:
    linear = decompose(A, count(A.measures(), ORDERS, by=("unit", "unit_type")))
    costs = order_costs(linear, "甲", ORDERS).set_index("order_id")
    assert costs["cost"].to_dict() == pytest.approx({"o3": 25.0, "o2": 22.5, "o1": 1.0})
    assert costs.loc["o2", "cause.resolution"] == "resolution.unresolved"
    assert costs.loc["o3", "cause.response"] == "contacted.not_recorded"
    assert costs.loc["o1", "cause.satisfaction"] == "satisfaction.basically_satisfied"
    causes = by_cause(linear, costs.reset_index())
    assert causes["points"].sum() == pytest.approx(48.5)
    first = causes.iloc[0]
    assert (first["rate"], first["points"], first["orders"]) == ("resolution", 12.5, 1)


def test_labels_of_causes() -> None:
    assert cause_label("resolution.unresolved") == Label("value.resolution.unresolved")
    assert cause_label("contacted.no").code == "fair.cause.no"
    assert cause_label("sign_hours.late").code == "fair.cause.late"
    assert cause_label("contacted.not_recorded").params == {"field": Label("field.contacted")}


def test_orders_that_were_not_counted_are_refused() -> None:
    linear = decompose(A, count(A.measures(), ORDERS, by=("unit", "unit_type")))
    with pytest.raises(ValueError, match="4 orders were counted, 3 are here"):
        order_costs(linear, "甲", ORDERS.iloc[:3])
    with pytest.raises(KeyError, match="silent"):
        silent = league(np.array([5, 0]), np.full((2, 3), 0)).assign(unit=["loud", "silent"])
        waterfall(decompose(A, silent), "silent")


@pytest.mark.parametrize("name", SCHEMES)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 80))
@settings(max_examples=8, deadline=None)
def test_costs_add_up_to_the_lost_points_exactly(name: str, seed: int, n: int) -> None:
    scheme = SCHEMES[name]
    orders = random_orders(np.random.default_rng(seed), n)
    linear = decompose(scheme, count(scheme.measures(), orders, by=KEYS))
    for k, unit in enumerate(linear.units):
        if np.isnan(linear.composite[k]):
            continue
        steps = waterfall(linear, unit).set_index("step")
        losses = steps.loc[steps["kind"] == "loss", "points"]
        assert 100 + losses.sum() == pytest.approx(linear.composite[k])
        mine = orders[orders["unit"] == unit]
        costs = order_costs(linear, unit, mine)
        for piece in linear.pieces:
            if piece.sampled and f"cost.{piece.name}" in costs:
                assert costs[f"cost.{piece.name}"].sum() == pytest.approx(-losses[piece.name])
        assert by_cause(linear, costs)["points"].sum() == pytest.approx(costs["cost"].sum())
        # the drill-down shows the same orders
        lost = mine[mask(lost_orders(scheme), mine)]
        assert set(costs.index) <= set(lost.index)


def test_category_paths() -> None:
    orders = pd.DataFrame({"category1": ["a", "b", None], "category2": ["x", None, None]})
    assert category_of(orders).tolist()[:2] == ["a->x", "b"]
    assert category_of(orders).isna().tolist() == [False, False, True]


# -- moving by a rank ------------------------------------------------------------
def test_moves_by_hand() -> None:
    """甲 78.0, 乙 80.0 with 100 answers each: 2 points are 4 resolved orders or 5 satisfied ones."""
    n = np.array([100, 100])
    hits = np.array([[100, 76, 75], [100, 80, 75]])
    counts = league(n, hits)
    got = moves(decompose(A, counts), counts, "u000").set_index("rate")
    assert got["gap"].unique() == pytest.approx([2.0])
    assert got["orders"].dropna().to_dict() == {"resolution": 4, "satisfaction": 5}
    assert pd.isna(got.loc["response", "orders"])  # nothing left to gain
    assert got.loc["resolution", "available"] == 24
    assert moves(decompose(A, counts), counts, "u001").empty  # already first
    down = moves(decompose(A, counts), counts, "u001", "down").set_index("rate")
    assert down.loc["resolution", "orders"] == 5  # four would only tie


@given(st.integers(0, 2**32 - 1), st.sampled_from(["shared", "more_orders"]))
@settings(max_examples=20, deadline=None)
def test_turning_that_many_orders_moves_the_unit_and_one_fewer_does_not(seed, ties) -> None:
    rng = np.random.default_rng(seed)
    scheme = A.model_copy(update={"ties": ties})
    n = rng.integers(1, 12, 5)
    counts = league(n, rng.binomial(n[:, None], 0.6, (5, 3)))
    before = score(scheme, counts).set_index("unit")["rank"]
    linear = decompose(scheme, counts)
    for direction, sign in (("up", 1), ("down", -1)):
        for unit in linear.units:
            for row in moves(linear, counts, unit, direction).itertuples():
                if pd.isna(row.orders):
                    continue
                for turned, moved in ((row.orders, True), (row.orders - 1, False)):
                    other = counts.copy()
                    other.loc[other["unit"] == unit, f"{row.rate}.num.0"] += sign * turned
                    after = score(scheme, other).set_index("unit")["rank"]
                    assert (sign * (before[unit] - after[unit]) > 0) == moved
