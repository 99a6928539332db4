"""Speed of scoring, ranks with intervals, what-if, explanations and the integrity scan, from counts.

    python -m benchmarks.bench_scores [--units 450] [--months 12]

Counts are made up (scheme A, three rates), so no store is needed; medians of five.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from metrics.bonus import bonuses
from metrics.explain import waterfall
from metrics.fair import fair, mixes, stands
from metrics.integrity import scan
from metrics.lab import sensitivity, stability, what_if
from metrics.linear import decompose
from metrics.moves import moves
from metrics.ranks import indistinct, rank_table, tiers
from metrics.scheme import load_scheme
from metrics.scheme_edit import with_weights
from metrics.score import score
from metrics.signals import measures
from metrics.spc import directions_of, matrix

SCHEME = load_scheme("beijing_district")
RATES = {"response": 0.97, "resolution": 0.9, "satisfaction": 0.92}
# What the units' rates hang together by, roughly as in the simulated city.
BY = ("category1", "grade")
CORRELATION = np.array([[1, 0.15, 0.27], [0.15, 1, 0.3], [0.27, 0.3, 1]])


def month(units: int, rng: np.random.Generator) -> pd.DataFrame:
    """Counts of one month: unequal units whose true rates differ a little."""
    n = np.maximum(5, rng.lognormal(5, 0.8, units)).astype(int)
    out = pd.DataFrame(0, index=range(units), columns=list(SCHEME.measures()))
    out.insert(0, "unit", [f"u{k:03d}" for k in range(units)])
    out["unit_type"] = np.where(np.arange(units) < units * 3 // 4, "street", "department")
    out["all"] = n * 2
    for name, rate in RATES.items():
        hits = rng.binomial(n, rng.beta(rate * 200, (1 - rate) * 200, units))
        for start in ("", "before:"):
            out[f"{start}{name}.den"], out[f"{start}{name}.num.0"] = n, hits
            out[f"{start}{name}.missing"] = n // 5
    return out


def signal_counts(counts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Counts of the signals that need no orders."""
    out = counts[["unit"]].copy()
    for name in measures():
        base = out.get(name.replace(".num", ".den"))
        out[name] = counts["all"] if base is None else rng.binomial(base, 0.05)
    return out


def strata_of(counts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same orders by unit, category and grade."""
    kinds = [(c, g) for c in range(9) for g in range(4)]
    parts = []
    for k, (category, grade) in enumerate(kinds):
        part = counts[["unit"]].assign(category1=f"c{category}", grade=f"g{grade}")
        for name, rate in RATES.items():
            n = rng.binomial(counts[f"{name}.den"], 1 / (len(kinds) - k))
            part[f"{name}.den"], part[f"{name}.num.0"] = n, rng.binomial(n, rate)
            part[f"{name}.num.1"] = 0
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def timed(work: Callable[[], object], times: int = 5) -> float:
    """Median seconds."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return median(taken)


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--units", type=int, default=450)
    given.add_argument("--months", type=int, default=12)
    asked = given.parse_args()
    rng = np.random.default_rng(1)
    year = [month(asked.units, rng) for _ in range(asked.months)]
    last = year[-1]
    linear = decompose(SCHEME, last)
    drawn = fair(SCHEME, last, correlation=CORRELATION).draws
    other = with_weights(SCHEME, {"resolution": 40, "satisfaction": 50})
    series = pd.concat(
        pd.DataFrame(
            {"unit": counts["unit"], "rate": name, "period": k,
             "hits": counts[f"{name}.num.0"], "n": counts[f"{name}.den"]}
        )
        for k, counts in enumerate(year)
        for name in RATES
    )  # fmt: skip
    signals = signal_counts(last, rng)
    strata = strata_of(last, rng)
    found = bonuses(SCHEME, last)
    groups = last[["unit"]].assign(peer_group=last["unit_type"])
    directions = directions_of(linear.pieces)
    months = f"{asked.units} units × {asked.months} months"
    rows: list[tuple[str, Callable[[], object], str]] = [
        (f"score {months}", lambda: [score(SCHEME, c) for c in year], "≤ 1 s"),
        ("the same before exclusions",
         lambda: [score(SCHEME, c, exclusions="ignored") for c in year], ""),
        ("rank intervals, 2,000 draws, one month",
         lambda: fair(SCHEME, last, correlation=CORRELATION), "≤ 1 s"),
        ("the same without joint counts", lambda: fair(SCHEME, last), "≤ 1 s"),
        ("ranks from the draws alone", lambda: rank_table(drawn), ""),
        ("tiers", lambda: tiers(drawn), ""),
        ("one unit: who it cannot be told from", lambda: indistinct(drawn, "u000"), ""),
        ("rank intervals after case mix (9 kinds × 4 grades)",
         lambda: fair(SCHEME, last, strata=strata, by=BY, correlation=CORRELATION, found=found), ""),
        ("case mix of the three rates", lambda: mixes(linear, strata, BY), ""),
        ("funnel of one rate with its lines",
         lambda: stands(linear, "resolution", "streets").lines(), ""),
        ("what-if: other weights, one month", lambda: what_if(SCHEME, other, last), "≤ 200 ms"),
        ("stability over 1,000 weightings", lambda: stability(linear), ""),
        ("sensitivity to each weight", lambda: sensitivity(linear), ""),
        ("one unit: waterfall and moves",
         lambda: (waterfall(linear, "u000"), moves(linear, last, "u000")), ""),
        (f"icon matrix, {months} × 3", lambda: matrix(series, directions), ""),
        ("integrity scan from counts", lambda: scan(groups, counts=signals), ""),
    ]  # fmt: skip
    table = Table("what", "median", "aim", title=f"Scores, Python {platform.python_version()}")
    for name, work, aim in rows:
        work()
        table.add_row(name, f"{timed(work) * 1000:,.0f} ms", aim)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
