"""The sentences of the places page."""

from __future__ import annotations

from typing import Any

import h3.api.basic_int as h3
import pandas as pd

from forecasting.places import BARS, OWN
from ui import places as asks
from ui.context import Context
from ui.places import Asked
from words import format as fmt

Row = dict[Any, Any]
FEW, NEAR = 10, 1


def few(ctx: Context, value: float) -> str:
    """A number of expected orders, the more exact the smaller."""
    return fmt.number(value, ctx.lang, 0 if value >= FEW else 1 if value >= NEAR else 2)


def cell_size(ctx: Context, size: int) -> str:
    """The area of a cell of that size in words."""
    area = h3.average_hexagon_area(size, unit="km^2")
    return ctx.say("page.places.km2", n=fmt.number(area, ctx.lang, 1))


def scope_name(ctx: Context, what: Asked) -> str:
    """Which orders: all, or one category."""
    return ctx.name(what.category) if what.category else ctx.say("page.places.all")


def headline(ctx: Context, what: Asked, scope: Row, found: pd.DataFrame) -> str:
    """What next week should bring, and where to begin."""
    text = ctx.say(
        "page.places.headline",
        start=_day(ctx, scope["start_day"]), end=_day(ctx, scope["end_day"]),
        what=scope_name(ctx, what), n=fmt.number(scope["expected"], ctx.lang),
    )  # fmt: skip
    if found.empty:
        return text
    first = found.iloc[0].to_dict()
    return text + ctx.say(
        "page.places.headline_first", address=address(ctx, first), n=few(ctx, first["expected"]),
        chance=fmt.percent(first["top10"], ctx.lang, 0),
    )  # fmt: skip


def trust(ctx: Context, what: Asked) -> str:
    """What the list would have caught in earlier weeks."""
    scores = asks.scores(what)
    own = scores[(scores["method"] == OWN) & (scores["share"] == max(scores["share"], default=0))]
    if own.empty or own["weeks"].iloc[0] < 1:
        return ctx.say("page.places.untried")
    row = own.iloc[0]
    bar = scores[(scores["method"] == "last_28_days") & (scores["share"] == row["share"])].iloc[0]
    return ctx.say(
        "page.places.tried", weeks=fmt.number(row["weeks"], ctx.lang),
        share=fmt.percent(row["share"], ctx.lang, 0), rate=fmt.percent(row["rate"], ctx.lang),
        error=fmt.number(196 * row["rate_se"], ctx.lang, 1), bar=fmt.percent(bar["rate"], ctx.lang),
    )  # fmt: skip


def verdict(ctx: Context, scores: pd.DataFrame, share: float) -> list[str]:
    """Against each simple rule: better, as good, worse, untested."""
    out = []
    for method in BARS:
        rows = scores[(scores["method"] == method) & (scores["share"] == share)]
        if rows.empty:
            continue
        row = rows.iloc[0]
        out.append(
            ctx.say(
                f"page.places.verdict.{row['verdict']}",
                bar=ctx.say(f"page.places.method.{method}"),
                share=fmt.percent(share, ctx.lang, 0),
                gain=_gain(ctx, row),
                low=fmt.signed(100 * row["gain_low"], ctx.lang) + "%",
                high=fmt.signed(100 * row["gain_high"], ctx.lang) + "%",
            )
        )
    return out


def address(ctx: Context, row: Row) -> str:
    """The address most orders name, else street and district."""
    said = row.get("address")
    return said if isinstance(said, str) and said else asks.place_name(ctx, row)


def range_of(ctx: Context, row: Row) -> str:
    """The 80 % range."""
    return f"{fmt.number(row['low'], ctx.lang)}–{fmt.number(row['high'], ctx.lang)}"


def unit(ctx: Context, row: Row) -> str:
    """The unit in charge and its share."""
    if not isinstance(row.get("unit"), str):
        return ctx.say("format.no_data")
    share = fmt.percent(row["unit_share"], ctx.lang, 0)
    return ctx.say("page.places.unit_share", unit=ctx.name(row["unit"]), share=share)


