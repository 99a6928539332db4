"""Forecasts of a panel of daily counts: the public face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from forecasting.daily.backtest import Backtest, backtested, limits
from forecasting.daily.candidates import BAR, BLEND, CANDIDATES, PARTS, Ahead, weekday_mean
from forecasting.daily.choose import Chosen, chosen
from forecasting.daily.design import Design
from forecasting.daily.drivers import HEATING, Drivers, drivers
from forecasting.daily.frame import Counts, lay_out
from forecasting.daily.levels import levels
from forecasting.daily.notes import panel_notes, series_notes
from forecasting.daily.parts import split
from forecasting.daily.rolling import members, origins, rolled, served
from forecasting.daily.scores import LEVELS
from forecasting.daily.smoothing import smoothed
from forecasting.daily.spread import UNTESTED, quantile
from forecasting.daily.steps import DAILY, Array, Bools, Ints, Steps
from forecasting.daily.verdict import verdicts

FEWEST_ORIGINS = 8
"""Earlier weeks that must be tried before anything but the simple bar is served."""
AGO = 4
"""Blocks ago whose forecast is shown beside what then happened."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Forecast:
    """What :func:`forecast` returns; ``node`` links the frames.

    ``as_of``: last day used. ``series``: node, of (names of the fixed keys joined by +, ""
    for the city), the keys, model (a code of CANDIDATES; "mixed" for a sum of several),
    model_far (weeks 5-13), notes (tuple of codes), verdict, error, error_bar, gain, typical,
    coverage_80, weeks. ``days``: node, day, ahead, expected, low_50 … high_95, and the parts
    level, trend, weekday, season, holiday, weather, which add up to expected. ``weeks``:
    node, start, end, ahead, expected, low_50 … high_95. ``scores``: node, band, errors.
    ``last_time``: node, day, expected, low_80, high_80, observed of the forecast made four
    weeks before. ``notes``: codes that hold for all, with parameters.
    """

    as_of: date
    series: pd.DataFrame
    days: pd.DataFrame
    weeks: pd.DataFrame
    scores: pd.DataFrame
    last_time: pd.DataFrame
    notes: dict[str, object]


@dataclass(frozen=True)
class _Now:
    """What is served from the end of the panel: bottom series only."""

    days: Array
    weeks: Array
    parts: Array
    near: Ints
    far: Ints
    broken: Bools
    held: Bools


