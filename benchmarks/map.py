"""The map: data time, bytes of a view, and the time until it is painted.

``python -m benchmarks.map`` on a home of its own (``COCKPIT_HOME``) prints the bytes of each view
as JSON: a process of its own, as it owns the store.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import pandas as pd
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks.questions import timed
from data import cells
from data.schema import orders
from data.store import Store
from metrics.conditions import EVERYTHING, test
from metrics.selection import Selection
from tests.browser.harness import ROOT, Cockpit, chromium, launch, reader

VIEWS: dict[str, dict[str, str]] = {
    "districts": {},
    "cells": {"look": "cells"},
    "cells, a rate": {"look": "cells", "what": "satisfaction"},
    "cells, change": {"look": "cells", "how": "change"},
    "cells, two periods": {"look": "cells", "how": "beside"},
    "one week of cells": {"look": "cells", "how": "weeks"},
    "heat": {"look": "heat"},
    "points": {"look": "points"},
}
CANVAS = "[data-testid='stDeckGlJsonChart'] canvas"


def data_times(store: Store, times: int = 5) -> dict[str, float]:
    """Median seconds of what the map asks the store, nothing cached."""
    last: date = pd.Timestamp(
        store.scalar(sa.select(sa.func.max(orders.c.created_day)))
    ).date()  # fmt: skip
    month, year, half = (last - timedelta(days=n) for n in (29, 364, 26 * 7 - 1))
    end = pd.Timestamp(last).to_pydatetime() + timedelta(days=1)
    rated = Selection(end - timedelta(days=30), end)
    measures = {
        "all": EVERYTHING,
        "good": test("satisfaction", "in", ["satisfied", "very_satisfied"]),
    }
    asked: dict[str, Callable[[], object]] = {
        "cells, month": lambda: cells.cell_counts(store, month, last, by=("cell",)),
        "cells, year": lambda: cells.cell_counts(store, year, last, by=("cell",)),
        "cells by week, half a year": lambda: cells.cell_counts(store, half, last, resolution=7),
        "a rate by cell, month": lambda: cells.cell_measures(store, measures, rated),
        "what is left out, month": lambda: cells.left_out(store, month, last),
        "points, month": lambda: cells.points(store, rated, limit=2000),
    }  # fmt: skip
    return {name: timed(action, times) for name, action in asked.items()}


def view_bytes(home: Path) -> dict[str, int]:
    """Bytes of the decks of each view (two where two periods are shown)."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.map"],
        cwd=ROOT, env=Cockpit(home).env(), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def paint(home: Path) -> dict[str, float] | None:
    """Seconds from the click on "cells" (and back on "areas") until the canvas shows them.

    None where there is no Chromium. WebGL is drawn by the processor here.
    """
    if chromium() is None:
        return None
    with sync_playwright() as playwright:
        browser = launch(playwright)
        cockpit = Cockpit(home)
        with cockpit.serving(), reader(browser, cockpit, lang="en") as one:
            out = {}
            for name in ("districts", "cells"):
                for warm in (False, True):
                    start = perf_counter()
                    one.page.goto(
                        f"{cockpit.url}/map?{'&'.join(f'{k}={v}' for k, v in VIEWS[name].items())}"
                    )
                    _painted(one.page)
                    out[f"{name}, {'again' if warm else 'first visit'}"] = perf_counter() - start
            return out


def _painted(page: Page) -> None:
    page.wait_for_selector(CANVAS)
    while True:
        shot = page.locator(CANVAS).first.screenshot()
        if len(Image.open(io.BytesIO(shot)).convert("RGB").getcolors(1 << 24) or []) > 60:
            return


def main() -> None:
    """Print the bytes of every view."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    page.run()
    page.switch_page("pages/map.py")
    out = {}
    for name, params in VIEWS.items():
        page.query_params.clear()
        for key, value in {"lang": "zh", **params}.items():
            page.query_params[key] = value
        page.run()
        faults = [fault.value for fault in (*page.exception, *page.error)]
        if faults:
            raise RuntimeError(f"{name}: {faults}")
        decks = page.get("deck_gl_json_chart")
        out[name] = sum(len(deck.proto.json.encode()) for deck in decks)  # type: ignore[attr-defined]
    print(json.dumps(out))


if __name__ == "__main__":
    main()
