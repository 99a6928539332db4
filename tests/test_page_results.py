"""The page of published months: what it shows, publishes, corrects and enters; notices, files, terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from commands.publish import run as terminal
from data import published
from data.batch import BatchInfo, write_batch
from data.ingest import drain
from data.publishing import publish
from data.store import Store, open_store
from metrics import periods
from metrics.scheme import load_scheme
from tests.small_city import City, build, orders_of_city, run, served
from ui import published as shown
from ui import results_files as files

SCHEME = load_scheme("beijing_district")
FEBRUARY = periods.containing("month_19", pd.Timestamp("2025-02-10").to_pydatetime())
ASKED = {"scheme": "beijing_district", "p": "month_19:2025-02-18"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    orders = orders_of_city(3000)
    build(tmp_path, orders)
    with served(tmp_path):
        yield City(tmp_path, orders)


def store() -> Store:
    return open_store()


def late(city: City) -> pd.DataFrame:
    """Ten orders of the month get a worse answer; one unit gets three of them."""
    orders = city.orders
    mine = orders[
        (orders["created_at"] >= "2025-01-19") & (orders["created_at"] < "2025-02-19")
        & (orders["followup"] == "valid") & (orders["resolution"] == "resolved") & orders["exclusion"].isna()
        & orders["unit"].str.endswith("街道办", na=False)
    ].head(10).copy()  # fmt: skip
    mine["resolution"] = "unresolved"
    write_batch(store().settings.inbox, BatchInfo("late", "test", len(mine)), [mine])
    (result,) = drain(store())
    assert result.rows_updated == 10, result
    return mine


def button(at: AppTest, key: str) -> None:
    next(b for b in at.button if b.key == key).click()
    at.run()
    assert not at.exception and not at.error


def fill(at: AppTest, prefix: str, name: str, note: str = "") -> None:
    """The publishing form: name, note, confirmation."""
    next(t for t in at.text_input if t.key == f"who-{prefix}-zh").set_value(name).run()
    next(t for t in at.text_input if t.key == f"{prefix}-note").set_value(note).run()
    next(c for c in at.checkbox if c.key == f"{prefix}-sure").check().run()


def test_without_publications_it_explains_and_publishes(city: City) -> None:
    at = run("results", **ASKED)
    assert any("还没有发布过" in m.value for m in at.markdown)
    # The oldest order is of 1 January: only the month to 18 February is covered whole.
    assert next(b for b in at.button if b.key == "publish-month_19:2025-02-18-zh-do").disabled
    next(t for t in at.toggle if t.key == "publish-month_19:2025-02-18-zh-look").set_value(
        True
    ).run()
    assert any("第 1 名" in m.value for m in at.markdown)
    fill(at, "publish-month_19:2025-02-18-zh", "王", "二月通报")
    button(at, "publish-month_19:2025-02-18-zh-do")
    (made,) = published.published(store())
    assert (made.actor, made.note, made.period, made.correction) == ("王", "二月通报", FEBRUARY, 0)
    table = at.dataframe[0].value.set_index("unit")
    expected = published.result(store(), made).units
    streets = expected[expected["group"] == "streets"].set_index("unit")
    assert table["score"].astype(float).to_dict() == pytest.approx(
        streets.loc[table.index, "score"].to_dict()
    )
    assert set(at.dataframe[0].value["now"].astype(float)) == set(table["score"].astype(float))


def test_later_data_show_beside_and_do_not_change_what_was_published(city: City) -> None:
    made = publish(store(), SCHEME, FEBRUARY, actor="王", note="")
    before = run("results", **ASKED).dataframe[0].value["score"].astype(float).tolist()
    changed = late(city)
    unit = changed["unit"].iloc[0]
    at = run("results", **ASKED, unit=unit)
    assert at.dataframe[0].value["score"].astype(float).tolist() == before
    said = " ".join(m.value for m in at.markdown)
    count = changed["unit"].nunique()
    assert f"本组有 {count} 个单位成绩与通报不同" in said
    listed = next(d.value for d in at.dataframe if "order" in d.value)
    assert set(listed["order"]) == set(changed.loc[changed["unit"] == unit, "order_id"])
    row = shown.now(made).units.set_index("unit").loc[unit]
    assert listed["points"].astype(float).sum() == pytest.approx(row["difference"])
    links = [e.proto.query_string for e in at.get("page_link")]
    assert any("order_id" in query and "span=all" in query for query in links)
    rankings = " ".join(m.value for m in run("rankings", **ASKED).markdown)
    assert f"有 {count} 个单位成绩与通报不同" in rankings


def test_a_correction_needs_its_reason_and_both_can_be_looked_at(city: City) -> None:
    first = publish(store(), SCHEME, FEBRUARY, actor="王", note="")
    late(city)
    at, form = run("results", **ASKED), f"correct-{first.number}-zh"
    fill(at, form, "李")
    assert next(b for b in at.button if b.key == f"{form}-do").disabled
    fill(at, form, "李", "复核后改判")
    button(at, f"{form}-do")
    old, new = published.published(store())
    assert (new.correction, new.note, old.number) == (1, "复核后改判", first.number)
    said = " ".join(m.value for m in at.markdown)
    assert "第1次更正" in said
    again = run("results", **ASKED, edition=str(first.number))
    assert "已被更正" in " ".join(m.value for m in again.markdown)
    then = published.result(store(), old).units.set_index("unit")["score"]
    table = again.dataframe[0].value.set_index("unit")["score"].astype(float)
    assert table.to_dict() == pytest.approx(then[table.index].to_dict())


def test_who_comes_second_is_told(city: City) -> None:
    at = run("results", **ASKED)
    fill(at, "publish-month_19:2025-02-18-zh", "王")
    publish(store(), SCHEME, FEBRUARY, actor="李", note="")
    # The page is drawn anew with 李's publication; the confirmation was for another state.
    button(at, "publish-month_19:2025-02-18-zh-do")
    (made,) = published.published(store())
    assert made.actor == "李"
    assert "李" in " ".join(m.value for m in at.markdown)
    assert any(b.key == f"correct-{made.number}-zh-do" and b.disabled for b in at.button)


def test_a_month_without_publication_shows_the_latest_and_says_so(city: City) -> None:
    publish(store(), SCHEME, FEBRUARY, actor="王", note="")
    at = run("results", scheme="beijing_district", p="month_19:2025-03-18")
    assert any("尚未发布" in i.value for i in at.info)
    english = run("results", lang="en", **ASKED)
    assert any("Bands" in m.value for m in english.markdown)


def test_the_other_parts_of_the_year_are_entered_and_faults_named(city: City) -> None:
    publish(store(), SCHEME, FEBRUARY, actor="王", note="")
    at = run("results", **ASKED)
    area = at.text_area[0]
    next(t for t in at.text_input if t.key == "year-basis-zh").set_value("实绩考核办文").run()
    next(t for t in at.text_input if t.key == "who-year-zh").set_value("王").run()
    at.text_area[0].set_value("云溪区1街道办\t80\n没有的单位\t70").run()
    button(at, "year-save-zh")
    assert any("第 2 行：没有单位“没有的单位”" in w.value for w in at.warning), area
    at.text_area[0].set_value("云溪区1街道办\t80").run()
    button(at, "year-save-zh")
    year = next(d.value for d in at.dataframe if "result" in d.value)
    row = year.set_index("unit").loc["云溪区1街道办"]
    assert float(row["result"]) == pytest.approx(0.5 * float(row["monthly"]) + 0.5 * 80)
    assert row["award"] == "有成绩的月数不足"


def test_the_workbook_holds_the_table_the_orders_and_the_circumstances(city: City) -> None:
    made = publish(store(), SCHEME, FEBRUARY, actor="王", note="说明")
    changed = late(city)
    result, found = published.result(store(), made), shown.now(made)
    from ui.context import build as context
    from ui.view import View

    ctx = shown.context(context(View(lang="zh", scheme="beijing_district")), made)
    league = shown.leagues(made)["streets"]
    from ui import rankings_table as tabled

    columns = tabled.columns(ctx, league, detail=True)
    table = files.exported(ctx, made, league, columns, found)
    assert len(table) == (result.units["group"] == "streets").sum() + 1
    book = openpyxl.load_workbook(
        io.BytesIO(files.workbook(ctx, table, files.changed(ctx, found), ["某一行"]))
    )
    assert book.sheetnames == ["通报", "发布后变动的工单", "说明"]
    listed = {row[2] for row in book["发布后变动的工单"].iter_rows(min_row=2, values_only=True)}
    assert listed == set(changed["order_id"])
    told = [row[0] for row in book["说明"].iter_rows(values_only=True)]
    assert "某一行" in told and any("数据版本 1" in line for line in told)


def test_the_terminal_publishes_lists_and_refuses(city: City) -> None:
    def asked(
        scheme: str | None, month: str | None, by: str, note: str = "", correct: bool = False
    ):  # type: ignore[no-untyped-def]
        return terminal(store(), "zh", (scheme, month, by, note, correct))

    assert terminal(store(), "zh", None) == (True, "还没有发布过月度通报。")
    done, said = asked(None, "2025-02", "王", "第一次")
    assert done and said.startswith("已发布：2025年2月（1月19日—2月18日）")
    assert "第一次" in terminal(store(), "zh", None)[1]
    for given, word in (
        ((None, "2025-02", "李"), "已由王于"),
        ((None, "2025-02", "李", "", True), "更正须写明理由"),
        ((None, "2025-04", "李"), "不能发布"),
        ((None, "二月", "李"), "形如 2026-10"),
        (("nobody", None, "李"), "没有方案"),
        ((None, "2025-02", " "), "发布人"),
        ((None, "2025-03", "李", "x", True), "没有可以更正的"),
    ):
        done, said = asked(*given)
        assert not done and word in said, (given, said)
    assert asked(None, "2025-02", "李", "复核", True)[0]
    assert "correction 1" in terminal(store(), "en", None)[1]
