"""What every series of a panel meets on a day: holidays, the year, heating, weather.

Columns are effects of the day itself; the year, the heating season and the weather are
taken against their mean over the base weeks, because the level already holds those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from forecasting.calendar import FIRST_DAY, LAST_DAY, days_off, make_up_workdays
from forecasting.daily.steps import Array, Bools, Steps

LONG = 5
"""Days off in a row that make a long holiday."""
AROUND = 7
"""Days before and after the Spring Festival with an effect of their own."""
HOLIDAYS = (
    "spring_festival", "before_spring_festival", "after_spring_festival",
    "long_holiday", "short_holiday", "weekday_off", "eve", "first_days_back", "make_up",
)  # fmt: skip
HEATING = ((11, 15), (3, 15))
"""First and last day of the heating season of northern China, month and day."""
FEWEST_KNOWN = 60
"""Days on which a factor must be known to be used."""
CLIMATE_DAYS = 15
"""Days either side whose mean over past years is the climatology of a day."""


@dataclass(frozen=True)
class Drivers:
    """Per day, horizon included: ``holiday`` days × HOLIDAYS, ``ordinary`` (no holiday, no
    make-up workday), ``season`` days × (two waves, heating), ``weather`` days × (the day and
    the mean of the three days before it, for each factor): known or forecast where the table
    of factors has the day, else climatology of the panel's days."""

    days: pd.DatetimeIndex
    holiday: Array
    ordinary: Bools
    season: Array
    weather: Array
    raw: Array
    made: dict[int, Array] = field(default_factory=dict)

    def climate(self, known: int) -> Array:
        """Weather columns with climatology from row ``known`` on, made of earlier rows alone."""
        if known not in self.made:
            self.made[known] = _lagged(_filled(self.days, self.raw, known, blind=True))
        return self.made[known]


def drivers(
    days: pd.DatetimeIndex,
    steps: Steps,
    *,
    country: str | None = "CN",
    heating: tuple[tuple[int, int], tuple[int, int]] | None = HEATING,
    factors: pd.DataFrame | None = None,
) -> Drivers:
    """Everything about the days of the panel and the horizon after it.

    ``country``: ``None`` for no holidays. ``factors``: day and one column per factor; rows
    after the panel's last day are weather forecasts, days without a row get climatology.
    """
    whole = pd.date_range(days[0], periods=len(days) + 7 * steps.far, freq="D")
    if steps.season != 7:
        none = np.zeros((len(whole), 0))
        return Drivers(whole, none, np.ones(len(whole), dtype=bool), none, none, none)
    holiday = holidays_of(whole, country)
    off = holiday[:, [0, 3, 4, 8]].sum(axis=1) > 0
    raw = _raw(whole, len(days), factors)
    season = _season(whole, heating if country == "CN" else None)
    weather = _lagged(_filled(whole, raw, len(days), blind=False))
    return Drivers(whole, holiday, ~off, season, weather, raw)


def holidays_of(whole: pd.DatetimeIndex, country: str | None) -> Array:
    """Zero-one columns HOLIDAYS for each day."""
    first, last = whole[0].date(), whole[-1].date()
    table = np.zeros((len(whole), len(HOLIDAYS)))
    if country is None:
        return table
    column = {name: table[:, i] for i, name in enumerate(HOLIDAYS)}

    def mark(name: str, day: date) -> None:
        if first <= day <= last:
            column[name][(day - first).days] = 1.0

    near = (max(first - timedelta(40), FIRST_DAY), min(last + timedelta(40), LAST_DAY))
    for start, end, spring in _stretches(country, *near):
        length = (end - start).days + 1
        name = (
            "spring_festival" if spring else "long_holiday" if length >= LONG else "short_holiday"
        )
        for i in range(length):
            day = start + timedelta(i)
            mark(name, day)
            if day.weekday() < 5:
                mark("weekday_off", day)
        mark("eve", start - timedelta(1))
        for i in range(1, 3 if length >= LONG else 2):
            mark("first_days_back", end + timedelta(i))
        for i in range(1, AROUND + 1) if spring else ():
            mark("before_spring_festival", start - timedelta(i))
            mark("after_spring_festival", end + timedelta(i))
    for day in make_up_workdays(country):
        mark("make_up", day)
    return table


