"""Which cells rise, stay bad or cool down: :func:`forecasting.rising.rising` and a count of weeks.

A cell rises only when two scans a week apart say so. Even then: at a false-discovery rate of
10 % about one cell a scan is called rising on pure noise (docs/places.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecasting.counts import at_least, false_discovery
from forecasting.places.weeks import WEEK, Array, Weeks, in_top
from forecasting.rising import rising, rising_and_totals

EMERGING, PERSISTENT, COOLING, OTHER = "emerging", "persistent", "cooling", "other"
RATIO, LEAST, FDR = 1.5, 5, 0.10
STAYS, TOP, OF = 12, 0.10, 0.80
LONG = 4
"""Weeks by which a week's rank is judged: its own and the three before it."""
"""Persistent: among the top tenth in 80 % of twelve weeks."""
REST = 0
"""Stands for all other cells."""
_KEPT = ["observed", "expected", "ratio", "q"]


def classes(weeks: Weeks, parts: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per cell: cell, class, observed, expected, ratio, q (of the last 28 days), weeks_top
    (weeks among the top tenth), weeks_seen (of the last twelve weeks).

    emerging: q < 0.10, at least 5 orders and 1.5 times what its own past expects, in this scan and
    in that of a week before; cooling: at least 5 expected, at most 1/1.5 of it came, q < 0.10
    (the chance of so few), twice as well; persistent: among the tenth of the cells with the most
    orders in 80 % of the last twelve weeks (each with the three before it; ties at the limit do
    not count). A cell that is
    persistent and rises is called emerging. Where the history is too short for a scan (eight weeks
    before the last four) no cell is emerging or cooling.

    ``parts``: day, cell, category, n of the same orders. A cell then keeps its class only if it
    stands when each of its categories is measured against the rest of that category: a cell with
    much heating does not rise in November.
    """
    top, seen = _stays(weeks)
    out = pd.DataFrame({"cell": weeks.cells, "weeks_top": top, "weeks_seen": seen})
    now = scanned(weeks)
    before = scanned(weeks.until(len(weeks) - 1)) if len(weeks) > 1 else now.iloc[:0]
    out = out.merge(now, on="cell", how="left").merge(
        before[["cell", "up", "down"]], on="cell", how="left", suffixes=("", "_before")
    )
    twice = {name: _flag(out[name]) & _flag(out[f"{name}_before"]) for name in ("up", "down")}
    if parts is not None:
        held = in_season(weeks, parts, set(out.loc[twice["up"] | twice["down"], "cell"]))
        twice = {name: flags & out["cell"].isin(held[name]) for name, flags in twice.items()}
    stays = (out["weeks_seen"] >= OF * STAYS) & (out["weeks_top"] >= OF * out["weeks_seen"])
    out["class"] = np.select(
        [twice["up"], twice["down"], stays], [EMERGING, COOLING, PERSISTENT], OTHER
    )
    return out[["cell", "class", *_KEPT, "weeks_top", "weeks_seen"]]


def in_season(weeks: Weeks, parts: pd.DataFrame, asked: set[int]) -> dict[str, set[int]]:
    """Which of the cells ``asked`` rise or fall when every category has its own season: "up", "down".

    All other cells together are the rest of each category.
    """
    if not asked:
        return {"up": set(), "down": set()}
    rows = parts[parts["category"].notna() & parts["cell"].notna()]
    own = rows["cell"].where(rows["cell"].isin(asked), REST)
    keys = ["day", "cell", "category"]
    frame = rows.assign(cell=own).groupby(keys)["n"].sum().reset_index()
    found = rising(_on_last_day(weeks, frame), weeks.last, windows=(28,), least=LEAST, ratio=RATIO,
                   fdr=FDR, covered=_days(weeks), common="category", total=True, bounds=False)  # fmt: skip
    if found.empty:
        return {"up": set(), "down": set()}
    return {
        "up": set(found.loc[found["rising"], "cell"]),
        "down": set(found.loc[fallen(found), "cell"]),
    }


def _on_last_day(weeks: Weeks, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows on the last days of their weeks, without those before the first week."""
    stop = pd.Timestamp(weeks.last)
    age = (stop - pd.to_datetime(rows["day"])).dt.days // WEEK
    days = stop - pd.to_timedelta(age * WEEK, unit="D")
    return rows.assign(day=days).loc[(age >= 0) & (age < len(weeks))]


def scanned(weeks: Weeks) -> pd.DataFrame:
    """One scan: cell, observed, expected, ratio, q, up, down (flags)."""
    found = rising(daily(weeks), weeks.last, windows=(28,), least=LEAST, ratio=RATIO, fdr=FDR,
                   covered=_days(weeks), bounds=False)  # fmt: skip
    if found.empty or found["observed"].isna().all():
        return pd.DataFrame(columns=["cell", *_KEPT, "up", "down"])
    found = found.assign(up=found["rising"].astype(bool), down=fallen(found))
    return found[["cell", *_KEPT, "up", "down"]]


def fallen(found: pd.DataFrame) -> pd.Series:
    """Which rows of :func:`forecasting.rising.rising` have far fewer orders than expected.

    The mirror of its rule, from its own expectation and noise (z holds the dispersion): the level
    asked is the one that speaks more for a rise, so it errs on the side of silence.
    """
    seen, meant, z = (found[n].to_numpy(dtype=float) for n in ("observed", "expected", "z"))
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = np.where(z < 0, (((seen - meant) / z) ** 2 - meant) / meant**2, 0.0)
    chance = 1 - at_least(seen + 1, meant, np.maximum(phi, 0))
    q = false_discovery(np.clip(chance, 0, 1))
    low = (q < FDR) & (meant >= LEAST) & (seen * RATIO <= meant)
    return pd.Series(low, index=found.index)


def daily(weeks: Weeks) -> pd.DataFrame:
    """day, cell, n as :func:`forecasting.rising.rising` reads them: a week's orders on its last day."""
    week, cell = np.nonzero(weeks.n)
    age = len(weeks) - 1 - week
    days = pd.Timestamp(weeks.last) - pd.to_timedelta(age * WEEK, unit="D")
    return pd.DataFrame({"day": days, "cell": weeks.cells[cell], "n": weeks.n[week, cell]})


def _days(weeks: Weeks) -> list[date]:
    """As many days of each week as were delivered, its last ones."""
    count = len(weeks)
    return [
        weeks.last - timedelta(days=WEEK * (count - 1 - week) + back)
        for week in range(count)
        for back in range(int(weeks.days[week]))
    ]


def _stays(weeks: Weeks) -> tuple[Array, Array]:
    """In how many of the last twelve weeks each cell was among the top tenth, and how many
    of them were delivered whole."""
    last = [t for t in range(max(0, len(weeks) - STAYS), len(weeks)) if weeks.whole[t]]
    top = np.zeros(len(weeks.cells), dtype=int)
    for t in last:
        top += in_top(weeks.n[max(0, t + 1 - LONG) : t + 1].sum(axis=0), TOP)
    return top, np.full(len(weeks.cells), len(last))


def _flag(values: pd.Series) -> pd.Series:
    return values.eq(True).fillna(False).astype(bool)


def area_classes(
    counts: pd.DataFrame, as_of: date, covered: Iterable[date] | None = None
) -> pd.DataFrame:
    """Streets or districts, as a whole (category missing) and by category, as :func:`classes`.

    ``counts``: day, area, category, n. Each category is measured against the rest of its category.
    Columns area, category, class, observed, expected, ratio, q, weeks_top, weeks_seen; only areas
    in which something came.
    """
    known = None if covered is None else set(covered)
    scans = []
    for last in (as_of, as_of - timedelta(days=WEEK)):
        rows = counts[pd.to_datetime(counts["day"]) <= pd.Timestamp(last)]
        days = None if known is None else {day for day in known if day <= last}
        series, whole = rising_and_totals(rows, last, common="category", windows=(28,), least=LEAST,
                                          ratio=RATIO, fdr=FDR, covered=days, bounds=False)  # fmt: skip
        both = [f.assign(up=f["rising"].astype(bool), down=fallen(f)) for f in (series, whole)]
        scans.append(pd.concat([f for f in both if len(f)] or both[:1], ignore_index=True))
    now, before = (
        scan.reindex(columns=["area", "category", *_KEPT, "up", "down"]) for scan in scans
    )
    out = now.merge(
        before[["area", "category", "up", "down"]], on=["area", "category"], how="left",
        suffixes=("", "_before"),
    )  # fmt: skip
    out = out.merge(_area_stays(counts, as_of), on=["area", "category"], how="left")
    out["weeks_top"] = out["weeks_top"].fillna(0).astype(int)
    stays = out["weeks_top"] >= OF * STAYS
    up, down = (_flag(out[n]) & _flag(out[f"{n}_before"]) for n in ("up", "down"))
    out["class"] = np.select([up, down, stays], [EMERGING, COOLING, PERSISTENT], OTHER)
    return out.drop(columns=["up", "down", "up_before", "down_before"])


def _area_stays(counts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """area, category (missing: all), weeks_top of the last twelve weeks."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(counts["day"])).dt.days // WEEK
    rows = counts.assign(week=-age)[(age >= 0) & (age < STAYS + LONG - 1)]
    out = []
    for category, mine in [(None, rows), *rows.groupby("category")]:
        table = mine.groupby(["week", "area"])["n"].sum().unstack("area", fill_value=0)
        table = table.reindex(range(2 - STAYS - LONG, 1), fill_value=0)
        lately = table.rolling(LONG).sum().iloc[LONG - 1 :]
        top = [in_top(row, TOP) for row in lately.to_numpy(dtype=float)]
        count = np.sum(top, axis=0)
        out.append(pd.DataFrame({"area": table.columns, "category": category, "weeks_top": count}))
    return pd.concat([frame.astype({"category": object}) for frame in out], ignore_index=True)
