"""Every planted truth is found by a simple calculation, and none is there without effects."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from data.demo.truths import Truths
from forecasting.counterfactual import effect
from forecasting.places import area_classes
from metrics.selection import PATH
from tests.demo_orders import END, orders, simulation

BOTH = pytest.mark.parametrize("effects", [True, False])


@pytest.fixture(scope="module")
def truths() -> Truths:
    known = simulation(True).truths
    assert known is not None
    return known


def _share_ratio(
    part: pd.Series, day: pd.Series, before: pd.Timestamp, after: pd.Timestamp
) -> float:
    """Share of ``part`` from ``after`` on against its share before ``before``."""
    return float(part[day >= after].mean() / part[day < before].mean())


@BOTH
def test_rising_area(truths: Truths, effects: bool) -> None:
    frame, plan = orders(effects), truths.rising
    last = pd.Timestamp(plan.end) - pd.Timedelta(days=59)
    ratio = _share_ratio(
        frame["street"] == plan.street, frame["created_day"], pd.Timestamp(plan.start), last
    )
    span = (plan.end - plan.start).days
    expected = 1 + (plan.ratio - 1) * (1 - 30 / span) if effects else 1.0
    assert ratio == pytest.approx(expected, rel=0.15)


@BOTH
def test_treated_area(truths: Truths, effects: bool) -> None:
    frame, plan = orders(effects), truths.treated
    frame = frame[frame["category1"] == plan.category]
    day = pd.Timestamp(plan.start)
    ratio = _share_ratio(frame["street"] == plan.street, frame["created_day"], day, day)
    assert ratio == pytest.approx(plan.ratio if effects else 1.0, rel=0.2)


@BOTH
def test_the_counterfactual_finds_the_treated_area_and_nothing_else(
    truths: Truths, effects: bool
) -> None:
    frame, plan = orders(effects), truths.treated
    frame = frame[frame["category1"] == plan.category]
    daily = frame.groupby(["created_day", "street"]).size().rename("n").reset_index()
    daily = daily.rename(columns={"created_day": "day", "street": "place"})
    whole = pd.date_range(frame["created_day"].min(), END).date
    found = effect(daily, treated=[plan.street], start=plan.start, as_of=END, covered=whole)
    assert found.low_95 is not None and found.high_95 is not None
    if effects:
        assert found.verdict == "fell"
        assert found.low_95 < plan.ratio < found.high_95
    else:
        assert found.verdict == "unsure"
        assert found.low_95 < 1 < found.high_95


def _peers(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    units = simulation(True).city.units.set_index("unit")
    group = units["peer_group"] == units.loc[unit, "peer_group"]
    return frame[frame["unit"].isin(units.index[group])]


def _z(hits: pd.Series, unit: pd.Series, name: str) -> float:
    """How many standard errors a unit's share lies above that of its peers."""
    own, others = hits[unit == name], hits[unit != name]
    pooled = hits.mean()
    spread = np.sqrt(pooled * (1 - pooled) * (1 / len(own) + 1 / len(others)))
    return float((own.mean() - others.mean()) / spread)


@BOTH
def test_unit_that_hides_dissatisfied_callers(truths: Truths, effects: bool) -> None:
    name = truths.hiding.unit
    frame = _peers(orders(effects), name).dropna(subset=["followup"])
    unreached = _z(frame["followup"] == "unreached", frame["unit"], name)
    back = _z(frame["recurred"], frame["unit"], name)
    answered = frame[frame["followup"] == "valid"]
    unhappy = answered["satisfaction"].isin(["neutral", "dissatisfied", "very_dissatisfied"])
    shown = _z(unhappy, answered["unit"], name)
    if effects:
        assert unreached > 4  # far more callers "not reached" than at its peers
        assert back > 2.5  # whose problems come back
        assert shown < 0  # while its shown dissatisfaction is lower than theirs
    else:
        assert abs(unreached) < 4
        assert abs(back) < 2.5


@BOTH
def test_truly_better_unit(truths: Truths, effects: bool) -> None:
    name = truths.better.unit
    frame = _peers(orders(effects), name)
    asked = frame[frame["followup"] == "valid"]
    solved = _z(asked["resolution"] != "unresolved", asked["unit"], name)
    hours = frame.groupby("unit")["close_hours"].median()
    faster = hours[name] / hours.drop(name).median()
    if effects:
        assert solved > 2.5
        assert faster < 0.8
    else:
        assert abs(solved) < 3
        assert 0.8 < faster < 1.25


