"""The figures the pages share. Each takes tidy numbers and returns a figure in the current theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ui.theme import Palette, fade, figure

Values = Iterable[Any]
LONGEST = 22
"""Longer names are cut at an axis."""


@dataclass(frozen=True)
class Line:
    """One line of a trend: x, y, name; ``dash`` for comparisons; ``low``/``high`` for a band."""

    name: str
    x: Values
    y: Values
    dash: str = "solid"
    colour: str = ""
    low: Values | None = None
    high: Values | None = None
    text: Values | None = None


def trend(
    lines: Sequence[Line],
    colours: Palette,
    *,
    percent: bool = False,
    marks: Sequence[tuple[date, date, str]] = (),
    template: str = "",
) -> go.Figure:
    """Lines over time. Gaps (None) stay gaps; ``marks`` shade spans of days (holidays).

    ``template`` is the hover line's number format in d3 syntax.
    """
    made = figure()
    for place, line in enumerate(lines):
        colour = line.colour or colours.series[place % len(colours.series)]
        if line.low is not None and line.high is not None:
            _band(made, line, colour)
        made.add_trace(
            go.Scatter(
                x=list(line.x), y=list(line.y), name=line.name, mode="lines",
                line={"color": colour, "width": 2.5, "dash": line.dash},
                connectgaps=False, customdata=line.text,
                hovertemplate=template or ("%{y:.1%}" if percent else "%{y:,.0f}"),
            )
        )  # fmt: skip
    for start, end, name in marks:
        made.add_vrect(
            x0=start, x1=end, fillcolor=fade(colours.neutral, 0.16), line_width=0, layer="below",
            annotation={
                "text": name, "font": {"size": 12, "color": colours.muted}, "textangle": 0,
            },
            annotation_position="top left",
        )  # fmt: skip
    made.update_yaxes(tickformat=".0%" if percent else ",~s", rangemode="normal")
    if not percent:
        made.update_yaxes(rangemode="tozero", tickformat=",")
    made.update_xaxes(
        type="date"
    )  # told, so that the panel can name dates in the reader's language
    made.update_layout(showlegend=len(lines) > 1)
    return made


def _band(made: go.Figure, line: Line, colour: str) -> None:
    for values, fill in ((line.high, None), (line.low, "tonexty")):
        made.add_trace(
            go.Scatter(
                x=list(line.x), y=list(values or ()), mode="lines", line={"width": 0},
                fill=fill, fillcolor=fade(colour, 0.16), hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip


def bars(
    names: Values,
    values: Values,
    colours: Palette,
    *,
    text: Values | None = None,
    highlight: Sequence[bool] | None = None,
    colour: str = "",
    custom: Values | None = None,
) -> go.Figure:
    """Horizontal bars, the first on top; highlighted ones in the accent colour."""
    base = colour or colours.accent
    listed = list(names)
    marked = highlight or [True] * len(listed)
    made = figure(hovermode="closest", bargap=0.35)
    made.add_trace(
        go.Bar(
            x=list(values), y=listed, orientation="h", customdata=custom,
            text=list(text) if text is not None else None, textposition="outside",
            cliponaxis=False, textfont={"color": colours.text, "size": 13},
            marker={"color": [base if m else fade(base, 0.32) for m in marked]},
            hovertemplate="%{y}: %{text}<extra></extra>" if text is not None else None,
        )
    )  # fmt: skip
    down_names(made, colours)
    made.update_xaxes(visible=False, rangemode="tozero")
    # Room for the numbers at the bars' ends.
    made.update_layout(margin={"r": 64})
    return made


def stacked(
    names: Values, parts: Sequence[tuple[str, Sequence[float]]], colours: Palette
) -> go.Figure:
    """Horizontal bars made of named parts, the first name on top; parts below zero to the left."""
    listed = list(names)
    made = figure(hovermode="closest", bargap=0.35, barmode="relative")
    for place, (name, values) in enumerate(parts):
        made.add_trace(
            go.Bar(
                x=list(values), y=listed, orientation="h", name=name,
                marker={
                    "color": colours.series[place % len(colours.series)],
                    # a pattern tells apart what shares a colour
                    "pattern": {"shape": "" if place < len(colours.series) else "/"},
                },
            )
        )  # fmt: skip
    down_names(made, colours)
    made.update_xaxes(showgrid=True, zeroline=True, zerolinecolor=colours.muted)
    made.update_layout(showlegend=len(parts) > 1)
    return made


def axis_names(names: Iterable[str]) -> list[str]:
    """Names for an axis: long ones cut (the hover has them whole), equal ones told apart."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        short = name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"
        seen[short] = seen.get(short, 0) + 1
        # Two units of one name stay two rows: a mark that is not seen.
        out.append(short + "\u200b" * (seen[short] - 1))
    return out


