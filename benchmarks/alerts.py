"""`python -m benchmarks.alerts`: outbreaks found at a stated budget, on simulated towns and next to
published detectors at equal alarms; seconds for 1,600 series and three years."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from forecasting import alerts, cusum
from forecasting.ears import ears
from tests import outbreaks
from tests.outbreaks import City

SEEDS = (1, 2, 3, 4)


def main() -> None:
    """Simulate, put outbreaks in, count, print."""
    table = Table(
        "alarms a series-year", "size (weekly sd)", "found in 10 days", "± se", "median delay",
        "false alarms had", "found, size by chance",
    )  # fmt: skip
    towns = [outbreaks.city(seed) for seed in SEEDS]
    for budget in (2.0, 0.25):
        for size in (4, 6, 8):
            got = [outbreaks.detect(town, budget, size, seed=i) for i, town in enumerate(towns)]
            chance = [
                outbreaks.detect(town, budget, size, seed=i, poisson=True)
                for i, town in enumerate(towns)
            ]
            n = sum(one.tried for one in got)
            share = sum(one.share * one.tried for one in got) / n
            other = sum(one.share * one.tried for one in chance) / sum(o.tried for o in chance)
            table.add_row(
                f"{budget:g}", f"{size}", f"{share:.2f}", f"{np.sqrt(share * (1 - share) / n):.2f}",
                f"{np.median([one.delay for one in got]):.0f} d",
                f"{np.mean([one.false_rate for one in got]):.2f}", f"{other:.2f}",
            )  # fmt: skip
    Console().print(table)
    _beside(towns[0])
    _seconds()


def _beside(town: City) -> None:
    """EARS C1 to C3 at the threshold that gives the same alarms (2 a series-year), 4 weekly sd."""
    panel, plain = outbreaks.laid(town)
    counts = panel.grid.series
    rows = Table("detector at 2 alarms a series-year", "found, 4 weekly sd", "false alarms had")
    for name, lag, days in (("EARS C1", 0, 1), ("EARS C2", 2, 1), ("EARS C3", 2, 3)):

        def score(y: np.ndarray, lag: int = lag, days: int = days) -> np.ndarray:
            base = np.nan_to_num(ears(y, lag))
            if days == 1:
                return base
            return sum(np.maximum(np.roll(base, back, axis=0) - 1, 0) for back in range(days))

        quiet = score(counts)[-365:]
        limit = np.quantile(quiet, 1 - 2 / 365)
        rng = np.random.default_rng(0)
        chosen = np.flatnonzero(rng.random(counts.shape[1]) < 0.15)
        y, hits = counts.copy(), []
        starts = rng.integers(len(counts) - 300, len(counts) - 30, len(chosen))
        mean = plain.expected
        for s, at in zip(chosen, starts, strict=True):
            week = mean[at : at + 7, s]
            sd = np.sqrt(week.sum() + outbreaks.PHI * (week**2).sum())
            y[at : at + 7, s] += rng.multinomial(int(np.ceil(4 * sd)), np.ones(7) / 7)
        after = score(y) > limit
        hits = [after[at : at + 10, s].any() for s, at in zip(chosen, starts, strict=True)]
        rows.add_row(name, f"{np.mean(hits):.2f}", f"{(quiet > limit).sum() / counts.shape[1]:.2f}")
    Console().print(rows)


def _seconds() -> None:
    town = outbreaks.city(9, districts=16, categories=100)
    daily = town.daily
    begin = time.perf_counter()
    found = alerts.scan(daily, town.last, common="category1")
    spent = time.perf_counter() - begin
    Console().print(
        f"{found.series}: a scan of a year with calibration, {spent:.1f} s "
        f"(k = {cusum.allowance(0.25)} under 0.25 alarms a series-year)"
    )


if __name__ == "__main__":
    main()