def forecast(
    daily: pd.DataFrame,
    as_of: date,
    *,
    pool: str | None = None,
    country: str | None = "CN",
    covered: Iterable[date] | None = None,
    registered: Sequence[float] = (),
    factors: pd.DataFrame | None = None,
    heating: tuple[tuple[int, int], tuple[int, int]] | None = HEATING,
    steps: Steps = DAILY,
    within: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Forecast | None:
    """Daily counts 28 days and weekly totals 13 weeks after the last complete day.

    ``daily``: day, key columns, n; rows with a missing key are series of their own.
    ``as_of``: the last day; nothing later is read. ``pool``: the key whose series share a
    model, such as the category. ``covered``: days that were delivered (a day without any row
    is otherwise a hole, never a zero). ``registered``: share of the orders of ``as_of``, of
    the day before, … that is registered already (:func:`forecasting.delay.registered`).
    ``factors``: day and one column per daily factor; rows after ``as_of`` are weather
    forecasts. ``within``: a key that lies in another one, such as category in category1: no sums
    of it alone. ``progress`` is told a stage ("prepare", "test", "fit", "write") and its share.

    ``None`` when there is not one whole week. With fewer than twenty weeks everything is
    the four-week weekday mean and says so (note ``few_origins``).
    """
    tell = progress or silent
    tell("prepare", 0.0)
    counts = lay_out(
        daily,
        as_of,
        pool=pool,
        covered=covered,
        registered=registered,
        season=steps.season,
        within=within,
    )
    if counts is None or len(counts.values) < steps.season:
        return None
    dated = drivers(counts.days, steps, country=country, heating=heating, factors=factors)
    return from_counts(counts, dated, as_of, steps=steps, country=country, tell=tell)


def silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""
    del stage, share


def from_counts(
    counts: Counts, dated: Drivers, as_of: date, *, steps: Steps, country: str | None,
    tell: Progress,
) -> Forecast:  # fmt: skip
    """The same from a panel that is already laid out (benchmarks come in here)."""
    # Many small matrices: on a busy machine more threads of BLAS cost twenty times the time.
    with threadpool_limits(1, user_api="blas"):
        return _from_counts(counts, dated, as_of, steps, country, tell)


def _from_counts(
    counts: Counts, dated: Drivers, as_of: date, steps: Steps, country: str | None, tell: Progress
) -> Forecast:
    count = len(origins(len(counts.values) // steps.season, steps))
    if count < FEWEST_ORIGINS:
        now, tested = _plain(counts, steps), None
    else:
        now, tested = modelled(counts, dated, steps, tell)
    tell("write", 0.0)
    notes = panel_notes(counts.days, dated, as_of, count, country)
    return _written(counts, now, tested, steps, notes)


def design_of(counts: Counts, dated: Drivers, steps: Steps) -> Design:
    """Levels and smoothing of a panel; holidays count for neither."""
    ordinary = dated.ordinary[: len(counts.values)]
    usual = np.where(ordinary[:, None], counts.values, np.nan)
    return Design(
        counts.values, levels(counts.values, ordinary, counts.pool, steps),
        smoothed(usual, counts.pool, steps), dated, steps,
    )  # fmt: skip


def modelled(
    counts: Counts, dated: Drivers, steps: Steps, tell: Progress, *, hold: bool = True
) -> tuple[_Now, Backtest]:
    """What is served now, and its back-test, from a panel with enough weeks.

    ``hold=False`` is for comparisons with other methods: see :func:`chosen`.
    """
    design = design_of(counts, dated, steps)
    groups = members(counts.pool)
    tried, fits = rolled(design, groups, lambda share: tell("test", share))
    choice = chosen(tried, counts, steps, hold=hold)
    tested = backtested(tried, choice, counts, steps)
    tell("fit", 0.0)
    said, _ = served(design, groups, fits)
    return _now(design, said, choice, counts, steps), tested


def _now(design: Design, said: Ahead, choice: Chosen, counts: Counts, steps: Steps) -> _Now:
    m = steps.season
    block = len(counts.values) // m
    near, far = (
        np.where(said.broken & ~held, BLEND, row[-1])
        for row, held in ((choice.near, choice.held_back[0]), (choice.far, choice.held_back[1]))
    )
    alive = np.where(np.isfinite(counts.values), counts.values, 0.0).any(axis=0)
    days = np.choose(near, said.made) * alive
    later = np.choose(far, said.made) * alive
    parts = split(design, block, said, near) * alive
    weeks = later.reshape(steps.far, m, -1).sum(axis=1)
    weeks[: steps.near] = days.reshape(steps.far, m, -1).sum(axis=1)[: steps.near]
    ahead = steps.near * m
    return _Now(days[:ahead], weeks, parts[:, :ahead], near, far, said.broken, choice.held_back[0])


def _plain(counts: Counts, steps: Steps) -> _Now:
    """Too little data to try anything: the weekday mean of what there is."""
    m, width = steps.season, counts.values.shape[1]
    days = weekday_mean(counts.values, len(counts.values) // m, steps)
    weeks = days.reshape(steps.far, m, width).sum(axis=1)
    parts = np.zeros((len(PARTS), steps.near * m, width))
    parts[0] = days[: steps.near * m].reshape(steps.near, m, width).mean(axis=1).repeat(m, axis=0)
    parts[PARTS.index("weekday")] = days[: steps.near * m] - parts[0]
    none, bar = np.zeros(width, dtype=bool), np.full(width, BAR, dtype=np.intp)
    return _Now(days[: steps.near * m], weeks, parts, bar, bar, none, none)


def _written(
    counts: Counts, now: _Now, tested: Backtest | None, steps: Steps, notes: dict[str, object]
) -> Forecast:
    m, after = steps.season, counts.days[-1]
    days, weeks = counts.total(now.days), counts.total(now.weeks)
    unit = pd.Timedelta(days=1 if m == 7 else 7)
    stamps = after + unit * np.arange(1, len(days) + 1)
    day_frame = _long(days, None if tested is None else tested.day, m, "day", stamps)
    for name, part in zip(PARTS, counts.total(now.parts), strict=True):
        day_frame[name] = part.T.ravel()
    starts = after + timedelta(days=1) + pd.Timedelta(days=7) * np.arange(len(weeks))
    week_frame = _long(weeks, None if tested is None else tested.week, 1, "start", starts)
    week_frame.insert(2, "end", week_frame["start"] + timedelta(days=6))
    return Forecast(
        counts.end,
        _series(counts, now, tested),
        day_frame,
        week_frame,
        tested.scores if tested is not None else pd.DataFrame(columns=["node", "band"]),
        _last_time(counts, tested, steps),
        notes,
    )


def _long(mean: Array, tested: object, per: int, label: str, stamps: Any) -> pd.DataFrame:
    """One row per node and entry ahead, with its limits."""
    length, nodes = mean.shape
    out = {
        "node": np.repeat(np.arange(nodes), length),
        label: np.tile(np.asarray(stamps), nodes),
        "ahead": np.tile(np.arange(1, length + 1), nodes),
        "expected": mean.T.ravel(),
    }
    spread = getattr(tested, "spread", None)
    if spread is None:
        phi = np.full(mean.shape, UNTESTED)
        ends = {
            f"{name}_{round(100 * level)}": quantile(np.full(mean.shape, tail), mean, phi)
            for level in LEVELS
            for name, tail in (("low", (1 - level) / 2), ("high", (1 + level) / 2))
        }
    else:
        ends = limits(spread, mean, len(spread.phi) - 1, per, LEVELS)
    return pd.DataFrame(out | {name: end.T.ravel() for name, end in ends.items()})


def _series(counts: Counts, now: _Now, tested: Backtest | None) -> pd.DataFrame:
    out = counts.nodes.copy()
    out.insert(0, "node", np.arange(len(out)))
    for name, choice in (("model", now.near), ("model_far", now.far)):
        low, high = (_extreme(counts, choice, way) for way in (np.minimum, np.maximum))
        codes = np.asarray([*CANDIDATES, "mixed"])
        out[name] = codes[np.where(low == high, low, len(CANDIDATES))]
    out["notes"] = series_notes(counts.total(counts.values), len(counts.pool), now.broken, now.held)
    if tested is None:
        return out.assign(verdict="untested")
    return out.merge(verdicts(tested.scores), on="node", how="left")


def _extreme(counts: Counts, choice: Ints, way: np.ufunc) -> Ints:
    """The least or greatest choice among the parts of each node."""
    wholes = counts.wholes
    return np.asarray(way.reduceat(choice[wholes.indices], wholes.indptr[:-1]))


def _last_time(counts: Counts, tested: Backtest | None, steps: Steps) -> pd.DataFrame:
    """The forecast made four weeks ago against what came."""
    clock = None if tested is None else tested.day
    if clock is None or len(clock.made) < AGO:
        columns = ["node", "day", "expected", "low_80", "high_80", "observed"]
        return pd.DataFrame(columns=columns)
    length = AGO * steps.season
    mean, came = clock.made[-AGO, :length], clock.came[-AGO, :length]
    ends = limits(clock.spread, mean, clock.first + len(clock.made) - AGO, steps.season, (0.8,))
    nodes = mean.shape[1]
    return pd.DataFrame(
        {
            "node": np.repeat(np.arange(nodes), length),
            "day": np.tile(np.asarray(counts.days[-length:]), nodes),
            "expected": mean.T.ravel(),
            "low_80": ends["low_80"].T.ravel(),
            "high_80": ends["high_80"].T.ravel(),
            "observed": came.T.ravel(),
        }
    )
