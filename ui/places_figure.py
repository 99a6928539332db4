"""Figures of the places page: orders by week, what each rule would have caught."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from ui.context import Context
from ui.theme import fade, figure
from words import format as fmt


def weeks_figure(
    ctx: Context,
    days: list[date],
    history: list[int | None],
    *,
    mark: float | None = None,
    marked: str = "",
    last: int = 0,
) -> go.Figure:
    """Orders of each week as bars (none for a week that was not delivered whole); ``mark``: what
    next week should bring; ``last``: so many of the last bars are what is compared."""
    colours = ctx.colours
    made = figure(bargap=0.2)
    bright = [k >= len(days) - last for k in range(len(days))]
    made.add_trace(
        go.Bar(
            x=days, y=history, name=ctx.say("page.places.orders_week"),
            marker={"color": [colours.accent if b else fade(colours.accent, 0.55) for b in bright]},
            hovertemplate="%{y:,.0f}", showlegend=False,
        )
    )  # fmt: skip
    if mark is not None and days:
        made.add_trace(
            go.Bar(
                x=[days[-1] + timedelta(weeks=2)], y=[mark], name=marked, showlegend=False,
                marker={"color": colours.series[1], "pattern": {"shape": "/"}},
                hovertemplate="%{y:,.1f}",
            )
        )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", nticks=4)
    return made


def caught(ctx: Context, scores: pd.DataFrame, names: dict[str, str]) -> go.Figure:
    """Share of orders caught by each rule, at each share of the area, with 95 % intervals."""
    colours = ctx.colours
    made = figure(hovermode="closest", scattermode="group", scattergap=0.4)
    symbols = ("circle", "diamond", "square")
    for k, (method, name) in enumerate(names.items()):
        rows = scores[scores["method"] == method].sort_values("share")
        made.add_trace(
            go.Scatter(
                x=[ctx.say("page.places.of_area", share=fmt.percent(s, ctx.lang, 0)) for s in rows["share"]],
                y=rows["rate"].tolist(), name=name, mode="markers",
                error_y={"type": "data", "array": (1.96 * rows["rate_se"]).tolist(), "thickness": 1.6,
                         "width": 4, "color": colours.muted},
                marker={"size": 11, "symbol": symbols[k % 3], "color": colours.series[k]},
                offsetgroup=method, hovertemplate="%{x}: %{y:.1%}",
            )
        )  # fmt: skip
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    made.update_xaxes(type="category")
    return made
