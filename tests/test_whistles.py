"""The whistle ledger: steps in order, files a row per department, faults row by row."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from data import records, schema
from data.demo.acts import acts
from data.records import Stale
from data.registers import delivering
from data.registers.explain import explain_row
from data.registers.files import BadFile, read_file, undump
from data.registers.models import Faults
from data.registers.taking import take
from data.settings import Settings
from data.store import Store, open_store
from data.tasks import tasks
from data.whistles import ledger
from tests.factory import random_orders
from tests.test_store import put
from ui.context import Context
from ui.whistle_list import export

STREET, A, B = "云溪区1街道办", "云溪区2街道办", "云溪区3街道办"
FILE = f"""哨单编号,吹哨事项,吹哨单位,工单编号,报到单位,吹哨时间,报到时间,办结时间,处置结果,街乡评部门
W1,占道经营,{STREET},test-0000003,{A},2026-11-02 09:00,2026-11-02 15:30,2026-11-05 10:00,已清理,5
W1,,,,{B},2026-11-02 09:00,2026-11-03 08:00,,,
W2,夜间施工,{STREET},,{A},2026-11-04 09:00,,,,
"""


@pytest.fixture
def city(store: Store) -> Store:
    put(store, random_orders(60, 1), "a")
    return store


@pytest.fixture
def small(duckdb_store: Store) -> Store:
    put(duckdb_store, random_orders(60, 1), "a")
    return duckdb_store


def csv(folder: Path, text: str) -> Path:
    path = folder / "吹哨.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_step_of_a_whistle_is_a_revision(city: Store) -> None:
    made = ledger.start(
        city, title="占道经营", street=STREET, departments=[A, B], actor="王",
        source=("order", "test|test-0000003"), at=datetime(2026, 11, 2, 9),
    )  # fmt: skip
    with pytest.raises(Stale):  # another window saves the same start
        ledger.save(city, made.body, actor="李", id=made.id)
    assert ledger.orders_of(ledger.whistles(city)) == [("test", "test-0000003")]
    body = ledger.with_call(made.body, A, arrived_at="2026-11-02T15:30:00")
    second = ledger.save(city, body, actor="李", id=made.id, revision=1)
    body = ledger.with_call(second.body, A, settled_at="2026-11-05T10:00:00", result="已清理")
    third = ledger.save(
        city, {**body, "district_on": "2026-11-04"}, actor="李", id=made.id, revision=2
    )
    assert [c["settled_at"] for c in third.body["calls"]] == ["2026-11-05T10:00:00", None]
    assert not ledger.settled(third.body)
    assert [w.id for w in ledger.open_for(city, "order", "test|test-0000003")] == [made.id]
    assert len(records.history(city, "whistle", made.id)) == 3
    with pytest.raises(Stale) as refused:
        ledger.save(city, body, actor="王", id=made.id, revision=2)
    assert refused.value.current == third


IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"arrived_at": "2026-11-01T09:00:00"}, "arrived_before_called"),
    ({"settled_at": "2026-11-03T09:00:00"}, "settled_without_arrival"),
    (
        {"arrived_at": "2026-11-03T09:00:00", "settled_at": "2026-11-02T10:00:00"},
        "settled_before_arrival",
    ),
    ({"street_score": 6}, "out_of_range"),
    ({"department": STREET}, "called_itself"),
    ({"department": B}, "called_twice"),
    ({"department": "无此单位"}, "unknown_unit"),
    ({"called_at": "昨天"}, "bad_moment"),
]


def test_what_cannot_have_happened_is_refused(small: Store) -> None:
    for call, code in IMPOSSIBLE:
        first = {"department": A, "called_at": "2026-11-02T09:00:00", **call}
        other = {"department": B, "called_at": "2026-11-02T09:00:00"}
        body = {"title": "x", "street": STREET, "calls": [first, other]}
        with pytest.raises(Faults) as refused:
            ledger.save(small, body, actor="王")
        assert [f.code for f in refused.value.faults] == [code]


def test_rows_of_one_number_are_one_whistle_and_twice_is_once(city: Store, tmp_path: Path) -> None:
    given = read_file("whistle", csv(tmp_path, FILE))
    taken = take(city, given, actor="王")
    assert (taken.added, taken.changed, taken.unchanged) == (2, 0, 0)
    first, second = ledger.whistles(city)
    assert (first.id, first.body["source_id"]) == ("W1", "test|test-0000003")
    assert [(c["department"], c["arrived_at"], c["street_score"]) for c in first.body["calls"]] == [
        (A, "2026-11-02T15:30:00", 5), (B, "2026-11-03T08:00:00", None),
    ]  # fmt: skip
    assert second.body["title"] == "夜间施工"
    assert take(city, given, actor="王").unchanged == 2
    # a later file says what has happened since; what it leaves out stays
    more = f"哨单编号,吹哨事项,吹哨单位,报到单位,吹哨时间,报到时间\nW2,夜间施工,{STREET},{A},2026-11-04 09:00,2026-11-04 20:00\n"
    assert take(city, read_file("whistle", csv(tmp_path, more)), actor="王").changed == 1
    assert ledger.whistles(city)[1].body["calls"][0]["arrived_at"] == "2026-11-04T20:00:00"


def test_bad_rows_are_told_one_by_one_and_nothing_is_taken_in(city: Store, tmp_path: Path) -> None:
    bad = f"""哨单编号,吹哨事项,吹哨单位,工单编号,报到单位,吹哨时间,报到时间,街乡评部门
