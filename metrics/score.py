"""Scores and ranks of units under a scheme, from counts.

A unit without data in an indicator that the others have gets no score and no
rank: it is listed apart. What nobody has (satisfaction in a city without
follow-up calls) is not measured, and its weight is shared out in proportion
over what is; :func:`weights` says so.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.adjustments import from_orders
from metrics.rates import leaf_rates, rates
from metrics.scheme_model import Scheme

Exclusions = Literal["applied", "ignored"]
EVERYBODY = "all"
OTHER = "other"
TOTAL = "total"
DECIMALS = 9
"""Scores that agree to this many decimals are equal (floating point is not a reason to rank)."""


def peer_groups(scheme: Scheme, units: pd.DataFrame) -> pd.Series:
    """The league table of each unit: a set of the scheme, ``other`` outside every set, or
    the unit's own column; ``all`` where the scheme or the frame has no groups.

    ``units``: columns ``unit``, and ``unit_type`` or ``peer_group`` as the scheme needs.
    """
    if scheme.groups.sets:
        out = pd.Series(OTHER, index=units.index, dtype="object")
        kinds = units.get("unit_type", pd.Series(None, index=units.index, dtype="object"))
        for group in reversed(scheme.groups.sets):
            mine = units["unit"].isin(list(group.units)) | kinds.isin(list(group.unit_types))
            out[mine.to_numpy(dtype=bool)] = group.id
        return out.astype("str")
    if scheme.groups.by in units:
        column = units[scheme.groups.by].astype("object")
        return column.where(column.notna(), OTHER).astype("str")
    return pd.Series(EVERYBODY, index=units.index, dtype="str")


def weights(
    scheme: Scheme, counts: pd.DataFrame, *, exclusions: Exclusions = "applied"
) -> pd.DataFrame:
    """What each indicator of the composite weighs, and what it really weighs here.

    Columns: indicator, weight, used, status, measured. ``used`` differs from
    ``weight`` where something is not measured in any row of ``counts``.
    """
    found = _parts(scheme, counts, exclusions, None)
    have = [bool((found[i.id]["n"] > 0).any()) or _is_share(i) for i in scheme.composed]
    weight = np.array([item.weight for item in scheme.composite])
    rest = weight[have].sum()
    used = np.where(have, weight * (weight.sum() / rest if rest else 0.0), 0.0)
    return pd.DataFrame(
        {
            "indicator": [item.indicator for item in scheme.composite],
            "weight": weight,
            "used": used,
            "status": [item.status for item in scheme.composite],
            "measured": have,
        }
    )


def part_weights(
    scheme: Scheme, counts: pd.DataFrame, *, exclusions: Exclusions = "applied"
) -> pd.DataFrame:
    """What the parts of each indicator weigh and really weigh here: :func:`weights`, with
    ``indicator`` and ``part``. Parts that nobody has give their weight to the others."""
    rows = []
    for indicator in scheme.composed:
        leaves = indicator.leaves() if indicator.parts else ()
        have = [
            bool((leaf_rates(leaf, counts, before=exclusions == "ignored")["n"] > 0).any())
            for leaf in leaves
        ]
        whole = sum(leaf.weight for leaf in leaves)
        rest = sum(leaf.weight for leaf, there in zip(leaves, have, strict=True) if there)
        for part, there in zip(indicator.parts, have, strict=True):
            used = part.weight * whole / rest if there else 0.0
            rows.append((indicator.id, part.id, part.weight, used, part.weight_status, there))
    return pd.DataFrame(rows, columns=["indicator", "part", "weight", "used", "status", "measured"])


def score(
    scheme: Scheme, counts: pd.DataFrame, *, exclusions: Exclusions = "applied"
) -> pd.DataFrame:
    """Score and rank every unit.

    ``counts``: one row per unit: ``unit``, the measures of ``scheme.measures()``,
    and ``unit_type`` / ``peer_group`` for the league tables. Returns one row per
    unit, by group and rank:

    - unit, group, received, flagged, excluded
    - per indicator: ``<id>`` (0 to 1), ``.low .high .n .missing .bound_low
      .bound_high``; for those of the composite ``.points`` and ``.weight``
    - composite (0 to 100), composite_low, composite_high (limits that hold if
      all parts move together: wide rather than narrow), adjustments, score
      (composite + adjustments)
    - n (smallest denominator), small (below the scheme's minimum), ranked,
      reason (``no_data`` when not ranked), rank, of (ranked in the group), tied
    """
    groups = peer_groups(scheme, counts)
    used = weights(scheme, counts, exclusions=exclusions)
    out = _scored(scheme, counts, exclusions, groups, used)
    out.insert(1, "group", groups)
    _rank(out, scheme)
    place = out["rank"].fillna(len(out) + 1)
    order = np.lexsort((out["unit"].astype("str"), place, out["group"]))
    return out.iloc[order].reset_index(drop=True)


def pooled(
    scheme: Scheme,
    counts: pd.DataFrame,
    *,
    exclusions: Exclusions = "applied",
    by_group: bool = False,
) -> pd.DataFrame:
    """The total row (or one per league table): the counts are added up, then scored.

    Never an average of the units' rates. Shares of a group mean nothing in a
    total: their weight is shared out there.
    """
    known = scheme.measures()
    names = [name for name in counts if name in known]
    groups = peer_groups(scheme, counts)
    keys = groups if by_group else pd.Series(TOTAL, index=counts.index)
    summed = counts[names].groupby(keys.to_numpy()).sum().reset_index(names="group")
    if summed.empty:
        summed = pd.DataFrame([{"group": TOTAL, **dict.fromkeys(names, 0)}])
    summed["unit"] = TOTAL
    used = weights(scheme, counts, exclusions=exclusions)
    shares = np.array([_is_share(i) for i in scheme.composed])
    rest = used["used"].to_numpy()[~shares].sum()
    scale = used["used"].sum() / rest if rest else 0.0
    used["used"] = np.where(shares, 0.0, used["used"] * scale)
    used["measured"] &= ~shares
    out = _scored(scheme, summed, exclusions, None, used)
    out.insert(1, "group", summed["group"])
    return out


def compare(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """``now`` with rank_before, rank_change (positive = moved up), score_before, score_change.

    Both as :func:`score` returns them. A unit that was or is unranked, or has
    changed its group, has no change.
    """
    old = before[["unit", "group", "rank", "score"]]
    old = old.rename(columns={"rank": "rank_before", "score": "score_before"})
    out = now.merge(old, on=["unit", "group"], how="left")
    out["rank_change"] = out["rank_before"] - out["rank"]
    out["score_change"] = out["score"] - out["score_before"]
    return out


def lift(scheme: Scheme, counts: pd.DataFrame) -> pd.DataFrame:
    """The score with and without exclusions, side by side.

    Columns: unit, group, score, score_before (nothing struck out), lift, rank,
    rank_before, excluded, exclusion_rate.
    """
    applied = score(scheme, counts)
    ignored = score(scheme, counts, exclusions="ignored")[["unit", "score", "rank"]]
    out = applied[["unit", "group", "score", "rank", "received", "excluded"]].merge(
        ignored.rename(columns={"score": "score_before", "rank": "rank_before"}), on="unit"
    )
    out["lift"] = out["score"] - out["score_before"]
    out["exclusion_rate"] = (out["excluded"] / out["received"]).where(out["received"] > 0)
    return out


def rank_scores(table: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """A table as :func:`score` returns it, ranked anew by its column ``score``."""
    out = table.copy()
    _rank(out, scheme)
    return out


# -- inside --------------------------------------------------------------------
def _is_share(indicator: Any) -> bool:
    return bool(indicator.kind == "group_share")


def _parts(
    scheme: Scheme, counts: pd.DataFrame, exclusions: Exclusions, groups: pd.Series | None
) -> dict[str, pd.DataFrame]:
    before = exclusions == "ignored"
    return {
        i.id: rates(i, counts, before=before, groups=groups)
        for i in (scheme.composed if before else scheme.indicators)
    }


def _scored(
    scheme: Scheme,
    counts: pd.DataFrame,
    exclusions: Exclusions,
    groups: pd.Series | None,
    used: pd.DataFrame,
) -> pd.DataFrame:
    parts = _parts(scheme, counts, exclusions, groups)
    columns: dict[str, Any] = {
        "unit": counts["unit"],
        "received": counts["all"],
        "flagged": counts.get("flagged", 0),
        "excluded": counts.get("excluded", 0),
    }
    for name, part in parts.items():
        columns[name] = part["value"]
        for column in ("low", "high", "n", "missing", "bound_low", "bound_high"):
            columns[f"{name}.{column}"] = part[column]
    out = pd.DataFrame(columns, index=counts.index)
    made = _compose(scheme, parts, used, len(counts))
    made.index = out.index
    out = pd.concat([out, made], axis=1)
    out["adjustments"] = from_orders(scheme, counts)
    out["score"] = out["composite"] + out["adjustments"]
    out["small"] = out["n"] < scheme.minimum_n
    return out


def _compose(
    scheme: Scheme, parts: dict[str, pd.DataFrame], used: pd.DataFrame, rows: int
) -> pd.DataFrame:
    composed = scheme.composed
    measured = used["measured"].to_numpy(dtype=bool)
    value = np.column_stack([_goodness(parts[i.id]["value"], i) for i in composed])
    # A missing interval (a share is no sample) is the value itself.
    ends = [("low", "high") if i.direction == "up" else ("high", "low") for i in composed]
    low = np.column_stack(
        [_goodness(parts[i.id][e[0]], i) for i, e in zip(composed, ends, strict=True)]
    )
    high = np.column_stack(
        [_goodness(parts[i.id][e[1]], i) for i, e in zip(composed, ends, strict=True)]
    )
    gone = np.isnan(value)
    spare = gone & (np.array([i.optional for i in composed]) | ~measured)
    complete = ~(gone & ~spare).any(axis=1) & ~gone.all(axis=1)
    weight = np.where(gone, 0.0, used["used"].to_numpy())
    whole = weight.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.where(whole > 0, weight / whole * used["weight"].sum(), 0.0)
    scale = 100 / used["weight"].sum()
    points = np.where(gone, np.nan, shared * np.nan_to_num(value) * scale)

    def total(grid: Any) -> Any:
        filled = np.nan_to_num(np.where(np.isnan(grid), value, grid))
        return np.where(complete, (shared * filled).sum(axis=1) * scale, np.nan)

    out: dict[str, Any] = {}
    for k, item in enumerate(composed):
        out[f"{item.id}.points"] = points[:, k]
        out[f"{item.id}.weight"] = shared[:, k]
    n = np.column_stack(
        [
            np.where(_is_share(i) | gone[:, k], np.inf, parts[i.id]["n"])
            for k, i in enumerate(composed)
        ]
    ).min(axis=1, initial=np.inf)
    out |= {"composite": total(value), "composite_low": total(low), "composite_high": total(high)}
    out["n"] = np.where(complete & np.isfinite(n), n, 0).astype("int64")
    return pd.DataFrame(out, index=range(rows))


def _goodness(values: pd.Series, indicator: Any) -> Any:
    numbers = values.to_numpy(dtype=float)
    return numbers if indicator.direction == "up" else 1 - numbers


def _rank(out: pd.DataFrame, scheme: Scheme) -> None:
    """Competition ranks (1, 2, 2, 4) within each group; unranked units keep no rank."""
    out["ranked"] = out["score"].notna()
    out["reason"] = pd.Series("no_data", index=out.index, dtype="str").where(~out["ranked"])
    points = out["score"].round(DECIMALS).fillna(-np.inf)
    second = out["received"] if scheme.ties == "more_orders" else pd.Series(0, index=out.index)
    order = np.lexsort((second, points))
    pairs = np.column_stack([points, second])[order]
    new = np.append(True, (pairs[1:] != pairs[:-1]).any(axis=1))[: len(out)]
    levels = np.empty(len(out))
    levels[order] = np.cumsum(new)
    level = pd.Series(levels, index=out.index).where(out["ranked"])
    out["rank"] = level.groupby(out["group"]).rank(method="min", ascending=False).astype("Int64")
    out["of"] = out.groupby("group")["ranked"].transform("sum").astype("int64")
    same = level.groupby([out["group"], level]).transform("size")
    out["tied"] = (same > 1).to_numpy(dtype=bool) & out["ranked"].to_numpy(dtype=bool)


__all__ = [
    "compare",
    "lift",
    "part_weights",
    "peer_groups",
    "pooled",
    "rank_scores",
    "score",
    "weights",
]
