"""The steps "dispatch" and "hot_topics" on both engines, and the dispatch page over them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from data import dispatching, schema
from data.refresh import newest, refresh
from data.refresh.dispatching import Dispatching, split_of
from data.refresh.topics import HotTopics
from data.settings import Settings
from data.store import Store, open_store
from tests.app import app_on, open_page
from tests.factory import random_orders
from tests.test_store import put
from words import say

SAID = {"市容环卫": "垃圾满溢没人清运", "违法建设": "楼顶私搭乱建", "供暖": "暖气不热室温低", "供水": "自来水发黄停水",
        "物业管理": "物业保洁不到位", "房屋漏水": "外墙渗水发霉", "停车": "车辆乱停占道", "公交": "公交车等不到"}  # fmt: skip


def told(n: int = 1500) -> pd.DataFrame:
    """Orders whose texts say what they are about and where."""
    frame = random_orders(n, 7, days=120)
    second = frame["category2"].astype(object).fillna(frame["category1"].astype(object)).fillna("")
    street = frame["street"].astype(object).fillna("")
    frame["content"] = [
        f"来电反映，{where}这里{SAID.get(kind, '有别的问题')}，请处理第{k % 7}次。"
        for k, (kind, where) in enumerate(zip(second, street, strict=True))
    ]
    frame["reply"] = [
        "已到现场清理，感谢来电" if k % 2 else "已联系当事人整改，感谢来电" for k in range(n)
    ]
    return frame


def test_model_cases_and_topics_are_stored_and_read(store: Store) -> None:
    put(store, told(), "a")
    assert refresh(store, [Dispatching(), HotTopics()]) == {
        "dispatch": "done",
        "hot_topics": "done",
    }
    run = newest(store, "dispatch")
    assert run is not None and run.facts["orders"] > 1000
    assert run.facts["card"]["n"] > 50
    model = dispatching.model(store)
    assert model is not None
    answer = model.answer("", "暖气不热室温低")
    assert "供暖" in answer.category
    keys = [key for key, _ in model.similar("", "暖气不热室温低")]
    found = dispatching.cases(store, keys)
    assert found["key"].tolist() == keys and found["content"].str.contains("暖气").all()
    waiting = dispatching.open_orders(store, 20)
    assert len(waiting) and waiting["closed_at"].isna().all()
    assert waiting["created_at"].is_monotonic_decreasing
    topics = dispatching.topics(store)
    for topic in topics.itertuples():
        assert len(dispatching.topic_orders(store, topic.topic)) == topic.n
    assert refresh(store, [Dispatching(), HotTopics()]) == {
        "dispatch": "fresh",
        "hot_topics": "fresh",
    }


def test_a_damaged_model_is_no_model_and_too_few_orders_are_none(duckdb_store: Store) -> None:
    put(duckdb_store, told(100), "a")
    assert refresh(duckdb_store, [Dispatching()]) == {"dispatch": "nothing"}
    assert dispatching.model(duckdb_store) is None
    with duckdb_store.write() as connection:
        connection.execute(sa.insert(schema.dispatch_model).values(part=0, content="AAAA"))
    assert dispatching.model(duckdb_store) is None


def test_judged_days_are_the_last_fifth() -> None:
    days = pd.Series(pd.date_range("2026-01-01", "2026-04-10"))
    assert split_of(days) == pd.Timestamp("2026-03-22")
    years = pd.Series(pd.date_range("2024-01-01", "2026-01-01"))
    assert split_of(years) == pd.Timestamp("2025-08-01")  # 146 days back, at the month's first


# -- the page -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    config = Settings(home=tmp_path_factory.mktemp("dispatch"), refresh=False, _env_file=None)
    opened = open_store(config)
    put(opened, told(), "a")
    refresh(opened, [Dispatching(), HotTopics()])
    with app_on(config.home, COCKPIT_REFRESH="false"):
        yield config
    opened.close()


def shown(at: object) -> str:
    parts = [*at.markdown, *at.caption, *at.text]  # type: ignore[attr-defined]
    return " ".join(str(part.value) for part in parts)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_pasted_text_is_answered(home: Settings, lang: str) -> None:
    at = open_page("dispatch", lang=lang)
    assert say("page.dispatch.empty", lang) in shown(at)  # type: ignore[arg-type]
    at.text_area(key=f"dispatch-text-{lang}").set_value("暖气不热室温低，已经三天")
    at.button(key=f"dispatch-go-{lang}").click().run()
    assert not at.exception and not at.error
    said = shown(at)
    assert "供暖" in said and "暖气" in said
    assert len(at.dataframe[0].value) == 8
    assert say("page.dispatch.plan_title", lang) in said  # type: ignore[arg-type]


def test_an_order_is_found_by_its_number_and_a_wrong_one_is_said(home: Settings) -> None:
    at = open_page("dispatch", lang="zh")
    at.text_input(key="dispatch-number-zh").set_value("nobody-knows").run()
    assert any("nobody-knows" in w.value for w in at.warning)
    number = dispatching.open_orders(open_store(home), 1)["order_id"].iloc[0]
    at.text_input(key="dispatch-number-zh").set_value(number).run()
    assert number in shown(at) and at.query_params["order"] == f"test|{number}"
    assert "登记主办单位" in shown(at)


def test_the_threshold_moves_what_is_unsure(home: Settings) -> None:
    at = open_page("dispatch", lang="en", part="waiting", sure="0")
    many = len(at.dataframe[0].value) if at.dataframe else 0
    at.slider(key="dispatch-sure-en").set_value(99).run()
    few = len(at.dataframe[0].value) if at.dataframe else 0
    assert few <= many and at.query_params["sure"] == "99"


@pytest.mark.parametrize("part", ["card", "topics", "waiting"])
def test_every_part_is_whole(home: Settings, part: str) -> None:
    for lang in ("zh", "en"):
        at = open_page("dispatch", lang=lang, part=part)
        assert shown(at)
    if part == "card":
        run = newest(open_store(home), "dispatch")
        assert run is not None
        assert len(at.dataframe[0].value) == len(run.facts["card"]["category"]["classes"])


def test_a_draft_that_fails_leaves_the_page_whole(home: Settings) -> None:
    with app_on(
        home.home,
        COCKPIT_LLM_URL="http://127.0.0.1:9/v1",
        COCKPIT_LLM_MODEL="kleine",
        COCKPIT_LLM_SECONDS="2",
    ):
        at = open_page("dispatch", lang="zh")
        at.text_area(key="dispatch-text-zh").set_value("暖气不热室温低")
        at.button(key="dispatch-go-zh").click().run()
        at.button(key="dispatch-draft-zh").click().run()
        assert not at.exception and not at.error
        assert any(say("page.dispatch.draft_fault.refused", "zh") == w.value for w in at.warning)
        assert len(at.dataframe[0].value) == 8


def test_without_a_refresh_the_page_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = Settings(home=tmp_path_factory.mktemp("bare"), _env_file=None)
    opened = open_store(config)
    put(opened, told(300), "a")
    with app_on(config.home):
        at = open_page("dispatch", lang="en")
        assert any("Not computed yet" in info.value for info in at.info)
    opened.close()
