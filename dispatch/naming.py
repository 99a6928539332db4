"""What a group of texts calls its own matter: words it uses more than its surroundings do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from dispatch.words import words

MOST = 4
_AMOUNT = re.compile(
    r"[一二三四五六七八九十两几每百]|[早晚上中下傍凌夜昨今前].{0,2}[天上午晨晚里夜]|.*[天次个]$"
)
"""Words that begin with a number or tell a time of day: how often and when, not what."""
_PRIOR = 10.0
_EMPTY_EN = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "at",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "it",
        "this",
        "that",
        "there",
        "with",
        "for",
        "from",
        "by",
        "as",
        "not",
        "no",
        "have",
        "has",
        "had",
        "i",
        "my",
        "we",
        "our",
        "they",
        "their",
        "please",
        "would",
        "like",
        "can",
        "out",
        "up",
        "all",
        "so",
        "but",
        "if",
        "when",
        "which",
        "who",
        "also",
        "very",
    ]
)


def idle_words(orders: pd.DataFrame, most: int = 3_000) -> frozenset[str]:
    """Words of how orders are written, not of what they are about: in a fortieth of the texts or
    more, and in a third of the categories or more."""
    sample = orders.iloc[:: max(1, len(orders) // most)]
    often: Counter[str] = Counter()
    where: dict[str, set[Any]] = defaultdict(set)
    columns = (sample["title"], sample["content"], sample["category"])
    for title, content, category in zip(*columns, strict=True):
        for word in _said(title, content):
            often[word] += 1
            where[word].add(category)
    kinds = sample["category"].nunique()
    least = max(len(sample) / 40, 3)
    return frozenset(
        w for w, n in often.items() if n >= least and len(where[w]) >= max(kinds / 3, 3)
    )


def name_by(
    mine: pd.DataFrame, around: pd.DataFrame, polite: Collection[str] = ()
) -> tuple[str, str]:
    """(words joined by a space, the most typical title).

    Words by log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, 2008), counted once a
    text, against the other orders of the category; words that are part of the group's place names are
    left out, for the place is named beside them.
    """
    inside, outside = _counts(mine), _counts(around[~around["key"].isin(mine["key"])])
    places = " ".join(
        str(v).lower()
        for column in ("district", "street", "place_key")
        for v in mine[column].dropna().unique()
    )
    n, rest = len(mine), max(len(around) - len(mine), 1)
    whole = Counter(inside)
    whole.update(outside)
    total = n + rest
    scores: dict[str, float] = {}
    for word, k in inside.items():
        if k < max(2, 0.4 * n) or word in places or word in polite or _AMOUNT.match(word):
            continue
        prior = _PRIOR * whole[word] / total
        odds = np.log((k + prior + 0.5) / (n + _PRIOR - k - prior + 0.5))
        odds -= np.log(
            (outside[word] + prior + 0.5) / (rest + _PRIOR - outside[word] - prior + 0.5)
        )
        scores[word] = float(odds / np.sqrt(1 / (k + prior) + 1 / (outside[word] + prior)))
    best = sorted(scores, key=lambda w: (-scores[w], w))[:MOST]
    return " ".join(best), _typical(mine, set(best))


def _counts(orders: pd.DataFrame) -> Counter[str]:
    out: Counter[str] = Counter()
    for title, content in zip(orders["title"], orders["content"], strict=True):
        out.update(_said(title, content))
    return out


def _said(title: Any, content: Any) -> set[str]:
    text = " ".join(v for v in (title, content) if isinstance(v, str))
    return {w for w, *_ in words(text) if len(w) > 1 and not w.isdigit() and w not in _EMPTY_EN}


def _typical(mine: pd.DataFrame, best: set[str]) -> str:
    """The title (or beginning) of the order that uses most of the words; the latest of several."""
    ordered = mine.sort_values("created_at", ascending=False)
    titles = list(zip(ordered["title"], ordered["content"], strict=True))
    many = [len(best & _said(*pair)) for pair in titles]
    title, content = titles[int(np.argmax(many))]
    return title if isinstance(title, str) and title else str(content or "")[:40]
