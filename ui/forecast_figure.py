"""The figures of the forecast page: fan, parts, what was said last time."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ui.context import Context
from ui.forecast_marks import Mark, draw
from ui.forecast_text import PARTS
from ui.theme import fade, figure

BANDS = ((95, 0.14), (80, 0.2), (50, 0.28))


def fan(
    ctx: Context, past: pd.DataFrame, ahead_of: pd.DataFrame, x: str, found: list[Mark]
) -> go.Figure:
    """History as a line, the expectation with its ranges, the marks. ``x``: the column of time."""
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
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    top = max(ahead_of["high_95"].max(), past["n"].max() if past["n"].notna().any() else 0.0)
    draw(ctx, made, [*past[x].tolist(), *when], found, float(top))
    return made


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
