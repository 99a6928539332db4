"""Control charts of rates over time, with the icons of NHS England's "Making Data Count".

p-chart: limits at three standard deviations of a proportion around the mean of
the baseline, narrower for larger n (Shewhart; Montgomery, Introduction to
Statistical Quality Control, chapter 7). With large n real months differ by more
than that; Laney's p' chart (2002, Quality Engineering 14, 531-537) widens the
limits by the spread of the z-scores, estimated from their moving range.

Special cause (rules and icons as in the R package NHSRplotthedots): a point
outside the limits; seven in a row on one side of the mean; seven in a row
rising or falling; two of three in the outer third on one side. The variation
icon tells of the latest point, the assurance icon whether the limits leave room
for missing (or meeting) the target. One month against the month before says
nothing: that is what these are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.linear import Piece

Array = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Variation = Literal["common", "improving", "concerning", "neither", "too_few"]
Assurance = Literal["passes", "hits_or_misses", "fails", "no_target", "too_few"]
RULES = ("outside", "shift", "trend", "two_of_three")
RUN = 7
FEWEST = 12
"""With fewer points limits are too unsure for an icon (NHS England asks for 15, at least 12)."""
SIGMAS = 3.0


@dataclass(frozen=True)
class Charts:
    """Charts of many series over the same periods: series down, periods across.

    ``mean`` per series; ``low``/``high`` limits per point; ``rules`` by name: the
    points each rule marks (+1 high side, -1 low side); ``value`` NaN without data.
    """

    value: Array
    n: Array
    mean: Array
    low: Array
    high: Array
    sigma: Array
    rules: dict[str, Array]

    @property
    def side(self) -> Array:
        """+1, -1 or 0 per point: special cause on the high side, the low side, or none."""
        marks = np.stack([self.rules[name] for name in RULES])
        strongest = np.abs(marks).argmax(axis=0)  # the first rule that holds
        return np.asarray(np.take_along_axis(marks, strongest[None], axis=0)[0])

    @property
    def points(self) -> Array:
        """How many points each series has."""
        return np.asarray((~np.isnan(self.value)).sum(axis=1))


def chart(hits: Array, n: Array, *, baseline: int | None = None, laney: bool = True) -> Charts:
    """p-charts (Laney's p' where the points scatter more than chance) of many series.

    ``hits``, ``n``: series × periods, oldest first; n = 0 is no data, and is
    stepped over by the run rules. ``baseline``: how many of the first periods
    the mean and the spread come from (default all).
    """
    hits, n = np.atleast_2d(np.asarray(hits, float)), np.atleast_2d(np.asarray(n, float))
    known = n > 0
    base = known.copy()
    if baseline is not None:
        base[:, baseline:] = False
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(known, hits / n, np.nan)
        mean = np.where(base, hits, 0).sum(axis=1) / np.where(base, n, 0).sum(axis=1)
        sigma = np.sqrt(mean * (1 - mean))[:, None] / np.sqrt(n)
        z = np.where(known, (value - mean[:, None]) / sigma, np.nan)
    spread = _moving_range(z, base) if laney else np.ones(len(mean))
    with np.errstate(invalid="ignore"):
        sigma = np.where(known, sigma * spread[:, None], np.nan)
        low = np.clip(mean[:, None] - SIGMAS * sigma, 0, 1)
        high = np.clip(mean[:, None] + SIGMAS * sigma, 0, 1)
    rules = _rules(value, mean, low, high, sigma)
    return Charts(value, n, mean, low, high, sigma, rules)


def variation(charts: Charts, up: Array | bool | None) -> list[Variation]:
    """The icon of each series' latest point. ``up``: whether more is better (``None``: neither)."""
    last = _last(charts.value)
    side = np.take_along_axis(charts.side, last[:, None], axis=1)[:, 0]
    wanted = np.broadcast_to(np.asarray(up, dtype="object"), len(side))
    out: list[Variation] = []
    for s, better, points in zip(side, wanted, charts.points, strict=True):
        if points < FEWEST:
            out.append("too_few")
        elif s == 0:
            out.append("common")
        elif better is None:
            out.append("neither")
        else:
            out.append("improving" if (s > 0) == bool(better) else "concerning")
    return out


