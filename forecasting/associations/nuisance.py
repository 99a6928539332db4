"""What else moves a category from day to day: weekday, season, trend, holidays; and its null fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forecasting.daily.drivers import holidays_of

Array = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]

YEAR = 365.25
FEWEST_HOLIDAYS = 3
"""Days on which a kind of holiday must fall within the data to have an effect of its own."""
MOST_DISPERSION = 20.0
LARGEST = 25.0
"""No coefficient of a sound fit is larger."""
PRIOR_SD = 3.0
"""Coefficients of the season, weekday and holidays are drawn to 0 as by a normal prior of this
spread (a rate ratio of 20): next to nothing, but a category without a single order in summer
does not run away."""
ROUNDS, STEPS, HALVINGS, CLOSE = 4, 60, 12, 1e-9
STEEPEST = 30.0
"""Linear predictors are kept within this on both sides."""


@dataclass(frozen=True)
class Fit:
    """A negative-binomial regression: coefficients, their covariance, mean by day, dispersion."""

    coefficients: Array
    covariance: Array
    mean: Array
    alpha: float

    def weights(self) -> Array:
        """Working weights of the log link: mu / (1 + alpha mu)."""
        return np.asarray(self.mean / (1 + self.alpha * self.mean))


def waves_of(days: int) -> int:
    """Pairs of annual waves that data of this length can carry."""
    return 3 if days >= 1.9 * YEAR else 2 if days >= 1.0 * YEAR else 1


def columns_of(
    days: pd.DatetimeIndex, first: date, last: date, country: str | None, used: Bools | None
) -> tuple[Array, Bools]:
    """Constant, weekday, holidays, annual waves, trend (its slope may change once a year).

    The trend stands still after ``last``. ``used``: the holiday columns to take (as an earlier
    call chose them); by default those with enough days. Returns the columns and ``used``.
    """
    whole = pd.date_range(days[0], days[-1], freq="D")
    holiday = holidays_of(whole, country)[whole.isin(days)]
    if used is None:
        used = np.asarray(holiday.sum(axis=0) >= FEWEST_HOLIDAYS)
    age = np.asarray((days - pd.Timestamp(first)).days, dtype=float)
    span = (last - first).days + 1
    age = np.minimum(age, span - 1.0)
    bends = np.arange(YEAR, span - 0.5 * YEAR, YEAR)
    angle = 2 * np.pi * np.asarray(days.day_of_year, dtype=float) / YEAR
    columns = [np.ones(len(days)), *np.eye(7)[np.asarray(days.day_of_week), 1:].T]
    columns += list(holiday[:, used].T)
    for k in range(1, waves_of(span) + 1):
        columns += [np.sin(k * angle), np.cos(k * angle)]
    columns += [age / YEAR, *(np.maximum(age - bend, 0) / YEAR for bend in bends)]
    return np.column_stack(columns), used


def apart(columns: Array) -> Bools:
    """Which columns say something that those before them do not (pivots of Gram-Schmidt)."""
    kept = np.zeros(columns.shape[1], dtype=bool)
    basis: list[Array] = []
    for i, column in enumerate(columns.T):
        size = float(np.linalg.norm(column))
        left = column.copy()
        for other in basis:
            left -= other * float(other @ left)
        rest = float(np.linalg.norm(left))
        if size > 0 and rest > 1e-7 * size:
            kept[i] = True
            basis.append(left / rest)
    return kept


def fit(y: Array, x: Array, free: int = 0) -> Fit | None:
    """Poisson first, dispersion by moments, then thrice a negative binomial; ``None`` where it runs away.

    The first column is the constant; it and the last ``free`` columns have no prior. Without
    prior it is what statsmodels' GLM gives (a test holds them together), but its steps are
    damped: one day of a hundred times the usual count does not throw it off.
    (McCullagh & Nelder 1989, Generalized Linear Models; Breslow 1984 for the dispersion.)
    """
    width = x.shape[1]
    prior = np.zeros(width)
    prior[1 : width - free] = PRIOR_SD**-2
    start = np.zeros(width)
    start[0] = np.log(max(float(y.mean()), 1e-6))
    alpha = 0.0
    for _ in range(ROUNDS):
        found = _newton(y, x, prior, alpha, start)
        if found is None:
            return None
        start, mean = found, _mean(x, found)
        alpha = dispersion(y, mean, width)
    weights = mean / (1 + alpha * mean)
    inverse = inverted((x * weights[:, None]).T @ x + np.diag(prior))
    unsound = np.abs(start[1:]).max(initial=0) > LARGEST
    return None if inverse is None or unsound else Fit(start, inverse, mean, alpha)


def _mean(x: Array, coefficients: Array) -> Array:
    return np.asarray(np.exp(np.clip(x @ coefficients, -STEEPEST, STEEPEST)))


def _lost(y: Array, mean: Array, prior: Array, alpha: float, coefficients: Array) -> float:
    """Minus the penalised log likelihood, but for what the mean does not change."""
    penalty = 0.5 * float(prior @ coefficients**2)
    if alpha <= 0:
        return float((mean - y * np.log(mean)).sum()) + penalty
    size = 1 / alpha
    return float(((y + size) * np.log(mean + size) - y * np.log(mean)).sum()) + penalty


def _newton(y: Array, x: Array, prior: Array, alpha: float, start: Array) -> Array | None:
    """Fisher scoring with halved steps; ``None`` where it does not come to rest."""
    at, mean = start, _mean(x, start)
    lost = _lost(y, mean, prior, alpha, at)
    for _ in range(STEPS):
        weights = mean / (1 + alpha * mean)
        score = x.T @ ((y - mean) / (1 + alpha * mean)) - prior * at
        try:
            step = np.linalg.solve((x * weights[:, None]).T @ x + np.diag(prior), score)
        except np.linalg.LinAlgError:
            return None
        for _ in range(HALVINGS):
            tried = at + step
            mean = _mean(x, tried)
            now = _lost(y, mean, prior, alpha, tried)
            if np.isfinite(now) and now <= lost + 1e-9 * abs(lost):
                break
            step = step / 2
        else:
            return at if np.abs(step).max() < 1e-6 else None
        gained, at, lost = lost - now, tried, now
        if gained <= CLOSE * (abs(lost) + 1):
            return at
    return None


def dispersion(y: Array, mean: Array, fitted: int) -> float:
    """Dispersion by Pearson's chi-square: sum (y - mu)² / (mu + alpha mu²) = n - p."""
    low, high, wanted = 0.0, MOST_DISPERSION, len(y) - fitted

    def chi(alpha: float) -> float:
        return float(((y - mean) ** 2 / (mean + alpha * mean**2)).sum())

    if chi(low) <= wanted:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if chi(middle) > wanted else (low, middle)
    return (low + high) / 2


def inverted(matrix: Array) -> Array | None:
    """The inverse of a covariance-like matrix, or ``None``."""
    try:
        out = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None
    sound = np.isfinite(out).all() and (np.diag(out) > 0).all()
    return np.asarray(out, dtype=float) if sound else None
