"""The laboratory: other weights, limits and bonuses, and how much hangs on them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.counting import count
from metrics.indicators import Bilingual
from metrics.lab import sensitivity, stability, what_if
from metrics.linear import decompose
from metrics.scheme import all_schemes
from metrics.scheme_diff import Difference, differences
from metrics.scheme_edit import changed_measures, with_adjustments, with_limits, with_weights
from metrics.scheme_rules import Adjustment, Band
from metrics.score import score
from tests.league import A, league
from tests.test_scores import random_orders

SCHEMES = all_schemes()
C = SCHEMES["zhungeer_banner"]
NAMES = Bilingual(zh="示例", en="example")
BANDS = (Band(id="advanced", names=NAMES, by="score", side="top", count=1, status="example"),)
KEYS = ("unit", "unit_type", "peer_group")


def two() -> pd.DataFrame:
    """u000 resolves more, u001 satisfies more."""
    return league(np.array([100, 100]), np.array([[90, 90, 80], [90, 80, 90]]))


def test_other_weights_by_hand() -> None:
    new = with_weights(A, {"resolution": 30, "satisfaction": 60})
    old = A.model_copy(update={"bands": BANDS})
    got = what_if(old, new.model_copy(update={"bands": BANDS}), two())
    by = got.table.set_index("unit")
    assert by.loc["u000", ["score_old", "score_new"]].tolist() == pytest.approx([86, 84])
    assert by.loc["u001", ["rank_old", "rank_new", "rank_change"]].tolist() == [2, 1, 1]
    assert by["bands_new"].to_dict() == {"u000": "", "u001": "advanced"}
    assert (got.moved, got.rebanded) == (2, 2)
    assert [item.status for item in new.composite] == ["documented", "example", "example"]


def test_weights_that_make_no_sense_are_refused() -> None:
    assert [i.indicator for i in with_weights(A, {"response": 0}).composite] == [
        "resolution",
        "satisfaction",
    ]
    with pytest.raises(KeyError):
        with_weights(A, {"nonsense": 1})
    with pytest.raises(ValueError, match="left"):
        with_weights(A, dict.fromkeys(("response", "resolution", "satisfaction"), 0))
    with pytest.raises(ValueError, match="-1"):
        with_weights(A, {"response": -1})


def test_other_limits_change_what_is_counted() -> None:
    orders = pd.DataFrame(
        {"unit": "甲", "unit_type": "street", "status": "closed", "sign_hours": [1.0, 3.0, 30.0]}
    )
    new = with_limits(C, {"sign": 4})
    changed = changed_measures(C, new)
    assert set(changed) == {"response.sign.num.0"}
    counts = count(C.measures() | changed, orders, by=("unit", "unit_type"))
    assert counts["response.sign.num.0"].item() == 2
    assert count(C.measures(), orders)["response.sign.num.0"].item() == 1
    assert with_limits(C, {}) == C
    with pytest.raises(KeyError):
        with_limits(C, {"nonsense": 1})
    with pytest.raises(ValueError, match="sign"):
        with_limits(C, {"sign": 0})


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 40), st.floats(0.5, 40))
@settings(max_examples=20, deadline=None)
def test_a_longer_limit_never_lowers_a_score(seed: int, one: float, two: float) -> None:
    orders = random_orders(np.random.default_rng(seed), 60)
    scores = []
    for hours in sorted((one, two)):
        scheme = with_limits(C, {"sign": hours})
        counts = count(scheme.measures(), orders, by=KEYS)
        scores.append(score(scheme, counts).set_index("unit")["composite"])
    assert ((scores[1] - scores[0]).dropna() >= -1e-9).all()


def test_other_bonuses() -> None:
    item = Adjustment(id="redo", names=NAMES, per=-1, cap=3, when=A.excluded, status="documented")
    scheme = A.model_copy(update={"adjustments": (item,)})
    counts = two().assign(**{"adjust.redo": [5, 0]})
    assert score(scheme, counts).set_index("unit")["adjustments"].to_dict() == {
        "u000": -3,
        "u001": 0,
    }
    softer = with_adjustments(scheme, {"redo": {"per": -0.2}})
    assert score(softer, counts).set_index("unit").loc["u000", "adjustments"] == pytest.approx(-1)
    assert softer.adjustments[0].status == "example"
    with pytest.raises(KeyError):
        with_adjustments(scheme, {"nonsense": {"per": 1}})


def test_which_weights_ranks_hang_on() -> None:
    """Resolution 50 and satisfaction 40: five points either way, and the two units change places."""
    got = sensitivity(decompose(A, two())).set_index(["indicator", "direction"])
    assert got.loc[("resolution", -1), ["moved", "largest_move"]].tolist() == [2, 1]
    assert got.loc[("resolution", 1), "moved"] == 0
    assert got.loc[("resolution", -1), "weight_new"] == pytest.approx(0.4)
    assert got.loc[("response", 1), "moved"] == 0


def test_ranks_over_random_weightings() -> None:
    """u000 is ahead where resolution weighs more than satisfaction: half of all weightings."""
    got = stability(decompose(A, two()), weightings=4000).set_index("unit")
    assert got["top_tenth"].to_dict() == pytest.approx({"u000": 0.5, "u001": 0.5}, abs=0.03)
    assert got["rank"].to_dict() == {"u000": 1, "u001": 2}
    near = stability(decompose(A, two()), closeness=1000).set_index("unit")
    assert near.loc["u000", "top_tenth"] > 0.99
    best = league(np.array([9, 9, 0]), np.array([[9, 9, 9], [5, 5, 5], [0, 0, 0]]))
    sure = stability(decompose(A, best)).set_index("unit")
    assert sure.loc["u000", ["rank_low", "rank_high", "best", "worst"]].tolist() == [1, 1, 1, 1]
    assert sure.loc["u002"].drop("group").isna().all()


@pytest.mark.parametrize("name", SCHEMES)
def test_the_laboratory_starts_from_the_schemes_own_ranks(name: str) -> None:
    scheme = SCHEMES[name].model_copy(update={"ties": "shared", "adjustments": ()})
    orders = random_orders(np.random.default_rng(3), 300)
    counts = count(scheme.measures(), orders, by=KEYS)
    got = stability(decompose(scheme, counts), weightings=20).set_index("unit")["rank"]
    assert got.to_dict() == score(scheme, counts).set_index("unit")["rank"].to_dict()


# -- differences -----------------------------------------------------------------------
def test_a_scheme_differs_from_itself_in_nothing() -> None:
    for scheme in SCHEMES.values():
        assert differences(scheme, scheme) == []


def test_differences_name_the_place() -> None:
    new = with_weights(A, {"resolution": 45}).model_copy(
        update={"version": "2", "exclusions": A.exclusions[1:], "bands": ()}
    )
    got = {d.path: d for d in differences(A, new)}
    assert got[("version",)] == Difference(("version",), "changed", "1", "2")
    assert got[("composite", "resolution", "weight")].new == 45
    assert got[("exclusions", "malicious")].kind == "removed"
    assert got[("bands",)].kind == "changed"  # to an empty list
    assert got[("composite_note",)].new is None  # it spells the old weights out
    assert len(got) == 6  # and the weight's status
    limits = differences(C, with_limits(C, {"sign": 4}))
    assert ("limits", "sign", "hours") in {d.path for d in limits}
    assert any(d.path[:2] == ("indicators", "response") for d in limits)
