"""A served cockpit and a watched browser, for the browser tests and the screenshots.

The page's last element is ``.st-key-page-end``; inside it a span says which page,
language and data version was drawn (``ui.page.mark_end``). Waiting for it replaces sleeping.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from words import catalogue

ROOT = Path(__file__).resolve().parents[2]
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
CHROMIUM_ARGS = (
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--no-first-run", "--disable-component-update",
    "--disable-sync", "--disable-quic", "--force-color-profile=srgb",
)  # fmt: skip
END = ".st-key-page-end [data-page]"
IDLE = "[data-testid='stApp'][data-test-script-state='notRunning']"
FAULT = "[data-testid='stException'], [data-testid='stAlertContentError']"
SETTLED = 10_000  # ms a layout may take to follow a new width
PATIENCE = 60_000  # ms: a first run on a busy machine, not a speed limit


def chromium() -> str | None:
    """Path of the browser: ``COCKPIT_TEST_CHROMIUM`` or the system's Chromium."""
    named = os.environ.get("COCKPIT_TEST_CHROMIUM")
    names = (named,) if named else ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium without anything that reaches outside by itself."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGS))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cockpit:
    """A cockpit with a home of its own; commands run in processes of their own."""

    home: Path
    database_url: str = ""
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        """The environment of this cockpit's processes: nothing of the developer's own settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COCKPIT_")}
        return {
            **kept,
            "COCKPIT_HOME": str(self.home),
            "COCKPIT_REFRESH": "false",  # what is computed ahead is made once, by the command
            "COCKPIT_DATABASE_URL": self.database_url,
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *arguments: str, timeout: float = 300) -> str:
        """Run ``cockpit.py`` to its end and return what it printed. Raises when it fails."""
        done = subprocess.run(
            [sys.executable, "cockpit.py", *arguments],
            cwd=ROOT, env=self.env(), capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"cockpit.py {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[Cockpit]:
        """``cockpit.py serve`` as a process of its own, until the block ends."""
        with self.log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "cockpit.py", "serve", "--port", str(self.port)],
                cwd=ROOT, env=self.env(), stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                self._wait_until_healthy(process)
                yield self
            finally:
                process.terminate()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    @property
    def log(self) -> Path:
        return self.home / "serve.log"

    def log_tail(self) -> str:
        """The end of what the server printed."""
        return self.log.read_text(encoding="utf-8")[-4000:] if self.log.exists() else ""

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the cockpit did not come up:\n{self.log_tail()}")


class Reader:
    """Somebody looking at a cockpit: one browser window, every request noted."""

    def __init__(self, context: BrowserContext, cockpit: Cockpit) -> None:
        self.cockpit = cockpit
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.received = 0
        context.on("request", lambda request: self._note(request.url))
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("websocket", self._socket)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _socket(self, socket_: Any) -> None:
        self._note(socket_.url)
        socket_.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.received += len(payload)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.outside.append(url)

    def open(self, path: str, **params: str | list[str]) -> Reader:
        """Open a page by its path and wait until it is drawn."""
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        self.page.goto(f"{self.cockpit.url}/{path.lstrip('/')}{query}")
        return self.drawn()

    def drawn(self, name: str | None = None) -> Reader:
        """Wait until the run has ended and the page's end (of page ``name``) stands there.

        Raises ``AssertionError`` with the fault that the page shows instead.
        """
        end = f".st-key-page-end [data-page='{name}']" if name else END
        self.page.wait_for_selector(f"{end}, {FAULT}", state="attached")
        self.page.wait_for_selector(IDLE, state="attached")
        faults = self.faults()
        assert not faults, f"{self.page.url}: {faults}\n{self.cockpit.log_tail()}"
        return self

    def mark(self) -> dict[str, str]:
        """Page, language and data version as the page's end says them."""
        found = self.page.locator(END).last
        return {n: found.get_attribute(f"data-{n}") or "" for n in ("page", "lang", "version")}

    def faults(self) -> list[str]:
        """Texts of the exception and error boxes on the page."""
        return self.page.locator(FAULT).all_inner_texts()

    def words(self) -> list[str]:
        """Every text a reader can meet: shown, drawn in figures, in tables, read out."""
        found: list[str] = self.page.evaluate(
            """() => {
                const texts = [document.title, ...document.body.innerText.split('\\n')];
                document.querySelectorAll('svg text, [role=gridcell], [role=columnheader]')
                    .forEach(e => texts.push(e.textContent));
                for (const name of ['aria-label', 'alt', 'title', 'placeholder'])
                    document.querySelectorAll(`[${name}]`)
                        .forEach(e => texts.push(e.getAttribute(name)));
                return [...new Set(texts.map(t => (t || '').trim()).filter(t => t))];
            }"""
        )
        return found

    def untranslated(self) -> list[str]:
        """Texts that hold a key of the catalogue or an unfilled hole instead of words."""
        return [text for text in self.words() if RAW.search(text)]

    def overflow(self) -> list[str]:
        """What makes the page scroll sideways once it has settled; empty when nothing does.

        Tables and figures follow a new width some time after the window has it, the later the
        busier the machine: what still scrolls after ``SETTLED`` milliseconds is a fault.
        """
        waited = 0
        while (found := self._overflow()) and waited < SETTLED:
            self.page.wait_for_timeout(250)
            waited += 250
        return found

    def _overflow(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            """() => {
                const main = document.querySelector("[data-testid='stMain']");
                const scrolls = e => e && e.scrollWidth > e.clientWidth + 1;
                if (!scrolls(main) && !scrolls(document.documentElement)) return [];
                const wide = innerWidth;
                const out = [...document.querySelectorAll("[data-testid='stMain'] *")]
                    .filter(e => e.getBoundingClientRect().right > wide + 1)
                    .map(e => e.tagName + '.' + (e.getAttribute('class') || '').slice(0, 80));
                return ['page wider than ' + wide, ...out.slice(0, 8)];
            }"""
        )
        return found

    def resize(self, width: int, height: int = 1080) -> Reader:
        """Give the window another size."""
        self.page.set_viewport_size({"width": width, "height": height})
        return self


