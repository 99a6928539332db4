"""Random audit calls (复核回访): who is called, and how much more the calls would see.

Statistics over recorded answers catch only gross gaming. Calling a random few
of the callers who were recorded as "not reached" sees what was hidden behind
that word: if the unreached are as content as the reached, nothing was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.conditions import Condition, both, mask, test
from metrics.lots import lots
from metrics.rates import wilson
from metrics.tails import at_least, false_discovery

Array = np.ndarray[Any, np.dtype[np.float64]]
UNHEARD: Condition = both(
    test("followup", "in", ["unreached", "refused", "invalid"]), test("status", "eq", "closed")
)
"""Closed orders whose caller was recorded as not reached: where dissatisfaction can hide."""
QUESTIONS = ("contacted", "resolved", "satisfied")
"""What a caller is asked again."""
SIMULATED = 4000
ALPHA = 0.05


def audit_list(
    orders: pd.DataFrame,
    per_unit: int,
    *,
    seed: int,
    population: Condition = UNHEARD,
    units: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Draw ``per_unit`` orders of each unit at random for an audit call.

    ``orders``: canonical orders. ``units``: only these (default all). Returns
    the drawn orders with ``drawn_from`` (how many could have been drawn) and
    ``chance`` (of being drawn), by unit, in calling order. The draw depends on the
    seed and the order ids alone (smallest sha256 of ``seed|source|order_id`` first): publish
    the seed, and anybody can repeat it.
    Raises ``ValueError`` when ``per_unit`` is not positive.
    """
    if per_unit < 1:
        raise ValueError(f"per_unit: {per_unit}")
    inside = mask(population, orders) & orders["unit"].notna().to_numpy(dtype=bool)
    if units:
        inside &= orders["unit"].isin(list(units)).to_numpy(dtype=bool)
    out = orders[inside].copy()
    source = out["source"].astype("str") if "source" in out else ""
    name = str(seed) + "|" + source + "|" + out["order_id"].astype("str")
    place = (
        pd.Series(lots(name, "sha256"), index=out.index)
        .groupby(out["unit"].to_numpy())
        .rank(method="first")
    )
    out["drawn_from"] = out.groupby("unit", observed=True)["unit"].transform("size").astype("int64")
    out["chance"] = np.minimum(1.0, per_unit / out["drawn_from"])
    out = out.assign(place=place)[(place <= per_unit).to_numpy()]
    out = out.sort_values(["unit", "place"], kind="stable")
    return out.drop(columns="place").reset_index(drop=True)


