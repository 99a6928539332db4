"""The scheme laboratory: what another scheme would change, and how much hangs on the weights.

Everything is recomputed from counts; :mod:`metrics.scheme_edit` makes the other schemes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from metrics.bands import bands
from metrics.bonus import bonuses, score_with
from metrics.linear import Linear
from metrics.periods import Period
from metrics.scheme_model import Scheme
from metrics.score import DECIMALS, Exclusions, compare, rank_scores, score

Array = np.ndarray[Any, np.dtype[np.float64]]
SHIFT = 0.1
WEIGHTINGS = 1000
SEED = 1000


# -- what changes ------------------------------------------------------------------
@dataclass(frozen=True)
class Side:
    """What one scheme is applied to.

    ``counts``: this period's, with the scheme's measures; ``evidence``: what its bonuses
    rest on (:data:`metrics.bonus.EVIDENCE`). ``before…``: the same of the period before,
    for bands by rise (without it nobody is in one).
    """

    scheme: Scheme
    counts: pd.DataFrame
    evidence: pd.DataFrame | None = None
    period: Period | None = None
    before: pd.DataFrame | None = None
    before_evidence: pd.DataFrame | None = None
    before_period: Period | None = None

    @property
    def rises(self) -> bool:
        """Whether the period before is asked for."""
        return any(band.by == "rise" for band in self.scheme.bands)

    @cached_property
    def applied(self) -> pd.DataFrame:
        """:meth:`scored` with exclusions applied, worked out once."""
        return self.scored()

    @cached_property
    def banded(self) -> dict[str, str]:
        """Each unit's bands (``;``-joined) with exclusions applied, worked out once."""
        return _bands_of(self.scheme, self.applied)

    def scored(self, exclusions: Exclusions = "applied") -> pd.DataFrame:
        """The scores with all bonuses and penalties, as :func:`metrics.outcome.outcome` has them."""
        out = self._scored(self.counts, self.evidence, self.period, exclusions)
        if self.before is None or not self.rises:
            return out
        then = self._scored(self.before, self.before_evidence, self.before_period, exclusions)
        return compare(out, then)

    def _scored(
        self,
        counts: pd.DataFrame,
        evidence: pd.DataFrame | None,
        period: Period | None,
        exclusions: Exclusions,
    ) -> pd.DataFrame:
        if evidence is None or evidence.empty:
            # The same, faster: points counted from orders are in the score already.
            return score(self.scheme, counts, exclusions=exclusions)
        found = bonuses(self.scheme, counts, evidence, period)
        return score_with(self.scheme, counts, found, exclusions=exclusions)


@dataclass(frozen=True)
class WhatIf:
    """``table``: unit, group, received, score_old, score_new, score_change, composite_old,
    composite_new, adjustments_old, adjustments_new, rank_old, rank_new, rank_change
    (positive = up), small_old, small_new, reason_old, reason_new (why unranked), bands_old,
    bands_new (``;``-joined), band_changed.
    ``moved``: units whose rank changes; ``rebanded``: units whose bands change;
    ``regrouped``: the schemes group units differently, and both were ranked in the
    old one's groups. ``old``, ``new``: the whole score tables."""

    table: pd.DataFrame
    moved: int
    rebanded: int
    regrouped: bool
    old: pd.DataFrame
    new: pd.DataFrame


def what_if(
    old: Scheme,
    new: Scheme,
    counts: pd.DataFrame,
    *,
    counts_new: pd.DataFrame | None = None,
    exclusions: Exclusions = "applied",
) -> WhatIf:
    """Score the same units by two schemes (or versions) and compare.

    ``counts_new``: counts for ``new`` where they differ (same units).
    """
    two = Side(new, counts if counts_new is None else counts_new)
    return side_by_side(Side(old, counts), two, exclusions=exclusions)


