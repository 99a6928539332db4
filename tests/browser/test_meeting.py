"""The meeting view: nothing but content, and it goes on by itself."""

from __future__ import annotations

from tests.browser.conftest import Open
from tests.browser.harness import Cockpit

CHROME = (
    "[data-testid='stHeader']", "[data-testid='stToolbar']", "[data-testid='stSidebar']",
    ".st-key-filters", ".st-key-switches", "[data-testid='stDownloadButton']",
)  # fmt: skip


def test_it_has_no_chrome(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh", theme="dark").open("/", present="1")
    for selector in CHROME:
        found = reader.page.locator(selector)
        assert not any(found.nth(i).is_visible() for i in range(found.count())), selector
    assert reader.overflow() == []


def test_it_rotates_by_itself_and_stays_a_meeting(cockpit: Cockpit, look: Open) -> None:
    reader = look(cockpit, lang="zh").open("/", present="5", pages=["overview", "rankings"])
    # Round and round; a slow machine may have turned the first page already.
    for name in ("rankings", "overview", "rankings"):
        reader.page.wait_for_selector(f"[data-page='{name}']", state="attached")
        assert "present=5" in reader.page.url
        assert not reader.page.locator(".st-key-filters").count()
    assert reader.faults() == []
