"""Associations: the regression is the published one, what is planted is found, what is not is not."""

from __future__ import annotations

import importlib
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from data.demo import weather
from forecasting.associations import (
    LAGS,
    Associations,
    Driver,
    Scenario,
    associate,
    concentration,
    mixed,
    outlook,
)
from forecasting.associations.effects import EVEN, FLATTENING, flattened
from forecasting.associations.nuisance import fit
from forecasting.associations.placebo import SHIFTS, YEARS, placebos
from tests.realdata import real

demo: Any = importlib.import_module("data.demo.build")
RAIN = Driver("rain", 10)
PLANTED = (1.42, 1.25, 1.1)
FIRST, LAST = date(2023, 1, 1), date(2025, 12, 31)


def rain(first: date, last: date, seed: int = 3) -> pd.DataFrame:
    """Day and rain: wet summers, a few cloudbursts."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, last, freq="D")
    wet = rng.random(len(days)) < 0.18 + 0.14 * np.sin(2 * np.pi * (days.day_of_year - 100) / 365)
    return pd.DataFrame({"day": days, "rain": np.where(wet, rng.gamma(0.8, 12, len(days)), 0.0)})


def complaints(weather: pd.DataFrame, effect: tuple[float, ...], seed: int) -> pd.DataFrame:
    """Ten categories with weekdays, season, trend and noise; the first one follows the rain."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(FIRST, LAST, freq="D")
    row = weather.set_index("day")["rain"].reindex(days - timedelta(0)).to_numpy()
    lags = [np.concatenate([np.zeros(k), row[: len(row) - k]]) for k in range(len(effect))]
    push = sum(np.log(r) * lag / 10 for r, lag in zip(effect, lags, strict=True))
    parts = []
    for k in range(10):
        mean = np.exp(
            1.2 + 0.3 * np.sin(2 * np.pi * days.day_of_year / 365 + k)
            - 0.4 * (days.day_of_week >= 5) + 0.0003 * np.arange(len(days))
        )  # fmt: skip
        mean = mean * np.exp(push) if k == 0 else mean
        n = rng.poisson(mean * rng.gamma(8, 1 / 8, len(days)))
        parts.append(pd.DataFrame({"day": days, "category": f"c{k}", "n": n}))
    return pd.concat(parts, ignore_index=True)


def pair(found: Associations, category: str, driver: str = "rain") -> dict[str, Any]:
    rows = found.effects
    one = rows[(rows["category"] == category) & (rows["driver"] == driver)]
    assert len(one) == 1
    return {str(k): v for k, v in one.iloc[0].to_dict().items()}


def test_the_regression_is_the_negative_binomial_glm_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(600), rng.normal(size=(600, 3))])
    mean = np.exp(1 + x[:, 1:] @ [0.3, -0.2, 0.1])
    y = rng.poisson(mean * rng.gamma(2, 0.5, 600)).astype(float)
    found = fit(y, x, free=3)
    assert found is not None
    family = sm.families.NegativeBinomial(alpha=found.alpha)
    known = sm.GLM(y, x, family=family).fit(tol=1e-10)
    np.testing.assert_allclose(found.coefficients, known.params, atol=2e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), known.bse, rtol=1e-3)
    pearson = ((y - found.mean) ** 2 / (found.mean + found.alpha * found.mean**2)).sum()
    assert pearson == pytest.approx(596, rel=0.01)


