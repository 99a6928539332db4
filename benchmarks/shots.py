"""Screenshots of every page, both languages and themes, into ./shots (`make shots`).

Wide pages twice: what a screen shows (1920×1080) and the whole page; overview
and rankings also at 390 px.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.harness import Cockpit, Reader, chromium, launch, reader
from ui.pages import PAGES

PHONE = ("overview", "rankings")
MAX_HEIGHT = 12_000


def main(
    orders: Annotated[int, typer.Option(help="size of the simulated city")] = 120_000,
    seed: Annotated[int, typer.Option(help="seed of the simulated city")] = 1,
    home: Annotated[Path | None, typer.Option(help="a cockpit home with data, instead")] = None,
    pages: Annotated[str, typer.Option(help="only these pages, joined by commas")] = "",
    folder: Annotated[Path, typer.Option(help="where the pictures go")] = Path("shots"),
) -> None:
    """Take the pictures and say where they are."""
    if chromium() is None:
        sys.exit("No Chromium here: install it, or name it in COCKPIT_TEST_CHROMIUM.")
    wanted = [p.name for p in PAGES if not pages or p.name in pages.split(",")]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        cockpit = Cockpit((home or Path(made)).resolve())
        if home is None:
            cockpit.run("demo", "--orders", str(orders), "--seed", str(seed), timeout=1800)
        browser = launch(playwright)
        with cockpit.serving():
            for lang in ("zh", "en"):
                for theme in ("light", "dark"):
                    _round(browser, cockpit, lang, theme, wanted, folder)
            _meeting(browser, cockpit, folder)
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def _round(
    browser: Browser, cockpit: Cockpit, lang: str, theme: str, wanted: list[str], folder: Path
) -> None:
    with reader(browser, cockpit, lang=lang, theme=theme) as wide:
        for name in wanted:
            _open(wide, name)
            wide.page.screenshot(path=folder / f"{name}-{lang}-{theme}-1920.png")
            _whole(wide.page, 1920)
            wide.page.screenshot(path=folder / f"{name}-{lang}-{theme}-1920-whole.png")
            wide.resize(1920, 1080)
    with reader(browser, cockpit, lang=lang, theme=theme, width=390, height=844) as phone:
        for name in wanted:
            if name in PHONE:
                _open(phone, name)
                _whole(phone.page, 390)
                phone.page.screenshot(path=folder / f"{name}-{lang}-{theme}-390.png")
                phone.resize(390, 844)


def _meeting(browser: Browser, cockpit: Cockpit, folder: Path) -> None:
    with reader(browser, cockpit, lang="zh", theme="dark") as room:
        room.open("/", present="60")
        _rest(room.page)
        room.page.screenshot(path=folder / "meeting-zh-dark-1920.png")


def _open(one: Reader, name: str) -> None:
    one.open("/" if name == PAGES[0].name else f"/{name}").drawn(name)
    _rest(one.page)


def _rest(page: Page) -> None:
    """Charts and maps paint after the page's end: until the network and the frames are idle."""
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "() => new Promise(done => setTimeout(() => requestIdleCallback(done, {timeout: 3000}), 800))"
    )


def _whole(page: Page, width: int) -> None:
    """Make the window as high as the page (the page scrolls inside its own frame)."""
    height = page.evaluate("document.querySelector(\"[data-testid='stMain']\").scrollHeight")
    page.set_viewport_size({"width": width, "height": min(MAX_HEIGHT, max(1080, height))})
    _rest(page)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
