"""Early warning: what has begun lately, in which place and category, and what is everybody's.

Every series (place × category), every category's total and the city's total are watched with
a CUSUM of surprise (:mod:`forecasting.surprise`, :mod:`forecasting.cusum`). A shock of the whole
city is one alert of its category, since a series is judged against the rest of its category.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from forecasting.counts import Array, at_least, interval, seen_days
from forecasting.cusum import Alarms, calibrate, run, watch
from forecasting.ears import ears_days
from forecasting.panel import Ints, grid
from forecasting.surprise import Surprise, lay_out, surprise

SERIES, CATEGORY, CITY = "series", "category", "city"
QUIET = 14
"""Days without an alarm after which the next one is a new episode."""
ONGOING = 7
"""An episode whose last alarm is at most this many days old is still going on."""
HISTORY = 365
YEAR = 364
AS_ALL = 1.5
"""A series within this factor of its category's rise does what all do."""
MOSTLY = 0.7
"""A category's alert with this share of its excess in one series is that series' alert."""
BEFORE, AFTER, DRAWN = 42, 14, 120
FEWEST = 3
"""An alert stands on at least this many orders."""
DAYS = ["row", "day", "observed", "expected", "high"]
COLUMNS = (
    "scope", "start", "found", "last", "until", "ongoing", "observed", "expected", "excess",
    "ratio", "p", "strength", "last_year", "method", "urgent", "part_of",
)  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """False alarms a series and year that the reader accepts. ``urgent``: for series whose
    ``common`` key (the category) is one of ``classes``: a higher budget, so a lower threshold."""

    usual: float = 0.25
    urgent: float = 1.0
    totals: float = 0.5
    classes: Collection[str] = ()


@dataclass(frozen=True)
class Scan:
    """``alerts``: the keys (missing where an alert is of a total) and :data:`COLUMNS`, ongoing
    ones first, by importance. ``days``: row (of ``alerts``), day, observed, expected, high (95 % of
    single days lie below) from :data:`BEFORE` days before the start on, for alerts of the last
    :data:`DRAWN` days. ``series``: how many series were watched in each scope; ``budget``: the
    budget of each scope, ``reached`` what the simulation gave."""

    alerts: pd.DataFrame
    days: pd.DataFrame
    series: Mapping[str, int]
    budget: Mapping[str, float]
    reached: Mapping[str, float] = field(default_factory=dict)

    @property
    def false_per_day(self) -> float:
        """False alarms a day to be expected over everything watched."""
        return sum(self.budget[scope] * n for scope, n in self.series.items()) / 365


