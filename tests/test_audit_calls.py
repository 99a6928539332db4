"""Audit calls: the draw can be repeated, results are kept, the comparison is exact."""

from __future__ import annotations

import hashlib
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data import audit_calls, records
from data.audit_calls import CALL, DRAW
from data.records import Stale
from data.schema import orders as table
from data.store import Store
from metrics.audit import UNHEARD, audit_list, compare
from metrics.conditions import mask
from metrics.selection import Selection
from tests.factory import random_orders
from tests.test_store import put
from ui.integrity_file import parse

SPAN = Selection(datetime(2025, 1, 10), datetime(2025, 4, 20))


@pytest.fixture
def filled(store: Store) -> Store:
    frame = random_orders(5000, 21)
    frame.loc[frame.index % 2 == 0, "status"] = "closed"
    put(store, frame, "a")
    return store


# -- the draw -----------------------------------------------------------------------
def test_the_same_seed_gives_the_same_list(filled: Store) -> None:
    first = audit_calls.draw(filled, SPAN, 7, 2026)
    again = audit_calls.draw(filled, SPAN, 7, 2026)
    pd.testing.assert_frame_equal(first, again)
    other = audit_calls.draw(filled, SPAN, 7, 2027)
    assert set(other["order_id"]) != set(first["order_id"])
    assert first.groupby("unit").size().max() == 7


def test_the_draw_is_that_over_all_orders(filled: Store) -> None:
    orders = filled.frame(sa.select(table))
    inside = (orders["created_at"] >= SPAN.start) & (orders["created_at"] < SPAN.end)
    wanted = audit_list(orders[inside], 7, seed=2026)
    got = audit_calls.draw(filled, SPAN, 7, 2026)
    assert got["order_id"].tolist() == wanted["order_id"].tolist()
    assert got["drawn_from"].tolist() == wanted["drawn_from"].tolist()
    np.testing.assert_allclose(got["chance"], wanted["chance"])
    units = tuple(got["unit"].unique()[:2])
    some = audit_calls.draw(filled, SPAN, 7, 2026, units)
    assert some["order_id"].tolist() == got["order_id"][got["unit"].isin(units)].tolist()


def test_anybody_can_verify_the_draw(filled: Store) -> None:
    """With nothing but sha256 over "seed|source|order", as the page says."""
    got = audit_calls.draw(filled, SPAN, 5, 99)
    unit = got["unit"].iloc[0]
    orders = filled.frame(sa.select(table))
    inside = (orders["created_at"] >= SPAN.start) & (orders["created_at"] < SPAN.end)
    mine = orders[inside & (orders["unit"] == unit).fillna(False) & mask(UNHEARD, orders)]
    digest = {
        o: hashlib.sha256(f"99|{s}|{o}".encode()).hexdigest()
        for s, o in zip(mine["source"], mine["order_id"], strict=True)
    }
    assert (
        got["order_id"][got["unit"] == unit].tolist() == sorted(digest, key=digest.__getitem__)[:5]
    )


def test_a_list_holds_nothing_about_persons(filled: Store) -> None:
    got = audit_calls.draw(filled, SPAN, 3, 1)
    assert set(got) == {
        "source", "order_id", "unit", "created_at", "category1", "followup", "drawn_from", "chance",
    }  # fmt: skip


def test_the_proposed_seed_depends_on_the_span_alone() -> None:
    seed = audit_calls.usual_seed(SPAN)
    assert seed == audit_calls.usual_seed(Selection(SPAN.start, SPAN.end, units=("x",)))
    assert seed != audit_calls.usual_seed(Selection(SPAN.start, datetime(2025, 4, 21)))
    assert 100_000 <= seed < 1_000_000


def test_a_fixed_list_stands_whatever_arrives(filled: Store) -> None:
    drawn = audit_calls.draw(filled, SPAN, 4, 5)
    made = audit_calls.fix(filled, SPAN, 4, 5, drawn, "王")
    put(filled, random_orders(2000, 22, first_id=90_000), "b")
    assert audit_calls.draw(filled, SPAN, 4, 5)["order_id"].tolist() != drawn["order_id"].tolist()
    kept = records.one(filled, DRAW, made.id)
    assert kept is not None
    assert audit_calls.listed(kept)["order_id"].tolist() == drawn["order_id"].tolist()
    assert audit_calls.span_of(kept) == SPAN
    assert audit_calls.listed(kept)["key"].is_unique


