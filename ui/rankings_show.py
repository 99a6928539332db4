"""What the rankings page draws: the table with its total, dots with intervals, one unit in detail."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from metrics.bonus import Bonuses
from ui import choice, definitions, rankings, rankings_further, rate_words, tables
from ui import rankings_table as tabled
from ui import rankings_text as text
from ui.charts import axis_names, dots
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.rankings import ABOVE, BELOW, SCORE, League
from ui.rankings_unit import reason as unit_reason
from words import format as fmt

UNIT = "unit"
MOST_DOTS, WALL_DOTS = 40, 30
WALL = 560
"""Height of the table in the meeting view, which nobody scrolls."""
CHANCE_FROM = 20
"""From how many units on it is said how many chance alone would mark."""
MARKS = {ABOVE: "▲ ", BELOW: "▼ ", rankings.LIKE: ""}


def table(
    ctx: Context,
    league: League,
    counts: pd.DataFrame,
    nobody: int,
    chosen: str,
    found_points: Bonuses,
    certainty: str = "",
    by: str = SCORE,
) -> None:
    """The league table, its pooled total below it, and what must be said with them.

    ``certainty``: how much of it can be told apart (:func:`ui.fair_text.told`); ``by``: a further
    indicator that stands beside the scheme's own.
    """
    found = rankings.standing(rankings.by_choice(league.ranked, SCORE))
    note = ctx.say(
        "page.rankings.table_note",
        group=text.group_name(ctx, league.group),
        period=ctx.period_label(), compared=text.compared_text(ctx),
    )  # fmt: skip
    with panel(text.finding(ctx, SCORE, found, certainty), note, key="league"):
        detail = not ctx.view.present and st.toggle(
            ctx.say("page.rankings.detail"), key=f"league-detail-{ctx.lang}"
        )
        shown = tabled.columns(ctx, league, detail=detail, by=by)
        units = league.ranked["unit"].tolist()

        def choose(row: int | None) -> None:
            choice.keep(UNIT, None if row is None else units[row])

        tables.show(
            tabled.cells(ctx, league.ranked, shown), shown,
            key=f"league-{league.group}-{ctx.lang}", strong=(SCORE,),
            alt=ctx.say("page.rankings.table_alt", group=text.group_name(ctx, league.group)),
            empty=ctx.say("page.rankings.none"), most=WALL if ctx.view.present else 640,
            selected=units.index(chosen) if chosen in units else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        st.markdown(f":small[**{ctx.say('page.rankings.total_title')}**]")
        tables.show(
            tabled.cells(ctx, tabled.total(league), shown), shown if ctx.view.present else tabled.total_columns(shown),
            key=f"total-{league.group}-{ctx.lang}", alt=ctx.say("page.rankings.total_title"),
            empty=ctx.say("page.rankings.none"),
        )  # fmt: skip
        lines = text.notes(ctx, counts, nobody, league, found_points)
        st.caption("  \n".join(escape(line) for line in lines))
        download(
            ctx, lambda: tabled.export(ctx, league, shown),
            key=f"rankings-{league.group}", notes=[note, *lines, *_definitions(ctx, by)],
        )  # fmt: skip


def _definitions(ctx: Context, by: str) -> list[str]:
    chosen = text.indicator_of(ctx, by)
    shown = dict.fromkeys([*ctx.scheme.indicators, *([chosen] if chosen else [])])
    return [f"{ctx.names_of(i.names)}: {definitions.short(ctx, i)}" for i in shown]


def dot_chart(ctx: Context, league: League, by: str, chosen: str) -> None:
    """Every unit's value with its interval, against the pooled total."""
    rule = text.indicator_of(ctx, by)
    up = rule is None or rule.direction == "up"
    data = rankings.by_choice(rankings_further.everyone(ctx, league, by), by, up=up)
    reference = league.total.get(by)
    reference = None if reference is None or pd.isna(reference) else float(reference)
    sides = rankings.against(data, reference, up=up)
    keep = data.index[data["unit"].isin([chosen, *ctx.view.units])].tolist()
    told = [i for i, side in enumerate(sides) if side != rankings.LIKE]
    keep += told if len(told) <= MOST_DOTS and not ctx.view.present else []
    rows = rankings.shortened(len(data), WALL_DOTS if ctx.view.present else MOST_DOTS, keep)
    name = text.choice_name(ctx, by)
    sampled = bool(data["low"].notna().any())
    title = ctx.say(
        f"page.rankings.dots_{'title' if sampled else 'share'}",
        name=name, above=sides.count(ABOVE), below=sides.count(BELOW), count=len(data),
        least=text.value_text(ctx, by, data["value"].min()),
        most=text.value_text(ctx, by, data["value"].max()),
    )  # fmt: skip
    note = ctx.say("page.rankings.dots_note", name=name) if sampled else ""
    with panel(title, note, key="dots"):
        picked = [MARKS[sides[i]] + ctx.name(data["unit"][i]) for i in rows]
        view, scale = data.iloc[rows], rate_words.scale(rule)
        colours = {ABOVE: ctx.colours.good, BELOW: ctx.colours.bad}
        made = dots(
            axis_names(picked), (view["value"] * scale).tolist(),
            (view["low"].fillna(view["value"]) * scale).tolist(),
            (view["high"].fillna(view["value"]) * scale).tolist(),
            ctx.colours,
            text=[_dot_text(ctx, by, row) for row in view.itertuples()],
            colour=[colours.get(sides[i], ctx.colours.neutral) for i in rows],
            percent=by != SCORE and rate_words.plain_percent(rule),
            reference=None if reference is None else reference * scale,
        )  # fmt: skip
        if by != SCORE and scale == 1 and data["value"].max() - data["value"].min() < 0.1:
            made.update_xaxes(tickformat=".1%")
        made.update_traces(hovertemplate="%{customdata}<extra></extra>")
        chart(made, key="dots-chart", alt=title, height=max(260, 19 * len(rows) + 50))
        st.caption("  \n".join(_under_dots(ctx, by, reference, len(rows), len(data))))


