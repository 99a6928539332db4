"""`python -m benchmarks.rising`: does what is called rising stay high? Real records, held out.

Every scan sees only what lay before it; the four weeks after it judge.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.held_out import boston_2011, boston_cells, follow


def main() -> None:
    """Scan and print."""
    table = Table(
        "records", "scans", "flagged", "next 4 weeks: × own level", "× level flagged against"
    )
    sets = (
        ("Boston, general requests, H3 cells of 0.7 km²", boston_cells(8), 28),
        ("Boston, general requests, H3 cells of 0.1 km²", boston_cells(9), 28),
        ("Boston 2011, neighbourhood × reason", boston_2011(), 7),
    )
    for name, daily, every in sets:
        got = follow(daily, every)
        table.add_row(
            name, str(got.scans), str(got.flagged), f"{got.ratio:.2f}", f"{got.claim:.2f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
