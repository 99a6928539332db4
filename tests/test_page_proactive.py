"""Proactive work and monthly topics on their pages: measured, recorded in one click, begun and finished."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from data import records, schema, topics
from data.refresh import refresh
from data.registers import parse
from data.settings import Settings
from data.store import Store, open_store
from tests.app import app_on, open_page
from tests.test_effects import ACTION, STEP, TOPIC, areas_in, treated_city
from tests.test_store import put
from words import say


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = Settings(home=tmp_path_factory.mktemp("proactive"), refresh=False, _env_file=None)
    opened = open_store(config)
    put(opened, treated_city(), "a")
    areas_in(opened)
    for change in ({}, {"place": "街09", "unit": "街09"}, {"place": "某处"}):
        records.save(opened, "action", parse("action", {**ACTION, **change}).plain(), actor="王")
    refresh(opened, [STEP])
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield config
    opened.close()


def store_of(home: Settings) -> Store:
    return open_store(home)


def test_the_effects_are_listed_and_said(home: Settings) -> None:
    for lang in ("zh", "en"):
        at = open_page("proactive", lang=lang)
        shown = at.dataframe[0].value
        assert len(shown) == 2
        assert shown["unit"].iloc[0] == "街03"
        assert float(shown["high_95" if "high_95" in shown else "interval"].iloc[0]) < 1
        texts = " ".join(m.value for m in at.markdown)
        assert say("effect.says.fell", lang) in texts.replace("\\", "")
        league = at.dataframe[1].value
        assert set(league["unit"]) == {"街03", "街09"}
    every = open_page("proactive", lang="zh", which="every").dataframe[0].value
    assert len(every) == 3
    assert [float(v) for v in every["verdict"]][-1] == 4.0  # too little: the place is not known


def test_a_topic_from_candidate_to_finished(home: Settings) -> None:
    at = open_page("topics", lang="zh")
    listed = at.dataframe[0].value
    assert isinstance(listed, pd.DataFrame) and len(listed) == 1
    at = open_page("topics", lang="zh", candidate="市容环卫->垃圾清运")
    at.session_state["_who"] = "王"
    at.button(key="topic-make-zh").click().run()
    assert at.text_input(key="topic-form-title-zh").value
    at.selectbox(key="topic-form-unit-zh").select_index(0)
    at.button(key="topic-save-zh").click().run()
    assert not at.exception and not [w.value for w in at.warning]
    (kept,) = records.all_of(store_of(home), "topic")
    assert kept.body["state"] == "proposed"
    at.button(key="topic-to-running-zh").click().run()
    (kept,) = records.all_of(store_of(home), "topic")
    assert kept.body["state"] == "running"
    assert kept.actor == "王"
    at.button(key="topic-to-finished-zh").click().run()
    (kept,) = records.all_of(store_of(home), "topic")
    assert kept.body["state"] == "finished" and kept.body["finished"]
    assert not at.exception


def test_a_stale_topic_shows_both_versions(home: Settings) -> None:
    there = records.all_of(store_of(home), "topic")
    kept = there[0] if there else topics.save(store_of(home), TOPIC, actor="王")
    at = open_page("topics", lang="zh", part="topics", topic=kept.id)
    at.session_state["_who"] = "王"
    at.button(key="topic-edit-zh").click().run()
    topics.save(
        store_of(home), {**kept.body, "title": "别人改的题目"}, actor="李", id=kept.id,
        revision=kept.revision,
    )  # fmt: skip
    at.text_input(key="topic-form-title-zh").set_value("我改的题目")
    at.button(key="topic-save-zh").click().run()
    said = " ".join(w.value for w in at.warning)
    assert "李" in said
    assert records.one(store_of(home), "topic", kept.id).body["title"] == "别人改的题目"  # type: ignore[union-attr]


def test_an_appeal_is_filed_and_rejected_on_its_page(home: Settings) -> None:
    order = str(store_of(home).scalar(sa.select(sa.func.min(schema.orders.c.order_id))))
    at = open_page("protect", lang="zh")
    at.session_state["_who"] = "王"
    at.run()
    at.text_input(key="appeal-order-0-zh").set_value(order)
    at.text_input(key="appeal-grounds-0-zh").set_value("同一事项反复来电")
    at.selectbox(key="appeal-unit-0-zh").select_index(0)
    at.selectbox(key="appeal-ground-0-zh").select("malicious").run()
    at.button(key="appeal-file-zh").click().run()
    (kept,) = records.all_of(store_of(home), "appeal")
    key = f"{kept.id}-1-zh"
    at.text_input(key=f"appeal-reason-{key}").set_value("证据不足").run()
    at.button(key=f"appeal-to-rejected-{key}").click().run()
    (kept,) = records.all_of(store_of(home), "appeal")
    assert (kept.body["state"], kept.actor) == ("rejected", "王")
    assert not at.exception and not at.error


def test_the_form_opens_with_what_is_known_of_a_place(home: Settings) -> None:
    at = open_page("proactive", lang="zh", part="register")
    known = {"place": "学院路5号", "lon": 116.35, "lat": 39.98, "category": "市容环卫->垃圾清运"}
    at.session_state["_register_form"] = {"action": None}
    at.session_state["_register_filled"] = known
    at.run()
    assert at.text_input(key="reg-action-place-zh").value == "学院路5号"
    assert at.text_input(key="reg-action-lon-zh").value == "116.35"
    assert at.selectbox(key="reg-action-category-zh").value == "市容环卫->垃圾清运"
