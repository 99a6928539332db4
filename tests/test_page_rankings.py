"""The rankings page: its numbers are those of an independent computation over the orders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from data.scoring import with_facts
from metrics.scheme import load_scheme
from metrics.score import TOTAL
from metrics.selection import Selection
from tests.small_city import SILENT, UNHEARD, City, build, orders_of_city, run, served
from ui import rankings
from ui.rankings import ABOVE, BELOW, LIKE, against, by_choice, shortened, standing
from ui.rankings_unit import lost_count

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("rankings")
    orders = orders_of_city()
    build(home, orders)
    with served(home):
        yield City(home, orders)


def february(orders: pd.DataFrame) -> pd.DataFrame:
    created = orders["created_at"]
    return orders[(created >= "2025-02-01") & (created < "2025-03-01")]


def by_hand(orders: pd.DataFrame) -> pd.DataFrame:
    """Scheme A per unit, straight from its definition."""
    kept = orders[orders["exclusion"].isna()]
    valid = kept[kept["followup"] == "valid"]
    out = orders.groupby("unit").size().rename("received").to_frame()
    n = valid.groupby("unit").size()
    satisfied = valid["satisfaction"].isin(["very_satisfied", "satisfied"]) + 0.9 * (
        valid["satisfaction"] == "basically_satisfied"
    )
    sums = pd.DataFrame(
        {
            "unit": valid["unit"],
            "response": (valid["contacted"] == True).fillna(False).astype(float),  # noqa: E712
            "resolution": (valid["resolution"] == "resolved").astype(float),
            "satisfaction": satisfied.astype(float),
        }
    )
    rates = sums.groupby("unit").sum().div(n, axis=0)
    out = out.join(n.rename("n")).join(rates)
    out["score"] = 10 * out["response"] + 50 * out["resolution"] + 40 * out["satisfaction"]
    return out


def ranks(table: pd.DataFrame) -> pd.Series:
    """Place by score; of equal scores the one with more orders goes first."""
    better = [
        sum((s, r) > mine for s, r in zip(table["score"].round(9), table["received"], strict=True))
        for mine in zip(table["score"].round(9), table["received"], strict=True)
    ]
    return pd.Series(better, index=table.index) + 1


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Wilson (1927), written out."""
    z = 1.959963984540054
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return middle - half, middle + half


# -- the page ------------------------------------------------------------------
def test_table_equals_an_independent_computation(city: City) -> None:
    at = run("rankings", **PERIOD)
    shown = at.dataframe[0].value.set_index("unit")
    expected = by_hand(february(city.orders))
    streets = expected[expected.index.str.endswith("街道办")].sort_values(
        ["score", "received"], ascending=False
    )
    assert list(shown.index) == list(streets.index)
    for column in ("received", "n", "response", "resolution", "satisfaction", "score"):
        np.testing.assert_allclose(shown[column], streets[column], atol=1e-9, err_msg=column)
    np.testing.assert_array_equal(shown["rank"], ranks(streets))


def test_total_pools_the_counts(city: City) -> None:
    at = run("rankings", **PERIOD)
    total = at.dataframe[1].value.iloc[0]
    orders = february(city.orders)
    mine = orders[orders["unit"].str.endswith("街道办", na=False)].assign(unit="all")
    expected = by_hand(mine).loc["all"]
    for column in ("received", "n", "response", "resolution", "satisfaction", "score"):
        assert total[column] == pytest.approx(expected[column]), column
    # The average of the units' scores is something else: the total is not that.
    assert total["score"] != pytest.approx(at.dataframe[0].value["score"].mean(), abs=1e-6)


def test_exclusions_show_both_scores(city: City) -> None:
    at = run("rankings", **PERIOD)
    shown = at.dataframe[0].value.set_index("unit")
    everything = by_hand(february(city.orders).assign(exclusion=None))
    np.testing.assert_allclose(shown["score_all"], everything.loc[shown.index, "score"], atol=1e-9)
    struck = february(city.orders).groupby("unit")["exclusion"].count()
    np.testing.assert_array_equal(shown["excluded"], struck[shown.index])


def test_change_of_rank_is_against_the_comparison_period(city: City) -> None:
    at = run("rankings", **PERIOD)
    shown = at.dataframe[0].value.set_index("unit")
    created = city.orders["created_at"]
    january = city.orders[(created >= "2025-01-01") & (created < "2025-02-01")]
    before = ranks(by_hand(january).loc[shown.index])
    np.testing.assert_array_equal(shown["rank_change"], before - shown["rank"])


def test_without_comparison_there_is_no_change(city: City) -> None:
    at = run("rankings", **PERIOD, vs="none")
    assert at.dataframe[0].value["rank_change"].isna().all()


def test_units_without_data_are_listed_apart(city: City) -> None:
    at = run("rankings", **PERIOD)
    apart = at.dataframe[2].value.set_index("unit")
    assert list(apart.index) == [SILENT]
    assert apart.loc[SILENT, "received"] == 0
    assert "没有受理" in apart.loc[SILENT, "why"]
    departments = run("rankings", **PERIOD, group="departments")
    apart = departments.dataframe[2].value.set_index("unit")
    assert apart.loc[UNHEARD, "received"] > 0
    assert "响应率" in apart.loc[UNHEARD, "why"]
    assert UNHEARD not in departments.dataframe[0].value["unit"].tolist()


def test_intervals_stand_in_the_cells(city: City) -> None:
    at = run("rankings", **PERIOD, by="resolution")
    first = at.dataframe[0].value.iloc[0]
    low, high = wilson(first["resolution"] * first["n"], first["n"])
    import pyarrow as pa

    values = pa.ipc.open_stream(at.dataframe[0].proto.arrow_data.styler.display_values)
    text = values.read_pandas()["resolution"].iloc[0]
    assert text == f"{first['resolution']:.1%} ({low * 100:.1f}–{high * 100:.1f})"


