"""Was the risk of earlier weeks right? Every week judged by what lay before it.

PAI = (n/N)/(a/A): share of orders caught over share of the area (Chainey, Tompson & Uhlig 2008,
Security Journal 21, 4-28). PEI* = PAI over the best PAI that area could have had (Hunt 2016).
Shares of the area are fixed in advance. The area is the cells that had brought an order before
the week in question: what nobody could know is in no denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.places.risk import (
    RECIPES,
    SHARES,
    Levels,
    Recipe,
    choose,
    hits,
    known_before,
    size,
)
from forecasting.places.weeks import YEAR, Array, Weeks, recent

BARS = {"last_28_days": 4, "last_365_days": YEAR}
"""The two simple rules, and the weeks each looks back (364 days for a year of whole weeks)."""
OWN = "risk"
CHOSEN_ON = 52
"""At most so many weeks, before those that are reported, choose the recipe."""
FEWEST_CHOSEN = 8
WARM_UP = 13
"""Weeks of history before a week is judged at all."""
FEWEST_JUDGED = 10


@dataclass(frozen=True)
class Trial:
    """``weeks``: one row per week, method and share: hits, best, total, cells, taken;
    ``recipe``: what was chosen on the weeks before the first one reported."""

    weeks: pd.DataFrame
    recipe: Recipe
    chosen_on: int


def back_test(
    weeks: Weeks,
    levels: Levels | None = None,
    *,
    report: int = 52,
    recipes: Sequence[Recipe] = RECIPES,
    shares: Sequence[float] = SHARES,
) -> Trial:
    """The last ``report`` whole weeks, each against what was expected before it.

    A shorter history reports fewer: the first part of the weeks that can be judged is kept for
    choosing the recipe. Nothing of a week or later enters its own expectation; the recipe is chosen
    on weeks before all of those reported.
    """
    judged = [t for t in range(WARM_UP, len(weeks)) if weeks.whole[t]]
    kept = min(report, max(len(judged) - FEWEST_CHOSEN, 0), max(2 * len(judged) // 3, 0))
    reported = judged[len(judged) - kept :] if kept else []
    tried = judged[: len(judged) - kept][-CHOSEN_ON:]
    levels = levels or Levels(weeks)
    recipe = choose(weeks, levels, tried, recipes)
    scores = {OWN: levels.of(recipe)}
    scores |= {name: recent(weeks, length) for name, length in BARS.items()}
    known = known_before(weeks)
    rows = [
        row
        for t in reported
        for share in shares
        for row in _rows(
            t, share, {n: score[t] for n, score in scores.items()}, weeks.n[t], known[t]
        )
    ]
    columns = ["week", "method", "share", "hits", "best", "total", "cells", "taken"]
    return Trial(pd.DataFrame(rows, columns=columns), recipe, len(tried))


def _rows(
    week: int, share: float, scores: dict[str, Array], came: Array, known: Array
) -> list[tuple[int, str, float, float, float, float, int, int]]:
    cells, best, total = int(known.sum()), hits(came, came, known, share), float(came.sum())
    return [
        (week, name, share, hits(score, came, known, share), best, total, cells, size(cells, share))
        for name, score in scores.items()
    ]


def judge(trial: pd.DataFrame) -> pd.DataFrame:
    """One row per share and method, over all weeks together.

    share, method, weeks, total (orders), hits, rate (hits/total) with rate_se, pai, pai_low,
    pai_high, pei; for the simple rules gain (the risk's hits over theirs, less 1) with gain_low,
    gain_high and verdict: "better", "as_good", "worse", or "untested" (fewer than ten weeks).
    Standard errors by the jackknife over weeks, the same weeks left out on both sides (Efron &
    Tibshirani 1993, ch. 11); intervals are 95 %.
    """
    out = []
    for share, rows in trial.groupby("share"):
        own = rows[rows["method"] == OWN].sort_values("week")
        for method, found in rows.groupby("method", sort=False):
            mine = found.sort_values("week")
            total = mine["total"].to_numpy()
            area = float(
                (mine["taken"] * mine["total"]).sum() / (mine["cells"] * mine["total"]).sum()
            )
            rate, rate_se = _ratio(mine["hits"].to_numpy(), total)
            row = {
                "share": share, "method": method, "weeks": len(mine), "total": total.sum(),
                "hits": mine["hits"].sum(), "rate": rate, "rate_se": rate_se,
                "pai": rate / area, "pai_low": (rate - 1.96 * rate_se) / area,
                "pai_high": (rate + 1.96 * rate_se) / area,
                "pei": mine["hits"].sum() / mine["best"].sum() if mine["best"].sum() else np.nan,
            }  # fmt: skip
            if method != OWN:
                row |= _compared(own["hits"].to_numpy(), mine["hits"].to_numpy())
            out.append(row)
    return pd.DataFrame(out)


def _ratio(top: Array, bottom: Array) -> tuple[float, float]:
    """Sum over sum, and its jackknife standard error, one week left out at a time."""
    if not bottom.sum():
        return float("nan"), float("nan")
    value, count = top.sum() / bottom.sum(), len(top)
    rest = bottom.sum() - bottom
    if count < 2 or not rest.all():  # one week has all there is: nothing is known of the error
        return float(value), float("nan")
    left = (top.sum() - top) / rest
    error = np.sqrt((count - 1) / count * ((left - left.mean()) ** 2).sum())
    return float(value), float(error)


def _compared(own: Array, bar: Array) -> dict[str, object]:
    ratio, error = _ratio(own, bar)
    low, high = ratio - 1 - 1.96 * error, ratio - 1 + 1.96 * error
    verdict = "as_good"
    if len(own) < FEWEST_JUDGED or not np.isfinite(error):
        verdict = "untested"
    elif low > 0:
        verdict = "better"
    elif high < 0:
        verdict = "worse"
    return {
        "gain": ratio - 1, "gain_se": error, "gain_low": low, "gain_high": high,
        "verdict": verdict,
    }  # fmt: skip
