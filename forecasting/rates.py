"""Next month's rate of every district: level, drift, and an interval that was tried.

A rate is drawn from its own past months, each weighing less the older it is (power
discounting; Smith 1979, JRSS B 41, 375-387), and from what the whole city did last; moved by
the city's own last change. The beta-binomial interval holds the counting error of the month
to come and a wander learned from earlier months. Last month's rate and the pooled rate of
three months are the bars: who loses to the better of them is served it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Array = np.ndarray[Any, np.dtype[np.float64]]

DISCOUNTS = (0.4, 0.6, 0.75, 0.87, 0.95)
STRENGTHS = (0.0, 15.0, 60.0, 250.0)
"""Orders that the city's rate counts as, beside the district's own."""
MOVES = (0.0, 0.5, 1.0)
"""Share of the city's last change (on the logit scale) that a district goes along with."""
LEARN = 6
"""Months that are only learned from."""
LEVELS = (0.5, 0.8, 0.95)
PRIOR_MONTHS = 6.0
"""Months that the wander of all districts counts as, beside a district's own."""
FEWEST_MONTHS = 3
MODELS = ("discounted", "last_month", "three_months")


@dataclass(frozen=True)
class RateForecast:
    """``next``: keys, month, expected (a share), low_50 … high_95, denominator (expected),
    model (a code of MODELS), notes (``short``: fewer than three months; ``no_data``).
    ``scores``: keys, months, mae, mae_last_month, mae_three_months, bias (all in shares),
    coverage_50, coverage_80, coverage_95 of the honest sequence of choices.
    """

    next: pd.DataFrame
    scores: pd.DataFrame


def next_rates(
    monthly: pd.DataFrame, month: str, *, denominators: dict[Any, float] | None = None
) -> RateForecast:
    """Forecast the rate of ``month`` (``"2026-07"``) from the months before it.

    ``monthly``: month (text ``YYYY-MM`` or the first day), one key column, numerator,
    denominator. Weighted numerators (1·satisfied + 0.9·basically) are welcome.
    ``denominators``: expected denominator of each key; by default the mean of the last three
    months. Rows of ``month`` and later are not read. A month without orders has no rate.
    """
    key = next(c for c in monthly.columns if c not in ("month", "numerator", "denominator"))
    rows = monthly.assign(month=pd.PeriodIndex(pd.to_datetime(monthly["month"]), freq="M"))
    rows = rows[rows["month"] < pd.Period(month, "M")]
    names = sorted(monthly[key].dropna().unique().tolist(), key=str)
    if rows.empty or not names:
        return _nothing(names, key, month)
    span = pd.period_range(rows["month"].min(), pd.Period(month, "M") - 1, freq="M")
    x, n = (
        rows.pivot_table(index="month", columns=key, values=name, aggfunc="sum")
        .reindex(index=span, columns=names)
        .fillna(0.0)
        .to_numpy(dtype=float)
        for name in ("numerator", "denominator")
    )
    return _forecast(x, n, names, key, month, denominators)