@BOTH
def test_rain_brings_ponding_with_its_lags(truths: Truths, effects: bool) -> None:
    """Regression of daily counts (negative binomial: days differ beyond chance) on lagged rain."""
    frame, plan, sky = orders(effects), truths.rain, simulation(True).weather
    path = frame["category1"] + PATH + frame["category2"]
    days = pd.DatetimeIndex(sky.days)
    counts = frame[path == plan.category].groupby("created_day").size()
    counts = counts.reindex(days[6:], fill_value=0)
    others = frame.groupby("created_day").size().reindex(days[6:]) - counts
    rain = pd.Series(sky.rain_mm, index=days) / 10
    lags = pd.DataFrame({lag: rain.shift(lag) for lag in range(5)}).loc[counts.index]
    fit = sm.GLM(
        counts.to_numpy(dtype=float),
        sm.add_constant(lags.to_numpy(dtype=float)),
        family=sm.families.NegativeBinomial(alpha=0.06),
        offset=np.log(others.to_numpy(dtype=float)),
    ).fit()
    found = np.exp(fit.params[1:])
    expected = [*plan.rate_ratio_per_10mm, 1.0, 1.0] if effects else [1.0] * 5
    np.testing.assert_allclose(found, expected, rtol=0.1)


@BOTH
def test_recoded_category(truths: Truths, effects: bool) -> None:
    plan = truths.recoding
    frame = orders(effects)
    frame = frame[frame["unit"] == plan.unit]
    path = frame["category1"] + PATH + frame["category2"]
    day = pd.Timestamp(plan.start)
    kept = _share_ratio(path == plan.category, frame["created_day"], day, day)
    assert kept == pytest.approx(1 - plan.share if effects else 1.0, rel=0.15)
    filed = frame[(path == plan.filed_as) & frame["closed_at"].notna()]
    if effects:
        assert filed["created_day"].min() >= day
        struck = (filed["exclusion"] == plan.exclusion).mean()
        assert struck == pytest.approx(plan.excluded_share, abs=0.12)
    else:
        assert filed.empty


@BOTH
def test_bunching_before_the_limit(truths: Truths, effects: bool) -> None:
    plan = truths.bunching
    frame = _peers(orders(effects), plan.unit).dropna(subset=["closed_at", "due_at"])
    frame = frame[frame["grade"].isin(["ordinary", "complex"])]
    left = (frame["due_at"] - frame["closed_at"]) / pd.Timedelta(hours=1)
    just = (left >= 0) & (left <= plan.hours)
    own = just[frame["unit"] == plan.unit].mean()
    others = just[frame["unit"] != plan.unit].mean()
    if effects:
        assert own > 0.2
        assert own > 8 * others
    else:
        assert own < 0.05


@BOTH
def test_return_loop(truths: Truths, effects: bool) -> None:
    plan = truths.loop
    frame = orders(effects)
    path = frame["category1"] + PATH + frame["category2"]
    own = frame[(path == plan.category) & frame["unit"].isin(plan.units)]
    many = own[own["hops"] >= plan.hops]
    if effects:
        assert len(many) / len(own) == pytest.approx(plan.share, abs=0.06)
        assert {tuple(p) for p in many[["first_unit", "unit"]].to_numpy()} == {
            plan.units, plan.units[::-1],
        }  # fmt: skip
        assert (many["returns"] >= 2).all()
        elsewhere = frame[path != plan.category]
        assert (elsewhere["hops"] >= plan.hops).mean() < 0.001
    else:
        assert many.empty


def test_truths_are_written_with_their_parameters(truths: Truths) -> None:
    tree = json.loads(truths.dumps())
    assert set(tree) == {
        "rising", "treated", "hiding", "better", "rain", "recoding", "bunching", "loop",
            "disputed",
    }  # fmt: skip
    assert tree["rain"]["rate_ratio_per_10mm"] == list(truths.rain.rate_ratio_per_10mm)
    assert tree["treated"]["start"] == str(truths.treated.start)


def test_truths_do_not_disturb_each_other(truths: Truths) -> None:
    names = [
        truths.rising.street, truths.treated.street, truths.hiding.unit, truths.better.unit,
        truths.recoding.unit, truths.bunching.unit, *truths.loop.units,
    ]  # fmt: skip
    assert len(set(names)) == len(names)


@BOTH
def test_the_rising_street_is_called_rising(truths: Truths, effects: bool) -> None:
    frame, plan = orders(effects), truths.rising
    block = (pd.Timestamp(plan.end) - frame["created_day"]).dt.days // 7
    counts = frame.assign(
        day=pd.Timestamp(plan.end) - pd.to_timedelta(block * 7, unit="D"),
        area=frame["street"], category=frame["category1"],
    )  # fmt: skip
    keys = ["day", "area", "category"]
    found = area_classes(counts.groupby(keys).size().rename("n").reset_index(), plan.end,
                         frame["created_day"].dt.date.unique())  # fmt: skip
    rising = set(found.loc[(found["class"] == "emerging") & found["category"].isna(), "area"])
    assert rising == ({plan.street} if effects else set())
