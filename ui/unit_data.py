"""One unit's result: its row in the league table, its score taken apart, its rank interval."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pandas as pd

from metrics.bonus import Bonuses
from metrics.fair import Fair
from metrics.linear import Linear, Piece
from metrics.ranks import indistinct
from metrics.rates import Change, Rate, change
from ui import rankings
from ui.context import Context
from ui.fair_data import fair_of
from ui.fair_views import read_all
from ui.rankings import SCORE, League

KEPT = 8


@dataclass(frozen=True)
class Profile:
    """Everything about one unit's result of one period.

    ``row``: the unit's row in its league table, as Rankings shows it. ``fair``: what the ranks
    of all units are worth, again as on Rankings. ``bonuses``: of all units.
    ``rank``: its row in ``fair.table``; ``alike``: who it cannot be
    told apart from; both ``None`` where it has no rank. ``change``: of the score,
    in shares of 1; ``None`` where there is nothing to compare with.
    """

    unit: str
    league: League
    row: pd.Series
    counts: pd.DataFrame
    fair: Fair
    bonuses: Bonuses
    rank: pd.Series | None
    alike: pd.DataFrame | None
    change: Change | None

    @property
    def linear(self) -> Linear:
        """All units' scores taken apart."""
        return self.fair.linear

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
    seen = read_all(ctx)
    earlier = None
    if seen.before is not None and ctx.compared is not None:
        then = rankings.bonuses_of(ctx, ctx.compared, seen.before)
        earlier = rankings.leagues(ctx.scheme, seen.before, None, then)
    return Results(seen.tables, earlier, seen.units, seen.bonuses)


def profile(ctx: Context, unit: str, all_: Results) -> Profile:
    """The result of one unit."""
    rows = everyone(all_.tables)
    row = rows[rows["unit"] == unit].iloc[0]
    made = fair_of(ctx, all_.counts, all_.bonuses)
    rank = alike = None
    if row["ranked"]:
        rank = made.table[made.table["unit"] == unit].iloc[0]
        alike = indistinct(made.draws, unit)
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
        fair=made,
        bonuses=all_.bonuses,
        rank=rank,
        alike=alike,
        change=score_change(row, was),
    )


def score_change(row: pd.Series, was: pd.Series | None) -> Change | None:
    """How far the score has moved, with the interval that holds if all parts move together."""
    if was is None or pd.isna(row[SCORE]) or pd.isna(was[SCORE]):
        return None
    return change(_as_rate(row), _as_rate(was))


def _as_rate(row: pd.Series) -> Rate:
    low, high = (row[f"composite_{end}"] + row["adjustments"] for end in ("low", "high"))
    return Rate(row[SCORE] / 100, None, int(row["n"]), low / 100, high / 100)


def key_of(linear: Linear, *more: str) -> str:
    """Changes whenever the scheme, the scores or the question do (for caches)."""
    found = hashlib.sha256("|".join([linear.scheme.model_dump_json(), *more]).encode())
    for part in (linear.points, linear.n, linear.hits):
        found.update(part.tobytes())
    return found.hexdigest()
