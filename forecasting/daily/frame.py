"""A panel of daily counts: bottom series side by side, and how they add up to wholes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse

from forecasting.counts import seen_days
from forecasting.daily.steps import Array, Ints

FEWEST_REGISTERED = 0.5
"""A last day of which fewer than this share is registered is left out, not scaled up."""
SMALL_POOL = 1500.0
"""Pools with fewer orders than this share one model: there is too little to learn alone."""


@dataclass(frozen=True)
class Counts:
    """Bottom series, sorted by their keys so that the order of rows never matters.

    ``values``: days down, series across, NaN where nothing was delivered; the length is a
    whole number of weeks. ``pool``: which series share a model. ``nodes``: keys of every
    series shown, bottom series first, then all sums; ``of`` names the keys that are fixed.
    ``wholes``: nodes × bottom series, 1 where the series is part of the node.
    """

    days: pd.DatetimeIndex
    values: Array
    keys: pd.DataFrame
    pool: Ints
    pool_names: tuple[str, ...]
    nodes: pd.DataFrame
    wholes: sparse.csr_matrix

    @property
    def end(self) -> date:
        """The last day used."""
        return self.days[-1].date()

    def total(self, bottom: Array) -> Array:
        """Values of all nodes from those of the bottom series (last axis)."""
        flat = bottom.reshape(-1, bottom.shape[-1])
        out = (self.wholes @ flat.T).T
        return np.asarray(out).reshape(*bottom.shape[:-1], self.wholes.shape[0])


def lay_out(
    daily: pd.DataFrame,
    as_of: date,
    *,
    pool: str | None,
    covered: Iterable[date] | None = None,
    registered: Sequence[float] = (),
    season: int = 7,
    within: Mapping[str, str] | None = None,
) -> Counts | None:
    """The panel up to ``as_of``, or ``None`` when it holds no day at all.

    ``daily``: day, key columns, n; a missing key is a series of its own, so that wholes
    are complete. ``registered``: share of a day's orders that is registered by ``as_of``,
    for ``as_of`` itself, the day before, and so on. A day with less than half is left out,
    together with all later ones; the others are divided by their share. ``within``: a key that
    lies in another one (a subcategory in its category) has no sums without that one.
    """
    index, seen = seen_days(daily, as_of, covered)
    shares = np.asarray(registered, dtype=float)
    low = np.flatnonzero(shares < FEWEST_REGISTERED)
    dropped = int(low[-1]) + 1 if len(low) else 0
    index, seen = index[: len(index) - dropped], seen[: len(seen) - dropped]
    if len(index) == 0 or not seen.any():
        return None
    names = [name for name in daily.columns if name not in ("day", "n")]
    rows = daily.assign(day=pd.to_datetime(daily["day"]))
    rows = rows[(rows["day"] >= index[0]) & (rows["day"] <= index[-1])]
    if names:
        grouped = rows.groupby(names, dropna=False, sort=True, observed=True)
        place, keys = grouped.ngroup().to_numpy(), grouped.size().index.to_frame(index=False)
    else:
        place, keys = np.zeros(len(rows), dtype=np.intp), pd.DataFrame(index=range(1))
    at = np.asarray((rows["day"] - index[0]).dt.days, dtype=np.intp)
    flat = np.bincount(
        at * len(keys) + place, weights=rows["n"].to_numpy(dtype=float),
        minlength=len(index) * len(keys),
    )  # fmt: skip
    values = flat.reshape(len(index), len(keys)).astype(float)
    kept = shares[dropped : dropped + len(index)]
    if len(kept):
        values[len(values) - len(kept) :] /= np.minimum(kept, 1.0)[::-1, None]
    values[~seen] = np.nan
    return arranged(values, index, keys, pool, season, within=within)


def arranged(
    values: Array,
    days: pd.DatetimeIndex,
    keys: pd.DataFrame,
    pool: str | None,
    season: int = 7,
    *,
    sums: bool = True,
    within: Mapping[str, str] | None = None,
) -> Counts:
    """The panel from a matrix, days down; the first days that make no whole week are cut off."""
    cut = len(values) % season if len(values) > season else 0
    values, days = values[cut:], days[cut:]
    codes, names = _pools(values, keys, pool)
    nodes, wholes = _wholes(keys, sums, within or {})
    return Counts(days, values, keys, codes, names, nodes, wholes)


def _pools(values: Array, keys: pd.DataFrame, pool: str | None) -> tuple[Ints, tuple[str, ...]]:
    """Which model each series learns from; pools with few orders share the last one."""
    if pool is None or pool not in keys:
        return np.zeros(len(keys), dtype=np.intp), ("",)
    codes, labels = pd.factorize(keys[pool], sort=True, use_na_sentinel=False)
    orders = np.bincount(codes, weights=np.nansum(values, axis=0), minlength=len(labels))
    large = orders >= SMALL_POOL
    place = np.where(large, np.cumsum(large) - 1, large.sum())
    names = [str(label) for label, is_large in zip(labels, large, strict=True) if is_large]
    if not large.all():
        names.append("")
    return place[codes].astype(np.intp), tuple(names)


def _wholes(
    keys: pd.DataFrame, sums: bool, within: Mapping[str, str]
) -> tuple[pd.DataFrame, sparse.csr_matrix]:
    """Every sum of the bottom series over some of their keys, and over all of them."""
    names, width = list(keys.columns), len(keys)
    nodes = [keys.assign(of="+".join(names))]
    blocks = [sparse.identity(width, format="csr")]
    kept = [
        list(k)
        for size in range(len(names) - 1, 0, -1)
        for k in combinations(names, size)
        if all(parent in k for key, parent in within.items() if key in k)
    ]
    for some in [*kept, []] if sums and width > 1 else []:
        if some:
            grouped = keys.groupby(some, dropna=False, sort=True, observed=True)
            place, found = grouped.ngroup().to_numpy(), grouped.size().index.to_frame(index=False)
        else:
            place, found = np.zeros(width, dtype=np.intp), pd.DataFrame(index=range(1))
        nodes.append(found.assign(of="+".join(some)))
        ones = (np.ones(width), (place, np.arange(width)))
        blocks.append(sparse.csr_matrix(ones, shape=(len(found), width)))
    frame = pd.concat(nodes, ignore_index=True).reindex(columns=["of", *names])
    return frame, sparse.csr_matrix(sparse.vstack(blocks))
