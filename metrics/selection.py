"""A selection: which orders a page is looking at. Filters and drill-downs are selections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from metrics.conditions import EVERYTHING, Condition, both, either, test

Clock = Literal["created", "closed"]

PATH = "->"
"""Joins category levels; names themselves hold ``/`` and ``-`` but never this."""


@dataclass(frozen=True)
class Selection:
    """Orders in a half-open span of time, narrowed by place, unit, category and channel.

    ``start``/``end``: local wall clock, ``start <= t < end``; ``clock`` says which
    time of the order is meant. Empty tuples mean "no filter". ``categories`` are
    paths joined by ``->`` ("城市管理" or "城市管理->市容环卫"), as 12345 files write them. ``extra`` is any
    further condition (it forces a count over raw rows).
    """

    start: datetime
    end: datetime
    clock: Clock = "created"
    districts: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    extra: Condition = EVERYTHING

    @property
    def whole_days(self) -> bool:
        """Whether the span starts and ends at midnight (countable from daily counts)."""
        midnight = datetime.min.time()
        return self.start.time() == midnight and self.end.time() == midnight

    def over(self, start: datetime, end: datetime) -> Selection:
        """The same filters over another span."""
        return replace(self, start=start, end=end)

    def condition(self) -> Condition:
        """The selection as one condition (``unit_types`` needs the units table and is left out)."""
        time = f"{self.clock}_at"
        parts = [
            test(time, "ge", self.start.isoformat(sep=" ")),
            test(time, "lt", self.end.isoformat(sep=" ")),
        ]
        for field, wanted in (
            ("district", self.districts),
            ("street", self.streets),
            ("unit", self.units),
            ("channel", self.channels),
        ):
            if wanted:
                parts.append(test(field, "in", list(wanted)))
        if self.categories:
            parts.append(either(*(category_condition(path) for path in self.categories)))
        if self.extra != EVERYTHING:
            parts.append(self.extra)
        return both(*parts)


def category_condition(path: str) -> Condition:
    """Orders in a category given as a path: ``level1->level2->level3``."""
    names = path.split(PATH)
    return both(*(test(f"category{i}", "eq", name) for i, name in enumerate(names, start=1)))
