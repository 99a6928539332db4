"""How large the associations found are: ratio a step, by lag, extra cases a year, and the days to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from forecasting.associations.effects import (
    EVEN,
    FLATTENING,
    WINDOWS,
    Effect,
    effect,
    extra,
    flattened,
    summed_z,
)
from forecasting.associations.nuisance import YEAR, Array, apart, columns_of
from forecasting.associations.series import Panel

if TYPE_CHECKING:
    from forecasting.associations.scan import Known

AHEAD = 21
"""Days to come whose level without the driver is worked out."""
RECENT, RECENT_PRIOR = 56, 20.0
"""Days that the level of the days to come follows, and orders that the fit counts as beside them."""
WHOLE_YEAR = 330
"""Days of data below which nothing is said about a year."""
HEAVY = 12
"""Days of the largest amounts on which the fit is checked."""
COLUMNS = (
    "category", "driver", "control", "refused", "events", "days", "exposed", "highest", "reference",
    "step", "window", "shape", "z", "scale", "p", "q", "found", "ratio", "low", "high", "interval_scale", "extra_year",
    "extra_low", "extra_high", "adjusted", "adjusted_low", "adjusted_high", "beside", "alpha",
    "beta", "covariance", "heavy_days", "heavy_from", "heavy_observed", "heavy_expected",
)  # fmt: skip


@dataclass(frozen=True)
class Tested:
    """A pair with its test: the window it is clearest in, its statistic there, scale, freedom."""

    pair: Any
    window: int
    z: float
    scale: float
    freedom: float
    p: float
    q: float


@dataclass(frozen=True)
class _Fitted:
    """The effect of a pair on the scale that fits better, and how wide its interval is."""

    tested: Tested
    effect: Effect
    shape: str
    x: Array
    wide: float
    factor: float
    reference: float


@dataclass(frozen=True)
class Told:
    """The three tables."""

    effects: pd.DataFrame
    lags: pd.DataFrame
    base: pd.DataFrame


def plain(pair: Any) -> dict[str, Any]:
    """The row of a pair as far as it is known without a test."""
    row = dict.fromkeys(COLUMNS)
    return {
        **row, "category": pair.category, "driver": pair.driver.code, "control": pair.control,
        "refused": pair.refused, "events": pair.events, "days": pair.days,
        "exposed": pair.exposed, "highest": pair.highest, "step": pair.driver.step, "found": False,
    }  # fmt: skip


def described(
    rows: Sequence[Tested],
    known: Mapping[str, Known],
    base: Array | None,
    panel: Panel,
    everything: bool,
    country: str | None,
) -> Told:
    """The rows of all tested pairs; sizes of those likely and of the controls."""
    from forecasting.associations.scan import SMALLEST, Q

    effects, lags, ahead = [], [], []
    fits: dict[tuple[str, str], _Fitted] = {}
    for one in rows:
        pair = one.pair
        row = {**plain(pair), "z": one.z, "scale": one.scale, "p": one.p, "q": one.q,
               "window": one.window}  # fmt: skip
        effects.append(row)
        if base is None or not (one.q < Q or pair.control or everything):
            continue
        y = panel.values[panel.seen, panel.categories.index(pair.category)]
        made = _fitted(one, y, base[panel.seen], known[pair.driver.code], panel.seen)
        if made is None:
            row["refused"] = "not_apart"
            continue
        row |= _sizes(made, y)
        row["found"] = bool(one.q < Q and abs(np.log(row["ratio"])) >= np.log1p(SMALLEST))
        lags += _lags(made)
        if row["found"]:
            fits[pair.category, pair.driver.code] = made
            ahead += _ahead(made, y, base, panel, country)
    _beside(effects, fits, panel, base)
    return Told(
        pd.DataFrame(effects, columns=list(COLUMNS)),
        pd.DataFrame(lags, columns=["category", "driver", "lag", "ratio", "low", "high"]),
        pd.DataFrame(ahead, columns=["category", "driver", "day", "expected"]),
    )


def _fitted(one: Tested, y: Array, base: Array, known: Known, seen: Any) -> _Fitted | None:
    """The regression with the driver as it is and, where nothing is its zero, flattening; the likelier.

    The interval is widened by placebos beside the driver itself: its effect must not count as noise.
    """
    from forecasting.associations.scan import PRIOR

    driver, x = one.pair.driver, one.pair.x
    best = effect(y, base, x)
    if best is None:
        return None
    shape, used = EVEN, x
    if driver.reference == 0:
        bent = flattened(x, driver.step)
        other = effect(y, base, bent)
        if other is not None and other.deviance(y) < best.deviance(y):
            best, shape, used = other, FLATTENING, bent
    rows = best.seen
    both = np.column_stack([base[rows], used[rows]])
    both = both[:, np.abs(both).max(axis=0) > 0]
    made = []
    for placebo in known.placebos:
        values = placebo[seen][rows]
        values = flattened(values, driver.step) if shape == FLATTENING else values
        made.append(summed_z(y[rows], both, best.fitted, values)[WINDOWS.index(one.window)])
    squares = np.square([z for z in made if np.isfinite(z)])
    prior = PRIOR * one.scale**2
    wide = float(np.sqrt(max((squares.sum() + prior) / (len(squares) + PRIOR), 1.0)))
    reference = driver.reference
    if reference is None:
        reference = float(np.median(used[rows, 0]))
    factor = float(stats.t.ppf(0.975, one.freedom)) * wide
    return _Fitted(one, best, shape, used, wide, factor, reference)


def _sizes(made: _Fitted, y: Array) -> dict[str, Any]:
    found, window, step = made.effect, made.tested.window, made.tested.pair.driver.step
    seen = found.seen
    days = int(seen.sum())
    more: tuple[float | None, float | None, float | None] = (None, None, None)
    if days >= WHOLE_YEAR:  # part of a year says nothing about a year
        more = extra(found, made.x, made.reference, made.wide, days / YEAR)
    now = made.tested.pair.x[seen, 0]
    heavy = np.argsort(-now, kind="stable")[:HEAVY]
    heavy = heavy[now[heavy] - made.reference >= step]
    ends = [
        step * (found.total(window) + k * found.error(window))
        for k in (0, -made.factor, made.factor)
    ]
    ratio, low, high = np.exp(np.clip(ends, -30, 30)).tolist()
    return {
        "reference": made.reference, "shape": made.shape, "interval_scale": made.wide,
        "ratio": ratio, "low": low, "high": high,
        "extra_year": more[0], "extra_low": more[1], "extra_high": more[2],
        "alpha": found.fitted.alpha,
        "beta": found.beta.tolist(), "covariance": (made.wide**2 * found.covariance).tolist(),
        "heavy_days": len(heavy), "heavy_from": float(now[heavy].min()) if len(heavy) else None,
        "heavy_observed": float(y[seen][heavy].sum()),
        "heavy_expected": float(found.fitted.mean[heavy].sum()),
    }  # fmt: skip


def _lags(made: _Fitted) -> list[tuple[Any, ...]]:
    found, pair = made.effect, made.tested.pair
    step, error = pair.driver.step, np.sqrt(np.diag(found.covariance))
    ends = (found.beta, found.beta - made.factor * error, found.beta + made.factor * error)
    ratio, low, high = (np.exp(np.clip(step * end, -30, 30)) for end in ends)
    return [
        (pair.category, pair.driver.code, lag, ratio[lag], low[lag], high[lag])
        for lag in range(len(found.beta))
    ]


def _ahead(
    made: _Fitted, y: Array, base: Array, panel: Panel, country: str | None
) -> list[tuple[Any, ...]]:
    """The days to come as they would be at the reference: weekday, season and holidays of those
    days, at the level of the last eight weeks."""
    found, pair = made.effect, made.tested.pair
    days = pd.date_range(panel.days[-1] + pd.Timedelta(days=1), periods=AHEAD, freq="D")
    past, used = columns_of(panel.days, panel.first, panel.last, country, None)
    coming, _ = columns_of(days, panel.first, panel.last, country, used)
    coming = coming[:, apart(past[panel.seen])]
    told = np.asarray(np.abs(base[panel.seen][found.seen]).max(axis=0) > 0)
    steady = coming[:, told] @ found.fitted.coefficients[: int(told.sum())]
    mean = np.exp(np.clip(steady + made.reference * found.total(), -30, 30))
    start = panel.days[-1] - pd.Timedelta(RECENT, "D")
    late = np.asarray(panel.days[panel.seen][found.seen] > start)
    lately = y[found.seen][late].sum() + RECENT_PRIOR
    level = lately / (found.fitted.mean[late].sum() + RECENT_PRIOR)
    return [
        (pair.category, pair.driver.code, day.date(), float(value * level))
        for day, value in zip(days, mean, strict=True)
    ]


def _beside(
    effects: list[dict[str, Any]],
    fits: Mapping[tuple[str, str], _Fitted],
    panel: Panel,
    base: Array | None,
) -> None:
    """The ratio of each driver beside the other ones found for the same category."""
    for row in effects:
        category, code = row["category"], row["driver"]
        others = [other for one, other in fits if one == category and other != code]
        if base is None or not others or (category, code) not in fits:
            continue
        made = fits[category, code]
        row["beside"] = ";".join(others)
        seen, x = panel.seen, [fits[category, other].x for other in others]
        y = panel.values[seen, panel.categories.index(category)]
        found = _joint(y, base[seen], made.x, x)
        if found is None:
            continue
        window, step = made.tested.window, made.tested.pair.driver.step
        for name, k in (("adjusted", 0.0), ("adjusted_low", -1.0), ("adjusted_high", 1.0)):
            end = found.total(window) + k * made.factor * found.error(window)
            row[name] = float(np.exp(np.clip(step * end, -30, 30)))


def _joint(y: Array, base: Array, x: Array, others: Sequence[Array]) -> Effect | None:
    """The effect of a driver in one regression with others."""
    seen = np.isfinite(np.column_stack([x, *others])).all(axis=1)
    both = np.column_stack([base[seen], *(other[seen] for other in others)])
    return effect(y[seen], both, x[seen])
