"""Daily counts of many places in whole weeks around a day, and what a place's weeks should have held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[np.float64]]

HALF_LIFE = 26.0
"""Weeks after which the past counts half (182 days, as in :mod:`forecasting.panel`)."""
YEAR = 365.25 / 7
RIDGE = 1 / 0.5**2
"""Prior of the annual wave: a logarithm of 0 ± 0.5."""
STEPS = 12


@dataclass(frozen=True)
class Days:
    """Days down, places across; NaN on days without data."""

    first: date
    names: tuple[str, ...]
    n: Array

    @classmethod
    def of(cls, daily: pd.DataFrame, covered: Iterable[date] | None = None) -> Days:
        """From day, place, n. Days are those ``covered`` names (else those with any row at all);
        on them a place without a row had none."""
        rows = daily[daily["place"].notna()]
        known = pd.DatetimeIndex(
            pd.to_datetime(list(covered) if covered is not None else rows["day"])
        )
        if rows.empty or len(known) == 0:
            return cls(date(2000, 1, 1), (), np.zeros((0, 0)))
        index = pd.date_range(known.min(), known.max(), freq="D")
        row = index.get_indexer(pd.DatetimeIndex(pd.to_datetime(rows["day"])))
        column, names = pd.factorize(rows["place"], sort=True)
        n = np.full((len(index), len(names)), np.nan)
        n[np.asarray(index.isin(known))] = 0.0
        inside = row >= 0
        flat = np.bincount(
            row[inside] * len(names) + column[inside],
            weights=rows["n"].to_numpy(dtype=float)[inside], minlength=n.size,
        )  # fmt: skip
        return cls(index[0].date(), tuple(map(str, names)), n + flat.reshape(n.shape))

    def up_to(self, last: date) -> Days:
        """The days up to ``last``."""
        return Days(self.first, self.names, self.n[: max((last - self.first).days + 1, 0)])

    def columns(self, names: Iterable[str]) -> list[int]:
        """The places' columns; those without any order are left out."""
        place = {name: i for i, name in enumerate(self.names)}
        return [place[name] for name in dict.fromkeys(names) if name in place]

    def others(self, names: Iterable[str]) -> list[int]:
        """The columns of all other places."""
        gone = set(names)
        return [i for i, name in enumerate(self.names) if name not in gone]

    def weeks_before(self, start: date) -> Weeks:
        """Whole weeks that end on the day before ``start``."""
        end = max(min((start - self.first).days, len(self.n)), 0)
        return self._weeks(end % 7, end // 7)

    def weeks_after(self, first: date, last: date, most: int) -> Weeks:
        """Whole weeks from ``first`` on that end by ``last``."""
        begin = max((first - self.first).days, 0)
        days = min((last - self.first).days + 1, len(self.n)) - begin
        return self._weeks(begin, min(max(days, 0) // 7, most))

    def _weeks(self, begin: int, count: int) -> Weeks:
        part = self.n[begin : begin + 7 * count].reshape(count, 7, len(self.names))
        return Weeks(self.first + timedelta(days=begin), part.sum(axis=1))


@dataclass(frozen=True)
class Weeks:
    """Weeks down, places across; NaN in weeks that lack a day."""

    first: date
    n: Array

    @property
    def count(self) -> int:
        """How many weeks."""
        return len(self.n)

    @property
    def known(self) -> int:
        """How many of them have data on every day."""
        return int((~np.isnan(self.n).any(axis=1)).sum()) if self.n.size else 0

    @property
    def starts(self) -> list[date]:
        """The first day of each."""
        return [self.first + timedelta(days=7 * i) for i in range(self.count)]

    @property
    def end(self) -> date | None:
        """The last day of the last week."""
        return self.first + timedelta(days=7 * self.count - 1) if self.count else None

    def head(self, count: int) -> Weeks:
        """The first weeks."""
        return Weeks(self.first, self.n[:count])

    def tail(self, count: int) -> Weeks:
        """The last weeks."""
        return self.part(max(self.count - count, 0), self.count)

    def part(self, begin: int, end: int) -> Weeks:
        """Some of the weeks."""
        return Weeks(self.first + timedelta(days=7 * begin), self.n[begin:end])

    def sums(self, own: Sequence[int], pool: Sequence[int]) -> Array:
        """The treated places as one in the first column, then each place of the pool."""
        return np.column_stack([self.n[:, list(own)].sum(axis=1), self.n[:, list(pool)]])


def rest_of(group: Array) -> Array:
    """What each column is compared with: the pool for the treated one, the pool without itself
    for each of the pool (the treated place is nobody's comparison)."""
    total = group[:, 1:].sum(axis=1, keepdims=True)
    return np.column_stack([total, total - group[:, 1:]])


@dataclass(frozen=True)
class Model:
    """Shares fitted on the weeks before a day. ``known``: squared relative error of the level of
    each column that follows from small numbers alone."""

    own: Sequence[int]
    pool: Sequence[int]
    origin: date
    coefficients: Array
    known: Array

    def expected(self, weeks: Weeks) -> Array:
        """What each column should have had in some weeks, given what the rest had then."""
        rest = rest_of(weeks.sums(self.own, self.pool))
        design = _design(weeks, self.origin, len(self.coefficients))
        return np.asarray(rest * np.exp(np.clip(design @ self.coefficients, -40, 40)))


def fitted(before: Weeks, own: Sequence[int], pool: Sequence[int], season: bool) -> Model:
    """Poisson model of every column on the logarithm of its rest as offset; recent weeks weigh
    more. With ``season`` an annual wave beside it (iteratively reweighted, a small ridge)."""
    group = before.sums(own, pool)
    good = ~np.isnan(group).any(axis=1)
    group, rest = group[good], rest_of(group[good])
    age = (before.count - 1 - np.flatnonzero(good)).astype(float)
    weight = (0.5 ** (age / HALF_LIFE))[:, None]
    come, base = (weight * group).sum(axis=0), (weight * rest).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(np.where(come > 0, come, np.nan) / np.where(base > 0, base, np.nan))
        known = (weight**2 * group).sum(axis=0) / come**2
        known = known + (weight**2 * rest).sum(axis=0) / base**2
    origin = before.first
    if not season:
        return Model(own, pool, origin, level[None, :], known)
    design = _design(before, origin, 3)[good]
    return Model(own, pool, origin, _wave(group, rest, weight, design, level), known)


def _design(weeks: Weeks, origin: date, columns: int) -> Array:
    at = (np.arange(weeks.count) + (weeks.first - origin).days / 7) * (2 * np.pi / YEAR)
    return np.column_stack([np.ones(weeks.count), np.cos(at), np.sin(at)])[:, :columns]


def _wave(group: Array, rest: Array, weight: Array, design: Array, level: Array) -> Array:
    """Penalised Poisson regression of all columns at once."""
    beta = np.vstack([level, np.zeros((2, len(level)))])
    ridge = np.diag([0.0, RIDGE, RIDGE])
    there = np.isfinite(level)
    for _ in range(STEPS):
        with np.errstate(invalid="ignore"):
            mean = weight * rest * np.exp(np.clip(design @ beta, -40, 40))
        slope = design.T @ (weight * group - mean) - ridge @ beta
        curve = np.einsum("ti,tj,tk->kij", design, design, np.nan_to_num(mean)) + ridge
        curve[~there] = np.eye(3)
        step = np.linalg.solve(curve, np.nan_to_num(slope.T)[..., None])[..., 0].T
        beta = beta + np.clip(step, -2, 2)
    beta[:, ~there] = np.nan
    return np.asarray(beta)
