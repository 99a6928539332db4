"""Counts over time: cut into days, weeks or months, split, compared. No sentences, no figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from metrics.indicators import Indicator
from metrics.periods import Period, containing, year_before
from metrics.rates import rates

VOLUME = "volume"
MOST = 6
"""How many groups of a split are shown by themselves."""
OTHERS = "\0others"
"""The code of everything else, pooled (no group has such a name)."""
DAYS_TO_WEEKS, WEEKS_TO_MONTHS = 62, 400
SPANS = ("period", "w13", "p12", "all")


@dataclass(frozen=True)
class Span:
    """Whole days, the last one excluded."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.first).days

    @property
    def start(self) -> datetime:
        """Midnight of the first day."""
        return datetime.combine(self.first, time())

    @property
    def stop(self) -> datetime:
        """Midnight after the last day."""
        return datetime.combine(self.end, time())

    @property
    def period(self) -> Period:
        """The span as a period."""
        return Period(self.start, self.stop, "custom")


def span(code: str, period: Period, rule: str, until: datetime, first: date) -> Span:
    """The days to show: all end with the chosen period, and none lies after the data.

    ``period``: the period itself; ``w13``: 13 weeks; ``p12``: the last 12 months
    (as ``rule`` cuts them); ``all``: since the first day of data.
    """
    end = min(period.last_day + timedelta(days=1), _day_after(until))
    begin = period.start.date()
    if end <= begin:  # a period without data yet
        end = period.last_day + timedelta(days=1)
    if code == "w13":
        begin = end - timedelta(days=91)
    elif code == "p12":
        months = containing(rule if rule.startswith("month") else "month", _moment(end, -1))
        begin = _back(months, 11).start.date()
    elif code == "all":
        begin = min(first, begin)
    return Span(begin, end)


def compared(shown: Span, how: str, grain: str) -> Span | None:
    """The days compared with, of the same length: just before, or a year earlier.

    Days and weeks go back 364 days, so that weekdays face weekdays.
    """
    if how == "none":
        return None
    if how == "previous":
        return Span(shown.first - timedelta(days=shown.days), shown.first)
    if grain in ("day", "week"):
        back = timedelta(days=364)
        return Span(shown.first - back, shown.end - back)
    earlier = year_before(shown.period)
    return Span(earlier.start.date(), earlier.end.date())


def default_grain(days: int) -> str:
    """Days up to two months, weeks up to a year, then months."""
    return "day" if days <= DAYS_TO_WEEKS else "week" if days <= WEEKS_TO_MONTHS else "month"


def default_span(period: Period) -> str:
    """The period itself, or 13 weeks where it is too short to be a line."""
    return "period" if period.days >= 14 else "w13"


def cut(shown: Span, grain: str) -> pd.DataFrame:
    """The bins of a span: start, end (first day after), whole (not cut off by the span's ends)."""
    rows = []
    at = shown.start
    while at < shown.stop:
        bin_ = containing(grain, at)
        start, end = max(bin_.start, shown.start), min(bin_.end, shown.stop)
        rows.append((start, end, start == bin_.start and end == bin_.end))
        at = bin_.end
    return pd.DataFrame(rows, columns=["start", "end", "whole"]).astype(
        {"start": "datetime64[us]", "end": "datetime64[us]", "whole": "bool"}
    )


def known_days(coverage: pd.DataFrame) -> pd.DatetimeIndex:
    """The days on which the store has any order at all, from :func:`data.coverage.daily`."""
    if coverage.empty:
        return pd.DatetimeIndex([])
    days = coverage.loc[~coverage["missing"], "day"]
    return pd.DatetimeIndex(pd.to_datetime(days.unique())).sort_values()


