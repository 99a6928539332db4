"""The places in a browser: the map is painted, a dot's place is listed, every section is whole."""

from __future__ import annotations

from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH
from tests.browser.test_map import layers, painted
from words import say


def test_next_week_is_drawn_and_lists_its_places(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/places")
    painted(reader)
    assert layers(reader)["visits"] == 15
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"


def test_a_section_lies_in_the_link(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/places")
    reader.page.get_by_role("radio", name=say("page.places.section_repeat", "zh")).click()
    reader.page.wait_for_function("location.search.includes('section=repeat')")
    said = reader.drawn("places").words()
    assert [t for t in said if RAW.search(t) or NOT_A_VALUE.search(t)] == []
    assert [t for t in said if STREAMLIT_ENGLISH.search(t)] == []
