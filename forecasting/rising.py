"""Where complaints are rising: against the series' own past, not against the others.

The last 28 days (and the last 7) are compared with what the series' own long-run
level times everybody's change expects. Level is not rise: a large series is not
rising because it is large. And a change that all places share, such as the start
of the heating season, is nobody's rise: see :func:`rising_citywide` for those.

Two levels are asked, both with a half-life of 182 days: up to 28 days ago
("recent"), and up to half a year ago ("older"), since a slow rise has long been
part of a level that ends last month. The one that speaks more clearly is shown
and its p value doubled (Bonferroni). Held-out figures: docs/rising.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import gcd

import numpy as np
import pandas as pd

from forecasting.counts import (
    at_least,
    false_discovery,
    interval,
    robust_dispersion,
    seen_days,
)
from forecasting.panel import SHORTEST_BASELINE, YEAR, Grid, Ints, Panel, Window, grid, summed

GUARD = 28
"""Days between the recent baseline and today."""
OLDER = 182
"""Days between the older baseline and today."""
UNKNOWN_DISPERSION = 0.05
"""Used when there is no past window to learn from."""
MOST_WINDOWS = 52

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
    common: str | None = None,
    total: bool = False,
    bounds: bool = True,
) -> pd.DataFrame:
    """What is rising, most important first.

    ``daily``: columns day, one or more key columns, n (days without orders may
    be absent); ``as_of``: the last complete day, nothing later is read;
    ``covered``: the days for which data were delivered (by default those with
    at least one row). Rows with a missing key are no series but count for the city
    (and for their category, if they have one).

    ``common``: the key column whose change everybody shares, such as the
    category. A series' level is then multiplied by what the rest of its category
    did (the series itself left out), drawn towards the rest of the city's change
    when that rest is small. Without it, by what the rest of the city did.
    ``total``: one row per other key, summed over ``common``, each summand with its
    own category's change (a street with much heating does not rise in November);
    rows without the ``common`` key are not in it.
    ``bounds``: without it low and high, the slowest part, are left missing.

    One row per series: the keys; for the first window observed, expected, ratio,
    excess (observed - expected), z, p (this many or more by chance), q
    (Benjamini–Hochberg), low, high (95 % range of what was expected), against
    ("recent" or "older": the level compared with); the same with ``_<days>``
    appended for further windows; new (nothing in the baseline); rising (q < fdr,
    at least ``least`` orders and ``ratio`` times expected). Rising series come
    first, by excess. Even on pure noise about one series in a scan may be flagged
    at a false-discovery rate of 10 %.

    Empty when the baseline would rest on fewer than 56 days of data.
    """
    ready = _prepared(daily, as_of, windows, covered, common)
    shown = [name for name in _keys(daily) if not (total and name == common)]
    if ready is None or not shown:
        return _nothing(shown)
    return _scan(ready, shown if total else None, windows, _Rule(least, ratio, fdr), bounds)


def rising_and_totals(
    daily: pd.DataFrame,
    as_of: date,
    *,
    common: str,
    windows: Sequence[int] = (28, 7),
    least: int = 5,
    ratio: float = 1.5,
    fdr: float = 0.10,
    covered: Iterable[date] | None = None,
    bounds: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both answers of :func:`rising`, without and with ``total``, at the cost of one preparation."""
    ready = _prepared(daily, as_of, windows, covered, common)
    shown = [name for name in _keys(daily) if name != common]
    if ready is None or not shown:
        return _nothing(_keys(daily)), _nothing(shown)
    rule = _Rule(least, ratio, fdr)
    return (
        _scan(ready, None, windows, rule, bounds),
        _scan(ready, shown, windows, rule, bounds),
    )


def rising_citywide(
    daily: pd.DataFrame,
    as_of: date,
    *,
    window: int = 28,
    least: int = 5,
    ratio: float = 1.5,
    fdr: float = 0.10,
    covered: Iterable[date] | None = None,
) -> pd.DataFrame:
    """Which categories rise in the whole city, most important first.

    ``daily``: day, one or more key columns (the category), n; further arguments as
    in :func:`rising`. The last ``window`` days are compared with the same weeks a
    year (364 days) ago times the change of the rest of the city since then, so
    that a season that comes every year is no rise. Where those weeks are not in
    the data, with the long-run level as :func:`rising` does; the column
    ``against`` says which: "year", else "recent" or "older".

    Columns as of :func:`rising` for one window. Feasts that move, such as the
    Spring Festival, are compared with ordinary weeks of the year before.
    """
    index, seen = seen_days(daily, as_of, covered)
    rule = _Rule(least, ratio, fdr)
    if _keys(daily) and len(index):
        laid = grid(daily, index, None)
        if laid.keys.empty:
            return _nothing(_keys(daily))
        panel = Panel(laid, seen, gcd(GUARD, YEAR, window))
        length, year = panel.blocks(window), panel.blocks(YEAR)
        if panel.whole(panel.end - year, length):
            ends = [
                end
                for end in _ends(panel, length)
                if panel.whole(end, length) and panel.whole(end - year, length)
            ]
            tested = _tested(panel.year_window, panel.end, ends, length, laid.group)
            out = pd.concat([laid.keys, _finished(tested, True).assign(against="year")], axis=1)
            out["new"] = panel.baseline_events(length) <= 0
            return _flagged(out, rule)
    return rising(
        daily, as_of, windows=(window,), least=least, ratio=ratio, fdr=fdr, covered=covered
    )


