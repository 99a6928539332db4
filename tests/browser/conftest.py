"""One small simulated city, served once; a browser window for whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import harness
from tests.browser.harness import Cockpit, Reader
from tests.outcome import FAILED

ORDERS = 12_000
Open = Callable[..., Reader]
expect.set_options(timeout=harness.PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if harness.chromium() is None:
        pytest.skip("no Chromium here: install it or name it in COCKPIT_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        opened = harness.launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Cockpit:
    """A simulated city on an embedded store of its own, not served."""
    made = Cockpit(tmp_path_factory.mktemp("city"))
    made.run("demo", "--orders", str(ORDERS), "--seed", "7")
    made.run("refresh")
    return made


@pytest.fixture(scope="session")
def facts(city: Cockpit) -> dict[str, object]:
    """What the city's store holds, read before anybody serves it."""
    return harness.facts(city)


@pytest.fixture(scope="session")
def first_visit(
    city: Cockpit, facts: dict[str, object], browser: Browser
) -> Iterator[tuple[str, str]]:
    """Serve the city; its very first visitor follows a link: the page drawn, and the address."""
    with city.serving():
        with harness.reader(browser, city, lang="en") as first:
            first.open("/trends", vs="year")
            seen = first.mark()["page"], first.page.url
        yield seen


@pytest.fixture(scope="session")
def cockpit(city: Cockpit, first_visit: tuple[str, str]) -> Cockpit:
    """The city, served."""
    return city


@pytest.fixture
def look(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a window: ``look(cockpit, lang=…, theme=…, width=…)``.

    At the end no window may have asked an outside host for anything, and no
    script of the page may have failed. A failed test leaves a screenshot.
    """
    readers: list[Reader] = []
    with ExitStack() as windows:

        def opened(cockpit: Cockpit, **how: object) -> Reader:
            made = windows.enter_context(harness.reader(browser, cockpit, **how))  # type: ignore[arg-type]
            readers.append(made)
            return made

        yield opened
        failed = request.node.stash.get(FAILED, False)
        for number, one in enumerate(readers):
            if failed:
                folder = Path("shots/failed")
                folder.mkdir(parents=True, exist_ok=True)
                name = "".join(c if c.isalnum() else "-" for c in request.node.name)
                one.page.screenshot(path=folder / f"{name}-{number}.png")
        for one in readers:
            assert not one.outside, f"asked outside hosts: {sorted(set(one.outside))}"
            assert not one.errors, f"script errors: {one.errors}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
