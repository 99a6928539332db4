"""A unit's own past: its rates over the last periods, with limits from that past alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics import spc
from metrics.linear import Piece
from metrics.periods import Period
from ui import counted
from ui.context import Context
from ui.fair_data import past_periods
from ui.unit_data import Profile


@dataclass(frozen=True)
class Course:
    """One rate over the periods. Lists are one value a period; ``None`` where there is no data.

    ``rule``: which rule marks the latest point; ``target`` as the scheme has it.
    """

    piece: Piece
    periods: Sequence[Period]
    value: list[float | None]
    n: list[int]
    mean: float
    low: list[float | None]
    high: list[float | None]
    side: list[int]
    variation: spc.Variation
    assurance: spc.Assurance
    rule: str | None
    target: float | None

    @property
    def points(self) -> int:
        """How many periods have data."""
        return sum(v is not None for v in self.value)


def courses(ctx: Context, mine: Profile) -> list[Course]:
    """The course over the scheme's last complete periods of every rate that makes the unit's score; empty without two periods of data."""
    past = past_periods(ctx)
    if len(past) < 2 or not ctx.over(past[0]).whole_days:
        return []
    summed = by_period(ctx, mine.unit, past)
    out = [course(piece, past, summed) for _, piece in mine.pieces]
    return [found for found in out if found.points >= 2]


def by_period(ctx: Context, unit: str, past: Sequence[Period]) -> pd.DataFrame:
    """The unit's counts, one row per period (zeros where it had no order)."""
    whole = Period(past[0].start, past[-1].end, "custom")
    where = replace(ctx.over(whole), units=(unit,))
    daily = counted.of_scheme(ctx.scheme, where, ("day",))
    starts = pd.DatetimeIndex([p.start for p in past])
    place = starts.searchsorted(pd.to_datetime(daily["day"]), side="right") - 1
    summed = daily.drop(columns="day").groupby(place).sum()
    return summed.reindex(range(len(past)), fill_value=0)


def course(piece: Piece, past: Sequence[Period], counts: pd.DataFrame) -> Course:
    """One rate over the periods, its limits from all of them (:mod:`metrics.spc`)."""
    leaf = piece.leaf
    hits = np.zeros(len(counts))
    for k, weight in enumerate(leaf.weights):
        hits += weight * counts[f"{leaf.prefix}.num.{k}"].to_numpy(dtype=float)
    n = counts[f"{leaf.prefix}.den"].to_numpy(dtype=float)
    goal = leaf.rule.target or piece.indicator.target
    target = None if goal is None else goal.value
    if not n.any():
        gone: list[float | None] = [None] * len(n)
        none = [0] * len(n)
        return Course(
            piece, past, gone, none, np.nan, gone, gone, none, "too_few", "too_few", None, target
        )
    found = spc.chart(hits, n)
    last = int(np.flatnonzero(n > 0)[-1])
    marks = {name: found.rules[name][0, last] for name in spc.RULES}
    return Course(
        piece=piece,
        periods=past,
        value=_known(found.value[0]),
        n=[int(x) for x in n],
        mean=float(found.mean[0]),
        low=_known(found.low[0]),
        high=_known(found.high[0]),
        side=[int(s) for s in found.side[0]],
        variation=spc.variation(found, piece.up)[0],
        assurance=spc.assurance(found, target, piece.up)[0],
        rule=next((name for name, mark in marks.items() if mark), None),
        target=target,
    )


def _known(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]