def _forecast(
    x: Array, n: Array, names: list[Any], key: str, month: str, wanted: dict[Any, float] | None
) -> RateForecast:
    months = len(x)
    settings = list(product(DISCOUNTS, STRENGTHS, MOVES))
    # said[t]: forecasts of month t from months before it; row `months` is the one asked for.
    tried = np.stack(
        [np.stack([_discounted(x[:t], n[:t], *s) for s in settings]) for t in range(1, months + 1)]
    )
    said = _sequence(tried, x, n)
    bars = {
        "last_month": np.stack([_pooled(x[:t], n[:t], 1) for t in range(1, months + 1)]),
        "three_months": np.stack([_pooled(x[:t], n[:t], 3) for t in range(1, months + 1)]),
    }
    came = _share(x[1:], n[1:])
    first = min(LEARN, max(months - 3, 0))
    mae = {
        name: _mean_error(made[:-1], came, first)
        for name, made in ({"discounted": said} | bars).items()
    }
    model = np.array(["discounted"] * len(names), dtype=object)
    best_bar = np.where(mae["last_month"] <= mae["three_months"], "last_month", "three_months")
    loses = mae["discounted"] > np.fmin(mae["last_month"], mae["three_months"])
    model[loses] = best_bar[loses]
    served = np.where(
        model == "discounted", said,
        np.where(model == "last_month", bars["last_month"], bars["three_months"]),
    )  # fmt: skip
    wander = _wander(served[:-1], x[1:], n[1:])
    recent = n[-3:].sum(axis=0) / np.maximum((n[-3:] > 0).sum(axis=0), 1)
    size = np.array([(wanted or {}).get(name, recent[i]) for i, name in enumerate(names)])
    out = {key: names, "month": month, "expected": served[-1], "denominator": size, "model": model}
    for level in LEVELS:
        low, high = _limits(served[-1], size, wander[-1], level)
        out[f"low_{round(100 * level)}"], out[f"high_{round(100 * level)}"] = low, high
    seen = (n > 0).sum(axis=0)
    out["notes"] = [
        ("no_data",) if count == 0 else ("short",) if count < FEWEST_MONTHS else ()
        for count in seen
    ]
    scores = pd.DataFrame({key: names} | _scores(served, x, n, wander, mae, first))
    return RateForecast(pd.DataFrame(out), scores)


def _nothing(names: list[Any], key: str, month: str) -> RateForecast:
    out = pd.DataFrame({key: names, "month": month, "expected": np.nan, "model": "three_months"})
    for level in LEVELS:
        out[f"low_{round(100 * level)}"] = out[f"high_{round(100 * level)}"] = np.nan
    out["notes"] = [("no_data",)] * len(names)
    return RateForecast(out, pd.DataFrame({key: names, "months": 0}))


def _share(x: Array, n: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n > 0, x / n, np.nan))


def _pooled(x: Array, n: Array, months: int) -> Array:
    """Pooled rate of the last months that have orders, per key; NaN where there is none."""
    out = np.full(x.shape[1], np.nan)
    for i in range(x.shape[1]):
        some = np.flatnonzero(n[:, i] > 0)[-months:]
        if len(some):
            out[i] = x[some, i].sum() / n[some, i].sum()
    return out


def _logit(p: Array) -> Array:
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)))


def _discounted(x: Array, n: Array, discount: float, strength: float, move: float) -> Array:
    """Own discounted rate drawn to the city's, moved by the city's last change."""
    weights = discount ** np.arange(len(x))[::-1, None]
    own_x, own_n = (weights * x).sum(axis=0), (weights * n).sum(axis=0)
    city_x, city_n = own_x.sum(), own_n.sum()
    if city_n <= 0:
        return np.full(x.shape[1], np.nan)
    city = city_x / city_n
    with np.errstate(invalid="ignore", divide="ignore"):
        level = (own_x + strength * city) / (own_n + strength)
    if n[-1].sum() > 0 and move:
        change = _logit(np.array(x[-1].sum() / n[-1].sum())) - _logit(np.array(city))
        level = 1 / (1 + np.exp(-(_logit(level) + move * change)))
    return np.asarray(np.where(own_n + strength > 0, level, np.nan))


def _sequence(tried: Array, x: Array, n: Array) -> Array:
    """At each month the setting with the smallest weighted squared error so far."""
    out = np.empty((len(tried), x.shape[1]))
    loss = np.zeros(tried.shape[1])
    middle = tried.shape[1] // 2
    for t in range(len(tried)):
        out[t] = tried[t, int(loss.argmin()) if loss.any() else middle]
        if t + 1 < len(x):
            weight = np.minimum(n[t + 1], 300.0)
            error = (tried[t] - _share(x[t + 1], n[t + 1])) ** 2
            loss = loss + np.nansum(error * weight, axis=1)
    return out


