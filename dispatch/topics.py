"""Hot topics: complaints about one thing (same place, same matter, different callers) that grow.

Orders of the last fourteen days are gathered by category and place, at three widths (address, cell, street),
within a wider place by what their texts have in common. A gathering is a topic when at least three callers
stand behind it, it is at least twice what its own past and the category's course in the rest of the city
lead to expect (a season that begins everywhere is no topic of one place), and so many would come by chance in
fewer than one fortnight of a hundred: with ``k`` such orders in the 84 days before, 14 days bring a negative binomial
number (Poisson counts with a Gamma(1/2) prior). Many places are looked at, so that some topics are chance all the
same: ``q`` is the share of false ones among topics at least as clear (Benjamini and Hochberg, 1995).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import nbinom

from dispatch.gather import Texts, matters
from dispatch.naming import idle_words, name_by

WINDOW, PAST = 14, 84
CALLERS = 3
GROWTH = 2.0
SELDOM = 0.01
"""How seldom chance may bring what is called a topic."""
CLEAR = 0.10
"""Up to this ``q`` a topic is called clear."""
MOST = 60
LEVELS = (("place", "place_key"), ("cell", "h3_9"), ("street", "street"))
_NESTED = 0.6
COLUMNS = (
    "topic", "words", "headline", "category", "level", "district", "street", "place", "n", "callers",
    "places", "expected", "ratio", "p", "q", "first_at", "last_at", "first_key", "last_key",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Topics, hottest first, their orders (topic, key), and how many gatherings were looked at."""

    topics: pd.DataFrame
    orders: pd.DataFrame
    looked: int


@dataclass(frozen=True)
class _Gathering:
    level: str
    rows: Any  # places in the window's frame
    usual: float  # expected in fourteen days
    p: float


def hot_topics(orders: pd.DataFrame, until: pd.Timestamp) -> Found:
    """Topics of the fourteen days that end with the day ``until``.

    ``orders``: key, created_at, category, district, street, place_key, h3_9, caller_key, title, content; the last 98 days
    (missing values null). Where no order names a caller at all, orders are counted instead of callers
    (``callers`` is null then).
    """
    end = until.normalize() + pd.Timedelta(days=1)
    begin, start = end - pd.Timedelta(days=WINDOW), end - pd.Timedelta(days=WINDOW + PAST)
    kept = orders[(orders["created_at"] >= start) & (orders["created_at"] < end)]
    kept = kept[kept["category"].notna()].reset_index(drop=True)
    now = (kept["created_at"] >= begin).to_numpy()
    days = _days(kept, begin)
    if not now.any() or days < WINDOW:
        return _none()
    callers = kept["caller_key"] if kept["caller_key"].notna().any() else kept["key"]
    gathered = list(_gatherings(kept, now, pd.factorize(callers)[0], days))
    chosen = _unnested(_lasting(gathered))
    return _told(chosen, kept, now, len(gathered))


def chance(n: int, past: int, days: float = PAST, city: float = 1.0) -> float:
    """How likely ``n`` or more are in fourteen days after ``past`` in ``days`` days, when the whole
    city brings ``city`` times as many as then."""
    return float(nbinom.sf(n - 1, past + 0.5, days / (days + WINDOW * city)))


def expected(past: int, days: float = PAST, city: float = 1.0) -> float:
    """What fourteen days bring on average after ``past`` in ``days`` days."""
    return (past + 0.5) * WINDOW * city / days