def gather(
    daily: pd.DataFrame, bins: pd.DataFrame, known: pd.DatetimeIndex, until: datetime
) -> pd.DataFrame:
    """Counts per bin: the columns of ``bins``, every measure, days, have, partial.

    ``have``: days of the bin with any data in the store. A bin without one is a
    gap; ``partial`` bins are cut off, lack days, or end after ``until`` (the moment
    up to which what is counted is settled).
    """
    measures = [name for name in daily if name != "day"]
    starts = bins["start"].to_numpy()
    place = np.searchsorted(starts, pd.to_datetime(daily["day"]).to_numpy(), side="right") - 1
    summed = daily[measures].groupby(place).sum().reindex(range(len(bins)), fill_value=0)
    out = bins.copy()
    out["days"] = (out["end"] - out["start"]).dt.days
    left = np.searchsorted(known.to_numpy(), out["start"].to_numpy(), side="left")
    right = np.searchsorted(known.to_numpy(), out["end"].to_numpy(), side="left")
    out["have"] = right - left
    running = out["end"] > pd.Timestamp(until)
    out["partial"] = ~out["whole"] | (out["have"] < out["days"]) | running
    return pd.concat([out, summed.astype("int64")], axis=1)


def valued(
    gathered: pd.DataFrame, indicator: Indicator | None, *, recorded: bool = True
) -> pd.DataFrame:
    """Each bin's value, n, low, high: orders received, or the indicator's rate.

    A bin in which the store has no day is no data, whatever is asked.
    """
    out = gathered[["start", "end", "days", "have", "partial"]].copy()
    if indicator is None:
        out["value"], out["n"] = gathered["all"].astype(float), gathered["all"]
        out["low"] = out["high"] = np.nan
    else:
        found = rates(indicator, gathered, recorded=recorded)
        for name in ("value", "low", "high", "n", "missing"):
            out[name] = found[name]
    gap = out["have"] == 0
    out.loc[gap, ["value", "low", "high"]] = np.nan
    return out


def split(daily: pd.DataFrame, by: str, most: int = MOST) -> dict[str, pd.DataFrame]:
    """The daily counts of the largest groups and of all others pooled, largest first.

    Orders without a value in ``by`` belong to the others. With one group more
    than ``most`` nothing is pooled.
    """
    sizes = daily.dropna(subset=[by]).groupby(by)["all"].sum().sort_values(ascending=False)
    nameless = bool(daily[by].isna().any())
    shown = list(sizes.index[: most if len(sizes) + nameless > most + 1 else len(sizes)])
    measures = [name for name in daily if name not in ("day", by)]
    out = {str(code): daily.loc[daily[by] == code, ["day", *measures]] for code in shown}
    rest = daily[~daily[by].isin(shown)]
    if len(rest):
        out[OTHERS] = rest.groupby("day", as_index=False)[measures].sum()
    return out


def same_groups(daily: pd.DataFrame, by: str, codes: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Daily counts of an earlier span for the groups of a later one (others: all the rest)."""
    measures = [name for name in daily if name not in ("day", by)]
    named = [code for code in codes if code != OTHERS]
    out = {code: daily.loc[daily[by] == code, ["day", *measures]] for code in named}
    if OTHERS in codes:
        rest = daily[~daily[by].isin(named)]
        out[OTHERS] = rest.groupby("day", as_index=False)[measures].sum()
    return out


def holidays(shown: Span, days_off: dict[date, str]) -> list[tuple[date, date, str]]:
    """Runs of days off with the same name inside a span: first day, day after the last, code."""
    out: list[tuple[date, date, str]] = []
    day = shown.first
    while day < shown.end:
        code = days_off.get(day)
        if code is not None:
            if out and out[-1][1] == day and out[-1][2] == code:
                out[-1] = (out[-1][0], day + timedelta(days=1), code)
            else:
                out.append((day, day + timedelta(days=1), code))
        day += timedelta(days=1)
    return out


def _day_after(moment: datetime) -> date:
    """The first day that begins at or after a moment."""
    return moment.date() + timedelta(days=int(moment.time() > time()))


def _moment(day: date, shift: int) -> datetime:
    return datetime.combine(day + timedelta(days=shift), time())


def _back(period: Period, steps: int) -> Period:
    for _ in range(steps):
        period = containing(period.kind, period.start - timedelta(microseconds=1))
    return period
