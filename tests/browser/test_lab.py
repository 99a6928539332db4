"""A slider is moved in a real browser, and the ranks move with it."""

from __future__ import annotations

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from words import say

MOVED = ".st-key-panel-lab-number-moved [data-testid='stMetricValue']"


def moved(reader: Reader) -> int:
    return int(reader.page.locator(MOVED).inner_text())


def test_moving_a_slider_moves_ranks(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/lab", lang="en", scheme="beijing_district")
    reader.drawn("lab")
    assert moved(reader) == 0
    slider = reader.page.get_by_role("slider").nth(1)
    slider.focus()
    for _ in range(40):
        slider.press("ArrowLeft")
    reader.page.wait_for_function(
        "selector => Number(document.querySelector(selector)?.innerText) > 0", arg=MOVED
    )
    reader.drawn("lab")
    assert reader.untranslated() == []
    assert "try=weight.resolution" in reader.page.url
    count = moved(reader)
    words = " ".join(reader.words())
    assert say("page.lab.moved", "en", n=count, of="").split(" of ")[0] in words
    # The link shows the same to somebody else, in their own language.
    other = look(cockpit, lang="zh")
    other.page.goto(reader.page.url.replace("lang=en", "lang=zh"))
    other.drawn("lab")
    assert moved(other) == count


def test_a_draft_is_saved_and_found_again(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open(
        "/lab",
        lang="zh",
        do="versions",
        base="beijing_district@1",
        **{"try": "weight.resolution~33"},
    )
    reader.drawn("lab")
    reader.page.get_by_role("textbox", name=say("page.lab.form.version", "zh")).fill("b1")
    reader.page.keyboard.press("Enter")
    reader.page.get_by_role("textbox", name=say("ui.who", "zh")).first.fill("李敏")
    reader.page.keyboard.press("Enter")
    save = reader.page.get_by_role("button", name=say("page.lab.save", "zh"))
    reader.page.wait_for_function("b => !b.disabled", arg=save.element_handle())
    save.click()
    reader.page.wait_for_function("location.search.includes('beijing_district%40b1')")
    reader.drawn("lab")
    assert reader.faults() == []
    again = look(cockpit, lang="en").open("/lab", do="versions", base="beijing_district@b1")
    again.drawn("lab")
    text = again.page.locator(".st-key-panel-lab-yaml textarea").input_value()
    assert 'version: "b1"' in text and "weight: 33, status: example" in text