# -- results ------------------------------------------------------------------------
def answered(row: pd.Series, reached: bool, *rest: bool | None) -> dict[str, object]:
    given = dict(zip(("contacted", "resolved", "satisfied"), rest or (None,) * 3, strict=True))
    return {"source": row["source"], "order_id": row["order_id"], "unit": row["unit"], "reached": reached, **given}  # fmt: skip


def test_results_are_written_once_and_changed_knowingly(filled: Store) -> None:
    drawn = audit_calls.draw(filled, SPAN, 4, 5)
    made = audit_calls.fix(filled, SPAN, 4, 5, drawn, "王")
    one, two = drawn.iloc[0], drawn.iloc[1]
    first = [answered(one, True, True, False, False), answered(two, False)]
    assert audit_calls.save_results(filled, made, first, actor="李") == audit_calls.Saved(2, 0, 0)
    assert audit_calls.save_results(filled, made, first, actor="李") == audit_calls.Saved(0, 0, 2)
    changed = [answered(one, True, True, True, False), first[1]]
    assert audit_calls.save_results(filled, made, changed, actor="李") == audit_calls.Saved(0, 1, 1)
    # Somebody who has looked at the first revision does not overwrite the second one.
    key = audit_calls.key_of(made.id, str(one["source"]), str(one["order_id"]))
    mine = [answered(one, True, False, False, False), answered(drawn.iloc[2], False)]
    with pytest.raises(Stale) as refused:
        audit_calls.save_results(filled, made, mine, actor="赵", seen={key: 1})
    assert refused.value.current is not None and refused.value.current.actor == "李"
    found = audit_calls.of_draw(records.all_of(filled, CALL), made.id)
    assert len(found) == 2  # all or none
    calls = audit_calls.as_calls(found).set_index("order_id")
    assert calls.loc[one["order_id"], ["reached", "contacted", "resolved", "satisfied"]].tolist() == [True, True, True, False]  # fmt: skip
    assert pd.isna(calls.loc[two["order_id"], "satisfied"])


def test_recorded_answers(filled: Store) -> None:
    orders = filled.frame(sa.select(table))
    inside = (orders["created_at"] >= SPAN.start) & (orders["created_at"] < SPAN.end)
    valid = orders[inside & (orders["followup"] == "valid").fillna(False)]
    got = audit_calls.recorded(filled, SPAN)["resolved"].set_index("unit")
    asked = valid[valid["resolution"].notna()].groupby("unit").size()
    yes = valid[valid["resolution"].isin(["resolved", "basically_resolved"])].groupby("unit").size()
    assert got["n"].to_dict() == asked.to_dict() and got["yes"].to_dict() == yes.to_dict()


def calls_of(reached: int, n: int, yes: int, unit: str = "甲") -> pd.DataFrame:
    answers = [True] * yes + [False] * (n - yes) + [None] * (reached - n + 3)
    out = pd.DataFrame({"unit": unit, "satisfied": pd.array(answers, "boolean")})
    return out.assign(reached=pd.array([True] * reached + [False] * 3, "boolean"))


def was(yes: int, n: int, unit: str = "甲") -> pd.DataFrame:
    return pd.DataFrame({"unit": [unit], "yes": [yes], "n": [n]})


def test_difference_as_newcombe_has_it() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10: 56/70 against
    48/80 gives 0.0524 to 0.3339, 9/10 against 3/10 gives 0.1705 to 0.8090."""
    for yes, n, other, of, low, high in (
        (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090),
    ):  # fmt: skip
        row = compare(calls_of(n, n, yes), was(other, of), "satisfied").iloc[0]
        assert row["difference"] == pytest.approx(yes / n - other / of)
        assert row["difference_low"] == pytest.approx(low, abs=5e-5)
        assert row["difference_high"] == pytest.approx(high, abs=5e-5)


def test_the_test_is_fishers() -> None:
    """Fisher's tea: 3 of 4 against 1 of 4 has p = 34/70, two-sided."""
    row = compare(calls_of(4, 4, 3), was(1, 4), "satisfied").iloc[0]
    assert row["p"] == pytest.approx(34 / 70)
    assert (row["called"], row["reached"], row["n"], row["yes"]) == (7, 4, 4, 3)


