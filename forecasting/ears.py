"""Two published detectors beside our own: EARS for young series, Farrington for an audit view."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from forecasting.counts import Array

BASELINE, LAG = 7, 2
LIMIT = 3.0
ONGOING = 7


def ears(counts: Array, lag: int = LAG) -> Array:
    """EARS C1 (``lag`` 0) or C2 (``lag`` 2) statistic of every day: (count - mean) / sd of the seven
    days that end ``lag`` days before; NaN for the first days. A standard deviation below 0.2 is
    taken as 0.2. An alarm is a value above 3. (Hutwagner et al. 2003, J. Urban Health 80, i89-i96.)
    """
    y = np.asarray(counts, dtype=float)
    out = np.full(y.shape, np.nan)
    for t in range(BASELINE + lag, len(y)):
        past = y[t - lag - BASELINE : t - lag]
        out[t] = (y[t] - past.mean(axis=0)) / np.maximum(past.std(axis=0, ddof=1), 0.2)
    return out


def ears_days(
    counts: Array, seen: np.ndarray[tuple[int], np.dtype[np.bool_]], days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Days × series judged by C2: one row per alarm day (series, start, found, last, until,
    ongoing, observed, expected, excess, ratio, p, strength, last_year, method)."""
    index = np.flatnonzero(seen)
    y = counts[index]
    score = ears(y)
    rows = []
    for day, series in zip(*np.nonzero(np.nan_to_num(score) > LIMIT), strict=True):
        past = y[day - LAG - BASELINE : day - LAG, series]
        expected = max(float(past.mean()), 0.5 / BASELINE)
        moment, observed = days[index[day]], float(y[day, series])
        rows.append(
            {"series": int(series), "start": moment, "found": moment, "last": moment,
             "until": moment, "ongoing": len(days) - 1 - index[day] <= ONGOING,
             "observed": observed, "expected": expected, "excess": observed - expected,
             "ratio": observed / expected, "p": np.nan, "last_year": np.nan,
             "strength": float(score[day, series] / LIMIT), "method": "ears"}
        )  # fmt: skip
    columns = ["series", "start", "found", "last", "until", "ongoing", "observed", "expected",
               "excess", "ratio", "p", "last_year", "strength", "method"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Farrington:
    """A week against its baseline: expected, upper limit, and the exceedance score (above 1:
    an alarm). ``alarm`` also asks for five orders in the last four weeks."""

    observed: float
    expected: float
    upper: float
    score: float
    phi: float
    alarm: bool


def farrington(
    weekly: Array, *, years: int = 5, alpha: float = 0.005, half_window: int = 3
) -> Farrington | None:
    """The flexible Farrington algorithm for the last week of a weekly series.

    Noufaily et al. (2013, Statistics in Medicine 32, 1206-1222): quasi-Poisson GLM with a linear
    trend and a ten-level season factor, the last 26 weeks left out, past outbreaks weighted
    down (Anscombe residuals above 2.58), limit from the negative-binomial quantile. ``None`` when
    fewer than a year's weeks lie before those left out, or nothing was ever counted.
    """
    y = np.asarray(weekly, dtype=float)
    now = len(y) - 1
    first = max(0, now - years * 52 - half_window)
    past = np.arange(first, now - 26)
    if len(past) < 52 or y[past].sum() == 0:
        return None
    level = _season((now - past).astype(float), half_window)
    used = sorted(set(level))
    design = np.column_stack(
        [np.ones(len(past)), past - now, *[(level == k).astype(float) for k in used if k != 0]]
    )
    weights = np.ones(len(past))
    fit, phi = _fit(y[past], design, weights)
    for _ in range(1):
        residual = _anscombe(y[past], fit.fittedvalues, phi, design, weights)
        weights = np.where(residual > 2.58, residual**-2.0, 1.0)
        weights = weights * len(weights) / weights.sum()
        fit, phi = _fit(y[past], design, weights)
    expected = float(np.exp(fit.params[0]))  # the trend is 0 and the season level 0 now
    if phi > 1:
        upper = float(stats.nbinom.ppf(1 - alpha, expected / (phi - 1), 1 / phi))
    else:
        upper = float(stats.poisson.ppf(1 - alpha, expected))
    score = (y[now] - expected) / max(upper - expected, 1e-9)
    enough = y[max(0, now - 3) : now + 1].sum() >= 5
    return Farrington(float(y[now]), expected, upper, float(score), phi, bool(score > 1 and enough))


def _season(back: Array, half_window: int) -> Array:
    """Level 0: the same weeks of earlier years (and half a window around); 1 to 9: the rest."""
    place = np.mod(back + half_window, 52)
    wide = 2 * half_window + 1
    rest = np.clip(((place - wide) * 9 / (52 - wide)).astype(int), 0, 8) + 1
    return np.where(place < wide, 0, rest)


def _fit(y: Array, design: Array, weights: Array) -> tuple[sm.GLM, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.GLM(y, design, family=sm.families.Poisson(), freq_weights=weights).fit()
    mu = np.maximum(fit.fittedvalues, 1e-9)
    free = max(len(y) - design.shape[1], 1)
    return fit, max(1.0, float((weights * (y - mu) ** 2 / mu).sum() / free))


def _anscombe(y: Array, mu: Array, phi: float, design: Array, weights: Array) -> Array:
    mu = np.maximum(mu, 1e-9)
    root = np.sqrt(weights * mu)[:, None] * design
    hat = np.einsum("ij,ji->i", root, np.linalg.pinv(root))
    spread = np.sqrt(phi * np.maximum(1 - hat, 1e-6))
    return np.asarray(1.5 * (y ** (2 / 3) - mu ** (2 / 3)) / (mu ** (1 / 6) * spread))
