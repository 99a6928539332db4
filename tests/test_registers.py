"""Register files: read whatever they are called and encoded, all or nothing, twice the same."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from data import records
from data.importing.errors import ImportFailure
from data.records import Change
from data.registers import KINDS, columns, delivering
from data.registers.explain import explain_row
from data.registers.files import BadFile, dump, read_file, undump
from data.registers.models import FAULTS
from data.registers.saving import Taken, write
from data.registers.taking import take
from data.schema import orders
from data.settings import Settings
from data.store import Store, open_store
from tests.factory import random_orders
from tests.test_decisions import state
from tests.test_store import put
from words import LANGS, knows

UNIT = "云溪区1街道办"
ACTIONS = f"""某区未诉先办台账,,,,
填报单位：指挥中心,,,,
申报单位（必填）,事项,开始日期,完成日期,佐证材料,审核结果,没用的列
{UNIT},清掏雨水口,2025年6月2日,2025/6/5,清掏.pdf,通过,x
{UNIT},更换路灯,2025-06-07,,,待审,

"""


@pytest.fixture
def city(store: Store) -> Store:
    frame = random_orders(60, 1)
    frame["exclusion"] = frame["exclusion"].where(frame.index > 5)
    frame["exclusion_note"] = frame["exclusion_note"].where(frame.index > 5)
    put(store, frame, "a")
    return store


def csv(folder: Path, text: str, encoding: str = "utf-8", name: str = "台账.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_file_with_title_rows_is_taken_in_once(
    city: Store, tmp_path: Path, encoding: str
) -> None:
    given = read_file("action", csv(tmp_path, ACTIONS, encoding))
    assert given.ignored == ("没用的列",)
    assert take(city, given, actor="王") == Taken(2, 0, 0, 0)
    first, second = (r.body for r in records.all_of(city, "action"))
    assert (first["start"], first["end"], first["state"]) == (
        "2025-06-02",
        "2025-06-05",
        "accepted",
    )
    assert (first["decided_by"], first["document"]) == ("王", "清掏.pdf")
    assert (second["end"], second["state"], second["decided_on"]) == (None, "proposed", None)
    version = records.version(city)
    assert take(city, given, actor="李") == Taken(0, 0, 2, 0)
    assert records.version(city) == version


def test_an_english_workbook_updates_what_it_names_and_leaves_blanks_alone(
    city: Store, tmp_path: Path
) -> None:
    take(city, read_file("action", csv(tmp_path, ACTIONS)), actor="王")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Unit", "Action", "Start", "Note", "Status", "Decided by"])
    sheet.append([UNIT, "更换路灯", "2025-06-07", "照片3张", "approved", "李"])
    sheet.append([UNIT, "修补路面", "2025-06-09", None, None, None])
    path = tmp_path / "actions.xlsx"
    book.save(path)
    assert take(city, read_file("action", path), actor="x") == Taken(1, 1, 0, 0)
    changed = records.all_of(city, "action")[1].body
    assert (changed["note"], changed["state"], changed["decided_by"]) == (
        "照片3张",
        "accepted",
        "李",
    )
    again = csv(tmp_path, f"单位,行动,日期,备注\n{UNIT},更换路灯,2025-06-07,\n")
    assert take(city, read_file("action", again), actor="x") == Taken(0, 0, 1, 0)


def test_every_fault_is_named_and_nothing_is_taken_in(city: Store, tmp_path: Path) -> None:
    text = (
        "单位,行动,开始日期,完成日期,经度,审核结果\n"
        f"{UNIT},甲,2025-06-02,2025-06-01,,\n"
        "不存在的单位,乙,2025-06-02,,,\n"
        f"{UNIT},丙,2025-06-02,,,通过\n"
        f"{UNIT},丁,2025-06-02,,,\n"
        f"{UNIT},丁,2025-06-02,,,\n"
        f"{UNIT},,2025-06-02,,,\n"
    )
    with pytest.raises(BadFile) as refused:
        take(city, read_file("action", csv(tmp_path, text)), actor="王")
    found = [(f.row, f.column, f.value, f.code) for f in refused.value.faults]
    assert found == [
        (2, "完成日期", "2025-06-01", "end_before_start"),
        (3, "单位", "不存在的单位", "unknown_unit"),
        (4, "", "", "accepted_without_evidence"),
        (6, "行动", "丁", "twice"),
        (7, "行动", "", "missing"),
    ]
    assert records.version(city) == 0
    told = [explain_row(fault, "zh") for fault in refused.value.faults]
    assert told[0] == "台账.csv 第2行“完成日期”：“2025-06-01”结束早于开始。"
    assert told[2] == "台账.csv 第4行“证明材料”：没有证据，不能采纳。"
    assert all(explain_row(fault, "en").isascii() is False for fault in refused.value.faults)


def test_unreadable_cells_are_named_before_anything_else(tmp_path: Path) -> None:
    text = f"单位,行动,开始日期,经度,审核结果\n{UNIT},甲,六月,东经,也许\n"
    with pytest.raises(BadFile) as refused:
        read_file("action", csv(tmp_path, text))
    assert [(f.row, f.column, f.value, f.code) for f in refused.value.faults] == [
        (2, "开始日期", "六月", "bad_day"), (2, "经度", "东经", "bad_number"),
        (2, "审核结果", "也许", "bad_choice"),
    ]  # fmt: skip


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refused:
        read_file("evaluation", csv(tmp_path, "工单编号,标题\n1,路灯\n"))
    assert {f.params["field"] for f in refused.value.faults} == {"evaluator", "unit"}
    assert "评价主体" in explain_row(refused.value.faults[0], "zh")
    with pytest.raises(ImportFailure):
        read_file("action", csv(tmp_path, "单位,行动,日期\n"))


def test_exclusions_find_their_order_and_take_effect(city: Store, tmp_path: Path) -> None:
    frame = random_orders(60, 1)
    ids = frame["order_id"]
    text = (
        "工单编号,剔除原因,证据,申请单位,申请日期,审核结果,理由\n"
        f"{ids[0]},超出职权,权责清单第3条,{UNIT},2025-06-01,同意剔除,\n"
        f"{ids[1]},duplicate,同单{ids[2]},,2025-06-01,申请中,\n"
        f"{ids[2]},恶意或违法诉求,录音,,2025-06-01,不予剔除,证据不足\n"
    )
    given = read_file("exclusion", csv(tmp_path, text))
    before = city.data_version()
    assert take(city, given, actor="王") == Taken(3, 0, 0, 0)
    assert state(city, frame.iloc[0]) == ("beyond_authority", "权责清单第3条")
    assert state(city, frame.iloc[1])[0] is None and state(city, frame.iloc[2])[0] is None
    assert city.data_version() == before + 1
    assert take(city, given, actor="王") == Taken(0, 0, 3, 0)
    assert city.data_version() == before + 1
    with pytest.raises(BadFile) as refused:
        wrong = csv(tmp_path, "工单编号,剔除原因\n没有这单,其他\n")
        take(city, read_file("exclusion", wrong), actor="王")
    assert [f.code for f in refused.value.faults] == ["unknown_order"]


def test_an_order_number_of_two_sources_needs_its_source(city: Store, tmp_path: Path) -> None:
    frame = random_orders(2, 1)
    other = frame.assign(source="other")
    put(city, other, "b")
    bare = csv(tmp_path, f"工单编号,剔除原因\n{frame['order_id'][0]},其他\n")
    with pytest.raises(BadFile) as refused:
        take(city, read_file("exclusion", bare), actor="王")
    assert [f.code for f in refused.value.faults] == ["which_source"]
    named = csv(tmp_path, f"工单编号,数据来源,剔除原因\n{frame['order_id'][0]},other,其他\n")
    assert take(city, read_file("exclusion", named), actor="王").added == 1
    assert records.all_of(city, "exclusion")[0].body["source"] == "other"
    assert len(city.rows(orders.select().where(orders.c.source == "other"))) == 2


def test_evaluations_by_levels_by_share_and_by_month(city: Store, tmp_path: Path) -> None:
    levels = (
        "评价主体,单位,月份,非常满意,满意,基本满意,不满意,非常不满意\n"
        f"企业好差评,{UNIT},2025年6月,30,50,10,8,\n"
    )
    shares = f"Evaluator,Unit,From,To,Good answers,Sample size\nthird_party,{UNIT},2025-04-01,2025-06-30,240,300\n"
    assert take(city, read_file("evaluation", csv(tmp_path, levels)), actor="x").added == 1
    assert take(city, read_file("evaluation", csv(tmp_path, shares)), actor="x").added == 1
    first, second = (r.body for r in records.all_of(city, "evaluation"))
    assert first["evaluator"] == "enterprise" and first["levels"] == [30, 50, 10, 8, 0]
    assert (first["start"], first["end"]) == ("2025-06-01", "2025-06-30")
    assert (second["numerator"], second["n"], second["levels"]) == (240.0, 300, [])


def test_evidence_of_an_item_by_its_name(city: Store, tmp_path: Path) -> None:
    good = csv(tmp_path, f"加减分项,单位,日期,文号\n政策转化,{UNIT},2025-06-01,政发〔2025〕3号\n")
    assert take(city, read_file("evidence", good), actor="x").added == 1
    assert records.all_of(city, "evidence")[0].body["adjustment"] == "policy"
    counted = csv(tmp_path, f"加减分项,单位,日期\n重复诉求超线,{UNIT},2025-06-01\n")
    with pytest.raises(BadFile) as refused:
        take(city, read_file("evidence", counted), actor="x")
    assert [f.code for f in refused.value.faults] == ["counted_adjustment"]


def test_a_removed_record_is_not_brought_back(city: Store, tmp_path: Path) -> None:
    given = read_file("action", csv(tmp_path, ACTIONS))
    take(city, given, actor="x")
    first = records.all_of(city, "action")[0]
    write(city, [Change("action", None, first.id, first.revision, True)], actor="x")
    assert take(city, given, actor="x") == Taken(0, 0, 1, 1)
    assert len(records.all_of(city, "action")) == 1


def test_a_file_travels_as_plain_data(tmp_path: Path) -> None:
    given = read_file("action", csv(tmp_path, ACTIONS))
    back = undump(dump(given))
    assert [r.row for r in back.rows] == [r.row for r in given.rows]
    assert back.rows[0].values["start"] == "2025-06-02"


def test_the_terminal_takes_a_file_in(city: Store, tmp_path: Path) -> None:
    settings = city.settings
    fresh = city.as_of()
    path = csv(tmp_path, ACTIONS)
    lines, well = delivering.register("action", path, settings, "zh")
    assert well and lines[0] == "台账.csv：新增2条，修改0条，未变0条。"
    lines, well = delivering.register("action", path, settings, "zh")
    assert well and lines[0] == "台账.csv：新增0条，修改0条，未变2条。"
    bad = csv(tmp_path, "单位,行动,日期\n无此单位,甲,2025-06-02\n")
    lines, well = delivering.register("action", bad, settings, "en")
    assert not well and "无此单位" in lines[1] and "row 2" in lines[1]
    lines, well = delivering.register("action", tmp_path / "none.csv", settings, "en")
    assert not well
    assert len(records.all_of(city, "action")) == 2
    assert city.as_of() == fresh


def test_a_real_register_can_go_into_a_simulated_city(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path / "var", memory_limit="1GB", _env_file=None))
    put(store, random_orders(60, 1), "a", meta={"simulated": "1"})
    lines, well = delivering.register("action", csv(tmp_path, ACTIONS), store.settings, "zh")
    assert well, lines
    store.close()


def test_every_fault_and_column_has_its_words() -> None:
    for lang in LANGS:
        assert all(knows(f"register.fault.{code}", lang) for code in FAULTS)
        for kind in KINDS:
            assert all(columns.heading(kind, name, lang) for name in columns.fields(kind))
            assert knows(f"register.{kind}", lang)