def test_nobody_reached_is_no_data() -> None:
    both = pd.concat([calls_of(0, 0, 0), calls_of(10, 9, 2, "乙")], ignore_index=True)
    got = compare(both, was(90, 100, "乙"), "satisfied").set_index("unit")
    assert np.isnan(got.loc["甲", "value"]) and np.isnan(got.loc["甲", "p"])
    assert np.isnan(got.loc["甲", "recorded"])
    assert got.loc["乙", "q"] < 0.001 and got.loc["乙", "difference_high"] < 0
    assert (got.loc["乙", "called"], got.loc["乙", "reached"], got.loc["乙", "n"]) == (13, 10, 9)


# -- files --------------------------------------------------------------------------
DRAWN = pd.DataFrame({"source": ["t", "t", "u"], "order_id": ["A1", "A2", "A2"], "unit": ["甲", "乙", "丙"]})  # fmt: skip
HEAD = "来源,工单编号,承办单位,打通,已联系,已解决,满意\n"


def codes(text: str, name: str = "x.csv") -> list[tuple[str, int, str, str]]:
    found = parse(text.encode("utf-8"), name, DRAWN)
    assert not found.results or not found.faults
    return [(f.code, f.row, f.column, f.value) for f in found.faults]


def test_a_filled_in_list_is_read() -> None:
    text = "# 抽查名单\n# 说明\n" + HEAD + "t,A1,甲,是,是,否,否\nt,A2,乙,否,,,\nu,A2,丙,,,,\n"
    for content in (text.encode("utf-8-sig"), text.encode("gb18030")):
        found = parse(content, "x.csv", DRAWN)
        assert found.faults == [] and found.blank == 1
        assert found.results == [
            {"source": "t", "order_id": "A1", "unit": "甲", "reached": True, "contacted": True, "resolved": False, "satisfied": False},
            {"source": "t", "order_id": "A2", "unit": "乙", "reached": False, "contacted": None, "resolved": None, "satisfied": None},
        ]  # fmt: skip
    english = "Order,Reached,Contacted,Resolved,Satisfied\nA1,yes,No,Y,0\n"
    assert parse(english.encode(), "x.csv", DRAWN).results[0]["resolved"] is True


def test_a_workbook_is_read(tmp_path) -> None:
    path = tmp_path / "x.xlsx"
    rows = pd.DataFrame([["来源", "工单编号", "打通", "已联系", "已解决", "满意"], ["t", "A1", "是", "是", "是", "是"]])  # fmt: skip
    rows.to_excel(path, header=False, index=False)
    assert parse(path.read_bytes(), "x.xlsx", DRAWN).results[0]["satisfied"] is True
    assert codes("not a workbook", "x.xlsx") == [("unreadable", 0, "", "x.xlsx")]


def test_every_fault_names_row_column_and_value() -> None:
    assert codes(HEAD + "t,A9,甲,是,是,是,是\n") == [("not_drawn", 2, "order_id", "A9")]
    assert codes(HEAD + "t,A1,甲,maybe,是,是,是\n") == [("bad_answer", 2, "reached", "maybe")]
    assert codes(HEAD + "t,A1,甲,,是,是,是\n") == [("reached_missing", 2, "reached", "")]
    assert codes(HEAD + "t,A1,甲,否,是,,\n") == [("answer_unreached", 2, "reached", "否")]
    twice = HEAD + "t,A1,甲,是,是,是,是\n\nt,A1,甲,是,是,是,是\n"
    assert codes(twice) == [("twice", 4, "order_id", "A1")]
    assert codes("来源,工单编号,打通,满意\nt,A1,是,是\n") == [
        ("no_column", 1, "contacted", ""), ("no_column", 1, "resolved", ""),
    ]  # fmt: skip
    assert codes("甲,乙\n1,2\n") == [("no_heading", 0, "", "x.csv")]
    assert parse(b"\xff\xfe\x00\xff\xff", "x.csv", DRAWN).faults[0].code == "unreadable"
