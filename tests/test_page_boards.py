"""The boards of the rankings page show what an independent computation over the orders gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data import records
from data.registers import parse
from data.store import open_store
from metrics import spc
from metrics.bonus import bonuses
from metrics.casemix import cells, standardise
from metrics.counting import count
from metrics.fair import Fair, fair
from metrics.joint import correlation, joint_measures
from metrics.periods import Period
from metrics.ranks import told
from metrics.scheme import load_scheme
from tests.factory import random_orders
from tests.small_city import City, build, run, served, units_of
from ui.fair_icons import Icon, drawing
from words import say

SCHEME = load_scheme("beijing_district")
FEBRUARY = Period(datetime(2026, 2, 1), datetime(2026, 3, 1), "month")
# (the page is asked for calendar months, whatever the scheme's own rule is)
ASKED = {"p": "month:2026-02-28", "scheme": "beijing_district"}
LUCKY = "云溪区1街道办"


def long_city() -> pd.DataFrame:
    """Fifteen months without any photo recorded; one street does much better than the rest."""
    orders = random_orders(30_000, 11, start="2025-01-01", days=450)
    orders["photo_evidence"] = pd.array([None] * len(orders), dtype="boolean")
    orders.loc[orders["unit"] == LUCKY, "resolution"] = "resolved"
    return orders


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("boards")
    orders = long_city()
    build(home, orders)
    with served(home):
        for unit, day in ((LUCKY, "2026-02-05"), (LUCKY, "2026-02-06"), ("无此单位", "2026-02-07")):
            body = {
                "unit": unit, "what": f"提前清掏 {day}", "start": "2026-02-01", "end": day,
                "document": "记录.pdf", "state": "accepted", "decided_by": "王",
            }  # fmt: skip
            records.save(open_store(), "action", parse("action", body).plain(), actor="王")
        yield City(home, orders)


def february(orders: pd.DataFrame) -> pd.DataFrame:
    created = orders["created_at"]
    mine = orders[(created >= "2026-02-01") & (created < "2026-03-01")]
    facts = units_of(orders)[["unit", "unit_type"]]
    return mine.merge(facts, on="unit", how="left")


def counts_of(orders: pd.DataFrame) -> pd.DataFrame:
    """Every listed unit's counts in February, without a store."""
    found = count(SCHEME.measures(), february(orders), by=["unit"])
    listed = units_of(orders)[["unit", "unit_type"]]
    out = listed.merge(found, on="unit", how="left").sort_values("unit", ignore_index=True)
    names = list(SCHEME.measures())
    out[names] = out[names].fillna(0).astype("int64")
    return out


@pytest.fixture(scope="module")
def plain(city: City) -> Fair:
    """The fair table without store, counts tables, caches or pages."""
    counts = counts_of(city.orders)
    totals = count(SCHEME.measures() | joint_measures(SCHEME), february(city.orders), by=[])
    evidence = pd.DataFrame(
        {"adjustment": "proactive", "unit": LUCKY, "evidence": ["a", "b"],
         "day": pd.to_datetime(["2026-02-05", "2026-02-06"])}
    )  # fmt: skip
    found = bonuses(SCHEME, counts, evidence, FEBRUARY)
    return fair(SCHEME, counts, correlation=correlation(SCHEME, totals.iloc[0]), found=found)


def said(at: AppTest) -> str:
    parts = [*(m.value for m in at.markdown), *(c.value for c in at.caption)]
    return " ".join(parts).replace("\\", "")


# -- as scored -------------------------------------------------------------------
def test_the_raw_table_has_bonuses_beside_the_score(city: City, plain: Fair) -> None:
    at = run("rankings", **ASKED)
    shown = at.dataframe[0].value.set_index("unit")
    expected = plain.table.set_index("unit").loc[shown.index]
    for column in ("composite", "bonus", "penalty", "score", "rank", "rank_composite"):
        np.testing.assert_allclose(shown[column].astype(float), expected[column].astype(float), atol=1e-9)  # fmt: skip
    assert shown.loc[LUCKY, "bonus"] == pytest.approx(0.2)
    assert shown.loc[LUCKY, "score"] == pytest.approx(shown.loc[LUCKY, "composite"] + 0.2)
    # The total is a sum of orders: no bonus is in it.
    assert at.dataframe[1].value["composite"].iloc[0] == at.dataframe[1].value["score"].iloc[0]


def test_evidence_is_listed_and_what_does_not_count_says_why(city: City) -> None:
    at = run("rankings", **ASKED, unit=LUCKY)
    lines = next(d.value for d in at.dataframe if "evidence" in d.value)
    assert lines["counted"].astype(float).tolist() == pytest.approx([0.1, 0.1])
    assert all("记录.pdf" in text for text in lines["evidence"])
    reason = say("fair.bonus.reason.unknown_unit", "zh")
    assert say("board.bonus.reason_count", "zh", reason=reason, n=1) in said(at)


