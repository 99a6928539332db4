"""The sentences of the map: what it finds, what it is about, what it leaves away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from data.cells import LeftOut
from metrics.periods import Period
from ui.context import Context, period_words
from ui.map_asked import AREAS, CELLS, CHANGE, HEAT, POINTS, SCORE, Asked, what_name
from ui.map_legend import value_text
from words import format as fmt

TOP_SHARE = 0.1


def name(ctx: Context, asked: Asked) -> str:
    """What is shown."""
    return what_name(ctx, asked.what, asked.indicator)


def place(ctx: Context, asked: Asked) -> str:
    """Where it is shown."""
    return ctx.name(asked.inside) if asked.inside else ctx.say("page.map.city")


def finding(ctx: Context, asked: Asked, rows: pd.DataFrame) -> str:
    """The map in a sentence."""
    head = ctx.say("page.map.head", place=place(ctx, asked), name=name(ctx, asked))
    if rows.empty or rows["value"].isna().all():
        return head + ctx.say("page.map.find.nothing")
    if asked.how == CHANGE:
        sure = rows["real"].astype(bool) & rows["moved"].notna()
        return head + ctx.say(
            f"page.map.find.change_{asked.look}", n=fmt.number(int(rows["moved"].notna().sum()), ctx.lang),
            up=fmt.number(int((sure & (rows["moved"] > 0)).sum()), ctx.lang),
            down=fmt.number(int((sure & (rows["moved"] < 0)).sum()), ctx.lang),
        )  # fmt: skip
    if asked.look in (CELLS, HEAT) and asked.volume:
        n = np.sort(rows["n"].to_numpy(dtype=float))[::-1]
        top = max(1, int(np.ceil(len(n) * TOP_SHARE)))
        return head + ctx.say(
            "page.map.find.cells", n=fmt.number(n.sum(), ctx.lang), cells=fmt.number(len(n), ctx.lang),
            share=fmt.percent(n[:top].sum() / n.sum(), ctx.lang, 0), top=fmt.percent(TOP_SHARE, ctx.lang, 0),
        )  # fmt: skip
    known = rows[rows["value"].notna() & ~rows["small"].astype(bool)]
    if known.empty:
        return head + ctx.say("page.map.find.all_small", n=ctx.scheme.minimum_n)
    ends = known.sort_values("value", ascending=False, kind="stable")
    if asked.look == AREAS:
        return head + ctx.say(
            "page.map.find.areas",
            most=ctx.name(ends["code"].iloc[0]), high=value_text(ctx, asked, ends["value"].iloc[0]),
            least=ctx.name(ends["code"].iloc[-1]), low=value_text(ctx, asked, ends["value"].iloc[-1]),
        )  # fmt: skip
    return head + ctx.say(
        "page.map.find.rate_cells", high=value_text(ctx, asked, ends["value"].iloc[0]),
        low=value_text(ctx, asked, ends["value"].iloc[-1]), n=fmt.number(len(known), ctx.lang),
    )  # fmt: skip


def note(ctx: Context, asked: Asked, period: Period | None = None, resolution: int = 0) -> str:
    """Period, comparison, cells, definition, filters: in small type."""
    pieces = [period_words(period or ctx.period, ctx.lang)]
    if asked.how == CHANGE and ctx.compared is not None:
        pieces.append(ctx.say("page.trends.compared", period=period_words(ctx.compared, ctx.lang)))
    if resolution and asked.look in (CELLS, HEAT):
        pieces.append(ctx.say("page.map.cell_note", level=resolution, size=edge(ctx, resolution)))
    if asked.indicator is not None:
        pieces.append(ctx.names_of(asked.indicator.definition))
    elif asked.what == SCORE:
        pieces.append(ctx.say("page.map.score_note"))
    else:
        pieces.append(ctx.say("page.map.volume_note"))
    return " · ".join([*pieces, *ctx.narrowed_by()])


def edge(ctx: Context, resolution: int) -> str:
    """How wide a cell is, roughly (mean edge of the level, doubled)."""
    wide = {5: 19.7, 6: 7.4, 7: 2.8, 8: 1.06, 9: 0.4}[resolution]
    if wide < 1:
        return ctx.say("page.map.metres", n=fmt.number(wide * 1000, ctx.lang))
    return ctx.say("page.map.kilometres", n=fmt.number(wide, ctx.lang, 1))


def left_out(ctx: Context, asked: Asked, found: LeftOut) -> str:
    """How many orders are on no map, and how many can be or were left out."""
    if asked.look == AREAS:
        return ""
    off = {kind: getattr(found, kind) for kind in ("placeholder", "outside", "missing")}
    listed = ctx.say("ui.list_comma").join(
        ctx.say(f"page.map.absent.{kind}", n=fmt.number(n, ctx.lang))
        for kind, n in off.items()
        if n
    )
    pieces = [ctx.say("page.map.on_map", n=fmt.number(found.n, ctx.lang))]
    if listed:
        pieces.append(
            ctx.say("page.map.off_map", n=fmt.number(sum(off.values()), ctx.lang), listed=listed)
        )
    if asked.volume and asked.look != POINTS:
        pieces.append(
            ctx.say(
                "page.map.left_out" if asked.leave_out else "page.map.can_leave_out",
                duplicates=fmt.number(found.duplicates, ctx.lang),
                floods=fmt.number(found.floods, ctx.lang),
            )
        )
    elif asked.look != POINTS:
        pieces.append(ctx.say("page.map.rates_keep"))
    return "".join(pieces)


def alt(ctx: Context, asked: Asked, rows: pd.DataFrame) -> str:
    """What somebody hears who does not see the map."""
    return ctx.say(
        "page.map.alt", finding=finding(ctx, asked, rows), n=fmt.number(len(rows), ctx.lang)
    )


def week_name(ctx: Context, start: pd.Timestamp) -> str:
    """A week by its first and last day."""
    last = start + pd.Timedelta(days=6)
    return ctx.say(
        "page.map.week",
        start=fmt.day(start.date(), ctx.lang),
        end=fmt.day(last.date(), ctx.lang, year=False),
    )


def points_finding(ctx: Context, asked: Asked, n: int, total: int) -> str:
    """How many orders are drawn one by one, and of how many."""
    head = ctx.say("page.map.head", place=place(ctx, asked), name=name(ctx, asked))
    key = "page.map.find.points_all" if n == total else "page.map.find.points_some"
    return head + ctx.say(key, n=fmt.number(n, ctx.lang), total=fmt.number(total, ctx.lang))


def weeks_note(
    ctx: Context, asked: Asked, resolution: int, weeks: Sequence[datetime], gaps: int
) -> str:
    """What the weeks are, and whether some are missing."""
    pieces = [ctx.say("page.map.weeks_note", n=len(weeks))]
    if gaps:
        pieces.append(ctx.say("page.map.weeks_gaps", n=gaps))
    if resolution:
        pieces.append(ctx.say("page.map.cell_note", level=resolution, size=edge(ctx, resolution)))
    if asked.indicator is not None:
        pieces.append(ctx.names_of(asked.indicator.definition))
    return " · ".join([*pieces, *ctx.narrowed_by()])
