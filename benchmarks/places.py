"""`python -m benchmarks.places`: the risk of places on real records, and what noise is called.

Every week is judged by what lay before it; the recipe is chosen on weeks before those reported.
"""

from __future__ import annotations

from datetime import date, timedelta

import h3.api.basic_int as h3
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from forecasting.places import (
    Levels,
    back_test,
    classes,
    judge,
    patterns,
    weeks_of,
)
from forecasting.places.classes import scanned
from tests.places_data import boston, last_day, noise, portland

REPORT = 104
"""Weeks reported, fixed in advance: two years."""
START = date(2017, 3, 1)
HORIZONS = {"1 week": 7, "2 weeks": 14, "1 month": 31, "2 months": 61, "3 months": 92}
MILE = 2.589988
CITY = 147.71
AREAS = (0.25, 0.75)
"""Square miles: the city, and the smallest and largest forecast the challenge allowed."""
SCANS = 40


def main() -> None:
    """All tables."""
    console = Console(width=150)
    for name, rows in (("Portland, burglary", portland()), ("Boston, general requests", boston())):
        console.print(rolling(name, rows))
    console.print(challenge())
    console.print(false_ones())


def rolling(name: str, rows: pd.DataFrame) -> Table:
    """The last two years week by week, cells of 0.1 km²."""
    weeks = weeks_of(rows, last_day(rows), most=300)
    trial = back_test(weeks, report=REPORT)
    table = Table("area", "rule", "weeks", "orders", "hit rate ± se", "PAI", "PEI*", "gain of the risk [95 %]",
                  title=f"{name}: {trial.recipe}, chosen on {trial.chosen_on} earlier weeks")  # fmt: skip
    for row in judge(trial.weeks).to_dict("records"):
        gain = "" if pd.isna(row["gain"]) else (
            f"{row['gain']:+.1%} [{row['gain_low']:+.1%}, {row['gain_high']:+.1%}] {row['verdict']}"
        )  # fmt: skip
        table.add_row(
            f"{row['share']:.0%}", row["method"], str(row["weeks"]), f"{row['total']:.0f}",
            f"{row['rate']:.4f} ± {row['rate_se']:.4f}", f"{row['pai']:.2f}", f"{row['pei']:.3f}", gain,
        )  # fmt: skip
    return table


def challenge() -> Table:
    """The scored windows of the NIJ challenge: cells of 162,000 square feet, whole history to 28 Feb 2017."""
    rows = portland(10)
    before = rows[rows["day"] < pd.Timestamp(START)]
    weeks = weeks_of(before, START - timedelta(days=1), most=300)
    levels = Levels(weeks)
    trial = back_test(weeks, levels, report=52)
    scores = {
        "risk": levels.of(trial.recipe)[-1],
        "last 28 days": weeks.n[-4:].sum(axis=0),
        "last 365 days": weeks.n[-52:].sum(axis=0),
        "whole history": weeks.n.sum(axis=0),
    }
    table = Table("window", "burglaries", *(f"{m}, {a} sq mi" for a in AREAS for m in scores),
                  title=f"Portland, windows of the challenge, PAI: {trial.recipe}")  # fmt: skip
    area = h3.cell_area(int(weeks.cells[0]), unit="km^2") / MILE
    for name, days in HORIZONS.items():
        age = (rows["day"] - pd.Timestamp(START)).dt.days
        came = rows[(age >= 0) & (age < days)]
        counts = came.groupby("cell")["n"].sum().reindex(weeks.cells.astype("int64"), fill_value=0)
        cells = []
        for size in AREAS:
            most = int(size / area)
            cells += [
                f"{_pai(s, counts.to_numpy(), most, len(came), area):.1f}" for s in scores.values()
            ]
        table.add_row(name, str(len(came)), *cells)
    return table


def _pai(score: np.ndarray, came: np.ndarray, most: int, total: int, area: float) -> float:
    limit = np.sort(score)[::-1][most - 1]
    above, tied = score > limit, score == limit
    hit = came[above].sum() + (most - above.sum()) * came[tied].mean()
    return float(hit / total / (most * area / CITY))


def false_ones() -> Table:
    """What is found where nothing ever changes: 500 cells, two years, many scans."""
    table = Table("noise", "scans", "rising, one scan", "rising, twice running", "cooling", "with a GIS pattern",
                  "of them new, consecutive or intensifying", title="Nothing changes: what is called so (a scan)")  # fmt: skip
    kinds = {
        "equal cells, Poisson": {"unequal": 0.0}, "unequal cells, Poisson": {},
        "unequal cells, extra noise (dispersion 0.3)": {"phi": 0.3},
        "dense in the middle, Poisson": {"centre": True},
    }  # fmt: skip
    for name, how in kinds.items():
        sums = np.zeros(5)
        for seed in range(SCANS):
            weeks = noise(500, 104, seed, **how)
            found, gis = classes(weeks)["class"], patterns(weeks)["pattern"]
            sums += (
                scanned(weeks)["up"].sum(), (found == "emerging").sum(), (found == "cooling").sum(),
                (gis != "none").sum(), gis.isin(["new", "consecutive", "intensifying"]).sum(),
            )  # fmt: skip
        table.add_row(name, str(SCANS), *(f"{x / SCANS:.2f}" for x in sums))
    return table


if __name__ == "__main__":
    main()