def assurance(
    charts: Charts, target: Array | float | None, up: Array | bool = True
) -> list[Assurance]:
    """Whether the process, left as it is, will meet its target: latest limits against it."""
    last = _last(charts.value)
    low = np.take_along_axis(charts.low, last[:, None], axis=1)[:, 0]
    high = np.take_along_axis(charts.high, last[:, None], axis=1)[:, 0]
    goal = np.broadcast_to(np.asarray(np.nan if target is None else target, dtype=float), len(low))
    wanted = np.broadcast_to(np.asarray(up, dtype=bool), len(low))
    out: list[Assurance] = []
    for a, b, t, better, points in zip(low, high, goal, wanted, charts.points, strict=True):
        if points < FEWEST:
            out.append("too_few")
        elif np.isnan(t):
            out.append("no_target")
        elif (a >= t) if better else (b <= t):
            out.append("passes")
        elif (b < t) if better else (a > t):
            out.append("fails")
        else:
            out.append("hits_or_misses")
    return out


def matrix(
    series: pd.DataFrame,
    directions: dict[str, bool | None],
    targets: dict[str, float | None] | None = None,
    *,
    baseline: int | None = None,
    laney: bool = True,
) -> pd.DataFrame:
    """The icon matrix unit × rate: one row per unit and rate that has any data.

    ``series``: unit, rate, period (sortable), hits, n. ``directions``: whether
    more is better, by rate. Columns: unit, rate, period (of the latest point),
    value, n, mean, low, high, points, variation, assurance, and the rule that
    marks the latest point (``None`` when none does).
    """
    targets = targets or {}
    wide = series.pivot_table(
        index=["rate", "unit"], columns="period", values=["hits", "n"], aggfunc="sum", fill_value=0
    )
    if wide.empty:
        return pd.DataFrame(columns=MATRIX)
    n = wide["n"].to_numpy(dtype=float)
    wide, n = wide[n.sum(axis=1) > 0], n[n.sum(axis=1) > 0]
    periods = wide["n"].columns
    charts = chart(wide["hits"].to_numpy(dtype=float), n, baseline=baseline, laney=laney)
    rates = wide.index.get_level_values("rate")
    up = np.array([directions.get(rate) for rate in rates], dtype="object")
    goal = np.array([_number(targets.get(rate)) for rate in rates])
    last = _last(charts.value)

    def latest(grid: Array) -> Any:
        return np.take_along_axis(grid, last[:, None], axis=1)[:, 0]

    marks = np.stack([latest(charts.rules[name]) for name in RULES], axis=1)
    return pd.DataFrame(
        {
            "unit": wide.index.get_level_values("unit"),
            "rate": rates,
            "period": periods[last],
            "value": latest(charts.value),
            "n": latest(charts.n).astype("int64"),
            "mean": charts.mean,
            "low": latest(charts.low),
            "high": latest(charts.high),
            "points": charts.points,
            "variation": variation(charts, up),
            "assurance": assurance(charts, goal, np.array([u is not False for u in up])),
            "rule": [RULES[int(m.argmax())] if m.any() else None for m in np.abs(marks)],
        }
    )


