"""The indicator library: numbers equal to pandas, building, saving, clashes, text, everywhere at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data import records, saved_indicators
from data.records import Change
from data.store import open_store
from data.topics import parse
from tests.small_city import City, build, orders_of_city, run, served
from tests.test_saved_indicators import heating
from ui import read

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}
ME = "王分析"


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("indicators")
    orders = orders_of_city(2500)
    build(home, orders)
    with served(home):
        yield City(home, orders)


def february(orders: pd.DataFrame) -> pd.DataFrame:
    created = orders["created_at"]
    kept = (created >= "2025-02-01") & (created < "2025-03-01") & orders["exclusion"].isna()
    return orders[kept]


def press(at: AppTest, key: str) -> AppTest:
    button = next(b for b in at.button if b.key and b.key.startswith(key))
    assert not button.disabled, key
    button.click()
    at.run()
    assert not at.exception, at.exception
    return at


def field(at: AppTest, kind: str, prefix: str, place: int = 0) -> object:
    found = [w for w in at.get(kind) if w.key and w.key.startswith(prefix)]
    return found[place]


def put(at: AppTest, kind: str, prefix: str, value: object, place: int = 0) -> None:
    widget = field(at, kind, prefix, place)
    widget.set_value(value)  # type: ignore[attr-defined]
    at.run()
    assert not at.exception, at.exception


def texts(at: AppTest) -> str:
    kinds = ("markdown", "caption", "warning", "info", "error", "success")
    return "\n".join(str(e.value) for kind in kinds for e in at.get(kind))


# -- the list ----------------------------------------------------------------------
def test_the_list_shows_every_indicator_with_its_value(city: City) -> None:
    at = run("indicators", **PERIOD)
    shown = at.dataframe[0].value.set_index("name")
    orders = february(city.orders)
    hours = orders["close_hours"]
    closed = hours[hours >= 0]
    assert float(shown.loc["7日办结率", "value"]) == pytest.approx((closed <= 168).mean())
    assert float(shown.loc["7日办结率", "n"]) == len(closed)
    assert set(shown["origin"]) == {"考核方案", "系统自带"}
    assert {"源头治理率", "政策转化率", "万人诉求比", "历史遗留问题化解率"} <= set(shown.index)
    # No record, no residents: no data, never 0.
    assert shown.loc[["源头治理率", "政策转化率", "万人诉求比"], "value"].isna().all()


def test_records_give_the_policy_rate_its_value(city: City) -> None:
    store = read.store()
    topics = [
        {"finished": "2025-02-11", "policies": [{"title": "办法", "day": "2025-02-10"}]},
        {"finished": "2025-02-12"},
        {"finished": "2025-03-12", "policies": [{"title": "办法", "day": "2025-02-10"}]},
    ]
    common = {
        "title": "专题", "state": "finished", "start": "2025-01-06", "unit": "失联局",
        "condition": {"field": "category1", "op": "eq", "value": "公共服务"},
    }  # fmt: skip
    bodies = [parse({**common, **body}).plain() for body in topics]
    records.save_all(store, [Change("topic", body) for body in bodies], actor=ME)
    shown = run("indicators", **PERIOD).dataframe[0].value.set_index("name")
    assert float(shown.loc["政策转化率", "value"]) == 0.5
    assert float(shown.loc["政策转化率", "n"]) == 2
    at = run("rankings", **PERIOD, group="departments", by="policy_conversion")
    table = at.dataframe[0].value.set_index("unit")
    assert table["policy_conversion"].isna().all()  # the one unit that has topics is not ranked
    assert not at.exception
    run("trends", **PERIOD, what="policy_conversion", grain="month", span="all")


# -- the builder -------------------------------------------------------------------
def build_one(at: AppTest) -> AppTest:
    put(at, "text_input", "ind-zh", "咨询解决率")
    put(at, "text_input", "ind-en", "Enquiries resolved")
    put(at, "selectbox", "ind-field", "order_type", 1)
    put(at, "multiselect", "ind-many", ["enquiry", "help"], 1)
    return at


def expected(orders: pd.DataFrame) -> tuple[int, int]:
    inside = orders[orders["order_type"].isin(["enquiry", "help"])]
    return int((inside["resolution"] == "resolved").sum()), len(inside)


def test_a_draft_is_checked_at_once(city: City) -> None:
    at = build_one(run("indicators", **PERIOD, tab="build"))
    hits, n = expected(february(city.orders))
    said = texts(at)
    assert f"{hits / n:.1%}" in said
    assert f"分子 {hits}，分母 {n} 件" in said
    assert "诉求类型 属于（咨询、求助）" in said
    districts = at.dataframe[0].value
    mine = february(city.orders).query("order_type in ['enquiry', 'help']")
    by = mine.groupby("district")["resolution"].agg(lambda s: (s == "resolved").mean())
    np.testing.assert_allclose(sorted(districts["value"].astype(float)), sorted(by), atol=1e-9)
    inside, outside = at.dataframe[1].value, at.dataframe[2].value
    assert set(inside["resolution"]) == {"解决"}
    assert "解决" not in set(outside["resolution"]) and len(outside) == 10
    assert "与“" not in said  # no other indicator counts this


def test_an_empty_row_shows_no_number_and_cannot_be_saved(city: City) -> None:
    at = run("indicators", **PERIOD, tab="build")
    put(at, "multiselect", "ind-many", [])
    assert "填好每个条件的取值后" in texts(at)
    put(at, "text_input", "who-", ME)
    assert next(b for b in at.button if b.key.startswith("ind-save")).disabled


def test_only_operators_that_fit_are_offered(city: City) -> None:
    at = run("indicators", **PERIOD, tab="build")
    offered = {}
    for name in ("category2", "returns", "on_time", "created_at"):
        put(at, "selectbox", "ind-field", name)
        offered[name] = field(at, "selectbox", "ind-operator").options  # type: ignore[attr-defined]
    assert "包含文字" in offered["category2"] and "≥" not in offered["category2"]
    assert "≥" in offered["returns"] and "包含文字" not in offered["returns"]
    assert offered["on_time"] == ["等于", "不是（含空白）", "不为空", "为空"]
    assert "起（含当日）" in offered["created_at"]
    # values of a text field come from the data, the most frequent first, with their counts
    put(at, "selectbox", "ind-field", "category2")
    options = field(at, "multiselect", "ind-many").options  # type: ignore[attr-defined]
    counts = city.orders["category2"].value_counts()
    assert options[0].endswith(f"({counts.iloc[0]})") and len(options) == len(counts)


def save_one(city: City) -> tuple[AppTest, str]:
    at = build_one(run("indicators", **PERIOD, tab="build"))
    put(at, "text_input", "who-", ME)
    press(at, "ind-save")
    (code,) = read.saved_indicators()
    return at, code


def test_a_saved_indicator_is_at_once_everywhere(city: City) -> None:
    at, code = save_one(city)
    assert code == "own_enquiries_resolved"
    assert "已保存“咨询解决率”" in texts(at)
    saved = read.saved_indicators()[code]
    assert saved.definition.zh.startswith("〔是否解决 = 解决〕÷〔")
    assert "Type of request is one of (Enquiry, Help)" in saved.definition.en
    assert saved.status == "own"
    orders = february(city.orders)
    hits, n = expected(orders)

    table = run("rankings", **PERIOD, by=code).dataframe[0].value.set_index("unit")
    mine = orders[orders["order_type"].isin(["enquiry", "help"])]
    rate = mine.groupby("unit")["resolution"].agg(lambda s: (s == "resolved").mean())
    np.testing.assert_allclose(table[code].astype(float), rate.reindex(table.index), atol=1e-9)
    order = table[code].astype(float).rank(method="min", ascending=False)
    everybody = run("rankings", **PERIOD, by=code)
    assert "咨询解决率" in " ".join(str(m.value) for m in everybody.markdown)
    np.testing.assert_array_equal(table[f"{code}.rank"].astype(float), order)
    np.testing.assert_array_equal(
        table[f"{code}.n"].astype(float), mine.groupby("unit").size().reindex(table.index)
    )

    trend = run("trends", **PERIOD, what=code, span="period", grain="month")
    assert f"咨询解决率 {hits / n:.1%}" in " ".join(str(m.value) for m in trend.markdown)
    found = run("orders", **PERIOD, cond=f"{code}.lost")
    assert f"共 {n - hits} 件" in texts(found) or str(n - hits) in texts(found)
    english = run("rankings", lang="en", **PERIOD, by=code)
    assert "Enquiries resolved" in " ".join(str(m.value) for m in english.markdown)


def test_an_edit_makes_a_new_version_and_retiring_takes_it_away(city: City) -> None:
    _, code = save_one(city)
    at = run("indicators", **PERIOD, indicator=code)
    press(at, "ind-edit")
    put(at, "text_input", "ind-zh", "咨询求助解决率")
    put(at, "number_input", "ind-target", 95.0)
    put(at, "text_input", "who-", ME)
    press(at, "ind-save")
    kept = records.history(open_store(), "indicator", code)
    assert [r.body["names"]["zh"] for r in kept] == ["咨询解决率", "咨询求助解决率"]
    assert read.saved_indicators()[code].target.value == 0.95  # type: ignore[union-attr]
    at = run("indicators", **PERIOD, indicator=code)
    assert "第 2 版" in texts(at) and "咨询解决率 → 咨询求助解决率" in texts(at)
    put(at, "text_input", "who-indicator-retire", ME)
    press(at, "ind-retire")
    assert read.saved_indicators() == {}
    at = run("indicators", **PERIOD)
    assert "咨询求助解决率" not in at.dataframe[0].value["name"].tolist()
    press(at, "ind-again")
    put(at, "text_input", "who-", ME)
    press(at, "ind-save")
    assert list(read.saved_indicators()) == [code]


def test_two_people_one_indicator(city: City) -> None:
    _, code = save_one(city)
    at = run("indicators", **PERIOD, indicator=code)
    press(at, "ind-edit")
    put(at, "text_input", "ind-zh", "我的改名")
    theirs = read.saved_indicators()[code].model_copy(update={"direction": "down"})
    saved_indicators.save(open_store(), theirs, actor="李同事", revision=1)
    put(at, "text_input", "who-", ME)
    press(at, "ind-save")
    said = texts(at)
    assert "李同事" in said and "您的修改未保存" in said
    table = at.dataframe[0].value.set_index("what")
    assert table.loc["中文名称"].tolist() == ["我的改名", "咨询解决率"]
    assert table.loc["方向"].tolist() == ["越高越好", "越低越好"]
    assert read.saved_indicators()[code].direction == "down"
    press(at, "ind-clash-keep")
    assert read.saved_indicators()[code].names.zh == "我的改名"
    assert len(records.history(open_store(), "indicator", code)) == 3


def test_overlapping_pieces_cannot_be_saved(city: City) -> None:
    at = build_one(run("indicators", **PERIOD, tab="build"))
    put(at, "text_input", "who-", ME)
    press(at, "ind-piece-add")
    assert "填好每个条件的取值后" in texts(at)
    put(at, "selectbox", "ind-field", "resolution", 1)
    put(at, "multiselect", "ind-many", ["resolved", "explained"], 1)
    orders = february(city.orders)
    inside = orders["order_type"].isin(["enquiry", "help"])
    twice = int((inside & (orders["resolution"] == "resolved")).sum())
    assert f"有 {twice} 件工单重复计数" in texts(at)
    assert next(b for b in at.button if b.key.startswith("ind-save")).disabled


def test_the_same_as_a_shipped_one_is_said(city: City) -> None:
    at = run("indicators", **PERIOD, tab="build")
    put(at, "selectbox", "ind-copy", "closed_7d")
    said = texts(at)
    assert "与“7日办结率”计算内容完全相同" in said
    assert "应计未计" in said


def test_orders_per_resident_in_the_builder(city: City) -> None:
    at = run("indicators", **PERIOD, tab="build")
    put(at, "selectbox", "ind-copy", "volume_per_10000")
    assert "所选范围没有常住人口数据" in texts(at)
    unit = "云溪区1街道办"
    at = run("rankings", **PERIOD, by="volume_per_10000")
    row = at.dataframe[0].value.set_index("unit").loc[unit]
    created = city.orders["created_at"]
    n = int(
        ((created >= "2025-02-01") & (created < "2025-03-01") & (city.orders["unit"] == unit)).sum()
    )
    days = 26  # February without the two days on which the store has no order
    assert float(row["volume_per_10000"]) == pytest.approx(n / (1000 * days / 30))


# -- text --------------------------------------------------------------------------
def test_text_with_a_fault_names_the_line_and_good_text_is_saved(city: City) -> None:
    at = run("indicators", **PERIOD, tab="file")
    put(at, "text_area", "ind-text", "id: own_x\nnumerator:\n  - condition: {field: nope}\n")
    assert "第3行：工单没有字段“nope”" in texts(at)
    good = (
        "id: own_x\nnames: {zh: 甲, en: A}\ndefinition: {zh: 甲, en: a}\nstatus: own\n"
        "numerator: [{condition: {field: ledger, value: true}}]\ndenominator: {all: []}\n"
    )
    put(at, "text_area", "ind-text", good)
    put(at, "text_input", "who-", ME)
    press(at, "ind-text-save")
    assert list(read.saved_indicators()) == ["own_x"]
    assert "已保存 1 项指标" in texts(at)
    put(at, "text_area", "ind-text", good.replace("own_x", "closed_7d"))
    press(at, "ind-text-save")
    assert "属于系统自带指标" in texts(at)


def test_a_deeply_nested_indicator_stays_as_it_is(city: City) -> None:
    deep = {"any": [{"all": [{"any": [{"field": "ledger", "value": True}, {"field": "hops", "op": "ge", "value": 2}]}, {"field": "grade", "value": "urgent"}]}]}  # fmt: skip
    nested = {"all": [{"any": [deep["any"][0], {"field": "refused", "value": True}]}]}
    made = heating(id="own_deep", denominator=nested)
    saved_indicators.save(read.store(), made, actor=ME)
    at = run("indicators", **PERIOD, indicator="own_deep")
    press(at, "ind-edit")
    assert "嵌套较深" in texts(at)
    put(at, "text_input", "ind-zh", "改了名")
    put(at, "text_input", "who-", ME)
    press(at, "ind-save")
    now = read.saved_indicators()["own_deep"]
    assert now.names.zh == "改了名" and now.denominator == made.denominator


def test_counting_in_the_background_changes_no_answer(city: City) -> None:
    _, code = save_one(city)
    store = read.store()
    saved_indicators.count_in_background(store).join()
    at = run("indicators", **PERIOD, indicator=code)
    hits, n = expected(february(city.orders))
    row = at.dataframe[0].value.set_index("name").loc["咨询解决率"]
    assert (float(row["value"]), float(row["n"])) == (pytest.approx(hits / n), n)
