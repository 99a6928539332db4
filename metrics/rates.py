"""Rates with their uncertainty, from counts.

Everything takes counts and returns numbers; nothing here sees an order. A rate
without a denominator is no data (``None`` / NaN), never 0. Totals are made by
adding up counts first and only then dividing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.indicators import Indicator, Leaf
from metrics.population import RESIDENTS, per_population
from metrics.scheme_model import BEFORE

Z95 = 1.959963984540054
Array = np.ndarray[Any, np.dtype[np.float64]]
COLUMNS = ("value", "numerator", "n", "low", "high", "missing", "bound_low", "bound_high")


@dataclass(frozen=True)
class Rate:
    """A rate and everything that must be said with it.

    ``low``/``high``: 95 % interval. ``missing``: orders that should have been in
    the denominator; ``bound_low``/``bound_high``: the rate if all of them had
    failed, or had succeeded (``None`` where the indicator has no such rule).
    For an indicator made of parts ``n`` is the smallest denominator among them
    and there is no single numerator. ``up``: whether more is better.
    """

    value: float | None
    numerator: float | None
    n: int
    low: float | None
    high: float | None
    missing: int | None = None
    bound_low: float | None = None
    bound_high: float | None = None
    up: bool = True

    @property
    def denominator(self) -> int:
        """The same as ``n``."""
        return self.n


@dataclass(frozen=True)
class Change:
    """The difference of two rates (now minus before), with its 95 % interval.

    ``real`` is false when the interval holds 0: "no real change". ``better``
    says whether a real change is for the good; ``None`` when there is none.
    """

    difference: float
    low: float
    high: float
    real: bool
    better: bool | None


def wilson(
    numerator: Array, n: Array, squares: Array | None = None, z: float = Z95
) -> tuple[Array, Array]:
    """Score interval of a proportion; NaN where ``n`` is 0.

    Wilson (1927), JASA 22, 209-212; recommended by Brown, Cai & DasGupta (2001),
    Statistical Science 16, 101-133.

    A weighted numerator is the mean of order scores between 0 and 1, whose
    variance is at most that of a yes/no with the same mean. ``squares`` (sum of
    squared weights) gives that variance, and Wilson's formula is used with the
    effective sample size n * p(1-p) / variance, as Korn & Graubard (1998),
    Survey Methodology 24, 193-201, do for surveys. Both variances are taken
    after adding z²/2 scores of 1 and of 0 (the Agresti & Coull 1998
    adjustment), so that a handful of equal scores does not look certain. With
    weights of 1 this is exactly Wilson's interval.
    """
    numerator, n = np.asarray(numerator, dtype=float), np.asarray(n, dtype=float)
    squares = numerator if squares is None else np.asarray(squares, dtype=float)
    z2 = z * z
    with np.errstate(divide="ignore", invalid="ignore"):
        p = numerator / n
        mean = (numerator + z2 / 2) / (n + z2)
        variance = (squares + z2 / 2) / (n + z2) - mean**2
        size = n * mean * (1 - mean) / variance
        middle = (p + z2 / (2 * size)) / (1 + z2 / size)
        half = z / (1 + z2 / size) * np.sqrt(np.maximum(p * (1 - p), 0) / size + z2 / (4 * size**2))
    # Rounding must not push an interval past its own rate.
    low = np.where(n > 0, np.clip(np.minimum(middle - half, p), 0, 1), np.nan)
    high = np.where(n > 0, np.clip(np.maximum(middle + half, p), 0, 1), np.nan)
    return low, high


def rates(
    indicator: Indicator,
    counts: pd.DataFrame,
    *,
    before: bool = False,
    groups: pd.Series | None = None,
    recorded: bool | None = None,
) -> pd.DataFrame:
    """One rate per row of ``counts``: the columns of :data:`COLUMNS`, same index.

    ``before``: as if nothing had been struck out (measures named ``before:``;
    where the scheme strikes out nothing, the plain ones). ``groups`` names each row's peer group; without
    it shares of a group are no data. ``recorded`` says whether the city records
    this at all; by default an indicator with ``unmeasured_when_zero`` and
    nothing counted in any row is taken as not recorded. Raises ``KeyError``
    naming measures that are not in the frame.
    """
    if not indicator.measured:
        return _nothing(counts)
    leaves = indicator.leaves()
    pieces = [
        leaf_rates(leaf, counts, before=before, groups=groups, recorded=recorded) for leaf in leaves
    ]
    return _combine(pieces, leaves) if indicator.parts else pieces[0]


def rate(
    indicator: Indicator,
    row: Mapping[str, Any] | pd.Series,
    *,
    before: bool = False,
    recorded: bool = True,
) -> Rate:
    """One rate from one row of counts (a unit, a district, a pooled total).

    ``recorded=False`` states that nobody in the city records this. Parts of an
    indicator that the row lacks are taken as not recorded.
    """
    names = [n for n in row.keys() if str(n).removeprefix(BEFORE).startswith(f"{indicator.id}.")]  # noqa: SIM118
    names += [RESIDENTS] if RESIDENTS in row else []
    frame = pd.DataFrame([{name: row[name] for name in names}], index=[0])
    found = rates(indicator, frame, before=before, recorded=recorded).iloc[0]
    known = {name: None if pd.isna(found[name]) else float(found[name]) for name in COLUMNS}
    return Rate(
        value=known["value"],
        numerator=known["numerator"],
        n=int(known["n"] or 0),
        low=known["low"],
        high=known["high"],
        missing=None if known["missing"] is None else int(known["missing"]),
        bound_low=known["bound_low"],
        bound_high=known["bound_high"],
        up=indicator.direction == "up",
    )


def change(now: Rate, before: Rate) -> Change | None:
    """How far a rate has moved; ``None`` where either has no data.

    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10: the interval
    of a difference from the intervals of both proportions. It takes the two
    sets of orders as independent, which two periods are.
    """
    if now.value is None or before.value is None:
        return None
    if now.low is None or now.high is None or before.low is None or before.high is None:
        return None
    difference = now.value - before.value
    low = difference - float(np.hypot(now.value - now.low, before.high - before.value))
    high = difference + float(np.hypot(now.high - now.value, before.value - before.low))
    real = low > 0 or high < 0
    return Change(difference, low, high, real, ((difference > 0) == now.up) if real else None)


def _nothing(counts: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(np.nan, index=counts.index, columns=list(COLUMNS))
    out["n"] = 0.0
    return out


def leaf_rates(
    leaf: Leaf,
    counts: pd.DataFrame,
    *,
    before: bool = False,
    groups: pd.Series | None = None,
    recorded: bool | None = None,
) -> pd.DataFrame:
    """:func:`rates` of one part of an indicator (or of an indicator without parts)."""
    rule = leaf.rule
    if not rule.measured:
        return _nothing(counts)
    # A scheme that strikes out nothing has one set of counts for both questions.
    struck = before and f"{BEFORE}{leaf.columns[0]}" in counts
    names = {name: f"{BEFORE if struck else ''}{name}" for name in leaf.columns}
    absent = [name for name in names.values() if name not in counts]
    if absent:
        raise KeyError(f"not counted: {', '.join(absent)}")
    columns = {name: counts[column].to_numpy(dtype=float) for name, column in names.items()}
    pieces = [columns[f"{leaf.prefix}.num.{k}"] for k in range(len(leaf.weights))]
    weighted = sum(
        (w * c for w, c in zip(leaf.weights, pieces, strict=True)), np.zeros(len(counts))
    )
    if rule.kind == "group_share":
        return _share(weighted, counts, groups)
    if rule.kind == "per_population":
        return per_population(weighted, counts)[list(COLUMNS)]
    if recorded is None:
        recorded = not rule.unmeasured_when_zero or bool(weighted.sum() > 0)
    if not recorded:
        return _nothing(counts)
    squares = sum(
        (w * w * c for w, c in zip(leaf.weights, pieces, strict=True)), np.zeros(len(counts))
    )
    return _table(leaf, counts, weighted, squares, columns)


def _table(
    leaf: Leaf, counts: pd.DataFrame, weighted: Array, squares: Array, columns: dict[str, Array]
) -> pd.DataFrame:
    n = columns[f"{leaf.prefix}.den"]
    missing = columns.get(f"{leaf.prefix}.missing", np.full(len(counts), np.nan))
    low, high = wilson(weighted, n, squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, weighted / n, np.nan)
        everyone = n + missing
        bound_low = np.where(everyone > 0, weighted / everyone, np.nan)
        best = weighted + missing * max(leaf.weights)
        bound_high = np.where(everyone > 0, best / everyone, np.nan)
    data = (value, np.where(n > 0, weighted, np.nan), n, low, high, missing, bound_low, bound_high)
    return pd.DataFrame(dict(zip(COLUMNS, data, strict=True)), index=counts.index)


def _share(weighted: Array, counts: pd.DataFrame, groups: pd.Series | None) -> pd.DataFrame:
    out = _nothing(counts)
    if groups is None:
        return out
    mine = pd.Series(weighted, index=counts.index)
    whole = mine.groupby(groups.to_numpy(), dropna=False).transform("sum")
    out["value"] = (mine / whole).where(whole > 0)
    out["numerator"], out["n"] = mine, whole
    return out


def _combine(pieces: list[pd.DataFrame], leaves: tuple[Leaf, ...]) -> pd.DataFrame:
    """The weighted mean of parts.

    A part that no row has is not recorded, and an optional one may be absent in
    a row: their weight goes to the others. Else a row without one of its parts
    is no data. The limits are the weighted means of the parts' limits: right if the parts
    move together, too wide otherwise, never too narrow.
    """
    present = np.column_stack([p["value"].notna() for p in pieces])
    optional = np.array([leaf.rule.optional for leaf in leaves])
    needed = present.any(axis=0) & ~optional
    whole = np.asarray(present[:, needed].all(axis=1) & present.any(axis=1))
    present &= whole.reshape(-1, 1)
    shares = present * np.array([leaf.weight for leaf in leaves])
    total = shares.sum(axis=1)

    def mean(column: str) -> Array:
        grid = np.column_stack([p[column].to_numpy(dtype=float) for p in pieces])
        if column.startswith("bound"):  # a part without such a rule is as it is
            grid = np.where(np.isnan(grid), np.column_stack([p["value"] for p in pieces]), grid)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(present, shares * grid, 0.0).sum(axis=1) / total)

    out = pd.DataFrame({c: mean(c) for c in ("value", "low", "high", "bound_low", "bound_high")})
    out.index = pieces[0].index
    n = np.column_stack([p["n"].to_numpy(dtype=float) for p in pieces])
    smallest = np.where(present, n, np.inf).min(axis=1)
    out["n"] = np.where(np.isfinite(smallest), smallest, 0.0)
    out["numerator"] = np.nan
    gaps = np.column_stack([p["missing"].to_numpy(dtype=float) for p in pieces])
    out["missing"] = np.where(np.isnan(gaps).all(axis=1), np.nan, np.nan_to_num(gaps).max(axis=1))
    return out[list(COLUMNS)]
