"""Published results in a browser: full from the first minute, a correction made by hand, files."""

from __future__ import annotations

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit
from words import say


def test_the_demo_city_has_its_months_published(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/results").drawn("results")
    words = reader.words()
    assert any(say("publish.demo", "zh") in text for text in words)
    assert say("page.results.frozen", "zh") in " ".join(words)
    assert reader.page.locator(".st-key-panel-bands").count() == 1
    assert reader.page.locator(".st-key-panel-year").count() == 1
    # From the notice on Rankings to here.
    reader.open("/rankings").drawn("rankings")
    reader.page.get_by_role("link", name=say("page.results.notice.open", "zh")).click()
    reader.drawn("results")


def test_the_workbook_can_be_downloaded(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/results").drawn("results")
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=say("page.results.xlsx", "en")).click()
    assert waiting.value.suggested_filename.endswith("-streets.xlsx")


def test_a_correction_is_published_from_the_page(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/results", p="month_19:2026-01-18")
    page = reader.drawn("results").page
    page.locator("[data-testid='stExpander']", has_text="Correct:").locator("summary").click()
    publish = page.get_by_role("button", name=say("page.results.do_correct", "en"))
    assert publish.is_disabled()
    form = page.locator("[data-testid='stExpander']", has_text="Correct:")
    for label, text in (("ui.who", "Wang"), ("page.results.reason_why", "a review")):
        field = form.get_by_role("textbox", name=say(label, "en"))
        field.fill(text)
        field.press("Tab")
    form.locator("label", has_text="I have checked").click()
    page.wait_for_function(
        "name => [...document.querySelectorAll('button')]"
        ".some(b => b.innerText.includes(name) && !b.disabled)",
        arg=say("page.results.do_correct", "en"),
    )
    publish.click()
    page.get_by_text(say("page.results.correction", "en", n=1), exact=False).first.wait_for()
    assert reader.faults() == []
    assert any("a review" in text for text in reader.words())
