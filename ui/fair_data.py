"""The fair side of the rankings, worked out once per data version, register, selection and scheme."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from metrics import periods, spc
from metrics.bonus import Bonuses
from metrics.casemix import CaseMix
from metrics.fair import Fair, fair, mixes
from metrics.indicators import Indicator, Leaf
from metrics.joint import correlation, joint_clocks, joint_measures
from metrics.linear import Array, Linear
from metrics.periods import Period
from metrics.ranks import Told, told
from metrics.scheme import BEFORE, Scheme
from metrics.selection import PATH, Selection
from ui import counted, read, trends
from ui.context import Context
from ui.trends_data import ENOUGH, first_day

GRADE = "grade"
MOST_POINTS = 24
"""How many assessment periods a unit's own past is judged by."""
Mixes = Mapping[tuple[str, str], CaseMix]


# -- ranks ---------------------------------------------------------------------
def fair_of(ctx: Context, counts: pd.DataFrame, found: Bonuses, *, adjusted: bool = False) -> Fair:
    """:func:`metrics.fair.fair` for the units counted on the page; cached, not to be changed.

    ``adjusted``: ranks by rates adjusted for case mix where that is allowed.
    """
    key = json.dumps([_key(ctx), adjusted])
    return _fair(ctx.version, read.noted(), key, adjusted, ctx, counts, found)


@st.cache_resource(show_spinner=False, max_entries=16)
def _fair(
    version: int,
    noted: int,
    key: str,
    adjusted: bool,
    _ctx: Context,
    _counts: pd.DataFrame,
    _found: Bonuses,
) -> Fair:
    return fair(
        _ctx.scheme,
        _counts,
        strata=_strata(_ctx) if adjusted else None,
        by=strata_by(_ctx),
        correlation=_correlation(_ctx),
        found=_found,
    )


def mix_of(ctx: Context, made: Fair) -> Mixes:
    """The case-mix adjustment of every (league table, rate), or why it is refused; cached."""
    return _mix(ctx.version, read.noted(), _key(ctx), ctx, made.linear)


@st.cache_resource(show_spinner=False, max_entries=16)
def _mix(version: int, noted: int, key: str, _ctx: Context, _linear: Linear) -> Mixes:
    return mixes(_linear, _strata(_ctx), strata_by(_ctx))


def told_of(made: Fair, group: str) -> Told:
    """What one league table can tell apart."""
    return told(made.table[made.table["group"] == group])


def counted_rates(made: Fair, group: str) -> list[str]:
    """The counted rates of the composite that somebody in a league table has."""
    linear = made.linear
    mine = linear.groups == group
    return [
        piece.name
        for k, piece in enumerate(linear.pieces)
        if piece.sampled and bool((linear.n[mine, k] > 0).any())
    ]


def strata_by(ctx: Context) -> list[str]:
    """What the kinds of orders are: category and grade; inside one category its second level."""
    paths = ctx.view.categories
    level = "category2" if len(paths) == 1 and PATH not in paths[0] else "category1"
    return [level, GRADE]


def _key(ctx: Context) -> str:
    return json.dumps([ctx.scheme.id, ctx.scheme.version, repr(_where(ctx))])


def _where(ctx: Context) -> Selection:
    """The orders of the period; the filter by unit only marks on this page."""
    return replace(ctx.selection, units=(), clock=ctx.scheme.clock)


def _rates_only(scheme: Scheme) -> list[str]:
    return [n for n in scheme.measures() if not n.startswith(BEFORE) and (".num." in n or n.endswith(".den"))]  # fmt: skip


def _correlation(ctx: Context) -> Array:
    scheme = ctx.scheme
    known = scheme.measures()
    measures = joint_measures(scheme) | {name: known[name] for name in _rates_only(scheme)}
    clocks = dict(scheme.clocks()) | joint_clocks(scheme)
    return correlation(scheme, counted.count(measures, clocks, _where(ctx)).iloc[0])


def _strata(ctx: Context) -> pd.DataFrame:
    known = ctx.scheme.measures()
    measures = {name: known[name] for name in _rates_only(ctx.scheme)}
    by = ["unit", *strata_by(ctx)]
    found = counted.count(measures, ctx.scheme.clocks(), _where(ctx), by)
    return found[found["unit"].notna()].reset_index(drop=True)


