"""The two models against statsmodels and against what was planted; noise; drivers; choice."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from forecasting.daily.drivers import HOLIDAYS, climatology, drivers, holidays_of
from forecasting.daily.frame import arranged
from forecasting.daily.pooled import drawn, fit
from forecasting.daily.run import design_of
from forecasting.daily.smoothing import smoothed, starting
from forecasting.daily.spread import below, quantile
from forecasting.daily.steps import DAILY, Steps
from tests.panels import END, panel


@pytest.mark.parametrize(("alpha", "gamma"), [(0.1, 0.05), (0.3, 0.01)])
def test_smoothing_is_the_one_of_statsmodels(alpha: float, gamma: float) -> None:
    rng = np.random.default_rng(1)
    values = rng.poisson(20 + 5 * np.sin(np.arange(210) * 2 * np.pi / 7)).astype(float)
    steps = Steps(alphas=(alpha,), gammas=(gamma,))
    ours = smoothed(values[:, None], np.zeros(1, dtype=np.intp), steps)
    level, season = starting(values[:56, None], 7)
    # statsmodels wants the latest of the starting seasonals first.
    model = ETSModel(
        values, error="add", seasonal="add", seasonal_periods=7, initialization_method="known",
        initial_level=level[0], initial_seasonal=season[:, 0],
    )  # fmt: skip
    theirs = model.smooth([alpha, gamma]).forecast(14)
    mine = ours.level[-1, 0] + np.tile(ours.season[-1, :, 0], 2)
    np.testing.assert_allclose(mine, theirs, rtol=1e-8)


def test_smoothing_skips_missing_days() -> None:
    values = np.full((210, 1), 8.0)
    values[100:120] = np.nan
    got = smoothed(values, np.zeros(1, dtype=np.intp), DAILY)
    np.testing.assert_allclose(got.level[-1], 8.0)


def test_the_pooled_regression_finds_what_was_planted() -> None:
    """Spring Festival 0.4 for every series; rows of two years, twelve series of one category."""
    daily = panel(1000, end=pd.Timestamp("2026-03-15"))
    wide = daily.pivot_table(index="day", columns=["district", "category"], values="n")
    wide = wide.drop(columns="供暖", level="category")
    keys = wide.columns.to_frame(index=False)
    counts = arranged(wide.to_numpy(dtype=float), pd.DatetimeIndex(wide.index), keys, None)
    design = design_of(counts, drivers(counts.days, DAILY), DAILY)
    found = fit(design, np.arange(len(keys)), len(counts.values) // 7, 20_000, None)
    holiday = dict(zip(HOLIDAYS, found.coefficients[design.groups["holiday"]], strict=True))
    # On weekdays off the festival's own and the weekday's coefficient act together.
    assert np.exp(holiday["spring_festival"]) == pytest.approx(0.4, abs=0.06)
    assert abs(holiday["make_up"]) < 0.2 and abs(holiday["eve"]) < 0.2
    assert np.abs(found.coefficients[design.groups["weekday"]]).max() < 0.1


def test_rows_of_a_fit_lie_before_it() -> None:
    daily = panel(500)
    wide = daily.pivot_table(index="day", columns=["district", "category"], values="n")
    keys = wide.columns.to_frame(index=False)
    counts = arranged(wide.to_numpy(dtype=float), pd.DatetimeIndex(wide.index), keys, None)
    design = design_of(counts, drivers(counts.days, DAILY), DAILY)
    rows = drawn(design, np.arange(9), 40, 4000)
    assert rows is not None
    assert rows.day.max() < 40 * 7


# -- days ------------------------------------------------------------------------------------


def test_holidays_of_2026() -> None:
    """国办发明电〔2025〕7号: 春节 2026-02-15 至 23, 2 月 14 日、28 日上班."""
    days = pd.date_range("2026-02-01", "2026-03-10")
    table = pd.DataFrame(holidays_of(days, "CN"), index=days, columns=list(HOLIDAYS))
    festival = table.index[table["spring_festival"] == 1]
    assert (festival.min().date(), festival.max().date()) == (date(2026, 2, 15), date(2026, 2, 23))
    assert set(table.index[table["make_up"] == 1].strftime("%m-%d")) == {"02-14", "02-28"}
    assert table.loc["2026-02-24", "first_days_back"] == 1
    assert table.loc["2026-02-14", "eve"] == 1
    assert table["before_spring_festival"].sum() == 7 == table["after_spring_festival"].sum()
    assert table.loc["2026-02-21", "weekday_off"] == 0  # a Saturday


def test_heating_season_runs_over_the_new_year() -> None:
    days = pd.date_range("2025-11-01", periods=14, freq="D")
    season = pd.DataFrame(
        drivers(days, DAILY).season[:, 2], index=pd.date_range(days[0], periods=105)
    )
    on = season.index[season[0] == 1]
    assert on.min() == pd.Timestamp("2025-11-15") and on.max() == season.index.max()


def test_climatology_uses_the_past_alone() -> None:
    whole = pd.date_range("2023-01-01", periods=800, freq="D")
    past = np.where(np.isin(whole[:700].month, (6, 7, 8)), 25.0, 5.0)
    got = climatology(whole, past)
    assert got[whole.get_loc("2024-07-15")] == pytest.approx(25.0)
    assert got[-1] == pytest.approx(5.0)


# -- noise -------------------------------------------------------------------------------------


def test_negative_binomial_is_scipys() -> None:
    mean, phi = np.array([0.2, 5.0, 400.0]), np.array([0.5, 0.1, 0.02])
    for y in (0, 3, 410):
        want = stats.nbinom.cdf(y, 1 / phi, 1 / (1 + phi * mean))
        np.testing.assert_allclose(below(np.full(3, float(y)), mean, phi), want, rtol=1e-9)
    assert (
        quantile(np.full(3, 0.5), mean, phi) == np.round(quantile(np.full(3, 0.5), mean, phi))
    ).all()
    assert END.year == 2026


def test_a_poisson_is_the_limit() -> None:
    got = below(np.array([4.0]), np.array([5.0]), np.array([0.0]))
    assert got[0] == pytest.approx(stats.poisson.cdf(4, 5.0), rel=1e-4)
