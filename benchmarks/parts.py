"""The measured parts that need processes of their own: import, a warm page, bytes sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

import pyarrow as pa
import sqlalchemy as sa
from playwright.sync_api import sync_playwright

from data.demo.export12345 import as_12345
from data.schema import orders
from data.store import Store
from data.tables import to_pandas
from tests.browser.harness import ROOT, Cockpit, chromium, launch, reader
from words import say


@dataclass(frozen=True)
class Run:
    """A command's wall time, its own computing time, and the most memory it held."""

    seconds: float
    cpu: float
    peak_mib: float


def run(cockpit: Cockpit, *arguments: str) -> Run:
    """Run ``cockpit.py`` to its end. Raises ``RuntimeError`` when it fails."""
    start = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "cockpit.py", *arguments], cwd=ROOT, env=cockpit.env()
    )
    peak = 0.0
    while True:
        # Not ru_maxrss, which starts at the size of whoever started the process; the mark
        # below starts anew with the program and only rises, so the last look is the peak.
        peak = _high_water(process.pid) or peak
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        sleep(0.2)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"cockpit.py {' '.join(arguments)} failed")
    return Run(perf_counter() - start, usage.ru_utime + usage.ru_stime, peak)


def _high_water(pid: int) -> float:
    """The most memory a living process has held so far, in MiB (0 where the system does not tell)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM")), 0.0)


def office_csv(store: Store, path: Path, rows: int) -> int:
    """Write orders of a store as a 12345 office's csv (gb18030); returns how many."""
    written = 0
    with path.open("w", encoding="gb18030", newline="") as out:
        for batch in store.stream(sa.select(orders).limit(rows), 100_000):
            table = as_12345(to_pandas(pa.Table.from_batches([batch])))
            table.to_csv(out, index=False, header=not written, date_format="%Y-%m-%d %H:%M:%S")
            written += len(table)
    return written


@dataclass(frozen=True)
class PageTimes:
    """Median server seconds of the Overview: run again unchanged, and after a filter change."""

    warm: float
    changed: float


def overview(home: Path) -> PageTimes:
    """Time the Overview (``benchmarks.overview``). Raises ``RuntimeError`` when it shows a fault."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.overview"],
        cwd=ROOT, env=Cockpit(home).env(), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    if found["faults"]:
        raise RuntimeError(f"the Overview fails: {found['faults']}")
    return PageTimes(found["warm"], found["changed"])


@dataclass(frozen=True)
class Sent:
    """Bytes through the websocket, before compression."""

    first: int
    change: int


def sent(home: Path) -> Sent | None:
    """What the browser receives for a first Overview and for a changed comparison.

    None where there is no Chromium.
    """
    if chromium() is None:
        return None
    with sync_playwright() as playwright:
        browser = launch(playwright)
        cockpit = Cockpit(home)
        with cockpit.serving(), reader(browser, cockpit, lang="en") as one:
            one.open("/")
            one.page.wait_for_load_state("networkidle")
            first = one.received
            one.page.locator(".st-key-choose-compare-en [role=combobox]").click()
            one.page.get_by_role("option", name=say("ui.compare.year", "en")).click()
            one.page.wait_for_function("location.search.includes('vs=year')")
            one.drawn()
            one.page.wait_for_load_state("networkidle")
            return Sent(first, one.received - first)
