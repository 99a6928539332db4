"""Which words of a text spoke for a category: the classifier's own weights, laid on the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dispatch.features import FIELDS, Features
from dispatch.tree import END, Path, Tree, branch
from dispatch.words import words

MOST = 8
_FAINT = 0.12
"""Words with less than this share of the strongest one's say stay unmarked."""


@dataclass(frozen=True)
class Spoke:
    """A word that spoke: field (content or title), its characters, and its say (strongest: 1)."""

    field: str
    start: int
    end: int
    word: str
    say: float


def spoken(
    features: Features, tree: Tree, title: str, content: str, path: Path
) -> tuple[Spoke, ...]:
    """The words that raised the path's branches most above their rivals, strongest first.

    A feature's say is its weight in the text times how much more the chosen branch makes of it than the
    mean of the others, summed over the levels; it is shared out over the characters that it spans.
    """
    gain = _gain(features, tree, path)
    out: list[Spoke] = []
    spans = features.spans(title, content)
    shown = (content, title)
    for field, text, (found, column, weight) in zip(FIELDS, shown, spans, strict=True):
        if not text:
            continue
        say = np.where(column >= 0, weight * gain[column], 0.0)
        letters = np.zeros(len(text) + 1)
        for begin, end, value in zip(found.start, found.end, say, strict=True):
            if end <= len(text):
                letters[begin:end] += value / (end - begin)
        out += [
            Spoke(field, begin, end, word, float(letters[begin:end].sum()))
            for word, begin, end in words(text)
            if end - begin > 1
        ]
    strongest = max((s.say for s in out), default=0.0)
    if strongest <= 0:
        return ()
    kept = sorted((s for s in out if s.say >= _FAINT * strongest), key=lambda s: -s.say)
    seen: dict[str, Spoke] = {}
    for s in kept:
        seen.setdefault(s.word, s)
    chosen = set(list(seen)[:MOST])
    return tuple(
        Spoke(s.field, s.start, s.end, s.word, s.say / strongest) for s in kept if s.word in chosen
    )


def _gain(features: Features, tree: Tree, path: Path) -> np.ndarray[Any, Any]:
    total = np.zeros(features.size, dtype=np.float32)
    for depth in range(len(path) + 1):
        node = tree.nodes.get(path[:depth])
        if node is None or len(node.branches) < 2:
            continue
        name = branch(path, depth)
        if name not in node.branches:
            continue
        mine = node.branches.index(name)
        weights = node.weights.astype(np.float32)
        rivals = (weights.sum(axis=1) - weights[:, mine]) / (len(node.branches) - 1)
        total += (weights[:, mine] - rivals) * (1.0 if name != END else 0.0)
    return total
