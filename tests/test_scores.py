"""Scores: the six faults found in real systems, and what must hold for any orders."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.counting import count
from metrics.fields import FIELDS
from metrics.indicators import measures_of
from metrics.rates import rate
from metrics.scheme import Scheme, all_schemes, further_indicators
from metrics.score import compare, lift, part_weights, peer_groups, pooled, score, weights

SCHEMES = all_schemes()
A = SCHEMES["beijing_district"]


def counts_a(**units: tuple[int, int, int, int, int]) -> pd.DataFrame:
    """Units of scheme A: received, valid, contacted, resolved, satisfied."""
    rows = []
    for unit, (received, valid, contacted, resolved, satisfied) in units.items():
        row: dict[str, object] = dict.fromkeys(A.measures(), 0)
        row |= {"unit": unit, "unit_type": "street", "all": received}
        hits = {"response": contacted, "resolution": resolved, "satisfaction": satisfied}
        for start in ("", "before:"):
            for name, hit in hits.items():
                row |= {f"{start}{name}.num.0": hit, f"{start}{name}.den": valid}
                row[f"{start}{name}.missing"] = received - valid
        rows.append(row)
    return pd.DataFrame(rows)


# -- the six faults ------------------------------------------------------------
def test_fault_1_the_total_pools_counts() -> None:
    counts = counts_a(big=(1000, 1000, 900, 800, 700), small=(10, 10, 1, 1, 1))
    total = pooled(A, counts).iloc[0]
    assert total["response"] == pytest.approx(901 / 1010)
    assert total["composite"] == pytest.approx((10 * 901 + 50 * 801 + 40 * 701) / 1010)
    assert total["composite"] != pytest.approx(score(A, counts)["composite"].mean(), abs=5)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_fault_2_a_numerator_is_counted_within_its_denominator(scheme: Scheme) -> None:
    orders = random_orders(np.random.default_rng(5), 3000)
    indicators = [*scheme.indicators, *further_indicators().values()]
    for indicator in indicators:
        for leaf in indicator.leaves():
            if (
                leaf.records
                or leaf.rule.kind != "rate"
                or not (indicator.measured and leaf.rule.measured)
            ):
                continue
            hits = count(
                dict(leaf.measures(scheme.excluded)), orders.assign(row=range(3000)), by=["row"]
            )
            inside = hits[[c for c in hits if ".num." in c]].sum(axis=1)
            assert (inside <= hits[f"{leaf.prefix}.den"]).all(), leaf.prefix  # also: no overlap
            if leaf.rule.missing is not None:
                assert not (hits[f"{leaf.prefix}.den"] & hits[f"{leaf.prefix}.missing"]).any()


def test_fault_2_the_other_window_is_a_count_of_its_own() -> None:
    clocks = A.clocks()
    rates_of_a = {name for name in clocks if ".num." in name or ".den" in name}
    assert {clocks[name] for name in rates_of_a} == {"created"}
    assert clocks["count.closed"] == "closed"


def test_fault_3_no_follow_up_is_no_data() -> None:
    got = score(
        A, counts_a(good=(50, 40, 40, 40, 40), silent=(50, 0, 0, 0, 0), bad=(50, 40, 0, 0, 0))
    )
    by = got.set_index("unit")
    assert pd.isna(by.loc["silent", "composite"])
    assert pd.isna(by.loc["silent", "rank"])
    assert not by.loc["silent", "ranked"]
    assert by.loc["silent", "reason"] == "no_data"
    assert by.loc["bad", "composite"] == 0
    assert by.loc["bad", "rank"] == 2
    assert (by["of"] == 2).all()
    assert got["unit"].tolist() == ["good", "bad", "silent"]  # listed apart, at the end


def test_fault_4_unreached_callers_stay_visible() -> None:
    counts = counts_a(unit=(100, 60, 54, 48, 42))
    got = score(A, counts).iloc[0]
    assert got["resolution.missing"] == 40
    assert got["resolution.bound_low"] == pytest.approx(48 / 100)
    assert got["resolution.bound_high"] == pytest.approx(88 / 100)
    followup = further_indicators()["followup"]
    assert rate(followup, {"followup.num.0": 60, "followup.den": 100}).value == 0.6


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_fault_5_scores_are_out_of_100_over_any_span(scheme: Scheme) -> None:
    """A year is the same definition over more counts: a perfect unit has 100, never 10,000."""
    counts = pd.DataFrame([dict.fromkeys(scheme.measures(), 0)])
    for name in counts:
        if name.endswith(".den") or name.endswith(".num.0") or name == "all":
            counts[name] = 12
    counts = counts.assign(unit="a", unit_type="street", peer_group="x")
    year = counts.copy()
    year[list(scheme.measures())] *= 12
    for frame in (counts, year):
        assert score(scheme, frame)["composite"].iloc[0] == pytest.approx(100)


def test_fault_6_contradictions_are_counted_and_not_fixed() -> None:
    orders = pd.DataFrame(
        {
            "unit": "u",
            "status": "closed",
            "followup": "valid",
            "contacted": pd.array([False, True], dtype="boolean"),
            "resolution": "resolved",
            "satisfaction": "satisfied",
            "close_hours": [-3.0, 5.0],
            "flags": ["closed_before_created;resolved_not_contacted", None],
        }
    )
    got = score(A, count(A.measures(), orders)).iloc[0]
    assert got["flagged"] == 1
    assert (got["response"], got["resolution"]) == (0.5, 1.0)  # as recorded
    closed = further_indicators()["closed_7d"]
    seven = rate(closed, count(measures_of([closed]), orders).iloc[0])
    assert (seven.value, seven.n, seven.missing) == (
        1.0,
        1,
        1,
    )  # closed before created proves nothing


# -- ranks -----------------------------------------------------------------------
def test_ties_go_to_more_orders_then_share_the_rank() -> None:
    counts = counts_a(
        few=(20, 10, 9, 9, 9), many=(30, 10, 9, 9, 9), same=(30, 10, 9, 9, 9), last=(5, 5, 1, 1, 1)
    )
    got = score(A, counts).set_index("unit")
    assert got["rank"].to_dict() == {"many": 1, "same": 1, "few": 3, "last": 4}
    assert got["tied"].to_dict() == {"many": True, "same": True, "few": False, "last": False}
    shared = score(A.model_copy(update={"ties": "shared"}), counts).set_index("unit")
    assert shared["rank"].to_dict() == {"few": 1, "many": 1, "same": 1, "last": 4}


def test_each_group_has_its_own_ranks() -> None:
    counts = counts_a(a=(9, 9, 9, 9, 9), b=(9, 9, 5, 5, 5), c=(9, 9, 1, 1, 1), d=(9, 9, 2, 2, 2))
    counts["unit_type"] = ["street", "township", "department", "school"]
    got = score(A, counts).set_index("unit")
    assert got["group"].to_dict() == {
        "a": "streets",
        "b": "streets",
        "c": "departments",
        "d": "other",
    }
    assert got["rank"].to_dict() == {"a": 1, "b": 2, "c": 1, "d": 1}
    totals = pooled(A, counts, by_group=True).set_index("group")
    assert totals.loc["streets", "response"] == pytest.approx(14 / 18)
    assert (peer_groups(SCHEMES["hospital"], counts[["unit"]]) == "all").all()


def test_small_units_are_flagged() -> None:
    got = score(A, counts_a(small=(40, 29, 9, 9, 9), enough=(40, 30, 9, 9, 9))).set_index("unit")
    assert got["small"].to_dict() == {"small": True, "enough": False}
    assert got["ranked"].all()


def test_rank_change() -> None:
    before = score(A, counts_a(a=(9, 9, 9, 9, 9), b=(9, 9, 5, 5, 5), c=(9, 0, 0, 0, 0)))
    now = score(
        A, counts_a(a=(9, 9, 4, 4, 4), b=(9, 9, 5, 5, 5), c=(9, 9, 1, 1, 1), d=(9, 9, 0, 0, 0))
    )
    got = compare(now, before).set_index("unit")
    assert got.loc["b", "rank_change"] == 1
    assert got.loc["a", "rank_change"] == -1
    assert got.loc["b", "score_change"] == pytest.approx(0)
    assert got.loc[["c", "d"], "rank_change"].isna().all()


def test_weight_of_what_nobody_measures_is_shared_out_and_said() -> None:
    scheme = SCHEMES["service_levels_311"]
    counts = pd.DataFrame([dict.fromkeys(scheme.measures(), 1)]).assign(unit="a", unit_type="x")
    got = weights(scheme, counts).set_index("indicator")
    assert got["used"].tolist() == pytest.approx([100 / 6, 500 / 6, 0])
    assert got["measured"].tolist() == [True, True, False]
    assert got["used"].sum() == pytest.approx(got["weight"].sum())
    # Where no first action is recorded anywhere, on-time closing is all there is.
    counts[["response.num.0", "response.den"]] = 0
    assert weights(scheme, counts)["used"].tolist() == pytest.approx([0, 100, 0])
    assert score(scheme, counts)["composite"].iloc[0] == pytest.approx(100)


def test_parts_that_nobody_has_give_their_weight_away() -> None:
    scheme = SCHEMES["zhungeer_banner"]
    counts = pd.DataFrame([dict.fromkeys(scheme.measures(), 2)]).assign(unit="a", unit_type="x")
    counts[["response.photo.num.0", "response.photo.den"]] = 0
    got = part_weights(scheme, counts).set_index("part")
    assert got["used"].to_dict() == {"sign": 15, "contact": 15, "photo": 0}
    assert score(scheme, counts)["response"].iloc[0] == 1.0


def test_nothing_to_score() -> None:
    empty = counts_a(a=(0, 0, 0, 0, 0))
    got = score(A, empty)
    assert got["composite"].isna().all()
    assert pooled(A, empty)["composite"].isna().all()
    assert score(A, empty.iloc[:0]).empty
    assert pooled(A, empty.iloc[:0])["composite"].isna().all()


def test_lift_from_exclusions() -> None:
    counts = counts_a(a=(100, 50, 40, 40, 40), b=(100, 50, 40, 40, 40))
    counts["excluded"] = [20, 0]
    counts.loc[0, ["response.den", "resolution.den", "satisfaction.den"]] = 40
    got = lift(A, counts).set_index("unit")
    assert got.loc["a", "lift"] == pytest.approx(20)
    assert got.loc["b", "lift"] == pytest.approx(0)
    assert got["exclusion_rate"].to_dict() == {"a": 0.2, "b": 0}
    assert got["rank_before"].tolist() == [1, 1]


# -- properties over any orders ------------------------------------------------
ENUMS = ("status", "followup", "resolution", "satisfaction", "exclusion", "order_type", "grade")


def random_orders(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Orders with every kind of hole and contradiction."""
    out = {"unit": rng.choice(["甲", "乙", "丙"], n), "unit_type": "street", "peer_group": "x"}
    for name in ENUMS:
        out[name] = pd.array(rng.choice([*FIELDS[name].values, None], n), dtype="str")
    for name in ("contacted", "on_time", "photo_evidence", "refused", "recurred"):
        out[name] = pd.array(rng.choice([True, False, None], n), dtype="boolean")
    for name in ("returns", "redos", "extensions", "close_workdays"):
        out[name] = pd.array(rng.choice([None, -1, 0, 1, 5, 20], n), dtype="Int64")
    for name in ("sign_hours", "close_hours"):
        out[name] = rng.choice([np.nan, -2, 0, 1, 24, 30, 200], n)
    for name in ("title", "tags", "category2"):
        out[name] = pd.array(
            rng.choice(["退号", "医保", "适老化", "历史遗留", None], n), dtype="str"
        )
    return pd.DataFrame(out)


