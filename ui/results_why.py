"""Why a published score would be another now, order by order; a unit's published months."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.published import Publication
from data.since import CAUSES, EXACT
from metrics import periods
from metrics.conditions import test
from metrics.periods import Period
from ui import drill, published, tables
from ui.charts import Line, trend
from ui.context import Context
from ui.panel import chart, panel
from ui.results_show import Row
from ui.tables import Cell, Column
from words import format as fmt

LONGEST = 18
"""Months drawn of a unit's published scores."""
LISTED = 60
"""How many changed orders are listed (a link can carry about that many numbers)."""


def why(ctx: Context, made: Publication, unit: str) -> None:
    """Why one unit's published score would be another now: causes, then the very orders."""
    found = published.now(made)
    row = found.units.set_index("unit").to_dict("index")[unit]
    mine = found.orders[found.orders["unit"] == unit]
    with panel(_title(ctx, unit, row), ctx.say("page.results.why_note"), key="why"):
        moved = [code for code in CAUSES if abs(row[code]) > EXACT]
        for code in moved:
            points = fmt.signed(row[code], ctx.lang, 3)
            n = int((mine["cause"] == code).sum())
            key = "cause_line" if n else "cause_bare"
            name = ctx.say(f"page.results.cause.{code}")
            st.markdown(ctx.say(f"page.results.{key}", cause=name, points=points, n=n))
        if mine.empty:
            st.caption(ctx.say("page.results.no_orders"))
            return
        _orders(ctx, mine.head(LISTED))
        if len(mine) > LISTED:
            st.caption(ctx.say("page.results.orders_cut", shown=LISTED, n=len(mine)))


def _title(ctx: Context, code: str, row: Row) -> str:
    unit = ctx.name(code)
    if pd.isna(row["score"]) or pd.isna(row["score_now"]):
        key = "why_never" if pd.isna(row["score"]) else "why_gone"
        return ctx.say(f"page.results.{key}", unit=unit)
    then, now = (fmt.number(row[name], ctx.lang, 2) for name in ("score", "score_now"))
    moved = row["rank"] != row["rank_now"]
    if abs(row["difference"]) <= EXACT and moved:
        return ctx.say(
            "page.results.why_rank",
            unit=unit, score=then, rank=int(row["rank"]), rank_now=int(row["rank_now"]),
        )  # fmt: skip
    if abs(row["difference"]) <= EXACT:
        return ctx.say("page.results.why_same", unit=unit, score=then)
    return ctx.say(
        "page.results.why",
        unit=unit, score=then, now=now, rank=int(row["rank"]), rank_now=int(row["rank_now"]),
    )  # fmt: skip


def _orders(ctx: Context, listed: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "order": listed["order_id"],
            "cause": [ctx.say(f"page.results.cause.{code}") for code in listed["cause"]],
            "points": pd.Series(
                [Cell(p, fmt.signed(p, ctx.lang, 3)) for p in listed["points"]],
                index=listed.index, dtype="object",
            ),
        }
    )  # fmt: skip
    columns = [
        Column("order", ctx.say("page.results.order"), "", 150, text=True),
        Column("cause", ctx.say("page.results.why_column"), "", 110, text=True),
        Column("points", ctx.say("page.results.points"), ctx.say("page.results.points_help"), 80),
    ]
    tables.show(
        shown, columns, key=f"changed-{ctx.lang}", alt=ctx.say("page.results.orders_alt"),
        empty="", most=230,
    )  # fmt: skip
    if not ctx.view.present:
        condition = test("order_id", "in", listed["order_id"].tolist())
        st.page_link(
            "pages/orders.py", label=ctx.say("page.results.open_orders", n=len(listed)),
            icon=":material/receipt_long:",
            query_params={**drill.drill(ctx, condition), drill.SPAN: "all"},
        )  # fmt: skip


def course(ctx: Context, unit: str) -> None:
    """The unit's published scores month by month."""
    found = published.scores(ctx.scheme.id)
    if found.empty:
        return
    months: list[Period] = [found["period"].max()]
    while len(months) < LONGEST and months[0] > found["period"].min():
        months.insert(0, periods.previous(months[0]))  # a month that was not published is a gap
    mine = found[found["unit"] == unit].set_index("period").reindex(months)
    known = int(mine["score"].notna().sum())
    if known < 2:
        return
    heading = ctx.say("page.results.course", unit=ctx.name(unit), n=known)
    with panel(heading, ctx.say("page.results.course_note"), key="course"):
        told = [
            "" if pd.isna(score) or pd.isna(rank) else ctx.say(
                "page.results.course_point",
                period=ctx.short_label(period), score=fmt.number(score, ctx.lang, 2),
                rank=int(rank),
            )
            for period, score, rank in zip(months, mine["score"], mine["rank"], strict=True)
        ]  # fmt: skip
        scores = [None if pd.isna(score) else float(score) for score in mine["score"]]
        line = Line(ctx.name(unit), [p.last_day for p in months], scores, text=told)
        made = trend([line], ctx.colours, template="%{customdata}<extra></extra>")
        made.update_traces(mode="lines+markers", marker={"size": 7})
        made.update_yaxes(rangemode="normal", tickformat=",.4~f")
        chart(made, key="course-chart", alt=heading, height=220)