def test_the_raw_table_says_what_it_is(city: City, plain: Fair) -> None:
    at = run("rankings", **ASKED)
    streets = told(plain.table[plain.table["group"] == "streets"])
    sentence = "raw_is" if streets.width > 0.3 * streets.of else "raw_sure"
    wanted = say(f"board.{sentence}", "zh", width=streets.width, of=streets.of)  # type: ignore[arg-type]
    assert wanted in said(at)


def test_parts_that_nobody_has_give_their_weight_to_the_others(city: City) -> None:
    at = run("rankings", lang="en", p="month:2026-02-28", scheme="zhungeer_banner")
    text = said(at)
    assert "Parts of Response that are not measured: Photo evidence; their 10 points" in text
    assert "Sign-for timeliness 10 → 15.0" in text


# -- fair ranks --------------------------------------------------------------------
def test_the_fair_board_equals_a_plain_computation(city: City, plain: Fair) -> None:
    at = run("rankings", **ASKED, board="fair")
    shown = at.dataframe[0].value.set_index("unit")
    expected = plain.table.set_index("unit")
    expected = expected[(expected["group"] == "streets") & expected["ranked"]]
    assert list(shown.index) == list(expected.sort_values("rank_expected").index)
    expected = expected.loc[shown.index]
    for column in ("rank", "tier", "score", "shrunken", "top_tenth", "bottom_tenth", "n"):
        np.testing.assert_allclose(
            shown[column].astype(float), expected[column].astype(float), atol=1e-6, err_msg=column
        )
    found = told(plain.table[plain.table["group"] == "streets"])
    assert LUCKY in found.upper
    assert str(found.of) in said(at) and f"{len(found.upper)}个可以确定处于前一半" in said(at)


def test_a_unit_is_told_with_its_interval(city: City, plain: Fair) -> None:
    row = plain.table.set_index("unit").loc[LUCKY]
    at = run("rankings", **ASKED, board="fair", unit=LUCKY)
    wanted = say(
        "board.unit.place", "zh",
        rank=row["rank"], score=f"{row['score']:.2f}", low=row["rank_low"], high=row["rank_high"],
        of=row["of"],
    )  # fmt: skip
    assert wanted in said(at)


def test_one_rate_is_shrunken_and_adjusted(city: City, plain: Fair) -> None:
    at = run("rankings", **ASKED, board="fair", by="resolution")
    shown = at.dataframe[0].value.set_index("unit")
    orders = february(city.orders)
    mine = orders[orders["unit_type"] == "street"]
    leaf = SCHEME.indicator("resolution").leaves()[0]
    by = ["category1", "grade"]
    orders = mine.assign(**{name: mine[name].astype("object").fillna("") for name in by})
    strata = count(SCHEME.measures(), orders, by=["unit", *by])
    mix = standardise(cells(leaf, strata, by), by)
    assert mix.refused is None
    expected = mix.units.set_index("unit").loc[shown.index]
    for column, key in (("value", "value"), ("n", "n"), ("adjusted", "adjusted")):
        np.testing.assert_allclose(shown[column].astype(float), expected[key], atol=1e-9)
    np.testing.assert_allclose(
        shown["expected"].astype(float), expected["expected"] / expected["n"], atol=1e-9
    )
    assert (shown["shrunken"].astype(float).diff().dropna() <= 1e-12).all()


def test_ranks_adjusted_for_case_mix_are_said_to_be_so(city: City) -> None:
    plain_run = run("rankings", **ASKED, board="fair")
    mixed = run("rankings", **ASKED, board="fair", basis="mix")
    wanted = say("board.basis.mixed", "zh")
    assert wanted in said(mixed) and wanted not in said(plain_run)
    one, two = (at.dataframe[0].value.set_index("unit")["shrunken"] for at in (plain_run, mixed))
    assert not np.allclose(one.astype(float), two.loc[one.index].astype(float))


def test_a_refused_case_mix_says_why(city: City) -> None:
    """A filter to one category of one level leaves a single kind or none to compare."""
    at = run("rankings", **ASKED, board="fair", group="departments")
    known = [say(f"fair.casemix.refused.{code}", "zh") for code in ("few_units", "not_shared")]  # type: ignore[arg-type]
    text = said(at)
    assert any(reason in text for reason in known) or "可以校正" in text


# -- funnel and stability ------------------------------------------------------------
def test_the_funnel_names_who_stands_apart(city: City) -> None:
    at = run("rankings", **ASKED, board="funnel", by="resolution")
    far = at.dataframe[0].value
    assert far["unit"].tolist()[0] == LUCKY
    orders = february(city.orders)
    mine = orders[(orders["unit"] == LUCKY) & orders["exclusion"].isna()]
    valid = mine[mine["followup"] == "valid"]
    assert float(far["n"].iloc[0]) == len(valid)
    assert float(far["value"].iloc[0]) == pytest.approx((valid["resolution"] == "resolved").mean())
    assert far["where"].iloc[0].startswith("优于")


