"""The figures of the forecast page: fan, parts, what was said last time."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from data.settings import settings
from forecasting.calendar import days_off, make_up_workdays
from ui import ahead, trends
from ui.context import Context
from ui.forecast import Node, fixed
from ui.forecast_text import PARTS
from ui.theme import fade, figure

BANDS = ((95, 0.14), (80, 0.2), (50, 0.28))
CLOSE = 14
"""Days between two marks whose names would overlap."""
Mark = tuple[date, date, str]


def fan(
    ctx: Context, past: pd.DataFrame, ahead_of: pd.DataFrame, x: str, marks: list[Mark]
) -> go.Figure:
    """History as a line, the expectation with its ranges. ``x``: the column of time."""
    colours = ctx.colours
    tone = colours.series[1]
    made = figure()
    when = ahead_of[x].tolist()
    for level, alpha in BANDS:
        for side, fill in (("high", None), ("low", "tonexty")):
            made.add_trace(
                go.Scatter(
                    x=when, y=ahead_of[f"{side}_{level}"].tolist(), mode="lines",
                    line={"width": 0}, fill=fill, fillcolor=fade(tone, alpha),
                    name=ctx.say("page.forecast.band", level=level),
                    showlegend=side == "low", legendgroup=str(level),
                    hovertemplate=f"{ctx.say('page.forecast.' + side, level=level)} %{{y:,.0f}}"
                    "<extra></extra>" if level == 80 else None,
                    hoverinfo=None if level == 80 else "skip",
                )
            )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=past[x].tolist(), y=[None if pd.isna(v) else v for v in past["n"]], mode="lines",
            name=ctx.say("page.forecast.observed"), connectgaps=False,
            line={"color": colours.accent, "width": 2.5}, hovertemplate="%{y:,.0f}",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=when, y=ahead_of["expected"].tolist(), mode="lines",
            name=ctx.say("page.forecast.expected"),
            line={"color": tone, "width": 2.5, "dash": "dash"}, hovertemplate="%{y:,.1f}",
        )
    )  # fmt: skip
    half = pd.Timedelta(hours=12) if x == "day" else pd.Timedelta(0)
    taken = None
    for start, end, text in sorted(marks):
        # Names that would run into each other stand below one another.
        low = taken is not None and (start - taken).days < CLOSE
        taken = None if low else start
        made.add_vrect(
            x0=pd.Timestamp(start) - half, x1=pd.Timestamp(end) - half, line_width=0, layer="below",
            fillcolor=fade(colours.neutral, 0.18),
            annotation={
                "text": text, "textangle": 0, "yshift": -16 if low else 0,
                "font": {"size": 12, "color": colours.muted},
            },
            annotation_position="top left",
        )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    return made


def marks(ctx: Context, node: Node, first: date, last: date, *, days: bool) -> list[Mark]:
    """Holidays, make-up workdays (by day) and alerts of the very series within the days shown."""
    country = settings().country
    span = trends.Span(first, last + timedelta(days=1))
    out = [
        (start, end, ctx.say(f"holiday.{code or 'public'}"))
        for start, end, code in trends.holidays(span, days_off(country))
    ]
    if days:
        text = ctx.say("page.forecast.make_up")
        made_up = sorted(day for day in make_up_workdays(country) if first <= day <= last)
        out += [(day, day + timedelta(days=1), text) for day in made_up]
    return out + _alerts(ctx, node, first, last)


def _alerts(ctx: Context, node: Node, first: date, last: date) -> list[Mark]:
    keys = fixed(node)
    if "unit" in keys or ("category1" in keys and "category" not in keys):
        return []
    run = ahead.run_of("alerts")
    if run is None or run.state != "done":
        return []
    found = ahead.alerts()
    same = (found["district"].fillna("") == keys.get("district", "")) & (
        found["category"].fillna("") == keys.get("category", "")
    )
    text = ctx.say("page.forecast.alert")
    spans = [
        (start.date(), end.date())
        for start, end in zip(
            found.loc[same, "start_day"], found.loc[same, "until_day"], strict=True
        )
    ]
    return [
        (max(start, first), end + timedelta(days=1), text)
        for start, end in spans
        if end >= first and start <= last
    ]


def drivers(ctx: Context, days: pd.DataFrame) -> go.Figure:
    """What raises and lowers each day, stacked about its level."""
    made = figure(barmode="relative", bargap=0.2)
    for place, name in enumerate(PARTS):
        if days[name].abs().max() < 0.005:
            continue
        made.add_trace(
            go.Bar(
                x=days["day"].tolist(), y=days[name].tolist(),
                name=ctx.say(f"page.forecast.part.{name}"), hovertemplate="%{y:+,.1f}",
                marker={"color": ctx.colours.series[place]},
            )
        )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(tickformat="+,", zeroline=True, zerolinecolor=ctx.colours.muted)
    made.update_layout(showlegend=True)
    return made


def last_time(ctx: Context, rows: pd.DataFrame) -> go.Figure:
    """The forecast of four weeks ago with its range, and what came."""
    colours, x = ctx.colours, rows["day"].tolist()
    tone = colours.series[1]
    made = figure()
    for side, fill in (("high", None), ("low", "tonexty")):
        made.add_trace(
            go.Scatter(
                x=x, y=rows[f"{side}_80"].tolist(), mode="lines", line={"width": 0}, fill=fill,
                fillcolor=fade(tone, 0.22), hoverinfo="skip", showlegend=side == "low",
                name=ctx.say("page.forecast.band", level=80),
            )
        )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=rows["expected"].tolist(), mode="lines", name=ctx.say("page.forecast.said"),
            line={"color": tone, "width": 2, "dash": "dash"}, hovertemplate="%{y:,.1f}",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=[None if pd.isna(v) else v for v in rows["observed"]], mode="lines+markers",
            name=ctx.say("page.forecast.came"), line={"color": colours.accent, "width": 2},
            marker={"size": 5}, hovertemplate="%{y:,.0f}",
        )
    )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    return made
