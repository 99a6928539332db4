"""The whole result of a scheme for a period: everything a published table shows, from counts alone.

``outcome`` is a pure function of the scheme, the units' counts, the listed evidence and the result
it is compared with; whoever keeps these four can make the result again, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.bands import bands
from metrics.bonus import Bonuses, bonuses, score_with
from metrics.periods import Period
from metrics.rates import leaf_rates
from metrics.scheme_model import BEFORE, Scheme
from metrics.score import compare, peer_groups, pooled

NO_ORDERS = "no_orders"
"""Why a unit is listed apart: it received nothing (else ``no_data``)."""
BEFORE_COLUMNS = ("unit", "group", "rank", "score")


@dataclass(frozen=True)
class Outcome:
    """What a published month says.

    ``units``: one row per unit, by league table and rank: the columns of
    :func:`metrics.bonus.score_with` and :func:`metrics.score.compare`, the parts of
    indicators (``<indicator>.<part>``), the counts shown, and ``score_all``, ``rank_all``
    (nothing struck out). ``totals``: the pooled counts of each league table, likewise.
    ``bands``: see :func:`metrics.bands.bands`. ``lines``: every bonus and penalty.
    """

    units: pd.DataFrame
    totals: pd.DataFrame
    bands: pd.DataFrame
    lines: pd.DataFrame


def outcome(
    scheme: Scheme,
    counts: pd.DataFrame,
    evidence: pd.DataFrame | None = None,
    period: Period | None = None,
    before: pd.DataFrame | None = None,
) -> Outcome:
    """Score, rank and band every unit.

    ``counts``: as :func:`data.scoring.unit_counts` gives them; ``evidence``: the columns
    of :data:`metrics.bonus.EVIDENCE`; ``before``: unit, group, rank and score of the result
    to compare with. Raises ``KeyError`` naming measures that ``counts`` lacks.
    """
    counts = counts.sort_values("unit", kind="stable", ignore_index=True)
    found = bonuses(scheme, counts, evidence, period)
    table, totals = standings(scheme, counts, found, before)
    return Outcome(table, totals, bands(scheme, table), found.lines)


def standings(
    scheme: Scheme, counts: pd.DataFrame, found: Bonuses, before: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The league tables and their totals: ``units`` and ``totals`` of :class:`Outcome`.

    ``found``: the bonuses and penalties that count; ``before``: as for :func:`outcome`.
    ``score_all``, ``rank_all`` and ``lift`` are there where the scheme strikes orders out.
    """
    table = compare(score_with(scheme, counts, found), _before(before))
    extra = _extra(counts)
    table = table.merge(_parts(scheme, counts), on="unit", how="left")
    table = table.merge(counts[["unit", *extra]], on="unit", how="left")
    idle = (table["received"] == 0) & ~table["ranked"]
    table["reason"] = table["reason"].mask(idle, NO_ORDERS)
    totals = _totals(scheme, counts, extra)
    if scheme.excluded is not None:
        table, totals = _with_everything(scheme, counts, found, table, totals)
    return table, totals


def _before(before: pd.DataFrame | None) -> pd.DataFrame:
    if before is not None:
        return before[list(BEFORE_COLUMNS)]
    return pd.DataFrame(
        {
            "unit": pd.Series(dtype="str"), "group": pd.Series(dtype="str"),
            "rank": pd.Series(dtype="Int64"), "score": pd.Series(dtype="float64"),
        }
    )  # fmt: skip


def _extra(counts: pd.DataFrame) -> list[str]:
    """The counts shown beside the rates: own windows, pieces of numerators."""
    names = [str(name) for name in counts if not str(name).startswith(BEFORE)]
    return [name for name in names if name.startswith("count.") or ".num." in name]


def _totals(scheme: Scheme, counts: pd.DataFrame, extra: list[str]) -> pd.DataFrame:
    groups = peer_groups(scheme, counts).to_numpy()
    known = {*scheme.measures(), *extra}
    measures = [str(name) for name in counts if name in known]
    summed = counts[measures].groupby(groups).sum()
    parts = _parts(scheme, summed.reset_index(names="unit")).rename(columns={"unit": "group"})
    totals = pooled(scheme, counts, by_group=True).merge(parts, on="group", how="left")
    # A league table has no bonuses: its total is what the counts alone say.
    totals["adjustments"], totals["score"] = 0.0, totals["composite"]
    return totals.merge(summed[extra].reset_index(names="group"), on="group", how="left")


def _with_everything(
    scheme: Scheme,
    counts: pd.DataFrame,
    found: Bonuses,
    table: pd.DataFrame,
    totals: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Beside every score the one with nothing struck out."""
    everything = score_with(scheme, counts, found, exclusions="ignored")[["unit", "score", "rank"]]
    everything = everything.rename(columns={"score": "score_all", "rank": "rank_all"})
    table = table.merge(everything, on="unit", how="left")
    table["lift"] = table["score"] - table["score_all"]
    whole = pooled(scheme, counts, exclusions="ignored", by_group=True)[["group", "composite"]]
    whole = whole.rename(columns={"composite": "score_all"})
    return table, totals.merge(whole, on="group", how="left")


def _parts(scheme: Scheme, counts: pd.DataFrame) -> pd.DataFrame:
    """The parts of indicators that are made of parts: value, low, high, n."""
    out = {"unit": counts["unit"]}
    for indicator in scheme.indicators:
        if not indicator.parts or not indicator.measured:
            continue
        for leaf in indicator.leaves():
            rates = leaf_rates(leaf, counts)
            out[leaf.prefix] = rates["value"]
            for column in ("low", "high", "n"):
                out[f"{leaf.prefix}.{column}"] = rates[column]
    return pd.DataFrame(out)


def barred(scheme: Scheme, lines: pd.DataFrame) -> list[str]:
    """The units that lost points under an adjustment that bars them from the awards."""
    awards = scheme.year.awards if scheme.year else None
    if awards is None or lines.empty:
        return []
    hit = lines["adjustment"].isin(list(awards.barred_by)) & (lines["counted"].astype(float) != 0)
    return sorted(np.unique(lines.loc[hit, "unit"].astype("str")))
