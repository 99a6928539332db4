"""Early warning: outbreaks found at a stated budget, shared shocks one alert, nothing read from the future."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecasting import alerts, cusum, ears
from forecasting.surprise import lay_out, normal_score, surprise
from tests import outbreaks
from tests.outbreaks import City


@pytest.fixture(scope="module")
def town() -> City:
    return outbreaks.city(1)


def test_scores_of_an_undisturbed_town_look_like_chance(town: City) -> None:
    _, found = outbreaks.laid(town)
    score = found.score[400:]
    assert abs(np.nanmean(score)) < 0.1
    assert np.nanmean(score > 3) < 2 * stats.norm.sf(3)
    busy = np.nanmean(found.expected[400:], axis=0) > 3
    assert np.nanstd(score[:, busy]) == pytest.approx(1, abs=0.07)


def test_the_mid_p_score_is_the_normal_quantile() -> None:
    tail = stats.nbinom.sf(7, 1 / 0.2, 1 / (1 + 0.2 * 4)) + 0.5 * stats.nbinom.pmf(7, 5, 1 / 1.8)
    got = normal_score(np.array([7.0]), np.array([4.0]), np.array([0.2]))
    assert got[0] == pytest.approx(stats.norm.isf(tail))


def test_the_cusum_of_a_worked_example() -> None:
    # k = 0.5: sums 0.5, 1.5, 0, 2, 4 > 3.5: alarm, started anew
    score = np.array([[1.0], [1.5], [-2.0], [2.5], [2.5], [0.7], [np.nan]])
    got = cusum.run(score, np.array([3.5]), 0.5)
    assert got.sum[:, 0].tolist() == pytest.approx([0.5, 1.5, 0, 2, 4, 0.2, 0.2])
    assert got.alarm[:, 0].tolist() == [False, False, False, False, True, False, False]
    assert got.since[4, 0] == 3


@pytest.mark.slow
def test_false_alarms_keep_their_budget_and_outbreaks_are_found(town: City) -> None:
    for budget, size, wanted in ((2.0, 4, 0.85), (0.25, 6, 0.80)):
        got = outbreaks.detect(town, budget, size)
        assert got.tried > 60
        assert got.false_rate < 1.15 * budget
        assert got.share >= wanted
        assert got.delay <= 4


def test_a_shock_of_everybody_is_one_alert_and_an_outbreak_is_its_own(town: City) -> None:
    counts = town.counts.copy()
    counts[7, :, -40:-33] *= 3  # the whole category
    counts[3, 5, -9:-2] += 12  # one series
    got = alerts.scan(
        outbreaks.long(town.days, counts), town.last, common="category1",
        budget=alerts.Budget(classes=("c03",)),
    )  # fmt: skip
    now = got.alerts[got.alerts["ongoing"] & got.alerts["part_of"].isna()]
    first = now.iloc[0]
    assert (first["category1"], first["district"], first["scope"]) == ("c03", "d05", "series")
    assert bool(first["urgent"])
    assert town.days[-10] <= first["start"] <= town.days[-8]
    assert first["excess"] == pytest.approx(7 * 12, rel=0.15)
    # the category's total rose by the same orders: said once
    total = got.alerts[(got.alerts["scope"] == "category") & (got.alerts["category1"] == "c03")]
    assert set(total["part_of"]) == {"series"}
    shock = got.alerts[got.alerts["category1"].eq("c07")]
    shock = shock[(shock["until"] >= town.days[-40]) & (shock["start"] <= town.days[-30])]
    alone = shock[shock["part_of"].isna()]
    assert list(alone["scope"]) == ["category"]
    assert len(shock) <= 8  # most of 16 districts did not alarm at all


def test_a_season_that_comes_every_year_is_no_alert_of_its_category(town: City) -> None:
    got = alerts.scan(town.daily, town.last, common="category1")
    totals = got.alerts[got.alerts["scope"] != "series"]
    # 41 totals at a budget of 0.5: about 20 would be bought; the wandering levels cancel out
    assert len(totals) <= 20
    assert got.false_per_day == pytest.approx((640 * 0.25 + 41 * 0.5) / 365)


def test_nothing_is_read_from_the_future_and_order_does_not_matter(town: City) -> None:
    at = town.days[-30].date()
    early = alerts.scan(town.daily, at, common="category1", history=60)
    counts = town.counts.copy()
    counts[:, :, -29:] = counts[:, :, -29:][:, ::-1] * 5
    later = outbreaks.long(town.days, counts).sample(frac=1, random_state=1)
    again = alerts.scan(later, at, common="category1", history=60)
    pd.testing.assert_frame_equal(early.alerts, again.alerts)


def test_holes_in_the_data_raise_no_alarm() -> None:
    town = outbreaks.city(2, days=500, categories=6)
    hole = (town.days >= town.days[-60]) & (town.days < town.days[-40])
    daily = town.daily[~town.daily["day"].isin(town.days[hole])]
    panel = lay_out(daily, town.last, common="category1")
    assert panel is not None
    found = surprise(panel, panel.grid.series, panel.grid.shared, panel.grid.group)
    assert np.isnan(found.score[hole]).all()
    after = found.score[-40:]
    assert np.nanmean(after > 3) < 0.005


def test_young_data_are_judged_by_ears() -> None:
    # Hutwagner et al.: C2 leaves two days out and looks at the seven before
    y = np.array([2.0, 4, 3, 5, 4, 3, 4, 9, 9, 12])
    got = ears.ears(y.reshape(-1, 1))[:, 0]
    assert np.isnan(got[:9]).all()
    assert got[9] == pytest.approx((12 - y[:7].mean()) / y[:7].std(ddof=1))
    days = pd.date_range("2026-01-01", periods=30)
    daily = pd.DataFrame({"day": days, "category1": "a", "district": "x", "n": 3})
    daily.loc[28, "n"] = 20
    found = alerts.scan(daily, days[-1].date(), common="category1").alerts
    assert list(found["method"]) == ["ears"]
    assert found["start"][0] == days[28]
    nothing = alerts.scan(daily.iloc[:0], days[-1].date(), common="category1").alerts
    assert nothing.empty


def test_the_farrington_limit_is_the_quantile_of_its_own_fit() -> None:
    rng = np.random.default_rng(3)
    weekly = rng.poisson(20, 6 * 52).astype(float)
    got = ears.farrington(weekly)
    assert got is not None
    assert got.expected == pytest.approx(20, rel=0.12)
    assert got.phi == pytest.approx(1, abs=0.25)
    weekly[-1] = 60
    raised = ears.farrington(weekly)
    assert raised is not None
    assert raised.expected == got.expected  # the week in question is not in its own baseline
    assert raised.alarm and raised.score == pytest.approx(
        (60 - got.expected) / (got.upper - got.expected)
    )
    assert ears.farrington(weekly[-70:]) is None


def test_a_past_outbreak_hardly_moves_the_farrington_baseline() -> None:
    rng = np.random.default_rng(4)
    weekly = rng.poisson(20, 6 * 52).astype(float)
    plain = ears.farrington(weekly)
    weekly[-104:-101] += 150  # the same weeks two years ago
    got = ears.farrington(weekly)
    assert plain is not None and got is not None
    assert got.expected < plain.expected * 1.25  # unweighted: three of 35 weeks at 170 make it 33


@pytest.mark.slow
def test_no_more_false_farrington_alarms_than_it_promises() -> None:
    rng = np.random.default_rng(5)
    alarms = [
        ears.farrington(rng.negative_binomial(10, 10 / 20, 300).astype(float)) for _ in range(150)
    ]
    assert (
        sum(found is not None and found.alarm for found in alarms) <= 6
    )  # 0.005 asked, 0.04 allowed
