"""Proactive work and monthly topics in a browser: their second parts are whole too."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.harness import RAW, Cockpit
from tests.browser.test_every_page import NOT_A_VALUE, STREAMLIT_ENGLISH


@pytest.mark.parametrize(("page", "part"), [("proactive", "visits"), ("topics", "topics")])
def test_the_other_parts_are_whole(cockpit: Cockpit, look: Open, page: str, part: str) -> None:
    reader = look(cockpit, lang="zh").open(f"/{page}", part=part)
    said = reader.words()
    assert [t for t in said if RAW.search(t) or NOT_A_VALUE.search(t)] == []
    assert [t for t in said if STREAMLIT_ENGLISH.search(t)] == []
    for width in (1920, 390):
        reader.resize(width)
        assert reader.overflow() == [], f"{width} px"
