"""Fair rankings: published figures, an independent implementation, and simulated truths."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from metrics import funnel as funnels
from metrics.bonus import bonuses
from metrics.casemix import standardise
from metrics.counting import count
from metrics.draws import simulate
from metrics.fair import fair, rate_table, stands
from metrics.fair import funnels as funnels_of
from metrics.joint import correlation, joint_clocks, joint_measures
from metrics.linear import decompose
from metrics.ranks import indistinct, rank_draws, rank_table, tiers, told
from metrics.scheme import all_schemes
from metrics.score import score
from metrics.shrinkage import Prior, effective, fit, shrink
from metrics.tails import at_least, at_most, false_discovery, limits
from tests.league import RATES, WEIGHTS, A, league, sizes
from tests.test_scores import random_orders

SCHEMES = all_schemes()
# Tarone (1982): tumours among female rats in 70 historical control groups, as printed in
# Gelman et al., Bayesian Data Analysis, table 5.1 (without the current experiment, 4 of 14).
RAT_TUMOURS = (
    [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10] + [4] * 7
    + [10, 4, 4, 4, 5, 11, 12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9]
)  # fmt: skip
RATS = (
    [20] * 7 + [19] * 4 + [18, 18, 17, 20, 20, 20, 20, 19, 19, 18, 18, 25, 24, 23]
    + [20] * 6 + [10, 49, 19, 46, 27, 17, 49, 47, 20, 20, 13, 48, 50] + [20] * 7
    + [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46, 47, 24]
)  # fmt: skip


# -- shrinkage -------------------------------------------------------------------
def test_beta_binomial_fit_of_the_rat_tumours() -> None:
    """R package BayesGOF, function gMLE.bb on its data ``rat``: 2.304768 and 14.079707."""
    prior = fit(np.array(RAT_TUMOURS), np.array(RATS))
    assert prior is not None
    assert (prior.alpha, prior.beta) == pytest.approx((2.304768, 14.079707), rel=2e-4)


def test_the_fit_is_a_maximum_of_scipys_likelihood() -> None:
    rng = np.random.default_rng(3)
    n = sizes(rng, 80, 90)
    hits = rng.binomial(n, rng.beta(40, 4, 80))
    prior = fit(hits, n)
    assert prior is not None

    def likelihood(a: float, b: float) -> float:
        return float(stats.betabinom.logpmf(hits, n, a, b).sum())

    best = likelihood(prior.alpha, prior.beta)
    for fa, fb in [(1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98), (1.05, 1.05), (0.95, 0.95)]:
        assert likelihood(prior.alpha * fa, prior.beta * fb) < best
    assert prior.mean == pytest.approx(40 / 44, abs=0.02)
    assert prior.strength == pytest.approx(44, rel=0.5)


def test_shrinkage_by_hand() -> None:
    mean, low, high = shrink(Prior(8, 2, 9), np.array([10.0, 0, 900]), np.array([10.0, 0, 1000]))
    assert mean[0] == pytest.approx(18 / 20)
    assert np.isnan(mean[1]) and np.isnan(low[1])
    assert mean[2] == pytest.approx(908 / 1010)
    assert (low[0], high[0]) == pytest.approx(stats.beta(18, 2).interval(0.95))


def test_nothing_to_learn_from() -> None:
    assert fit(np.array([0.0]), np.array([0.0])) is None
    for hits in ([5.0, 9.0, 3.0], [0.0, 0.0, 0.0]):
        assert fit(np.array(hits), np.array([5.0, 9.0, 3.0])) == Prior(0.5, 0.5, 3)
    equal = fit(np.full(40, 90.0), np.full(40, 100.0))
    assert equal is not None and equal.spread == 0  # less spread than chance makes


@given(st.integers(0, 2**32 - 1), st.integers(3, 60))
@settings(max_examples=40, deadline=None)
def test_shrunken_rates_keep_order_and_stay_between_rate_and_mean(seed: int, units: int) -> None:
    rng = np.random.default_rng(seed)
    n = np.full(units, 50.0)
    hits = np.sort(rng.binomial(50, rng.uniform(0.5, 1, units))).astype(float)
    prior = fit(hits, n)
    assert prior is not None
    mean, low, high = shrink(prior, hits, n)
    assert (np.diff(mean) >= -1e-12).all()
    inside = np.sort(np.column_stack([hits / n, np.full(units, prior.mean)]), axis=1)
    assert ((inside[:, 0] - 1e-9 <= mean) & (mean <= inside[:, 1] + 1e-9)).all()
    assert ((low <= mean) & (mean <= high)).all()


def test_effective_orders_of_weighted_numerators() -> None:
    hits, n = np.array([95.0, 40.0]), np.array([100.0, 50.0])
    plain = effective(hits, n, hits)
    assert plain[0].tolist() == pytest.approx(hits.tolist())
    # half the hits are worth 0.9: the scores vary less than a yes/no, so orders say more
    squares = np.array([50 + 50 * 0.81, 40.0])
    _, more = effective(hits, n, squares)
    assert (more > n).all()


# -- funnels ---------------------------------------------------------------------
def test_tau_is_dersimonian_and_lairds() -> None:
    """Without winsorising, tau² is the meta-analysis estimate that statsmodels has."""
    rng = np.random.default_rng(5)
    n = sizes(rng, 30, 120)
    hits = rng.binomial(n, rng.beta(60, 15, 30))
    y, variance = np.arcsin(np.sqrt(hits / n)), 1 / (4 * n)
    other = combine_effects(y, variance, method_re="dl")
    target = np.sin(np.average(y, weights=1 / variance)) ** 2
    _, tau2 = funnels.over_dispersion(funnels.z_scores(hits, n, target), n)
    assert tau2 == pytest.approx(other.tau2, rel=1e-6)


def test_winsorised_variance_is_that_of_a_normal_sample() -> None:
    z = np.random.default_rng(1).standard_normal(400_000)
    for share in (0.05, 0.1, 0.2):
        seen = funnels.winsorise(z, share).var()
        assert funnels.winsorised_variance(share) == pytest.approx(seen, rel=0.01)
    assert funnels.winsorised_variance(0) == 1


def test_limits_are_binomial_without_spread() -> None:
    n, hits = np.array([30.0, 100.0, 400.0]), np.array([27.0, 99.0, 350.0])
    assert at_most(hits, n, 0.93) == pytest.approx(stats.binom.cdf(hits, n, 0.93))
    assert at_least(hits, n, 0.93) == pytest.approx(stats.binom.sf(hits - 1, n, 0.93))
    low, high = limits(n, 0.93, 0.0, 0.95)
    assert at_most(low * n + 1e-6, n, 0.93) == pytest.approx(0.025, abs=1e-4)
    assert at_least(high[1:] * n[1:] - 1e-6, n[1:], 0.93) == pytest.approx(0.025, abs=1e-4)
    assert np.isnan(at_least(np.array([0.0]), np.array([0.0]), 0.5)[0])


@pytest.mark.parametrize("rate", [0.6, 0.9, 0.97])
@pytest.mark.parametrize("spread", [0.0, 0.06])
def test_blameless_units_stand_outside_no_more_often_than_stated(rate, spread) -> None:
    rng = np.random.default_rng(11)
    outside95, outside998 = [], []
    for _ in range(40):
        n = sizes(rng, 80, 150)
        true = np.sin(np.arcsin(np.sqrt(rate)) + rng.normal(0, spread, 80)) ** 2
        _, table = funnels.funnel(pd.Series(range(80)), rng.binomial(n, true), n)
        outside95.append((table["outside"] > 0).mean())
        outside998.append((table["outside"] > 99).mean())
    assert np.mean(outside95) <= 0.05
    assert np.mean(outside998) <= 0.004


def test_over_dispersion_spares_blameless_units_and_still_finds_gross_outliers() -> None:
    rng = np.random.default_rng(12)
    plain, allowed, found = 0, 0, 0
    for _ in range(60):
        n = sizes(rng, 60, 300)
        true = np.sin(np.arcsin(np.sqrt(0.9)) + rng.normal(0, 0.05, 60)) ** 2
        true[0], n[0] = 0.6, 300
        hits = rng.binomial(n, true)
        made, table = funnels.funnel(pd.Series(range(60)), hits, n)
        assert made is not None
        allowed += int((table["outside"] > 99)[1:].sum())
        found += int(table["outside"][0] > 99)
        plain += int((np.abs(funnels.z_scores(hits, n, made.target)) > 3.09)[1:].sum())
    assert allowed < plain / 3
    assert found >= 54


def test_too_few_units_have_no_funnel() -> None:
    made, table = funnels.funnel(pd.Series(list("abc")), np.array([1, 2, 0]), np.array([3, 4, 0]))
    assert made is None
    assert table["outside"].eq(0).all() and table["z"].isna().all()
    assert np.isnan(table["value"][2])


def test_funnels_of_a_scheme_say_which_side_is_good() -> None:
    rng = np.random.default_rng(4)
    n = np.full(30, 400)
    hits = rng.binomial(n[:, None], [0.97, 0.9, 0.9], (30, 3))
    hits[0, 1], hits[1, 1] = 400, 250
    made, table = funnels_of(decompose(A, league(n, hits)), "resolution")["streets"]
    assert made is not None and made.target == pytest.approx(hits[:, 1].sum() / n.sum())
    assert table.loc[1, ["outside", "better"]].tolist() == [99.8, False]
    assert table.loc[0, "better"] is True


# -- case mix ----------------------------------------------------------------------
def mixed(rng: np.random.Generator, units: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    """Units with true qualities, and hard and easy categories in unequal shares."""
    hard = np.array([1.5, 0.5, -0.5, -1.5])
    quality = rng.normal(0, 0.3, units)
    rows = []
    for unit, size in enumerate(sizes(rng, units, 80, 0.6)):
        share = rng.dirichlet(np.full(4, 1.2))
        for stratum, n in enumerate(rng.multinomial(size, share)):
            chance = 1 / (1 + np.exp(-(1.8 + quality[unit] + hard[stratum])))
            rows.append((f"u{unit:03d}", stratum, rng.binomial(n, chance), n))
    return pd.DataFrame(rows, columns=["unit", "category1", "hits", "n"]), quality


def test_case_mix_by_hand() -> None:
    """Two strata; with a pull of 0 what is expected is the other units' rate."""
    rows = [("a", "easy", 9, 10), ("a", "hard", 1, 10), ("b", "easy", 16, 20), ("b", "hard", 2, 20)]
    rows += [(u, s, 5, 10) for u in "cde" for s in ("easy", "hard")]
    table = pd.DataFrame(rows, columns=["unit", "kind", "hits", "n"])
    got = standardise(table, ["kind"], pull=0.0)
    a = got.units.set_index("unit").loc["a"]
    expected = 10 * (16 + 15) / (20 + 30) + 10 * (2 + 15) / (20 + 30)
    assert a["expected"] == pytest.approx(expected)
    assert a["adjusted"] == pytest.approx(58 / 120 + (10 - expected) / 20)
    assert got.refused is None


