"""The integrity page: its numbers are those of the scan, of the draw and of the records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from data import audit_calls, integrity_kept, records
from data.audit_calls import CALL, DRAW
from data.schema import batches
from data.store import open_store
from metrics.audit import audit_power, compare
from metrics.conditions import mask
from metrics.scheme import load_scheme
from metrics.selection import Selection
from metrics.signals import SIGNALS
from tests.small_city import City, build, orders_of_city, run, served

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}
SPAN = Selection(datetime(2024, 3, 1), datetime(2025, 3, 1))
FEBRUARY = Selection(datetime(2025, 2, 1), datetime(2025, 3, 1))
HIDING = "云溪区1街道办"


def orders_with_a_signal() -> pd.DataFrame:
    """One street office books nearly every caller as not reached."""
    orders = orders_of_city()
    mine = (orders["unit"] == HIDING).fillna(False) & orders["followup"].notna()
    orders.loc[mine & (orders.index % 10 != 0), "followup"] = "unreached"
    orders.loc[mine, "status"] = "closed"
    return orders


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("integrity")
    orders = orders_with_a_signal()
    build(home, orders)
    with served(home):
        yield City(home, orders)


def said(at: AppTest) -> str:
    return " ".join(e.value for kind in (at.markdown, at.caption, at.info) for e in kind)


def in_span(city: City, span: Selection = SPAN) -> pd.DataFrame:
    created = city.orders["created_at"]
    return city.orders[(created >= span.start) & (created < span.end)]


# -- signals ---------------------------------------------------------------------------
def test_the_headline_is_the_scan(city: City) -> None:
    at = run("integrity", **PERIOD)
    got = integrity_kept.kept(open_store(), SPAN, load_scheme("beijing_district"))
    assert got is not None and got.flagged >= 1
    assert ("unreached", HIDING) in set(
        zip(got.findings["signal"], got.findings["unit"], strict=True)
    )
    text = said(at)
    assert f"{got.tests:,}项比较" in text
    assert "不是一项指控" in text
    matrix = at.dataframe[0].value.set_index("unit")
    assert HIDING in matrix.index
    wanted = in_span(city)
    mine = wanted[(wanted["unit"] == HIDING).fillna(False)]
    base, hit = SIGNALS["unreached"].masks(mine)
    assert matrix.loc[HIDING, "unreached"] == pytest.approx(hit.sum() / base.sum())


def test_a_signal_says_what_it_counts_and_leads_to_the_orders(city: City) -> None:
    at = run("integrity", **PERIOD, signal="unreached", who=HIDING)
    text = said(at)
    for part in ("定义", "基数", "命中", "与谁比较", "不能说明什么", "能发现到什么程度"):
        assert part in text, part
    mine = in_span(city)[(in_span(city)["unit"] == HIDING).fillna(False)]
    hits = int(SIGNALS["unreached"].masks(mine)[1].sum())
    link = next(e.proto for e in at.get("page_link") if f"这{hits}件工单" in e.proto.label)
    assert "custom%3A2024-03-01..2025-02-28" in link.query_string
    condition = SIGNALS["unreached"].behind(HIDING)
    assert condition is not None and mask(condition, in_span(city)).sum() == hits


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("signal", ["satisfied_unresolved", "unreached", "bunching", "excluded", "repeated", "loops", "same_replies", "instant", "edges"])  # fmt: skip
def test_every_signal_opens(city: City, signal: str, lang: str) -> None:
    run("integrity", lang=lang, **PERIOD, signal=signal, who=HIDING)


def test_what_cannot_be_measured_is_listed_with_the_reason(city: City) -> None:
    text = said(run("integrity", **PERIOD))
    assert "**踩线达标**" in text and "没有规定低于100%的红线" in text
    assert "**改派类别**" in text and "历史数据不足" in text
    # Nobody passes orders on in this city.
    assert "**两家互转**" in text


def test_unknown_choices_fall_back(city: City) -> None:
    run("integrity", **PERIOD, signal="nonsense", who="nobody", months="7", part="x", seed="abc")


def test_the_kept_scan_is_opened_and_newer_data_are_told(city: City) -> None:
    run("integrity", **PERIOD)
    store = open_store()
    first = integrity_kept.made_at(store, SPAN, load_scheme("beijing_district"))
    run("integrity", **PERIOD)
    assert integrity_kept.made_at(store, SPAN, load_scheme("beijing_district")) == first
    row = dict(store.rows(sa.select(batches))[0]._mapping)
    with store.write() as connection:
        connection.execute(sa.insert(batches).values(**{**row, "batch": 2, "digest": "later"}))
    try:
        at = run("integrity", **PERIOD)
        assert "又有新数据入库" in said(at)
        anew = next(b for b in at.button if b.label == "重新体检")
        anew.click().run()
        assert not at.exception and "又有新数据入库" not in said(at)
        got = integrity_kept.kept(store, SPAN, load_scheme("beijing_district"))
        assert got is not None and got.data_version == 2
    finally:
        with store.write() as connection:
            connection.execute(sa.delete(batches).where(batches.c.batch == 2))
        st.cache_data.clear()


def test_district_filter_narrows_the_list_and_not_the_comparison(city: City) -> None:
    at = run("integrity", **PERIOD, d="松岭区")
    shown = at.dataframe[0].value["unit"].tolist() if len(at.dataframe) else []
    assert HIDING not in shown
    assert "项比较" in said(at)


def test_the_meeting_view_asks_nothing(city: City) -> None:
    at = run("integrity", **PERIOD, present="20")
    assert not at.selectbox and not at.button


def test_an_empty_period_is_no_data(city: City) -> None:
    at = run("integrity", p="month:2019-02-28", scheme="beijing_district")
    assert any("没有数据" in info.value for info in at.info)


# -- audit calls --------------------------------------------------------------------------
def test_the_list_is_the_draw(city: City) -> None:
    at = run("integrity", **PERIOD, part="audit", calls="5", seed="4711")
    wanted = audit_calls.draw(open_store(), FEBRUARY, 5, 4711)
    shown = next(d.value for d in at.dataframe if "chance" in d.value)
    assert shown["order_id"].tolist() == wanted["order_id"].tolist()
    again = run("integrity", **PERIOD, part="audit", calls="5", seed="4711")
    other = next(d.value for d in again.dataframe if "chance" in d.value)
    assert other["order_id"].tolist() == shown["order_id"].tolist()


def test_power_is_that_of_this_citys_numbers(city: City) -> None:
    at = run("integrity", **PERIOD, part="audit", calls="40")
    power = next(d.value for d in at.dataframe if "80" in d.value).set_index("n")
    valid = in_span(city)[(in_span(city)["followup"] == "valid").fillna(False)]
    rated = valid[valid["satisfaction"].notna() & valid["unit"].notna()]
    pleased = rated["satisfaction"].isin(["very_satisfied", "satisfied", "basically_satisfied"])
    asked = in_span(city)[in_span(city)["unit"].notna() & in_span(city)["followup"].notna()]
    got = integrity_kept.kept(open_store(), SPAN, load_scheme("beijing_district"))
    assert got is not None
    facts = got.facts["power"]
    assert facts["dissatisfied"] == pytest.approx(1 - pleased.mean())
    assert facts["unreached"] == pytest.approx((asked["followup"] != "valid").mean())
    named = {k: facts[k] for k in ("unreached", "dissatisfied", "spread")}
    assert power.loc[1000, "40"] == audit_power(1000, 40, hidden=0.4, **named).calls
    median = asked[asked["created_at"] >= FEBRUARY.start].groupby("unit").size().median()
    assert int(median) in power.index


def test_a_list_is_fixed_and_its_results_are_compared(city: City) -> None:
    at = run("integrity", **PERIOD, part="audit", calls="5", seed="4711")
    button = next(b for b in at.button if "固定" in b.label)
    assert button.disabled  # nobody has said who is writing
    name = next(t for t in at.text_input if t.label == "您的姓名")
    name.set_value("王科长").run()
    next(b for b in at.button if "固定" in b.label).click().run()
    assert not at.exception, at.exception
    (draw,) = records.all_of(open_store(), DRAW)
    assert draw.actor == "王科长" and draw.body["seed"] == 4711
    listed = audit_calls.listed(draw)
    found = [
        {
            "source": row["source"], "order_id": row["order_id"], "unit": row["unit"],
            "reached": k % 4 > 0, "contacted": True if k % 4 else None,
            "resolved": (k % 3 == 0) if k % 4 else None, "satisfied": False if k % 4 else None,
        }
        for k, (_, row) in enumerate(listed.iterrows())
    ]  # fmt: skip
    audit_calls.save_results(open_store(), draw, found, actor="李")
    at = run("integrity", **PERIOD, part="audit", calls="5", seed="4711")
    assert any("王科长" in s.value for s in at.success)
    shown = next(d.value for d in at.dataframe if "difference" in d.value).set_index("unit")
    calls = audit_calls.as_calls(records.all_of(open_store(), CALL))
    was = audit_calls.recorded(open_store(), FEBRUARY)["satisfied"]
    wanted = compare(calls, was, "satisfied").set_index("unit").loc[shown.index]
    pd.testing.assert_series_equal(
        shown["difference"].astype(float), wanted["difference"], check_names=False
    )
    assert shown["called"].astype(int).tolist() == wanted["called"].tolist()


# -- surroundings ---------------------------------------------------------------------------
def test_no_population_is_said_and_how_to_supply_it(city: City) -> None:
    text = said(run("integrity", **PERIOD, part="around"))
    assert "没有人口数据" in text and "population" in text


def test_strain_is_orders_per_staff(city: City) -> None:
    at = run("integrity", **PERIOD, part="around")
    shown = next(d.value for d in at.dataframe if "per_staff" in d.value).set_index("unit")
    received = in_span(city).groupby("unit").size()
    for unit in shown.index[:5]:
        assert shown.loc[unit, "received"] == received[unit]
        assert shown.loc[unit, "per_staff"] == pytest.approx(received[unit] / 10)


def test_mismatch_is_by_category_and_first_receiver(city: City) -> None:
    at = run("integrity", **PERIOD, part="around")
    shown = next(d.value for d in at.dataframe if "hops" in d.value)
    orders = in_span(city)
    first = shown.iloc[0]
    levels = str(first["category"]).split(" › ")
    kind = orders["first_unit"].str.endswith("街道办").fillna(False)
    mine = orders[(orders["category1"] == levels[0]) & (kind == (first["kind"] == "街道"))]
    second = mine["category2"].isna() if len(levels) == 1 else mine["category2"] == levels[1]
    mine = mine[second.fillna(False) & mine["first_unit"].notna()]
    assert first["n"] == len(mine)
    assert first["hops"] == pytest.approx(mine["hops"].mean())
