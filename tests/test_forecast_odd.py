"""Odd series get an honest simple forecast and a note: never an explosion, never NaN."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from forecasting.daily import Forecast, forecast
from tests.panels import END, one_series, panel
from tests.test_forecast import LIMITS, made


def sane(found: Forecast, most: float) -> None:
    for frame in (found.days, found.weeks):
        numbers = frame[["expected", *LIMITS]].to_numpy()
        assert np.isfinite(numbers).all() and (numbers >= 0).all()
    assert found.days["expected"].max() <= most


def test_no_whole_week_is_no_forecast() -> None:
    assert forecast(one_series(np.array([3.0, 4.0, 5.0])), END.date()) is None


@pytest.mark.parametrize("days", [8, 20, 40, 90, 130])
def test_a_short_panel_gets_the_weekday_mean_and_says_so(days: int) -> None:
    found = made(one_series(np.full(days, 6.0)))
    sane(found, 7)
    assert found.days["expected"].to_numpy() == pytest.approx(6.0, abs=0.7)
    assert set(found.series["model"]) == {"weekday_mean"} or days >= 130
    assert "few_origins" in found.notes
    assert "short" in found.series["notes"].iloc[0] or days >= 56


def test_all_zero_stays_zero() -> None:
    daily = pd.concat(
        [panel(500), one_series(np.zeros(500)).assign(district="东区", category="从未")]
    )
    found = made(daily)
    row = found.series[
        (found.series["category"] == "从未") & found.series["district"].notna()
    ].iloc[0]
    assert "all_zero" in row["notes"]
    own = found.days[found.days["node"] == row["node"]]
    assert (own[["expected", *LIMITS]].to_numpy() == 0).all()


def test_a_sparse_series_keeps_its_rare_rate() -> None:
    rng = np.random.default_rng(2)
    found = made(one_series(rng.poisson(0.04, 800)))
    assert "sparse" in found.series["notes"].iloc[0]
    sane(found, 0.4)
    assert found.weeks["expected"].sum() == pytest.approx(0.04 * 91, rel=0.8)


def test_missing_days_are_not_zero_days() -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(30, 700).astype(float)
    values[-45:-25] = np.nan
    values[300:310] = np.nan
    found = made(one_series(values))
    assert "missing_days" in found.series["notes"].iloc[0]
    assert found.days["expected"].between(25, 35).all()


def test_a_hole_on_the_last_days_is_bridged() -> None:
    values = np.random.default_rng(4).poisson(30, 700).astype(float)
    values[-6:] = np.nan
    daily = one_series(values)
    found = made(daily, END.date())
    assert found.days["day"].min() == END + timedelta(days=1)
    assert found.days["expected"].between(25, 35).all()


@pytest.mark.parametrize("factor", [5.0, 0.1])
def test_after_a_jump_the_new_level_is_forecast(factor: float) -> None:
    """One series of nine jumps three weeks before the end: it is told, the others are not."""
    daily = panel(700)
    one = (daily["district"] == "西区") & (daily["category"] == "停车")
    late = one & (daily["day"] > END - timedelta(days=21))
    daily["n"] = daily["n"].where(~late, (daily["n"] * factor).round().astype(int))
    found = made(daily)
    bottom = found.series.iloc[:9]
    told = bottom["notes"].map(lambda notes: "level_break" in notes or "held_back" in notes)
    hit = (bottom["district"] == "西区") & (bottom["category"] == "停车")
    assert told[hit].all()
    assert bottom.loc[~hit, "notes"].map(lambda notes: "level_break" not in notes).all()
    own = found.days[found.days["node"] == int(bottom.loc[hit, "node"].iloc[0])]
    new = daily.loc[late, "n"].mean()
    assert own["expected"].mean() == pytest.approx(new, rel=0.3)


def test_a_spike_does_not_explode() -> None:
    values = np.random.default_rng(6).poisson(10, 700).astype(float)
    values[-3] = 5000
    found = made(one_series(values))
    assert found.days["expected"].max() < 3 * 5000 + 4
    assert found.days["expected"].median() < 400


def test_incomplete_last_days_are_left_out_or_scaled() -> None:
    rng = np.random.default_rng(7)
    full = rng.poisson(40, 700).astype(float)
    cut = full.copy()
    cut[-1], cut[-2] = np.round(full[-1] * 0.2), np.round(full[-2] * 0.8)
    found = made(one_series(cut), registered=[0.2, 0.8])
    assert found.as_of == END.date() - timedelta(days=1)
    assert found.notes["days_left_out"] == 1
    assert found.days["day"].min() == END
    assert found.days["expected"].between(33, 47).all()


def test_the_festival_never_seen_is_said() -> None:
    daily = panel(200, end=pd.Timestamp("2026-02-08"))
    found = made(daily, pd.Timestamp("2026-02-08").date())
    unseen = found.notes["holiday_unseen"]
    assert isinstance(unseen, list) and "spring_festival" in unseen


def test_missing_keys_count_in_the_city() -> None:
    daily = panel(300)
    nameless = daily.assign(district=None).groupby(["day", "category"], as_index=False)["n"].sum()
    found = made(pd.concat([daily, nameless.assign(district=None)]))
    bottom = found.series[found.series["of"] == "district+category"]
    assert bottom["district"].isna().sum() == 3
    days = found.days.merge(found.series[["node", "of"]])
    total = days[days["of"] == ""]["expected"].sum()
    assert days[days["of"] == "district+category"]["expected"].sum() == pytest.approx(total)


def test_weather_helps_where_it_drives_the_counts() -> None:
    rng = np.random.default_rng(8)
    index = pd.date_range(end=END, periods=900, freq="D")
    rain = np.where(rng.random(900) < 0.25, rng.gamma(2, 10, 900), 0.0)
    n = rng.poisson(15 * np.exp(0.02 * rain))
    ahead = pd.date_range(END + timedelta(days=1), periods=3, freq="D")
    factors = pd.DataFrame({"day": [*index, *ahead], "rain": [*rain, 0.0, 50.0, 0.0]})
    daily = pd.DataFrame({"day": index, "category": "积水", "n": n})
    found = made(daily, factors=factors)
    first = found.days["expected"].to_numpy()[:3]
    assert found.days["weather"].iloc[1] > 3
    assert first[1] > 1.3 * first[2]
