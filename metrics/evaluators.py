"""Several evaluators of the same unit, weighted together, and how far they disagree.

Caller follow-up, third-party residents' survey, enterprises' 好差评: three
samples of different people. Their weighted mean is a convention of the scheme;
where they disagree by more than chance, that is the finding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from metrics.indicators import Indicator
from metrics.rates import wilson
from metrics.scheme_rules import Evaluator
from metrics.tails import false_discovery

ALPHA = 0.05
LEVEL_WORTH = (1.0, 1.0, 1.0, 0.0, 0.0)
"""What the five levels of 好差评 are worth where the scheme says nothing else: the three
that are not a 差评 count as good."""


def from_levels(table: pd.DataFrame, levels: Sequence[str], worth: Sequence[float]) -> pd.DataFrame:
    """Counts of answers by level (columns ``levels``, best first) as numerator and n.

    ``worth``: what an answer of each level counts (好差评 counts 非常满意, 满意 and
    基本满意 as good: 1, 1, 1, 0, 0). Keeps ``unit`` and ``evaluator``.
    """
    counts = table[list(levels)].to_numpy(dtype=float)
    out = table[["unit", "evaluator"]].copy()
    out["numerator"] = counts @ np.asarray(worth, dtype=float)
    out["squares"] = counts @ np.square(np.asarray(worth, dtype=float))
    out["n"] = counts.sum(axis=1)
    return out


def from_indicator(indicator: Indicator, counts: pd.DataFrame, evaluator: str) -> pd.DataFrame:
    """An indicator's counts per unit as an evaluator's: unit, evaluator, numerator, squares, n.

    Units without answers are left out.
    """
    leaf = indicator.leaves()[0]
    pieces = [
        (piece.weight, counts[f"{leaf.prefix}.num.{k}"].to_numpy(dtype=float))
        for k, piece in enumerate(leaf.rule.numerator)
    ]
    out = pd.DataFrame({"unit": counts["unit"].to_numpy(), "evaluator": evaluator})
    out["numerator"] = sum(w * hits for w, hits in pieces)
    out["squares"] = sum(w * w * hits for w, hits in pieces)
    out["n"] = counts[f"{leaf.prefix}.den"].to_numpy(dtype=float)
    return out[out["n"] > 0].reset_index(drop=True)


def ratings(table: pd.DataFrame) -> pd.DataFrame:
    """Each evaluator's rate of each unit: ``table`` (unit, evaluator, numerator, n and perhaps
    squares) with value, low, high (95 %); no data where n is 0."""
    out = table.copy()
    squares = out["squares"].to_numpy(dtype=float) if "squares" in out else None
    numerator, n = out["numerator"].to_numpy(dtype=float), out["n"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        out["value"] = np.where(n > 0, numerator / n, np.nan)
    out["low"], out["high"] = wilson(numerator, n, squares)
    return out


def together(evaluators: Sequence[Evaluator], table: pd.DataFrame) -> pd.DataFrame:
    """All evaluators weighted together, per unit.

    ``table``: as for :func:`ratings`; evaluators that the scheme does not name
    are left out. An evaluator without answers for a unit gives its weight to
    the others, and ``missing`` names it.

    Columns: unit, value, low, high (independent samples), weight_used (share of
    the full weight that has data), missing (``;``-joined), spread (largest minus
    smallest rate), highest, lowest (evaluator ids), p (chi-squared test that all
    rates are equal), q (Benjamini-Hochberg over the units), disagree (q ≤ 0.05).
    """
    weight = {item.id: item.weight for item in evaluators}
    rows = []
    rated = ratings(table[table["evaluator"].isin(list(weight))])
    for unit, mine in rated.groupby("unit", sort=True):
        known = mine[mine["n"] > 0]
        missing = [name for name in weight if name not in set(known["evaluator"])]
        w = known["evaluator"].map(weight).to_numpy(dtype=float)
        if not len(known):
            rows.append((unit, *[np.nan] * 3, 0.0, ";".join(missing), *[np.nan] * 4))
            continue
        value = known["value"].to_numpy()
        mean = float((w * value).sum() / w.sum())
        below = float(np.hypot.reduce(w * (value - known["low"].to_numpy())) / w.sum())
        above = float(np.hypot.reduce(w * (known["high"].to_numpy() - value)) / w.sum())
        used = float(w.sum() / sum(weight.values()))
        names = known["evaluator"].to_numpy()
        several = len(known) > 1
        rows.append(
            (
                unit, mean, mean - below, mean + above, used, ";".join(missing),
                float(np.ptp(value)) if several else np.nan,
                names[value.argmax()] if several else np.nan,
                names[value.argmin()] if several else np.nan,
                _differ(known) if several else np.nan,
            )
        )  # fmt: skip
    columns = ["unit", "value", "low", "high", "weight_used", "missing", "spread", "highest",
               "lowest", "p"]  # fmt: skip
    out = pd.DataFrame(rows, columns=columns)
    out["q"] = false_discovery(out["p"].to_numpy(dtype=float))
    out["disagree"] = out["q"] <= ALPHA
    return out


def _differ(known: pd.DataFrame) -> float:
    """Pearson's test of equal rates; 1 where all answers are alike."""
    hits, n = known["numerator"].to_numpy(dtype=float), known["n"].to_numpy(dtype=float)
    cells = np.array([hits, n - hits])
    if (cells.sum(axis=1) == 0).any():
        return 1.0
    return float(stats.chi2_contingency(cells, correction=False).pvalue)