def test_a_planted_effect_is_found_with_its_lags_and_nothing_else() -> None:
    known = rain(date(2017, 1, 1), LAST)
    found = associate(complaints(known, PLANTED, 5), known, [RAIN], LAST, country=None)
    one = pair(found, "c0")
    assert one["found"] and one["basis"] == YEARS and one["shape"] == EVEN
    curve = found.lags[found.lags["category"] == "c0"].set_index("lag")
    truth = pd.Series([*PLANTED, *[1.0] * (LAGS + 1 - len(PLANTED))])
    inside = (curve["low"] <= truth) & (truth <= curve["high"])
    assert inside[:3].all() and inside.sum() >= 7
    assert one["low"] < np.prod(PLANTED[: one["window"] + 1]) < one["high"]
    # extra cases a year: what the rain brought over days without it, by the very formula planted
    assert one["extra_low"] < _extra(known) < one["extra_high"]
    assert list(found.effects.loc[found.effects["found"].astype(bool), "category"]) == ["c0"]
    assert found.facts["late_found"] == 0 and found.facts["false_per_round"] < 0.5
    assert (found.base["expected"] > 0).all() and found.base["day"].min() == date(2026, 1, 1)


def _extra(known: pd.DataFrame) -> float:
    """Expected cases with the planted effect less those without, a year."""
    days = pd.date_range(FIRST, LAST, freq="D")
    row = known.set_index("day")["rain"].reindex(days).to_numpy()
    push = sum(
        np.log(r) * np.concatenate([np.zeros(k), row[: len(row) - k]]) / 10
        for k, r in enumerate(PLANTED)
    )
    mean = np.exp(
        1.2 + 0.3 * np.sin(2 * np.pi * days.day_of_year / 365) - 0.4 * (days.day_of_week >= 5)
        + 0.0003 * np.arange(len(days))
    )  # fmt: skip
    return float((np.asarray(mean) * np.expm1(push)).sum() / 3)


def test_nothing_is_found_where_nothing_was_planted() -> None:
    known = rain(date(2017, 1, 1), LAST)
    found = associate(complaints(known, (1.0,), 6), known, [RAIN], LAST, country=None)
    assert found.facts["found"] == 0 and found.facts["tested"] == 10


def test_a_day_that_was_not_delivered_is_a_hole_not_a_zero() -> None:
    known = rain(date(2017, 1, 1), LAST)
    daily = complaints(known, PLANTED, 5)
    gone = pd.date_range("2024-06-01", "2024-07-15", freq="D")
    kept = daily[~daily["day"].isin(gone)]
    found = associate(kept, known, [RAIN], LAST, country=None)
    assert pair(found, "c0")["days"] == 1096 - len(gone) - 0
    assert pair(found, "c0")["ratio"] == pytest.approx(np.prod(PLANTED[:2]), rel=0.12)


