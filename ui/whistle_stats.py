"""What the ledger says: how soon departments come, what they settle, who rates whom, who waits."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data import integrity
from data.registers.act import WHISTLE
from metrics import whistles
from metrics.selection import Selection
from metrics.survival import Median, curve
from ui import read, tables, task_files
from ui.cells import cell, framed
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.tables import Cell, Column
from ui.theme import figure
from words import format as fmt

MOST = 30
TRAIL_DAYS = 365


def section(ctx: Context) -> None:
    """The sentence, the curve, departments, settled by category, ratings, who waits, handovers."""
    now = read.store().now()
    found = whistles.calls(((w.id, w.body) for w in read.recorded(WHISTLE)), now)
    if ctx.view.units:
        found = found[
            found["department"].isin(ctx.view.units) | found["street"].isin(ctx.view.units)
        ]
    if found.empty:
        st.info(ctx.say("whistle.no_calls"), icon=":material/hide_source:")
        return
    st.markdown(f"#### {escape(arrival_words(ctx, whistles.arrival(found)))}")
    left, right = st.columns(2, gap="small")
    with left:
        _curve(ctx, found)
        _settled(ctx, whistles.settled(found, now))
        _ratings(ctx, whistles.ratings(found))
    with right:
        _arrivals(ctx, whistles.arrivals(found))
        _waiting(ctx, whistles.waiting(found))
        _handovers(ctx)


def hours(ctx: Context, value: object) -> str:
    """Hours in words; "not reached" where half have not come."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ctx.say("whistle.not_reached")
    return fmt.hours(float(str(value)), ctx.lang)


def arrival_words(ctx: Context, one: Median) -> str:
    """The median time to arrive with its interval and n."""
    return ctx.say(
        "whistle.arrival", median=hours(ctx, one.value), low=hours(ctx, one.low), high=hours(ctx, one.high),
        n=fmt.number(one.n, ctx.lang), waiting=fmt.number(one.n - one.happened, ctx.lang),
    )  # fmt: skip


def _curve(ctx: Context, found: pd.DataFrame) -> None:
    made = curve(found["wait_hours"].to_numpy(), found["arrived"].to_numpy())
    x = np.concatenate([[0.0], made.times])
    drawn = figure(hovermode="x unified")
    colour = ctx.colours.series[0]
    for name, values in (("high", made.high), ("low", made.low)):
        drawn.add_trace(
            go.Scatter(
                x=x, y=np.concatenate([[1.0], values]), mode="lines", line={"shape": "hv", "width": 0},
                fill="tonexty" if name == "low" else None, fillcolor=_faint(colour), showlegend=name == "low",
                name=ctx.say("whistle.curve.interval"), hoverinfo="skip",
            )
        )  # fmt: skip
    drawn.add_trace(
        go.Scatter(
            x=x, y=np.concatenate([[1.0], made.share]), mode="lines", name=ctx.say("whistle.curve.share"),
            line={"shape": "hv", "color": colour, "width": 2}, hovertemplate="%{y:.0%}",
        )
    )  # fmt: skip
    drawn.update_xaxes(
        title_text=ctx.say("whistle.curve.hours"), title_font_size=12, rangemode="tozero"
    )
    drawn.update_yaxes(tickformat=".0%", range=[0, 1.02])
    with panel(
        ctx.say("whistle.curve.title"),
        ctx.say("whistle.curve.note", n=fmt.number(len(found), ctx.lang)),
        key="curve",
    ):
        chart(drawn, key="whistle-curve", alt=ctx.say("whistle.curve.alt"), height=280)
        download(
            ctx,
            pd.DataFrame({"hours": made.times, "waiting_share": made.share, "low": made.low,
                          "high": made.high, "at_risk": made.at_risk}),
            key="whistle-curve",
        )  # fmt: skip


def _faint(colour: str) -> str:
    red, green, blue = (int(colour.lstrip("#")[k : k + 2], 16) for k in (0, 2, 4))
    return f"rgba({red},{green},{blue},0.18)"


def _arrivals(ctx: Context, found: pd.DataFrame) -> None:
    shown = found.head(MOST)
    table = framed(
        {
            "department": [ctx.name(u) for u in shown["department"]],
            "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["n"]],
            "waiting": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["waiting"]],
            "median": [cell(v, hours(ctx, v)) if pd.notna(v) else None for v in shown["median"]],
            "interval": [f"{hours(ctx, lo)} – {hours(ctx, hi)}" for lo, hi in zip(shown["low"], shown["high"], strict=True)],
        }
    )  # fmt: skip
    _table(ctx, "arrivals", table, {"department": 190, "n": 70, "waiting": 90, "median": 120, "interval": 230},
           len(found), texts=("department", "interval"))  # fmt: skip


