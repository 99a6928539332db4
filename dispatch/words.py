"""Chinese words: jieba's dictionary, loaded without its cache file, its logger or its warnings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_TABLE_BITS = 26
_LATIN = re.compile(r"[a-z0-9à-ɏ]+(?:'[a-z]+)?")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)


@lru_cache(maxsize=1)
def segmenter() -> Any:
    """jieba's tokenizer. Its dictionary is read from the package; the cache file that jieba would
    leave in (and trust from) the machine's temporary folder is not used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def words(text: str) -> list[tuple[str, int, int]]:
    """The words of a text in order: word, start, end. Chinese by jieba, the rest by letters."""
    small = text.lower()
    if len(small) != len(text):
        small = text
    out = [(m.group(), *m.span()) for m in _LATIN.finditer(small)]
    for run in _HAN_RUN.finditer(small):
        out += [(w, run.start() + a, run.start() + b) for w, a, b in
                segmenter().tokenize(run.group(), HMM=False)]  # fmt: skip
    return sorted(out, key=lambda found: found[1])


def known_runs(
    unit: Hashes, han: np.ndarray[Any, Any], row: Ints, at: Ints, length: int
) -> tuple[Ints, Hashes]:
    """The runs of ``length`` Chinese characters that are words of the dictionary: where they begin
    and their hashes. (One in a thousand other runs passes: the look-up table is a hash.)"""
    count = len(unit) - length + 1
    if count <= 0 or not han.any():
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    last = slice(length - 1, None)
    fits = han[:count] & (row[last] == row[:count]) & (at[last] - at[:count] == length - 1)
    which = np.flatnonzero(fits)
    hashed = _together([unit[which + k] for k in range(length)])
    hit = _dictionary()[(hashed >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)]
    return which[hit], hashed[hit]


def _together(units: Iterable[Hashes]) -> Hashes:
    total: Any = np.uint64(0)
    for unit in units:
        total = (total ^ unit) * _MULTIPLIER
    return np.asarray(total)


@lru_cache(maxsize=1)
def _dictionary() -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A table by hash of the three- and four-character words that jieba knows."""
    from dispatch.grams import _MIX, scatter

    table = np.zeros(1 << _TABLE_BITS, dtype=bool)
    for length in (3, 4):
        listed = [w for w, n in segmenter().FREQ.items() if n and len(w) == length]
        listed = [w for w in listed if _HAN_RUN.fullmatch(w)]
        raw = "".join(listed).encode("utf-32-le")
        code = np.frombuffer(raw, dtype=np.uint32).astype(np.uint64).reshape(-1, length)
        one = scatter(code * _MIX)
        hashed = _together(one[:, k] for k in range(length))
        table[(hashed >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)] = True
    return table