def test_adjusting_comes_nearer_to_the_truth_where_units_share_categories() -> None:
    rng = np.random.default_rng(8)
    plain, adjusted = [], []
    for _ in range(25):
        table, quality = mixed(rng)
        got = standardise(table, ["category1"])
        assert got.refused is None
        plain.append(stats.spearmanr(got.units["value"], quality).statistic)
        adjusted.append(stats.spearmanr(got.units["adjusted"], quality).statistic)
    assert np.mean(adjusted) > np.mean(plain) + 0.1


def test_units_that_are_categories_are_refused() -> None:
    rows = [(f"u{k}", f"c{k}", 8, 10) for k in range(12)]
    got = standardise(pd.DataFrame(rows, columns=["unit", "kind", "hits", "n"]), ["kind"])
    assert got.refused == "not_shared"
    assert got.units["adjusted"].isna().all()
    assert got.hits(["u3"])[0] == pytest.approx(8)  # the plain hits
    few = pd.DataFrame(rows[:3], columns=["unit", "kind", "hits", "n"])
    assert standardise(few, ["kind"]).refused == "few_units"
    assert standardise(few, []).refused == "no_strata"


def test_a_single_unit_with_its_own_categories_is_left_as_it_is() -> None:
    rows = [(f"u{k}", "common", 8, 10) for k in range(12)] + [("own", "special", 3, 10)]
    got = standardise(pd.DataFrame(rows, columns=["unit", "kind", "hits", "n"]), ["kind"])
    alone = got.units.set_index("unit").loc["own"]
    assert alone["reason"] == "own_categories" and np.isnan(alone["adjusted"])


