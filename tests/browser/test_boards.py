"""The boards of the rankings in a browser: whole in both languages, and clicks lead on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit, Reader
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH
from words import say

BOARDS = ("raw", "fair", "funnel", "signs")
MATRIX = "[data-unit]"


def asked(reader: Reader) -> dict[str, list[str]]:
    return parse_qs(urlsplit(reader.page.url).query)


def matrix_words(reader: Reader) -> list[str]:
    """What the icon matrix says (it stands in a root of its own, which ``words`` does not reach)."""
    cells = reader.page.locator("#matrix td [role=img]")
    cells.first.wait_for()
    tips = cells.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return [*tips, *reader.page.locator("#matrix").all_inner_texts()]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("board", BOARDS)
def test_a_board_is_whole(cockpit: Cockpit, look: Open, board: str, lang: str, theme: str) -> None:
    reader = look(cockpit, lang=lang, theme=theme).open("/rankings", board=board)
    said = reader.words() + (matrix_words(reader) if board == "signs" else [])
    assert [t for t in said if RAW.search(t)] == []
    assert [t for t in said if NOT_A_VALUE.search(t)] == []
    if lang == "zh":
        assert [t for t in said if STREAMLIT_ENGLISH.search(t)] == []
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"


def test_the_choice_of_a_board_lies_in_the_link(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/rankings")
    reader.page.get_by_role("radio", name=say("board.name.fair", "en")).click()
    reader.page.wait_for_function("location.search.includes('board=fair')")
    reader.drawn("rankings")
    link = reader.page.url
    other = look(cockpit, lang="zh")
    other.page.goto(link.replace("lang=en", "lang=zh"))
    other.drawn("rankings")
    assert say("board.table.title", "zh") in other.words()


def test_sixty_units_fit_on_one_screen(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/rankings", board="signs")
    rows = reader.page.locator(MATRIX)
    rows.first.wait_for()
    assert rows.count() == 60
    lowest = max(b["y"] + b["height"] for i in range(60) if (b := rows.nth(i).bounding_box()))
    assert lowest <= 1080


def test_a_click_in_the_matrix_opens_the_units_charts(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/rankings", board="signs")
    row = reader.page.locator(MATRIX).nth(3)
    row.wait_for()
    unit, name = row.get_attribute("data-unit"), row.locator("th").inner_text()
    row.locator("button").click()
    title = say("board.signs.detail", "en", unit=name)
    reader.page.get_by_text(title).wait_for()
    assert asked(reader)["unit"] == [unit]


def test_a_click_in_the_funnel_chooses_the_unit(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/rankings", board="funnel")
    dots = reader.page.locator(".js-plotly-plot .scatterlayer .points path")
    dots.first.wait_for(state="attached")
    reader.page.wait_for_timeout(500)
    before = asked(reader).get("unit")
    for place in range(min(dots.count(), 12)):
        # Dots overlap in a small city: any that can be hit will do.
        box = dots.nth(place).bounding_box()
        if box is None:
            continue
        reader.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        reader.page.wait_for_timeout(1200)
        if asked(reader).get("unit") not in (None, before):
            break
    reader.drawn("rankings")
    assert asked(reader).get("unit"), "no click chose a unit"


def test_a_phone_has_the_table_instead_of_the_ranges(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh", width=390).open("/rankings", board="fair")
    figure = reader.page.locator(".st-key-wide-only-ranges")
    assert figure.count() == 1 and not figure.is_visible()
    expect(reader.page.locator("[data-testid='stDataFrame']").first).to_be_visible()
    reader.resize(1920)
    figure.wait_for(state="visible")
