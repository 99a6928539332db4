"""Proactive work and monthly topics in a browser: whole in both languages, and an action recorded in one click."""

from __future__ import annotations

import pytest

from data.registers.explain import label
from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH
from words import say


@pytest.mark.parametrize(("page", "part"), [("proactive", "visits"), ("topics", "topics")])
def test_the_other_parts_are_whole(cockpit: Cockpit, look: Open, page: str, part: str) -> None:
    reader = look(cockpit, lang="zh").open(f"/{page}", part=part)
    said = reader.words()
    assert [t for t in said if RAW.search(t) or NOT_A_VALUE.search(t)] == []
    assert [t for t in said if STREAMLIT_ENGLISH.search(t)] == []
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"


def test_a_season_becomes_an_action_in_one_click(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/proactive", part="visits", season="供暖")
    button = reader.page.get_by_role("button", name=say("page.proactive.record_season", "en"))
    if not button.is_enabled():
        pytest.skip("no season is coming in this simulated city")
    button.click()
    reader.page.wait_for_function("location.search.includes('part=register')")
    reader.drawn("proactive")
    field = reader.page.get_by_label(label("action", "category", "en"), exact=False)
    assert field.first.is_visible()