def scan(
    daily: pd.DataFrame,
    as_of: date,
    *,
    common: str,
    budget: Budget | None = None,
    covered: Iterable[date] | None = None,
    country: str = "CN",
    history: int = HISTORY,
    seed: int = 1,
) -> Scan:
    """Everything that stood out in the last ``history`` days up to ``as_of``.

    ``daily``: day, key columns (a place, a category ...), n; ``common``: the key whose change is
    shared (the category); ``covered``: days delivered (else days with a row). Nothing later than
    ``as_of`` is read, and each day is judged by what lay before its guard alone (the noise level of
    each series is learned from the whole past).

    Alert columns: scope (series, category, city); start (the first day of the run that led to
    the alarm), found (day of the alarm), last (latest alarm), until (last day counted), ongoing;
    observed, expected, excess, ratio over start..until; p (this many or more by chance *in that
    span*: the span was chosen because it stood out, so it is a size, not a test); strength (largest
    CUSUM over its threshold); last_year (orders on the same days a year, 364 days, before; missing
    without data); method (cusum, ears); urgent; part_of ("category" where a series did no more than
    its whole category at that time, "series" where a category's alert is mostly that of one series;
    else missing): the same thing seen twice, to be shown once.

    With less than ten weeks of data the days are judged by EARS C2 (Hutwagner 2003). Empty
    when there is nothing to judge.
    """
    budget = budget or Budget()
    keys = [name for name in daily.columns if name not in ("day", "n")]
    listed = list(covered) if covered is not None else None
    laid = lay_out(daily, as_of, common=common, covered=listed, country=country)
    if laid is None:
        return _young(daily, as_of, keys, common, listed, budget)
    found: list[pd.DataFrame] = []
    paths: list[pd.DataFrame] = []
    reached: dict[str, float] = {}
    panel = laid.grid
    names = panel.keys[common].astype("str").to_numpy()
    urgent = np.isin(names, list(budget.classes))
    categories = panel.keys[[common]].drop_duplicates().sort_values(common, ignore_index=True)
    city_group = np.zeros(panel.shared.shape[1], dtype=np.intp)
    watched: list[tuple[str, pd.DataFrame, Array, Array | None, Ints, Array]] = [
        (SERIES, panel.keys, panel.series, panel.shared, panel.group,
         np.where(urgent, budget.urgent, budget.usual)),
        (CATEGORY, categories, panel.shared, panel.city[:, None], city_group,
         np.full(panel.shared.shape[1], budget.totals)),
        (CITY, pd.DataFrame(index=[0]), panel.city[:, None], None, np.zeros(1, dtype=np.intp),
         np.full(1, budget.totals)),
    ]  # fmt: skip
    for scope, who, counts, reference, group, wanted in watched:
        season = scope != SERIES
        result = surprise(laid, counts, reference, group, seasonal=season)
        score, totals = result.score, np.zeros(counts.shape[1])
        threshold, parts = np.zeros(counts.shape[1]), []
        for each in np.unique(wanted):
            mine = wanted == each
            again = watch(laid, counts, reference, group, seasonal=season)
            set_ = calibrate(result, again, float(each), seed=seed, seasonal=season)
            threshold[mine] = set_.threshold[mine]
            parts.append((set_, mine))
            totals[mine] = set_.rate
        alarms = _joined(
            [(run(score[:, m], threshold[m], s.allowance), m) for s, m in parts], score
        )
        reached[scope] = float(totals.mean())
        table = _episodes(result, alarms, threshold, history)
        if len(table):
            table["urgent"] = _urgent(who, common, budget, table["series"].to_numpy())
            facts = who.iloc[table["series"]].reset_index(drop=True)
            table["row"] = [f"{scope}{i}" for i in range(len(table))]
            paths.append(_paths(result, table))
            found.append(
                pd.concat([facts, table.drop(columns="series").assign(scope=scope)], axis=1)
            )
    sizes = {scope: counts.shape[1] for scope, _, counts, _, _, _ in watched}
    spent = {scope: float(wanted.mean()) for scope, *_, wanted in watched}
    out, days = _numbered(_ordered(found, keys, common), paths)
    return Scan(out, days, sizes, spent, reached)


def _urgent(who: pd.DataFrame, common: str, budget: Budget, series: Ints) -> Array:
    if common not in who:
        return np.zeros(len(series), dtype=bool)
    return np.asarray(who[common].astype("str").isin(list(budget.classes)).to_numpy()[series])


def _joined(parts: list[tuple[Alarms, Any]], score: Array) -> Alarms:
    alarm = np.zeros(score.shape, dtype=bool)
    since = np.zeros(score.shape, dtype=np.intp)
    sums = np.zeros(score.shape)
    for found, mine in parts:
        alarm[:, mine], since[:, mine], sums[:, mine] = found.alarm, found.since, found.sum
    return Alarms(alarm, since, sums)


def _episodes(result: Surprise, alarms: Alarms, threshold: Array, history: int) -> pd.DataFrame:
    """Alarms of one series within :data:`QUIET` days of each other are one episode."""
    last_day = len(result.days) - 1
    day, series = np.nonzero(alarms.alarm)
    keep = day > last_day - history
    day, series = day[keep], series[keep]
    order = np.lexsort((day, series))
    day, series = day[order], series[order]
    if not len(day):
        return pd.DataFrame(columns=["series", *COLUMNS])
    fresh = np.ones(len(day), dtype=bool)
    fresh[1:] = (series[1:] != series[:-1]) | (day[1:] - day[:-1] > QUIET)
    episode = np.cumsum(fresh) - 1
    rows = []
    for e in range(episode[-1] + 1):
        mine = np.flatnonzero(episode == e)
        s, first, last = series[mine[0]], day[mine[0]], day[mine[-1]]
        start = alarms.since[first, s]
        ongoing = last_day - last <= ONGOING
        until = last_day if ongoing else last
        strength = alarms.sum[day[mine], s].max() / threshold[s]
        row = _size(result, int(s), int(start), int(until))
        if row["observed"] < FEWEST:
            continue
        rows.append(
            {"series": s, "start": result.days[start], "found": result.days[first],
             "last": result.days[last], "until": result.days[until], "ongoing": ongoing,
             "strength": float(strength), "method": "cusum", **row}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=None if rows else ["series", *COLUMNS])