def _under_dots(
    ctx: Context, by: str, reference: float | None, drawn: int, count: int
) -> list[str]:
    out = []
    if reference is not None:
        total = text.value_text(ctx, by, reference)
        out.append(escape(ctx.say("page.rankings.dots_line", value=total)))
    if reference is not None and count >= CHANCE_FROM:
        out.append(ctx.say("page.rankings.dots_chance", n=round(count * 0.05), count=count))
    if drawn < count:
        out.append(ctx.say("page.rankings.dots_cut", shown=drawn, count=count))
    return out


def _dot_text(ctx: Context, by: str, row: object) -> str:
    low, high = getattr(row, "low", None), getattr(row, "high", None)
    return ctx.say(
        "page.rankings.dot",
        unit=ctx.name(str(getattr(row, "unit", ""))),
        value=text.value_text(ctx, by, getattr(row, "value", None)),
        interval=text.interval_text(ctx, by, low, high) or "–",
        n=fmt.number(getattr(row, "n", None), ctx.lang),
    )


def apart(ctx: Context, league: League) -> None:
    """Units without a rank, each with its reason."""
    if league.apart.empty:
        return
    title = ctx.say("page.rankings.apart_title", n=len(league.apart))
    with panel(title, ctx.say("page.rankings.apart_note"), key="apart"):
        shown = [
            tables.Column("unit", ctx.say("page.rankings.unit"), "", 220, True, text=True),
            tables.Column("received", ctx.say("page.rankings.received"), "", 90),
            tables.Column("why", ctx.say("page.rankings.reason_label"), "", 420, text=True),
        ]
        made = tabled.cells(ctx, league.apart, shown[:2])
        made["why"] = [unit_reason(ctx, row) for _, row in league.apart.iterrows()]
        tables.show(
            made, shown, key=f"apart-{league.group}-{ctx.lang}", alt=title, empty="", most=300
        )


def pick_unit(ctx: Context, league: League) -> str:
    """The unit looked at: from the link, the filter or a click; else the lowest that is no small n."""
    units = [*league.ranked["unit"], *league.apart["unit"]]
    sure = league.ranked[~league.ranked["small"]]
    lowest = sure if len(sure) else league.ranked
    default = lowest["unit"].iloc[-1] if len(lowest) else units[0]
    default = next((u for u in ctx.view.units if u in units), default)
    return choice.choose(
        ctx, UNIT, units, default,
        title=ctx.say("page.rankings.choose_unit"), label=ctx.name, width=260,
    )  # fmt: skip
