"""Rising series: everybody's change, noise that rises do not hide in, and what became of them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasting.counts import dispersion, robust_dispersion
from forecasting.rising import rising, rising_and_totals, rising_citywide
from tests.demo_orders import END, orders, simulation
from tests.held_out import boston_2011, boston_cells, follow

AS_OF = date(2026, 6, 28)
ONE = {"windows": (28,), "common": "category"}


def rows(counts: np.ndarray, places=None, categories=None, as_of: date = AS_OF) -> pd.DataFrame:
    """(days, places, categories) -> day, place, category, n."""
    days = pd.date_range(end=pd.Timestamp(as_of), periods=len(counts), freq="D")
    day, place, category = np.nonzero(counts)
    places = np.array(places or [f"p{i:02d}" for i in range(counts.shape[1])])
    categories = np.array(categories or [f"c{i:02d}" for i in range(counts.shape[2])])
    return pd.DataFrame(
        {
            "day": days[day],
            "place": places[place],
            "category": categories[category],
            "n": counts[day, place, category],
        }
    )


def world(
    seed: int, places: int = 80, categories: int = 12, days: int = 549, phi: float = 0.3
) -> np.ndarray:
    """A city in which nothing rises by itself: weekdays, seasons, shocks and drifts that all
    places share per category, a winter category that starts at once, daily NB noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(days)
    weekday = np.where(t % 7 >= 5, 0.6, 1.16)
    size = rng.normal(0, 0.7, (places, 1)) + rng.normal(0, 1, (1, categories))
    level = np.exp(-2.5 + size + rng.normal(0, 0.3, (places, categories)))
    angle, swing = rng.uniform(0, 2 * np.pi, categories), rng.uniform(0, 0.8, categories)
    shared = np.exp(swing * np.cos(2 * np.pi * t[:, None] / 365.25 + angle))
    shared[:, 0] = np.where(t % 365 > 150, 12.0, 0.1) * (t % 365 < 300) + 0.1
    shared *= np.exp(np.cumsum(rng.normal(0, 0.01, (days, categories)), axis=0))
    for category in range(categories):
        for start in rng.integers(0, days, 4):
            shared[start : start + rng.integers(3, 20), category] *= rng.uniform(1.5, 4)
    mean = level * (weekday[:, None] * shared)[:, None, :]
    return rng.negative_binomial(1 / phi, 1 / (1 + phi * mean))


# -- what is expected ----------------------------------------------------------------
def test_the_expectation_with_a_category_by_hand() -> None:
    # Two a day in three places and two categories; in the last 28 days c00 doubles elsewhere.
    counts = np.full((250, 3, 2), 2)
    counts[-28:, 1:, 0] = 4
    got = rising(rows(counts), AS_OF, **ONE).set_index(["place", "category"])
    weights = 0.5 ** (np.arange(222) / 182)
    level = 2 + 0.5 / weights.sum()
    # The city without the series: 280 then, 392 now; the rest of c00: 112 then, 224 now.
    city = (392 + 10) / (280 + 10)
    rest = 224.5 / (112 + 0.5 / city)
    # How well the rest is known: as counts 224 now, and 4 W a weighted count before.
    precision = 1 / (1 / 224.5 + (4 * (weights**2).sum() + 0.5) / (4 * weights.sum() + 0.5) ** 2)
    trust = precision / (precision + 5)
    factor = rest**trust * city ** (1 - trust)
    assert trust > 0.95
    assert got.loc[("p00", "c00"), "expected"] == pytest.approx(28 * level * factor)
    assert got.loc[("p00", "c00"), "ratio"] < 0.6
    # Without a common key: the rest of the city's change alone.
    plain = rising(rows(counts), AS_OF, windows=(28,)).set_index(["place", "category"])
    assert plain.loc[("p00", "c00"), "expected"] == pytest.approx(28 * level * city)


def test_a_category_of_one_place_follows_the_city() -> None:
    counts = np.full((250, 4, 2), 2)
    counts[:, 1:, 1] = 0  # c01 is known in p00 alone
    counts[-28:, 1:, 0] = 3  # the others grow by half
    got = rising(rows(counts), AS_OF, **ONE).set_index(["place", "category"])
    city = (3 * 84 + 56 + 10) / (4 * 56 + 10)
    assert got.loc[("p00", "c01"), "expected"] == pytest.approx(56 * city, rel=0.005)


