"""An analyst builds an indicator in the browser, saves it, and finds it in Rankings and Trends."""

from __future__ import annotations

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.conftest import Open
from tests.browser.harness import PATIENCE, Cockpit, Reader
from words import say

NAMES = {"zh": "供暖诉求解决率", "en": "Heating resolved"}


def choose(reader: Reader, key: str, place: int, option: str) -> None:
    """Pick an option of the place-th select whose key begins so.

    A run that is still under way may replace the box while it is open: then once more.
    """
    box = reader.page.locator(f"[class*='st-key-{key}']").nth(place)
    found = reader.page.locator("[role='option']", has_text=option).first
    for patience in (5_000, 10_000, PATIENCE):
        box.locator("input").first.click()
        reader.page.keyboard.type(option)
        try:
            found.click(timeout=patience)
        except TimeoutError:
            reader.page.keyboard.press("Escape")
        else:
            reader.drawn("indicators")
            return
    raise AssertionError(f"{option} is not offered")


def write(reader: Reader, key: str, text: str) -> None:
    field = reader.page.locator(f"[class*='st-key-{key}'] input").first
    field.fill(text)
    field.press("Enter")
    reader.drawn("indicators")


def test_an_indicator_is_built_saved_and_found(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/indicators", tab="build").drawn("indicators")
    write(reader, "ind-zh-", NAMES["zh"])
    write(reader, "ind-en-", NAMES["en"])
    reader.page.get_by_role("button", name=say("indicators.form.add_row", "zh")).nth(1).click()
    reader.drawn("indicators")
    choose(reader, "ind-field-", 2, say("field.category1", "zh"))
    choose(reader, "ind-many-", 2, "供暖")
    reader.page.keyboard.press("Escape")
    write(reader, "who-indicator-", "王分析")
    save = reader.page.get_by_role("button", name=say("indicators.save.new", "zh"))
    save.click()
    done = say("indicators.save.done", "zh", name=NAMES["zh"])
    reader.page.get_by_text(done).wait_for()
    reader.drawn("indicators")
    counted = say("indicators.counting.done", "zh", n=0, all=0).split("（")[0]
    reader.page.get_by_text(counted).first.wait_for()

    # From the notice straight to the rankings and the trends.
    box = reader.page.locator(".st-key-ind-done")
    box.get_by_role("link", name=say("page.rankings.title", "zh")).click()
    reader.drawn("rankings")
    assert any(NAMES["zh"] in text for text in reader.words())
    assert reader.untranslated() == []

    other = look(cockpit, lang="en").open("/trends", what="own_heating_resolved").drawn("trends")
    assert any(text.startswith(NAMES["en"]) for text in other.words())
    assert other.untranslated() == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("tab", ["build", "file"])
def test_the_other_tabs_are_whole(cockpit: Cockpit, look: Open, lang: str, tab: str) -> None:
    from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH

    reader = look(cockpit, lang=lang).open("/indicators", tab=tab).drawn("indicators")
    assert reader.untranslated() == []
    assert [t for t in reader.words() if NOT_A_VALUE.search(t)] == []
    if lang == "zh":
        assert [t for t in reader.words() if STREAMLIT_ENGLISH.search(t)] == []
    for width in (1920, 1366, 390):
        assert reader.resize(width).overflow() == [], f"{width} px"
