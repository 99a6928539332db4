"""Bonuses and penalties (主动治理加分与扣分), each tied to listed evidence.

A point without evidence is not counted; it is listed with the reason instead.
Caps hold per adjustment and unit; the line that reaches the cap gets what is
left, later ones get nothing, so every line says exactly what it counted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.adjustments import order_points
from metrics.periods import Period
from metrics.scheme_model import Scheme
from metrics.scheme_rules import Adjustment
from metrics.score import Exclusions, rank_scores, score

EVIDENCE = ("adjustment", "unit", "evidence", "points", "day", "note")
FROM_ORDERS = "orders"
"""Stands for the evidence of an adjustment that is counted from orders."""
REASONS = (
    "unknown_adjustment", "counted_from_orders", "unknown_unit", "no_evidence",
    "outside_period", "wrong_sign", "duplicate", "not_in_force", "capped",
)  # fmt: skip


@dataclass(frozen=True)
class Bonuses:
    """``lines``: one per piece of evidence (adjustment, unit, evidence, day, note,
    asked, counted, reason: why less was counted than asked, or ``None``).
    ``totals``: unit, bonus, penalty, adjustments (their sum)."""

    lines: pd.DataFrame
    totals: pd.DataFrame

    def of(self, unit: str) -> pd.Series:
        """Points by adjustment of one unit (for a waterfall)."""
        mine = self.lines[self.lines["unit"] == unit]
        return mine.groupby("adjustment", sort=False)["counted"].sum()


def bonuses(
    scheme: Scheme,
    counts: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
    period: Period | None = None,
) -> Bonuses:
    """Bonuses and penalties of the units in ``counts``.

    ``evidence``: the columns :data:`EVIDENCE` (``points`` may be missing: the
    adjustment's own ``per``; ``day`` and ``note`` may be missing). Adjustments
    with ``when`` are counted from ``counts`` (measures ``adjust.<id>``; see
    :func:`metrics.adjustments.order_points`). Those not in force are listed and count nothing.
    ``period``: evidence of other days is not counted.
    """
    rules = {item.id: item for item in scheme.adjustments}
    units = list(counts["unit"])
    counted = [item for item in scheme.adjustments if item.when is not None]
    lines = [_from_orders(scheme, counts, item) for item in counted]
    if evidence is not None and len(evidence):
        lines.append(_from_evidence(evidence, rules, units, period))
    columns = ["adjustment", "unit", "evidence", "day", "note", "asked", "counted", "reason"]
    lines = [part for part in lines if len(part)]
    table = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=columns)
    table = _capped(table.reindex(columns=columns), rules)
    points = table["counted"].astype(float)
    signed = {"bonus": points.clip(lower=0), "penalty": points.clip(upper=0)}
    sums = pd.DataFrame(signed).groupby(table["unit"]).sum().reindex(units, fill_value=0.0)
    totals = sums.rename_axis("unit").reset_index()
    totals["adjustments"] = totals["bonus"] + totals["penalty"]
    return Bonuses(table, totals)


def score_with(
    scheme: Scheme,
    counts: pd.DataFrame,
    found: Bonuses,
    *,
    exclusions: Exclusions = "applied",
) -> pd.DataFrame:
    """:func:`metrics.score.score` with all bonuses: both totals and both ranks side by side.

    ``composite`` and ``rank_composite`` are without, ``score`` and ``rank`` with
    adjustments; ``bonus`` and ``penalty`` say what they are made of.
    """
    out = score(scheme, counts, exclusions=exclusions).drop(columns="adjustments")
    place = out.columns.get_loc("score")
    out = out.merge(found.totals, on="unit", how="left")
    plain = rank_scores(out.assign(score=out["composite"]), scheme)
    out["rank_composite"] = plain["rank"]
    out["score"] = out["composite"] + out["adjustments"]
    ranked = rank_scores(out, scheme)
    first = list(ranked.columns[:place])
    moved = ["bonus", "penalty", "adjustments", "score", "rank_composite"]
    rest = [name for name in ranked.columns if name not in (*first, *moved)]
    ranked = ranked[[*first, *moved, *rest]]
    order = np.lexsort(
        (ranked["unit"].astype("str"), ranked["rank"].fillna(len(ranked) + 1), ranked["group"])
    )
    return ranked.iloc[order].reset_index(drop=True)


# -- inside --------------------------------------------------------------------
def _from_orders(scheme: Scheme, counts: pd.DataFrame, item: Adjustment) -> pd.DataFrame:
    """``note``: how many orders, or ``cases/base`` where a share is held against a line."""
    asked = order_points(scheme, item, counts)
    out = pd.DataFrame({"unit": counts["unit"], "asked": asked})
    out["adjustment"], out["evidence"] = item.id, FROM_ORDERS
    out["day"], out["reason"] = pd.NaT, None if item.in_force else "not_in_force"
    out["note"] = counts[f"adjust.{item.id}"].astype("int64").astype("str")
    if item.line is not None:
        out["note"] += "/" + counts[f"adjust.{item.id}.base"].astype("int64").astype("str")
    return out[pd.Series(asked != 0, index=out.index)]


def _from_evidence(
    evidence: pd.DataFrame,
    rules: dict[str, Adjustment],
    units: Collection[str],
    period: Period | None,
) -> pd.DataFrame:
    out = evidence.reindex(columns=list(EVIDENCE)).copy()
    out["day"] = pd.to_datetime(out["day"])
    name = out["adjustment"]
    per = name.map({key: item.per for key, item in rules.items()}).astype(float)
    out["asked"] = pd.to_numeric(out["points"], errors="coerce").astype(float).fillna(per)
    out = out.sort_values(["day", "evidence"], kind="stable", na_position="last")
    per, name = per[out.index], name[out.index]
    from_orders = {key for key, item in rules.items() if item.when is not None}
    reason = pd.Series(None, index=out.index, dtype="object")
    known = out["evidence"].notna() & (out["evidence"].astype("str").str.strip() != "")
    faults = [
        ("unknown_adjustment", ~name.isin(rules)),
        ("counted_from_orders", name.isin(from_orders)),
        ("unknown_unit", ~out["unit"].isin(list(units))),
        ("no_evidence", ~known),
        ("not_in_force", name.isin({key for key, item in rules.items() if not item.in_force})),
        ("wrong_sign", out["asked"] * per < 0),
    ]
    if period is not None:
        day = out["day"]
        faults.append(("outside_period", ~((day >= period.start) & (day < period.end))))
    for code, wrong in faults:
        reason = reason.where(~(wrong & reason.isna()), code)
    keys = out[["adjustment", "unit", "evidence"]][reason.isna()]
    twice = keys[keys.duplicated()].index
    reason.loc[twice] = "duplicate"
    out["reason"] = reason
    return out


def _capped(lines: pd.DataFrame, rules: dict[str, Adjustment]) -> pd.DataFrame:
    out = lines.reset_index(drop=True)
    out["asked"] = out["asked"].astype(float)
    out["reason"] = out["reason"].astype("object")
    valid = out["reason"].isna()
    amount = out["asked"].abs().where(valid, 0.0)
    caps = {key: item.cap for key, item in rules.items() if item.cap is not None}
    cap = out["adjustment"].map(caps).astype(float).fillna(np.inf)
    used = amount.groupby([out["adjustment"], out["unit"]]).cumsum() - amount
    counted = np.minimum(amount, (cap - used).clip(lower=0))
    out["counted"] = counted * np.sign(out["asked"].fillna(0))
    cut = valid & (counted < amount - 1e-12)
    out.loc[cut, "reason"] = "capped"
    return out
