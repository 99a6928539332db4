"""Tasks, meetings and flags: what was decided, what became of it, and that nothing is half written."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import audit, flags, meetings, records, tasks
from data.records import Stale
from data.registers.models import Faults
from data.schema import records as table
from data.settings import Settings
from data.store import Store, open_store
from data.supervision import sources
from tests.factory import random_orders
from tests.test_store import put

UNIT, OTHER = "云溪区1街道办", "云溪区2街道办"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def city(store: Store) -> Store:
    put(store, random_orders(80, 1), "a")
    return store


def make(store: Store, due: date, **more: object) -> records.Record:
    told = {"title": "清理堆物", "unit": UNIT, "actor": "王", "source": ("alert", "a1")} | more
    return tasks.make(store, due=due, **told)  # type: ignore[arg-type]


def test_a_task_is_made_of_a_thing_once_and_again_when_it_is_over(city: Store) -> None:
    today = city.now().date()
    first = make(city, today, assist=[OTHER])
    assert [t.id for t in tasks.open_for(city, "alert", "a1")] == [first.id]
    assert tasks.open_for(city, "order", "a1") == []
    with pytest.raises(Stale) as refused:  # a second window, opened before the first one saved
        tasks.save(city, first.body, actor="李", id=tasks.id_of(("alert", "a1"), 0))
    assert refused.value.current == first
    done = tasks.save(city, {**first.body, "state": "done"}, actor="李", id=first.id, revision=1)
    assert done.body["done_on"] == today.isoformat()
    assert tasks.open_for(city, "alert", "a1") == []
    again = make(city, today)
    assert again.id != first.id
    back = tasks.save(city, {**done.body, "state": "doing"}, actor="李", id=first.id, revision=2)
    assert back.body["done_on"] is None
    logged = audit.lines(city)
    assert list(logged[logged["subject"] == first.id]["actor"]).count("李") == 2


def test_what_is_wrong_with_a_task_is_named(city: Store) -> None:
    due = city.now().date()
    for change, code, field in (
        ({"unit": "无此单位"}, "unknown_unit", "unit"),
        ({"assist": ["无此单位"]}, "unknown_unit", "assist"),
        ({"assist": [UNIT]}, "leads_and_assists", "assist"),
        ({"state": "dropped"}, "dropped_without_reason", "reason"),
        ({"title": " "}, "missing", "title"),
        ({"due": "明天"}, "bad_day", "due"),
        ({"state": "done", "done_on": "2020-01-01"}, "done_before_made", "done_on"),
    ):
        body = {"title": "清理", "unit": UNIT, "due": due, **change}
        with pytest.raises(Faults) as refused:
            tasks.save(city, body, actor="王")
        assert [(f.code, f.field) for f in refused.value.faults] == [(code, field)], change
    assert tasks.tasks(city) == []


def test_what_became_of_a_task_depends_on_days() -> None:
    today = date(2026, 11, 20)
    body = {"state": "open", "due": "2026-11-20", "done_on": None}
    assert tasks.became(body, today) == "running"
    assert tasks.became(body, today + timedelta(days=1)) == "late"
    assert tasks.became({**body, "state": "done", "done_on": "2026-11-20"}, today) == "done_in_time"
    assert tasks.became({**body, "state": "checked", "done_on": "2026-11-21"}, today) == "done_late"
    assert tasks.became({**body, "state": "dropped"}, today) == "dropped"
    # Friday to the second working day: Tuesday; the order's own day where that is earlier
    assert tasks.suggested_due(today, 2, "CN") == date(2026, 11, 24)
    assert tasks.suggested_due(today, 2, "CN", date(2026, 11, 21)) == date(2026, 11, 21)
    assert tasks.suggested_due(today, 2, "CN", date(2026, 11, 1)) == date(2026, 11, 24)


def test_the_next_meeting_sees_what_the_last_one_decided(city: Store) -> None:
    today = city.now().date()
    decided = [
        make(city, today + timedelta(days=k), source=("unit", str(k)), board="week", meeting=today)
        for k in range(3)
    ]
    make(city, today, source=("unit", "elsewhere"), board="day", meeting=today)
    held = meetings.close(city, "week", today, actor="王", attendees="王、李", note="例会")
    assert [d["task"] for d in held.body["decided"]] == [t.id for t in decided]
    with pytest.raises(Stale):
        meetings.close(city, "week", today, actor="李")
    one, two, three = decided
    tasks.save(city, {**one.body, "state": "done"}, actor="李", id=one.id, revision=1)
    later = today + timedelta(days=9)
    tasks.save(city, {**two.body, "due": later.isoformat()}, actor="李", id=two.id, revision=1)
    records.remove(city, "task", three.id, revision=1, actor="李")
    followed = meetings.follow(held, tasks.tasks(city), today + timedelta(days=5))
    assert [(f.decided["task"], f.became, f.moved) for f in followed] == [
        (two.id, "running", True), (one.id, "done_in_time", False), (three.id, "dropped", False),
    ]  # fmt: skip
    assert followed[-1].task is None
    # what the meeting decided stays as it was
    assert [d["due"] for d in held.body["decided"]] == [t.body["due"] for t in decided]
    assert meetings.last(meetings.meetings(city, "week"), later) == held
    assert meetings.last(meetings.meetings(city, "week"), today) is None


def test_a_flag_is_raised_taken_down_and_raised_again(city: Store) -> None:
    raised = flags.raise_flag(city, "test", "test-0000001", actor="局长", note="请速办")
    assert flags.keys(flags.flags(city)) == [("test", "test-0000001")]
    with pytest.raises(Stale):
        flags.raise_flag(city, "test", "test-0000001", actor="另一人")
    flags.take_down(city, raised, actor="局长")
    assert flags.flags(city) == []
    assert flags.raise_flag(city, "test", "test-0000001", actor="局长").revision == 3


def test_topics_behind_are_told_and_missing_parts_say_so(city: Store) -> None:
    today = city.now().date()
    assert sources.topics(city, today) is None
    records.save(city, "topic", {"title": "物业管理"}, actor="王", id="t1")
    assert sources.topics(city, today) == []
    make(city, today, source=("topic", "t1"))
    (line,) = sources.topics(city, today + timedelta(days=4)) or []
    assert (line.source, dict(line.facts)) == (
        ("topic", "t1"), {"title": "物业管理", "n": 1, "days": 4},
    )  # fmt: skip
    assert set(sources.SOURCES) == {"places", "topics"}


_KILLED = """
import os, signal, sys
from datetime import date
from data import audit, meetings
from data.settings import Settings
from data.store import open_store
store = open_store(Settings(home=sys.argv[1], database_url=sys.argv[2] or None, memory_limit="1GB", _env_file=None))
audit.note_all = lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)  # the rows are written, not committed
meetings.close(store, "week", date.fromisoformat(sys.argv[3]), actor="王")
"""


def test_killed_in_the_middle_of_a_save_nothing_is_half_written(config: Settings) -> None:
    store = open_store(config)
    put(store, random_orders(80, 1), "a")
    today = store.now().date()
    make(store, today, board="week", meeting=today)
    before = store.rows(sa.select(table)), len(audit.lines(store))
    store.close()
    arguments = [str(config.home), config.database_url or "", today.isoformat()]
    done = subprocess.run([sys.executable, "-c", _KILLED, *arguments], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    store = open_store(config)
    assert (store.rows(sa.select(table)), len(audit.lines(store))) == before
    assert meetings.meetings(store) == []
    assert meetings.close(store, "week", today, actor="王").revision == 1
    store.close()