def _raw_words() -> re.Pattern[str]:
    families = sorted({key.split(".", 1)[0] for key in catalogue("en")})
    keys = "|".join(map(re.escape, families))
    return re.compile(rf"(?<![\w./-])(?:{keys})\.[a-z][a-z0-9_]*\b(?!\()|\{{[a-z_]+\}}")


RAW = _raw_words()


@contextmanager
def reader(
    browser: Browser,
    cockpit: Cockpit,
    *,
    lang: str = "zh",
    theme: str = "light",
    width: int = 1920,
    height: int = 1080,
) -> Iterator[Reader]:
    """A browser window with a language and a theme of its own."""
    context = browser.new_context(
        locale=LOCALES[lang],
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    try:
        yield Reader(context, cockpit)
    finally:
        context.close()


_FACTS = """
import json, sqlalchemy as sa
from data.schema import orders as o
from data.store import open_store
store = open_store()
count, last = store.rows(sa.select(sa.func.count(), sa.func.max(o.c.created_at)))[0]
known = sa.and_(o.c.district.is_not(None), o.c.unit.is_not(None))
places = sa.select(o.c.district, o.c.unit).where(known).distinct().order_by(o.c.district, o.c.unit)
print(json.dumps({"orders": count, "last": str(last), "places": list(map(list, store.rows(places)))}))
"""


def facts(cockpit: Cockpit) -> dict[str, Any]:
    """How many orders the store holds, the latest one's time, its districts and units.

    Read in a process of its own; the embedded store only while nobody serves it.
    """
    out = subprocess.run(
        [sys.executable, "-c", _FACTS],
        cwd=ROOT, env=cockpit.env(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(out.stdout)
    return found
