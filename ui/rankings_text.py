"""The sentences of the rankings: the finding, the notes, names of groups."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from metrics.bonus import Bonuses
from metrics.indicators import Indicator
from metrics.scheme import Scheme
from metrics.score import part_weights, weights
from ui import rankings_bonus, rate_words, read
from ui.context import Context
from ui.rankings import SCORE, League, Standing
from words import format as fmt
from words import knows, say

NAMED = 2
"""How many units that share a place are named."""


def group_name(ctx: Context, group: str) -> str:
    """A league table's name: the scheme's own, a unit type's, or the code in the unit list."""
    for item in ctx.scheme.groups.sets:
        if item.id == group:
            return ctx.names_of(item.names)
    for key in (f"unit_type.{group}", f"peer_group.{group}"):
        if knows(key, ctx.lang):
            return say(key, ctx.lang)
    return ctx.say("page.rankings.everybody") if group == "all" else ctx.name(group)


def choice_name(ctx: Context, choice: str) -> str:
    """An indicator's name, or "composite score"."""
    if choice == SCORE:
        return ctx.say("page.rankings.score")
    rule = indicator_of(ctx, choice)
    return ctx.names_of(rule.names) if rule else choice


def indicator_of(ctx: Context, choice: str) -> Indicator | None:
    """The indicator of a choice (a part's: the whole one's); ``None`` for the composite score."""
    own = {indicator.id: indicator for indicator in ctx.scheme.indicators}
    code = choice.partition(".")[0]
    return own.get(code) or read.indicators().get(code)


def value_text(ctx: Context, choice: str, value: float | None) -> str:
    """A score in points or a rate in its unit."""
    if choice == SCORE:
        return fmt.number(value, ctx.lang, 2)
    return rate_words.value(ctx, indicator_of(ctx, choice), value)


def interval_text(ctx: Context, choice: str, low: float | None, high: float | None) -> str:
    """The interval of a score or a rate, compact; empty where there is none."""
    if pd.isna(low) or pd.isna(high) or low is None or high is None:
        return ""
    if choice == SCORE:
        return f"{fmt.number(low, ctx.lang, 1)}–{fmt.number(high, ctx.lang, 1)}"
    return rate_words.interval(ctx, indicator_of(ctx, choice), low, high)


def finding(ctx: Context, choice: str, found: Standing | None, certainty: str = "") -> str:
    """Who leads, who trails, and whether that can be told apart from chance.

    ``certainty``: the sentence of the fair ranks (:func:`ui.fair_text.told`). Whether the
    first and the last of many have intervals apart says little: even among equal units the
    ends of a long table often do.
    """
    if found is None:
        return ctx.say("page.rankings.finding.nobody")
    best, worst = value_text(ctx, choice, found.best), value_text(ctx, choice, found.worst)
    leaders = _few(ctx, found.leaders, found.small)
    if not found.trailers:
        return ctx.say("page.rankings.finding.level", units=leaders, value=best)
    first = ctx.say(
        "page.rankings.finding.ends",
        leaders=leaders, best=best, trailers=_few(ctx, found.trailers, found.small), worst=worst,
    )  # fmt: skip
    return first + " " * (ctx.lang == "en") + (certainty or _certainty(ctx, found))


def _certainty(ctx: Context, found: Standing) -> str:
    if not found.apart:
        return ctx.say("page.rankings.finding.all_overlap")
    if found.near == 0:
        return ctx.say("page.rankings.finding.clear")
    return ctx.say("page.rankings.finding.overlap", n=found.near)


def _few(ctx: Context, units: Sequence[str], small: frozenset[str]) -> str:
    named = ctx.say("ui.list_comma").join(
        ctx.name(unit) + (ctx.say("page.rankings.small_mark") if unit in small else "")
        for unit in units[:NAMED]
    )
    if len(units) <= NAMED:
        return named
    return ctx.say("page.rankings.and_others", names=named, n=len(units) - NAMED)


def compared_text(ctx: Context) -> str:
    """With which period ranks are compared."""
    if ctx.compared is None:
        return ctx.say("page.rankings.not_compared")
    return ctx.say("page.rankings.compared", period=ctx.period_label(ctx.compared))


