"""One plain judgement per series: how far off a week ahead, and whether it beats last month."""

from __future__ import annotations

import numpy as np
import pandas as pd

FEWEST = 8
"""Judged weeks below which nothing is said."""
GAIN = 0.03
"""Share by which the error must be lower than the simple rule's to be called better."""
SMALL = 5.0
"""Orders a week below which an error in per cent means nothing."""


def verdicts(scores: pd.DataFrame) -> pd.DataFrame:
    """Per node: code, error, error_bar, gain, typical, coverage_80, weeks.

    From the totals one week ahead (``week_1``): ``error`` is summed absolute error over
    summed orders, ``typical`` the mean absolute error in orders, ``gain`` 1 - error / error
    of the four-week weekday mean. Codes: ``untested``; ``small`` (fewer than five orders a
    week: read ``typical``); ``better``; ``as_simple`` (no better than last month's average).
    """
    week = scores[scores["band"] == "week_1"].set_index("node").sort_index()
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 1 - week["mae"] / week["mae_bar"]
    mean = week["observed"] / week["n"]
    code = np.select(
        [week["n"] < FEWEST, ~(mean >= SMALL), gain >= GAIN], ["untested", "small", "better"],
        "as_simple",
    )  # fmt: skip
    return pd.DataFrame(
        {
            "node": week.index,
            "verdict": code,
            "error": week["wape"].to_numpy(),
            "error_bar": week["wape_bar"].to_numpy(),
            "gain": gain.to_numpy(),
            "typical": week["mae"].to_numpy(),
            "coverage_80": week["coverage_80"].to_numpy(),
            "weeks": week["n"].to_numpy(dtype=np.int64),
        }
    )
