"""The effect of an action: found where there is one, not where there is none, and never from the future."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecasting.counterfactual import Effect, effect, pooled, verdict
from forecasting.placebo import ratio_interval
from forecasting.weekly import HALF_LIFE

FIRST = date(2024, 6, 3)
START = date(2025, 9, 1)
AS_OF = date(2026, 1, 4)


def city(
    seed: int, places: int = 40, days: int = 581, *, wander: float = 0.08, shock: bool = True
) -> pd.DataFrame:
    """Places of different size with weekdays, a season and shocks in common, and a slow wander of
    their own (half a year's memory) beyond chance."""
    rng = np.random.default_rng(seed)
    index = pd.date_range(FIRST, periods=days, freq="D")
    common = 1 + 0.3 * np.sin(np.arange(days) / 58) * shock
    common = common * np.where(index.day_of_week >= 5, 0.7, 1.1) * rng.gamma(50, 0.02, days)
    size = rng.lognormal(0.0, 0.6, places)
    steps = rng.normal(0, wander * np.sqrt(2 * 7 / 182), (days // 7 + 1, places))
    own = np.zeros_like(steps)
    for week in range(1, len(own)):
        own[week] = own[week - 1] * (1 - 7 / 182) + steps[week]
    mean = common[:, None] * size * np.exp(np.repeat(own, 7, axis=0)[:days])
    n = rng.poisson(mean)
    day = np.repeat(index.to_numpy(), places)
    return pd.DataFrame(
        {"day": day, "place": [f"p{i:02d}" for i in range(places)] * days, "n": n.ravel()}
    )


def treated(daily: pd.DataFrame, place: str, ratio: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mine = (daily["place"] == place) & (daily["day"] >= pd.Timestamp(START))
    out = daily.copy()
    out.loc[mine, "n"] = rng.binomial(out.loc[mine, "n"], ratio)
    return out


def largest(daily: pd.DataFrame, k: int = 0) -> str:
    return str(daily.groupby("place")["n"].sum().sort_values(ascending=False).index[k])


def run(daily: pd.DataFrame, place: str, **how: object) -> Effect:
    return effect(daily, treated=[place], start=START, as_of=AS_OF, **how)  # type: ignore[arg-type]


def test_a_planted_fall_is_found_with_its_ratio() -> None:
    inside = fell = 0
    for seed in range(20):
        daily = city(seed)
        place = largest(daily, 4)
        found = run(treated(daily, place, 0.4, seed), place)
        assert found.low_95 is not None and found.high_95 is not None
        inside += found.low_95 <= 0.4 <= found.high_95
        fell += found.verdict == "fell"
        assert (found.weeks, found.final, found.compared) == (12, True, 39)
    assert fell == 20
    assert inside >= 17


def test_nothing_is_found_where_nothing_was_done() -> None:
    changed = judged = 0
    for seed in range(12):
        daily = city(100 + seed, wander=0.12)
        for k in range(0, 36, 3):
            found = run(daily, largest(daily, k))
            judged += found.verdict != "too_little"
            changed += found.verdict in ("fell", "rose")
    assert judged >= 100
    # at most the nominal 5 % of intervals, and two standard errors
    assert changed / judged <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / judged)


def test_the_future_changes_no_expectation() -> None:
    daily = city(3)
    place = largest(daily)
    base = run(daily, place)
    own = (daily["place"] == place) & (daily["day"] >= pd.Timestamp(START))
    other = daily.copy()
    shuffled = np.random.default_rng(0).permutation(other.loc[own, "n"].to_numpy())
    other.loc[own, "n"] = shuffled * 5
    assert run(other, place).expected == base.expected
    assert run(other, place).wander == base.wander
    later = pd.concat(
        [daily, daily.tail(40).assign(day=pd.Timestamp(AS_OF) + pd.Timedelta(days=3), n=999)],
        ignore_index=True,
    )  # fmt: skip
    again = run(later, place)
    assert (again.expected, again.observed, again.high_95) == (
        base.expected, base.observed, base.high_95,
    )  # fmt: skip
    before = daily[daily["day"] < pd.Timestamp(START)]
    with_none = effect(before, treated=[place], start=START, as_of=START - timedelta(days=1))
    assert (with_none.verdict, with_none.reason) == ("too_little", "short_after")


def test_the_expectation_by_hand() -> None:
    """Share of the others before, recent weeks weighing more, times the others afterwards."""
    daily = city(5, places=8)
    found = run(daily, "p03")
    wide = daily.pivot(index="day", columns="place", values="n")
    before = wide[wide.index < pd.Timestamp(START)].iloc[-7 * ((START - FIRST).days // 7) :]
    weeks = before.to_numpy().reshape(-1, 7, 8).sum(axis=1)
    weight = 0.5 ** (np.arange(len(weeks))[::-1] / HALF_LIFE)
    rest = weeks.sum(axis=1) - weeks[:, 3]
    share = (weight * weeks[:, 3]).sum() / (weight * rest).sum()
    after = wide[(wide.index >= pd.Timestamp(START))].iloc[:84]
    assert found.expected == pytest.approx(share * (after.sum().sum() - after["p03"].sum()))
    assert found.observed == after["p03"].sum()
    assert found.ratio == pytest.approx(found.observed / found.expected)
    shown = found.weekly[found.weekly["part"] == "measured"]
    assert shown["expected"].sum() == pytest.approx(found.expected)
    assert shown["start"].iloc[0] == START


def test_what_is_too_little_says_why() -> None:
    daily = city(7)
    place = largest(daily)
    small = largest(daily, 39)
    thin = daily.assign(n=np.where(daily["place"] == small, (daily["day"].dt.day == 1), daily["n"]))
    assert run(thin, small).reason in ("few_before", "few_expected")
    assert run(daily, "nowhere").reason == "few_before"
    assert run(daily, place, until=START + timedelta(days=20)).reason == "short_after"
    early = effect(daily, treated=[place], start=FIRST + timedelta(days=100), as_of=AS_OF)
    assert early.reason == "short_history"
    assert run(daily[daily["place"].isin([place, small])], place).reason == "no_comparison"
    assert run(
        daily, place, excluded=[p for p in daily["place"].unique() if p != place]
    ).reason == ("no_comparison")


def test_an_action_that_takes_days_is_measured_after_it() -> None:
    daily = city(9)
    place = largest(daily)
    found = run(daily, place, after=START + timedelta(days=9))
    assert (found.first, found.last) == (START + timedelta(days=9), START + timedelta(days=92))
    assert found.weekly.loc[found.weekly["part"] == "before", "start"].iloc[
        -1
    ] == START - timedelta(days=7)


def test_a_season_of_its_own_needs_two_years() -> None:
    rng = np.random.default_rng(1)
    index = pd.date_range("2023-01-02", periods=1100, freq="D")
    wave = np.exp(0.45 * np.cos(2 * np.pi * (np.arange(1100) - 20) / 365.25))
    rows = [pd.DataFrame({"day": index, "place": "*", "n": rng.poisson(20 * wave)})]
    rows += [
        pd.DataFrame({"day": index, "place": f"c{k}", "n": rng.poisson(10, 1100)})
        for k in range(20)
    ]
    daily, last = pd.concat(rows), date(2025, 12, 31)
    start = date(2025, 10, 1)
    plain = effect(daily, treated=["*"], start=start, as_of=last)
    waved = effect(daily, treated=["*"], start=start, as_of=last, season=True)
    assert plain.ratio is not None and waved.ratio is not None
    assert abs(plain.ratio - 1) > 0.25
    assert waved.ratio == pytest.approx(1.0, abs=0.08)


def test_the_interval_without_dispersion_is_the_exact_poisson_one() -> None:
    for observed, expected in ((34, 72.4), (3, 11.0), (120, 100.0)):
        low, high = ratio_interval(observed, expected, 0.0, 0.95)
        assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * observed) / 2 / expected, rel=1e-3)
        assert high == pytest.approx(
            stats.chi2.ppf(0.975, 2 * observed + 2) / 2 / expected, rel=1e-3
        )
    assert ratio_interval(0, 10.0, 0.01, 0.95)[0] == 0.0
    wide = ratio_interval(50, 50.0, 0.04, 0.95)
    assert wide[0] < ratio_interval(50, 50.0, 0.0, 0.95)[0]


def test_effects_together() -> None:
    found = pooled([30, 10, 2], [50.0, 20.0, 4.0], [0.1, 0.2, 0.5])
    assert (found.observed, found.expected) == (42, 74.0)
    assert found.ratio == pytest.approx(42 / 74)
    error = np.sqrt(5.0**2 + 4.0**2 + 2.0**2) / 74
    assert found.wander == pytest.approx(error)
    assert found.verdict == "fell"
    assert pooled([1], [3.0], [0.1]).verdict == "too_little"
    assert [verdict(*e) for e in ((0.3, 0.9), (1.1, 2.0), (0.85, 1.2), (0.6, 1.4))] == [
        "fell", "rose", "none", "unsure",
    ]  # fmt: skip