def discoveries(p: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Benjamini and Hochberg's adjusted tails."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return out


# -- inside --------------------------------------------------------------------
def _days(kept: pd.DataFrame, begin: pd.Timestamp) -> float:
    """How many days of the past there are (a new city has fewer)."""
    if kept.empty:
        return 0.0
    return float(min(PAST, (begin - kept["created_at"].min().normalize()).days))


def _gatherings(kept: pd.DataFrame, now: Any, callers: Any, days: float) -> Iterator[_Gathering]:
    groups: list[tuple[str, Any, Any]] = []
    looked = 0
    for level, column in LEVELS:
        by = [column, "category"] if level != "street" else ["district", "street", "category"]
        number = kept.groupby(by, sort=False, dropna=False).ngroup().to_numpy().copy()
        number[kept[column].isna().to_numpy()] = -1
        order = np.argsort(number, kind="stable")
        cuts = np.flatnonzero(np.diff(number[order])) + 1
        for mine in np.split(order, cuts):
            recent = mine[now[mine]]
            if not len(recent) or number[mine[0]] < 0:
                continue
            looked += 1
            if _many(callers, recent) >= CALLERS:
                groups.append((level, recent, mine[~now[mine]]))
    held = [np.concatenate([r, b]) for level, r, b in groups if level != "place"]
    rows = np.unique(np.concatenate([np.flatnonzero(now), *held]))
    category = pd.factorize(kept["category"])[0]
    place = (
        kept["district"].fillna("") + kept["street"].fillna("") + " " + kept["place_key"].fillna("")
    )
    title, content = kept["title"].to_numpy(), kept["content"].to_numpy()
    texts = Texts.of(title, content, place.to_numpy(), rows, category)
    rise = _rises(category, now, days)
    groups.sort(key=lambda g: int(category[g[1][0]]))  # rarities are worked out per category
    for level, recent, before in groups:
        if level == "place":
            city = rise(recent, len(before))
            p = chance(len(recent), len(before), days, city)
            yield _Gathering(level, recent, expected(len(before), days, city), p)
            continue
        for mine, past in matters(texts, recent, before):
            if _many(callers, mine) >= CALLERS:
                city = rise(mine, past)
                p = chance(len(mine), past, days, city)
                yield _Gathering(level, mine, expected(past, days, city), p)
    for _ in range(looked - len(groups)):  # looked at, and nothing there
        yield _Gathering("", np.zeros(0, np.int64), 0.0, 1.0)


def _rises(category: Any, now: Any, days: float) -> Callable[[Any, int], float]:
    """How much the category rose elsewhere in the city: (orders, their past) -> factor, not below a half."""
    kinds = int(category.max()) + 1
    recent = np.bincount(category[now], minlength=kinds)
    before = np.bincount(category[~now], minlength=kinds)

    def factor(rows: Any, past: int) -> float:
        kind = category[rows[0]]
        usual = (before[kind] - past) * WINDOW / days
        return float(max((recent[kind] - len(rows) + 1) / (usual + 1), 0.5))

    return factor


def _many(callers: Any, rows: Any) -> int:
    """How many callers are known to stand behind some orders."""
    found = np.unique(callers[rows])
    return int((found >= 0).sum())


def _lasting(gathered: list[_Gathering]) -> list[tuple[_Gathering, float]]:
    """Those that grew beyond what chance brings, with their adjusted tails."""
    if not gathered:
        return []
    q = discoveries(np.array([g.p for g in gathered]))
    return [
        (g, float(v))
        for g, v in zip(gathered, q, strict=True)
        if len(g.rows) and g.p <= SELDOM and len(g.rows) >= GROWTH * g.usual
    ]


def _unnested(
    found: list[tuple[_Gathering, float]],
) -> list[tuple[_Gathering, float]]:
    """One topic for one thing: the widest width that still adds to the narrower one."""
    rank = {level: k for k, (level, _) in enumerate(LEVELS)}
    chosen: list[tuple[_Gathering, float]] = []
    for g, q in sorted(found, key=lambda f: rank[f[0].level]):
        rows = set(g.rows)
        inner = [c for c in chosen if len(rows & set(c[0].rows)) >= _NESTED * len(c[0].rows)]
        covered = sum(len(rows & set(c[0].rows)) for c in inner)
        if inner and covered >= _NESTED * len(rows):
            continue  # the narrower ones say it already
        chosen = [c for c in chosen if all(c is not i for i in inner)] + [(g, q)]
    return chosen


def _told(
    chosen: list[tuple[_Gathering, float]], kept: pd.DataFrame, now: Any, looked: int
) -> Found:
    known = bool(kept["caller_key"].notna().any())
    rows, members = [], []
    window = kept[now]
    polite = idle_words(window)
    for g, q in sorted(chosen, key=lambda c: (c[0].p, -len(c[0].rows)))[:MOST]:
        mine = kept.loc[g.rows].sort_values(["created_at", "key"])
        first, last = mine.iloc[0], mine.iloc[-1]
        category = str(first["category"])
        words, headline = name_by(mine, window[window["category"] == category], polite)
        topic = f"{g.level}-{first['key']}"
        rows.append(
            {
                "topic": topic, "words": words, "headline": headline, "category": category,
                "level": g.level, "district": _one(mine["district"]), "street": _one(mine["street"]),
                "place": _one(mine["place_key"]), "n": len(mine),
                "callers": int(mine["caller_key"].nunique()) if known else None,
                "places": int(mine["place_key"].nunique()), "expected": g.usual,
                "ratio": len(mine) / g.usual, "p": g.p, "q": q,
                "first_at": first["created_at"], "last_at": last["created_at"],
                "first_key": first["key"], "last_key": last["key"],
            }
        )  # fmt: skip
        members += [{"topic": topic, "key": key} for key in mine["key"]]
    return Found(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        pd.DataFrame(members, columns=["topic", "key"]), looked,
    )  # fmt: skip


def _one(values: pd.Series[Any]) -> str | None:
    """The value that all share."""
    listed = values.dropna().unique()
    return str(listed[0]) if len(listed) == 1 else None


def _none() -> Found:
    return Found(pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(columns=["topic", "key"]), 0)
