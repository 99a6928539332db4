"""The sentences of the unit page: what a leader can read out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.draws import DRAWS
from metrics.explain import COMPOSITE, SCORE, START, cause_label
from metrics.linear import Linear
from metrics.moves import Direction, moves
from ui import rankings
from ui.context import Context
from ui.fair_text import rate_name
from ui.rankings_text import group_name
from ui.rankings_unit import reason
from ui.unit_data import Profile
from ui.unit_mix import Mix
from words import format as fmt
from words import say

LEVEL = "90%"
TINY = 0.005


def points(ctx: Context, value: float) -> str:
    """Points of a score; a third decimal where two would show nothing."""
    return fmt.number(value, ctx.lang, 2 if abs(value) >= TINY else 3)


def ordinal(ctx: Context, place: int) -> str:
    """A rank in words: 第12, 12th."""
    if ctx.lang == "zh":
        return ctx.say("page.unit.ordinal", n=place)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending}"


def rate_names(ctx: Context, linear: Linear) -> dict[str, str]:
    """The names of all rates of a scheme, by code."""
    return {piece.name: rate_name(ctx, piece.name) for piece in linear.pieces}


def step_name(ctx: Context, linear: Linear, step: str) -> str:
    """A step of the waterfall: a rate, a bonus, or a level."""
    names = rate_names(ctx, linear)
    if step in names:
        return names[step]
    for item in ctx.scheme.adjustments:
        if item.id == step:
            return ctx.names_of(item.names)
    if step in (START, COMPOSITE, SCORE, "adjustments"):
        return ctx.say(f"fair.step.{step}")
    return step


def cause_name(ctx: Context, code: str) -> str:
    """Why an order fell short, in words."""
    return cause_label(code).text(lambda key, **holes: say(key, ctx.lang, **holes))


def category_name(ctx: Context, path: object) -> str:
    """A category path in words."""
    if not isinstance(path, str) or not path:
        return ctx.say("page.unit.category.none")
    return ctx.path_name(path)


# -- the head ---------------------------------------------------------------------
def head(ctx: Context, mine: Profile) -> list[str]:
    """Who, how good, which place, how sure, what changed: sentences to read out."""
    row, unit = mine.row, ctx.name(mine.unit)
    group, period = group_name(ctx, str(row["group"])), ctx.short_label(ctx.period)
    if not mine.ranked:
        why = reason(ctx, row)
        return [
            ctx.say("page.unit.head.unranked", period=period, unit=unit, group=group, reason=why)
        ]
    out = [
        ctx.say(
            f"page.unit.head.{'tied' if row['tied'] else 'scored'}",
            period=period, unit=unit, group=group, of=fmt.number(int(row["of"]), ctx.lang),
            score=fmt.number(row[rankings.SCORE], ctx.lang, 2),
            rank=ordinal(ctx, int(row["rank"])),
        ),
        interval(ctx, mine),
        _outside(ctx, mine),
        changed(ctx, mine),
    ]  # fmt: skip
    if row["small"]:
        out.append(
            ctx.say(
                "page.unit.head.small",
                n=fmt.number(row["n"], ctx.lang), least=ctx.scheme.minimum_n,
            )
        )  # fmt: skip
    return [sentence for sentence in out if sentence]


def interval(ctx: Context, mine: Profile) -> str:
    """Between which ranks the true one lies, and who cannot be told apart."""
    if mine.rank is None or mine.alike is None:
        return ""
    low, high = int(mine.rank["rank_low"]), int(mine.rank["rank_high"])
    span = ctx.say(
        "page.unit.head.interval", low=ordinal(ctx, low), high=ordinal(ctx, high), level=LEVEL
    )
    if low == high:
        span = ctx.say("page.unit.head.exact", low=ordinal(ctx, low), level=LEVEL)
    others, same = int(mine.row["of"]) - 1, len(mine.alike)
    if not others:
        return ""
    if same == others:
        return ctx.say("page.unit.head.alike_all", interval=span)
    if not same:
        return ctx.say("page.unit.head.alike_none", interval=span)
    return ctx.say(
        "page.unit.head.alike", interval=span,
        n=fmt.number(same, ctx.lang), others=fmt.number(others, ctx.lang),
    )  # fmt: skip


def _outside(ctx: Context, mine: Profile) -> str:
    """Why the rank may lie outside its own interval: few orders, mostly chance."""
    if mine.rank is None or mine.rank["rank_low"] <= mine.row["rank"] <= mine.rank["rank_high"]:
        return ""
    return ctx.say("page.unit.head.outside", rank=ordinal(ctx, int(mine.row["rank"])))


def changed(ctx: Context, mine: Profile) -> str:
    """The change of the score against the comparison period: real, or not."""
    if ctx.compared is None:
        return ctx.say("page.unit.head.not_compared")
    if mine.change is None:
        return ctx.say("page.unit.head.no_before")
    code = "unreal" if not mine.change.real else "better" if mine.change.better else "worse"
    return ctx.say(
        f"page.unit.head.{code}",
        compared=ctx.short_label(ctx.compared), moved=_moved(ctx, mine.row),
        points=fmt.signed(mine.change.difference * 100, ctx.lang, 2),
    )  # fmt: skip


def _moved(ctx: Context, row: pd.Series) -> str:
    moved = row["rank_change"]
    if pd.isna(moved):
        return ""
    if moved == 0:
        return ctx.say("page.unit.head.moved_same")
    code = "up" if moved > 0 else "down"
    return ctx.say(f"page.unit.head.moved_{code}", n=abs(int(moved)))


def note(ctx: Context, mine: Profile) -> str:
    """Scheme, period, how many orders."""
    return ctx.say(
        "page.unit.head.note",
        scheme=ctx.names_of(ctx.scheme.names), period=ctx.period_label(),
        received=fmt.number(mine.row["received"], ctx.lang), n=fmt.number(mine.row["n"], ctx.lang),
    )  # fmt: skip


def interval_help(ctx: Context) -> str:
    """How the rank interval is found."""
    return ctx.say("page.unit.head.interval_help", draws=fmt.number(DRAWS, ctx.lang))


# -- one rank -----------------------------------------------------------------------
def one_rank(ctx: Context, mine: Profile, direction: Direction) -> list[str]:
    """What would move the unit by one rank: the cheapest way in a sentence, then the others."""
    found = moves(mine.linear, mine.counts, mine.unit, direction)
    if found.empty:
        return [ctx.say(f"page.unit.moves.{'first' if direction == 'up' else 'last'}")]
    names = rate_names(ctx, mine.linear)
    target = ctx.name(str(found["target"].iloc[0]))
    gap = points(ctx, float(found["gap"].iloc[0]))
    out = [ctx.say("page.unit.moves.tie", target=target)] if found["gap"].iloc[0] < 1e-9 else []
    can = found[found["orders"].notna()]
    if can.empty:
        code = "impossible" if direction == "up" else "safe"
        return [ctx.say(f"page.unit.moves.{code}", target=target, gap=gap)]
    first = can.iloc[0]
    out.append(
        ctx.say(
            f"page.unit.moves.{direction}",
            orders=fmt.number(int(first["orders"]), ctx.lang), rate=names[str(first["rate"])],
            target=target, gap=gap,
        )
    )  # fmt: skip
    others = [
        ctx.say(
            "page.unit.moves.other",
            rate=names[str(rate)], orders=fmt.number(int(orders), ctx.lang),
        )
        for rate, orders in zip(can["rate"].iloc[1:], can["orders"].iloc[1:], strict=True)
    ]  # fmt: skip
    if others:
        out.append(ctx.say("page.unit.moves.others", list=ctx.say("ui.list_comma").join(others)))
    return out


# -- its orders and load ----------------------------------------------------------------
def only(ctx: Context, unit: str) -> Context:
    """The context narrowed to one unit (for links to its orders)."""
    return replace(ctx, view=replace(ctx.view, units=(unit,)))


def again(ctx: Context, found: Mix) -> list[str]:
    """Repeat rate, repeat callers, and whether some places stand out."""
    own, peers = found.repeat, found.repeat_peers
    first = ctx.say("page.unit.orders.repeat_none")
    if own.value is not None:
        first = ctx.say(
            "page.unit.orders.repeat",
            value=fmt.percent(own.value, ctx.lang),
            interval=fmt.interval(own.low, own.high, ctx.lang), n=fmt.number(own.n, ctx.lang),
            peers=fmt.percent(peers.value, ctx.lang),
        )  # fmt: skip
    callers, theirs = found.callers
    second = ctx.say("page.unit.orders.callers_none")
    if callers:
        second = ctx.say(
            "page.unit.orders.callers",
            callers=fmt.number(callers, ctx.lang), orders=fmt.number(theirs, ctx.lang),
        )  # fmt: skip
    third = "page.unit.orders.places" if len(found.places) else "page.unit.orders.places_none"
    return [first, second, ctx.say(third)]


def load(ctx: Context, found: Mix) -> list[str]:
    """Orders per member of staff against peers, and what is overdue."""
    first = ctx.say("page.unit.orders.load_none")
    if found.load is not None:
        value = fmt.number(found.load["per_staff"], ctx.lang, 1)
        staff = fmt.number(found.load["staff"], ctx.lang)
        first = ctx.say("page.unit.orders.load_alone", value=value, staff=staff)
        if not pd.isna(found.load["place"]):
            first = ctx.say(
                "page.unit.orders.load",
                value=value, usual=fmt.number(found.load["usual"], ctx.lang, 1),
                place=fmt.percent(found.load["place"], ctx.lang, 0),
            )  # fmt: skip
    moment = fmt.moment(ctx.until, ctx.lang)
    second = ctx.say("page.unit.orders.overdue_none", moment=moment)
    if found.overdue:
        n = fmt.number(found.overdue, ctx.lang)
        second = ctx.say("page.unit.orders.overdue", n=n, moment=moment)
    return [first, second]
