"""How good it is: accuracy, macro-F1, calibration, and what a threshold leaves to people. Counts first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BINS = 15


def accuracy(hit: Array) -> float | None:
    """Share of hits; ``None`` of nothing."""
    return float(np.mean(hit)) if len(hit) else None


def per_class(truth: Sequence[Hashable], said: Sequence[Hashable]) -> list[dict[str, Any]]:
    """For each class of the truth: n, said (how often it was given), hit, precision, recall, f1;
    largest first. Precision is null where the class was never given."""
    n, given = Counter(truth), Counter(said)
    hit = Counter(t for t, s in zip(truth, said, strict=True) if t == s)
    out = []
    for name, count in sorted(n.items(), key=lambda item: (-item[1], str(item[0]))):
        right, asked = hit[name], given[name]
        out.append(
            {
                "name": name, "n": count, "said": asked, "hit": right,
                "precision": right / asked if asked else None, "recall": right / count,
                "f1": 2 * right / (count + asked),
            }
        )  # fmt: skip
    return out


def macro_f1(classes: Sequence[dict[str, Any]]) -> float | None:
    """Mean F1 over the classes of the truth, each counting the same."""
    return float(np.mean([c["f1"] for c in classes])) if classes else None


def reliability(confidence: Array, hit: Array, bins: int = BINS) -> list[dict[str, float]]:
    """Bins of equal width that hold anything: n, mean confidence, share of hits."""
    place = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    out = []
    for k in np.unique(place):
        mine = place == k
        out.append({"n": int(mine.sum()), "confidence": float(np.mean(confidence[mine])),
                    "hit": int(np.sum(hit[mine]))})  # fmt: skip
    return out


def calibration_error(rows: Sequence[dict[str, float]]) -> float | None:
    """Expected calibration error: mean distance of confidence and share of hits over the bins,
    weighted by how many lie there (Naeini et al., 2015)."""
    total = sum(r["n"] for r in rows)
    if not total:
        return None
    return float(sum(r["n"] * abs(r["confidence"] - r["hit"] / r["n"]) for r in rows) / total)


def curve(confidence: Array, hit: Array) -> list[dict[str, float]]:
    """For every hundredth: how many texts reach that confidence, and how many of them are right."""
    out = []
    for step in range(100):
        above = np.asarray(confidence) >= step / 100
        out.append({"at": step / 100, "n": int(above.sum()), "hit": int(np.sum(hit[above]))})
    return out


def confused(
    truth: Sequence[Hashable], said: Sequence[Hashable], most: int = 12
) -> list[dict[str, Any]]:
    """The pairs taken for one another most often."""
    pairs = Counter((t, s) for t, s in zip(truth, said, strict=True) if t != s)
    return [{"truth": t, "said": s, "n": n} for (t, s), n in pairs.most_common(most)]


def by_key(keys: Sequence[str], confidence: Array, hit: Array) -> list[dict[str, Any]]:
    """n, hits and mean confidence by key (month), in the order of the keys."""
    rows: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        rows[key].append(place)
    return [
        {"key": key, "n": len(rows[key]), "hit": int(np.sum(hit[rows[key]])),
         "confidence": float(np.mean(confidence[rows[key]]))}
        for key in sorted(rows)
    ]  # fmt: skip