# -- each unit against its own past ----------------------------------------------
@dataclass(frozen=True)
class Past:
    """Every unit's rates over past assessment periods, and what they show now.

    ``series``: unit, rate, period (place in ``periods``), hits, n. ``table``:
    :func:`metrics.spc.matrix`. ``rates``: name to (indicator, leaf), in the scheme's order.
    """

    periods: tuple[Period, ...]
    series: pd.DataFrame
    table: pd.DataFrame
    rates: Mapping[str, tuple[Indicator, Leaf]]
    targets: Mapping[str, float | None]

    @property
    def directions(self) -> dict[str, bool | None]:
        """Whether more is better, by rate."""
        return {name: i.direction == "up" for name, (i, _) in self.rates.items()}


def past_of(ctx: Context, target: float | None = None) -> Past:
    """The icon matrix of all units under the filters, up to the period looked at; cached.

    ``target``: a target to try out for every rate; ``None``: those of the scheme.
    """
    key = json.dumps([_key(ctx), str(ctx.until), target])
    return _past(ctx.version, read.noted(), key, target, ctx)


@st.cache_resource(show_spinner=False, max_entries=16)
def _past(version: int, noted: int, key: str, target: float | None, _ctx: Context) -> Past:
    spans = past_periods(_ctx)
    rates = {
        leaf.prefix: (indicator, leaf)
        for indicator in _ctx.scheme.indicators
        if indicator.measured
        for leaf in indicator.leaves()
        if leaf.rule.measured and leaf.rule.kind == "rate"
    }
    parts = [_of_period(_ctx, place, span, rates) for place, span in enumerate(spans)]
    columns = ["unit", "rate", "period", "hits", "n"]
    series = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    have = set(series.loc[series["n"] > 0, "rate"])
    rates = {name: pair for name, pair in rates.items() if name in have}
    series = series[series["rate"].isin(list(rates))]
    directions: dict[str, bool | None] = {n: i.direction == "up" for n, (i, _) in rates.items()}
    targets = {name: _target(pair, target) for name, pair in rates.items()}
    table = spc.matrix(series, directions, targets)
    return Past(tuple(spans), series, table, rates, targets)


def past_periods(ctx: Context) -> list[Period]:
    """The complete assessment periods up to the one looked at that the data cover, oldest first."""
    rule = ctx.scheme.period
    last = periods.last_complete(rule, min(ctx.period.end, ctx.until))
    known = trends.known_days(read.daily_coverage(ctx.version))
    first = pd.Timestamp(first_day(known, ctx.until.date()))
    out = []
    for span in periods.recent(rule, last.start, MOST_POINTS):
        have = int(((known >= pd.Timestamp(span.start)) & (known < pd.Timestamp(span.end))).sum())
        # A period cut off by the first day of data is not like the others.
        if pd.Timestamp(span.start.date()) >= first and have >= ENOUGH * span.days:
            out.append(span)
    return out


def _of_period(
    ctx: Context, place: int, span: Period, rates: Mapping[str, tuple[Indicator, Leaf]]
) -> pd.DataFrame:
    known = ctx.scheme.measures()
    wanted = {name: known[name] for name in _rates_only(ctx.scheme)}
    where = _where(ctx).over(span.start, span.end)
    found = counted.count(wanted, ctx.scheme.clocks(), where, ("unit",))
    found = found[found["unit"].notna()]
    parts = []
    for name, (_, leaf) in rates.items():
        hits = sum(w * found[f"{name}.num.{k}"].astype(float) for k, w in enumerate(leaf.weights))
        part = {"unit": found["unit"], "rate": name, "period": place, "hits": hits, "n": found[f"{name}.den"]}  # fmt: skip
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _target(pair: tuple[Indicator, Leaf], tried: float | None) -> float | None:
    indicator, leaf = pair
    if tried is not None:
        return tried if indicator.direction == "up" else 1 - tried
    own = leaf.rule.target or (indicator.target if not indicator.parts else None)
    return own.value if own else None


def unit_charts(past: Past, unit: str, rate: str) -> spc.Charts | None:
    """One unit's control chart of one rate; ``None`` where it has no data."""
    mine = past.series[(past.series["unit"] == unit) & (past.series["rate"] == rate)]
    wide = mine.set_index("period")[["hits", "n"]].reindex(range(len(past.periods)), fill_value=0)
    n = wide["n"].to_numpy(dtype=float)
    if not n.sum():
        return None
    return spc.chart(wide["hits"].to_numpy(dtype=float), n)