def notes(
    ctx: Context, counts: pd.DataFrame, nobody: int, league: League, found: Bonuses
) -> list[str]:
    """What must be said under a table: shared weights, things not measured, small n, exclusions,
    bonuses."""
    scheme = ctx.scheme
    out = [ctx.say("page.rankings.note.interval")]
    shared = shared_weights(ctx, scheme, counts)
    if shared:
        out.append(shared)
    out += [*shared_parts(ctx, scheme, counts), *shared_in_units(ctx, league)]
    out += rankings_bonus.notes(ctx, league, found)
    if league.ranked["small"].any():
        small = int(league.ranked["small"].sum())
        out.append(ctx.say("page.rankings.note.small", count=small, n=scheme.minimum_n))
    if scheme.excluded is not None:
        struck = int(league.total["excluded"])
        key = "excluded" if struck else "none_excluded"
        share = struck / league.total["received"] if league.total["received"] else None
        out.append(
            ctx.say(
                f"page.rankings.note.{key}",
                n=fmt.number(struck, ctx.lang), share=fmt.percent(share, ctx.lang),
            )
        )  # fmt: skip
    if nobody:
        out.append(ctx.say("page.rankings.note.nobody", n=fmt.number(nobody, ctx.lang)))
    if ctx.view.units:
        out.append(ctx.say("page.rankings.note.units_marked"))
    return out


def shared_parts(ctx: Context, scheme: Scheme, counts: pd.DataFrame) -> list[str]:
    """Which parts of an indicator nobody has, and how their points were shared out."""
    used = part_weights(scheme, counts)
    comma = ctx.say("ui.list_comma")
    out = []
    for name, parts in used.groupby("indicator", sort=False):
        gone, kept = parts[~parts["measured"]], parts[parts["measured"]]
        if gone.empty or kept.empty:
            continue
        indicator = scheme.indicator(str(name))
        names = {part.id: ctx.names_of(part.names) for part in indicator.parts}
        took = comma.join(
            ctx.say(
                "page.rankings.weight_now",
                name=names[str(row.part)], before=fmt.number(row.weight, ctx.lang),
                now=fmt.number(row.used, ctx.lang, 1),
            )
            for row in kept.itertuples()
        )  # fmt: skip
        out.append(
            ctx.say(
                "board.weights.parts",
                indicator=ctx.names_of(indicator.names),
                names=comma.join(names[part] for part in gone["part"]),
                weight=fmt.number(gone["weight"].sum(), ctx.lang), now=took,
            )
        )  # fmt: skip
    return out


def shared_in_units(ctx: Context, league: League) -> list[str]:
    """Optional indicators that single units do without: their weight is shared out there."""
    out = []
    for item in ctx.scheme.composed:
        gone = int(league.ranked[item.id].isna().sum())
        if item.optional and 0 < gone < len(league.ranked):
            out.append(ctx.say("board.weights.units", count=gone, name=ctx.names_of(item.names)))
    return out


def shared_weights(ctx: Context, scheme: Scheme, counts: pd.DataFrame) -> str:
    """Which indicators are not measured and how their weight was shared out; empty if all are."""
    used = weights(scheme, counts)
    gone = used[~used["measured"]]
    if gone.empty or not used["measured"].any():
        return ""
    comma = ctx.say("ui.list_comma")

    def name(indicator: str) -> str:
        return ctx.names_of(scheme.indicator(indicator).names)

    kept = used[used["measured"]]
    took = [
        ctx.say(
            "page.rankings.weight_now",
            name=name(indicator),
            before=fmt.number(float(weight), ctx.lang), now=fmt.number(float(now), ctx.lang, 1),
        )
        for indicator, weight, now in zip(
            kept["indicator"], kept["weight"], kept["used"], strict=True
        )
    ]  # fmt: skip
    return ctx.say(
        "page.rankings.note.shared",
        names=comma.join(name(i) for i in gone["indicator"]),
        weight=fmt.number(gone["weight"].sum(), ctx.lang),
        now=comma.join(took),
    )
