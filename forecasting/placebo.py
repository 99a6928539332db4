"""How far expectations miss where nothing was done: dispersion, calibration, intervals, p values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from forecasting.counts import FEWEST_DISPERSION, WINSOR, WINSORISED, interval
from forecasting.weekly import Array, Weeks, fitted

LEAST = 3.0
"""Expected orders of a placebo window."""
FEWEST_FIT = 26
MOST_DATES = 8
CALIBRATED_FROM = 40
"""Placebos from which on the interval is stretched to hold 95 % of them."""
OWN_WEIGHT = 4.0
"""A placebo at the treated place itself counts as much as so many at others."""
MOST = 4.0


@dataclass(frozen=True)
class Windows:
    """Placebo windows, and their weeks: observed, expected, squared relative error of the level,
    weight."""

    observed: Array
    expected: Array
    known: Array
    weight: Array
    week_observed: Array
    week_expected: Array


@dataclass(frozen=True)
class Noise:
    """``dispersion`` of whole windows and of single weeks beyond chance; ``stretch`` of the
    standard error; how many placebos they were learned from."""

    dispersion: float
    dispersion_week: float
    stretch: float
    placebos: int

    def relative(self, expected: float, known: float) -> float:
        """The squared relative error of an expectation beyond the chance of the count itself."""
        whole = 1 / expected + known + self.dispersion
        return max(self.stretch**2 * whole - 1 / expected, known + self.dispersion)

    def weekly(self, expected: Array, known: float, level: float) -> tuple[Array, Array]:
        """The range of single weeks."""
        phi = np.full(len(expected), self.dispersion_week + known)
        there = np.isfinite(expected) & (expected > 0)
        low, high = np.full(len(expected), np.nan), np.full(len(expected), np.nan)
        if there.any():
            low[there], high[there] = interval(expected[there], phi[there], level)
        return low, high


def windows(
    before: Weeks,
    measured: Weeks,
    own: Sequence[int],
    pool: Sequence[int],
    season: bool,
    *,
    gap: int,
) -> Windows:
    """The same computation where nothing was done: at the pool over the weeks measured, and
    everywhere at earlier dates (those share weeks where history is short)."""
    length = measured.count
    model = fitted(before, own, pool, season)
    parts = [_tried(measured, model.expected(measured), model.known, own, pool, skip=1)]
    end, step = before.count, max(length // 3, 1)
    for _ in range(MOST_DATES):
        fit = end - length - gap
        if fit < FEWEST_FIT:
            break
        then = fitted(before.part(0, fit), own, pool, season and fit >= 104)
        span = before.part(end - length, end)
        parts.append(_tried(span, then.expected(span), then.known, own, pool, skip=0))
        end -= step
    return Windows(*(np.concatenate([part[i] for part in parts]) for i in range(6)))


def _tried(
    span: Weeks, made: Array, known: Array, own: Sequence[int], pool: Sequence[int], *, skip: int
) -> tuple[Array, ...]:
    came = span.sums(own, pool)
    observed, expected = np.nansum(came, axis=0), np.nansum(made, axis=0)
    weight = np.ones(len(expected))
    weight[0] = OWN_WEIGHT
    use = np.isfinite(known) & (expected >= LEAST)
    use[:skip] = False
    weeks = came[:, use].ravel(), made[:, use].ravel()
    good = np.isfinite(weeks[0]) & np.isfinite(weeks[1]) & (weeks[1] > 0)
    return (
        observed[use], expected[use], known[use], weight[use], weeks[0][good], weeks[1][good],
    )  # fmt: skip


def learned(tried: Windows) -> Noise | None:
    """Dispersion and calibration from placebos; ``None`` where there are none."""
    if not len(tried.observed):
        return None
    phi = _root(tried.observed, tried.expected, tried.known, tried.weight)
    week = _root(tried.week_observed, tried.week_expected, np.zeros(1), np.ones(1))
    stretch = 1.0
    if len(tried.observed) >= CALIBRATED_FROM:
        far = np.abs(_scores(tried.observed, tried.expected, tried.known, phi))
        stretch = max(1.0, float(np.quantile(far, 0.95)) / 1.96)
    return Noise(phi, max(week, phi), stretch, len(tried.observed))


def _scores(observed: Array, expected: Array, known: Array, phi: float) -> Array:
    return np.asarray((observed / expected - 1) / np.sqrt(1 / expected + known + phi))


def _root(observed: Array, expected: Array, known: Array, weight: Array) -> float:
    """The dispersion at which winsorised squared standardised errors have the mean they have for
    a normal (as :func:`forecasting.counts.robust_dispersion`, over all windows together)."""
    squares = (observed / expected - 1) ** 2

    def excess(phi: float) -> float:
        whole = 1 / expected + known + phi
        return float((weight * (np.minimum(squares / whole, WINSOR**2) - WINSORISED) / whole).sum())

    if excess(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, MOST)) if excess(MOST) < 0 else MOST


def share_as_far(
    observed: float, expected: float, known: float, noise: Noise, tried: Windows
) -> float:
    """Share of placebos that missed at least as far, the window itself among them (two-sided)."""
    mine = _scores(np.array([observed]), np.array([expected]), np.array([known]), noise.dispersion)
    far = np.abs(_scores(tried.observed, tried.expected, tried.known, noise.dispersion))
    return float((1 + (far >= abs(mine[0]) - 1e-12).sum()) / (1 + len(far)))


def ratio_interval(
    observed: float, expected: float, relative: float, level: float
) -> tuple[float, float]:
    """The ratios r for which ``observed`` lies within the central range of a negative binomial of
    mean r × ``expected`` and dispersion ``relative`` (Clopper & Pearson 1934 by test inversion)."""
    phi, tail = max(relative, FEWEST_DISPERSION), (1 - level) / 2
    size = 1 / phi

    def above(log_ratio: float) -> float:
        share = 1 / (1 + phi * expected * math.exp(log_ratio))
        return float(stats.nbinom.sf(observed - 1, size, share)) - tail

    def below(log_ratio: float) -> float:
        share = 1 / (1 + phi * expected * math.exp(log_ratio))
        return float(stats.nbinom.cdf(observed, size, share)) - tail

    low = 0.0 if observed <= 0 else math.exp(_solved(above))
    return low, math.exp(_solved(below))


def _solved(of: Callable[[float], float]) -> float:
    low, high = -15.0, 15.0
    if of(low) * of(high) > 0:
        return high
    return float(optimize.brentq(of, low, high, xtol=1e-6))
