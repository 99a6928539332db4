"""What the next days should bring: the simple expectation that is hard to beat.

The mean of the same weekday over the last four weeks, with negative-binomial
noise learned from how wrong the same rule was before. The bar for every
larger model, and good enough for the overview.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecasting.calendar import days_off, make_up_workdays
from forecasting.counts import Array, dispersion, interval, seen_days
from forecasting.rising import rising

WEEKS = 4
FEWEST_WEEKS = 2
"""Of the last four same weekdays, this many must have data."""
MOST_ORIGINS = 52
FEWEST_ORIGINS = 8


@dataclass(frozen=True)
class Outlook:
    """The total expected over the next seven days.

    ``low``/``high``: range that should hold ``level`` of such weeks; ``error``:
    summed absolute error of the same forecast in past weeks over the summed
    orders; ``coverage``: share of past weeks inside the range given to them at
    the time. ``None`` where fewer than eight earlier weeks could be tried.
    ``special``: public holidays ("code") and make-up workdays ("make_up") in
    the week, which this rule does not know; ``disturbed``: how many such days
    lie in the four weeks it learns from.
    """

    start: date
    end: date  # last day, included
    expected: float
    low: float | None
    high: float | None
    level: float
    error: float | None
    coverage: float | None
    origins: int
    special: tuple[tuple[date, str], ...] = ()
    disturbed: int = 0


def expected_days(
    daily: pd.DataFrame,
    as_of: date,
    *,
    days: int = 7,
    level: float = 0.90,
    covered: Iterable[date] | None = None,
) -> pd.DataFrame:
    """Expected orders of each of the next days (at most 28): day, expected, low, high.

    ``daily``: day and n, any further columns are added up. ``as_of``: the last
    complete day; nothing later is read. A weekday with fewer than two of its
    last four days in the data is missing, not 0. low and high are missing when
    fewer than eight earlier weeks could be tried.
    """
    series = _series(daily, as_of, covered)
    ahead = pd.date_range(pd.Timestamp(as_of) + timedelta(days=1), periods=days, freq="D")
    out = pd.DataFrame({"day": ahead, "expected": np.nan, "low": np.nan, "high": np.nan})
    if len(series) < 7:
        return out
    week = _weekday_means(series.to_numpy())
    out["expected"] = [week[i % 7] for i in range(days)]
    tried = _tried(series.to_numpy())
    if len(tried) >= FEWEST_ORIGINS:
        observed = np.concatenate([t[0] for t in tried])
        made = np.concatenate([t[1] for t in tried])
        phi = dispersion(observed.reshape(-1, 1), made.reshape(-1, 1))[0]
        if np.isfinite(phi):
            expected = out["expected"].to_numpy(dtype=float)
            out["low"], out["high"] = interval(expected, np.full(days, phi), level)
    return out


def next_week(
    daily: pd.DataFrame,
    as_of: date,
    *,
    country: str = "CN",
    level: float = 0.90,
    covered: Iterable[date] | None = None,
) -> Outlook | None:
    """The total of the seven days after ``as_of``, and how good such forecasts were.

    Arguments as in :func:`expected_days`. The range has a dispersion of its own,
    from the totals of past weeks (days are not independent, so daily ranges
    cannot be added up). Each past week is forecast from the days before it
    alone. ``None`` when a weekday has too little data.
    """
    series = _series(daily, as_of, covered)
    if len(series) < 7:
        return None
    total = float(_weekday_means(series.to_numpy()).sum())
    if not np.isfinite(total):
        return None
    tried = _tried(series.to_numpy())
    observed, made = np.array([t[0].sum() for t in tried]), np.array([t[1].sum() for t in tried])
    low = high = error = None
    if len(tried) >= FEWEST_ORIGINS and made.sum() > 0:
        phi = dispersion(observed.reshape(-1, 1), made.reshape(-1, 1))
        ends = interval(np.array([total]), phi, level)
        low, high = float(ends[0][0]), float(ends[1][0])
        error = float(np.abs(observed - made).sum() / observed.sum()) if observed.sum() else None
    start = as_of + timedelta(days=1)
    return Outlook(
        start=start,
        end=as_of + timedelta(days=7),
        expected=total,
        low=low,
        high=high,
        level=level,
        error=error,
        coverage=_coverage(observed, made, level),
        origins=len(tried),
        special=special_days(start, as_of + timedelta(days=7), country),
        disturbed=len(special_days(as_of - timedelta(days=27), as_of, country)),
    )


def special_days(first: date, last: date, country: str) -> tuple[tuple[date, str], ...]:
    """Public holidays (their codes) and make-up workdays (``make_up``) from first to last."""
    off, extra = days_off(country), make_up_workdays(country)
    span = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    named = [(day, "make_up" if day in extra else off.get(day)) for day in span]
    return tuple((day, code) for day, code in named if code)


def _series(daily: pd.DataFrame, as_of: date, covered: Iterable[date] | None) -> pd.Series:
    """Orders of each day up to ``as_of``; NaN where there is no data."""
    index, seen = seen_days(daily, as_of, covered)
    sums = daily.groupby(pd.to_datetime(daily["day"]))["n"].sum()
    return sums.reindex(index, fill_value=0).astype("float64").where(seen)


def _weekday_means(values: Array) -> Array:
    """Means of the same weekday over the last four weeks, for the next seven days."""
    recent = np.full(7 * WEEKS, np.nan)
    got = values[-7 * WEEKS :]
    recent[len(recent) - len(got) :] = got
    table = recent.reshape(WEEKS, 7)
    known = (~np.isnan(table)).sum(axis=0)
    sums = np.nansum(table, axis=0)
    return np.asarray(np.where(known >= FEWEST_WEEKS, sums / np.maximum(known, 1), np.nan))


def _tried(values: Array) -> list[tuple[Array, Array]]:
    """Past weeks, latest first: what came, and what would have been said before it."""
    out: list[tuple[Array, Array]] = []
    for week in range(MOST_ORIGINS):
        end = len(values) - 7 * week
        if end < 7 * (FEWEST_WEEKS + 1):
            break
        made, came = _weekday_means(values[: end - 7]), values[end - 7 : end]
        if not (np.isnan(made).any() or np.isnan(came).any()):
            out.append((came, made))
    return out


def _coverage(observed: Array, made: Array, level: float) -> float | None:
    """Share of past weeks inside the range made from still earlier weeks (latest first)."""
    hits = []
    for i in range(len(observed) - FEWEST_ORIGINS):
        older, past = observed[i + 1 :], made[i + 1 :]
        phi = dispersion(older.reshape(-1, 1), past.reshape(-1, 1))
        if np.isfinite(phi[0]):
            low, high = interval(made[i : i + 1], phi, level)
            hits.append(bool(low[0] <= observed[i] <= high[0]))
    return float(np.mean(hits)) if hits else None


__all__ = ["Outlook", "expected_days", "next_week", "rising", "special_days"]
