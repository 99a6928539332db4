"""The unit page: its numbers are those of Rankings and of an independent computation over the orders."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.bonus import bonuses
from metrics.conditions import mask
from metrics.counting import count
from metrics.linear import decompose
from metrics.scheme import all_schemes
from tests.small_city import SILENT, UNHEARD, City, build, orders_of_city, run, served
from tests.test_page_rankings import by_hand, february, ranks
from tests.test_scores import random_orders
from ui import context, unit_course, unit_mix, unit_peers, unit_review
from ui import unit_data as data
from ui import unit_text as text
from ui.unit_figure import cut, two_lines, waterfall
from ui.unit_lost import LABELS, Lost, judged, lost, needed
from ui.view import View

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}
UNIT = "云溪区1街道办"
LONG = {**PERIOD, "p": "custom:2025-01-01..2025-02-28"}
SCHEMES = all_schemes()
KEYS = ("unit", "unit_type", "peer_group")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("unit")
    orders = orders_of_city()
    build(home, orders)
    with served(home):
        yield City(home, orders)


def ctx_of(lang: str = "zh", **view: object) -> context.Context:
    return context.build(
        View(lang=lang, scheme="beijing_district", period="month:2025-02-28", **view)  # type: ignore[arg-type]
    )


def profile_of(ctx: context.Context, unit: str = UNIT) -> data.Profile:
    return data.profile(ctx, unit, data.results(ctx))


# -- the costs -----------------------------------------------------------------
@pytest.mark.parametrize("name", SCHEMES)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 120))
@settings(max_examples=8, deadline=None)
def test_shown_costs_add_up_to_the_shown_lost_points(name: str, seed: int, n: int) -> None:
    """For every shipped scheme: orders, causes, categories and rates tell of the same points."""
    scheme = SCHEMES[name]
    orders = random_orders(np.random.default_rng(seed), n)
    orders["title"] = None
    for column in (*LABELS, *needed(scheme)):
        if column not in orders:
            orders[column] = None
    counts = count(scheme.measures(), orders, by=KEYS)
    linear = decompose(scheme, counts, found=bonuses(scheme, counts))
    for k, unit in enumerate(linear.units):
        if np.isnan(linear.composite[k]):
            continue
        mine = orders[orders["unit"] == unit]
        clocks = {piece.leaf.rule.clock for piece in linear.pieces}
        found = judged(linear, unit, dict.fromkeys(clocks, mine))
        lost_points = 100 - linear.composite[k]
        assert found.total + found.shares.sum() == pytest.approx(lost_points)
        assert found.orders["cost"].sum() == pytest.approx(found.total)
        for by in (["rate"], ["rate", "cause"], ["category"], ["cause", "category"]):
            assert found.by(by)["points"].sum() == pytest.approx(found.total), by
        for row in found.by(["rate", "cause"]).itertuples():
            chosen = found.chosen(str(row.rate), str(row.cause))
            assert chosen["points"].sum() == pytest.approx(row.points)
            assert len(chosen) == row.orders


def test_rates_by_two_times_are_joined_order_by_order() -> None:
    """One rate by creation, one by closing time: an order in both is one order."""
    scheme = SCHEMES["beijing_district"]
    late = scheme.indicators[2].model_copy(update={"clock": "closed"})
    mixed = scheme.model_copy(update={"indicators": (*scheme.indicators[:2], late)})
    orders = february(orders_of_city())
    orders = orders[orders["unit"] == UNIT].reset_index(drop=True)
    counts = count(mixed.measures(), orders, by=("unit",)).assign(unit_type="street")
    # the orders closed in the period are another set: leave some out, and count that rate on them
    closed = orders.iloc[: len(orders) // 2]
    again = count(mixed.measures(), closed, by=("unit",))
    for name in counts:
        if str(name).startswith("satisfaction."):
            counts[name] = again[name]
    linear = decompose(mixed, counts)
    found = judged(linear, UNIT, {"created": orders, "closed": closed})
    assert found.total == pytest.approx(100 - linear.composite[0])
    assert found.orders["cost"].sum() == pytest.approx(found.total)
    assert not found.orders.duplicated(["source", "order_id"]).any()


def test_costs_from_the_store_equal_plain_pandas(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    found = lost(ctx, mine)
    orders = february(city.orders)
    kept = orders[(orders["unit"] == UNIT) & orders["exclusion"].isna()]
    valid = kept[kept["followup"] == "valid"]
    credit = valid["satisfaction"].isin(["very_satisfied", "satisfied"]) + 0.9 * (
        valid["satisfaction"] == "basically_satisfied"
    )
    contacted = valid["contacted"].fillna(False).astype(float)
    resolved = (valid["resolution"] == "resolved").astype(float)
    cost = (10 * (1 - contacted) + 50 * (1 - resolved) + 40 * (1 - credit)) / len(valid)
    expected = pd.Series(cost.to_numpy(dtype=float), index=valid["order_id"].to_numpy())
    expected = expected[expected > 0]
    shown = found.orders.set_index("order_id")["cost"]
    assert set(shown.index) == set(expected.index)
    np.testing.assert_allclose(shown.sort_index(), expected.sort_index())
    assert shown.is_monotonic_decreasing
    unresolved = valid[valid["resolution"] == "unresolved"]
    row = (
        found.by(["rate", "cause"])
        .set_index(["rate", "cause"])
        .loc[("resolution", "resolution.unresolved")]
    )
    assert row["orders"] == len(unresolved)
    assert row["points"] == pytest.approx(50 / len(valid) * len(unresolved))


def test_filters_narrow_the_orders_as_they_narrow_the_score(city: City) -> None:
    ctx = ctx_of(categories=("交通管理",), channels=("电话", "网络"))
    mine = profile_of(ctx)
    found = lost(ctx, mine)
    assert found.total == pytest.approx(100 - mine.row["composite"])
    assert set(found.orders["category1"]) == {"交通管理"}


# -- the same as on Rankings ---------------------------------------------------------
def test_score_and_rank_are_those_of_rankings(city: City) -> None:
    ctx = ctx_of()
    found = data.results(ctx)
    streets = by_hand(february(city.orders))
    streets = streets[streets.index.str.endswith("街道办")]
    place = ranks(streets)
    for unit in streets.index:
        mine = data.profile(ctx, str(unit), found)
        assert mine.row["score"] == pytest.approx(streets.loc[unit, "score"])
        assert mine.row["rank"] == place[unit]
        k = mine.place
        assert mine.linear.table["score"].iloc[k] == pytest.approx(mine.row["score"])
        assert mine.linear.table["rank"].iloc[k] == mine.row["rank"]
        assert mine.rank is not None
        assert 1 <= mine.rank["rank_low"] <= mine.rank["rank_high"] <= len(streets)


def test_the_change_is_real_only_beyond_both_intervals(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    january = city.orders[city.orders["created_at"] < "2025-02-01"]
    now = by_hand(february(city.orders)).loc[UNIT, "score"]
    then = by_hand(january).loc[UNIT, "score"]
    assert mine.change is not None
    assert mine.change.difference * 100 == pytest.approx(now - then)
    assert mine.change.real == (mine.change.low > 0 or mine.change.high < 0)
    assert profile_of(ctx_of(compare="none")).change is None


# -- past, peers, orders ---------------------------------------------------------------
def test_the_past_is_counted_period_by_period(city: City) -> None:
    ctx = context.build(View(lang="zh", scheme="beijing_district", period="month_19:2025-03-18"))
    mine = profile_of(ctx)
    found = {one.piece.name: one for one in unit_course.courses(ctx, mine)}
    past = found["resolution"].periods
    assert [str(p.last_day) for p in past] == ["2025-02-18", "2025-03-18"]
    for k, period in enumerate(past):
        created = city.orders["created_at"]
        inside = city.orders[(created >= period.start) & (created < period.end)]
        row = by_hand(inside).loc[UNIT]
        assert found["resolution"].n[k] == row["n"]
        assert found["resolution"].value[k] == pytest.approx(row["resolution"])
    assert found["resolution"].variation == "too_few"


def test_peers_are_the_league_table(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    found = {one.piece.name: one for one in unit_peers.peers(ctx, mine)}
    streets = by_hand(february(city.orders))
    streets = streets[streets.index.str.endswith("街道办")]
    resolution = found["resolution"]
    assert resolution.own["value"] == pytest.approx(streets.loc[UNIT, "resolution"])
    pooled = (streets["resolution"] * streets["n"]).sum() / streets["n"].sum()
    assert resolution.pooled == pytest.approx(pooled)
    assert resolution.low < resolution.own["value"] < resolution.high
    # each street has a district of its own, but they share categories: adjusted, not refused
    assert resolution.mix.refused is None
    assert resolution.adjusted is not None


def test_mix_against_plain_pandas(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    found = unit_mix.mix(ctx, mine)
    orders = february(city.orders)
    own = orders[orders["unit"] == UNIT]
    peers = orders[orders["unit"].str.endswith("街道办", na=False) & (orders["unit"] != UNIT)]
    share = own["category1"].value_counts() / len(own)
    usual = peers["category1"].value_counts() / len(peers)
    table = found.categories.set_index("code")
    for code in table.index:
        assert table.loc[code, "share"] == pytest.approx(share[code])
        assert table.loc[code, "peers"] == pytest.approx(usual[code])
    often = own.groupby("caller_key").size()
    assert found.callers == (int((often > 1).sum()), int(often[often > 1].sum()))
    places = own.groupby("place_key").size()
    assert found.places["n"].tolist() == sorted(places[places > 1], reverse=True)
    until = pd.Timestamp(ctx.until)
    for row in found.closing.itertuples():
        old = own[own["created_at"] <= until - pd.Timedelta(days=int(row.days))]
        done = (old["close_hours"] >= 0) & (old["close_hours"] <= 24 * int(row.days))
        assert (row.n, row.closed) == (len(old), int(done.sum()))
    staff = found.load
    assert staff is not None
    assert staff["per_staff"] == pytest.approx(len(own) / 10)


# -- the page ------------------------------------------------------------------------
@pytest.mark.parametrize("section", ["lost", "course", "peers", "orders"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_section_draws(city: City, lang: str, section: str) -> None:
    at = run("unit", lang, unit=UNIT, section=section, **PERIOD)
    assert at.metric[0].value == f"{by_hand(february(city.orders)).loc[UNIT, 'score']:.2f}"


def test_the_print_view_has_everything_and_nothing_to_press_but_its_tools(city: City) -> None:
    at = run("unit", unit=UNIT, print="1", scheme="beijing_district", p="month_19:2025-03-18")
    own = [b.label for b in at.button if (b.key or "").startswith("unit-print")]
    assert own == ["返回", "打印或存为PDF"]
    assert not at.dataframe
    assert not at.get("download_button")
    # waterfall, causes, categories; three rates over time and among peers; kinds, time to close
    assert len(at.get("plotly_chart")) == 3 + 3 + 3 + 2
    said = " ".join(m.value for m in at.markdown)
    assert "口径" in said


def test_the_meeting_view_shows_head_waterfall_and_causes_only(city: City) -> None:
    at = run("unit", unit=UNIT, present="60", section="peers", **PERIOD)
    assert len(at.get("plotly_chart")) == 2
    assert not at.dataframe


def test_the_unit_filter_chooses_the_unit(city: City) -> None:
    at = run("unit", u=UNIT, **PERIOD)
    assert UNIT in at.markdown[1].value or any(UNIT in m.value for m in at.markdown)
    other = run("unit", unit="云溪区2街道办", u=UNIT, **PERIOD)
    assert any(m.value.startswith("####") and "云溪区2街道办" in m.value for m in other.markdown)


@pytest.mark.parametrize("unit", [SILENT, UNHEARD])
def test_a_unit_without_a_score_says_why(city: City, unit: str) -> None:
    for section in ("lost", "course", "peers", "orders"):
        at = run("unit", unit=unit, section=section, **PERIOD)
        head = next(m.value for m in at.markdown if m.value.startswith("####"))
        assert unit in head and "没有名次" in head
    run("unit", unit=unit, print="1", **PERIOD)


def test_an_empty_period_is_no_data(city: City) -> None:
    at = run("unit", p="month:2019-02-28", scheme="beijing_district")
    assert any("没有" in m.value for m in at.markdown)


def test_a_cause_narrows_the_list_and_the_list_says_its_points(city: City) -> None:
    ctx = ctx_of()
    table = lost(ctx, profile_of(ctx)).by(["rate", "cause"])
    row = table.iloc[0]
    at = run("unit", unit=UNIT, cause=f"{row['rate']}|{row['cause']}", **PERIOD)
    shown = at.dataframe[-1].value
    assert len(shown) == min(int(row["orders"]), unit_review.SIZE)
    assert any(f"共{int(row['orders'])}件" in c.value for c in at.caption)
    second = run("unit", unit=UNIT, at="2", **LONG).dataframe[-1].value
    first = run("unit", unit=UNIT, **LONG).dataframe[-1].value
    assert not set(first["order_id"]) & set(second["order_id"])


def test_rankings_lead_here(city: City) -> None:
    at = run("rankings", unit=UNIT, **PERIOD)
    links = [e.proto for e in at.get("page_link")]
    assert any("单位画像" in link.label and "unit=" in link.query_string for link in links)


# -- the exports -----------------------------------------------------------------------
def test_exports_hold_every_order_and_add_up(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    found = lost(ctx, mine)
    lines = unit_review.csv_of(ctx, mine, found).decode("utf-8-sig").splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert any(UNIT in line for line in head) and any("响应率" in line for line in head)
    table = pd.read_csv(io.StringIO("\n".join(lines[len(head) :])))
    assert len(table) == len(found.orders)
    assert table["失分"].sum() == pytest.approx(found.total)
    assert table["解决率失分"].sum() == pytest.approx(found.points["resolution"])
    book = openpyxl.load_workbook(io.BytesIO(unit_review.xlsx_of(ctx, mine, found)))
    assert book.active is not None
    assert book.active.max_row == len(lines) - len(head) + len(head)


def test_a_title_that_a_spreadsheet_would_run_is_harmless(city: City) -> None:
    ctx = ctx_of()
    mine = profile_of(ctx)
    found = lost(ctx, mine)
    evil = found.orders.assign(title="=1+1")
    out = unit_review.exported(ctx, mine.linear, replace(found, orders=evil))
    assert set(out["标题"]) == {"'=1+1"}


# -- words and figures -------------------------------------------------------------------
def test_ordinals() -> None:
    class English:
        lang = "en"

    made = [text.ordinal(English(), n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111)]  # type: ignore[arg-type]
    assert made == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th",
    ]  # fmt: skip


def test_long_names_are_cut_by_width() -> None:
    assert cut("短名") == "短名"
    assert cut("一" * 14) == "一" * 13 + "…"
    assert (
        two_lines("Resolution rate · Not resolved at all")
        == "Resolution rate<br>Not resolved at all"
    )


def test_the_waterfall_ends_where_the_score_is(city: City) -> None:
    from metrics.explain import waterfall as steps_of
    from ui.theme import LIGHT

    mine = profile_of(ctx_of())
    steps = steps_of(mine.linear, UNIT, mine.bonus)
    assert steps["after"].iloc[-1] == pytest.approx(mine.row["score"])
    made, start = waterfall(list(steps["step"]), steps, LIGHT, [""] * len(steps), [""] * len(steps))
    bar = made.data[0]
    assert bar.base[-1] + bar.x[-1] == pytest.approx(mine.row["score"])
    assert start <= min(steps["after"]) - 8 or start == 0


def test_needed_fields_decide_every_cost() -> None:
    """Dropping all other fields changes no cost."""
    scheme = SCHEMES["zhungeer_banner"]
    assert {"sign_hours", "followup", "resolution", "satisfaction"} <= set(needed(scheme))
    orders = random_orders(np.random.default_rng(3), 40)
    slim = orders[[c for c in orders if c in needed(scheme)]]
    for leaf in (leaf for i in scheme.composed for leaf in i.leaves()):
        if leaf.rule.denominator is not None:
            np.testing.assert_array_equal(
                mask(leaf.rule.denominator, slim), mask(leaf.rule.denominator, orders)
            )


def test_no_orders_cost_nothing() -> None:
    empty = Lost(
        orders=pd.DataFrame(columns=[*LABELS, "category", "cost"]),
        pieces=pd.DataFrame(columns=["source", "order_id", "category", "rate", "cause", "points"]),
        points=pd.Series(dtype=float),
        shares=pd.Series(dtype=float),
    )
    assert empty.total == 0
    assert empty.by(["rate", "cause"]).empty
    assert empty.by(["category"]).empty
