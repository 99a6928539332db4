"""The boards and the ledger on a small city, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from data import meetings, records, tasks
from data.store import open_store
from data.whistles import ledger
from metrics.conditions import mask
from tests.small_city import City, build, orders_of_city, run, served
from ui import drill
from words import say

STREET = "云溪区1街道办"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("supervision")
    orders = orders_of_city(3000)
    open_ = orders.index % 3 == 0
    orders.loc[open_, ["closed_at", "closed_day"]] = pd.NaT
    orders.loc[open_, "status"] = "in_progress"
    build(home, orders)
    with served(home):
        yield City(home, orders)


def texts(at: object) -> str:
    return "\n".join(str(m.value) for m in at.markdown)  # type: ignore[attr-defined]


def test_every_board_is_drawn(city: City) -> None:
    for board, lang in (("day", "en"), ("week", "zh"), ("month", "en"), ("tasks", "en")):
        at = run("supervision", lang, board=board)
        if board == "day":
            assert at.dataframe[0].value.shape[0] == 100
    for part, lang in (("ledger", "en"), ("suggest", "en"), ("stats", "zh")):
        run("whistles", lang, part=part)


def test_a_line_becomes_a_task_and_the_next_meeting_opens_with_it(city: City) -> None:
    at = run("supervision", "zh", board="day")
    order_id = at.dataframe[0].value["order_id"].iloc[0]
    at = run("supervision", "zh", board="day", line=f"test|{order_id}")
    id_ = tasks.id_of(("order", f"test|{order_id}"), 0)
    assert at.button(key=f"task-save-{id_}-zh").disabled  # nobody has said who is writing
    if at.selectbox(key=f"task-unit-{id_}-zh").value is None:
        at.selectbox(key=f"task-unit-{id_}-zh").select(STREET).run()
    at.text_input(key=f"who-task-{id_}-zh-zh").set_value("张三").run()
    at.button(key=f"task-save-{id_}-zh").click().run()
    assert not at.exception and not at.warning
    (task,) = tasks.open_for(open_store(), "order", f"test|{order_id}")
    assert (task.actor, task.body["board"], task.body["simulated"]) == ("张三", "day", False)
    assert str(task.body["why"]) and task.body["meeting"] == open_store().now().date().isoformat()
    # the line says so now, and the meeting can be closed
    assert task.body["due"][8:].lstrip("0") in at.dataframe[0].value["task"].iloc[0]
    at.button(key="meeting-close-day-zh").click().run()
    (held,) = meetings.meetings(open_store(), "day")
    assert [d["task"] for d in held.body["decided"]] == [task.id]
    at = run("supervision", "en", board="day")
    assert say("supervision.last.running", "en", n=1) in texts(at)
    # another task made since then belongs to a meeting of its own day alone
    unit = str(task.body["unit"])
    due = open_store().now().date() - timedelta(days=3)
    body = {**task.body, "due": due.isoformat(), "made_on": due.isoformat()}
    tasks.save(open_store(), body, actor="李", id=task.id, revision=1)
    at = run("supervision", "zh", board="tasks", tasks="late", task=task.id)
    assert at.dataframe[0].value.shape[0] == 1
    assert unit in at.dataframe[0].value["unit"].iloc[0]


def test_a_stale_edit_is_refused_and_both_versions_are_shown(city: City) -> None:
    store = open_store()
    made = tasks.make(store, title="夜查", unit=STREET, due=store.now().date(), actor="王")
    at = run("supervision", "zh", board="tasks", task=made.id)
    key = f"{made.id}-1-zh"
    at.text_area(key=f"edit-note-{key}").set_value("我的话").run()
    other = tasks.save(
        store,
        {**made.body, "note": "别人的话", "state": "doing"},
        actor="李",
        id=made.id,
        revision=1,
    )
    at.text_input(key=f"who-edit-{made.id}-zh").set_value("张三").run()
    assert any("李" in info.value for info in at.info)
    at.button(key=f"edit-save-{key}").click().run()
    assert records.one(store, "task", made.id) == other
    shown = at.table[0].value
    assert {"我的话", "别人的话"} <= set(map(str, shown.to_numpy().ravel()))
    at.button(key="stale-over").click().run()
    standing = records.one(store, "task", made.id)
    assert standing is not None
    assert (standing.revision, standing.body["note"], standing.actor) == (3, "我的话", "张三")


def test_drill_downs_lead_to_the_very_orders_that_are_counted(city: City) -> None:
    from ui import exceptions_of, view
    from ui.context import build as context

    ctx = context(replace(view.View(), lang="zh"))
    every = exceptions_of.conditions(ctx)
    found = exceptions_of.counts(ctx, every, drill.named("all", ctx).condition)
    for code in ("overdue", "soon", "urgent", "returned"):
        condition = drill.named(f"today.{code}", ctx).condition
        assert found[code] == int(mask(condition, city.orders).sum()) > 0, code
    assert drill.named("bounced", ctx).standing
    with pytest.raises(KeyError):
        drill.named("today.nothing", ctx)


def test_a_suggestion_is_one_click_and_is_not_made_again(city: City) -> None:
    store = open_store()
    at = run("whistles", "zh", part="suggest")
    at.text_input(key="who-suggest-zh").set_value("张三").run()
    buttons = [b for b in at.button if str(b.key).startswith("blow-")]
    if not buttons:
        pytest.skip("no order of this city has both a street and departments")
    id_ = str(buttons[0].key)[len("blow-") : -len("-zh")]
    buttons[0].click().run()
    assert not at.exception and not at.warning
    (made,) = ledger.open_for(store, "order", id_)
    assert made.actor == "张三"
    at = run("whistles", "zh", part="suggest")
    assert f"blow-{id_}-zh" not in [str(b.key) for b in at.button]
    at = run("whistles", "zh", w=made.id)
    assert at.dataframe[1].value.shape[0] == len(made.body["calls"])