def _settled(ctx: Context, found: pd.DataFrame) -> None:
    shown = found.head(MOST)
    table = framed(
        {
            "department": [ctx.name(u) for u in shown["department"]],
            "category": [ctx.name(c) if isinstance(c, str) else ctx.say("ui.unnamed") for c in shown["category"]],
            "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["n"]],
            "value": [cell(v, fmt.percent(float(v), ctx.lang, 0)) for v in shown["value"]],
            "interval": [fmt.interval(lo, hi, ctx.lang, 0) for lo, hi in zip(shown["low"], shown["high"], strict=True)],
        }
    )  # fmt: skip
    _table(ctx, "settled", table, {"department": 190, "category": 150, "n": 70, "value": 100, "interval": 150},
           len(found), texts=("department", "category", "interval"))  # fmt: skip


def _ratings(ctx: Context, found: pd.DataFrame) -> None:
    shown = found.head(MOST)
    table = framed(
        {
            "unit": [ctx.name(u) for u in shown["unit"]],
            "as_": [ctx.say(f"whistle.as.{code}") for code in shown["as_"]],
            "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["n"]],
            "mean": [cell(v, fmt.number(float(v), ctx.lang, 1)) for v in shown["mean"]],
        }
    )
    _table(
        ctx,
        "ratings",
        table,
        {"unit": 190, "as_": 150, "n": 70, "mean": 100},
        len(found),
        texts=("unit", "as_"),
    )


def _waiting(ctx: Context, found: pd.DataFrame) -> None:
    shown = found.head(MOST)
    table = framed(
        {
            "department": [ctx.name(u) for u in shown["department"]],
            "street": [ctx.name(u) for u in shown["street"]],
            "step": [
                ctx.say("whistle.step.arrived" if a else "whistle.step.called")
                for a in shown["arrived"]
            ],
            "wait": [Cell(float(v), fmt.hours(float(v), ctx.lang)) for v in shown["settle_hours"]],
        }
    )
    _table(ctx, "waiting", table, {"department": 190, "street": 190, "step": 110, "wait": 120}, len(found),
           texts=("department", "street", "step"))  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=4)
def _passed(version: int, key: str, _span: Selection) -> pd.DataFrame:
    del version, key
    return integrity.passed(read.store(), _span)


def _handovers(ctx: Context) -> None:
    """First receiver to the unit that has it: the trail of all orders of a year."""
    span = Selection(ctx.until - timedelta(days=TRAIL_DAYS), ctx.until)
    found = _passed(ctx.version, repr(span), span)
    if ctx.view.units:
        found = found[found["unit"].isin(ctx.view.units) | found["first_unit"].isin(ctx.view.units)]
    found = found.sort_values(["orders", "first_unit", "unit"], ascending=[False, True, True])
    shown = found.head(MOST)
    table = framed(
        {
            "first": [ctx.name(u) for u in shown["first_unit"]], "unit": [ctx.name(u) for u in shown["unit"]],
            "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["orders"]],
            "looped": [Cell(n, fmt.number(int(n), ctx.lang)) for n in shown["looped"]],
        }
    )  # fmt: skip
    _table(ctx, "handovers", table, {"first": 190, "unit": 190, "n": 90, "looped": 110}, len(found),
           texts=("first", "unit"))  # fmt: skip


def _table(
    ctx: Context,
    name: str,
    table: pd.DataFrame,
    widths: dict[str, int],
    total: int,
    texts: tuple[str, ...],
) -> None:
    title = ctx.say(f"whistle.stat.{name}.title")
    with panel(title, ctx.say(f"whistle.stat.{name}.note"), key=f"stat-{name}"):
        if table.empty:
            st.caption(ctx.say("whistle.stat.none"))
            return
        columns = [
            Column(n, ctx.say(f"whistle.stat.column.{n}"), "", w, text=n in texts)
            for n, w in widths.items()
        ]
        tables.show(table, columns, key=f"stat-{name}-{ctx.lang}", alt=title, empty="–", most=290)
        if total > len(table):
            st.caption(ctx.say("supervision.more", n=total - len(table)))
        task_files.downloads(ctx, lambda: tables.plain(table, columns, ctx), key=f"whistle-{name}")
