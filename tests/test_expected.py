"""Expected counts and rising series."""

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecasting.counts import at_least, dispersion, false_discovery, interval, seen_days
from forecasting.expected import expected_days, next_week, special_days
from forecasting.rising import rising

AS_OF = date(2026, 6, 28)  # a Sunday


def panel(values: np.ndarray, as_of: date = AS_OF, names=None) -> pd.DataFrame:
    """Days down, series across, as rows with n > 0 (as counts come from the store)."""
    days = pd.date_range(end=pd.Timestamp(as_of), periods=len(values), freq="D")
    names = names or [f"s{i:03d}" for i in range(values.shape[1])]
    wide = pd.DataFrame(
        values, index=pd.Index(days, name="day"), columns=pd.Index(names, name="key")
    )
    long = wide.stack().rename("n").reset_index()
    return long[long["n"] > 0].reset_index(drop=True)


def noise(series: int, days: int = 540, seed: int = 1, phi: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(0.5, 0.8, series))
    return rng.negative_binomial(1 / phi, 1 / (1 + phi * level), size=(days, series))


# -- parts -----------------------------------------------------------------------
def test_dispersion_by_moments_finds_the_truth() -> None:
    rng = np.random.default_rng(2)
    mean = np.full((20000, 1), 12.0)
    drawn = rng.negative_binomial(1 / 0.3, 1 / (1 + 0.3 * mean))
    assert dispersion(drawn, mean)[0] == pytest.approx(0.3, rel=0.05)
    assert dispersion(rng.poisson(mean), mean)[0] < 0.01
    assert np.isnan(dispersion(np.zeros((3, 1)), np.zeros((3, 1)))[0])


def test_negative_binomial_tails_and_poisson_limit() -> None:
    got = at_least(np.array([8.0]), np.array([4.0]), np.array([0.0]))
    assert got[0] == pytest.approx(stats.poisson.sf(7, 4), rel=1e-4)
    low, high = interval(np.array([100.0]), np.array([0.0]), 0.90)
    assert (low[0], high[0]) == (stats.poisson.ppf(0.05, 100), stats.poisson.ppf(0.95, 100))
    wide = interval(np.array([100.0]), np.array([0.1]), 0.90)
    assert wide[0][0] < low[0] < high[0] < wide[1][0]


def test_false_discovery_of_the_1995_paper() -> None:
    # The worked example of Benjamini & Hochberg (1995): at 0.05 four hypotheses fall.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.000]  # fmt: skip
    assert (false_discovery(np.array(p)) <= 0.05).sum() == 4
    assert len(false_discovery(np.array([]))) == 0


def test_days_without_any_row_are_holes() -> None:
    rows = pd.DataFrame({"day": ["2026-01-01", "2026-01-03"], "n": [1, 1]})
    index, seen = seen_days(rows, date(2026, 1, 4))
    assert seen.tolist() == [True, False, True, False]
    assert len(index) == 4
    covered = [date(2026, 1, d) for d in (1, 2, 3, 4)]
    assert seen_days(rows, date(2026, 1, 4), covered)[1].all()
    assert len(seen_days(rows, date(2025, 1, 1))[0]) == 0


# -- next week -----------------------------------------------------------------
def weekly(weeks: int) -> np.ndarray:
    """Monday 10, Tuesday 20 ... Sunday 70, every week the same."""
    return np.tile(np.arange(10, 80, 10), weeks).reshape(-1, 1)


def test_next_week_by_hand() -> None:
    values = weekly(12).astype(float)
    values[-28:, 0] += np.repeat([0, 4, 8, 12], 7)  # the last four weeks: means rise by 6 a day
    got = next_week(panel(values), AS_OF)
    assert got.expected == pytest.approx(280 + 7 * 6)
    assert (got.start, got.end) == (date(2026, 6, 29), date(2026, 7, 5))
    days = expected_days(panel(values), AS_OF, days=9)
    assert days["expected"].tolist() == [16, 26, 36, 46, 56, 66, 76, 16, 26]
    assert days["day"].iloc[0] == pd.Timestamp("2026-06-29")


def test_the_back_test_error_is_what_one_would_have_had() -> None:
    rng = np.random.default_rng(4)
    values = rng.poisson(weekly(30).astype(float))
    got = next_week(panel(values), AS_OF)
    weeks = values.reshape(30, 7).sum(axis=1)
    made = [weeks[max(0, i - 4) : i].mean() for i in range(2, 30)]
    # With two or three earlier weeks the mean is over those, as the rule says.
    errors = np.abs(weeks[2:] - made).sum() / weeks[2:].sum()
    assert got.error == pytest.approx(errors)
    assert got.origins == 28


def test_nothing_after_as_of_is_read() -> None:
    values = noise(6)
    shouted = values.copy()
    shouted[-14:] = 9999
    early = AS_OF - timedelta(days=14)
    one, two = panel(values), panel(shouted)
    assert next_week(one, early) == next_week(two, early)
    pd.testing.assert_frame_equal(expected_days(one, early), expected_days(two, early))
    pd.testing.assert_frame_equal(rising(one, early), rising(two, early))


def test_the_range_holds_about_as_often_as_it_says() -> None:
    hits = []
    for seed in range(60):
        values = noise(4, days=400, seed=seed, phi=0.2)
        got = next_week(panel(values[:-7], AS_OF - timedelta(days=7)), AS_OF - timedelta(days=7))
        hits.append(got.low <= values[-7:].sum() <= got.high)
    assert 0.80 <= np.mean(hits) <= 0.99  # of 90 %


