"""What must be said beside a forecast: codes and numbers, no sentences."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecasting.calendar import known_until
from forecasting.daily.drivers import HOLIDAYS, Drivers
from forecasting.daily.steps import Array, Bools

SPARSE = 0.1
"""Orders a day below which single days say nothing."""
YOUNG = 56
"""Days since the first order below which a series is short."""
RECENT = 91


def series_notes(values: Array, width: int, broken: Bools, held: Bools) -> list[tuple[str, ...]]:
    """Codes of each node: all_zero, short, sparse, missing_days, level_break, held_back.

    ``values``: days × nodes; ``broken`` and ``held`` are of the first ``width``, the bottom
    series (a sum is made of its parts).
    """
    filled = np.where(np.isfinite(values), values, 0.0)
    some = filled > 0
    zero = np.atleast_1d(~some.any(axis=0))
    age = len(values) - np.where(zero, 0, some.argmax(axis=0))
    recent = values[-2 * RECENT :]
    rate = filled[-2 * RECENT :].sum(axis=0) / np.maximum(np.isfinite(recent).sum(axis=0), 1)
    holes = np.atleast_1d(np.isnan(values[-RECENT:]).any(axis=0))
    out = []
    for i in range(values.shape[1]):
        codes = []
        if zero[i]:
            codes.append("all_zero")
        else:
            codes += ["short"] if age[i] < YOUNG else []
            codes += ["sparse"] if rate[i] < SPARSE else []
        codes += ["missing_days"] if holes[i] else []
        if i < width and not zero[i]:
            codes += ["level_break"] if broken[i] and not held[i] else []
            codes += ["held_back"] if held[i] else []
        out.append(tuple(codes))
    return out


def panel_notes(
    days: pd.DatetimeIndex, drivers: Drivers, as_of: date, tested: int, country: str | None
) -> dict[str, object]:
    """Codes that hold for the whole panel, with their parameters."""
    out: dict[str, object] = {}
    last = days[-1].date()
    if last < as_of:
        out["days_left_out"] = (as_of - last).days
    if tested < 20:
        out["few_origins"] = tested
    ahead = drivers.holiday[len(days) :]
    unseen = (ahead.sum(axis=0) > 0) & (drivers.holiday[: len(days)].sum(axis=0) == 0)
    names = [name for name, is_new in zip(HOLIDAYS, unseen, strict=False) if is_new]
    if names:
        out["holiday_unseen"] = names
    if country is not None and drivers.days[-1].date() > known_until(country):
        out["holidays_known_until"] = known_until(country)
    return out
