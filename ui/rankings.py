"""The league tables: every unit's counts, scored and ranked in its peer group. No sentences here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.scoring import Counted, counted_by
from metrics.bonus import Bonuses, bonuses, score_with
from metrics.indicators import Indicator
from metrics.outcome import standings
from metrics.periods import Period
from metrics.scheme import Scheme
from metrics.tails import at_least, at_most
from ui import read
from ui.context import Context

SCORE = "score"
"""The choice beside the indicators: the composite (with bonus and penalty points)."""

ABOVE, BELOW, LIKE = "above", "below", "like"
TAIL = 0.025


@dataclass(frozen=True)
class League:
    """One peer group: ranked units, units apart, and the total of their pooled counts.

    ``total`` has ``score_all`` (nothing struck out) where the scheme strikes orders out.
    """

    group: str
    ranked: pd.DataFrame
    apart: pd.DataFrame
    total: pd.Series


@dataclass(frozen=True)
class Standing:
    """What a league table lets one say: who leads, who trails, and who cannot be told apart.

    ``near``: how many of the others have an interval that reaches into the leader's.
    ``apart``: whether the intervals of first and last do not touch. Where several
    share a place the one that is known best speaks for it. ``small``: units with
    fewer answers than the scheme asks for.
    """

    leaders: tuple[str, ...]
    trailers: tuple[str, ...]
    best: float
    worst: float
    near: int
    ranked: int
    apart: bool
    small: frozenset[str] = frozenset()


# -- counts --------------------------------------------------------------------
def unit_counts(ctx: Context, period: Period) -> Counted:
    """Every unit under the filters with the scheme's measures; units without orders have zeros.

    The filter by unit marks units on this page instead of narrowing: a rank is
    among all peers.
    """
    where = replace(ctx.over(period), units=())
    return counted_by(read.tally, read.units(), ctx.scheme, period, where)


# -- tables --------------------------------------------------------------------
def bonuses_of(ctx: Context, period: Period, counts: pd.DataFrame) -> Bonuses:
    """The bonuses and penalties of a period with what they rest on (accepted evidence, orders)."""
    return bonuses(ctx.scheme, counts, read.evidence(ctx.scheme, period), period)


def leagues(
    scheme: Scheme,
    counts: pd.DataFrame,
    before: pd.DataFrame | None,
    found: Bonuses | None = None,
    found_before: Bonuses | None = None,
) -> dict[str, League]:
    """Every peer group's table, the largest group first.

    ``found``, ``found_before``: the bonuses of the period and of the one compared with
    (:func:`bonuses_of`); without them only those counted from orders are in.

    The columns are those of :class:`metrics.outcome.Outcome`.
    """
    if counts.empty:
        return {}
    then = None
    if before is not None and len(before):
        then = score_with(scheme, before, found_before or bonuses(scheme, before))
    return by_league(*standings(scheme, counts, found or bonuses(scheme, counts), then))


def by_league(units: pd.DataFrame, totals: pd.DataFrame) -> dict[str, League]:
    """Units and totals (:class:`metrics.outcome.Outcome`) by peer group, the largest first."""
    sizes = units.groupby("group").size().sort_values(ascending=False, kind="stable")
    total = totals.set_index("group")
    out = {}
    for group in sizes.index:
        mine = units[units["group"] == group]
        out[str(group)] = League(
            group=str(group),
            ranked=mine[mine["ranked"]].reset_index(drop=True),
            apart=mine[~mine["ranked"]].reset_index(drop=True),
            total=total.loc[group],
        )
    return out


# -- what it says ----------------------------------------------------------------
def by_choice(table: pd.DataFrame, choice: str, *, up: bool = True) -> pd.DataFrame:
    """Units by one indicator or the score: unit, rank, value, low, high, n, small, counted (whether
    the value is a rate over ``n`` orders); best first.

    The score's interval is that of its parts moving together, shifted by the bonus
    points: rather too wide than too narrow.
    """
    if choice == SCORE:
        shift = table["adjustments"]
        value, low, high = table["score"], table["composite_low"], table["composite_high"]
        low, high, n = low + shift, high + shift, table["n"]
    else:
        value, low, high, n = (table[f"{choice}{part}"] for part in ("", ".low", ".high", ".n"))
    out = pd.DataFrame(
        {
            "unit": table["unit"], "rank": table["rank"], "value": value, "low": low,
            "high": high, "n": n, "small": table["small"], "counted": choice != SCORE,
        }
    )  # fmt: skip
    out = out[out["value"].notna()]
    return out.sort_values(
        ["value", "n"], ascending=[not up, False], kind="stable", ignore_index=True
    )


def standing(table: pd.DataFrame, *, up: bool = True) -> Standing | None:
    """Who leads and who trails in a table of :func:`by_choice`; ``None`` when it is empty."""
    if table.empty:
        return None
    value = table["value"].round(9)
    first, last = value.iloc[0], value.iloc[-1]
    lead, trail = table[value == first], table[value == last]
    rest = table[value != first]
    # An indicator without a sampling interval (a share of the intake) is as it is.
    low, high = table["low"].fillna(table["value"]), table["high"].fillna(table["value"])
    if up:
        edge = low[lead.index].max()
        near = int((high[rest.index] >= edge).sum())
        apart = bool(high[trail.index].min() < edge)
    else:
        edge = high[lead.index].min()
        near = int((low[rest.index] <= edge).sum())
        apart = bool(low[trail.index].max() > edge)
    return Standing(
        leaders=tuple(lead["unit"]),
        trailers=tuple(trail["unit"]) if len(rest) else (),
        best=float(first),
        worst=float(last),
        near=near,
        ranked=len(table),
        apart=apart,
        small=frozenset(table.loc[table["small"].astype(bool), "unit"]),
    )


def against(table: pd.DataFrame, reference: float | None, *, up: bool = True) -> list[str]:
    """Whether each unit's whole interval lies on the better or worse side of a value.

    ``above`` means better, whichever way the indicator counts; ``like``: not distinguishable.
    A counted rate must also be beyond the exact 95 % limits around the value: Wilson's interval
    alone leaves it out a little more often than one time in twenty.
    """
    if reference is None or np.isnan(reference):
        return [LIKE] * len(table)
    over = (table["low"] > reference).to_numpy()
    under = (table["high"] < reference).to_numpy()
    if "counted" in table:
        n = table["n"].to_numpy(dtype=float)
        hits = table["value"].to_numpy(dtype=float) * n
        free = ~table["counted"].to_numpy(dtype=bool)
        over = over & (free | (at_least(hits, n, reference) < TAIL))
        under = under & (free | (at_most(hits, n, reference) < TAIL))
    better, worse = (over, under) if up else (under, over)
    return [ABOVE if b else BELOW if w else LIKE for b, w in zip(better, worse, strict=True)]


def shortened(count: int, most: int, keep: Sequence[int] = ()) -> list[int]:
    """Which places of a long list to draw: the first and last halves of ``most``, and ``keep``."""
    if count <= most:
        return list(range(count))
    half = most // 2
    ends = {*range(half), *range(count - half, count), *(k for k in keep if 0 <= k < count)}
    return sorted(ends)


def shown_indicators(
    scheme: Scheme, table: pd.DataFrame
) -> tuple[list[Indicator], list[Indicator]]:
    """The scheme's indicators: those that some unit has, and those that are not measured."""
    have = [i for i in scheme.indicators if i.measured and bool(table[i.id].notna().any())]
    return have, [i for i in scheme.indicators if i not in have]
