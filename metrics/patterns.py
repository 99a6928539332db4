"""Signals over two times, over months, at period edges, and over pairs of units.

Each function returns the columns of :data:`metrics.integrity.FINDINGS` (and
``material``), to be handed to :func:`metrics.integrity.scan` as ``further``, so
that all tests of a scan share one control of false discoveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from metrics.conditions import Condition, both, either, test
from metrics.funnel import FEWEST, build, over_dispersion, winsorise, winsorised_variance
from metrics.integrity import EVERYBODY, FINDINGS, judge
from metrics.selection import category_condition
from metrics.tails import at_least

Array = np.ndarray[Any, np.dtype[np.float64]]
PRONE_TIMES, PRONE_RATE, PRONE_ORDERS = 3.0, 0.10, 20
RECODING_MINIMUM, RECODING_LEAST = 50, 0.03
HEAP_WIDTH = 0.005
EDGE_DAYS = 3
LOOP_MINIMUM, LOOP_SURE = 10, 1e-4


# -- filed under other categories --------------------------------------------------
def prone_categories(counts: pd.DataFrame) -> list[str]:
    """Categories whose orders are struck out far more often than others.

    ``counts``: category, period (``before``/``now``), all, excluded. Judged by
    the earlier time: at least :data:`PRONE_ORDERS` orders, :data:`PRONE_RATE` of
    them struck out, and :data:`PRONE_TIMES` times the share of all.
    """
    early = counts[counts["period"] == "before"].groupby("category")[["all", "excluded"]].sum()
    overall = early["excluded"].sum() / max(early["all"].sum(), 1)
    rate = early["excluded"] / early["all"].where(early["all"] > 0)
    prone = (early["all"] >= PRONE_ORDERS) & (rate >= PRONE_RATE) & (rate >= PRONE_TIMES * overall)
    return sorted(str(name) for name in early.index[prone])


def recoding(counts: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Units that have begun to file more orders under categories that are struck out.

    ``counts``: unit, period (``before``/``now``), category (path), all, excluded.
    A unit is compared with itself earlier, and its change with the change of
    all others. ``value``: the share now; ``peers``: the unit's own share
    earlier, moved as the others moved. Nothing is judged without such categories.
    """
    prone = prone_categories(counts)
    inside = counts["category"].isin(prone)
    work = counts.assign(hits=counts["all"].where(inside, 0))
    wide = work.pivot_table(
        index="unit", columns="period", values=["hits", "all"], aggfunc="sum", fill_value=0
    )
    if not prone or not {"before", "now"} <= set(wide["all"].columns):
        return _findings("recoding", pd.DataFrame({"unit": [], "hits": [], "n": []}), units)
    hits = {k: wide[("hits", k)].to_numpy(dtype=float) for k in ("before", "now")}
    n = {k: wide[("all", k)].to_numpy(dtype=float) for k in ("before", "now")}
    angle = {k: np.arcsin(np.sqrt((hits[k] + 0.375) / (n[k] + 0.75))) for k in n}  # Anscombe 1948
    known = (n["before"] >= RECODING_MINIMUM) & (n["now"] >= RECODING_MINIMUM)
    with np.errstate(divide="ignore"):
        variance = 0.25 / n["now"] + 0.25 / n["before"]
    moved = angle["now"] - angle["before"]
    drift = float(np.median(moved[known])) if known.any() else 0.0
    p = np.full(len(wide), np.nan)
    if known.sum() > 5:
        z = winsorise((moved - drift)[known] / np.sqrt(variance[known]))
        _, tau2 = over_dispersion(z, 0.25 / variance[known], winsorised_variance())
        p[known] = special.ndtr(-(moved - drift)[known] / np.sqrt(variance[known] + tau2))
    out = _findings(
        "recoding", pd.DataFrame({"unit": wide.index, "hits": hits["now"], "n": n["now"]}), units
    )
    out["peers"] = np.sin(np.clip(angle["before"] + drift, 0, np.pi / 2)) ** 2
    out["p"] = p
    return _finish(out, RECODING_LEAST, known)


