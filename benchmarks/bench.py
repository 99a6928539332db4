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

from benchmarks import map as maps
from benchmarks import parts
from benchmarks.questions import Answer, answer_all
from data.store import Store, open_store
from tests.browser.harness import Cockpit

FULL = 20_000_000
CONSOLE = Console(width=None if sys.stdout.isatty() else 140)


def main(
    orders: Annotated[int, typer.Option(help="simulated orders")] = 1_000_000,
    full: Annotated[bool, typer.Option("--full", help="20 million orders")] = False,
    csv_rows: Annotated[int, typer.Option(help="at most so many rows are imported")] = 1_000_000,
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
        store = _simulate(home, count, seed, table)
        answers = _questions(store, count, table)
        _map_data(store, table)
        rows = parts.office_csv(store, home / "office.csv", csv_rows)
        store.close()  # one process at a time owns the embedded file
        _overview(home, table)
        _sent(home, table)
        _map(home, table)
        _import(home, rows, table)
        CONSOLE.print(table)
        CONSOLE.print(_ways(answers))
        busy = os.getloadavg()[2]
        CONSOLE.print(
            f"Load average of the last 15 minutes: {busy:.1f}; of a quiet machine about 1."
        )


@contextmanager
def _working(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as made:
        yield Path(made)


def _simulate(home: Path, count: int, seed: int, table: Table) -> Store:
    """Build the city with the product's command and open its store in this process."""
    cockpit = Cockpit(home / "simulated")
    cockpit.home.mkdir(exist_ok=True)
    made = parts.run(cockpit, "demo", "--if-empty", "--orders", str(count), "--seed", str(seed))
    table.add_row("simulated city", _spent(made), "≤ 60 s at 400,000")
    os.environ |= {"COCKPIT_HOME": str(cockpit.home), "COCKPIT_DATABASE_URL": ""}
    return open_store()


def _spent(run: parts.Run) -> str:
    return f"{run.seconds:.1f} s, CPU {run.cpu:.1f} s, peak {run.peak_mib:,.0f} MiB"


def _questions(store: Store, count: int, table: Table) -> list[Answer]:
    """Every filter change's data time."""
    answers = answer_all(store)
    aim = 100 if count > 5_000_000 else 50
    slowest = max(answers, key=lambda a: a.counts)
    middle = median(a.counts for a in answers)
    table.add_row("filter change, median question", f"{middle * 1000:.0f} ms", f"≤ {aim} ms")
    shown = f"{slowest.counts * 1000:.0f} ms ({slowest.question})"
    table.add_row("filter change, slowest question", shown, f"≤ {aim} ms")
    return answers


def _overview(home: Path, table: Table) -> None:
    times = parts.overview(home / "simulated")
    table.add_row("Overview, warm rerun", f"{times.warm * 1000:.0f} ms", "≤ 150 ms")
    table.add_row("Overview, other district", f"{times.changed * 1000:.0f} ms", "")


def _sent(home: Path, table: Table) -> None:
    sent = parts.sent(home / "simulated")
    if sent is None:
        table.add_row("bytes sent", "not measured: no Chromium", "≤ 300 kB")
        return
    table.add_row("Overview, first visit: bytes sent", f"{sent.first / 1000:,.0f} kB", "≤ 300 kB")
    table.add_row("Overview, one change: bytes sent", f"{sent.change / 1000:,.0f} kB", "≤ 300 kB")


def _map_data(store: Store, table: Table) -> None:
    """What the map asks the store."""
    for name, seconds in maps.data_times(store).items():
        table.add_row(f"map: {name}", f"{seconds * 1000:.0f} ms", "≤ 150 ms")


def _map(home: Path, table: Table) -> None:
    """Bytes of each view of the map, and the time until it is painted."""
    for name, size in maps.view_bytes(home / "simulated").items():
        table.add_row(f"map: {name}, bytes", f"{size / 1000:,.0f} kB", "≤ 300 kB")
    painted = maps.paint(home / "simulated")
    for name, seconds in (painted or {}).items():
        table.add_row(f"map: {name}, painted", f"{seconds:.1f} s", "")
    if painted is None:
        table.add_row("map: painted", "not measured: no Chromium", "")


def _import(home: Path, rows: int, table: Table) -> None:
    """Import a 12345 office's csv into an empty store."""
    cockpit = Cockpit(home / "imported")
    cockpit.home.mkdir(exist_ok=True)
    size = (home / "office.csv").stat().st_size / 1e6
    run = parts.run(cockpit, "import", str(home / "office.csv"))
    table.add_row(
        f"import of {rows:,} csv rows ({size:,.0f} MB)",
        f"{rows / run.seconds:,.0f} rows/s ({_spent(run)})",
        "≥ 16,667 rows/s, peak ≤ 1,500 MiB",
    )


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