def side_by_side(one: Side, two: Side, *, exclusions: Exclusions = "applied") -> WhatIf:
    """The same units by two schemes, each with its bonuses, ranked in the same groups."""
    old, new = (
        side.applied if exclusions == "applied" else side.scored(exclusions) for side in (one, two)
    )
    mine = new["unit"].map(old.set_index("unit")["group"]).fillna(new["group"])
    regrouped = bool((mine != new["group"]).any())
    if regrouped:
        # A rank says something only among the same peers.
        new = rank_scores(new.assign(group=mine), two.scheme)
    plain = exclusions == "applied"
    names = (
        one.banded if plain else _bands_of(one.scheme, old),
        two.banded if plain and not regrouped else _bands_of(two.scheme, new),
    )
    columns = [
        "unit", "group", "received", "score", "composite", "adjustments", "rank", "small", "reason",
    ]  # fmt: skip
    table = old[columns].merge(new[columns], on="unit", how="outer", suffixes=("_old", "_new"))
    for name in ("group", "received"):
        table[name] = table.pop(f"{name}_old").fillna(table.pop(f"{name}_new"))
    table["score_change"] = table["score_new"] - table["score_old"]
    table["rank_change"] = table["rank_old"] - table["rank_new"]
    for name, found in zip(("bands_old", "bands_new"), names, strict=True):
        table[name] = [found.get(unit, "") for unit in table["unit"]]
    table["band_changed"] = table["bands_old"] != table["bands_new"]
    moved = int((table["rank_change"].fillna(0) != 0).sum())
    order = np.lexsort(
        (table["unit"].astype("str"), table["rank_new"].fillna(len(table) + 1), table["group"])
    )
    table = table.iloc[order].reset_index(drop=True)
    return WhatIf(table, moved, int(table["band_changed"].sum()), regrouped, old, new)


@dataclass(frozen=True)
class Agreement:
    """How alike two rankings of the same units are. ``spearman``: 1 the same order, 0 unrelated,
    -1 the opposite (ties share their mean rank), ``None`` below three units or where all
    are tied; ``both``: units ranked in both; ``mean_move``: ranks moved on average."""

    spearman: float | None
    both: int
    mean_move: float | None


def agreement(table: pd.DataFrame) -> Agreement:
    """How alike the two rankings of a :class:`WhatIf` table are (Spearman 1904), one group at a time."""
    known = table[table["rank_old"].notna() & table["rank_new"].notna()]
    if known.empty:
        return Agreement(None, 0, None)
    move = float(known["rank_change"].abs().astype(float).mean())
    one, two = (known[f"score_{side}"].round(DECIMALS).rank() for side in ("old", "new"))
    if len(known) < 3 or one.nunique() < 2 or two.nunique() < 2:
        return Agreement(None, len(known), move)
    return Agreement(float(np.corrcoef(one, two)[0, 1]), len(known), move)


def _bands_of(scheme: Scheme, table: pd.DataFrame) -> dict[str, str]:
    found = bands(scheme, table)
    out: dict[str, str] = {}
    for unit, band in zip(found["unit"], found["band"], strict=True):
        out[unit] = f"{out[unit]};{band}" if unit in out else str(band)
    return out


