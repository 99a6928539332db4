"""Smart dispatch in a browser: a text is answered, and every part is whole in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH
from words import say


def test_a_pasted_text_is_answered(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/dispatch")
    reader.page.locator("textarea").fill("家住某小区5号楼，电梯停运三天，老人上下楼非常困难。")
    reader.page.get_by_role("button", name=say("page.dispatch.go", "zh"), exact=True).click()
    expect(reader.page.locator(".st-key-panel-dispatch-category")).to_contain_text("电梯故障")
    expect(
        reader.page.locator(".st-key-panel-dispatch-text span[style*=background]").first
    ).to_be_visible()
    said = reader.drawn("dispatch").words()
    assert [t for t in said if NOT_A_VALUE.search(t) or STREAMLIT_ENGLISH.search(t)] == []
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"


@pytest.mark.parametrize("part", ["card", "topics"])
def test_the_other_parts_are_whole(cockpit: Cockpit, look: Open, part: str) -> None:
    reader = look(cockpit, lang="zh").open("/dispatch", part=part)
    said = reader.words()
    assert [
        t for t in said if RAW.search(t) or NOT_A_VALUE.search(t) or STREAMLIT_ENGLISH.search(t)
    ] == []
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"