def by_concern(table: pd.DataFrame, directions: dict[str, bool | None]) -> list[str]:
    """The units of a :func:`matrix`, those that need a look first.

    By how many rates show a concerning change, then by how many miss their target for sure,
    then by the fewest that improve, then by how far (in widths of the limits) the worst latest
    value lies on the bad side of its own mean.
    """
    up = table["rate"].map(
        {name: -1.0 if way is False else 1.0 for name, way in directions.items()}
    )
    away = (table["value"] - table["mean"]) * up
    width = (table["high"] - table["low"]).where(lambda w: w > 0)
    keys = pd.DataFrame(
        {
            "unit": table["unit"],
            "concerning": -(table["variation"] == "concerning").astype(int),
            "fails": -(table["assurance"] == "fails").astype(int),
            "improving": (table["variation"] == "improving").astype(int),
            "worst": (away / width).where(table["points"] >= FEWEST, 0.0).fillna(0.0),
        }
    )
    sums = keys.groupby("unit")[["concerning", "fails", "improving"]].sum()
    sums["worst"] = keys.groupby("unit")["worst"].min()
    sums["name"] = sums.index
    return [str(u) for u in sums.sort_values(list(sums.columns), kind="stable").index]


MATRIX = (
    "unit", "rate", "period", "value", "n", "mean", "low", "high", "points", "variation",
    "assurance", "rule",
)  # fmt: skip


def directions_of(pieces: tuple[Piece, ...]) -> dict[str, bool | None]:
    """Whether more is better, by rate name, for :func:`matrix`."""
    return {piece.name: piece.up for piece in pieces}


# -- inside --------------------------------------------------------------------
def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _last(value: Array) -> Any:
    """The place of each series' latest point."""
    known = ~np.isnan(value)
    return value.shape[1] - 1 - known[:, ::-1].argmax(axis=1)


def _moving_range(z: Array, base: Bools) -> Array:
    """Laney's sigma of z: mean moving range / 1.128, never less than 1 (then chance suffices)."""
    out = np.ones(len(z))
    for k, (row, inside) in enumerate(zip(z, base, strict=True)):
        steps = np.abs(np.diff(row[inside & np.isfinite(row)]))
        if len(steps) >= 2:
            out[k] = max(1.0, steps.mean() / 1.128)
    return out


def _rules(value: Array, mean: Array, low: Array, high: Array, sigma: Array) -> dict[str, Array]:
    out = {name: np.zeros(value.shape) for name in RULES}
    with np.errstate(invalid="ignore"):
        out["outside"] = np.where(value > high, 1.0, np.where(value < low, -1.0, 0.0))
        offset = value - mean[:, None]
        outer = np.where(np.abs(offset) > 2 * sigma, np.sign(offset), 0.0)
    for k in range(len(value)):
        place = np.flatnonzero(~np.isnan(value[k]))
        if not len(place):
            continue
        side = np.sign(np.round(offset[k, place], 12))
        steps = np.sign(np.round(np.diff(value[k, place]), 12))
        out["shift"][k, place] = _runs(side, RUN)
        # seven rising points are six rises; the first point of the climb belongs to it
        climbs = _runs(steps, RUN - 1)
        out["trend"][k, place[1:]] = climbs
        starts = np.flatnonzero((climbs[1:] != 0) & (climbs[:-1] == 0)) + 1
        first = np.append(starts, 0) if len(climbs) and climbs[0] else starts
        for i in first:
            out["trend"][k, place[i]] = climbs[i]
        out["two_of_three"][k, place] = _two_of_three(outer[k, place])
    return out


def _runs(signs: Array, length: int) -> Array:
    """The sign wherever a run of ``length`` or more equal signs passes (zeros break it)."""
    out = np.zeros(len(signs))
    start = 0
    for i in range(1, len(signs) + 1):
        if i == len(signs) or signs[i] != signs[start]:
            if i - start >= length and signs[start] != 0:
                out[start:i] = signs[start]
            start = i
    return out


def _two_of_three(outer: Array) -> Array:
    """Points in the outer third of which at least two stand among three in a row."""
    out = np.zeros(len(outer))
    for sign in (1.0, -1.0):
        for i in range(len(outer) - 2):
            window = outer[i : i + 3] == sign
            if window.sum() >= 2:
                out[i : i + 3][window] = sign
    return out
