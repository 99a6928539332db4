"""Several evaluators of the same unit, weighted together, and how far they disagree.

Caller follow-up, third-party residents' survey, enterprises' 好差评: three
samples of different people. Their weighted mean is a convention of the scheme;
where they disagree by more than chance, that is the finding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from metrics.indicators import Indicator
from metrics.rates import wilson
from metrics.scheme_rules import Evaluator
from metrics.tails import false_discovery

ALPHA = 0.05
FEW = 5.0
"""Expected answers in a cell below which the test is exact (Cochran 1954, Biometrics 10, 417-451)."""
MOST_WAYS = 50_000
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
    smallest rate), highest, lowest (evaluator ids), p (test that all
    rates are equal: chi-squared, exact for few answers), q (Benjamini-Hochberg over the units), disagree (q ≤ 0.05).
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
    """Pearson's test of equal rates; exact where few answers make the chi-squared
    distribution a bad guide; 1 where all answers are alike."""
    hits, n = known["numerator"].to_numpy(dtype=float), known["n"].to_numpy(dtype=float)
    cells = np.array([hits, n - hits])
    if (cells.sum(axis=1) == 0).any():
        return 1.0
    if stats.contingency.expected_freq(cells).min() >= FEW:
        return float(stats.chi2_contingency(cells, correction=False).pvalue)
    return exact(np.rint(hits).astype(np.int64), n.astype(np.int64))


def exact(hits: np.ndarray[Any, Any], n: np.ndarray[Any, Any]) -> float:
    """Chance, given how many answers were good in all, of rates as far apart as these by
    Pearson's statistic: all ways to share them out, or 20,000 drawn where there are too many.

    The exact conditional test of a 2 × k table (Freeman & Halton 1951, Biometrika 38, 141-149).
    """
    total, good = int(n.sum()), int(hits.sum())
    if good in (0, total):
        return 1.0
    rare = hits if good <= total - good else n - hits
    ways = math.comb(int(rare.sum()) + len(n) - 1, len(n) - 1)
    if ways > MOST_WAYS:
        rng = np.random.default_rng(int(total))
        drawn = rng.multivariate_hypergeometric(n, int(rare.sum()), size=20_000)
        return float((np.sum(_far(drawn, n) >= _far(rare[None], n) - 1e-9) + 1) / 20_001)
    tables = _shared(int(rare.sum()), n)
    log = sum(
        special.gammaln(size + 1) - special.gammaln(tables[:, k] + 1)
        - special.gammaln(size - tables[:, k] + 1)
        for k, size in enumerate(n)
    )  # fmt: skip
    chance = np.exp(log - log.max())
    far = _far(tables, n) >= _far(rare[None], n) - 1e-9
    return float(min(1.0, chance[far].sum() / chance.sum()))


def _far(tables: np.ndarray[Any, Any], n: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Pearson's statistic up to what all tables of the same margins share."""
    expected = tables.sum(axis=1, keepdims=True) * n / n.sum()
    return np.asarray(((tables - expected) ** 2 / n).sum(axis=1))


def _shared(count: int, n: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Every way to share ``count`` out over groups of these sizes, one row each."""
    rows = np.zeros((1, 0), dtype=np.int64)
    for k, size in enumerate(n):
        left = count - rows.sum(axis=1)
        if k == len(n) - 1:
            kept = left <= size
            return np.column_stack([rows[kept], left[kept]])
        most = np.minimum(left, size)
        repeated = np.repeat(rows, most + 1, axis=0)
        here = np.concatenate([np.arange(m + 1) for m in most])
        rows = np.column_stack([repeated, here])
    return rows