def test_a_hole_is_not_a_quiet_week() -> None:
    values = weekly(12)
    rows = panel(values)
    hole = rows["day"].between("2026-06-08", "2026-06-14")
    got = next_week(rows[~hole], AS_OF)
    assert got.expected == pytest.approx(280)
    assert got.origins < next_week(rows, AS_OF).origins


def test_too_little_is_no_data() -> None:
    assert next_week(panel(weekly(1)), AS_OF) is None
    assert next_week(panel(weekly(2))[:0], AS_OF) is None
    assert expected_days(panel(weekly(1)), AS_OF)["expected"].isna().all()
    short = next_week(panel(weekly(5)), AS_OF)
    assert short.expected == pytest.approx(280)
    assert (short.low, short.error, short.coverage) == (None, None, None)


def test_holidays_are_said() -> None:
    got = special_days(date(2026, 2, 13), date(2026, 2, 24), "CN")
    assert got[0] == (date(2026, 2, 14), "make_up")
    assert [code for _, code in got[1:]] == ["spring_festival"] * 9
    outlook = next_week(panel(weekly(12), date(2026, 2, 8)), date(2026, 2, 8))
    assert [day for day, _ in outlook.special] == [date(2026, 2, 14), date(2026, 2, 15)]


# -- rising ------------------------------------------------------------------------
def test_a_planted_rise_comes_first() -> None:
    values = noise(150)
    mean = values[:, 7].mean()
    values[-28:, 7] = np.random.default_rng(9).poisson(3 * mean, 28)
    got = rising(panel(values), AS_OF)
    assert got["key"].iloc[0] == "s007"
    first = got.iloc[0]
    assert first["rising"]
    assert first["ratio"] == pytest.approx(3, rel=0.35)
    assert first["observed"] == values[-28:, 7].sum()
    assert first["observed_7"] == values[-7:, 7].sum()
    assert first["excess"] == pytest.approx(first["observed"] - first["expected"])
    assert got["rising"].sum() <= 4


def test_a_large_series_is_not_rising_because_it_is_large() -> None:
    values = noise(80)
    values[:, 3] *= 40
    got = rising(panel(values), AS_OF).set_index("key")
    assert not got.loc["s003", "rising"]


def test_a_shock_to_the_whole_city_is_nobodys_rise() -> None:
    values = noise(80, phi=0.02)
    values[-28:] *= 2
    got = rising(panel(values), AS_OF)
    assert got["ratio"].median() == pytest.approx(1, abs=0.15)
    assert got["rising"].sum() <= 2


def test_pure_noise_flags_few_and_z_has_unit_spread() -> None:
    flagged, spread = [], []
    for seed in range(8):
        got = rising(panel(noise(120, seed=100 + seed)), AS_OF)
        flagged.append(got["rising"].sum())
        spread.append(got["z"].std())
    assert np.mean(flagged) <= 1.5
    assert 0.8 <= np.mean(spread) <= 1.25


def test_the_expectation_by_hand() -> None:
    # A steady series in a steady city: 2 a day, 28 days: 56 expected.
    values = np.full((300, 5), 2)
    got = rising(panel(values), AS_OF)
    assert got["expected"].to_numpy() == pytest.approx(np.full(5, 56.0), rel=0.01)
    assert got["expected_7"].to_numpy() == pytest.approx(np.full(5, 14.0), rel=0.01)


def test_new_series_and_small_numbers() -> None:
    values = noise(40)
    values[:-28, [0, 1]] = 0
    values[-28:, [0, 1]] = 0
    values[-5:, 0] = [1, 2, 1, 2, 2]  # eight orders of something unheard of
    values[-4:, 1] = 1  # four: fewer than five never count
    got = rising(panel(values), AS_OF).set_index("key")
    assert got.loc["s000", "new"]
    assert got.loc["s000", "rising"]
    assert not got.loc["s001", "rising"]
    assert np.isfinite(got.loc["s000", "ratio"])


def test_a_hole_in_the_last_days_is_not_a_fall() -> None:
    rows = panel(np.full((300, 5), 2))
    got = rising(rows[rows["day"] < "2026-06-15"], AS_OF)
    assert got["ratio"].to_numpy() == pytest.approx(np.ones(5), rel=0.01)


def test_no_baseline_no_answer() -> None:
    assert rising(panel(noise(3, days=80)), AS_OF).empty
    assert not rising(panel(noise(3, days=90)), AS_OF).empty
    assert rising(panel(noise(3, days=90))[:0], AS_OF).empty


def test_several_keys_and_unknown_places() -> None:
    rows = panel(noise(6))
    rows["district"] = rows["key"].map({f"s{i:03d}": "东" if i < 3 else "西" for i in range(6)})
    rows.loc[rows["key"] == "s005", "district"] = None
    got = rising(rows[["day", "district", "key", "n"]], AS_OF)
    assert set(map(tuple, got[["district", "key"]].to_numpy())) == {
        ("东", "s000"), ("东", "s001"), ("东", "s002"), ("西", "s003"), ("西", "s004"),
    }  # fmt: skip


def test_results_can_be_stored() -> None:
    got = rising(panel(noise(3)), AS_OF)
    assert json.loads(got.to_json(orient="records"))