# -- ranks -----------------------------------------------------------------------
def truth(rng: np.random.Generator, units: int, median: float) -> tuple[pd.DataFrame, np.ndarray]:
    """A league whose true composites are known."""
    n = sizes(rng, units, median)
    rates = rng.beta([388, 90, 90], [12, 10, 10], (units, 3))
    return league(n, rng.binomial(n[:, None], rates)), rates @ WEIGHTS


def test_rank_intervals_cover_the_true_ranks() -> None:
    rng = np.random.default_rng(21)
    covered = []
    for trial in range(25):
        counts, true = truth(rng, 60, 80)
        got = rank_table(
            simulate(decompose(A, counts), draws=500, seed=trial, correlation=np.eye(3))
        )
        place = stats.rankdata(-true)
        covered.append(((got["rank_low"] <= place) & (place <= got["rank_high"])).mean())
    assert 0.87 <= np.mean(covered) <= 0.97


def test_shrinkage_finds_the_bottom_tenth_more_often_than_the_raw_table() -> None:
    rng = np.random.default_rng(22)
    raw, shrunken = 0, 0
    for trial in range(60):
        counts, true = truth(rng, 60, 80)
        linear = decompose(A, counts)
        got = rank_table(simulate(linear, draws=300, seed=trial, correlation=np.eye(3)))
        bottom = set(np.argsort(true)[:6])
        raw += len(bottom & set(np.argsort(linear.composite)[:6]))
        shrunken += len(bottom & set(np.argsort(got["shrunken"].to_numpy())[:6]))
    assert shrunken > raw


