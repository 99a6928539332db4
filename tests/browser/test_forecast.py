"""The forecast in a browser: whole by week and for a filter, and the choice lies in the link."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH
from words import say


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_weekly_forecast_is_whole(cockpit: Cockpit, look: Open, lang: str) -> None:
    reader = look(cockpit, lang=lang).open("/forecast", grain="week", split="category1")
    said = reader.words()
    assert [t for t in said if RAW.search(t) or NOT_A_VALUE.search(t)] == []
    if lang == "zh":
        assert [t for t in said if STREAMLIT_ENGLISH.search(t)] == []
    assert reader.page.locator(".js-plotly-plot").count() == 4
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"


def test_the_grain_lies_in_the_link(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en").open("/forecast")
    reader.page.get_by_role("radio", name=say("page.forecast.grain_week", "en")).click()
    reader.page.wait_for_function("location.search.includes('grain=week')")
    assert any("last 13 weeks" in text for text in reader.drawn("forecast").words())