def test_orders_without_a_place_count_for_their_category() -> None:
    counts = np.full((300, 2, 2), 2)
    counts[-28:, 1, 0] = 8
    daily = rows(counts)
    lost = daily.assign(place=daily["place"].where(daily["place"] != "p01"))
    known, unknown = rising(daily, AS_OF, **ONE), rising(lost, AS_OF, **ONE)
    assert set(unknown["place"]) == {"p00"}
    for frame in (known, unknown):
        mine = frame[(frame["place"] == "p00") & (frame["category"] == "c00")]
        assert mine["expected"].iloc[0] > 120  # 56 times the fourfold rest, drawn to the city's
    nobody = rising(daily.assign(place=None), AS_OF, **ONE)
    assert nobody.empty
    assert {"place", "category", "against", "rising"} <= set(nobody)


# -- everybody's change is nobody's rise ---------------------------------------------
def test_a_season_that_begins_everywhere_is_nobodys_rise() -> None:
    rng = np.random.default_rng(3)
    mean = np.full((400, 30, 6), 0.4)
    mean[:-10, :, 0] = 0.02
    mean[-10:, :, 0] = 1.5  # heating begins ten days ago
    mean[-28:, 4, 2] *= 4  # and one place has a trouble of its own
    daily = rows(rng.poisson(mean))
    assert rising(daily, AS_OF, windows=(28,))["rising"].sum() >= 20  # by the city's change alone
    got = rising(daily, AS_OF, **ONE)
    up = got[got["rising"]]
    assert list(zip(up["place"], up["category"], strict=True)) == [("p04", "c02")]


def test_a_place_as_a_whole_is_measured_by_its_own_mix() -> None:
    rng = np.random.default_rng(5)
    mean = np.full((400, 30, 4), 0.5)
    mean[:, :, 0] = 0.01
    mean[-28:, :, 0] = 0.3
    mean[:, 7, 0] *= 20  # a street of old boilers
    mean[-28:, 9, :] *= 2.2
    daily = rows(rng.poisson(mean))
    by_place = daily.groupby(["day", "place"], as_index=False)["n"].sum()
    assert "p07" in set(rising(by_place, AS_OF, windows=(28,)).query("rising")["place"])
    got = rising(daily, AS_OF, total=True, **ONE)
    assert list(got.query("rising")["place"]) == ["p09"]
    assert list(got.columns[:2]) == ["place", "observed"]
    series, totals = rising_and_totals(daily, AS_OF, **ONE)
    pd.testing.assert_frame_equal(totals, got)
    pd.testing.assert_frame_equal(series, rising(daily, AS_OF, **ONE))
    sums = series.groupby("place")["observed"].sum()
    assert totals.set_index("place")["observed"].sort_index().equals(sums.sort_index())


# -- noise -----------------------------------------------------------------------
def test_on_noise_the_upper_tail_is_honest_and_hardly_anything_is_flagged() -> None:
    flagged, p = [], []
    for seed in range(6):
        got = rising(rows(world(seed)), AS_OF, **ONE)
        flagged.append(int(got["rising"].sum()))
        # A count takes few values when few are expected: those p values are coarse.
        p.append(got.loc[got["expected"] > 3, "p"])
    tail = pd.concat(p)
    assert len(tail) > 1500
    assert np.mean(flagged) <= 1.0  # of about 960 series a scan
    # The clearer of two p values, doubled: at most its size, and no less than a third of it.
    for size in (0.05, 0.02):
        assert size / 3 <= (tail < size).mean() <= 1.25 * size
    assert (tail < 0.01).mean() <= 0.015


def test_against_one_level_p_is_uniform() -> None:
    # 230 days: no half year before the guard, so that only the recent level is asked.
    p, randomised = [], []
    rng = np.random.default_rng(8)
    for seed in range(6):
        counts = world(100 + seed, days=230, phi=0.2)
        got = rising(rows(counts), AS_OF, **ONE)
        assert set(got["against"]) == {"recent"}
        large = got[got["expected"] > 15]
        p.append(large["p"])
        # p holds the chance of the very count seen: a random part of it is taken away.
        sd = large["excess"] / large["z"]
        share = rng.uniform(0, 1, len(large)) * stats.norm.pdf(large["z"]) / sd
        randomised.append(large["p"] - share)
    exact, mid = pd.concat(p), pd.concat(randomised)
    assert len(exact) > 300
    for size in (0.5, 0.25, 0.1, 0.05):
        assert (mid < size).mean() == pytest.approx(size, abs=0.03 + 0.25 * size)
    assert (exact < 0.01).mean() <= 0.02


