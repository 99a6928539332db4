"""An indicator that is none of the scheme's, beside the league table: value, n, interval, rank."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.indicators import Indicator
from metrics.population import RESIDENTS
from metrics.rates import COLUMNS, rates
from ui import beside, counted, definitions, read
from ui.context import Context
from ui.rankings import League
from ui.rate_words import plain_percent
from ui.tables import Column


def choices(ctx: Context) -> dict[str, Indicator]:
    """The further indicators that can be chosen beside the scheme's own, by id."""
    own = {indicator.id for indicator in ctx.scheme.indicators}
    return {
        code: indicator
        for code, indicator in read.indicators().items()
        if code not in own and indicator.kind != "group_share"
    }


def with_choice(ctx: Context, league: League, by: str) -> League:
    """The table with the columns of a further indicator: ``<id>``, ``.low .high .n .missing …``,
    and ``<id>.rank`` (equal values share a rank). As it is for any other choice."""
    indicator = choices(ctx).get(by)
    if indicator is None:
        return league
    units = [*league.ranked["unit"], *league.apart["unit"]]
    where = replace(ctx.selection, units=())
    found = counted.of_indicators([indicator], ctx.scheme, where, ("unit",))
    found = found.set_index("unit").reindex(units)
    measures = [str(n) for n in found if n != RESIDENTS]
    found[measures] = found[measures].fillna(0)
    if indicator.kind == "per_population":
        # A unit without any order has residents all the same.
        found = beside.with_residents(found.reset_index(names="unit"), where, ("unit",)).set_index(
            "unit"
        )
    values = rates(indicator, found)
    values["rank"] = values["value"].round(9).rank(
        method="min", ascending=indicator.direction == "down"
    )  # fmt: skip
    named = values.rename(columns={c: by if c == "value" else f"{by}.{c}" for c in values})
    return replace(
        league,
        ranked=league.ranked.join(named, on="unit"),
        apart=league.apart.join(named, on="unit"),
        total=pd.concat([league.total, _total(indicator, found)]),
    )


def _total(indicator: Indicator, found: pd.DataFrame) -> pd.Series:
    """The pooled rate of all units of the table; of residents where all of them are known."""
    known = found
    if indicator.kind == "per_population":
        known = found[found[RESIDENTS].notna()]
    summed = known.sum(numeric_only=True).to_frame().T
    value = rates(indicator, summed).iloc[0] if len(known) else pd.Series(dtype="float64")
    return pd.Series(
        {
            indicator.id if name == "value" else f"{indicator.id}.{name}": value.get(name)
            for name in COLUMNS
        }
    )


def everyone(ctx: Context, league: League, by: str) -> pd.DataFrame:
    """The units whose values are drawn: of a further indicator also those without a score."""
    if by not in choices(ctx):
        return league.ranked
    frames = [frame for frame in (league.ranked, league.apart) if len(frame)]
    out = pd.concat(frames, ignore_index=True)
    return out.assign(rank=out[f"{by}.rank"], small=out[f"{by}.n"] < ctx.scheme.minimum_n)


def columns(ctx: Context, by: str) -> list[Column]:
    """The table's columns for a further indicator; none for the scheme's own."""
    indicator = choices(ctx).get(by)
    if indicator is None:
        return []
    name = ctx.names_of(indicator.names)
    rank = ctx.say("indicators.rank_of", name=name)
    return [
        Column(
            by, name, definitions.short(ctx, indicator), 150 if plain_percent(indicator) else 190
        ),
        Column(f"{by}.rank", ctx.say("indicators.rank"), rank, 76),
        Column(f"{by}.n", ctx.say("indicators.n"), ctx.say("indicators.n_help"), 76),
    ]