def compare(calls: pd.DataFrame, recorded: pd.DataFrame, question: str) -> pd.DataFrame:
    """What callers booked as not reached say in the audit, against the unit's recorded answers.

    ``calls``: unit, reached, and the question (True, False or missing). ``recorded``:
    unit, yes, n (valid follow-ups of the same time). One row per audited unit: called,
    reached, yes, n (answers), value with ``low``/``high`` (Wilson 95 %), ``recorded``
    with ``recorded_low``/``recorded_high`` and ``recorded_n``, difference (audit less
    recorded) with its interval (Newcombe 1998, Statistics in Medicine 17, 873-890,
    method 10), p (Fisher's exact test, two-sided), q (over the units).

    If the unreached are as content as those who were reached, nothing was hidden behind
    the word; whoever is not reached in the audit either says nothing.
    """
    answer = calls[question].astype("boolean")
    sums = pd.DataFrame(
        {
            "unit": calls["unit"], "called": 1, "reached": calls["reached"].astype("boolean"),
            "yes": answer.fillna(False), "n": answer.notna(),
        }
    )  # fmt: skip
    columns = ["called", "reached", "yes", "n"]
    sums[columns] = sums[columns].fillna(False).astype("int64")
    out = sums.groupby("unit", as_index=False)[columns].sum()
    theirs = recorded.rename(columns={"yes": "recorded_yes", "n": "recorded_n"})
    out = out.merge(theirs[["unit", "recorded_yes", "recorded_n"]], on="unit", how="left")
    out[["recorded_yes", "recorded_n"]] = out[["recorded_yes", "recorded_n"]].fillna(0)
    yes, n, was, of = (
        out[k].to_numpy(dtype=float) for k in ("yes", "n", "recorded_yes", "recorded_n")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        out["value"], out["recorded"] = yes / n, was / of
    out["low"], out["high"] = wilson(yes, n)
    out["recorded_low"], out["recorded_high"] = wilson(was, of)
    out["difference"] = out["value"] - out["recorded"]
    down = np.hypot(out["value"] - out["low"], out["recorded_high"] - out["recorded"])
    up = np.hypot(out["high"] - out["value"], out["recorded"] - out["recorded_low"])
    out["difference_low"], out["difference_high"] = (
        out["difference"] - down,
        out["difference"] + up,
    )
    out["p"] = [
        float(stats.fisher_exact([[a, b - a], [c, d - c]]).pvalue) if b and d else np.nan
        for a, b, c, d in zip(yes, n, was, of, strict=True)
    ]
    out["q"] = false_discovery(out["p"].to_numpy(dtype=float))
    return out


@dataclass(frozen=True)
class Power:
    """The chance to notice a unit that hides dissatisfaction, and to suspect one that does not.

    ``records``: by its unreached rate alone; ``calls``: with the audit calls as
    well, at the same overall ``false_alarms``.
    """

    records: float
    calls: float
    false_alarms: float


def audit_power(
    n: int,
    calls: int,
    *,
    unreached: float,
    dissatisfied: float,
    hidden: float = 0.4,
    spread: float = 0.0,
    alpha: float = ALPHA,
    simulated: int = SIMULATED,
    seed: int = 40,
) -> Power:
    """What ``calls`` audit calls add for a unit with ``n`` follow-ups.

    ``unreached``: usual share not reached; ``dissatisfied``: share of callers
    who are not satisfied; ``hidden``: share of these that the unit books as not
    reached; ``spread``: correlation between two orders of one unit in the
    unreached rate (how far blameless units differ,
    :attr:`metrics.funnel.Funnel.rho`). One-sided tests at ``alpha``; with calls
    each of the two gets half. By simulation, the same every time.
    """
    rng = np.random.default_rng(seed)
    cheat = _suspected(rng, n, calls, unreached, dissatisfied, hidden, spread, alpha, simulated)
    honest = _suspected(rng, n, calls, unreached, dissatisfied, 0.0, spread, alpha, simulated)
    return Power(cheat[0], cheat[1], honest[1])


def calls_needed(n: int, wanted: float, *, most: int = 400, **assumptions: float) -> int | None:
    """The fewest calls (in steps of 5) that reach a power; ``None`` if ``most`` do not.

    ``assumptions``: those of :func:`audit_power`.
    """
    for calls in range(0, most + 1, 5):
        if audit_power(n, calls, **assumptions).calls >= wanted:  # type: ignore[arg-type]
            return calls
    return None


def _suspected(
    rng: np.random.Generator,
    n: int,
    calls: int,
    unreached: float,
    dissatisfied: float,
    hidden: float,
    spread: float,
    alpha: float,
    simulated: int,
) -> tuple[float, float]:
    """Share of simulated units suspected by (records alone, records or calls)."""
    rate = np.full(simulated, unreached)
    if spread > 0:
        strength = 1 / spread - 1
        rate = rng.beta(unreached * strength, (1 - unreached) * strength, simulated)
    unhappy = rng.binomial(n, dissatisfied, simulated)
    away_unhappy = rng.binomial(unhappy, rate)
    away_happy = rng.binomial(n - unhappy, rate)
    booked = away_unhappy + rng.binomial(unhappy - away_unhappy, hidden)
    away = (booked + away_happy).astype(float)
    size = np.full(simulated, float(n))
    by_records = at_least(away, size, unreached, spread)
    reached = np.minimum(calls, away).astype(int)
    bad = rng.hypergeometric(booked, away_happy, reached).astype(float)
    by_calls = np.nan_to_num(at_least(bad, reached.astype(float), dissatisfied), nan=1.0)
    records = float((by_records < alpha).mean())
    if calls == 0:
        return records, records
    return records, float(((by_records < alpha / 2) | (by_calls < alpha / 2)).mean())
