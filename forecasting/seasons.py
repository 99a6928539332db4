"""Problems with a season: what peaked in the coming weeks in past years, how high, how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Array = np.ndarray[Any, np.dtype[np.float64]]

WEEKS = 52
SMOOTH = 3
"""Weeks of a peak: its middle week and those beside it."""
FEWEST, FEWEST_PEAK = 60, 8
"""Orders that a year must have, and a peak's weeks together, to be looked at."""
HIGHER = 1.25
"""A peak whose interval reaches below this height is no season worth preparing for."""
SUPPORT = 2 / 3
"""Share of the past years that must have had their peak in the coming weeks."""
COLUMNS = ("category", "peak_start", "weeks_until", "height", "low", "high", "years", "of_years",
           "last_n", "usual", "past_peaks", "chosen")  # fmt: skip


@dataclass(frozen=True)
class _Year:
    """One past year of a category: smoothed weeks and their mean level."""

    weeks: Array
    usual: float
    peak: int
    number: int


def coming(
    weekly: pd.DataFrame, as_of: date, *, weeks: int = 8, seen: Sequence[date] | None = None
) -> pd.DataFrame:
    """Categories with their season in the next weeks, highest first.

    ``weekly``: week (0: the seven days that end with ``as_of``, 1: those before …), category, n.
    ``seen``: the days delivered; a year with a tenth of its days missing is left out.

    A past year is the 52 weeks that begin on the same day of the year as the weeks to come, and its
    peak the three weeks in a row with most orders. A category is listed when its peak
    lay within the coming weeks in two thirds of the years known. Columns: ``peak_start``
    (first day of the peak's middle week this time), ``weeks_until``, ``height`` (the peak's
    weekly mean over the year's median week), its 95 % interval, ``years`` of ``of_years`` that peaked so,
    ``last_n`` (orders a week in the newest such peak), ``usual`` (median week of that year), ``past_peaks``
    (first days of each year's middle week), ``chosen`` (the height was read off the very weeks that were
    chosen for being highest: with one year alone there is no other way, and it is too high).

    With several years the height is that of the weeks in which the *other* years peaked: chosen
    without looking. Its interval: counts with the variance they show about the year's course
    (quasi-Poisson), and, from three years on, the spread between years if that is wider.
    """
    rows = []
    days = None if seen is None else set(seen)
    for category, part in weekly.groupby("category", observed=True):
        series = part.groupby("week")["n"].sum()
        years = _years(series, as_of, days)
        if years:
            row = _season(years, as_of, weeks)
            if row is not None:
                rows.append({"category": category, **row})
    out = pd.DataFrame(rows, columns=list(COLUMNS))
    return out.sort_values("height", ascending=False, ignore_index=True)


def _years(series: pd.Series[Any], as_of: date, seen: set[date] | None) -> list[_Year]:
    last = int(series.index.max()) if len(series) else -1
    out = []
    for number in range(1, (last + 1) // WEEKS + 1):
        # week number*52-1 begins where the weeks to come begin, `number` years earlier
        ages = np.arange(number * WEEKS - 1, (number - 1) * WEEKS - 1, -1)
        counts = series.reindex(ages).fillna(0).to_numpy(dtype=float)
        if counts.sum() < FEWEST or not _complete(as_of, ages, seen):
            continue
        padded = np.concatenate([counts, np.full(SMOOTH - 1, np.nan)])
        means = np.array([padded[i : i + SMOOTH].mean() for i in range(WEEKS)])[
            : WEEKS - SMOOTH + 1
        ]
        usual = float(np.median(counts))
        if usual <= 0:
            usual = float(counts.mean())
        out.append(_Year(counts, usual, int(np.nanargmax(means)), number))
    return out


def _complete(as_of: date, ages: Any, seen: set[date] | None) -> bool:
    if seen is None:
        return True
    first = as_of - timedelta(days=7 * int(ages[0]) + 6)
    days = [first + timedelta(days=i) for i in range(7 * WEEKS)]
    return sum(day in seen for day in days) >= 0.9 * len(days)


def _season(years: list[_Year], as_of: date, weeks: int) -> dict[str, Any] | None:
    inside = [year for year in years if year.peak + 1 < weeks]
    if not inside or len(inside) < SUPPORT * len(years):
        return None
    heights, noise = [], []
    for year in years:
        others = [other.peak for other in inside if other is not year]
        at = round(float(np.mean(others))) if others else year.peak
        part = year.weeks[at : at + SMOOTH]
        if part.sum() < FEWEST_PEAK:
            continue
        heights.append(float(np.log(part.mean() / year.usual)))
        noise.append(_overdispersion(year.weeks) / part.sum())
    if not heights:
        return None
    middle = float(np.mean(heights))
    error = float(np.sqrt(np.sum(noise))) / len(heights)
    factor = 1.96
    if len(heights) >= 3:
        between = float(np.std(heights, ddof=1)) / np.sqrt(len(heights))
        t = float(stats.t.ppf(0.975, len(heights) - 1))
        if t * between > factor * error:
            error, factor = between, t
    low, high = np.exp([middle - factor * error, middle + factor * error]).tolist()
    if low < HIGHER:
        return None
    centre = round(float(np.mean([year.peak for year in inside]))) + SMOOTH // 2
    start = as_of + timedelta(days=1 + 7 * centre)
    newest = inside[0]
    return {
        "peak_start": start, "weeks_until": centre, "height": float(np.exp(middle)),
        "low": low, "high": high, "years": len(inside), "of_years": len(years),
        "last_n": float(newest.weeks[newest.peak : newest.peak + SMOOTH].mean()), "usual": newest.usual,
        "past_peaks": [
            as_of - timedelta(days=7 * (WEEKS * y.number - y.peak - SMOOTH // 2) - 1) for y in inside
        ],
        "chosen": len(inside) < 2,
    }  # fmt: skip


def _overdispersion(weeks: Array) -> float:
    """Variance over mean of the weeks about their smooth course, at least 1 (first differences)."""
    steps = np.diff(weeks)
    mean = (weeks[1:] + weeks[:-1]) / 2
    good = mean > 0
    return max(1.0, float((steps[good] ** 2 / (2 * mean[good])).mean())) if good.any() else 1.0