# -- how much hangs on the weights ---------------------------------------------------
def sensitivity(linear: Linear, shift: float = SHIFT) -> pd.DataFrame:
    """Which weights ranks hang on: each indicator's weight moved by ``shift`` of the whole.

    The other weights make room in proportion. Columns: indicator, direction (+1,
    -1), weight_old, weight_new (shares of 1), moved (units whose rank changes),
    mean_move, largest_move (ranks), unit (who moves most).
    """
    names, weights, good = _by_indicator(linear)
    before = _ranks(linear, good @ weights)
    rows = []
    for k, name in enumerate(names):
        for direction in (1, -1):
            mine = float(np.clip(weights[k] + direction * shift, 0, 1))
            rest = 1 - weights[k]
            other = weights * ((1 - mine) / rest) if rest > 0 else weights.copy()
            other[k] = mine
            if other.sum() <= 0:
                continue
            move = np.abs(_ranks(linear, good @ other) - before)
            moved = np.nan_to_num(move)
            top = int(moved.argmax()) if len(moved) else 0
            rows.append(
                (
                    name, direction, weights[k], mine, int((moved > 0).sum()),
                    float(np.nanmean(move)) if np.isfinite(move).any() else np.nan,
                    int(moved.max(initial=0)), linear.units[top] if moved.any() else None,
                )
            )  # fmt: skip
    columns = ["indicator", "direction", "weight_old", "weight_new", "moved", "mean_move",
               "largest_move", "unit"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def stability(
    linear: Linear,
    *,
    weightings: int = WEIGHTINGS,
    closeness: float | None = None,
    seed: int = SEED,
    level: float = 0.90,
) -> pd.DataFrame:
    """How ranks vary over random weightings (Dirichlet).

    ``closeness``: ``None`` draws every weighting with equal chance; a number
    draws around the scheme's own weights (larger = closer). Columns: unit,
    group, rank (by the scheme, without adjustments), rank_low, rank_high
    (``level`` of the weightings), best, worst, top_tenth, bottom_tenth (share of
    weightings). Says what hangs on the weights; nothing about chance.
    """
    rng = np.random.default_rng(seed)
    names, weights, good = _by_indicator(linear)
    alpha = np.ones(len(names)) if closeness is None else np.maximum(weights * closeness, 1e-3)
    drawn = rng.dirichlet(alpha, weightings)
    places = _ranks(linear, good @ drawn.T)
    size = pd.Series(~np.isnan(places[:, 0])).groupby(linear.groups).transform("sum").to_numpy()
    tenth = np.maximum(1, np.floor(size * 0.1 + 0.5))[:, None]
    tail = (1 - level) / 2
    low, high = np.quantile(places, [tail, 1 - tail], axis=1, method="inverted_cdf")
    gone = np.isnan(places[:, 0])
    top, bottom = places <= tenth, places > size[:, None] - tenth
    out = pd.DataFrame(
        {
            "unit": linear.units,
            "group": linear.groups,
            "rank": _ranks(linear, good @ weights),
            "rank_low": low,
            "rank_high": high,
            "best": places.min(axis=1),
            "worst": places.max(axis=1),
            "top_tenth": np.where(gone, np.nan, top.mean(axis=1)),
            "bottom_tenth": np.where(gone, np.nan, bottom.mean(axis=1)),
        }
    )
    for name in ("rank", "rank_low", "rank_high", "best", "worst"):
        out[name] = out[name].round().astype("Int64")
    return out


def _by_indicator(linear: Linear) -> tuple[list[str], Array, Array]:
    """Names, weights (adding up to 1) and each unit's goodness by measured indicator.

    Where a unit does without an indicator its weighted mean of the others stands in.
    """
    names = list(dict.fromkeys(piece.indicator.id for piece in linear.pieces))
    of = np.array([names.index(piece.indicator.id) for piece in linear.pieces])
    points = np.column_stack([linear.points[:, of == k].sum(axis=1) for k in range(len(names))])
    gained = linear.points * np.nan_to_num(linear.goodness)
    won = np.column_stack([gained[:, of == k].sum(axis=1) for k in range(len(names))])
    used = points.sum(axis=0) > 0
    names = [name for name, there in zip(names, used, strict=True) if there]
    points, won = points[:, used], won[:, used]
    weight = {item.indicator: item.weight for item in linear.scheme.composite}
    weights = np.array([weight[name] for name in names])
    with np.errstate(divide="ignore", invalid="ignore"):
        good = np.where(points > 0, won / points, (linear.composite / 100)[:, None])
    return names, weights / weights.sum() if len(weights) else weights, good


def _ranks(linear: Linear, values: Array) -> Array:
    """Competition ranks within each league table, per column; NaN where unranked."""
    grid = values.reshape(len(linear.units), -1).round(DECIMALS)
    grid = np.where(np.isnan(linear.composite)[:, None], np.nan, grid)
    ranked = pd.DataFrame(grid).groupby(linear.groups).rank(method="min", ascending=False)
    out = ranked.to_numpy(dtype=float)
    return np.asarray(out if values.ndim == 2 else out[:, 0])