def past_of(orders: pd.DataFrame, unit: str) -> tuple[list[float], list[int]]:
    """One unit's resolution rate by the scheme's months (from the 19th), up to 18 February."""
    kept = orders[orders["exclusion"].isna() & (orders["followup"] == "valid")]
    kept = kept[kept["unit"] == unit]
    edges = [pd.Timestamp(2025, month, 19) for month in range(1, 13)]
    edges += [pd.Timestamp(2026, 1, 19), pd.Timestamp(2026, 2, 19)]
    hits, n = [], []
    for start, end in pairwise(edges):
        part = kept[(kept["created_at"] >= start) & (kept["created_at"] < end)]
        hits.append(float((part["resolution"] == "resolved").sum()))
        n.append(len(part))
    return hits, n


def test_the_icons_are_those_of_each_units_own_past(city: City) -> None:
    run("rankings", **ASKED, board="signs")
    from ui import context, fair_data
    from ui.view import View

    ctx = context.build(View(scheme="beijing_district", period="month:2026-02-28"))
    past = fair_data.past_of(ctx)
    assert len(past.periods) == 13
    table = past.table.set_index(["unit", "rate"])
    for unit in ("云溪区2街道办", "市水务局", LUCKY):
        if (unit, "resolution") not in table.index:
            continue
        hits, n = past_of(city.orders, unit)
        made = spc.chart(np.array(hits), np.array(n))
        row = table.loc[(unit, "resolution")]
        assert row["variation"] == spc.variation(made, True)[0]
        assert (row["value"], row["n"]) == (pytest.approx(hits[-1] / n[-1]), n[-1])
        assert (row["mean"], row["low"]) == pytest.approx((made.mean[0], made.low[0, -1]))


def test_a_month_without_orders_is_a_gap_in_a_units_chart(city: City) -> None:
    from ui import context, fair_data
    from ui.view import View

    ctx = context.build(View(scheme="beijing_district", period="month:2026-02-28"))
    past = fair_data.past_of(ctx)
    mine = (past.series["unit"] == LUCKY) & (past.series["period"] == 4)
    holed = replace(past, series=past.series[~mine])
    made = fair_data.unit_charts(holed, LUCKY, "resolution")
    assert made is not None
    assert np.isnan(made.value[0, 4]) and made.points[0] == len(past.periods) - 1
    assert fair_data.unit_charts(holed, "无此单位", "resolution") is None


def test_a_trial_target_is_said_to_be_one(city: City) -> None:
    at = run("rankings", **ASKED, board="signs", target="95")
    assert say("board.signs.tried", "zh", value="95%") in said(at)
    assert say("board.signs.no_target", "zh") not in said(at)
    assert say("board.signs.no_target", "zh") in said(run("rankings", **ASKED, board="signs"))


def test_too_few_periods_are_said_to_be_too_few(city: City) -> None:
    at = run("rankings", scheme="beijing_district", p="month:2025-05-31", board="signs")
    assert "少于12个" in said(at)


@pytest.mark.parametrize("board", ["raw", "fair", "funnel", "signs"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_board_stands_in_the_meeting_view(city: City, board: str, lang: str) -> None:
    at = run("rankings", lang=lang, **ASKED, board=board, present="600")
    assert not at.selectbox and not at.get("download_button")


@pytest.mark.parametrize("board", ["fair", "funnel", "signs"])
def test_a_board_without_data_says_so(city: City, board: str) -> None:
    at = run("rankings", scheme="beijing_district", p="month:2019-02-28", board=board)
    assert any("没有数据" in info.value for info in at.info)


# -- icons -----------------------------------------------------------------------
def test_icons_differ_by_shape_and_letter_not_by_colour_alone() -> None:
    good, bad = drawing(Icon("improving", "H")), drawing(Icon("concerning", "L"))
    assert "circle" in good and "circle" not in bad
    assert ">H<" in good and ">L<" in bad
    assert drawing(Icon("passes", "P")) != drawing(Icon("fails", "F"))


def test_what_is_written_into_the_matrix_is_escaped() -> None:
    from ui.fair_icons import Row, Square, matrix_html
    from ui.theme import DARK

    row = Row("<u>", "<b>名</b>", (Square((Icon("common"),), "90%", 'a"b<c'), None))
    made = matrix_html(["<i>", "x"], [row], DARK, blocks=1, large=False, empty="–", label="<l>")
    assert "<b>" not in made and "<i>" not in made and "&lt;u&gt;" in made
    assert "a&quot;b&lt;c" in made
