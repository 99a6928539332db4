"""The evidence page: its numbers by hand, records written and decided on it, stale edits refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from data import records
from data.registers import parse
from data.registers.models import order_record
from data.registers.saving import write
from data.schema import orders
from data.store import Store, open_store
from metrics.rates import wilson
from tests.small_city import City, build, orders_of_city, run, served
from ui import register_file
from ui.evidence_exclusions import against_peers

PERIOD = {"p": "month:2025-02-28", "scheme": "beijing_district"}
UNIT = "云溪区1街道办"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    frame = orders_of_city(2500)
    build(tmp_path, frame)
    with served(tmp_path):
        yield City(tmp_path, frame)


def store() -> Store:
    return open_store()


def put(kind: str, **body: Any) -> records.Record:
    plain = parse(kind, body).plain()
    id_ = order_record(plain["source"], plain["order_id"]) if kind == "exclusion" else None
    return write(store(), [records.Change(kind, plain, id_)], actor="甲")[0]


def action(**changes: Any) -> records.Record:
    body = {"unit": UNIT, "what": "清掏", "start": "2025-02-03", "document": "a.pdf", **changes}
    return put("action", **body)


_MARKS = {
    "with-": "composite",
    "rules-": "per",
    "lines-": "asked",
    "lift-": "lift",
    "judges-": "spread",
}


def table(at: AppTest, name: str) -> pd.DataFrame:
    """A table of the page, told by a column that it alone has."""
    (found,) = [frame.value for frame in at.dataframe if _MARKS[name] in frame.value]
    return found


def texts(at: AppTest) -> str:
    return "\n".join(str(m.value) for m in at.markdown)


def named(at: AppTest, key: str) -> Any:
    return next(b for b in at.button if b.key == key)


def call_me(at: AppTest, name: str = "乙") -> None:
    next(t for t in at.text_input if t.key == "who-register-zh").set_value(name)
    at.run()


# -- points --------------------------------------------------------------------------
def test_points_of_accepted_evidence_stand_beside_the_plain_score(city: City) -> None:
    for k in range(3):
        action(what=f"行动{k}", state="accepted")
    action(what="待审的", state="proposed")
    put(
        "evidence",
        adjustment="refused",
        unit=UNIT,
        day="2025-02-09",
        document="复核单",
        state="accepted",
    )
    at = run("evidence", **PERIOD)
    row = table(at, "with-").set_index("unit").loc[UNIT]
    assert float(row["bonus"]) == pytest.approx(0.3) and float(row["penalty"]) == pytest.approx(-1)
    assert float(row["score"]) - float(row["composite"]) == pytest.approx(-0.7)
    rules = table(at, "rules-").set_index("item")
    assert rules.loc["未诉先办", ["lines", "waiting"]].tolist() == ["3", "1"]
    assert rules.loc["重复诉求超线", "status"] == "示例，不计分"
    lines = table(at, "lines-")
    assert (lines["item"] == "未诉先办").sum() == 3
    assert "9项" in texts(at)
    other = run("evidence", **{**PERIOD, "p": "month:2025-01-31"})
    assert table(other, "with-").set_index("unit").loc[UNIT, "bonus"] == 0


def test_a_proposed_action_is_accepted_with_one_click(city: City) -> None:
    made = action()
    at = run("evidence", rec=made.id, **PERIOD)
    assert named(at, "record-accept").disabled  # nobody has given a name
    call_me(at)
    named(at, "record-accept").click().run()
    assert not at.exception and not at.error
    standing = records.one(store(), "action", made.id)
    assert standing is not None
    assert (standing.body["state"], standing.body["decided_by"]) == ("accepted", "乙")
    assert float(table(at, "with-").set_index("unit").loc[UNIT, "bonus"]) == pytest.approx(0.1)
    assert [r.actor for r in records.history(store(), "action", made.id)] == ["甲", "乙"]


def test_a_stale_decision_is_refused_with_both_versions(city: City) -> None:
    made = action()
    at = run("evidence", rec=made.id, **PERIOD)
    call_me(at)
    button = named(at, "record-accept")
    body = {**made.body, "what": "别人改过的"}
    write(store(), [records.Change("action", body, made.id, 1)], actor="丙")
    button.click().run()
    assert not at.exception and not at.error
    assert any("丙" in w.value for w in at.warning)
    shown = next(t for t in at.table if "您的" in t.value).value
    assert {"清掏", "别人改过的"} <= set(shown.to_numpy().ravel())
    assert records.history(store(), "action", made.id)[-1].actor == "丙"
    named(at, "stale-over").click().run()
    last = records.history(store(), "action", made.id)[-1]
    assert (last.revision, last.body["what"], last.body["state"]) == (3, "清掏", "accepted")


def test_a_new_record_is_written_and_faults_are_named(city: City) -> None:
    at = run("evidence", **PERIOD)
    call_me(at)
    named(at, "register-add").click().run()
    field = {t.key: t for t in at.text_input}
    field["reg-action-start-zh"].set_value("三号")
    submit = next(b for b in at.button if b.label == "保存")
    submit.click().run()
    assert any("必填" in w.value and "不是日期" in w.value for w in at.warning)
    next(s for s in at.selectbox if s.key == "reg-action-unit-zh").set_value(UNIT)
    field = {t.key: t for t in at.text_input}
    field["reg-action-what-zh"].set_value("修路灯")
    field["reg-action-start-zh"].set_value("2025-02-04")
    next(b for b in at.button if b.label == "保存").click().run()
    assert not at.exception and not at.error
    (found,) = records.all_of(store(), "action")
    assert (found.body["what"], found.body["state"], found.actor) == ("修路灯", "proposed", "乙")


def test_an_edit_opened_before_somebody_else_saved_is_stale(city: City) -> None:
    made = action(state="accepted")
    at = run("evidence", rec=made.id, **PERIOD)
    call_me(at)
    named(at, "record-edit").click().run()
    write(
        store(), [records.Change("action", {**made.body, "note": "丙补"}, made.id, 1)], actor="丙"
    )
    at.run()  # the page notices; the form still belongs to revision 1
    next(t for t in at.text_input if t.key == "reg-action-what-zh").set_value("我改的")
    next(b for b in at.button if b.label == "保存").click().run()
    assert any("丙" in w.value for w in at.warning)
    assert records.history(store(), "action", made.id)[-1].body["note"] == "丙补"
    named(at, "stale-drop").click().run()
    assert not [w for w in at.warning if "丙" in w.value]


# -- exclusions ------------------------------------------------------------------------
def test_striking_out_on_the_page_moves_the_score_and_the_ledger_tells(city: City) -> None:
    frame = city.orders
    mine = frame[(frame["unit"] == UNIT) & (frame["created_day"].dt.month == 2)]
    bad = mine[
        mine["exclusion"].isna()
        & (mine["followup"] == "valid")
        & (mine["resolution"] == "unresolved")
    ].iloc[0]
    made = put(
        "exclusion", source=bad["source"], order_id=bad["order_id"], exclusion="malicious",
        evidence="笔录", day="2025-02-20",
    )  # fmt: skip
    at = run("evidence", tab="exclusions", rec=made.id, **PERIOD)
    before = table(at, "lift-").set_index("unit").loc[UNIT]
    call_me(at)
    named(at, "record-accept").click().run()
    assert not at.exception and not at.error
    after = table(at, "lift-").set_index("unit").loc[UNIT]
    assert after["excluded"] == before["excluded"] + 1
    assert after["score"] > before["score"]
    assert after["score_before"] == pytest.approx(before["score_before"])
    reason = store().scalar(
        sa.select(orders.c.exclusion).where(orders.c.order_id == bad["order_id"])
    )
    assert reason == "malicious"
    data = run("data", **PERIOD)
    assert "剔除审核" in data.dataframe[0].value.to_string()


def test_exclusion_rates_against_peers_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "unit": [f"u{k}" for k in range(8)], "group": "g", "received": [100] * 8,
            "excluded": [2, 3, 2, 1, 2, 3, 2, 40], "exclusion_rate": [0.0] * 8,
        }
    )  # fmt: skip
    frame["exclusion_rate"] = frame["excluded"] / frame["received"]
    got = against_peers(frame).set_index("unit")
    low, high = wilson(frame["excluded"].to_numpy(float), frame["received"].to_numpy(float))
    assert got["low"].tolist() == pytest.approx(low.tolist())
    assert got["high"].tolist() == pytest.approx(high.tolist())
    assert got.loc["u0", "peers"] == pytest.approx(53 / 700)
    assert got["outside"].gt(0).to_dict() == {f"u{k}": k == 7 for k in range(8)}


# -- evaluators ----------------------------------------------------------------------------
def test_evaluators_are_shown_together_and_their_disagreement_is_marked(city: City) -> None:
    spans = {"start": "2025-02-01", "end": "2025-02-28"}
    put("evaluation", evaluator="third_party", unit=UNIT, numerator=3, n=300, **spans)
    put("evaluation", evaluator="enterprise", unit=UNIT, levels=[90, 5, 3, 2, 0], **spans)
    at = run("evidence", tab="judges", **PERIOD)
    shown = table(at, "judges-")
    row = shown.iloc[0]
    assert row["unit"] == f"▲ {UNIT}"
    assert float(row["third_party"]) == pytest.approx(0.01)
    assert float(row["enterprise"]) == pytest.approx(0.98)
    caller = float(row["caller"])
    assert float(row["value"]) == pytest.approx(0.6 * caller + 0.25 * 0.01 + 0.15 * 0.98)


# -- files ---------------------------------------------------------------------------------
def test_a_file_is_taken_in_or_refused_line_by_line(city: City) -> None:
    class Reader:
        lang = "zh"

    good = f"单位,行动,开始日期\n{UNIT},夜查,2025-02-05\n".encode("gb18030")
    assert register_file.take(Reader(), "action", "a.csv", good, "乙") == (  # type: ignore[arg-type]
        True, ["a.csv：新增1条，修改0条，未变0条。"],
    )  # fmt: skip
    bad = "单位,行动,开始日期\n无此单位,夜查,2025-02-05\n".encode()
    well, lines = register_file.take(Reader(), "action", "b.csv", bad, "乙")  # type: ignore[arg-type]
    assert not well and "b.csv 第2行“单位”：“无此单位”" in lines[1]
    assert len(records.all_of(store(), "action")) == 1


@pytest.mark.parametrize("tab", ["points", "exclusions", "judges"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_part_is_drawn_under_every_scheme(city: City, tab: str, lang: str) -> None:
    action(state="accepted")
    for scheme in ("beijing_district", "service_levels_311", "old_neighbourhood"):
        run("evidence", lang, tab=tab, **{**PERIOD, "scheme": scheme})
    run("evidence", lang, tab=tab, present="20", **PERIOD)
    run("evidence", lang, tab=tab, **{**PERIOD, "p": "month:2031-01-31"})
