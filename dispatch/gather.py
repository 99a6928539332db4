"""Within the orders of one category and place: which of them are about the same matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.cluster.hierarchy import fcluster, linkage

from dispatch.features import counted, titled
from dispatch.grams import grams

ALIKE = 0.25
"""Mean cosine within a matter (average linkage); place names do not count."""
MOST = 300
"""More orders than that of one category in one street are one matter: a flood of calls."""
_PAST = 400


@dataclass(frozen=True)
class Texts:
    """Which features the texts of some orders have (rows by order, one matrix a field)."""

    row: Any  # order -> row, -1 for orders that are not held
    category: Any  # of each order, as a number
    place: Any  # what each order's place is called
    fields: tuple[sp.csr_matrix, ...]
    buckets: tuple[Any, ...]  # by field: the feature of each column
    idle: tuple[Any, ...]  # by field: features that stand in texts of all kinds
    _idf: dict[tuple[int, int], Any] = field(default_factory=dict)

    @staticmethod
    def of(titles: Any, contents: Any, places: Any, held: Any, category: Any) -> Texts:
        """Read the texts of the orders ``held`` (places in the lists); null where missing."""
        title = [_text(titles[k]) for k in held]
        content = [_text(contents[k]) for k in held]
        row = np.full(len(titles), -1, dtype=np.int64)
        row[held] = np.arange(len(held))
        both = [f"{t}\n{c}" for t, c in zip(title, content, strict=True)]
        found = (counted(both, 0), counted(titled(title, content), 1))
        buckets = tuple(np.unique(f.indices) for f in found)
        fields = tuple(_narrow(f, b) for f, b in zip(found, buckets, strict=True))
        idle = tuple(_idle(found, category[held]) for found in fields)
        return Texts(row, category, places, fields, buckets, idle)

    def idf(self, kind: int, which: int) -> Any:
        """How rare each feature of a field is among the texts of a category."""
        key = (kind, which)
        if key not in self._idf:
            rows = self.row[(self.category == kind) & (self.row >= 0)]
            found = self.fields[which]
            df = np.bincount(found[rows].indices, minlength=found.shape[1])
            idf = np.log((1 + len(rows)) / (1 + df)) + 1
            idf[self.idle[which]] = 0
            if len(self._idf) > 1:  # one category after the other: each of these is large
                self._idf.clear()
            self._idf[key] = idf
        return self._idf[key]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _narrow(found: sp.csr_matrix, buckets: Any) -> sp.csr_matrix:
    """The matrix with the columns that hold anything."""
    place = np.searchsorted(buckets, found.indices)
    shape = (found.shape[0], len(buckets))
    return sp.csr_matrix((found.data, place, found.indptr), shape=shape)


def _idle(found: sp.csr_matrix, category: Any) -> Any:
    """Features of how an operator writes, not of what the matter is: in one text of forty or more,
    and in a third of the categories or more."""
    df = np.bincount(found.indices, minlength=found.shape[1])
    often = df >= max(found.shape[0] / 40, 3)
    kinds = int(category.max()) + 1 if len(category) else 0
    row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    chosen = often[found.indices]
    column, kind = found.indices[chosen].astype(np.int64), category[row[chosen]]
    pairs = np.unique(column * max(kinds, 1) + kind)
    spread = np.bincount(pairs // max(kinds, 1), minlength=found.shape[1])
    return often & (spread >= max(kinds / 3, 3))


def matters(texts: Texts, recent: Any, before: Any) -> Iterator[tuple[Any, int]]:
    """(orders, how many of the past were about the same) for every matter of at least three orders."""
    if len(recent) < 3:
        return
    if len(recent) > MOST:
        yield recent, len(before)
        return
    before = before[-_PAST:]
    x = _weighed(texts, np.concatenate([recent, before]))
    mine, older = x[: len(recent)], x[len(recent) :]
    near = np.clip(np.asarray((mine @ mine.T).todense()), 0, 1)
    upper = 1 - near[np.triu_indices(len(recent), 1)]
    label = fcluster(linkage(upper, "average"), 1 - ALIKE, criterion="distance")
    for k in np.unique(label):
        inside = np.flatnonzero(label == k)
        if len(inside) < 3:
            continue
        # a past order is about the same when it is as near to the matter as its own orders must be
        past = 0
        if older.shape[0]:
            past = int((np.asarray((older @ mine[inside].T).mean(axis=1)).ravel() >= ALIKE).sum())
        yield recent[inside], past


def _weighed(texts: Texts, rows: Any) -> sp.csr_matrix:
    """Rows of length one, weighed by what is rare in the category; the places' own names say
    nothing, for the place is shared anyway."""
    said = " ".join(dict.fromkeys(_text(texts.place[k]) for k in rows))
    parts = []
    for which, held in enumerate(texts.fields):
        found = held[texts.row[rows]]
        columns, place = np.unique(found.indices, return_inverse=True)
        idf = texts.idf(int(texts.category[rows[0]]), which)[columns]
        idf[np.isin(texts.buckets[which][columns], grams([said], which).bucket)] = 0
        shape = (len(rows), len(columns))
        parts.append(sp.csr_matrix((idf[place], place, found.indptr), shape=shape))
    x = sp.hstack(parts, format="csr")
    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=1))).ravel()
    return sp.csr_matrix(sp.diags(1 / np.maximum(length, 1e-9)) @ x)