def visited(ctx: Context, row: Row) -> str:
    """The newest action there, or that none is recorded."""
    day = row.get("visited")
    if day is None or pd.isna(day):
        return ctx.say("page.places.never")
    return ctx.say(
        "page.places.visited", day=_day(ctx, day, year=True), unit=ctx.name(row["visit_unit"])
    )


def one_note(ctx: Context, row: Row) -> str:
    """Unit, last visit."""
    return ctx.say("page.places.one_note", place=asks.place_name(ctx, row), unit=unit(ctx, row))


def one(ctx: Context, row: Row) -> str:
    """Why one place is listed."""
    text = ctx.say(
        "page.places.one", n=few(ctx, row["expected"]), range=range_of(ctx, row),
        top10=fmt.percent(row["top10"], ctx.lang, 0), top5=fmt.percent(row["top5"], ctx.lang, 0),
        topics=asks.topics(ctx, row["topics"]) or ctx.say("format.no_data"),
    )  # fmt: skip
    return text + ctx.say("page.places.one_visited", visited=visited(ctx, row))


def said(ctx: Context, row: Row) -> str:
    """One order in a line: day and title."""
    title = row.get("title") or row.get("content") or ctx.say("ui.unnamed")
    text = str(title).replace("\n", " ")
    return f"{_day(ctx, row['created_at'])}　{text[:60]}"


def counted(ctx: Context, scope: Row) -> str:
    """What the switch leaves out, and how many."""
    return ctx.say(
        "page.places.counted",
        duplicates=fmt.number(scope["duplicates"], ctx.lang),
        floods=fmt.number(scope["floods"], ctx.lang),
    )


def left_out(ctx: Context, what: Asked) -> str:
    """Which filters the page could not follow."""
    names = [ctx.say(f"page.places.left.{code}") for code in what.left]
    return ctx.say("page.places.left_out", names=ctx.say("ui.list_comma").join(names))


def change(ctx: Context, row: Row) -> str:
    """One rising, cooling or persistent place in a sentence."""
    code = row["class"]
    return ctx.say(
        f"page.places.change.{code}", name=row["name"], n=fmt.number(row["observed"], ctx.lang),
        expected=few(ctx, row["expected"]) if not pd.isna(row["expected"]) else "",
        ratio=fmt.number(row["ratio"], ctx.lang, 1), weeks=fmt.number(row["weeks_top"], ctx.lang),
    )  # fmt: skip


def point(ctx: Context, row: Row) -> str:
    """One repeat point in a sentence."""
    text = ctx.say(
        "page.places.point", address=address(ctx, row), n=fmt.number(row["n"], ctx.lang),
        callers=fmt.number(row["callers"], ctx.lang), weeks=fmt.number(row["weeks"], ctx.lang),
        kinds=fmt.number(row["kinds"], ctx.lang),
    )  # fmt: skip
    if row["chains"]:
        text += ctx.say(
            "page.places.point_chains", chains=fmt.number(row["chains"], ctx.lang),
            longest=fmt.number(row["longest"], ctx.lang),
        )  # fmt: skip
    if row["known"]:
        text += ctx.say(
            "page.places.point_recurred", known=fmt.number(row["known"], ctx.lang),
            n=fmt.number(row["recurred"], ctx.lang),
            share=fmt.percent(row["recurred"] / row["known"], ctx.lang, 0),
        )  # fmt: skip
    return text


def _day(ctx: Context, value: Any, *, year: bool = False) -> str:
    return fmt.day(pd.Timestamp(value).date(), ctx.lang, year=year)


def _gain(ctx: Context, row: Any) -> str:
    """The gain; the word "more" is its sign where it is clear."""
    write = fmt.number if row["verdict"] == "better" else fmt.signed
    return write(100 * row["gain"], ctx.lang, 1) + "%"
