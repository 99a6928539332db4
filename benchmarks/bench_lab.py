"""Speed of the scheme lab: what one turn of a knob costs the server, at 450 units.

    python -m benchmarks.bench_lab [--units 450] [--orders 40000]

The whole part of the page that is drawn anew (knobs, trial, chart, table) is timed while
the page runs on a real embedded store; medians of nine turns.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from streamlit.testing.v1 import AppTest

from tests.factory import random_orders
from tests.small_city import build, run, served
from ui import lab_data, lab_state, lab_try

TIMES = 9
Spent = tuple[float, float]
PERIOD = {"p": "month:2025-02-28"}


def orders_of(units: int, count: int) -> pd.DataFrame:
    """Orders of February and January spread over so many units."""
    orders = random_orders(count, 5, start="2025-01-01", days=59)
    rng = np.random.default_rng(1)
    orders["unit"] = [f"第{k:03d}街道办" for k in rng.integers(0, units, count)]
    return orders


def timed(into: list[Spent], work: Callable[..., Any]) -> Callable[..., Any]:
    """The function, its seconds noted: passed, and of the processor."""

    def noted(*given: Any, **named: Any) -> Any:
        start, used = perf_counter(), thread_time()
        out = work(*given, **named)
        into.append((perf_counter() - start, thread_time() - used))
        return out

    return noted


def turns(scheme: str, code: str, values: list[float]) -> tuple[list[Spent], list[Spent]]:
    """Seconds of the drawn part and of the numbers alone, for each value of a knob."""
    drawn: list[Spent] = []
    numbers: list[Spent] = []
    at: AppTest = run("lab", scheme=scheme, **PERIOD)
    trial, compare, part = lab_data.trial, lab_try.side_by_side, lab_try._part
    page: Any = lab_try
    page.lab_data.trial, page.side_by_side = timed(numbers, trial), timed(numbers, compare)
    page._part = timed(drawn, part)
    try:
        for value in values:
            at.session_state[lab_state.TURNS] = {f"{scheme}@1": {code: value}}
            at.run()
            assert not at.exception, at.exception
    finally:
        page.lab_data.trial, page.side_by_side, page._part = trial, compare, part
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return drawn, [(a[0] + b[0], a[1] + b[1]) for a, b in pairs]


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--units", type=int, default=450)
    given.add_argument("--orders", type=int, default=40_000)
    asked = given.parse_args()
    table = Table("a turn of", "server, whole part", "numbers alone", "aim",
                  title=f"Scheme lab, {asked.units} units, Python {platform.python_version()}")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as made:
        home = Path(made)
        build(home, orders_of(asked.units, asked.orders))
        with served(home):
            weights = [float(v) for v in range(30, 30 + TIMES + 1)]
            _row(
                table,
                "a weight",
                *turns("beijing_district", "weight.resolution", weights),
                "≤ 200 ms",
            )
            hours = [float(v) for v in range(3, 3 + TIMES + 1)]
            _row(
                table,
                "a time limit (counted anew)",
                *turns("zhungeer_banner", "limit.sign", hours),
                "",
            )
    Console(width=110).print(table)


def _row(table: Table, name: str, drawn: list[Spent], numbers: list[Spent], aim: str) -> None:
    # The first turn warms the caches of this scheme.
    table.add_row(name, _told(drawn[1:]), _told(numbers[1:]), aim)


def _told(found: list[Spent]) -> str:
    passed, used = (median(one[k] for one in found) * 1000 for k in (0, 1))
    return f"{passed:.0f} ms (CPU {used:.0f})"


if __name__ == "__main__":
    main()