@pytest.mark.parametrize("median", [60, 300])
def test_with_no_true_differences_at_most_one_in_twenty_is_flagged(median) -> None:
    """Permutation: the same orders dealt out to units at random, over and over."""
    rng = np.random.default_rng(31)
    n = sizes(rng, 60, median)
    orders = rng.random((n.sum(), 3)) < [0.97, 0.9, 0.92]
    by_funnel, by_rank = [], []
    edges = np.concatenate([[0], np.cumsum(n)])[:-1]
    for trial in range(25):
        dealt = orders[rng.permutation(len(orders))]
        counts = league(n, np.add.reduceat(dealt.astype(int), edges))
        linear = decompose(A, counts)
        for name in RATES:
            _, table = funnels_of(linear, name)["streets"]
            by_funnel.append((table["outside"] > 0).mean())
        got = rank_table(simulate(linear, draws=400, seed=trial), level=0.95)
        middle = 61 / 2
        by_rank.append(((got["rank_low"] > middle) | (got["rank_high"] < middle)).mean())
    assert np.mean(by_funnel) <= 0.05
    assert np.mean(by_rank) <= 0.05


def test_what_a_table_tells_by_hand() -> None:
    rows = [
        ("a", 1.5, 1, 3, 0.99, 0.01), ("b", 2.0, 1, 4, 0.97, 0.02), ("c", 3.0, 2, 5, 0.4, 0.5),
        ("d", 5.0, 5, 5, 0.0, 0.975), ("e", np.nan, None, None, np.nan, np.nan),
    ]  # fmt: skip
    names = ["unit", "rank_expected", "rank_low", "rank_high", "upper", "lower"]
    got = told(pd.DataFrame(rows, columns=names))
    assert (got.upper, got.lower, got.of, got.rest, got.width) == (("a",), ("d",), 4, 2, 4)


def test_halves_leave_the_middle_out() -> None:
    counts, _ = truth(np.random.default_rng(4), 7, 40)
    drawn = simulate(decompose(A, counts), draws=200)
    places = rank_draws(drawn)
    got = rank_table(drawn)
    assert got["upper"].to_numpy() == pytest.approx((places < 4).mean(axis=1))
    assert got["lower"].to_numpy() == pytest.approx((places > 4).mean(axis=1))


def test_evidence_shifts_the_draws_and_widens_nothing() -> None:
    """A bonus is no sample: it moves a unit's shrunken score by its points, the interval with it."""
    counts, _ = truth(np.random.default_rng(5), 20, 80)
    evidence = pd.DataFrame({"adjustment": ["topic"], "unit": ["u003"], "evidence": ["doc 1"]})
    found = bonuses(A, counts, evidence)
    plain, with_bonus = fair(A, counts), fair(A, counts, found=found)
    one, two = (got.table.set_index("unit").loc["u003"] for got in (plain, with_bonus))
    for name in ("score", "shrunken", "shrunken_low", "shrunken_high"):
        assert two[name] - one[name] == pytest.approx(0.5, abs=1e-4), name
    assert two["composite"] == one["composite"] and two["bonus"] == 0.5
    assert with_bonus.linear.composite == pytest.approx(plain.linear.composite)


