"""From rolled candidates to the back-test of everything that is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.daily.candidates import BAR
from forecasting.daily.choose import Chosen, first_reported, taken
from forecasting.daily.frame import Counts
from forecasting.daily.rolling import Rolled
from forecasting.daily.scores import Tested, bands, naive_scale, scored
from forecasting.daily.spread import UNTESTED, Spread, learned, quantile
from forecasting.daily.steps import Array, Ints, Steps


@dataclass(frozen=True)
class Backtest:
    """``day`` and ``week``: the clocks' back-tests (one of weekly data has no days)."""

    day: Tested | None
    week: Tested
    scores: pd.DataFrame


def kinds(counts: Counts) -> tuple[Ints, Ints]:
    """Nodes recalibrated together, and nodes whose dispersion is pooled."""
    kind = pd.factorize(counts.nodes["of"])[0].astype(np.intp)
    group = kind + len(counts.pool_names)
    group[: len(counts.pool)] = counts.pool
    return kind, group


def backtested(rolled: Rolled, choice: Chosen, counts: Counts, steps: Steps) -> Backtest:
    """Sum up, learn the noise, score every node at every horizon."""
    first = first_reported(len(rolled.blocks))
    weeks = taken(rolled.weeks, choice.far)
    weeks[:, : steps.near] = taken(rolled.weeks, choice.near)[:, : steps.near]
    clocks: dict[str, Tested] = {
        "week": _tested(weeks, rolled.weeks, rolled.came_weeks, counts, steps, first, 1)
    }
    if steps.season > 1:
        days = taken(rolled.days, choice.near)
        clocks["day"] = _tested(
            days, rolled.days, rolled.came_days, counts, steps, first, steps.season
        )
    frames = []
    for band, (clock, part) in bands(steps).items():
        frame = scored(clocks[clock], part, steps.season if clock == "day" else 1)
        frame.insert(0, "band", band)
        frame.insert(0, "node", np.arange(len(frame)))
        frames.append(frame)
    scores = pd.concat(frames, ignore_index=True)
    return Backtest(clocks.get("day"), clocks["week"], scores)


def _tested(
    made: Array, all_made: Array, came: Array, counts: Counts, steps: Steps, first: int, per: int
) -> Tested:
    kind, group = kinds(counts)
    total, came_total = counts.total(made), counts.total(came)
    spread = learned(total, came_total, kind, group, per, seed=per)
    past = counts.values[: len(counts.values) - (len(made) - first) * steps.season]
    if per == 1 and steps.season > 1:
        past = past[len(past) % 7 :].reshape(-1, 7, past.shape[1])
        known = np.isfinite(past)
        past = np.where(known.all(axis=1), past.sum(axis=1), np.nan)
        season = 1
    else:
        season = steps.season
    scale = naive_scale(counts.total(past), season)
    return Tested(
        total[first:], counts.total(all_made[BAR, first:]), counts.total(all_made[-1, first:]),
        came_total[first:], scale, spread, first,
    )  # fmt: skip


def limits(
    spread: Spread, mean: Array, origin: int, per: int, levels: tuple[float, ...]
) -> dict[str, Array]:
    """low_… and high_… of each level: like ``mean``, entries ahead × nodes."""
    blocks = len(mean) // per
    phi = np.nan_to_num(spread.phi[origin][:blocks], nan=UNTESTED)
    out = {}
    for level in levels:
        for name, tail in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            asked = spread.probability(origin, tail)[:blocks]
            limit = quantile(np.repeat(asked, per, axis=0), mean, np.repeat(phi, per, axis=0))
            out[f"{name}_{round(100 * level)}"] = limit
    return out
