"""Where complaints are rising: against the series' own past, not against the others.

The last 28 days (and the last 7) are compared with what the series' long
baseline (half-life 182 days, ending 28 days ago) times the rest of the city's
change expects. Level is not rise: a large series is not rising because it is large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from forecasting.counts import at_least, dispersion, false_discovery, interval, seen_days

HALF_LIFE = 182.0
GUARD = 28
SHORTEST_BASELINE = 56
"""Days of data a baseline needs: eight weeks."""
CITY_PRIOR = 10.0
"""Orders by which the city's factor is drawn towards 1, so that a small rest of the city says little."""
OWN_PRIOR = 6.0
"""Past windows that the dispersion of all series together counts as, beside a series' own."""
UNKNOWN_DISPERSION = 0.05
"""Used when there is no past window to learn from."""
MOST_WINDOWS = 52

Array = np.ndarray[Any, np.dtype[np.float64]]
_NUMBERS = ("observed", "expected", "ratio", "excess", "z", "p", "q", "low", "high")


def rising(
    daily: pd.DataFrame,
    as_of: date,
    *,
    windows: Sequence[int] = (28, 7),
    least: int = 5,
    ratio: float = 1.5,
    fdr: float = 0.10,
    covered: Iterable[date] | None = None,
) -> pd.DataFrame:
    """What is rising, most important first.

    ``daily``: columns day, one or more key columns, n (days without orders may
    be absent); ``as_of``: the last complete day, nothing later is read;
    ``covered``: the days for which data were delivered (by default those with
    at least one row). Rows with a missing key count for the city only.

    One row per series: the keys; for the first window observed, expected, ratio,
    excess (observed - expected), z, p (this many or more by chance), q
    (Benjamini–Hochberg), low, high (95 % range of what was expected); the same
    with ``_<days>`` appended for further windows; new (nothing in the baseline);
    rising (q < fdr, at least ``least`` orders and ``ratio`` times expected).
    Rising series come first, by excess. Even on pure noise about one series in
    a scan may be flagged at a false-discovery rate of 10 %.

    Empty when the baseline would rest on fewer than 56 days of data.
    """
    keys = [name for name in daily.columns if name not in ("day", "n")]
    index, seen = seen_days(daily, as_of, covered)
    if not keys or seen[: max(len(seen) - GUARD, 0)].sum() < SHORTEST_BASELINE:
        return pd.DataFrame(columns=[*keys, *_NUMBERS, "new", "rising"])
    grid, city = _grid(daily, keys, index)
    panel = _Panel(grid.to_numpy(dtype=float), city, seen)
    out = grid.columns.to_frame(index=False)
    for place, days in enumerate(windows):
        found = panel.compare(days)
        suffix = f"_{days}" if place else ""
        out = pd.concat([out, found.add_suffix(suffix)], axis=1)
    out["new"] = panel.baseline_events() <= 0
    out["rising"] = (out["q"] < fdr) & (out["observed"] >= least) & (out["ratio"] >= ratio)
    order = out.sort_values(["rising", "excess"], ascending=False, kind="stable")
    return order.reset_index(drop=True)


def _grid(
    daily: pd.DataFrame, keys: list[str], index: pd.DatetimeIndex
) -> tuple[pd.DataFrame, Array]:
    rows = daily.assign(day=pd.to_datetime(daily["day"]))
    rows = rows[(rows["day"] <= index[-1]) & (rows["day"] >= index[0])]
    city = rows.groupby("day")["n"].sum().reindex(index, fill_value=0)
    table = rows.groupby(["day", *keys], observed=True)["n"].sum().unstack(keys, fill_value=0)
    if len(keys) == 1:
        table.columns = pd.MultiIndex.from_arrays([table.columns], names=keys)
    return table.reindex(index, fill_value=0), city.to_numpy(dtype=float)


class _Panel:
    """All series side by side (days down), with running sums for any origin."""

    def __init__(self, grid: Array, city: Array, seen: np.ndarray[Any, Any]) -> None:
        every = np.column_stack([grid, city])
        every[~seen] = 0
        decay = 0.5 ** (1 / HALF_LIFE)
        self.weighted = lfilter([1.0], [1.0, -decay], every, axis=0)
        self.weights = lfilter([1.0], [1.0, -decay], seen.astype(float))
        self.sums = np.vstack([np.zeros(every.shape[1]), every.cumsum(axis=0)])
        self.days = np.concatenate([[0.0], seen.cumsum()])

    def baseline_events(self) -> Array:
        """Orders of each series before the guard."""
        return np.asarray(self.sums[len(self.days) - 1 - GUARD, :-1])

    def _window(self, end: int, length: int) -> tuple[Array, Array]:
        """Observed and expected in the ``length`` days before position ``end``."""
        base = end - 1 - GUARD
        days = self.days[end] - self.days[end - length]
        level = (self.weighted[base] + 0.5) / self.weights[base]
        seen = self.sums[end] - self.sums[end - length]
        expected = level * days
        rest_seen, rest_expected = seen[-1] - seen[:-1], expected[-1] - expected[:-1]
        factor = (rest_seen + CITY_PRIOR) / (np.maximum(rest_expected, 0) + CITY_PRIOR)
        return seen[:-1], expected[:-1] * factor

    def _dispersion(self, length: int) -> Array:
        """From earlier windows, each judged by what was known before it."""
        last = len(self.days) - 1 - GUARD
        ends = [last - k * length for k in range(MOST_WINDOWS)]
        ends = [e for e in ends if e - GUARD > 0 and self.days[e - GUARD] >= SHORTEST_BASELINE]
        ends = [e for e in ends if self.days[e] - self.days[e - length] == length]
        if not ends:
            return np.full(self.sums.shape[1] - 1, UNKNOWN_DISPERSION)
        pairs = [self._window(end, length) for end in ends]
        observed, expected = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
        own = dispersion(observed, expected)
        common = dispersion(observed.reshape(-1, 1), expected.reshape(-1, 1))[0]
        n = len(ends)
        return np.asarray((n * np.nan_to_num(own) + OWN_PRIOR * common) / (n + OWN_PRIOR))

    def compare(self, length: int) -> pd.DataFrame:
        """The last ``length`` days against expectation, one row per series."""
        observed, expected = self._window(len(self.days) - 1, length)
        if self.days[-1] == self.days[-1 - length]:  # not one day of data in the window
            return pd.DataFrame(np.nan, index=range(len(observed)), columns=list(_NUMBERS))
        phi = self._dispersion(length)
        p = at_least(observed, expected, phi)
        low, high = interval(expected, phi, 0.95)
        columns = (
            observed, expected, observed / expected, observed - expected,
            (observed - expected) / np.sqrt(expected + phi * expected**2),
            p, false_discovery(p), low, high,
        )  # fmt: skip
        return pd.DataFrame(dict(zip(_NUMBERS, columns, strict=True)))
