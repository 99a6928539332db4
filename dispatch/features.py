"""TF-IDF over hashed n-grams of a title and a text.

Weights are ``(1 + log tf) · (log((1 + n) / (1 + df)) + 1)`` with each field's row scaled to length one
(sublinear tf and smoothed idf as in Manning, Raghavan and Schütze, 2008, ch. 6). A text without a title lends
its first forty characters: people begin with what the matter is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from dispatch.grams import BUCKETS, Grams, grams

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

FIELDS = ("content", "title")
HEAD = 40
"""Characters that stand for a missing title."""
TITLE_WEIGHT = 0.6
"""What the title weighs beside the text. Chosen on the public messages by folds inside folds
(0.6 and 0.8 tie), see benchmarks/dispatch.py."""
MOST = (100_000, 30_000)
"""Features kept of the text and of the title, the most frequent first."""
COMMON = 0.5
"""A feature in more than half of the texts says nothing."""
_CHUNK = 10_000


def titled(titles: Sequence[str], contents: Sequence[str]) -> list[str]:
    """The titles, with the beginning of the text where there is none."""
    return [t or c[:HEAD] for t, c in zip(titles, contents, strict=True)]


def counted(texts: Sequence[str], field: int) -> sp.csr_matrix:
    """How often each text has each feature: one row a text, one column a bucket."""
    widths: list[Any] = []
    columns: list[Any] = []
    counts: list[Any] = []
    for begin in range(0, len(texts), _CHUNK):
        part = texts[begin : begin + _CHUNK]
        found = grams(part, field)
        key = np.sort(found.row * BUCKETS + found.bucket)
        new = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else key
        counts.append(np.diff(np.append(new, len(key))).astype(np.float32))
        key = key[new]
        widths.append(np.bincount(key // BUCKETS, minlength=len(part)))
        columns.append((key % BUCKETS).astype(np.int32))
    if not widths:
        return sp.csr_matrix((0, BUCKETS), dtype=np.float32)
    ends = np.concatenate([[0], np.cumsum(np.concatenate(widths))])
    shape = (len(texts), BUCKETS)
    return sp.csr_matrix((np.concatenate(counts), np.concatenate(columns), ends), shape=shape)


def counted_both(titles: Sequence[str], contents: Sequence[str]) -> tuple[sp.csr_matrix, ...]:
    """The counts of both fields."""
    return counted(contents, 0), counted(titled(titles, contents), 1)


@dataclass(frozen=True)
class Features:
    """Which buckets count and what each weighs; made by :func:`fit`."""

    kept: tuple[Ints, ...]  # buckets by field, ascending
    idf: tuple[Floats, ...]

    @property
    def size(self) -> int:
        """Columns of :meth:`weigh`."""
        return sum(len(kept) for kept in self.kept)

    def weigh(self, counts: Sequence[sp.csr_matrix]) -> sp.csr_matrix:
        """Counts of both fields as one weighted matrix."""
        scales = (1.0, TITLE_WEIGHT)
        parts = [_weighed(c, k, i, s) for c, k, i, s in
                 zip(counts, self.kept, self.idf, scales, strict=True)]  # fmt: skip
        return sp.hstack(parts, format="csr", dtype=np.float32)

    def of(self, titles: Sequence[str], contents: Sequence[str]) -> sp.csr_matrix:
        """The weighted matrix of some texts."""
        return self.weigh(counted_both(titles, contents))

    def spans(self, title: str, content: str) -> list[tuple[Grams, Ints, Floats]]:
        """For each field of one text: its grams, their columns (-1: not kept) and their weights."""
        out = []
        matrix = self.of([title], [content])
        value = np.zeros(self.size, dtype=np.float32)
        value[matrix.indices] = matrix.data
        offset = 0
        for field, text in enumerate((content, titled([title], [content])[0])):
            found = grams([text], field)
            column = _look_up(self.kept[field], found.bucket)
            column = np.where(column >= 0, column + offset, -1)
            many = np.bincount(column[column >= 0], minlength=self.size)
            weight = np.where(column >= 0, value[column] / np.maximum(many[column], 1), 0)
            out.append((found, column, weight.astype(np.float32)))
            offset += len(self.kept[field])
        return out

    def arrays(self) -> dict[str, Any]:
        """Everything, for :mod:`dispatch.packing`."""
        out: dict[str, Any] = {}
        for name, kept, idf in zip(FIELDS, self.kept, self.idf, strict=True):
            out[f"kept_{name}"], out[f"idf_{name}"] = kept.astype(np.int32), idf
        return out

    @staticmethod
    def read(arrays: Mapping[str, Any]) -> Features:
        """The opposite of :meth:`arrays`."""
        return Features(
            tuple(arrays[f"kept_{name}"].astype(np.int64) for name in FIELDS),
            tuple(arrays[f"idf_{name}"] for name in FIELDS),
        )


def fit(counts: Sequence[sp.csr_matrix], most: Sequence[int] = MOST) -> Features:
    """Choose the features from the counts of texts of the past: those that at least two texts have
    (three from 20,000 texts on, five from 100,000), and not more than half of them."""
    n = counts[0].shape[0]
    least = 2 if n < 20_000 else 3 if n < 100_000 else 5
    kept, idf = [], []
    for matrix, limit in zip(counts, most, strict=True):
        df = np.bincount(matrix.indices, minlength=BUCKETS)
        usable = np.flatnonzero((df >= least) & (df <= max(COMMON * n, least)))
        if len(usable) > limit:
            usable = np.sort(usable[np.argsort(-df[usable], kind="stable")[:limit]])
        kept.append(usable)
        idf.append((np.log((1 + n) / (1 + df[usable])) + 1).astype(np.float32))
    return Features(tuple(kept), tuple(idf))


def _look_up(kept: Ints, bucket: Ints) -> Ints:
    if not len(kept):
        return np.full(len(bucket), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(kept, bucket), len(kept) - 1)
    return np.where(kept[place] == bucket, place, -1)


def _weighed(matrix: sp.csr_matrix, kept: Ints, idf: Floats, scale: float) -> sp.csr_matrix:
    if matrix.shape[0] > 1_000:
        table = np.full(BUCKETS, -1, dtype=np.int32)
        table[kept] = np.arange(len(kept))
        column = table[matrix.indices]
    else:
        column = _look_up(kept, matrix.indices.astype(np.int64)).astype(np.int32)
    known = column >= 0
    ends = np.concatenate([[0], np.cumsum(known)])[matrix.indptr]
    value = (1 + np.log(matrix.data[known])) * idf[column[known]]
    made = sp.csr_matrix((value, column[known], ends), shape=(matrix.shape[0], len(kept)))
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(ends))
    length = np.sqrt(np.bincount(row, weights=value * value, minlength=matrix.shape[0]))
    made.data = (value * scale / np.maximum(length, 1e-9)[row]).astype(np.float32)
    return made
