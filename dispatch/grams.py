"""From texts to hashed n-grams, all texts at once: a Chinese character is a unit, and so is a Latin word.

One- and two-unit runs are features (character bigrams in Chinese, word bigrams in English), and
so is every run of three or four Chinese characters that is a word of jieba's dictionary. Working on
arrays of code points this takes a few microseconds a text; a segmenter in Python takes a hundred times that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dispatch.words import known_runs

Ints = np.ndarray[Any, np.dtype[np.int64]]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

BITS = 22
BUCKETS = 1 << BITS
"""Where hashed features fall; a few hundred thousand distinct ones seldom meet in four million."""
LONGEST = 2_000
"""Characters of a text that are read; what is beyond repeats what came before."""
_RUN = 24
_MIX, _PAIR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_HAN_FIRST, _HAN_LAST = 0x3400, 0x9FFF
_LATIN = np.zeros(0x250, dtype=bool)
_LATIN[[*range(ord("a"), ord("z") + 1), *range(ord("0"), ord("9") + 1), *range(0xC0, 0x250)]] = True


@dataclass(frozen=True)
class Grams:
    """Features in the order of the texts: text number, bucket, and the characters they span."""

    row: Ints
    bucket: Ints
    start: Ints
    end: Ints


def grams(texts: Sequence[str], salt: int = 0) -> Grams:
    """Every feature of the texts. ``salt`` keeps the features of different fields apart.

    ``start`` and ``end`` count characters within the (cut) text, so that what spoke can be shown.
    """
    code, text_of, place = _points(texts)
    unit_start, unit_end, unit_hash, han = _units(code, text_of)
    row, at = text_of[unit_start], place[unit_start]
    ends = place[unit_end - 1] + 1
    parts = [(row, unit_hash, at, ends)]
    if len(row) > 1:
        near = (row[1:] == row[:-1]) & (at[1:] - ends[:-1] <= 1)
        pair = (unit_hash[:-1] * _PAIR) ^ unit_hash[1:]
        parts.append((row[:-1][near], pair[near], at[:-1][near], ends[1:][near]))
    for length in (3, 4):
        which, hashed = known_runs(unit_hash, han, row, at, length)
        parts.append((row[which], hashed, at[which], ends[which + length - 1]))
    seed = np.uint64((salt * 0x5851F42D4C957F2D + 0x14057B7EF767814F) % 2**64)
    mixed = scatter(np.concatenate([p[1] for p in parts]) ^ seed)
    bucket = (mixed >> np.uint64(64 - BITS)).astype(np.int64)
    return Grams(
        np.concatenate([p[0] for p in parts]), bucket,
        np.concatenate([p[2] for p in parts]), np.concatenate([p[3] for p in parts]),
    )  # fmt: skip


def scatter(hashed: Hashes) -> Hashes:
    """Spread hashes evenly (the finish of splitmix64)."""
    mixed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def folded(text: str) -> str:
    """The text as it is read: cut, lower case, full-width letters and digits made plain, of the
    same length as the original."""
    cut = text[:LONGEST]
    small = cut.lower()
    if len(small) != len(cut):  # a few letters change their length
        small = "".join(low if len(low := char.lower()) == 1 else char for char in cut)
    return small.translate(_WIDE)


_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B)}


def _points(texts: Sequence[str]) -> tuple[Ints, Ints, Ints]:
    """Code points of all texts in a row, with the text and the place within it of each."""
    read = [folded(text) for text in texts]
    length = np.array([len(text) for text in read], dtype=np.int64)
    raw = "".join(read).encode("utf-32-le", errors="surrogatepass")
    code = np.frombuffer(raw, dtype=np.uint32).astype(np.int64)
    text_of = np.repeat(np.arange(len(read)), length)
    begin = np.concatenate([[0], np.cumsum(length)[:-1]]) if read else np.zeros(0, np.int64)
    return code, text_of, np.arange(len(code)) - np.repeat(begin, length)


def _units(code: Ints, text_of: Ints) -> tuple[Ints, Ints, Hashes, np.ndarray[Any, Any]]:
    """Where units start and end (positions in ``code``), their hashes, which are Chinese."""
    han = (code >= _HAN_FIRST) & (code <= _HAN_LAST)
    latin = np.zeros(len(code), dtype=bool)
    small = code < len(_LATIN)
    latin[small] = _LATIN[code[small]]
    begins = han | latin
    if len(code) > 1:
        goes_on = latin[1:] & latin[:-1] & (text_of[1:] == text_of[:-1])
        begins[1:] &= ~goes_on
    start = np.flatnonzero(begins)
    if not len(start):
        none = np.zeros(0, np.int64)
        return none, none, none.astype(np.uint64), none.astype(bool)
    # every number of a length is the same word: which number it is says nothing
    plain = np.where((code >= 48) & (code <= 57), 48, code).astype(np.uint64)
    inside = np.flatnonzero(han | latin)
    owner = np.searchsorted(start, inside, side="right") - 1
    step = np.minimum(inside - start[owner], _RUN).astype(np.uint64)
    value = scatter(plain[inside] * _MIX + step)
    first = np.searchsorted(owner, np.arange(len(start)))
    hashed = np.add.reduceat(value, first)
    end = start + np.bincount(owner, minlength=len(start))
    return start, end, hashed, han[start]
