"""The rolling-origin back-test: every week of the past year is forecast from what lay before it.

Tashman (2000, International Journal of Forecasting 16, 437-450). The regressions are refitted
every quarter, on rows before that moment; levels, smoothing and calendars are look-ups that
have seen nothing later; weather ahead is climatology.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.daily.candidates import CANDIDATES, Ahead, ahead, seasonal_naive
from forecasting.daily.design import Design
from forecasting.daily.pooled import Fitted, fit
from forecasting.daily.steps import SHORTEST, Array, Ints, Steps

ROWS_TESTED = 8_000
"""Rows of each regression of the back-test, and of the one that is served."""
ROWS_SERVED = 40_000
FEWEST_KNOWN = 0.7
"""Share of a week's days that must be known to judge its total."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Rolled:
    """What each candidate said at each origin, and what came (NaN where unknown).

    ``blocks``: origins, oldest first. ``days``: candidates × origins × days × series,
    ``weeks``: candidates × origins × blocks × series, both with the seasonal naive appended
    as last candidate; totals of weeks with holes are over the known days on both sides.
    """

    blocks: Ints
    days: Array
    weeks: Array
    came_days: Array
    came_weeks: Array


def origins(blocks: int, steps: Steps) -> Ints:
    """The origins that can be tried: at most ``Steps.origins``, each with enough before it."""
    first = SHORTEST + steps.base
    return np.arange(max(first, blocks - steps.origins), blocks, dtype=np.intp)


def members(pool: Ints) -> tuple[Ints, ...]:
    """The series of each pool."""
    return tuple(np.flatnonzero(pool == i) for i in range(int(pool.max()) + 1))


def rolled(
    design: Design, groups: tuple[Ints, ...], progress: Progress | None = None
) -> tuple[Rolled, tuple[Fitted, ...] | None]:
    """All candidates at all origins, and the last regressions (to begin the next fit from)."""
    steps, m = design.steps, design.steps.season
    values = design.values
    blocks, width = len(values) // m, values.shape[1]
    tried = origins(blocks, steps)
    most = np.maximum.accumulate(np.where(np.isfinite(values), values, 0.0), axis=0)
    near, count = steps.near * m, len(CANDIDATES) + 1
    out = Rolled(
        tried,
        np.zeros((count, len(tried), near, width), dtype=np.float32),
        np.zeros((count, len(tried), steps.far, width), dtype=np.float32),
        np.full((len(tried), near, width), np.nan, dtype=np.float32),
        np.full((len(tried), steps.far, width), np.nan, dtype=np.float32),
    )
    fits: tuple[Fitted, ...] | None = None
    for j, block in enumerate(tried.tolist()):
        if j % steps.refit == 0:
            fits = refitted(design, groups, block, ROWS_TESTED, fits)
        assert fits is not None
        said = ahead(design, fits, groups, block, most[block * m - 1])
        came = _came(values, block * m, design.horizon)
        known = np.isfinite(came).reshape(steps.far, m, width)
        enough = known.mean(axis=1) >= FEWEST_KNOWN
        for i, made in enumerate((*said.made, seasonal_naive(values, block, steps))):
            out.days[i, j] = made[:near]
            whole = known | ~enough[:, None]
            out.weeks[i, j] = (made.reshape(steps.far, m, width) * whole).sum(axis=1)
        out.came_days[j] = came[:near]
        total = np.where(known, came.reshape(steps.far, m, width), 0.0).sum(axis=1)
        out.came_weeks[j] = np.where(enough, total, np.nan)
        if progress is not None:
            progress((j + 1) / len(tried))
    return out, fits


def served(
    design: Design, groups: tuple[Ints, ...], fits: tuple[Fitted, ...] | None
) -> tuple[Ahead, tuple[Fitted, ...]]:
    """All candidates from the end of the panel, with regressions on more rows."""
    m, values = design.steps.season, design.values
    block = len(values) // m
    most = np.where(np.isfinite(values), values, 0.0).max(axis=0)
    fresh = refitted(design, groups, block, ROWS_SERVED, fits)
    return ahead(design, fresh, groups, block, most, known_weather=True), fresh


def refitted(
    design: Design, groups: tuple[Ints, ...], block: int, rows: int,
    fits: tuple[Fitted, ...] | None,
) -> tuple[Fitted, ...]:  # fmt: skip
    """The regressions of all pools on what lies before ``block``."""
    starts: tuple[Fitted | None, ...] = fits if fits is not None else (None,) * len(groups)
    return tuple(
        fit(design, group, block, rows, start) for group, start in zip(groups, starts, strict=True)
    )


def _came(values: Array, first: int, horizon: int) -> Array:
    """What came from row ``first`` on, NaN after the end."""
    out = np.full((horizon, values.shape[1]), np.nan)
    got = values[first : first + horizon]
    out[: len(got)] = got
    return out
