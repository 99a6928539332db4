"""The sentences of the fair views: how much can be told apart, what is adjusted, what is not."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.fair import Fair
from metrics.ranks import Told, indistinct
from ui.context import Context
from ui.fair_data import Mixes
from ui.rankings import League
from words import format as fmt

NAMED = 4
"""How many units are named where more are meant."""
WIDE = 0.3
"""Rank intervals wider than this share of the units: much of the order is chance."""


def told(ctx: Context, found: Told) -> str:
    """How many units are surely in the upper or lower half, and how many cannot be told apart."""
    if found.rest == 0 and found.of:
        code = "all"
    elif found.upper and found.lower:
        code = "both"
    else:
        code = "upper" if found.upper else "lower" if found.lower else "none"
    counts = {"of": found.of, "upper": len(found.upper), "lower": len(found.lower), "rest": found.rest}  # fmt: skip
    holes = {
        "all": ("of", "upper", "lower"), "both": tuple(counts), "none": ("of",),
        "upper": ("of", "upper", "rest"), "lower": ("of", "lower", "rest"),
    }[code]  # fmt: skip
    return ctx.say(f"board.told.{code}", **{name: counts[name] for name in holes})


def raw_is(ctx: Context, found: Told) -> str:
    """What the raw table is, and how wide its ranks are."""
    code = "raw_is" if found.width > WIDE * found.of else "raw_sure"
    return ctx.say(f"board.{code}", width=found.width, of=found.of)


def rate_name(ctx: Context, name: str) -> str:
    """A counted rate's name: its indicator, and the part where it is one."""
    indicator, _, part = name.partition(".")
    known = ctx.scheme.indicator(indicator)
    names = [ctx.names_of(known.names)]
    names += [ctx.names_of(item.names) for item in known.parts if item.id == part]
    return " · ".join(names)


def few(ctx: Context, units: Sequence[str]) -> str:
    """The names of the first few units."""
    return ctx.say("ui.list_comma").join(ctx.name(unit) for unit in units[:NAMED])


def unit_lines(ctx: Context, made: Fair, unit: str) -> list[str]:
    """One unit: its rank with interval, its chances, and who it cannot be told apart from."""
    row = made.table[made.table["unit"] == unit].iloc[0]
    if not row["ranked"]:
        return [ctx.say("board.unit.unranked", unit=ctx.name(unit))]
    alike = indistinct(made.draws, unit)
    names = alike.loc[(alike["ahead"] - 0.5).abs().sort_values(kind="stable").index, "unit"]
    listed = [str(name) for name in names]
    if not listed:
        same = ctx.say("board.unit.alike_none")
    elif len(listed) <= NAMED:
        same = ctx.say("board.unit.alike_few", names=few(ctx, listed))
    else:
        same = ctx.say("board.unit.alike", n=len(listed), names=few(ctx, listed))
    return [
        ctx.say(
            "board.unit.place",
            rank=int(row["rank"]), score=fmt.number(row["score"], ctx.lang, 2),
            low=int(row["rank_low"]), high=int(row["rank_high"]), of=int(row["of"]),
        ),
        same,
        ctx.say(
            "board.unit.chances",
            top=fmt.percent(row["top_tenth"], ctx.lang, 0),
            bottom=fmt.percent(row["bottom_tenth"], ctx.lang, 0), tier=int(row["tier"]),
        ),
    ]  # fmt: skip


def mix_lines(ctx: Context, found: Mixes, group: str) -> list[str]:
    """Which rates of a league table can be adjusted for case mix, and why others cannot."""
    comma = ctx.say("ui.list_comma")
    mine = {name: mix for (table, name), mix in found.items() if table == group and len(mix.units)}
    out = []
    done = {name: mix for name, mix in mine.items() if mix.refused is None}
    if done:
        names = comma.join(rate_name(ctx, name) for name in done)
        shared = min(mix.shared for mix in done.values())
        strata = max(mix.strata for mix in done.values())
        out.append(
            ctx.say(
                "board.mix.done",
                names=names, shared=fmt.percent(shared, ctx.lang, 0), strata=strata,
            )
        )  # fmt: skip
        own = {u for m in done.values() for u in m.units.loc[m.units["reason"].notna(), "unit"]}
        if own:
            out.append(ctx.say("board.mix.single", n=len(own), units=few(ctx, sorted(own))))
    for reason in dict.fromkeys(mix.refused for mix in mine.values() if mix.refused):
        names = comma.join(rate_name(ctx, n) for n, mix in mine.items() if mix.refused == reason)
        why = ctx.say(f"fair.casemix.refused.{reason}")
        out.append(ctx.say("board.mix.refused", names=names, reason=why))
    return out


def apart_lines(ctx: Context, league: League) -> list[str]:
    """Units with few orders, and units that lie apart."""
    out = []
    small = int(league.ranked["small"].sum())
    if small:
        out.append(ctx.say("board.small", count=small, n=ctx.scheme.minimum_n))
    if len(league.apart):
        out.append(ctx.say("board.apart", n=len(league.apart)))
    return out
