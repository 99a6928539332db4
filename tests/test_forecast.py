"""Forecasts of a panel: what was planted is found, nothing of the future is used, sums add up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from forecasting.daily import DAILY, Forecast, aligned, forecast, lay_out
from forecasting.daily.drivers import drivers
from forecasting.daily.rolling import members, rolled
from forecasting.daily.run import design_of
from tests.panels import END, SPRING, one_series, panel, spring_festival

LIMITS = [f"{side}_{level}" for level in (50, 80, 95) for side in ("low", "high")]
PARTS = ["level", "trend", "weekday", "season", "holiday", "weather"]


LAST = END.date()


def made(daily: pd.DataFrame, as_of: date = LAST, **more: object) -> Forecast:
    found = forecast(daily, as_of, pool="category", **more)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def daily() -> pd.DataFrame:
    return panel()


@pytest.fixture(scope="module")
def whole(daily: pd.DataFrame) -> Forecast:
    return made(daily)


def city(found: Forecast) -> int:
    return int(found.series.loc[found.series["of"] == "", "node"].iloc[0])


# -- shape and coherence ---------------------------------------------------------------


def test_every_series_and_every_sum_gets_28_days_and_13_weeks(whole: Forecast) -> None:
    counted = whole.series["of"].value_counts().to_dict()
    assert counted == {"district+category": 9, "district": 3, "category": 3, "": 1}
    assert whole.days.groupby("node").size().eq(28).all()
    assert whole.weeks.groupby("node").size().eq(13).all()
    assert whole.days["day"].min() == END + timedelta(days=1)
    assert whole.as_of == END.date()


def test_numbers_are_finite_ordered_and_not_negative(whole: Forecast) -> None:
    for frame in (whole.days, whole.weeks):
        numbers = frame[["expected", *LIMITS]].to_numpy()
        assert np.isfinite(numbers).all() and (numbers >= 0).all()
        for inner, outer in ((50, 80), (80, 95)):
            assert (frame[f"low_{outer}"] <= frame[f"low_{inner}"]).all()
            assert (frame[f"high_{outer}"] >= frame[f"high_{inner}"]).all()


@pytest.mark.parametrize("clock", ["days", "weeks"])
def test_parts_sum_to_wholes(whole: Forecast, clock: str) -> None:
    frame = getattr(whole, clock).merge(whole.series[["node", "of", "district", "category"]])
    bottom = frame[frame["of"] == "district+category"]
    for key in ("district", "category"):
        sums = bottom.groupby([key, "ahead"])["expected"].sum()
        shown = frame[frame["of"] == key].set_index([key, "ahead"])["expected"]
        pd.testing.assert_series_equal(sums, shown.sort_index(), check_names=False)
    total = frame[frame["of"] == ""].set_index("ahead")["expected"]
    pd.testing.assert_series_equal(bottom.groupby("ahead")["expected"].sum(), total)


def test_weeks_are_the_sums_of_their_days(whole: Forecast) -> None:
    week = (whole.days["ahead"] - 1) // 7 + 1
    sums = whole.days.groupby(["node", week])["expected"].sum()
    near = whole.weeks[whole.weeks["ahead"] <= 4].set_index(["node", "ahead"])["expected"]
    np.testing.assert_allclose(sums.to_numpy(), near.to_numpy())


def test_what_drives_it_adds_up_to_the_forecast(whole: Forecast) -> None:
    np.testing.assert_allclose(whole.days[PARTS].sum(axis=1), whole.days["expected"], atol=1e-6)


def test_the_order_of_rows_and_series_does_not_matter() -> None:
    daily = panel(420)
    whole, again = made(daily), made(daily.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(again.days, whole.days)
    pd.testing.assert_frame_equal(again.scores, whole.scores)


# -- nothing of the future -----------------------------------------------------------------


def test_later_days_change_nothing() -> None:
    daily = panel(420)
    as_of = END - timedelta(days=21)
    before = daily[daily["day"] <= as_of]
    wild = daily.assign(n=daily["n"].where(daily["day"] <= as_of, daily["n"] * 50 + 1000))
    one, other = made(before, as_of.date()), made(wild, as_of.date())
    pd.testing.assert_frame_equal(one.days, other.days)
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_a_past_origin_of_the_backtest_has_not_seen_what_followed() -> None:
    """The forecast shown beside what happened, four weeks back, is blind to those weeks."""
    daily = panel(420)
    since = END - timedelta(days=28)
    wild = daily.assign(n=daily["n"].where(daily["day"] <= since, daily["n"] * 3))
    # What is held back looks at all errors by design; what each candidate said must not.
    assert (wild["n"] != daily["n"]).any()
    said = []
    for frame in (daily, wild):
        counts = lay_out(frame, END.date(), pool="category")
        assert counts is not None
        design = design_of(counts, drivers(counts.days, DAILY), DAILY)
        with threadpool_limits(1):
            said.append(rolled(design, members(counts.pool))[0].days[:, -4])
    np.testing.assert_array_equal(said[0], said[1])


# -- planted effects -------------------------------------------------------------------------


def test_spring_festival_is_forecast_from_the_ones_before() -> None:
    daily = panel(1000, end=pd.Timestamp("2026-02-08"))
    found = made(daily, date(2026, 2, 8))
    node = city(found)
    days = found.days[found.days["node"] == node].set_index("day")
    inside = spring_festival(days.index)
    weekday = days["level"] + days["trend"] + days["weekday"] + days["season"]
    effect = days["expected"][inside].sum() / weekday[inside].sum()
    assert effect == pytest.approx(SPRING, abs=0.12)
    plain = days["expected"] / weekday
    # Weeks away from the festival are left alone.
    assert plain[days.index >= "2026-03-04"].between(0.93, 1.07).all()


def test_the_end_of_the_heating_season_is_foreseen(whole: Forecast) -> None:
    """On 29 March the four-week mean still holds two weeks of heating."""
    series = whole.series.set_index("node")
    heating = series[(series["of"] == "category") & (series["category"] == "供暖")].index[0]
    weeks = whole.weeks[whole.weeks["node"] == heating]
    # Planted: 0.25 × 12 × (1 + 1.5 + 2) / 2 … a day, all districts together.
    planted = 7 * 0.25 * 12 * (1 + 2 + 3) / 2
    assert weeks["expected"].iloc[1:].mean() == pytest.approx(planted, rel=0.4)


def test_weekdays_are_found(whole: Forecast) -> None:
    days = whole.days[whole.days["node"] == city(whole)].assign(
        weekday=lambda f: f["day"].dt.day_of_week
    )
    ordinary = days[days["holiday"].abs() < 1e-9]
    mean = ordinary.groupby("weekday")["expected"].mean()
    assert mean[0] / mean[6] == pytest.approx(1.25 / 0.75, rel=0.12)


def test_it_beats_the_simple_bar_where_there_is_something_to_know(whole: Forecast) -> None:
    verdict = whole.series[whole.series["node"] == city(whole)].iloc[0]
    assert verdict["verdict"] == "better" and verdict["gain"] > 0.2
    assert verdict["error"] < 0.12


# -- the back-test -------------------------------------------------------------------------------


def test_nothing_is_served_that_lost_to_the_four_week_mean(whole: Forecast) -> None:
    """By the declared measure: the mean of the two ratios of squared errors."""
    table = whole.scores.set_index(["band", "node"])
    days = ["day_1_7", "day_8_14", "day_15_28"]

    def total(name: str, bands: list[str]) -> pd.Series:
        return sum((table.loc[b, name] ** 2 * table.loc[b, "n"]).fillna(0) for b in bands)

    ratio = 0.5 * sum(
        total("rmsse", bands) / total("rmsse_bar", bands)
        for bands in (days, ["week_1", "week_2_4"])
    )
    assert (ratio <= 1 + 1e-4).all()


def test_intervals_cover_what_they_promise(whole: Forecast) -> None:
    table = whole.scores.merge(whole.series[["node", "of"]])
    bottom = table[(table["of"] == "district+category") & (table["band"] == "day_1_7")]
    assert bottom["coverage_80"].mean() == pytest.approx(0.80, abs=0.05)
    assert bottom["coverage_95"].mean() == pytest.approx(0.95, abs=0.03)


def test_white_noise_is_called_no_better_or_hardly() -> None:
    rng = np.random.default_rng(5)
    found = made(one_series(rng.poisson(20, 600)))
    days = found.days
    assert days["expected"].between(17, 23).all()
    assert found.series["coverage_80"].iloc[0] == pytest.approx(0.8, abs=0.12)


def test_the_forecast_of_last_time_stands_beside_what_came(
    daily: pd.DataFrame, whole: Forecast
) -> None:
    last = whole.last_time[whole.last_time["node"] == city(whole)].set_index("day")
    came = daily.groupby("day")["n"].sum()
    np.testing.assert_allclose(last["observed"], came.loc[last.index], rtol=1e-5)
    assert last.index.max() == END and len(last) == 28


def test_two_panels_can_be_made_to_agree() -> None:
    """unit × category scaled to district × category: the same categories, and still coherent."""
    daily = panel(420)
    units = daily.rename(columns={"district": "unit"}).assign(
        n=lambda f: (f["n"] * 1.3).round().astype("int64")
    )
    whole, part = made(daily), made(units)
    both = aligned(part, whole, "category")
    for clock in ("days", "weeks"):
        theirs = getattr(whole, clock).merge(whole.series[["node", "of", "category"]])
        ours = getattr(both, clock).merge(both.series[["node", "of", "unit", "category"]])
        want = theirs[theirs["of"] == "category"].set_index(["category", "ahead"])["expected"]
        bottom = ours[ours["of"] == "unit+category"]
        got = bottom.groupby(["category", "ahead"])["expected"].sum()
        pd.testing.assert_series_equal(got, want.sort_index(), check_names=False)
        total = ours[ours["of"] == ""].set_index("ahead")["expected"]
        pd.testing.assert_series_equal(bottom.groupby("ahead")["expected"].sum(), total)
    np.testing.assert_allclose(both.days[PARTS].sum(axis=1), both.days["expected"], atol=1e-6)