def panel_windows(seed: int, phi: float, windows: int = 18, series: int = 300):
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(2.5, 0.7, series)) * np.ones((windows, 1))
    drawn = rng.negative_binomial(1 / phi, 1 / (1 + phi * mean))
    return drawn.astype(float), mean, np.zeros_like(mean)


@pytest.mark.parametrize("phi", [0.02, 0.1, 0.5])
def test_the_robust_dispersion_finds_the_truth(phi: float) -> None:
    observed, expected, known = panel_windows(1, phi)
    group = np.zeros(observed.shape[1], dtype=np.intp)
    got = robust_dispersion(observed, expected, known, group)
    assert np.median(got) == pytest.approx(phi, rel=0.3)
    # What the expectation's own error explains is not counted again.
    rng = np.random.default_rng(2)
    blurred = expected * rng.gamma(1 / 0.05, 0.05, expected.shape[1])
    again = robust_dispersion(observed, blurred, known + 0.05, group)
    assert np.median(again) == pytest.approx(phi, rel=0.4)


def test_rises_do_not_widen_the_noise_they_are_judged_by() -> None:
    observed, expected, known = panel_windows(4, 0.05)
    group = np.zeros(observed.shape[1], dtype=np.intp)
    calm = robust_dispersion(observed, expected, known, group)
    shouting = observed.copy()
    shouting[0, :15] *= 8  # a twentieth of the series, one window each
    assert np.median(robust_dispersion(shouting, expected, known, group)) <= 1.3 * np.median(calm)
    climbing = observed.copy()
    climbing[:, :30] *= np.linspace(2.2, 1, len(observed))[:, None]  # latest first
    slow = np.median(robust_dispersion(climbing, expected, known, group)[:30])
    moments = np.median(dispersion(climbing[:, :30], expected[:, :30]))
    assert slow < moments / 3


def test_a_restless_group_has_its_own_noise() -> None:
    calm, expected, known = panel_windows(6, 0.02)
    wild, _, _ = panel_windows(6, 0.8)
    group = np.repeat([0, 1], 300).astype(np.intp)
    both = (np.hstack(pair) for pair in ((calm, wild), (expected, expected), (known, known)))
    got = robust_dispersion(*both, group)
    assert np.median(got[:300]) < 0.05
    assert np.median(got[300:]) > 0.4


# -- slow rises --------------------------------------------------------------------
def test_a_slow_rise_is_seen_against_the_older_level() -> None:
    rng = np.random.default_rng(11)
    mean = np.full((720, 60, 3), 1.2)
    mean[-330:, 5, :] *= np.linspace(1, 2.2, 330)[:, None]
    counts = rng.poisson(mean)
    got = rising(rows(counts), AS_OF, total=True, **ONE)
    first = got.iloc[0]
    assert (first["place"], first["rising"], first["against"]) == ("p05", True, "older")
    assert got["rising"].sum() == 1
    assert first["ratio"] == pytest.approx(2.0, abs=0.3)


def test_what_comes_later_or_in_another_order_changes_nothing() -> None:
    counts = world(1, places=12, categories=4, days=420)
    early = AS_OF - timedelta(days=14)
    shouted = counts.copy()
    shouted[-14:] = 999
    one, two = rising(rows(counts), early, **ONE), rising(rows(shouted), early, **ONE)
    pd.testing.assert_frame_equal(one, two)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**20), st.booleans())
def test_only_the_sums_per_day_matter(seed: int, split: bool) -> None:
    daily = rows(world(2, places=6, categories=3, days=200))
    mixed = daily.sample(frac=1, random_state=seed)
    if split:  # two rows of a day are the same as their sum
        half = mixed["n"] // 2
        mixed = pd.concat([mixed.assign(n=half), mixed.assign(n=mixed["n"] - half)])
    pd.testing.assert_frame_equal(rising(mixed, AS_OF, **ONE), rising(daily, AS_OF, **ONE))


def test_bounds_can_be_left_out() -> None:
    daily = rows(world(3, places=6, categories=3, days=200))
    whole, quick = rising(daily, AS_OF, **ONE), rising(daily, AS_OF, bounds=False, **ONE)
    assert quick[["low", "high"]].isna().all(axis=None)
    ends = ["low", "high"]
    pd.testing.assert_frame_equal(whole.drop(columns=ends), quick.drop(columns=ends))
    assert (whole["low"] <= whole["high"]).all()


