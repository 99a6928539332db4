"""Risk, back-test, classes, patterns and chains against worked examples and independent sums."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecasting.places import (
    BARS,
    OWN,
    RECIPES,
    Levels,
    Recipe,
    Weeks,
    area_classes,
    back_test,
    chains,
    classes,
    judge,
    patterns,
    risk,
    weeks_of,
)
from forecasting.places.patterns import gi_star, mann_kendall, named
from forecasting.places.risk import hits, simulated
from forecasting.places.weeks import in_top, last_year, smoothed
from tests.places_data import disk, noise

SUNDAY = date(2026, 11, 22)


def test_weeks_are_laid_out_by_days_delivered() -> None:
    cells = disk(3)
    rows = pd.DataFrame(
        {
            "day": pd.to_datetime(
                ["2026-10-29", "2026-11-02", "2026-11-08", "2026-11-16", "2026-11-23", "2026-11-20"]
            ),
            "cell": pd.array(
                [cells[0], cells[0], cells[1], cells[1], cells[1], None], dtype="UInt64"
            ),
            "n": [9, 1, 2, 3, 5, 7],
        }
    )
    covered = [day.date() for day in pd.date_range("2026-10-30", "2026-11-20")]
    weeks = weeks_of(rows, date(2026, 11, 20), covered, end=SUNDAY)
    # The week of 26 October is not whole: nothing before 2 November is used.
    assert weeks.n.tolist() == [[1, 2], [0, 0], [0, 3]]
    assert weeks.days.tolist() == [7, 7, 5]
    assert weeks.whole.tolist() == [True, True, False]
    earlier = weeks.until(1)
    assert (earlier.n.tolist(), earlier.last) == ([[1, 2]], date(2026, 11, 8))


def test_levels_are_weighted_means_of_what_lay_before() -> None:
    n = np.array([[4.0], [0.0], [2.0], [6.0]])
    weeks = Weeks(disk(1), n, np.array([7.0, 0.0, 7.0, 3.5]), SUNDAY)
    got = smoothed(weeks, 2.0)
    d = 0.5**0.5
    assert got[0, 0] == 0
    assert got[1, 0] == pytest.approx(4)
    assert got[2, 0] == pytest.approx(4)  # a week without data says nothing
    assert got[3, 0] == pytest.approx((2 + 4 * d**2) / (1 + d**2))
    assert got[4, 0] == pytest.approx((6 + 2 * d + 4 * d**3) / (0.5 + d + d**3))


def test_last_year_is_the_five_weeks_around() -> None:
    n = np.arange(60.0)[:, None]
    got = last_year(Weeks(disk(1), n, np.full(60, 7.0), SUNDAY))
    assert np.isnan(got[54, 0]) and got[60, 0] == np.mean([6, 7, 8, 9, 10])


def test_equal_scores_are_drawn_by_lot() -> None:
    score = np.array([3.0, 1.0, 1.0, 1.0, 0.0, 9.0])
    came = np.array([5.0, 1.0, 2.0, 4.0, 8.0, 100.0])
    known = np.array([True, True, True, True, True, False])
    draws = [5 + sum(pair) for pair in itertools.combinations([1, 2, 4], 2)]
    assert hits(score, came, known, 0.6) == pytest.approx(np.mean(draws))


def test_scores_of_a_worked_example() -> None:
    rows = [
        # two weeks, 20 cells, 2 of them taken
        (0, OWN, 0.1, 6.0, 8.0, 20.0, 20, 2), (1, OWN, 0.1, 9.0, 10.0, 20.0, 20, 2),
        (0, "last_28_days", 0.1, 5.0, 8.0, 20.0, 20, 2), (1, "last_28_days", 0.1, 5.0, 10.0, 20.0, 20, 2),
    ]  # fmt: skip
    columns = ["week", "method", "share", "hits", "best", "total", "cells", "taken"]
    got = judge(pd.DataFrame(rows, columns=columns)).set_index("method")
    own, bar = got.loc[OWN], got.loc["last_28_days"]
    assert own["rate"] == pytest.approx(15 / 40)
    assert own["pai"] == pytest.approx((15 / 40) / 0.1)
    assert own["pei"] == pytest.approx(15 / 18)
    assert own["rate_se"] == pytest.approx(abs(6 / 20 - 9 / 20) / 2)  # jackknife of two
    assert bar["gain"] == pytest.approx(0.5)
    assert bar["gain_se"] == pytest.approx(abs(9 / 5 - 6 / 5) / 2)
    assert bar["verdict"] == "untested"


def test_the_future_changes_nothing() -> None:
    weeks = noise(60, 90, 4)
    cut = 70
    later = weeks.n.copy()
    np.random.default_rng(1).shuffle(later[cut:].ravel())
    later[cut:] = later[cut:][::-1] * 3
    other = Weeks(weeks.cells, later, weeks.days, weeks.last)
    for recipe in RECIPES[::7]:
        mine, theirs = Levels(weeks).of(recipe), Levels(other).of(recipe)
        np.testing.assert_allclose(mine[: cut + 1], theirs[: cut + 1])
    first, second = back_test(weeks, report=20), back_test(other, report=20)
    assert first.recipe == second.recipe  # chosen on the weeks before the twenty


def test_a_moving_pattern_is_met_better_than_by_its_year() -> None:
    rng = np.random.default_rng(2)
    level = np.exp(np.cumsum(rng.normal(0, 0.18, (120, 150)), axis=0))
    weeks = Weeks(disk(150), rng.poisson(level).astype(float), np.full(120, 7.0), SUNDAY)
    got = judge(back_test(weeks, recipes=[Recipe(4), Recipe(52)]).weeks)
    bar = got[(got["share"] == 0.1) & (got["method"] == "last_365_days")].iloc[0]
    assert bar["verdict"] == "better" and bar["weeks"] == 52
    assert set(got["method"]) == {OWN, *BARS}


def test_chances_add_up_and_follow_the_size() -> None:
    expected, phi = np.full(40, 3.0), np.full(40, 0.2)
    top5, top10 = simulated(expected, phi, np.random.default_rng(0), 400)
    assert top5.sum() == pytest.approx(2) and top10.sum() == pytest.approx(4)
    assert np.abs(top10 - 0.1).max() < 0.06
    expected[7] = 60
    assert simulated(expected, phi, np.random.default_rng(0), 200)[0][7] > 0.99


def test_risk_holds_what_comes() -> None:
    """The 80 % range of the week after holds at least 80 % of the cells, and the sum is right."""
    inside = total = 0.0
    for seed in range(3):
        weeks = noise(200, 81, seed, phi=0.3)
        known = weeks.until(80)
        found = risk(known, Levels(known), Recipe(52), draws=20).set_index("cell")
        came = pd.Series(weeks.n[80], weeks.cells).reindex(found.index)
        inside += float(came.between(found["low"], found["high"]).mean()) / 3
        total += float(found["expected"].sum() / came.sum()) / 3
    assert 0.78 < inside < 0.97
    assert total == pytest.approx(1, abs=0.1)
    short = noise(20, 7, 0)
    assert risk(short, Levels(short), Recipe(4)).empty


def test_a_tie_at_the_limit_is_not_in_the_top() -> None:
    assert in_top(np.array([5.0, 4, 4, 1, 1, 1, 1, 1, 1, 1]), 0.2).tolist() == [True] + [False] * 9
    assert in_top(np.array([0.0, 0, 0]), 0.5).sum() == 0


def test_rises_falls_and_constant_places_are_told_apart() -> None:
    weeks = noise(300, 90, 8, mean=3.0)
    n = weeks.n.copy()
    up, down, top = 10, 20, 30
    rng = np.random.default_rng(3)
    n[:, up], n[:, down], n[:, top] = (rng.poisson(level, 90) for level in (4.0, 8.0, 60.0))
    n[-6:, up], n[-6:, down] = rng.poisson(16, 6), rng.poisson(0.5, 6)
    got = classes(Weeks(weeks.cells, n, weeks.days, weeks.last)).set_index("cell")["class"]
    assert got[weeks.cells[up]] == "emerging"
    assert got[weeks.cells[down]] == "cooling"
    assert got[weeks.cells[top]] == "persistent"
    assert (got == "emerging").sum() <= 2 and (got == "cooling").sum() <= 2


def test_noise_seldom_rises_and_never_for_long() -> None:
    """Docs: at most 0.4 false rises a scan of 500 cells, 0.1 of them twice running."""
    found = [
        classes(noise(300, 80, seed, phi=0.3))["class"].eq("emerging").sum() for seed in range(6)
    ]
    assert sum(found) <= 2


def test_a_season_of_a_category_is_no_rise_of_a_place() -> None:
    """Cells with much heating: November triples heating everywhere, and nothing else happens."""
    rng = np.random.default_rng(6)
    cells, length = disk(80), 80
    warm = np.where(np.arange(80) % 20 == 0, 40.0, 1.0)
    heating = np.tile(warm, (length, 1))
    heating[-5:] *= 3
    heat = rng.poisson(heating)
    rest = rng.poisson(4.0, (length, 80))
    days = [SUNDAY - timedelta(weeks=length - 1 - t) for t in range(length)]
    parts = pd.concat(
        pd.DataFrame({"day": np.repeat(pd.to_datetime(days), 80), "cell": np.tile(cells, length),
                      "category": name, "n": n.ravel()})
        for name, n in (("供暖", heat), ("其他", rest))
    )  # fmt: skip
    weeks = Weeks(cells, (heat + rest).astype(float), np.full(length, 7.0), SUNDAY)
    bare, told = classes(weeks), classes(weeks, parts)
    assert (bare["class"] == "emerging").sum() >= 3
    assert (told["class"] == "emerging").sum() == 0


def test_a_rising_street_is_found_among_its_likes() -> None:
    rng = np.random.default_rng(1)
    rows = [
        {"day": SUNDAY - timedelta(days=7 * (60 - t)), "area": area, "category": category,
         "n": rng.poisson(12 * (3 if area == 3 and category == "噪声" and t >= 54 else 1))}
        for t in range(61) for area in range(12) for category in ("噪声", "停车")
    ]  # fmt: skip
    found = area_classes(pd.DataFrame(rows), SUNDAY)
    up = found[found["class"] == "emerging"]
    assert set(zip(up["area"], up["category"].fillna(""), strict=True)) == {(3, "噪声"), (3, "")}


def test_gi_star_is_the_formula() -> None:
    weeks = noise(19, 8, 3)
    n = weeks.n.reshape(2, 4, -1).sum(axis=1)
    got = gi_star(n, weeks)
    near = [[set(h3.grid_disk(int(a), 1)) >= {int(b)} for b in weeks.cells] for a in weeks.cells]
    w = np.array(near, dtype=float)
    x, mean, sd = n.ravel(), n.mean(), n.std()
    for span, cell in ((0, 0), (1, 5), (1, 18)):
        weight = np.zeros((2, 19))
        weight[span] = w[cell]
        if span:
            weight[0] = w[cell]
        flat = weight.ravel()
        below = sd * np.sqrt((x.size * (flat**2).sum() - flat.sum() ** 2) / (x.size - 1))
        assert got[span, cell] == pytest.approx(((flat * x).sum() - mean * flat.sum()) / below)


def test_mann_kendall_is_kendalls() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(13, 4)) + np.arange(13)[:, None] * np.array([0, 0.3, -0.4, 0.1])
    score, p = mann_kendall(z)
    for k in range(4):
        tau = stats.kendalltau(np.arange(13), z[:, k])
        assert score[k] == pytest.approx(tau.statistic * 13 * 12 / 2)
        # normal approximation with continuity correction
        assert p[k] == pytest.approx(tau.pvalue, abs=0.03)


@pytest.mark.parametrize(
    ("hot", "cold", "slope", "p", "wanted"),
    [
        ("0000000001", "0000000000", 0, 1.0, "new"),
        ("0000000111", "0000000000", 0, 1.0, "consecutive"),
        ("1111111111", "0000000000", 5, 0.01, "intensifying"),
        ("1111111111", "0000000000", -5, 0.01, "diminishing"),
        ("0111111111", "0000000000", 5, 0.50, "persistent"),
        ("0010010001", "0000000000", 0, 1.0, "sporadic"),
        ("0010010001", "1000000000", 0, 1.0, "oscillating"),
        ("1111111110", "0000000000", 0, 1.0, "historical"),
        ("0010010000", "0000000000", 0, 1.0, "none"),
        ("0000000000", "1111111111", 0, 1.0, "none"),
    ],
)
def test_patterns_are_those_of_the_table(
    hot: str, cold: str, slope: float, p: float, wanted: str
) -> None:
    flags = [np.array([[c == "1"] for c in text]) for text in (hot, cold)]
    assert named(*flags, np.array([slope]), np.array([p])).tolist() == [wanted]


def test_patterns_need_ten_spans() -> None:
    assert patterns(noise(30, 39, 0)).empty
    assert len(patterns(noise(30, 41, 0))) == 30


def test_chains_are_whatever_is_linked() -> None:
    links = pd.DataFrame(
        {
            "source": ["a", "a", "a", "b"],
            "order_id": ["2", "3", "9", "3"],
            "repeat_of": ["1", "2", "8", "2"],
        }
    )
    got = chains(links).set_index(["source", "order_id"])
    assert got.loc[("a", "1"), "chain"] == got.loc[("a", "3"), "chain"]
    assert got["length"].to_dict() == {
        ("a", "1"): 3, ("a", "2"): 3, ("a", "3"): 3, ("a", "8"): 2, ("a", "9"): 2,
        ("b", "2"): 2, ("b", "3"): 2,
    }  # fmt: skip
    assert chains(links.iloc[:0]).empty
