"""Near-duplicate reply texts: the same words under different orders of one unit.

Texts are reduced to their letters (digits, marks and spaces go), cut into
overlapping pieces of four characters, and compared by minhash (Broder 1997):
two texts that share 80 % of their pieces are all but certain to be found, two
that share half are not.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.uint64]]
PIECE = 4
HASHES, BANDS = 24, 6
ALIKE = 0.75
SHORTEST = 8
"""Shorter replies ("已办结") are alike by nature and are never called duplicates."""
_KEPT = re.compile(r"[\W\d_]+")


def near_duplicates(texts: Sequence[str], owners: Sequence[Hashable]) -> Any:
    """Which texts nearly repeat another text of the same owner (a boolean array)."""
    bare = [_KEPT.sub("", str(text)) for text in texts]
    out = np.zeros(len(bare), dtype=bool)
    long = np.array([len(text) >= SHORTEST for text in bare], dtype=bool)
    if not long.any():
        return out
    # In the order of their words: whoever stands beside whom must not depend on the order of rows.
    rows = np.array(sorted(np.flatnonzero(long).tolist(), key=lambda i: bare[i]))
    marks = signatures([bare[i] for i in rows])
    numbers: dict[Hashable, int] = {}
    owner = np.array(
        [numbers.setdefault(owners[i], len(numbers)) for i in rows.tolist()], dtype=np.uint64
    )
    found = np.zeros(len(rows), dtype=bool)
    width = HASHES // BANDS
    for band in range(BANDS):
        key = owner.copy()
        for column in range(band * width, (band + 1) * width):
            key = key * np.uint64(0x9E3779B97F4A7C15) + marks[:, column]
        _compare(key, owner, marks, found)
    out[rows] = found
    return out


def alike(texts: Sequence[str]) -> list[list[int]]:
    """Groups of texts with nearly the same words (places in ``texts``), the largest first.

    Every pair is compared: for the replies of one unit's sample.
    """
    bare = [_KEPT.sub("", str(text)) for text in texts]
    long = [i for i, text in enumerate(bare) if len(text) >= SHORTEST]
    if not long:
        return []
    marks = signatures([bare[i] for i in long])
    group = list(range(len(long)))
    for one in range(len(long)):
        for two in np.flatnonzero((marks[one + 1 :] == marks[one]).mean(axis=1) >= ALIKE):
            old, new = group[one + 1 + int(two)], group[one]
            group = [new if g == old else g for g in group]
    found: dict[int, list[int]] = {}
    for place, g in zip(long, group, strict=True):
        found.setdefault(g, []).append(place)
    return sorted((g for g in found.values() if len(g) > 1), key=len, reverse=True)


def signatures(texts: Sequence[str]) -> Array:
    """The minhash of each text (at least :data:`PIECE` characters long)."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    length = np.array([len(text) for text in texts])
    start = np.concatenate([[0], np.cumsum(length)[:-1]])
    count = length - PIECE + 1
    place = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    place = place + np.arange(count.sum())
    pieces = np.zeros(len(place), dtype=np.uint64)
    for k in range(PIECE):
        pieces = pieces * np.uint64(0x100000001B3) + points[place + k]
    edges = np.concatenate([[0], np.cumsum(count)[:-1]])
    rng = np.random.default_rng(97)
    out = np.empty((len(texts), HASHES), dtype=np.uint64)
    for k, factor in enumerate(rng.integers(1, 2**63, HASHES, dtype=np.uint64)):
        mixed = pieces * (factor | np.uint64(1))
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        out[:, k] = np.minimum.reduceat(mixed ^ (mixed >> np.uint64(32)), edges)
    return out


def _compare(key: Array, owner: Array, marks: Array, found: Any) -> None:
    """Mark neighbours under a key that agree in enough of their hashes (same owner)."""
    order = np.argsort(key, kind="stable")
    for step in (1, 2, 3):
        one, two = order[:-step], order[step:]
        same = (key[one] == key[two]) & (owner[one] == owner[two])
        one, two = one[same], two[same]
        alike = (marks[one] == marks[two]).mean(axis=1) >= ALIKE
        found[one[alike]] = True
        found[two[alike]] = True