# -- the whole city ----------------------------------------------------------------
def yearly(days: int, seed: int = 0) -> np.ndarray:
    """Twelve categories, three of them with a winter half of the year; (days, 1, categories)."""
    rng = np.random.default_rng(seed)
    t = np.arange(days)[::-1]  # days before the last
    season = np.ones((days, 12))
    season[t % 364 < 40, :3] = 3
    return rng.poisson(15 * season)[:, None, :]


def citywide(counts: np.ndarray) -> pd.DataFrame:
    return rising_citywide(rows(counts)[["day", "category", "n"]], AS_OF)


def test_a_season_of_every_year_is_no_rise_of_the_city() -> None:
    got = citywide(yearly(700))
    assert set(got["against"]) == {"year"}
    assert not got["rising"].any()
    # Without the year before, the season shows, and the result says what it is compared with.
    short = citywide(yearly(300))
    assert set(short["against"]) <= {"recent", "older"}
    assert set(short.query("rising")["category"]) == {"c00", "c01", "c02"}


def test_a_rise_of_the_whole_city_by_hand() -> None:
    counts = np.full((420, 1, 4), 10)
    counts[-28:, 0, :] = 12  # the city grows by a fifth
    counts[-28:, 0, 2] = 36  # and one category threefold beyond that
    got = citywide(counts)
    first = got.iloc[0]
    assert (first["category"], first["against"], bool(first["rising"])) == ("c02", "year", True)
    rest = (3 * 336 + 10) / (3 * 280 + 10)
    assert first["expected"] == pytest.approx(280.5 * rest)
    assert got["rising"].sum() == 1
    new = counts.copy()
    new[:-28, 0, 1] = 0
    brand = citywide(new).set_index("category").loc["c01"]
    assert brand["new"]
    assert brand["rising"]


def test_a_hole_a_year_ago_is_not_compared_with() -> None:
    daily = rows(yearly(700))[["day", "category", "n"]]
    hole = daily["day"].between("2025-06-10", "2025-06-12")
    assert set(rising_citywide(daily[~hole], AS_OF)["against"]) <= {"recent", "older"}
    assert rising_citywide(daily[:0], AS_OF).empty


# -- the simulated city ------------------------------------------------------------
def street_rows(effects: bool) -> pd.DataFrame:
    found = orders(effects).groupby(["created_day", "street", "category1"]).size()
    return found.rename("n").reset_index().set_axis(["day", "place", "category", "n"], axis=1)


def test_the_planted_street_is_found_while_it_still_climbs() -> None:
    truths = simulation(True).truths
    assert truths is not None
    daily, plan = street_rows(True), truths.rising
    end = rising(daily, END, total=True, **ONE)
    assert list(end.query("rising")["place"]) == [plan.street]
    assert end["ratio"].iloc[0] == pytest.approx(2.4, abs=0.3)
    seen = plan.start + timedelta(days=145)  # of 218 days; at 2.5 times as many orders after 100
    assert plan.street in set(rising(daily, seen, total=True, **ONE).query("rising")["place"])


def test_without_effects_no_place_rises() -> None:
    daily, flagged = street_rows(False), 0
    for back in range(0, 224, 28):
        series, totals = rising_and_totals(daily, END - timedelta(days=back), **ONE)
        flagged += int(series["rising"].sum() + totals["rising"].sum())
    assert flagged <= 2  # in 8 scans of 3,000 series and 180 streets


def test_recoding_shows_in_the_whole_city() -> None:
    truths = simulation(True).truths
    assert truths is not None
    frame, plan = orders(True), truths.recoding
    paths = frame["category1"] + "->" + frame["category2"]
    daily = frame.assign(category=paths).groupby(["created_day", "category"]).size()
    daily = daily.rename("n").reset_index().rename(columns={"created_day": "day"})
    got = rising_citywide(daily, date(2026, 6, 2))
    up = got[got["rising"]]
    assert list(up["category"]) == [plan.filed_as]
    assert list(up["against"]) == ["year"]


# -- real records: do they stay high? ------------------------------------------------
def test_small_cells_of_boston_stay_high_for_the_next_four_weeks() -> None:
    got = follow(boston_cells(9), every=56)
    assert got.flagged >= 30
    assert got.ratio >= 2.0
    assert got.claim >= 2.3


def test_neighbourhoods_of_boston_stay_high_within_half_a_year_of_data() -> None:
    got = follow(boston_2011(), every=7)
    assert got.flagged >= 8
    assert got.ratio >= 1.5