batches = st.builds(
    lambda seed, n: random_orders(np.random.default_rng(seed), n),
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
)
some_scheme = st.sampled_from(sorted(SCHEMES))
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = ("unit", "unit_type", "peer_group")


def scored(name: str, orders: pd.DataFrame) -> pd.DataFrame:
    scheme = SCHEMES[name]
    return score(scheme, count(scheme.measures(), orders, by=KEYS))


@few
@given(some_scheme, batches, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(name, orders, random) -> None:
    places = list(range(len(orders)))
    random.shuffle(places)
    pd.testing.assert_frame_equal(scored(name, orders), scored(name, orders.iloc[places]))


@few
@given(some_scheme, batches, st.integers(0, 60))
def test_a_batch_may_be_split(name, orders, cut) -> None:
    measures = SCHEMES[name].measures()
    parts = [count(measures, part, by=KEYS) for part in (orders[:cut], orders[cut:]) if len(part)]
    joined = pd.concat(parts).groupby(list(KEYS)).sum().reset_index()
    pd.testing.assert_frame_equal(joined, count(measures, orders, by=KEYS))


@few
@given(some_scheme, batches, st.floats(0.01, 50))
def test_weights_may_be_on_any_scale(name, orders, factor) -> None:
    scheme = SCHEMES[name]
    scaled = [w.model_copy(update={"weight": w.weight * factor}) for w in scheme.composite]
    other = scheme.model_copy(update={"composite": tuple(scaled)})
    counts = count(scheme.measures(), orders, by=KEYS)
    one, two = score(scheme, counts), score(other, counts)
    assert one["rank"].equals(two["rank"])
    assert one["composite"].to_numpy() == pytest.approx(two["composite"].to_numpy(), nan_ok=True)


@few
@given(some_scheme, batches)
def test_scores_stay_between_0_and_100(name, orders) -> None:
    got = scored(name, orders)
    known = got[got["ranked"]]
    assert known["composite"].between(-1e-9, 100 + 1e-9).all()
    assert (known["composite_low"] <= known["composite"] + 1e-9).all()
    assert (known["composite"] <= known["composite_high"] + 1e-9).all()
    points = known[[c for c in known if c.endswith(".points")]].sum(axis=1)
    assert points.to_numpy() == pytest.approx(known["composite"].to_numpy())
    shared = known[[c for c in known if c.endswith(".weight")]].sum(axis=1)
    assert (
        shared - sum(w.weight for w in SCHEMES[name].composite)
    ).abs().max() < 1e-9 or known.empty


@few
@given(batches)
def test_one_more_resolved_order_never_lowers_the_score(orders) -> None:
    row = {
        "unit": "甲", "unit_type": "street", "peer_group": "x", "status": "closed",
        "followup": "valid", "contacted": True, "resolution": "resolved", "satisfaction": "satisfied",
    }  # fmt: skip
    extra = pd.DataFrame([row]).reindex(columns=orders.columns).astype(orders.dtypes)
    more = pd.concat([orders, extra], ignore_index=True)
    was = scored("beijing_district", orders).set_index("unit")["composite"].get("甲")
    now = scored("beijing_district", more).set_index("unit")["composite"]["甲"]
    assert was is None or pd.isna(was) or now >= was - 1e-9