def _mean_error(made: Array, came: Array, first: int) -> Array:
    error = np.abs(made - came)[first:]
    known = np.isfinite(error)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, error, 0.0).sum(axis=0) / known.sum(axis=0))


def _wander(made: Array, x: Array, n: Array) -> Array:
    """Variance beyond counting, by month and key: months + 1 rows, the last for now.

    From errors of earlier months alone: squared error less p(1-p)/n, over p(1-p).
    """
    width = made.shape[1]
    p = np.clip(made, 0.02, 0.98)
    unit = p * (1 - p)
    error = (made - _share(x, n)) ** 2 / unit
    with np.errstate(divide="ignore"):
        excess = np.where(np.isfinite(error), error - 1 / np.where(n > 0, n, np.inf), 0.0)
    weight = np.where(np.isfinite(error), n / (n + 50.0), 0.0)
    own = np.vstack([np.zeros(width), np.cumsum(excess * weight, axis=0)])
    months = np.vstack([np.zeros(width), np.cumsum(weight, axis=0)])
    everybody = (own.sum(axis=1) + 0.002) / (months.sum(axis=1) + 0.2)
    shared = np.maximum(everybody, 0.0)[:, None]
    return np.asarray(np.maximum((own + PRIOR_MONTHS * shared) / (months + PRIOR_MONTHS), 0.0))


def _shape(p: Array, n: Array, wander: Array) -> tuple[Array, Array]:
    """Beta parameters whose beta-binomial share has variance p(1-p)(1/n + wander)."""
    n = np.maximum(np.round(n), 1.0)
    wander = np.clip(wander, 1e-6, 0.5)
    # Var(x/n) = p(1-p)/n (1 + (n-1) rho)
    rho = np.clip(wander * n / np.maximum(n - 1, 1.0), 1e-6, 0.9)
    size = 1 / rho - 1
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return p * size, (1 - p) * size


def _limits(p: Array, n: Array, wander: Array, level: float) -> tuple[Array, Array]:
    a, b = _shape(np.nan_to_num(p, nan=0.5), n, wander)
    whole = np.maximum(np.round(n), 1.0)
    low, high = (
        stats.betabinom.ppf(q, whole, a, b) / whole for q in ((1 - level) / 2, (1 + level) / 2)
    )
    gone = ~np.isfinite(p)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def _scores(
    served: Array, x: Array, n: Array, wander: Array, mae: dict[str, Array], first: int
) -> dict[str, Array]:
    came, made = _share(x[1:], n[1:])[first:], served[:-1][first:]
    known = np.isfinite(came) & np.isfinite(made)
    count = known.sum(axis=0)
    size, whole = n[1:][first:], np.maximum(np.round(n[1:][first:]), 1.0)
    a, b = _shape(np.nan_to_num(made, nan=0.5), size, wander[:-1][first:])
    got = np.nan_to_num(np.round(came * whole), nan=0.0)
    high = stats.betabinom.cdf(got, whole, a, b)
    low = high - stats.betabinom.pmf(got, whole, a, b)
    pit = low + np.random.default_rng(0).random(low.shape) * (high - low)
    with np.errstate(invalid="ignore", divide="ignore"):
        out = {
            "months": count,
            "mae": np.where(known, np.abs(made - came), 0.0).sum(axis=0) / count,
            "mae_discounted": mae["discounted"],
            "mae_last_month": mae["last_month"],
            "mae_three_months": mae["three_months"],
            "bias": np.where(known, made - came, 0.0).sum(axis=0) / count,
        }
        for level in LEVELS:
            inside = known & (np.abs(pit - 0.5) <= level / 2)
            out[f"coverage_{round(100 * level)}"] = inside.sum(axis=0) / count
    return out


__all__ = ["LEVELS", "MODELS", "RateForecast", "next_rates"]