@dataclass(frozen=True)
class _Rule:
    """What it takes to be flagged."""

    least: int
    ratio: float
    fdr: float


def _keys(daily: pd.DataFrame) -> list[str]:
    return [name for name in daily.columns if name not in ("day", "n")]


def _nothing(keys: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=[*keys, *_NUMBERS, "against", "new", "rising"])


def _prepared(
    daily: pd.DataFrame,
    as_of: date,
    windows: Sequence[int],
    covered: Iterable[date] | None,
    common: str | None,
) -> tuple[Grid, Panel] | None:
    """Series laid out and summed; ``None`` where the baseline would be too short."""
    index, seen = seen_days(daily, as_of, covered)
    if not _keys(daily) or seen[: max(len(seen) - GUARD, 0)].sum() < SHORTEST_BASELINE:
        return None
    laid = grid(daily, index, common)
    if laid.keys.empty:
        return None
    return laid, Panel(laid, seen, gcd(GUARD, OLDER, *windows))


def _scan(
    ready: tuple[Grid, Panel],
    totals: list[str] | None,
    windows: Sequence[int],
    rule: _Rule,
    bounds: bool,
) -> pd.DataFrame:
    """All series, or their sums by the keys ``totals``."""
    laid, panel = ready
    out, group, pools = laid.keys, laid.group, None
    events = panel.baseline_events(panel.blocks(GUARD))
    if totals is not None:
        pools = np.asarray(out.groupby(totals, sort=True).ngroup(), dtype=np.intp)
        out = out[totals].drop_duplicates().sort_values(totals).reset_index(drop=True)
        group = np.zeros(len(out), dtype=np.intp)
        events = summed(pools, events)
    for place, days in enumerate(windows):
        found = _long_run(panel, panel.blocks(days), group, pools, bounds)
        out = pd.concat([out, found.add_suffix(f"_{days}" if place else "")], axis=1)
    return _flagged(out.assign(new=events <= 0), rule)


def _ends(panel: Panel, length: int) -> range:
    """Where earlier windows end, latest first: before the one in question, and the guard."""
    return range(panel.end - panel.blocks(GUARD), 0, -length)


def _long_run(
    panel: Panel, length: int, group: Ints, pools: Ints | None, bounds: bool
) -> pd.DataFrame:
    """The last window against both levels: per series the one that speaks more clearly."""
    if panel.days[-1] == panel.days[-1 - length]:  # not one day of data in the window
        columns = [*_NUMBERS, "against"]
        return pd.DataFrame(np.nan, index=range(len(group)), columns=columns)
    tried: list[pd.DataFrame] = []
    for name, days in (("recent", GUARD), ("older", OLDER)):
        guard = panel.blocks(days)
        ends = [
            end
            for end in _ends(panel, length)
            if panel.whole(end, length) and panel.has_baseline(end, guard)
        ]
        # The older level is asked only where it could be tried before.
        if tried and not ends:
            break

        def window(end: int, length: int, guard: int = guard) -> Window:
            return panel.window(end, length, guard).pooled(pools)

        tried.append(_tested(window, panel.end, ends, length, group).assign(against=name))
    best = tried[0]
    if len(tried) > 1:
        clearer = (tried[1]["p"] < best["p"]).to_numpy()
        best = pd.concat([best[~clearer], tried[1][clearer]]).sort_index()
        best["p"] = np.minimum(1.0, len(tried) * best["p"])
    return _finished(best, bounds).assign(against=best["against"].to_numpy())


def _tested(
    window: Callable[[int, int], Window], end: int, ends: list[int], length: int, group: Ints
) -> pd.DataFrame:
    """One window against expectation, one row per series; noise learned from earlier ``ends``."""
    now = window(end, length)
    phi = np.full(len(group), UNKNOWN_DISPERSION)
    if ends:
        past = [window(e, length) for e in ends[:MOST_WINDOWS]]
        phi = robust_dispersion(
            np.array([w.observed for w in past]),
            np.array([w.expected for w in past]),
            np.array([w.known for w in past]),
            group,
        )
    phi = phi + now.known
    p = at_least(now.observed, now.expected, phi)
    return pd.DataFrame({"observed": now.observed, "expected": now.expected, "phi": phi, "p": p})


def _finished(tested: pd.DataFrame, bounds: bool) -> pd.DataFrame:
    """What follows from observed, expected, dispersion and p, in the columns shown."""
    observed, expected, phi, p = (
        tested[name].to_numpy(dtype=float) for name in ("observed", "expected", "phi", "p")
    )
    low, high = interval(expected, phi, 0.95) if bounds else (np.nan, np.nan)
    columns = (
        observed, expected, observed / expected, observed - expected,
        (observed - expected) / np.sqrt(expected + phi * expected**2),
        p, false_discovery(p), low, high,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(_NUMBERS, columns, strict=True)))


def _flagged(out: pd.DataFrame, rule: _Rule) -> pd.DataFrame:
    enough = (out["observed"] >= rule.least) & (out["ratio"] >= rule.ratio)
    out = out.assign(rising=(out["q"] < rule.fdr) & enough)
    order = out.sort_values(["rising", "excess"], ascending=False, kind="stable")
    return order.reset_index(drop=True)
