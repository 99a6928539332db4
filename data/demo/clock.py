"""Opening hours as arithmetic: seconds on the wall clock to seconds of open time and back."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from data.demo.arrays import Floats, Ints
from forecasting.calendar import is_workday

DAY = 86_400.0


class OpenHours:
    """Offices that are open from one hour to another, on working days or every day."""

    def __init__(
        self, start: date, days: int, opens: float, closes: float, country: str | None
    ) -> None:
        """``start``: the day that second 0 belongs to; ``country`` None = open every day."""
        self._opens = opens * 3600
        self._span = (closes - opens) * 3600
        self._open = np.array([
            country is None or is_workday(start + timedelta(days=i), country) for i in range(days)
        ])  # fmt: skip
        self._before = np.concatenate([[0.0], np.cumsum(self._open * self._span)])

    def after(self, moment: Floats, work: Floats) -> Floats:
        """The moment at which ``work`` seconds of open time have passed."""
        day = np.clip(moment // DAY, 0, len(self._open) - 1).astype(np.int64)
        within = np.clip(moment - day * DAY - self._opens, 0, self._span) * self._open[day]
        total = np.minimum(self._before[day] + within + np.maximum(work, 1.0), self._before[-1] - 1)
        found = np.searchsorted(self._before, total, side="left") - 1
        return np.asarray(found * DAY + self._opens + (total - self._before[found]))


class Workdays:
    """Adding working days, vectorised."""

    def __init__(self, start: date, days: int, country: str) -> None:
        working = np.array([is_workday(start + timedelta(days=i), country) for i in range(days)])
        self._count = np.cumsum(working)
        self._days = np.flatnonzero(working)

    def end_of(self, day: Ints, count: Ints) -> Floats:
        """The last second of the ``count``-th working day after ``day``."""
        target = np.minimum(self._count[day] + count - 1, len(self._days) - 1)
        return np.asarray((self._days[target] + 1) * DAY - 1)
