"""A handling plan out of what was done before: the steps that replies of similar cases share.

Nothing is written: every step is a clause of a reply, chosen because several cases say it; courtesy that
stands in replies of all kinds is left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_HAN = re.compile(r"[\u3400-\u9fff]")
_CUT_ZH = re.compile(r"[。；;！!？?\n，,]+")
_CUT_EN = re.compile(r"(?<=[a-z\d)])[.;!?]+(?:\s|$)|\n+")
_PLAIN = re.compile(r"[^\w\u3400-\u9fff]+|\d+")
_SHORT_ZH, _SHORT_EN = 5, 12
ALIKE = 0.6
"""Two clauses with that share of their character pairs in common (Jaccard) say the same."""
WIDE = 0.2
"""A clause found in more of the categories than this is courtesy."""


@dataclass(frozen=True)
class Step:
    """One step: a clause, and the cases (by their place in the list) that say it."""

    text: str
    cases: tuple[int, ...]


def clauses(reply: str) -> list[str]:
    """The clauses of a reply that are long enough to say something."""
    chinese = bool(_HAN.search(reply))
    parts = (_CUT_ZH if chinese else _CUT_EN).split(reply)
    least = _SHORT_ZH if chinese else _SHORT_EN
    return [p for part in parts if len(p := part.strip(" 　.")) >= least]


def plain(clause: str) -> str:
    """A clause without numbers, marks and case: what makes two of them the same."""
    return _PLAIN.sub("", clause.lower())


def courtesy(replies: Iterable[tuple[Any, str]], most: int = 3_000) -> list[str]:
    """Clauses (plain) that stand in replies of many categories; from (category, reply)."""
    where: dict[str, set[Any]] = defaultdict(set)
    often: Counter[str] = Counter()
    seen: set[Any] = set()
    for category, reply in replies:
        seen.add(category)
        for clause in clauses(reply):
            said = plain(clause)
            where[said].add(category)
            often[said] += 1
    least = max(3, WIDE * len(seen))
    common = [said for said, n in often.most_common() if n >= 3 and len(where[said]) >= least]
    return common[:most]


def plan(
    replies: Sequence[str], common: Collection[str], *, most: int = 5, least: int = 2
) -> list[Step]:
    """The steps that at least ``least`` of the replies share, in the order in which they stand in
    them; the most shared ones where there are more than ``most``."""
    groups: list[tuple[str, frozenset[str], dict[int, float]]] = []
    polite = [_pairs(said) for said in common]
    known = set(common)
    for case, reply in enumerate(replies):
        listed = clauses(reply)
        for place, clause in enumerate(listed):
            said = plain(clause)
            if not said or said in known:
                continue
            pairs = _pairs(said)
            if any(_alike(pairs, other) for other in polite):
                continue
            where = place / len(listed)
            for _, other, cases in groups:
                if _alike(pairs, other):
                    cases.setdefault(case, where)
                    break
            else:
                groups.append((clause, pairs, {case: where}))
    shared = [g for g in groups if len(g[2]) >= min(least, max(len(replies), 1))]
    shared.sort(key=lambda g: -len(g[2]))
    chosen = sorted(shared[:most], key=lambda g: sum(g[2].values()) / len(g[2]))
    return [Step(text, tuple(sorted(cases))) for text, _, cases in chosen]


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset([text])


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    if small < ALIKE * large:
        return False
    return len(one & other) >= ALIKE * len(one | other)
