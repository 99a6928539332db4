"""What lies around the scores: silent areas, powers that do not fit duties, strained units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.funnel import winsorise, winsorised_variance
from metrics.tails import false_discovery

Array = np.ndarray[Any, np.dtype[np.float64]]
ALPHA = 0.05
SILENT = 0.6
FEWEST = 8
ENOUGH = 30


def silent_areas(
    areas: pd.DataFrame, *, alpha: float = ALPHA, ratio: float = SILENT
) -> pd.DataFrame:
    """Areas with far fewer orders than places like them would lead one to expect.

    ``areas``: area, n (orders), population, and perhaps ``group`` (places that
    are alike; compared within it) and ``expected`` (orders expected by another
    model, used instead of population). Few complaints are not good governance:
    people may have given up, not know the number, or be turned away.

    Counts of like places are negative binomial around population × the group's
    rate; their spread is estimated from winsorised residuals, so silent places
    do not hide themselves. Columns added: expected, ratio, per_10000, p, q,
    silent (q ≤ ``alpha`` and ratio ≤ ``ratio``), reason (``no_population``,
    ``few_peers``).
    """
    out = areas.reset_index(drop=True).copy()
    group = out["group"].astype("object").fillna("") if "group" in out else pd.Series("", out.index)
    n = out["n"].to_numpy(dtype=float)
    people = out["population"].to_numpy(dtype=float)
    base = out["expected"].to_numpy(dtype=float) if "expected" in out else people
    known = np.isfinite(base) & (base > 0)
    expected, p = np.full(len(out), np.nan), np.full(len(out), np.nan)
    for name in group.unique():
        mine = np.flatnonzero(known & (group == name).to_numpy(dtype=bool))
        if len(mine) < FEWEST:
            continue
        # the median ratio: neither silent nor loud places set the standard
        usual = float(np.median(n[mine] / base[mine]))
        expected[mine] = base[mine] * usual
        spread = _dispersion(n[mine], expected[mine])
        p[mine] = _at_most(n[mine], expected[mine], spread)
    out["expected"] = expected
    with np.errstate(divide="ignore", invalid="ignore"):
        out["ratio"] = n / expected
        out["per_10000"] = np.where(people > 0, n / people * 10_000, np.nan)
    out["p"], out["q"] = p, false_discovery(p)
    out["silent"] = (out["q"] <= alpha) & (out["ratio"] <= ratio)
    reason = pd.Series(None, index=out.index, dtype="object").mask(np.isnan(p), "few_peers")
    out["reason"] = reason.mask(~known, "no_population")
    return out


def mismatch(
    orders: pd.DataFrame,
    units: pd.DataFrame,
    by: Sequence[str] = ("category1", "category2"),
) -> pd.DataFrame:
    """Categories whose first receiver lacks the power (权责错配): passed on, whistled for, waited for.

    ``orders``: first_unit (else unit), ``by``, hops, whistles, returns, and
    close_hours where closed. ``units``: unit, unit_type. One row per category
    and type of first receiver with at least :data:`ENOUGH` orders: n, hops (mean),
    hops_low (lower 95 % limit), passed (share with a hop or a return), whistles
    (share), wait (median hours to close), wait_city (the same over all orders),
    score (hops and whistles beyond the city's mean, times n), largest first.
    """
    work = orders[list(by)].copy()
    first = orders["unit"]
    if "first_unit" in orders:
        first = orders["first_unit"].where(orders["first_unit"].notna(), first)
    kind = units.set_index("unit")["unit_type"]
    work["unit_type"] = first.astype("object").map(kind).to_numpy()
    for name in ("hops", "whistles", "returns", "close_hours"):
        work[name] = pd.to_numeric(orders[name]).to_numpy(dtype=float, na_value=np.nan)
    work["passed"] = (work["hops"].fillna(0) > 0) | (work["returns"].fillna(0) > 0)
    work["whistled"] = work["whistles"].fillna(0) > 0
    work["wait"] = work["close_hours"].where(work["close_hours"] >= 0)
    work["squares"] = work["hops"] ** 2
    numbers = {
        "n": ("hops", "size"), "hops_n": ("hops", "count"), "hops_sum": ("hops", "sum"),
        "hops_squares": ("squares", "sum"), "passed": ("passed", "sum"),
        "whistled": ("whistled", "sum"), "wait": ("wait", "median"),
    }  # fmt: skip
    grouped = work.groupby([*by, "unit_type"], observed=True, dropna=False)
    table = grouped.agg(**numbers).reset_index()
    table = table[table[[by[0], "unit_type"]].notna().all(axis=1)]
    whole = work.assign(all=0).groupby("all").agg(**numbers)
    return mismatched(pd.concat([table, whole], ignore_index=True), by)


def mismatched(table: pd.DataFrame, by: Sequence[str] = ("category1", "category2")) -> pd.DataFrame:
    """:func:`mismatch` from counts: ``by``, unit_type, n, hops_n, hops_sum, hops_squares,
    passed, whistled, wait; the row without a unit_type holds the whole city."""
    city = table[table["unit_type"].isna()].iloc[0]
    out = table[table["unit_type"].notna() & (table["n"] >= ENOUGH)].copy()
    known = out["hops_n"].where(out["hops_n"] > 0).astype(float)
    squares, sums = out.pop("hops_squares"), out.pop("hops_sum")
    out["hops"] = sums / known
    variance = (squares - known * out["hops"] ** 2) / (known - 1).where(known > 1)
    out["hops_low"] = out["hops"] - 1.96 * np.sqrt(variance.clip(lower=0)) / np.sqrt(known)
    out["passed"] = out["passed"] / out["n"]
    out["whistles"] = out.pop("whistled") / out["n"]
    out["wait_city"] = city["wait"]
    usual = city["hops_sum"] / city["hops_n"] if city["hops_n"] else np.nan
    over = (out["hops"] - usual).fillna(0).clip(lower=0)
    over += (out["whistles"] - city["whistled"] / city["n"]).clip(lower=0)
    out["score"] = over * out["n"]
    columns = [
        *by, "unit_type", "n", "hops", "hops_low", "passed", "whistles", "wait", "wait_city",
        "score",
    ]  # fmt: skip
    return out[columns].sort_values("score", ascending=False, ignore_index=True)


def strain(units: pd.DataFrame) -> pd.DataFrame:
    """Orders per member of staff, against units of the same kind.

    ``units``: unit, received, staff, and perhaps peer_group, population. Columns
    added: per_staff, per_10000, usual (the group's median per_staff), ratio
    (per_staff / usual), place (share of the group with less). No staff is no data.
    """
    out = units.copy()
    for name, base, scale in (("per_staff", "staff", 1.0), ("per_10000", "population", 10_000.0)):
        if base not in out:
            out[name] = np.nan
            continue
        size = pd.to_numeric(out[base]).astype(float)
        out[name] = (out["received"] / size * scale).where(size > 0)
    group = out["peer_group"].fillna("") if "peer_group" in out else pd.Series("", out.index)
    load = out["per_staff"].groupby(group)
    out["usual"] = load.transform("median")
    out["ratio"] = (out["per_staff"] / out["usual"]).where(out["usual"] > 0)
    known = load.transform("count")
    out["place"] = ((load.rank(method="min") - 1) / (known - 1)).where(known > 1)
    return out


def _dispersion(n: Array, expected: Array) -> float:
    """Negative-binomial dispersion from winsorised residuals (moments), 0 for Poisson."""
    low, high = 0.0, 25.0
    for _ in range(40):
        middle = (low + high) / 2
        z = winsorise((n - expected) / np.sqrt(expected + middle * expected**2))
        low, high = (middle, high) if (z**2).mean() > winsorised_variance() else (low, middle)
    return (low + high) / 2 if high > 1e-9 else 0.0


def _at_most(n: Array, expected: Array, dispersion: float) -> Array:
    if dispersion < 1e-6:
        return np.asarray(stats.poisson.cdf(n, expected))
    size = 1 / dispersion
    return np.asarray(stats.nbinom.cdf(n, size, size / (size + expected)))
