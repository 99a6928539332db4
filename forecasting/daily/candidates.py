"""What may be served: two simple bars, smoothing, the pooled regression, their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.daily.breaks import jumped
from forecasting.daily.design import FADING, Design
from forecasting.daily.pooled import Fitted
from forecasting.daily.steps import Array, Bools, Ints, Steps

CANDIDATES = ("weekday_mean", "smoothing", "regression", "blend")
"""The four-week mean of the same weekday, ETS(A,N,A), the pooled regression, the mean of the
last two. Index 0 is the bar that the others must beat."""
BAR = 0
REGRESSION = 2
BLEND = 3
WEEKS = 4
FEWEST_WEEKS = 2
MOST_LOG = 3.5
PARTS = ("level", "trend", "weekday", "season", "holiday", "weather")


@dataclass(frozen=True)
class Ahead:
    """All candidates from one origin: each days ahead × series. ``broken``: the level has
    jumped, and all but the bar say the level since then."""

    made: tuple[Array, Array, Array, Array]
    logs: dict[str, Array]
    factor: Array
    broken: Bools


def weekday_mean(values: Array, block: int, steps: Steps) -> Array:
    """Mean of the same weekday over the last four weeks: days ahead × series.

    Where fewer than two of them are known, the mean of all days of those weeks; where none
    is, of everything before. The same rule as ``forecasting.expected``.
    """
    m = steps.season
    recent = values[max(block - WEEKS, 0) * m : block * m].reshape(-1, m, values.shape[1])
    known = np.isfinite(recent)
    filled = np.where(known, recent, 0.0)
    seen, came = known.sum(axis=0), filled.sum(axis=0)
    whole = came.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    lost = seen.sum(axis=0) == 0
    if lost.any():
        past = values[: block * m, lost]
        n = np.isfinite(past).sum(axis=0)
        whole[lost] = np.where(np.isfinite(past), past, 0.0).sum(axis=0) / np.maximum(n, 1)
    mean = np.where(seen >= min(FEWEST_WEEKS, len(recent)), came / np.maximum(seen, 1), whole)
    return np.tile(mean, (steps.far, 1))


def seasonal_naive(values: Array, block: int, steps: Steps) -> Array:
    """The last known value of the same weekday: days ahead × series."""
    m = steps.season
    past = values[: block * m].reshape(block, m, values.shape[1])
    out = np.zeros(past.shape[1:])
    open_ = np.ones(out.shape, dtype=bool)
    for row in past[::-1]:
        take = open_ & np.isfinite(row)
        out[take] = row[take]
        open_ &= ~take
        if not open_.any():
            break
    return np.tile(out, (steps.far, 1))


def ahead(
    design: Design, fits: tuple[Fitted, ...], groups: tuple[Ints, ...], block: int, most: Array,
    *, known_weather: bool = False,
) -> Ahead:  # fmt: skip
    """All candidates from the end of ``block``. ``most``: largest value of each series so far.

    ``fits`` and ``groups``: the regression of each pool and its members.
    """
    steps, m = design.steps, design.steps.season
    days = np.arange(design.horizon)
    profile = np.tile(design.levels.profile[block], (steps.far, 1))
    base = design.levels.base[block]
    broken, since = jumped(design.levels, block)
    logs, factor = _logs(design, fits, groups, block, known_weather)
    cap = 3 * most + 3
    regression = base * profile * np.exp(_clipped(sum(logs.values())))
    level, season = design.smoothed.level[block], design.smoothed.season[block]
    smooth = np.maximum(level + season[days % m], 0.0) * factor
    regression, smooth = (np.minimum(made, cap) for made in (regression, smooth))
    regression, smooth = (np.where(broken, since * profile, made) for made in (regression, smooth))
    bar = weekday_mean(design.values, block, steps)
    return Ahead((bar, smooth, regression, (smooth + regression) / 2), logs, factor, broken)


def _clipped(log: Any) -> Array:
    return np.asarray(np.clip(log, -MOST_LOG, MOST_LOG))


def _logs(
    design: Design, fits: tuple[Fitted, ...], groups: tuple[Ints, ...], block: int, known: bool
) -> tuple[dict[str, Array], Array]:
    """The regression's parts on the log scale, and the factor of holidays for smoothing."""
    days = np.arange(design.horizon)
    near = design.nearness(days)[:, None]
    weekday = design.weekday(days)
    holiday = design.drivers.holiday[block * design.steps.season + days]
    season, weather = design.season(block), design.weather(block, known=known)
    own, year = design.own[block], design.last_year(block)[days // design.steps.season]
    shape = (design.horizon, design.values.shape[1])
    out = {name: np.zeros(shape) for name in PARTS[1:]}
    slices = design.groups
    for one, members in zip(fits, groups, strict=True):
        b = {name: one.coefficients[part] for name, part in slices.items()}
        width = own.shape[1]
        flat, steep = (
            own[members] @ b["trend"][2 : 2 + width],
            own[members][:, FADING] @ b["trend"][2 + width :],
        )
        out["trend"][:, members] = b["trend"][0] + b["trend"][1] * near + flat + near * steep
        out["weekday"][:, members] = (weekday @ b["weekday"])[:, None]
        out["holiday"][:, members] = (holiday @ b["holiday"])[:, None]
        waves = season.shape[1]
        slope = b["season"][waves] + b["season"][waves + 1] * near
        out["season"][:, members] = (season @ b["season"][:waves])[:, None] + slope * year[
            :, members
        ]
        out["weather"][:, members] = (weather @ b["weather"])[:, None]
    return out, np.exp(_clipped(out["holiday"]))
