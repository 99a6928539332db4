"""The questions a reader's clicks ask: each as counts, as raw rows, and as pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter

import pandas as pd
import sqlalchemy as sa

from data.counts import ensure_measures, tally
from data.schema import orders
from data.store import Store
from metrics.conditions import Condition, both, fields_of, mask, test
from metrics.scheme import load_scheme
from metrics.selection import Selection

SCHEME = "beijing_district"
RAW = both(test("source", "present"))  # true of every order, but no count knows it


@dataclass(frozen=True)
class Question:
    """One filter change: which orders, split by what."""

    name: str
    selection: Selection
    by: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Median seconds of one question, by way of answering; ``rows`` in the answer."""

    question: str
    counts: float
    raw: float
    pandas: float
    rows: int


def questions(store: Store) -> list[Question]:
    """The filter changes of a morning, over the latest month and the latest year of the data."""
    columns = orders.c
    last = store.scalar(sa.select(sa.func.max(columns.created_day)))
    end = pd.Timestamp(last).to_pydatetime() + timedelta(days=1)
    month = Selection(start=end - timedelta(days=30), end=end)
    year = month.over(end - timedelta(days=364), end)
    largest = {name: _largest(store, name) for name in ("district", "unit", "category1", "channel")}
    two = (*largest["district"][:2],)
    return [
        Question("whole city, month", month, ()),
        Question("by district, month", month, ("district",)),
        Question("by unit, month", month, ("unit",)),
        Question("daily series, year", year, ("day",)),
        Question("district by month, year", year, ("district", "month")),
        Question("unit by month, 2 districts, 6 months", _narrow(
            month.over(end - timedelta(days=182), end), districts=two), ("unit", "month")),
        Question("one category, daily, year", _narrow(
            year, categories=tuple(largest["category1"][:1])), ("day",)),
        Question("one channel by category, month", _narrow(
            month, channels=tuple(largest["channel"][:1])), ("category1", "category2")),
        Question("one unit, weekly, year", _narrow(
            year, units=tuple(largest["unit"][:1])), ("week",)),
    ]  # fmt: skip


def _narrow(selection: Selection, **filters: tuple[str, ...]) -> Selection:
    return Selection(**{**selection.__dict__, **filters})


def _largest(store: Store, name: str) -> list[str]:
    column = orders.c[name]
    count = sa.func.count()
    found = store.rows(
        sa.select(column).where(column.is_not(None)).group_by(column).order_by(count.desc(), column)
    )
    return [row[0] for row in found[:3]]


def measures(store: Store) -> Mapping[str, Condition]:
    """The measures of the full scheme, counted ahead as the app does."""
    scheme = load_scheme(SCHEME)
    ensure_measures(store, scheme.counted())
    return scheme.measures("created")


def loaded(store: Store, wanted: Mapping[str, Condition]) -> pd.DataFrame:
    """What a pandas cockpit would hold in memory: only the columns these questions need."""
    needed = {"created_at", "created_day", "district", "unit", "channel", "category1", "category2"}
    needed |= {field for condition in wanted.values() for field in fields_of(condition)}
    frame = store.frame(sa.select(*(orders.c[name] for name in sorted(needed))))
    for name in ("district", "unit", "channel", "category1", "category2"):
        frame[name] = frame[name].astype("category")
    return frame


def in_pandas(
    frame: pd.DataFrame, wanted: Mapping[str, Condition], question: Question
) -> pd.DataFrame:
    """The same answer from rows in memory."""
    chosen = frame[mask(question.selection.condition(), frame)]
    keys = {
        "month": lambda: chosen["created_at"].dt.to_period("M").dt.start_time,
        "week": lambda: chosen["created_at"].dt.to_period("W").dt.start_time,
        "day": chosen["created_at"].dt.normalize,
    }
    counted = pd.DataFrame(
        {name: mask(condition, chosen) for name, condition in wanted.items()}, index=chosen.index
    )
    if not question.by:
        return counted.sum().to_frame().T
    groups = [keys[name]().rename(name) if name in keys else chosen[name] for name in question.by]
    return counted.groupby(groups, observed=True, dropna=False).sum().reset_index()


def timed(action: Callable[[], object], times: int) -> float:
    """Median seconds of an action, after one run that does not count."""
    action()
    taken = []
    for _ in range(times):
        start = perf_counter()
        action()
        taken.append(perf_counter() - start)
    return median(taken)


def answer_all(store: Store, times: int = 7) -> list[Answer]:
    """Every question three ways, checked to give the same totals.

    Raises ``AssertionError`` when two ways differ: a fast wrong answer is no result.
    """
    wanted = measures(store)
    frame = loaded(store, wanted)
    out = []
    for question in questions(store):
        raw = _narrow_raw(question.selection)

        def from_counts(q: Question = question) -> pd.DataFrame:
            return tally(store, wanted, q.selection, q.by)

        def from_rows(q: Question = question, s: Selection = raw) -> pd.DataFrame:
            return tally(store, wanted, s, q.by)

        def from_frame(q: Question = question) -> pd.DataFrame:
            return in_pandas(frame, wanted, q)

        names = list(wanted)
        totals = [list(way()[names].sum()) for way in (from_counts, from_rows, from_frame)]
        assert totals[0] == totals[1] == totals[2], f"{question.name}: the ways differ: {totals}"
        few = max(1, times // 3)
        out.append(
            Answer(
                question.name,
                timed(from_counts, times),
                timed(from_rows, few),
                timed(from_frame, few),
                len(from_counts()),
            )
        )
    return out


def _narrow_raw(selection: Selection) -> Selection:
    return Selection(**{**selection.__dict__, "extra": RAW})