def _stretches(country: str, first: date, last: date) -> list[tuple[date, date, bool]]:
    """Days off in a row: first, last, whether the Spring Festival is among them."""
    out: list[tuple[date, date, bool]] = []
    named = days_off(country)
    for day in sorted(d for d in named if first <= d <= last):
        spring = named[day] == "spring_festival"
        if out and out[-1][1] == day - timedelta(1):
            out[-1] = (out[-1][0], day, out[-1][2] or spring)
        else:
            out.append((day, day, spring))
    return out


def _season(
    whole: pd.DatetimeIndex, heating: tuple[tuple[int, int], tuple[int, int]] | None
) -> Array:
    """One annual wave (sine and cosine) and the share of heating."""
    angle = 2 * np.pi * np.asarray(whole.day_of_year, dtype=float) / 365.25
    waves = [np.sin(angle), np.cos(angle)]
    if heating is not None:
        start, end = heating
        now = np.asarray(whole.month * 100 + whole.day)
        begins, ends = start[0] * 100 + start[1], end[0] * 100 + end[1]
        inside = (
            (now >= begins) & (now <= ends) if begins <= ends else (now >= begins) | (now <= ends)
        )
        waves.append(inside.astype(float))
    return np.column_stack(waves)


def _raw(whole: pd.DatetimeIndex, known: int, factors: pd.DataFrame | None) -> Array:
    """Usable factors by day, NaN where there is no row; scaled by their spread in the panel."""
    if factors is None:
        return np.zeros((len(whole), 0))
    given = factors.assign(day=pd.to_datetime(factors["day"])).set_index("day").sort_index()
    given = given[~given.index.duplicated(keep="last")].astype(float)
    values = given.reindex(whole).to_numpy(dtype=float)
    usable = np.isfinite(values[:known]).sum(axis=0) >= FEWEST_KNOWN
    values = values[:, usable]
    spread = np.nanstd(values[:known], axis=0)
    return np.asarray(values[:, spread > 0] / spread[spread > 0])


def _filled(whole: pd.DatetimeIndex, raw: Array, known: int, *, blind: bool) -> Array:
    """Holes filled with climatology of the first ``known`` rows; ``blind``: later rows too."""
    out = raw.copy()
    if blind:
        out[known:] = np.nan
    for i in range(out.shape[1]):
        gone = ~np.isfinite(out[:, i])
        out[gone, i] = climatology(whole, raw[:known, i])[gone]
    return out


def _lagged(values: Array) -> Array:
    """Each factor on the day, and its mean over the three days before."""
    before = np.zeros_like(values)
    for lag in (1, 2, 3):
        before[lag:] += values[:-lag] / 3
        before[:lag] += values[:1] / 3
    return np.column_stack([values, before])


def climatology(whole: pd.DatetimeIndex, past: Array) -> Array:
    """Mean of the same days of the year, fifteen days either side, over the past alone."""
    place = np.asarray(whole.day_of_year, dtype=np.intp) - 1
    got = np.isfinite(past)
    sums = np.bincount(place[: len(past)][got], weights=past[got], minlength=366)
    seen = np.bincount(place[: len(past)][got], minlength=366)
    width = 2 * CLIMATE_DAYS + 1

    def around(row: Any) -> Array:
        padded = np.concatenate([row[-CLIMATE_DAYS:], row, row[:CLIMATE_DAYS]])
        return np.asarray(np.convolve(padded, np.ones(width), mode="valid"), dtype=float)

    total, count = around(sums), around(seen)
    overall = float(past[got].mean()) if got.any() else 0.0
    mean = np.where(count > 0, total / np.maximum(count, 1), overall)
    return np.asarray(mean[place])