W1,占道,{STREET},,{A},2026-11-02 09:00,2026-11-01 09:00,5
W1,占道,{STREET},,无此局,2026-11-02 09:00,,5
W1,施工,{STREET},,{B},2026-11-02 09:00,,9
W2,夜间,{STREET},no-such-order,{A},2026-11-02 09:00,,
"""
    with pytest.raises(BadFile) as refused:
        take(city, read_file("whistle", csv(tmp_path, bad)), actor="王")
    assert [(f.row, f.column, f.code) for f in refused.value.faults] == [
        (2, "报到时间", "arrived_before_called"), (3, "报到单位", "unknown_unit"),
        (4, "吹哨事项", "differs"), (4, "街乡评部门", "out_of_range"), (5, "工单编号", "unknown_order"),
    ]  # fmt: skip
    told = [explain_row(f, "zh") for f in refused.value.faults]
    assert told[0] == "吹哨.csv 第2行“报到时间”：“2026-11-01 09:00:00”报到早于吹哨。"
    with pytest.raises(BadFile) as unread:
        read_file("whistle", csv(tmp_path, FILE.replace("2026-11-02 15:30", "下午")))
    assert [(f.row, f.code) for f in unread.value.faults] == [(2, "bad_moment")]
    assert ledger.whistles(city) == []


def test_a_download_can_be_taken_in_again(small: Store, tmp_path: Path) -> None:
    take(small, read_file("whistle", csv(tmp_path, FILE)), actor="王")
    before = ledger.whistles(small)
    for lang in ("zh", "en"):
        ctx = Context.__new__(Context)
        object.__setattr__(ctx, "view", type("V", (), {"lang": lang})())
        out = tmp_path / f"{lang}.csv"
        export(ctx, before).to_csv(out, index=False)
        assert take(small, read_file("whistle", out), actor="王").unchanged == 2


def test_the_terminal_takes_a_ledger_in(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var", memory_limit="1GB", _env_file=None)
    store = open_store(settings)
    put(store, random_orders(60, 1), "a")
    store.close()
    lines, well = delivering.register("whistle", csv(tmp_path, FILE), settings, "zh")
    assert well, lines
    assert len(ledger.whistles(open_store(settings))) == 2
    open_store(settings).close()


def test_the_simulated_office_is_plausible_and_gives_way(city: Store) -> None:
    units = city.frame(sa.select(schema.units))
    units.loc[units.index[:2], "unit_type"] = "street"
    units.loc[units.index[2:], "unit_type"] = "department"
    place = type("C", (), {"units": units})()
    street, helper = units["unit"].iloc[0], units["unit"].iloc[5]
    orders = [{"source": "test", "order_id": f"test-{k:07d}", "unit": street} for k in range(20)]
    blown = [
        {**o, "title": "占道", "category1": "城市管理", "category2": "市容环卫", "street": street,
         "assist_units": helper, "created_at": pd.Timestamp("2026-11-01 08:00") + pd.Timedelta(days=k)}
        for k, o in enumerate(orders)
    ]  # fmt: skip
    trees = acts(place, orders, blown, date(2026, 11, 20), 7)  # type: ignore[arg-type]
    assert trees == acts(place, orders, blown, date(2026, 11, 20), 7)  # type: ignore[arg-type]
    for tree in trees:
        take(city, undump(tree), actor="cockpit")
    assert {r.body["simulated"] for r in [*tasks(city), *ledger.whistles(city)]} == {True}
    held = records.all_of(city, "meeting")
    assert sum(len(m.body["decided"]) for m in held) == len(tasks(city)) > 20
    assert all(date.fromisoformat(str(m.body["day"])).weekday() < 5 for m in held)