def down_names(made: go.Figure, colours: Palette) -> None:
    """Names on the vertical axis, the first on top, every one of them written."""
    made.update_yaxes(
        autorange="reversed",
        showgrid=False,
        type="category",
        dtick=1,
        tickfont={"color": colours.text},
    )


def dots(
    names: Values,
    values: Values,
    low: Values,
    high: Values,
    colours: Palette,
    *,
    text: Values,
    colour: Sequence[str] | None = None,
    percent: bool = True,
    reference: float | None = None,
) -> go.Figure:
    """A dot with its interval per name, the first on top; a dashed line for the reference value."""
    made = figure(hovermode="closest")
    up = [None if h is None or v is None else h - v for h, v in zip(high, values, strict=True)]
    down = [None if b is None or v is None else v - b for b, v in zip(low, values, strict=True)]
    made.add_trace(
        go.Scatter(
            x=list(values), y=list(names), mode="markers", customdata=list(text),
            marker={"size": 10, "color": list(colour) if colour else colours.accent},
            error_x={
                "type": "data", "array": up, "arrayminus": down, "thickness": 1.6, "width": 0,
                "color": colours.muted,
            },
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
    )  # fmt: skip
    if reference is not None:
        made.add_vline(x=reference, line={"dash": "dash", "color": colours.muted, "width": 1.5})
    down_names(made, colours)
    made.update_xaxes(tickformat=".0%" if percent else ",", showgrid=True)
    return made


def judged(
    names: Sequence[str], series: Sequence[tuple[str, pd.DataFrame]], colours: Palette
) -> go.Figure:
    """Several evaluators' rates of each name, with intervals, side by side within a row.

    ``series``: a name and its value, low, high, n per row.
    """
    made = figure(hovermode="closest", scattermode="group", scattergap=0.3)
    shapes = ("circle", "diamond", "square", "triangle-up", "x")
    for place, (name, rows) in enumerate(series):
        made.add_trace(
            go.Scatter(
                x=rows["value"].tolist(), y=list(names), name=name, mode="markers",
                offsetgroup=name, customdata=rows["n"].fillna(0).astype(int).tolist(),
                orientation="h",
                marker={
                    "size": 10, "symbol": shapes[place % len(shapes)],
                    "color": colours.series[place % len(colours.series)],
                },
                error_x={
                    "type": "data", "array": (rows["high"] - rows["value"]).tolist(),
                    "arrayminus": (rows["value"] - rows["low"]).tolist(), "thickness": 1.6,
                    "width": 0, "color": colours.muted,
                },
            )
        )  # fmt: skip
    down_names(made, colours)
    made.update_xaxes(tickformat=".0%", showgrid=True)
    made.update_layout(showlegend=True)
    return made


def heat(
    x: Values, y: Values, z: Sequence[Values], colours: Palette, *, hover: str, unit: str
) -> go.Figure:
    """A grid of numbers as colour (weekday × hour); ``None`` stays empty."""
    steps = len(colours.heat) - 1
    made = figure(hovermode="closest")
    made.add_trace(
        go.Heatmap(
            x=list(x), y=list(y), z=[list(row) for row in z], xgap=1, ygap=1,
            colorscale=[[i / steps, c] for i, c in enumerate(colours.heat)],
            hovertemplate=hover,
            colorbar={
                "thickness": 10, "outlinewidth": 0, "title": {"text": unit, "side": "right"},
                "tickfont": {"color": colours.muted},
            },
        )
    )  # fmt: skip
    made.update_yaxes(autorange="reversed", showgrid=False)
    return made
