"""`make bench`: import, counts, pages, bytes, as medians beside their aims.

Everything runs in a throw-away home on the embedded store, through the same
commands and functions as the product. ``--full`` is 20 million orders.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import parts
from benchmarks.questions import Answer, answer_all
from tests.browser.harness import Cockpit

FULL = 20_000_000
CONSOLE = Console(width=None if sys.stdout.isatty() else 140)


def main(
    orders: Annotated[int, typer.Option(help="simulated orders")] = 1_000_000,
    full: Annotated[bool, typer.Option("--full", help="20 million orders")] = False,
    seed: Annotated[int, typer.Option(help="seed of the simulated city")] = 1,
    folder: Annotated[Path | None, typer.Option(help="where to work; kept when given")] = None,
) -> None:
    """Measure and print."""
    count = FULL if full else orders
    with _working(folder) as home:
        CONSOLE.print(
            f"{count:,} simulated orders, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        table = Table("what", "measured", "aim", title="Medians")
        _import(home, count, seed, table)
        answers = _questions(home, count, table)
        _pages(home, table)
        CONSOLE.print(table)
        CONSOLE.print(_ways(answers))


@contextmanager
def _working(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as made:
        yield Path(made)


def _import(home: Path, count: int, seed: int, table: Table) -> None:
    """Simulate, write as a 12345 office's csv, import that csv into an empty store."""
    simulated, imported = Cockpit(home / "simulated"), Cockpit(home / "imported")
    for cockpit in (simulated, imported):
        cockpit.home.mkdir(exist_ok=True)
    made = parts.run(simulated, "demo", "--orders", str(count), "--seed", str(seed))
    aim = f"≤ 60 s at {400_000:,}"
    table.add_row("simulated city", f"{made.seconds:.1f} s, {made.peak_mib:,.0f} MiB", aim)


def _questions(home: Path, count: int, table: Table) -> list[Answer]:
    """Every filter change's data time, in this process."""
    os.environ["COCKPIT_HOME"] = str(home / "simulated")
    os.environ["COCKPIT_DATABASE_URL"] = ""
    from data.store import open_store

    store = open_store()
    answers = answer_all(store)
    aim = 100 if count > 5_000_000 else 50
    slowest = max(answers, key=lambda a: a.counts)
    middle = median(a.counts for a in answers)
    table.add_row("filter change, median", f"{middle * 1000:.0f} ms", f"≤ {aim} ms")
    table.add_row(
        "filter change, slowest", f"{slowest.counts * 1000:.0f} ms ({slowest.question})", ""
    )
    return answers


def _pages(home: Path, table: Table) -> None:
    from data import dimensions
    from data.store import open_store

    store = open_store()
    areas = dimensions.areas(store)
    times = parts.overview(areas.loc[areas["level"] == "district", "area"].tolist())
    store.close()  # the served cockpit needs the file
    table.add_row("Overview, warm rerun", f"{times.warm * 1000:.0f} ms", "≤ 150 ms")
    table.add_row("Overview, other district", f"{times.changed * 1000:.0f} ms", "")
    sent = parts.sent(home / "simulated")
    if sent is None:
        table.add_row("bytes sent", "not measured: no Chromium", "≤ 300 kB")
        return
    table.add_row("Overview, first: bytes sent", f"{sent.first / 1000:,.0f} kB", "≤ 300 kB")
    table.add_row("Overview, change: bytes sent", f"{sent.change / 1000:,.0f} kB", "≤ 300 kB")


def _ways(answers: list[Answer]) -> Table:
    table = Table(
        "question", "counts, ms", "raw rows, ms", "pandas, ms", "raw / counts", "pandas / counts",
        "answer rows", title="The same question, three ways (same totals, checked)",
    )  # fmt: skip
    for a in answers:
        table.add_row(
            a.question, f"{a.counts * 1000:.1f}", f"{a.raw * 1000:.0f}", f"{a.pandas * 1000:.0f}",
            f"{a.raw / a.counts:.1f}×", f"{a.pandas / a.counts:.1f}×", f"{a.rows:,}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