def test_placebos_are_other_years_on_the_same_dates_and_never_their_own() -> None:
    days = pd.date_range("2019-01-01", "2024-12-31", freq="D")
    known = pd.Series(days.year * 10_000 + days.month * 100 + days.day, index=days, dtype=float)
    wanted = pd.date_range("2023-02-20", "2024-03-10", freq="D")
    basis, others, made = placebos(known, wanted)
    assert (basis, others, len(made)) == (YEARS, 5, 5)
    for one in made:
        assert (one // 10_000 != wanted.year).all()
        assert (one % 10_000 == np.where((wanted.month == 2) & (wanted.day == 29), 228,
                                          wanted.month * 100 + wanted.day)).all()  # fmt: skip
    short = known["2023-06-01":"2024-12-31"]  # type: ignore[misc]
    basis, others, made = placebos(short, short.index)  # type: ignore[arg-type]
    assert (basis, others) == (SHIFTS, 0) and len(made) == 10
    for one in made:
        moved = [abs(list(short).index(v) - i) for i, v in enumerate(one[:200])]
        assert min(min(m, len(short) - m) for m in moved) >= 30


def test_what_cannot_be_tested_is_refused_with_a_code() -> None:
    known = rain(date(2017, 1, 1), LAST)
    daily = complaints(known, (1.0,), 8)
    few = daily[(daily["category"] == "c1") & (daily["day"] < "2023-01-10")].assign(category="few")
    jump = daily[daily["category"] == "c2"].assign(category="jump")
    jump["n"] = jump["n"].where(jump["day"] < "2024-08-01", jump["n"] * 6)
    calm = known.assign(calm=0.1, gap=known["rain"].where(known["day"] < "2023-02-01"))
    found = associate(
        pd.concat([daily, few, jump]), calm, [RAIN, Driver("calm", 5), Driver("gap", 10)], LAST,
        country=None,
    )  # fmt: skip
    assert pair(found, "few")["refused"] == "few_events"
    assert pair(found, "jump")["refused"] == "level_break"
    assert pair(found, "c3", "calm")["refused"] == "few_exposed"
    assert pair(found, "c3", "gap")["refused"] == "unknown_driver"
    assert pair(found, "c3")["refused"] is None
    empty = associate(daily.head(0), known, [RAIN], LAST)
    assert empty.effects.empty and empty.facts["found"] == 0


@pytest.mark.parametrize("effects", [True, False])
def test_the_simulated_citys_rain_is_found_only_where_it_was_planted(effects: bool) -> None:
    city = demo.plan(60_000, 7, 18, date(2026, 10, 31), effects)
    parts = []
    for table in demo.tables(city):
        rows = table.select(["created_day", "category1", "category2"]).to_pandas()
        path = rows["category1"].astype(str) + "->" + rows["category2"].astype(str)
        parts.append(rows.assign(category=path).groupby(["created_day", "category"]).size())
    daily = pd.concat(parts).groupby(level=[0, 1]).sum().reset_index(name="n")
    daily = daily.rename(columns={"created_day": "day"})
    sky = weather.simulate(7, date(2020, 5, 1), city.end)
    factors = pd.DataFrame({"day": sky.days, "rain": sky.rain_mm})
    found = associate(daily, factors, [RAIN], city.end)
    one = pair(found, "供水排水->道路积水")
    assert bool(one["found"]) is effects
    if effects:
        curve = found.lags[found.lags["category"] == one["category"]].set_index("lag")
        for lag, truth in enumerate(PLANTED):
            assert curve.loc[lag, "low"] < truth < curve.loc[lag, "high"]
    assert found.facts["late_found"] == 0


def test_an_effect_that_flattens_is_described_as_one() -> None:
    known = rain(date(2017, 1, 1), LAST, seed=4)
    bent = known.assign(rain=flattened(known["rain"].to_numpy(), 10))
    daily = complaints(bent, (2.2,), 9)
    found = associate(daily, known, [RAIN], LAST, country=None)
    one = pair(found, "c0")
    assert one["shape"] == FLATTENING and one["low"] < 2.2 < one["high"]
    assert flattened(np.array([0.0, 10, 30]), 10).tolist() == [0, 10, 20]


def scenario(amounts: list[float], alpha: float = 0.0) -> Scenario:
    beta = np.zeros(LAGS + 1)
    beta[:2] = np.log([1.5, 1.2]) / 10
    rows = np.zeros(LAGS + 5)
    rows[LAGS : LAGS + len(amounts)] = amounts
    return Scenario(
        np.full(5, 100.0), beta, np.eye(LAGS + 1) * 1e-10, rows, np.zeros(LAGS + 5), 0.0, 10.0,
        EVEN, alpha, 60.0,
    )  # fmt: skip


def test_a_scenario_multiplies_the_base_and_splits_by_district() -> None:
    found = outlook(scenario([20.0]), pd.Series({"a": 30.0, "b": 10.0}), range(2))
    assert found.days["expected"].tolist() == pytest.approx([225, 144, 100, 100, 100])
    assert found.whole[0] == pytest.approx(369) and found.whole[3] == pytest.approx(200)
    spread = stats.poisson(369)
    assert found.whole[1] == pytest.approx(spread.ppf(0.1), abs=3)
    assert found.whole[2] == pytest.approx(spread.ppf(0.9), abs=3)
    places = found.places.set_index("place")
    assert places["expected"].tolist() == pytest.approx([369 * 0.75, 369 * 0.25])
    assert not found.beyond and outlook(scenario([61.0]), pd.Series({"a": 1.0}), [0]).beyond
    shares = mixed(pd.Series({"a": 6.0}), pd.Series({"a": 50.0, "b": 50.0}))
    assert shares.tolist() == [11.0, 5.0]


def test_a_place_stands_out_against_all_others() -> None:
    counts = pd.DataFrame({"street": ["wet", "dry", "same"], "exposed": [60, 20, 40],
                           "ordinary": [30, 30, 60]})  # fmt: skip
    found = concentration(counts, 10, 20).set_index("street")
    assert found["usual"].tolist() == [15, 15, 30] and found["extra"].tolist() == [45, 5, 10]
    assert found["share"].tolist() == pytest.approx([0.75, 1 / 12, 1 / 6])
    odds = (60.5 * 90.5) / (30.5 * 60.5)
    assert found.loc["wet", "ratio"] == pytest.approx(odds)
    assert found.loc["wet", "low"] > 1 and found.loc["wet", "q"] < 0.01
    assert found.loc["same", "q"] > 0.5
    none = concentration(counts.assign(exposed=0), 10, 20)
    assert none["share"].isna().all()


@pytest.mark.real
def test_new_york_shows_the_known_signs_and_its_total_none() -> None:
    folder = real("nyc311_weather_2025")
    rows = pd.read_csv(folder / "analysis_daily.csv")
    sky = pd.read_csv(folder / "weather_clean.csv")
    daily = rows.rename(columns={"date": "day", "n_requests": "n"})[["day", "category", "n"]]
    total = daily.groupby("day", as_index=False)[["n"]].sum().assign(category="")
    mean = (sky["TMAX"] + sky["TMIN"]) / 2
    factors = pd.DataFrame({"day": sky["date"], "rain": sky["PRCP"], "cold": (15 - mean).clip(0)})
    found = associate(
        pd.concat([daily, total]), factors, [RAIN, Driver("cold", 5)], date(2025, 8, 31),
        country="US", controls=("",),
    )  # fmt: skip
    heat, flood = pair(found, "HEAT", "cold"), pair(found, "FLOODING")
    assert heat["found"] and heat["low"] > 1 and heat["basis"] == SHIFTS
    assert flood["found"] and flood["low"] > 1
    control = found.effects[found.effects["control"].astype(bool)]
    assert len(control) == 2 and not control["found"].any()


@pytest.mark.real
def test_bostons_drains_go_with_the_rain_and_placebo_years_find_next_to_nothing() -> None:
    texts = pd.read_parquet(
        real("boston311_open311_text") / "boston_open311_to_2017H1.parquet",
        columns=["service_name", "requested_local", "description"],
    )  # fmt: skip
    texts = texts[(texts["service_name"] == "Other") & (texts["requested_local"] >= "2014-04-12")]
    day, said = texts["requested_local"].dt.normalize(), texts["description"].fillna("").str.lower()
    words = {"drain": "catch ?basin|storm ?drain|flood|sewer", "light": "light",
             "sign": r"\bsign\b", "graffiti": "graffiti", "pothole": "pot ?hole"}  # fmt: skip
    daily = pd.concat(
        [
            day[said.str.contains(pattern)].value_counts().rename_axis("day").reset_index(name="n")
            .assign(category=name)
            for name, pattern in words.items()
        ]
    )  # fmt: skip
    sky = pd.read_csv(real("boston_weather") / "boston_weather_2010_2025_meteostat.csv")
    factors = pd.DataFrame({"day": sky["time"], "rain": sky["prcp"]})
    found = associate(
        daily, factors, [RAIN], date(2017, 6, 30), country="US", covered=list(day.dt.date.unique())
    )
    drain = pair(found, "drain")
    assert drain["found"] and drain["basis"] == YEARS and drain["placebos"] >= 10
    assert drain["low"] > 1.62  # what was reported for catch basins, per 10 mm
    assert found.facts["false_per_round"] <= 0.3 and found.facts["late_found"] == 0
