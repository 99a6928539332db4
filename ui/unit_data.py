"""One unit's result: its row in the league table, its score taken apart, its rank interval."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from metrics.bonus import Bonuses
from metrics.draws import Draws, simulate
from metrics.joint import JOINT, correlation, joint_measures
from metrics.linear import Linear, Piece, decompose
from metrics.ranks import indistinct, rank_table
from metrics.rates import Change, Rate, change
from metrics.scheme import BEFORE, Scheme
from metrics.selection import Selection
from ui import counted, rankings
from ui.context import Context
from ui.rankings import SCORE, League

KEPT = 8
_OTHERS = (BEFORE, "count.", "adjust.")


@dataclass(frozen=True)
class Profile:
    """Everything about one unit's result of one period.

    ``row``: the unit's row in its league table, as Rankings shows it. ``bonuses``: of all units. ``linear``: all
    units' scores taken apart, with the league tables' own scores and ranks.
    ``rank``: its row of :func:`metrics.ranks.rank_table`; ``alike``: who it cannot be
    told apart from; both ``None`` where it has no rank. ``change``: of the score,
    in shares of 1; ``None`` where there is nothing to compare with.
    """

    unit: str
    league: League
    row: pd.Series
    counts: pd.DataFrame
    linear: Linear
    bonuses: Bonuses
    rank: pd.Series | None
    alike: pd.DataFrame | None
    change: Change | None

    @property
    def ranked(self) -> bool:
        """Whether it has a score and a rank."""
        return bool(self.row["ranked"])

    @property
    def place(self) -> int:
        """Its row in the arrays of ``linear``."""
        return self.linear.units.index(self.unit)

    @property
    def pieces(self) -> list[tuple[int, Piece]]:
        """The rates over orders that make its score, with their place in ``linear``."""
        points = self.linear.points[self.place]
        return [
            (j, piece)
            for j, piece in enumerate(self.linear.pieces)
            if points[j] > 0 and piece.sampled
        ]

    @property
    def bonus(self) -> pd.Series:
        """Its points by adjustment, in the order of the scheme."""
        mine = self.bonuses.of(self.unit)
        order = [item.id for item in self.linear.scheme.adjustments if item.id in mine.index]
        return mine.loc[order].astype(float)

    @property
    def peers(self) -> list[str]:
        """All units of its league table, itself among them."""
        return [*self.league.ranked["unit"], *self.league.apart["unit"]]


def everyone(tables: dict[str, League]) -> pd.DataFrame:
    """The rows of all league tables, one below the other."""
    parts = [part for league in tables.values() for part in (league.ranked, league.apart)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def listed(tables: dict[str, League]) -> list[str]:
    """All units, by league table and rank; those without a rank last in theirs."""
    return [str(unit) for unit in everyone(tables)["unit"]]


def default(tables: dict[str, League], wanted: tuple[str, ...]) -> str:
    """The unit of the filter; else the lowest of the largest table that is no small n."""
    known = listed(tables)
    found = next((unit for unit in wanted if unit in known), None)
    if found is not None:
        return found
    ranked = max((league.ranked for league in tables.values()), key=len)
    sure = ranked[~ranked["small"]] if len(ranked) else ranked
    lowest = sure if len(sure) else ranked
    return str(lowest["unit"].iloc[-1]) if len(lowest) else known[0]


@dataclass(frozen=True)
class Results:
    """The league tables of the period and of the one compared with (``None``: nothing to
    compare), the units' counts, and the bonuses."""

    tables: dict[str, League]
    earlier: dict[str, League] | None
    counts: pd.DataFrame
    bonuses: Bonuses


def results(ctx: Context) -> Results:
    """The same league tables as on Rankings."""
    counts = rankings.unit_counts(ctx, ctx.period).units
    found = rankings.bonuses_of(ctx, ctx.period, counts)
    before = found_before = earlier = None
    if ctx.compared is not None:
        then = rankings.unit_counts(ctx, ctx.compared).units
        if then["all"].sum():  # a period before the first order compares nothing
            before, found_before = then, rankings.bonuses_of(ctx, ctx.compared, then)
            earlier = rankings.leagues(ctx.scheme, before, None, found_before)
    tables = rankings.leagues(ctx.scheme, counts, before, found, found_before)
    return Results(tables, earlier, counts, found)


def profile(ctx: Context, unit: str, all_: Results) -> Profile:
    """The result of one unit."""
    rows = everyone(all_.tables)
    row = rows[rows["unit"] == unit].iloc[0]
    linear = taken_apart(ctx.scheme, all_.counts, rows, all_.bonuses)
    rank = alike = None
    if row["ranked"]:
        draws = drawn(ctx, linear)
        table = rank_table(draws)
        rank = table[table["unit"] == unit].iloc[0]
        alike = indistinct(draws, unit)
    was = None
    if all_.earlier:
        old = everyone(all_.earlier)
        found = old[(old["unit"] == unit) & (old["group"] == row["group"])]
        was = found.iloc[0] if len(found) else None
    return Profile(
        unit=unit,
        league=all_.tables[str(row["group"])],
        row=row,
        counts=all_.counts,
        linear=linear,
        bonuses=all_.bonuses,
        rank=rank,
        alike=alike,
        change=score_change(row, was),
    )


def taken_apart(
    scheme: Scheme, counts: pd.DataFrame, rows: pd.DataFrame, found: Bonuses | None = None
) -> Linear:
    """The scores of ``counts`` taken apart, with scores and ranks as in ``rows`` (league tables)."""
    linear = decompose(scheme, counts, found=found)
    own = rows.set_index("unit").loc[list(linear.units)].reset_index()
    return replace(linear, table=own)


def score_change(row: pd.Series, was: pd.Series | None) -> Change | None:
    """How far the score has moved, with the interval that holds if all parts move together."""
    if was is None or pd.isna(row[SCORE]) or pd.isna(was[SCORE]):
        return None
    return change(_as_rate(row), _as_rate(was))


def _as_rate(row: pd.Series) -> Rate:
    low, high = (row[f"composite_{end}"] + row["adjustments"] for end in ("low", "high"))
    return Rate(row[SCORE] / 100, None, int(row["n"]), low / 100, high / 100)


# -- rank intervals -------------------------------------------------------------
def drawn(ctx: Context, linear: Linear) -> Draws:
    """Draws of all units' true scores under the filters in force, made once per question."""
    where = replace(ctx.over(ctx.period), units=())
    return _drawn(ctx.version, key_of(linear, repr(where)), linear, where)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _drawn(version: int, key: str, _linear: Linear, _where: Selection) -> Draws:
    scheme = _linear.scheme
    rates = {piece.name: piece.leaf.rule.clock for piece in _linear.pieces}
    plain = {n: c for n, c in scheme.measures().items() if not n.startswith(_OTHERS)}
    joint = joint_measures(scheme)
    clocks = scheme.clocks() | {name: rates[_first_rate(name)] for name in joint}
    where = replace(_where, clock=scheme.clock)
    totals = counted.count({**plain, **joint}, clocks, where).iloc[0]
    return simulate(_linear, correlation=correlation(scheme, totals))


def _first_rate(name: str) -> str:
    """Of ``joint:<rate>*<rate>…``: both rates count by the same clock."""
    return name.removeprefix(JOINT).split("*", 1)[0]


def key_of(linear: Linear, *more: str) -> str:
    """Changes whenever the scheme, the scores or the question do."""
    found = hashlib.sha256("|".join([linear.scheme.model_dump_json(), *more]).encode())
    for part in (linear.points, linear.n, linear.hits, linear.adjustments):
        found.update(part.tobytes())
    return found.hexdigest()
