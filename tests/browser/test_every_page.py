"""Every page, in both languages and themes, at a desk, on a laptop and on a phone."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from ui.pages import PAGES
from ui.theme import DARK, LIGHT, rgb

NAMES = [page.name for page in PAGES]
# Streamlit's own widget words are English in every language: none may show on a Chinese page.
STREAMLIT_ENGLISH = re.compile(
    r"Choose (an|some)? ?options?|No results|No options|Drag and drop|Browse files|Upload$"
    r"|\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
    r"|Press Enter to|Limit \d+ ?MB|Select all|Loading|Running|Type to search|Invalid"
)
NOT_A_VALUE = re.compile(r"(?<![\w-])(nan|NaN|NaT|None|null|undefined|inf)(?![\w-])")


def path_of(name: str) -> str:
    return "/" if name == NAMES[0] else f"/{name}"


@pytest.mark.parametrize(("lang", "theme"), [("zh", "dark"), ("en", "light")])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_whole(cockpit: Cockpit, look: Open, name: str, lang: str, theme: str) -> None:
    reader = look(cockpit, lang=lang, theme=theme)
    reader.open(path_of(name)).drawn(name)
    assert reader.mark()["lang"] == lang
    assert reader.untranslated() == []
    assert [t for t in reader.words() if NOT_A_VALUE.search(t)] == []
    if lang == "zh":
        assert [t for t in reader.words() if STREAMLIT_ENGLISH.search(t)] == []
    assert background(reader) == tuple(rgb((DARK if theme == "dark" else LIGHT).background)[:3])
    for width in (1920, 1366, 390):
        assert reader.resize(width).overflow() == [], f"{width} px"


def test_headings_are_in_the_readers_language(cockpit: Cockpit, look: Open) -> None:
    for lang, other in (("zh", "en"), ("en", "zh")):
        reader = look(cockpit, lang=lang).open("/")
        text = " ".join(reader.words())
        han = len(re.findall(r"[\u4e00-\u9fff]", text))
        latin = len(re.findall(r"\b[A-Za-z]{3,}\b", text))
        assert (han > latin) == (lang == "zh"), f"{lang} page reads like {other}"


def background(reader: Reader) -> tuple[int, ...]:
    colour = reader.page.evaluate(
        "getComputedStyle(document.querySelector(\"[data-testid='stApp']\")).backgroundColor"
    )
    return tuple(int(n) for n in re.findall(r"\d+", colour)[:3])
