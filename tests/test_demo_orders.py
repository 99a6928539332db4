"""How the simulated orders behave, and that a build is whole, exact and repeatable."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data.batch import read_batch
from data.demo import build
from data.demo.build import plan, tables
from data.demo.clock import DAY, OpenHours, Workdays
from data.demo.weather import simulate
from data.settings import Settings
from forecasting.calendar import add_workdays, days_off, is_workday, make_up_workdays
from metrics.fields import CONTRADICTIONS, FIELDS
from tests.demo_orders import END, ORDERS, orders, simulation

SMALL = {"orders": 6_000, "months": 6, "end": END}


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    return pa.concat_tables(tables(plan(**SMALL, seed=7, effects=True))).to_pandas()


def test_a_build_is_one_whole_batch(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = build(Settings(home=tmp_path), **SMALL, progress=lambda *at: seen.append(at))
    batch = read_batch(path)
    assert path.parent == tmp_path / "inbox"
    assert (
        sum(table.num_rows for table in batch.orders()) == SMALL["orders"] == batch.info.rows_read
    )
    assert seen[-1] == (SMALL["orders"], SMALL["orders"])
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert batch.info.source == "demo"
    assert batch.info.meta["simulated"] == "1"
    assert {"city_zh", "city_en", "zone", "truths"} <= set(batch.info.meta)
    orders = pa.concat_tables(batch.orders())
    told = batch.info.report
    assert told["simulated"] is True
    assert told["read"] == told["kept"] == orders.num_rows
    assert told["last_day"] == str(END)
    assert (
        told["points"]["placeholder"]
        == pc.sum(pc.equal(orders["point_kind"], "placeholder")).as_py()
    )
    assert told["missing"]["followup"] == round(orders["followup"].null_count / orders.num_rows, 4)
    for name in ("units", "areas", "categories", "factors"):
        table = batch.dimension(name)
        assert table is not None
        assert table.num_rows


def test_without_effects_the_batch_says_so(tmp_path: Path) -> None:
    path = build(Settings(home=tmp_path), **SMALL, effects=False)
    assert read_batch(path).info.meta["truths"] == "{}"


def test_same_seed_same_orders_other_seed_other_orders(small: pd.DataFrame) -> None:
    again = pa.concat_tables(tables(plan(**SMALL, seed=7, effects=True))).to_pandas()
    pd.testing.assert_frame_equal(small, again)
    other = pa.concat_tables(tables(plan(**SMALL, seed=8, effects=True))).to_pandas()
    assert not small["content"].equals(other["content"])


def test_the_city_is_the_same_for_every_seed() -> None:
    first, second = (plan(**SMALL, seed=seed, effects=True) for seed in (1, 2))
    assert first.city is second.city


def test_digest_tells_builds_apart(tmp_path: Path) -> None:
    digests = {
        read_batch(build(Settings(home=tmp_path), **{**SMALL, **change})).info.digest
        for change in (
            {},
            {"seed": 8},
            {"orders": 5_000},
            {"effects": False},
            {"end": date(2026, 6, 29)},
        )
    }
    assert len(digests) == 5


@pytest.mark.parametrize("wrong", [{"orders": 0}, {"months": 0}, {"end": date(2011, 1, 1)}])
def test_impossible_wishes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|too early"):
        plan(**{**SMALL, **wrong}, seed=7, effects=True)  # type: ignore[arg-type]


def test_values_are_those_of_the_fields(small: pd.DataFrame) -> None:
    for name, field in FIELDS.items():
        if field.kind == "enum" and name in small:
            assert set(small[name].dropna()) <= set(field.values), name
    assert small["order_id"].is_unique
    assert small["created_at"].is_monotonic_increasing
    known = simulation(True)
    assert set(small["unit"]) | set(small["first_unit"]) <= set(known.city.units["unit"])
    assert set(small["street"]) <= {s.name for s in known.city.streets}
    pairs = set(zip(small["category1"], small["category2"], strict=True))
    assert pairs <= set(zip(known.tax.level1, known.tax.level2, strict=True))


def test_points_lie_in_their_street_or_on_the_placeholder(small: pd.DataFrame) -> None:
    import shapely

    home = simulation(True).city
    shapes = {s.name: home.map.streets[i] for i, s in enumerate(home.streets)}
    fine = small[small["point_kind"] == "ok"]
    inside = [
        shapes[name].contains(shapely.Point(x, y))
        for name, x, y in zip(fine["street"], fine["lon"], fine["lat"], strict=True)
    ]
    assert all(inside)
    assert fine["h3_9"].notna().all()
    placeholder = small[small["point_kind"] == "placeholder"]
    assert len(placeholder) / len(small) == pytest.approx(0.03, abs=0.01)
    assert len(placeholder[["lon", "lat"]].drop_duplicates()) == 1
    assert placeholder[["address", "h3_9", "place_key"]].isna().all(axis=None)
    assert small.loc[small["point_kind"] == "missing", ["lon", "lat"]].isna().all(axis=None)


def test_what_has_not_happened_yet_is_not_known(small: pd.DataFrame) -> None:
    now = pd.Timestamp(END) + pd.Timedelta(days=1)
    for name in ("created_at", "dispatched_at", "signed_at", "contacted_at", "closed_at"):
        assert (small[name].dropna() < now).all(), name
    unfinished = small[small["status"] != "closed"]
    assert unfinished["created_at"].max() > now - pd.Timedelta(days=2)
    for name in ("followup", "resolution", "satisfaction", "exclusion", "reply"):
        clean = unfinished[unfinished["closed_at"].isna()]
        assert clean[name].isna().all(), name


def test_answers_stand_only_where_callers_were_reached(small: pd.DataFrame) -> None:
    reached = small["followup"] == "valid"
    for name in ("contacted", "resolution", "satisfaction"):
        assert small.loc[reached, name].notna().all()
        assert small.loc[~reached, name].isna().all()


def test_contradictions_are_few_and_flagged(small: pd.DataFrame) -> None:
    flagged = small["flags"].dropna()
    assert 0.005 < len(flagged) / len(small) < 0.04
    codes = set(flagged.str.split(";").explode())
    assert codes <= set(CONTRADICTIONS)
    assert {"closed_before_created", "resolved_not_contacted", "satisfied_not_resolved"} <= codes


def test_texts_name_places_and_hold_nothing_personal(small: pd.DataFrame) -> None:
    told = small[small["address"].notna()]
    assert all(a in c for a, c in zip(told["address"], told["content"], strict=True))
    for name in ("title", "content", "reply"):
        texts = small[name].dropna()
        assert not texts.str.contains(r"\d{7,}|@|\{|\}").any(), name
    assert small["content"].nunique() > 0.99 * len(small)
    assert small["title"].nunique() > 0.5 * len(small)


def _daily(frame: pd.DataFrame) -> pd.Series:
    daily = frame.groupby("created_day").size().astype(float)
    daily.index = pd.DatetimeIndex(daily.index)
    return daily


def test_the_number_of_orders_is_exact() -> None:
    assert len(orders(True)) == ORDERS


def test_weeks_and_holidays_show() -> None:
    daily = _daily(orders(False))
    days = pd.DatetimeIndex(daily.index)
    off, extra = days_off("CN"), make_up_workdays("CN")
    plain = np.array([d not in off and d not in extra for d in days.date])
    workdays = daily[plain & (days.day_of_week < 5)]
    weekend = daily[plain & (days.day_of_week >= 5)]
    made_up = daily[np.array([d in extra for d in days.date])]
    festival = daily[np.array([off.get(d) == "spring_festival" for d in days.date])]
    assert weekend.mean() < 0.9 * workdays.mean()
    assert made_up.mean() > 1.05 * weekend.mean()
    assert festival.mean() < 0.65 * workdays.mean()


def test_the_city_complains_more_each_year() -> None:
    daily = _daily(orders(False))
    first = daily["2025-02-15":"2025-06-30"].sum()
    second = daily["2026-02-15":"2026-06-30"].sum()
    assert second / first == pytest.approx(1.08, abs=0.05)


def test_days_vary_more_than_chance_allows() -> None:
    frame = orders(False)
    part = frame[frame["category1"] == "市容环卫"]
    days = _daily(part)
    calm = days[pd.DatetimeIndex(days.index).day_of_week < 5]["2025-04-01":"2025-09-15"]
    smooth = calm.rolling(15, center=True).mean().dropna()
    around = calm.loc[smooth.index] - smooth
    assert around.var() > 1.2 * smooth.mean()  # a Poisson count would vary by its mean


def test_heating_belongs_to_the_cold_months() -> None:
    frame = orders(False)
    heating = frame[(frame["category1"] == "供暖") & (frame["category2"] == "室温不达标")]
    share = heating["created_at"].dt.month.isin([11, 12, 1, 2, 3]).mean()
    assert share > 0.95


def test_addresses_and_callers_come_back() -> None:
    frame = orders(False)
    places = frame["place_key"].value_counts()
    top = places.iloc[: len(places) // 20].sum() / places.sum()
    assert top > 0.15  # one address in twenty makes far more than its share
    assert 0.005 < frame["recurred"].mean() < 0.1
    asked = frame.dropna(subset=["resolution"])
    back = asked.groupby(asked["resolution"] == "unresolved")["recurred"].mean()
    assert back[True] > 4 * back[False]


def test_units_differ_little_and_rates_are_as_high_as_in_real_cities() -> None:
    frame = orders(False)
    asked = frame[frame["followup"] == "valid"]
    solved = asked["resolution"].isin(["resolved", "basically_resolved", "explained"])
    rates = solved.groupby(asked["unit"]).agg(["mean", "size"])
    rates = rates[rates["size"] > 200]["mean"]
    assert 0.90 < rates.median() < 0.98
    assert rates.quantile(0.05) > 0.87
    assert asked["contacted"].mean() > 0.97


def test_weather_does_not_depend_on_the_span() -> None:
    long = simulate(7, date(2024, 1, 1), date(2026, 6, 30))
    short = simulate(7, date(2026, 1, 1), date(2026, 3, 31))
    same = np.isin(long.days, short.days)
    np.testing.assert_array_equal(long.rain_mm[same], short.rain_mm)
    np.testing.assert_array_equal(long.temp_mean_c[same], short.temp_mean_c)
    month = pd.DatetimeIndex(long.days).month
    assert long.rain_mm[month == 7].sum() > 5 * long.rain_mm[month == 1].sum()
    assert long.temp_mean_c[month == 1].mean() < 2 < 24 < long.temp_mean_c[month == 7].mean()
    assert long.snow_mm[(month > 4) & (month < 10)].sum() == 0


def test_limits_in_working_days_follow_the_calendar() -> None:
    start = date(2026, 2, 10)  # Spring Festival lies ahead
    table = Workdays(start, 120, "CN")
    day, count = np.arange(40), np.full(40, 5)
    ends = table.end_of(day, count)
    for offset in day.tolist():
        last = add_workdays(date.fromordinal(start.toordinal() + offset), 5)
        assert ends[offset] == ((last - start).days + 1) * DAY - 1


def test_offices_work_in_opening_hours_only() -> None:
    start = date(2026, 6, 1)  # a Monday
    office = OpenHours(start, 60, 9, 18, "CN")
    friday_evening = np.array([4 * DAY + 17 * 3600.0])
    after = office.after(friday_evening, np.array([2 * 3600.0]))
    assert after[0] == 7 * DAY + 10 * 3600  # an hour on Friday, an hour on Monday
    moments = np.linspace(0, 30 * DAY, 500)
    done = office.after(moments, np.full(500, 5_000.0))
    hour = done % DAY / 3600
    assert ((hour >= 9) & (hour <= 18)).all()
    assert all(is_workday(date.fromordinal(start.toordinal() + int(d // DAY))) for d in done)
    assert (done >= moments + 5_000).all()
