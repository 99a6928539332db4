"""The reader's view lives in the URL: it survives page change and reload and can be handed on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit, Reader
from ui.pages import PAGES
from words import say

KEPT = ("lang", "d", "vs")


def state(reader: Reader) -> dict[str, list[str]]:
    found = parse_qs(urlsplit(reader.page.url).query)
    return {name: found.get(name, []) for name in KEPT}


def go(reader: Reader, name: str, lang: str) -> Reader:
    """Click a page's entry in the navigation, as a reader would."""
    title = say(f"page.{name}.title", lang)  # type: ignore[arg-type]
    menu = next(page.group for page in PAGES if page.name == name)
    entry = reader.page.get_by_role("link", name=title)
    if menu:
        bar = reader.page.get_by_test_id("stTopNavSection")
        bar.filter(has_text=say(f"ui.nav.{menu}", lang)).first.click()  # type: ignore[arg-type]
        entry = reader.page.get_by_role("menuitem", name=title)
    entry.first.click()
    return reader.drawn(name)


def test_the_first_visit_after_a_start_follows_its_link(first_visit: tuple[str, str]) -> None:
    page, url = first_visit
    assert page == "trends"
    assert parse_qs(urlsplit(url).query)["vs"] == ["year"]


def test_filters_survive_page_changes_and_reload(
    cockpit: Cockpit, look: Open, facts: dict[str, object]
) -> None:
    district = facts["places"][0][0]  # type: ignore[index]
    reader = look(cockpit, lang="en").open("/", lang="en", d=district, vs="year")
    wanted = {"lang": ["en"], "d": [district], "vs": ["year"]}
    for name in ("rankings", "trends", "orders", "overview"):
        go(reader, name, "en")
        reader.page.wait_for_function("location.search.includes('vs=year')")
        assert state(reader) == wanted, name
    reader.page.reload()
    reader.drawn("overview")
    assert state(reader) == wanted
    assert say("ui.filters_on", "en", n=1) in reader.words()


def test_a_link_shows_the_same_to_somebody_else(
    cockpit: Cockpit, look: Open, facts: dict[str, object]
) -> None:
    district = facts["places"][0][0]  # type: ignore[index]
    reader = look(cockpit, lang="zh").open("/rankings", d=district)
    link = reader.page.url
    other = look(cockpit, lang="en")
    other.page.goto(link)
    other.drawn("rankings")
    assert state(other)["d"] == [district]


def test_the_language_switch_is_kept(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/")
    reader.page.get_by_role("button", name="English").click()
    reader.page.wait_for_selector("[data-page][data-lang='en']", state="attached")
    reader.drawn("overview")
    # A new visit in the same browser, without anything in the link.
    reader.open("/trends").drawn("trends")
    assert reader.mark()["lang"] == "en"


def test_the_theme_switch_is_kept_across_pages(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en", theme="light").open("/")
    reader.page.get_by_role("button", name=say("ui.theme_dark", "en")).click()
    reader.page.wait_for_function(
        # The switch takes the whole page away for a moment: there may be nothing to ask yet.
        "[...document.querySelectorAll(\"[data-testid='stApp']\")]"
        ".some(e => getComputedStyle(e).backgroundColor === 'rgb(8, 20, 35)')"
    )
    reader.drawn()
    reader.open("/rankings").drawn("rankings")
    assert reader.page.get_by_role("button", name=say("ui.theme_light", "en")).count() == 1


def test_a_bad_link_is_no_error(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="en")
    reader.open(
        "/", lang="xx", p="month:never", vs="nobody", d="Nowhere", scheme="none", present="x"
    ).drawn("overview")
    assert reader.faults() == []
