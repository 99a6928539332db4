"""What a unit has to deal with: which orders, from where, again and again, how fast, how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd
import streamlit as st

from data import orders
from metrics.conditions import EVERYTHING, Condition, both, test
from metrics.indicators import measures_of
from metrics.rates import Rate, rate
from metrics.scheme import further_indicators
from metrics.selection import Selection
from metrics.surroundings import strain
from ui import drill, read
from ui.context import Context
from ui.unit_data import Profile

REPEAT = "repeat"
DAYS = (1, 3, 7, 15, 30)
"""After how many days it is asked how many orders were closed."""
PLACES = 8


@dataclass(frozen=True)
class Mix:
    """See the functions that make the parts."""

    categories: pd.DataFrame
    streets: pd.DataFrame
    repeat: Rate
    repeat_peers: Rate
    places: pd.DataFrame
    callers: tuple[int, int]
    closing: pd.DataFrame
    overdue: int
    load: pd.Series | None


def mix(ctx: Context, mine: Profile) -> Mix:
    """The unit's orders of the period against those of its peers."""
    where = replace(ctx.over(ctx.period), clock=ctx.scheme.clock, units=(mine.unit,))
    peers = replace(where, units=tuple(unit for unit in mine.peers if unit != mine.unit))
    own, others = repeats(ctx, where), repeats(ctx, peers)
    often, who = _again(ctx.version, repr(where), where)
    return Mix(
        categories=shares(where, peers, "category1"),
        streets=shares(where, peers, "street"),
        repeat=own,
        repeat_peers=others,
        places=often,
        callers=who,
        closing=closing(ctx, where, peers),
        overdue=overdue(ctx, mine.unit),
        load=load(mine),
    )


def shares(where: Selection, peers: Selection, by: str) -> pd.DataFrame:
    """Of all orders, the share in each category (street): ``code``, n, share, peers; most first.

    ``peers``: the same share among the peers' orders together, NaN where they have none.
    """
    own = read.tally({"n": EVERYTHING}, where, [by])
    theirs = read.tally({"n": EVERYTHING}, peers, [by]) if peers.units else own.head(0)
    whole = theirs["n"].sum()
    known = dict(zip(theirs[by], theirs["n"], strict=True))
    out = own[own[by].notna()].rename(columns={by: "code"})
    out["share"] = out["n"] / own["n"].sum()
    out["peers"] = [known.get(code, 0) / whole if whole else float("nan") for code in out["code"]]
    return out.sort_values("n", ascending=False, ignore_index=True)


def repeats(ctx: Context, where: Selection) -> Rate:
    """The repeat rate (the further indicator of that name) of a selection."""
    indicator = further_indicators()[REPEAT]
    measures = measures_of([indicator], ctx.scheme.excluded)
    clock = indicator.leaves()[0].rule.clock
    found = read.tally(measures, replace(where, clock=clock))
    return rate(indicator, found.iloc[0])


@st.cache_data(show_spinner=False, max_entries=64)
def _again(version: int, key: str, _where: Selection) -> tuple[pd.DataFrame, tuple[int, int]]:
    wanted = ["source", "place_key", "address", "caller_key"]
    found = orders.table(read.store(), _where.condition(), wanted)
    return places(found), callers(found)


def places(found: pd.DataFrame) -> pd.DataFrame:
    """The places with more than one order: source, place_key, name, n; most first."""
    known = found[found["place_key"].notna()]
    grouped = known.groupby(["source", "place_key"])["address"].agg(n="size", name="first")
    out = grouped[grouped["n"] > 1].reset_index()
    out["name"] = out["name"].fillna(out["place_key"])
    made: pd.DataFrame = out.sort_values(["n", "name"], ascending=[False, True], ignore_index=True)
    return made


def callers(found: pd.DataFrame) -> tuple[int, int]:
    """How many callers turned to the unit more than once, and with how many orders."""
    often = found.groupby(["source", "caller_key"]).size()
    often = often[often > 1]
    return len(often), int(often.sum())


def closing(ctx: Context, where: Selection, peers: Selection) -> pd.DataFrame:
    """What share was closed within so many days: days, n, closed, value, peers.

    Only orders that have had that many days (received long enough before the data
    end) are asked; rows without any are left out.
    """
    measures: dict[str, Condition] = {}
    for days in DAYS:
        old = test("created_at", "le", (ctx.until - timedelta(days=days)).isoformat(sep=" "))
        measures[f"of.{days}"] = old
        measures[f"in.{days}"] = both(
            old, test("close_hours", "ge", 0), test("close_hours", "le", 24 * days)
        )
    own = read.tally(measures, where).iloc[0]
    theirs = read.tally(measures, peers).iloc[0] if peers.units else own * 0
    rows = []
    for days in DAYS:
        n, other = int(own[f"of.{days}"]), int(theirs[f"of.{days}"])
        if not n:
            continue
        done = int(own[f"in.{days}"])
        usual = theirs[f"in.{days}"] / other if other else float("nan")
        rows.append((days, n, done, done / n, usual))
    return pd.DataFrame(rows, columns=["days", "n", "closed", "value", "peers"])


def overdue(ctx: Context, unit: str) -> int:
    """How many of the unit's open orders are past their limit now, whenever they came."""
    since = datetime(ctx.until.year - 10, 1, 1)
    where = replace(ctx.over(ctx.period), units=(unit,)).over(since, ctx.until)
    condition = drill.named("overdue", ctx).condition
    return int(read.tally({"n": condition}, where).iloc[0]["n"])


def load(mine: Profile) -> pd.Series | None:
    """Orders per member of staff (:func:`metrics.surroundings.strain`); ``None`` if unknown."""
    units = read.units()[["unit", "staff"]]
    everybody = mine.linear.table[["unit", "received", "group"]].merge(units, on="unit", how="left")
    everybody = everybody.rename(columns={"group": "peer_group"})
    found = strain(everybody[everybody["unit"].isin(mine.peers)].reset_index(drop=True))
    row = found[found["unit"] == mine.unit].iloc[0]
    return None if pd.isna(row["per_staff"]) else row