def recoded_orders(unit: str, categories: Sequence[str]) -> Condition:
    """The orders behind: those the unit files under the categories that are struck out."""
    return both(test("unit", "eq", unit), either(*(category_condition(c) for c in categories)))


# -- pairs that pass orders to and fro ------------------------------------------------
LOOPED = either(test("returns", "ge", 2), test("hops", "ge", 3))


def loops(table: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Pairs of units whose orders go round in circles.

    ``table``: unit, first_unit, orders (passed from first_unit to unit), looped
    (of these with two or more returns, or three or more hops). A pair is both
    directions together; it is compared with all other pairs. ``unit`` is the
    pair, joined by `` ⇄ ``; further columns one, two, from_one, from_two.
    """
    passed = table[(table["unit"] != table["first_unit"]) & table["first_unit"].notna()].copy()
    ends = np.sort(passed[["unit", "first_unit"]].astype("object").to_numpy(), axis=1)
    passed["one"], passed["two"] = ends[:, 0], ends[:, 1]
    passed["from_one"] = passed["looped"].where(passed["first_unit"] == passed["one"], 0)
    passed["from_two"] = passed["looped"] - passed["from_one"]
    columns = ["orders", "looped", "from_one", "from_two"]
    pairs = passed.groupby(["one", "two"], as_index=False)[columns].sum()
    pairs["unit"] = pairs["one"] + " ⇄ " + pairs["two"]
    out = _findings("loop_pairs", pairs.rename(columns={"looped": "hits", "orders": "n"}), units)
    hits, n = out["hits"].to_numpy(dtype=float), out["n"].to_numpy(dtype=float)
    enough = (n >= LOOP_MINIMUM) & (len(out) > FEWEST)
    rate, p = np.full(len(out), np.nan), np.full(len(out), np.nan)
    usual = np.ones(len(out), dtype=bool)
    for _ in range(2):  # the second time without those that stood out the first time
        for k in np.flatnonzero(enough):
            others = usual.copy()
            others[k] = False
            rate[k] = (hits[others].sum() + 0.5) / (n[others].sum() + 1)
            found = build(hits[others], n[others], target=float(rate[k]))
            rho = 0.0 if found is None else found.rho
            p[k] = at_least(hits[[k]], n[[k]], rate[k], rho)[0]
        usual = ~(p < LOOP_SURE)
    out["peers"], out["p"] = rate, p
    out = _finish(out, 0.10, enough)
    return out.merge(pairs[["unit", "one", "two", "from_one", "from_two"]], on="unit")


def passed_between(one: str, two: str) -> Condition:
    """Orders that one of two units had first and the other in the end."""
    ends = [(one, two), (two, one)]
    return either(*(both(test("first_unit", "eq", a), test("unit", "eq", b)) for a, b in ends))


def pair_orders(one: str, two: str) -> Condition:
    """The orders behind a pair: passed between the two, and sent in circles."""
    return both(passed_between(one, two), LOOPED)


# -- rates just above a red line ------------------------------------------------------
def heaping(rates: pd.DataFrame, line: float, width: float = HEAP_WIDTH) -> pd.DataFrame:
    """Monthly rates that sit just above a red line more often than just below it.

    ``rates``: unit, period, hits, n. Months within ``width`` of the line are
    split by it, with the same number of possible counts on either side; how
    many a smooth slope would put above is read off the next ``width`` outwards.
    Only months with at least 1 / (2 width) orders: below that one order jumps
    over the line. The first row (unit ``all``) pools all units: one unit's dozen
    months rarely suffice, so the pooled row is the one that can say anything,
    and it says it about the city, not about anybody.
    """
    known = rates[rates["n"] * 2 * width >= 1]
    hits, n = known["hits"].to_numpy(dtype=float).round(), known["n"].to_numpy(dtype=float)
    first = np.ceil(line * n - 1e-9)
    steps = np.maximum(1.0, np.round(width * n))
    place = np.floor((hits - first) / steps)  # 0 just above, -1 just below
    table = pd.DataFrame({"unit": known["unit"].to_numpy(), "hits": place == 0})
    table["n"] = (place == 0) | (place == -1)
    table[["hits", "n"]] = table[["hits", "n"]].astype("int64")
    single = table.groupby("unit", as_index=False)[["hits", "n"]].sum()
    pooled = {"unit": [EVERYBODY], "hits": [table["hits"].sum()], "n": [table["n"].sum()]}
    out = _findings(
        "heaping", pd.concat([pd.DataFrame(pooled), single], ignore_index=True), rates.iloc[:0]
    )
    above, below, far_above, far_below = (float((place == k).sum()) + 0.5 for k in (0, -1, 1, -2))
    slope = np.log(far_above / far_below) / 3  # log density straight across the line
    spread = np.sqrt(1 / above + 1 / below + (1 / far_above + 1 / far_below) / 9)
    out["peers"] = float(special.expit(slope))
    size = out["n"].to_numpy(dtype=float)
    p = at_least(out["hits"].to_numpy(dtype=float), size, float(special.expit(slope)))
    p[0] = special.ndtr(-(np.log(above / below) - slope) / spread)
    enough = size >= np.where(out["unit"] == EVERYBODY, 20, 5)
    out["p"] = np.where(enough, p, np.nan)
    return _finish(out, 0.1, enough)


# -- shifting around the period edge -----------------------------------------------------
def edges(
    daily: pd.DataFrame, units: pd.DataFrame, days: Sequence[date], width: int = EDGE_DAYS
) -> pd.DataFrame:
    """Units that do more just before (or just after) a period ends than their peers do.

    ``daily``: unit, day, n (orders closed, or created, on that day). ``days``:
    first days of periods. ``hits``: orders in the ``width`` days before an edge;
    ``n``: those before and after. Both directions are judged (p is two-sided).
    """
    day = pd.to_datetime(daily["day"]).to_numpy().astype("datetime64[D]")
    before, after = np.zeros(len(daily), dtype=bool), np.zeros(len(daily), dtype=bool)
    for edge in days:
        gap = (day - np.datetime64(edge, "D")).astype(int)
        before |= (gap >= -width) & (gap < 0)
        after |= (gap >= 0) & (gap < width)
    n = daily["n"].to_numpy()
    table = pd.DataFrame({"unit": daily["unit"].to_numpy(), "hits": n * before})
    table["n"] = n * (before | after)
    table = table.groupby("unit", as_index=False).sum()
    more = judge("edges", table, units, minimum=30, least=0.0)
    fewer = judge("edges", table.assign(hits=table["n"] - table["hits"]), units, 30, 0.0)
    out = more.copy()
    out["p"] = np.minimum(2 * np.minimum(more["p"], fewer["p"]), 1.0)
    out["material"] = (out["value"] - out["peers"]).abs() >= 0.10
    return out


# -- inside --------------------------------------------------------------------
def _findings(name: str, table: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    group = pd.Series(dtype="object")
    if "peer_group" in units:
        group = units.set_index("unit")["peer_group"]
    out["signal"], out["peer_group"] = name, EVERYBODY
    out["group"] = out["unit"].map(group).astype("object").fillna(EVERYBODY)
    out["value"] = (out["hits"] / out["n"]).where(out["n"] > 0)
    for column in ("peers", "peers_low", "peers_high", "excess", "p", "q"):
        out[column] = np.nan
    out["flagged"], out["reason"], out["material"] = False, None, False
    return out[[*FINDINGS, "material"]]


def _finish(out: pd.DataFrame, least: float, enough: Any) -> pd.DataFrame:
    out["excess"] = out["hits"] - out["peers"] * out["n"]
    out["material"] = (out["value"] - out["peers"]) >= least
    out["reason"] = pd.Series(None, index=out.index, dtype="object").mask(~enough, "few")
    return out