def test_the_rates_of_a_league_by_hand() -> None:
    rng = np.random.default_rng(6)
    counts, _ = truth(rng, 30, 120)
    counts.loc[4, [c for c in counts if c.endswith(".den") or ".num." in c]] = 0
    linear = decompose(A, counts)
    got = rate_table(linear, "resolution", "streets")
    n, hits = (counts[f"resolution.{x}"].to_numpy(dtype=float) for x in ("den", "num.0"))
    prior = fit(hits[n > 0], n[n > 0])
    assert prior is not None
    by = got.set_index("unit")
    assert "u004" not in by.index and len(by) == 29
    for k in (0, 7, 29):
        row = by.loc[f"u{k:03d}"]
        assert row["value"] == pytest.approx(hits[k] / n[k])
        assert row["shrunken"] == pytest.approx((prior.alpha + hits[k]) / (prior.strength + n[k]))
    assert got["shrunken"].is_monotonic_decreasing


def test_funnel_lines_run_through_the_units_own_limits() -> None:
    counts, _ = truth(np.random.default_rng(7), 40, 120)
    got = stands(decompose(A, counts), "resolution", "streets")
    lines = got.lines(400)
    for name in ("low95", "high95", "low998", "high998"):
        between = np.interp(got.units["n"], lines["n"], lines[name])
        assert between == pytest.approx(got.units[name].to_numpy(), abs=0.005), name


def test_joint_counts_go_by_the_clock_of_their_rates() -> None:
    for scheme in SCHEMES.values():
        clocks = joint_clocks(scheme)
        assert set(clocks) == set(joint_measures(scheme))
        rates = {leaf.prefix: leaf.rule.clock for i in scheme.composed for leaf in i.leaves()}
        assert set(clocks.values()) <= set(rates.values())


def test_rank_draws_agree_with_scipy() -> None:
    counts, _ = truth(np.random.default_rng(1), 12, 40)
    counts["unit_type"] = ["street", "department"] * 6
    drawn = simulate(decompose(A, counts), draws=20)
    places = rank_draws(drawn)
    for group in ("streets", "departments"):
        mine = drawn.groups == group
        assert (places[mine] == stats.rankdata(-drawn.score[mine], axis=0)).all()


def test_correlated_rates_widen_the_score() -> None:
    counts, _ = truth(np.random.default_rng(2), 40, 80)
    linear = decompose(A, counts)
    width = []
    for between in (np.eye(3), np.full((3, 3), 0.5) + np.eye(3) / 2, None):
        got = rank_table(simulate(linear, correlation=between))
        width.append((got["shrunken_high"] - got["shrunken_low"]).mean())
    assert width[0] < width[1] < width[2]


def test_correlation_comes_from_the_orders() -> None:
    rng = np.random.default_rng(6)
    orders = random_orders(rng, 4000).assign(followup="valid", exclusion=None, status="closed")
    totals = count(A.measures() | joint_measures(A), orders, by=[]).iloc[0]
    got = correlation(A, totals)
    contacted = (orders["contacted"] == True).fillna(False).astype(float)  # noqa: E712
    resolved = (orders["resolution"] == "resolved").fillna(False).astype(float)
    says = orders["satisfaction"]
    satisfied = says.isin(["satisfied", "very_satisfied"]) + 0.9 * (says == "basically_satisfied")
    direct = np.corrcoef([contacted, resolved, satisfied.astype(float)])
    assert got == pytest.approx(direct, abs=1e-9)


def test_fair_table_and_groups_that_cannot_be_told_apart() -> None:
    n = np.array([4000] * 3 + [30] * 7 + [0])
    rates = np.array([0.99] + [0.9] * 9 + [0.9])
    hits = np.column_stack([np.round(n * rates)] * 3).astype(int)
    got = fair(A, league(n, hits), correlation=np.eye(3))
    by = got.table.set_index("unit")
    assert by.loc["u000", ["rank", "rank_low", "rank_high", "tier"]].tolist() == [1, 1, 1, 1]
    assert by.loc[["u001", "u002", "u005"], "tier"].eq(2).all()
    assert by.loc["u010", ["tier", "rank_low", "shrunken"]].isna().all()
    same = indistinct(got.draws, "u001")
    assert set(same["unit"]) == {f"u{k:03d}" for k in range(2, 10)}
    assert indistinct(got.draws, "u010").empty
    assert tiers(got.draws).loc["u000"] == 1