def _size(result: Surprise, series: int, start: int, until: int) -> dict[str, float]:
    span = slice(start, until + 1)
    y, mu = result.observed[span, series], result.expected[span, series]
    known = ~(np.isnan(y) | np.isnan(mu))
    y, mu, spread = y[known], mu[known], result.spread[span, series][known]
    observed, expected = float(y.sum()), float(mu.sum())
    phi = float((spread * mu**2).sum() / max(expected**2, 1e-12))
    chance = at_least(np.array([observed]), np.array([max(expected, 1e-9)]), np.array([phi]))
    before = result.observed[max(start - YEAR, 0) : max(until + 1 - YEAR, 0), series]
    whole = start >= YEAR and not np.isnan(before).any()
    return {
        "observed": observed, "expected": expected, "excess": observed - expected,
        "ratio": observed / max(expected, 1e-9), "p": float(chance[0]),
        "last_year": float(before.sum()) if whole else np.nan,
    }  # fmt: skip


def _ordered(found: list[pd.DataFrame], keys: list[str], common: str) -> pd.DataFrame:
    """Going on before over, the same thing once, urgent first, then by orders above expected."""
    if not found:
        return pd.DataFrame(columns=[*keys, *COLUMNS, "row"])
    out = pd.concat(found, ignore_index=True)
    out = out.reindex(columns=[*keys, *COLUMNS, "row"])
    out["part_of"] = _part_of(out, common)
    first = np.lexsort(
        (
            -out["excess"].to_numpy(dtype=float),
            ~out["urgent"].astype(bool),
            ~out["ongoing"].astype(bool),
        )
    )
    return out.iloc[first].reset_index(drop=True)


def _paths(result: Surprise, table: pd.DataFrame) -> pd.DataFrame:
    """The days around each late enough episode: row, day, observed, expected, high."""
    last = len(result.days) - 1
    parts = []
    for row in table[table["until"] > result.days[-1] - pd.Timedelta(days=DRAWN)].itertuples():
        start, until = result.days.get_indexer(pd.DatetimeIndex([row.start, row.until]))
        span = slice(max(int(start) - BEFORE, 0), min(int(until) + AFTER, last) + 1)
        series = int(str(row.series))
        expected, spread = result.expected[span, series], result.spread[span, series]
        high = interval(np.nan_to_num(expected), np.nan_to_num(spread), 0.90)[1]
        parts.append(
            pd.DataFrame(
                {
                    "row": row.row,
                    "day": result.days[span],
                    "observed": result.observed[span, series],
                    "expected": expected,
                    "high": np.where(np.isnan(expected), np.nan, high),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DAYS)


def _numbered(out: pd.DataFrame, paths: list[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the days named by the place of their alert."""
    place = {name: i for i, name in enumerate(out["row"])}
    kept = [path for path in paths if len(path)]
    days = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=DAYS)
    return out.drop(columns="row"), days.assign(row=days["row"].map(place))


def _part_of(alerts: pd.DataFrame, common: str) -> pd.Series:
    """Which alerts say again what another one says (see :func:`scan`)."""
    out = pd.Series(None, index=alerts.index, dtype="object")
    for place in alerts.index[alerts["scope"] == CATEGORY]:
        total = alerts.loc[place]
        mine = (alerts["scope"] == SERIES) & (alerts[common] == total[common])
        mine &= (alerts["start"] <= total["until"]) & (alerts["until"] >= total["start"])
        like = alerts[mine]
        out.loc[like.index[like["ratio"] <= AS_ALL * total["ratio"]]] = CATEGORY
        if len(like) and like["excess"].max() >= MOSTLY * total["excess"]:
            out.loc[place] = SERIES
            out.loc[like["excess"].idxmax()] = None
    return out


def _young(
    daily: pd.DataFrame,
    as_of: date,
    keys: list[str],
    common: str,
    covered: list[date] | None,
    budget: Budget,
) -> Scan:
    """Too little data for an expectation of one's own: EARS C2 per series."""
    days, seen = seen_days(daily, as_of, covered)
    nothing = Scan(pd.DataFrame(columns=[*keys, *COLUMNS]), pd.DataFrame(columns=DAYS), {}, {})
    if not len(days) or not keys:
        return nothing
    laid = grid(daily, days, common)
    if laid.keys.empty:
        return nothing
    table = ears_days(laid.series, np.asarray(seen, dtype=bool), days)
    table = table[table["observed"] >= FEWEST].reset_index(drop=True)
    table["urgent"] = _urgent(laid.keys, common, budget, table["series"].to_numpy(dtype=np.intp))
    facts = laid.keys.iloc[table["series"]].reset_index(drop=True)
    out = pd.concat([facts, table.drop(columns="series").assign(scope=SERIES)], axis=1)
    ordered = _ordered([out] if len(out) else [], keys, common).drop(columns="row")
    return Scan(ordered, pd.DataFrame(columns=DAYS), {}, {})
