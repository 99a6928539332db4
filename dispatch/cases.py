"""The most similar past cases: cosine of TF-IDF, looked up within the likely categories.

Each case keeps its 32 heaviest features with weights in a byte: a fifth of the memory, and most of the true
nearest ten are still found (docs/dispatch.md, held by a test); similarities come out a little low, never high. Cases lie in order of category, so that a question
reads a few thousand rows and not all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from dispatch.features import TITLE_WEIGHT

Array = np.ndarray[Any, Any]
HEAVIEST = 32
_LENGTH = float(np.sqrt(1 + TITLE_WEIGHT**2))
"""Length of a case's row: a text and a title, each of length one before weighing."""


@dataclass(frozen=True)
class Cases:
    """An index of cases; row numbers are positions in the list it was made from, through ``which``."""

    column: Array  # (cases, HEAVIEST), features; unused places have weight 0
    weight: Array  # uint8
    which: Array  # the case's own number
    begin: Array  # where each group begins; one more than there are groups

    def __len__(self) -> int:
        return len(self.which)

    def nearest(
        self, text: sp.csr_matrix, groups: Sequence[int], most: int = 20
    ) -> list[tuple[int, float]]:
        """(case, similarity from 0 to 1) of the nearest cases in some groups, best first."""
        asked = np.zeros(text.shape[1], dtype=np.float32)
        asked[text.indices] = text.data
        length = float(np.sqrt((asked * asked).sum())) or 1.0
        best: list[tuple[int, float]] = []
        for group in groups:
            rows = slice(int(self.begin[group]), int(self.begin[group + 1]))
            if rows.start == rows.stop:
                continue
            weight = self.weight[rows].astype(np.float32)
            score = (asked[self.column[rows]] * weight).sum(axis=1) / (255 * _LENGTH * length)
            top = np.argsort(-score, kind="stable")[:most]
            best += [(int(self.which[rows][k]), float(score[k])) for k in top if score[k] > 0]
        return sorted(best, key=lambda found: (-found[1], -found[0]))[:most]

    def arrays(self) -> dict[str, Any]:
        """Everything, for :mod:`dispatch.packing`."""
        return {name: getattr(self, name) for name in ("column", "weight", "which", "begin")}

    @staticmethod
    def read(arrays: Mapping[str, Any]) -> Cases:
        """The opposite of :meth:`arrays`."""
        return Cases(*(arrays[name] for name in ("column", "weight", "which", "begin")))


def index(x: sp.csr_matrix, group: Array, groups: int) -> Cases:
    """Index weighted texts; ``group`` is the category number of each (below ``groups``)."""
    n = x.shape[0]
    kind = np.uint16 if x.shape[1] < 2**16 else np.int32
    column = np.zeros((n, HEAVIEST), dtype=kind)
    weight = np.zeros((n, HEAVIEST), dtype=np.uint8)
    order = np.argsort(group, kind="stable")
    row = np.repeat(np.arange(n), np.diff(x.indptr))
    place = np.empty(len(row), dtype=np.int64)
    ranked = np.lexsort((-x.data, row))
    place[ranked] = np.arange(len(row)) - np.repeat(x.indptr[:-1], np.diff(x.indptr))
    kept = place < HEAVIEST
    column[row[kept], place[kept]] = x.indices[kept]
    weight[row[kept], place[kept]] = np.clip(np.round(x.data[kept] * 255), 1, 255)
    begin = np.searchsorted(group[order], np.arange(groups + 1))
    return Cases(column[order], weight[order], order.astype(np.int32), begin.astype(np.int32))