def test_a_case_mix_that_is_refused_changes_nothing() -> None:
    counts, _ = truth(np.random.default_rng(9), 20, 80)
    own = counts.assign(category1=counts["unit"])
    plain = fair(A, counts, correlation=np.eye(3))
    got = fair(A, counts, strata=own, by=["category1"], correlation=np.eye(3))
    assert {mix.refused for mix in got.mix.values()} == {"not_shared"}
    pd.testing.assert_frame_equal(got.table, plain.table)


def test_false_discovery_of_the_1995_paper() -> None:
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.000]  # fmt: skip
    assert (false_discovery(np.array([*p, np.nan])) <= 0.05).sum() == 4
    assert false_discovery(np.array(p)) == pytest.approx(stats.false_discovery_control(p))


# -- the linear form -----------------------------------------------------------------
@pytest.mark.parametrize("name", SCHEMES)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_a_score_is_the_sum_of_its_pieces(name: str, seed: int, n: int) -> None:
    scheme = SCHEMES[name]
    orders = random_orders(np.random.default_rng(seed), n)
    counts = count(scheme.measures(), orders, by=("unit", "unit_type", "peer_group"))
    for exclusions in ("applied", "ignored"):
        linear = decompose(scheme, counts, exclusions=exclusions)
        direct = score(scheme, counts, exclusions=exclusions).set_index("unit")["composite"]
        assert linear.composite == pytest.approx(direct[list(linear.units)], nan_ok=True)
        known = ~np.isnan(linear.composite)
        assert linear.points[known].sum(axis=1) == pytest.approx(100)


@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_of_units_does_not_change_what_is_said_of_them(random) -> None:
    """Draws go by row, so intervals agree up to simulation error; all else exactly."""
    counts, _ = truth(np.random.default_rng(17), 15, 100)
    rows = list(range(15))
    random.shuffle(rows)
    one = fair(A, counts, draws=4000).table.set_index("unit")
    two = fair(A, counts.iloc[rows], draws=4000).table.set_index("unit").loc[one.index]
    assert one["rank"].equals(two["rank"])
    assert one["shrunken"].to_numpy() == pytest.approx(two["shrunken"].to_numpy(), abs=0.3)
    assert (one["rank_low"] - two["rank_low"]).abs().max() <= 2


@pytest.mark.parametrize("name", SCHEMES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8, deadline=None)
def test_one_more_success_in_any_rate_never_worsens_a_unit(name: str, seed: int) -> None:
    scheme = SCHEMES[name]
    orders = random_orders(np.random.default_rng(seed), 60)
    counts = count(scheme.measures(), orders, by=("unit", "unit_type", "peer_group"))
    linear = decompose(scheme, counts)
    for k, piece in enumerate(linear.pieces):
        if not piece.sampled or not linear.points[:, k].any():
            continue
        first = f"{piece.name}.num.0"
        spare = counts[f"{piece.name}.den"] > counts.filter(regex=rf"^{piece.name}\.num").sum(
            axis=1
        )
        more = counts.assign(**{first: counts[first] + spare})
        change = decompose(scheme, more).composite - linear.composite
        change = change[~np.isnan(change)] * (1 if piece.up else -1)
        assert (change >= -1e-9).all()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_with_and_without_exclusions_agree_where_nothing_is_struck_out(seed: int) -> None:
    orders = random_orders(np.random.default_rng(seed), 80)
    kept = orders.assign(exclusion=pd.array([None] * 80, dtype="str"))
    counts = count(A.measures(), kept, by=("unit", "unit_type", "peer_group"))
    with_, without = (fair(A, counts, draws=50, exclusions=e).table for e in ("applied", "ignored"))
    pd.testing.assert_frame_equal(with_, without)
    # struck out or not, what is left is what is counted
    left = count(A.measures(), orders[orders["exclusion"].isna()], by=("unit", "unit_type"))
    whole = count(A.measures(), orders, by=("unit", "unit_type"))
    one, two = (score(A, c).set_index("unit")["composite"].dropna() for c in (left, whole))
    assert one.to_dict() == pytest.approx(two.to_dict())