def test_links_lead_to_the_units_orders(city: City) -> None:
    unit = "云溪区1街道办"
    at = run("rankings", **PERIOD, unit=unit)
    links = [e.proto for e in at.get("page_link")]
    queries = [link.query_string for link in links]
    assert any("cond=resolution.lost" in q for q in queries), queries
    orders = february(city.orders)
    mine = orders[(orders["unit"] == unit) & orders["exclusion"].isna()]
    lost = ((mine["followup"] == "valid") & (mine["resolution"] != "resolved")).sum()
    label = next(link.label for link in links if "cond=resolution.lost" in link.query_string)
    assert f" {lost} " in label


def test_a_scheme_without_follow_up_says_not_measured(city: City) -> None:
    at = run("rankings", lang="en", p="month:2025-02-28", scheme="service_levels_311")
    assert set(at.dataframe[0].value["satisfaction"]) == {"not measured"}
    said = " ".join(c.value for c in at.caption)
    assert "shared out in proportion" in said


def test_unit_filter_marks_and_does_not_narrow(city: City) -> None:
    unit = "云溪区1街道办"
    plain, marked = run("rankings", **PERIOD), run("rankings", **PERIOD, u=unit)
    assert len(plain.dataframe[0].value) == len(marked.dataframe[0].value)
    assert f"★ {unit}" in marked.dataframe[0].value["unit"].tolist()


def test_an_empty_period_is_no_data(city: City) -> None:
    at = run("rankings", p="month:2019-02-28", scheme="beijing_district")
    assert any("没有数据" in info.value for info in at.info)


# -- helpers ---------------------------------------------------------------------
def table(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """unit, value, low, high; best first."""
    out = pd.DataFrame(rows, columns=["unit", "value", "low", "high"])
    return out.assign(rank=range(1, len(out) + 1), n=100.0, small=False)


def test_standing_counts_overlaps_with_the_leader() -> None:
    found = standing(table(("a", 0.9, 0.85, 0.95), ("b", 0.88, 0.8, 0.93), ("c", 0.5, 0.4, 0.6)))
    assert found is not None
    assert (found.leaders, found.trailers, found.near, found.apart) == (("a",), ("c",), 1, True)


def test_standing_of_overlapping_ends_claims_nothing() -> None:
    found = standing(table(("a", 0.9, 0.6, 1.0), ("b", 0.7, 0.5, 0.9)))
    assert found is not None
    assert not found.apart


def test_standing_where_less_is_better() -> None:
    rows = table(("a", 0.1, 0.05, 0.15), ("b", 0.12, 0.08, 0.2), ("c", 0.5, 0.4, 0.6))
    found = standing(rows, up=False)
    assert found is not None
    assert (found.near, found.apart) == (1, True)


def test_standing_of_nobody_and_of_equals() -> None:
    assert standing(table()) is None
    level = standing(table(("a", 0.5, 0.4, 0.6), ("b", 0.5, 0.3, 0.7)))
    assert level is not None
    assert (level.leaders, level.trailers) == (("a", "b"), ())


def test_against_turns_with_the_direction() -> None:
    rows = table(("a", 0.9, 0.8, 0.95), ("b", 0.7, 0.6, 0.8), ("c", 0.3, 0.2, 0.4))
    assert against(rows, 0.7) == [ABOVE, LIKE, BELOW]
    assert against(rows, 0.7, up=False) == [BELOW, LIKE, ABOVE]
    assert against(rows, None) == [LIKE] * 3


def test_shortened_keeps_ends_and_wanted() -> None:
    assert shortened(5, 10) == [0, 1, 2, 3, 4]
    assert shortened(10, 4, keep=[5, 99]) == [0, 1, 5, 8, 9]


def test_units_without_orders_join_only_where_they_fit() -> None:
    units = pd.DataFrame(
        {
            "unit": ["a", "b", "c"], "unit_type": ["street", "street", "department"],
            "district": ["x", "y", None], "peer_group": "p",
        }
    )  # fmt: skip
    found = pd.DataFrame({"all": [3]}, index=pd.Index(["a"], name="unit"))
    where = Selection(pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-01"))
    assert with_facts(found, units, where)["all"].tolist() == [3, 0, 0]
    from dataclasses import replace

    here = with_facts(found, units, replace(where, districts=("y",)))
    assert sorted(here["unit"]) == ["a", "b"]
    narrowed = with_facts(found, units, replace(where, categories=("城市管理",)))
    assert narrowed["unit"].tolist() == ["a"]


def test_lost_orders_are_the_denominator_without_the_numerator() -> None:
    scheme = load_scheme("beijing_district")
    leaf = scheme.indicator("satisfaction").leaves()[0]
    row = pd.Series({"satisfaction.num.0": 5, "satisfaction.num.1": 2, "satisfaction.den": 10})
    assert lost_count(leaf, row) == 3


def test_by_choice_sorts_best_first() -> None:
    rows = pd.DataFrame(
        {
            "unit": ["a", "b"], "rank": [2, 1], "score": [80.0, 81.0], "composite_low": [70.0, 79.0],
            "composite_high": [90.0, 83.0], "adjustments": [0.0, 1.0], "n": [9, 5], "small": False,
        }
    )  # fmt: skip
    found = by_choice(rows, rankings.SCORE)
    assert found["unit"].tolist() == ["b", "a"]
    assert found["low"].tolist() == [80.0, 70.0]
    assert TOTAL not in found["unit"].tolist()
