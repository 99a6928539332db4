"""`python -m benchmarks.integrity`: a year's integrity scan over the store in force, step by step.

Nothing is kept. Stop the cockpit that serves the store first, or name another home (COCKPIT_HOME).
"""

from __future__ import annotations

import resource
import time
from datetime import datetime
from datetime import time as midnight
from itertools import pairwise

import pandas as pd
from rich.console import Console
from rich.table import Table

from data import audit_calls, integrity_run
from data.store import open_store
from metrics.scheme import load_scheme
from metrics.selection import Selection


def main() -> None:
    """Scan, draw and print."""
    store = open_store()
    newest = store.as_of().created_at
    if newest is None:
        Console().print("the store is empty")
        return
    end = datetime.combine(newest.date(), midnight())
    span = Selection((pd.Timestamp(end) - pd.DateOffset(months=12)).to_pydatetime(), end)
    marks: list[tuple[str, float]] = []
    got = integrity_run.run(
        store,
        span,
        load_scheme("beijing_district"),
        lambda step, _share: marks.append((step, time.perf_counter())),
    )
    marks.append(("", time.perf_counter()))
    table = Table("step", "seconds")
    for (step, began), (_, ended) in pairwise(marks):
        table.add_row(step, f"{ended - began:.2f}")
    began = time.perf_counter()
    drawn = audit_calls.draw(store, span, 40, 1)
    table.add_row(f"audit list of {len(drawn):,}", f"{time.perf_counter() - began:.2f}")
    table.add_row(f"scan of {got.facts['recorded']['all']:,} orders", f"{got.seconds:.2f}")
    Console().print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    Console().print(f"{got.tests:,} comparisons, {got.flagged} flagged; peak memory {peak} MB")


if __name__ == "__main__":
    main()
