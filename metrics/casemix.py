"""Case mix: what a unit's rate would be expected to be, given the kinds of orders it gets.

Indirect standardisation: each order is expected to succeed as often as orders
of its stratum (category × grade) do in all *other* units; the unit's adjusted
rate is the whole group's rate plus (observed - expected) per order. Rates of
thin strata are pulled towards the whole (worth :data:`PULL` orders).

Only units that share strata can be compared. Where a unit *is* a category, the
"expected" rate has nothing to rest on and adjusting makes things worse: such
units, and such groups, are refused with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.indicators import Leaf

Array = np.ndarray[Any, np.dtype[np.float64]]
PULL = 20.0
SHARED = 0.5
"""At least this share of what a unit's strata hold must belong to other units."""
FEWEST = 5
Refusal = Literal["no_strata", "few_units", "one_stratum", "not_shared"]


@dataclass(frozen=True)
class CaseMix:
    """Adjusted rates, or why there are none.

    ``units``: unit, n, observed, expected (hits), value, adjusted (0 to 1, NaN
    where refused), shared (share of its strata's orders that other units hold),
    reason (``own_categories`` or ``no_data`` where a single unit is refused).
    ``refused``: why the whole group cannot be adjusted, or ``None``.
    """

    units: pd.DataFrame
    refused: Refusal | None
    shared: float
    strata: int

    def hits(self, units: Sequence[str]) -> Array:
        """Adjusted hits (adjusted rate × n) in the order of ``units``; plain ones where refused."""
        table = self.units.set_index("unit").reindex(list(units))
        adjusted = table["adjusted"].where(table["adjusted"].notna(), table["value"])
        return (adjusted * table["n"]).fillna(0.0).to_numpy(dtype=float)


def cells(leaf: Leaf, counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """One rate's counts by unit and stratum, ready for :func:`standardise`.

    ``counts``: ``unit``, the columns ``by`` and the rate's measures. Returns unit, ``by``, hits, n.
    """
    out = counts[["unit", *by]].copy()
    out["hits"] = sum(
        weight * counts[f"{leaf.prefix}.num.{k}"].astype(float)
        for k, weight in enumerate(leaf.weights)
    )
    out["n"] = counts[f"{leaf.prefix}.den"].astype(float)
    return out[out["n"] > 0].reset_index(drop=True)


def standardise(table: pd.DataFrame, by: Sequence[str], *, pull: float = PULL) -> CaseMix:
    """Adjust the rates of units that are compared with each other (one league table).

    ``table``: unit, the stratum columns ``by``, hits, n (one row per unit and
    stratum). Orders without a stratum form one of their own.
    """
    table = table[table["n"] > 0].copy()
    names = [table[name].astype("object").where(table[name].notna(), "") for name in by]
    table["stratum"] = list(zip(*names, strict=True)) if names else [()] * len(table)
    table = table.groupby(["unit", "stratum"], as_index=False)[["hits", "n"]].sum()
    whole, size = table["hits"].sum(), table["n"].sum()
    in_stratum = table.groupby("stratum")[["hits", "n"]].transform("sum")
    overall = whole / size if size else np.nan
    others = in_stratum["n"] - table["n"]
    rate = (in_stratum["hits"] - table["hits"] + pull * overall) / (others + pull)
    table["expected"] = rate * table["n"]
    table["others"] = others / in_stratum["n"] * table["n"]
    units = table.groupby("unit", as_index=False)[["n", "hits", "expected", "others"]].sum()
    units = units.rename(columns={"hits": "observed"})
    units["value"] = units["observed"] / units["n"]
    units["shared"] = units.pop("others") / units["n"]
    adjusted = overall + (units["observed"] - units["expected"]) / units["n"]
    strata = table["stratum"].nunique()
    shared = float((units["shared"] * units["n"]).sum() / size) if size else 0.0
    refused = _refused(units, strata, shared, by)
    own = units["shared"] < SHARED
    units["reason"] = pd.Series("own_categories", index=units.index, dtype="object").where(own)
    units["adjusted"] = adjusted.clip(0, 1).where(~own & (refused is None))
    columns = ["unit", "n", "observed", "expected", "value", "adjusted", "shared", "reason"]
    return CaseMix(units[columns], refused, shared, strata)


def _refused(units: pd.DataFrame, strata: int, shared: float, by: Sequence[str]) -> Refusal | None:
    if not by or not strata:
        return "no_strata"
    if len(units) < FEWEST:
        return "few_units"
    if strata == 1:
        return "one_stratum"
    return "not_shared" if shared < SHARED or (units["shared"] < SHARED).mean() > 0.5 else None
