"""The figures of the trends page: a line with limits, comparison, holidays and incomplete bins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ui import rate_words, trends_data
from ui import trends_text as text
from ui.charts import Line, trend
from ui.context import Context
from ui.trends_data import Asked, Course
from words import format as fmt

TICKS = 8
MARKED_DAYS = 200
"""Holidays are named and shaded up to this many days; beyond they would be hairlines."""
SHARP = 0.1
"""Below this range of rates the axis shows a decimal."""


def whole(ctx: Context, asked: Asked, lines: list[Course]) -> go.Figure:
    """One figure of all lines; a single line with its comparison, limits and holidays."""
    single = len(lines) == 1 and asked.split == "none"
    drawn = []
    for place, line in enumerate(lines):
        colour = ctx.colours.series[place % len(ctx.colours.series)]
        name = _name(ctx, asked, line)
        drawn.append(line_of(ctx, asked, line.bins, name, colour))
        if single and line.before is not None:
            drawn.append(before_of(ctx, asked, line))
    made = trend(
        drawn, ctx.colours,
        percent=percent(asked), marks=_marks(ctx, asked),
        template="%{customdata}" + ("<extra></extra>" if single else ""),
    )  # fmt: skip
    dress(ctx, asked, made, lines[0].bins, TICKS if asked.grain == "day" else TICKS - 2)
    for place, line in enumerate(lines):
        if single and line.limits is not None:
            _limits(ctx, asked, made, line)
        incomplete(ctx, asked, made, line, ctx.colours.series[place % len(ctx.colours.series)])
    return made


def _name(ctx: Context, asked: Asked, line: Course) -> str:
    if asked.split == "none":
        return ctx.say("page.trends.now")
    return trends_data.name_of(ctx, asked, line.code)


def line_of(ctx: Context, asked: Asked, bins: pd.DataFrame, name: str, colour: str) -> Line:
    """A line of the trend with its hover texts."""
    return Line(
        name=name, x=bins["start"].tolist(), y=values(asked, bins), colour=colour,
        text=[_hover(ctx, asked, row) for row in rows(bins)],
    )  # fmt: skip


def before_of(ctx: Context, asked: Asked, line: Course) -> Line:
    """The earlier line, bin on bin: the k-th bin stands where the k-th of now stands."""
    earlier = line.before if line.before is not None else line.bins.head(0)
    count = min(len(line.bins), len(earlier))
    shown = earlier.head(count)
    return Line(
        name=ctx.say("page.trends.before"), dash="dash", colour=ctx.colours.neutral,
        x=line.bins["start"].head(count).tolist(), y=values(asked, shown),
        text=[_hover(ctx, asked, row) for row in rows(shown)],
    )  # fmt: skip


def percent(asked: Asked) -> bool:
    """Whether the axis is in percent (volumes and rates of other units are plain numbers)."""
    return asked.indicator is not None and rate_words.plain_percent(asked.indicator)


def values(asked: Asked, bins: pd.DataFrame) -> list[float | None]:
    """The line's points in their unit: gaps where there is no data, and where a bin is incomplete (drawn apart)."""
    return [
        None if pd.isna(v) or partial else float(v) * rate_words.scale(asked.indicator)
        for v, partial in zip(bins["value"], bins["partial"], strict=True)
    ]


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame as named tuples, whose columns the type checker cannot know."""
    yield from frame.itertuples()


def _hover(ctx: Context, asked: Asked, row: Any) -> str:
    label = text.bin_label(ctx, asked, row.start, row.end)
    value = text.value_text(ctx, asked, row.value)
    said = ctx.say("page.trends.hover", label=label, value=value)
    if asked.indicator is not None:
        said = ctx.say(
            "page.trends.hover_rate", label=label, value=value, n=fmt.number(row.n, ctx.lang)
        )
    return said + (ctx.say("page.trends.hover_partial") if row.partial else "")


def _marks(ctx: Context, asked: Asked) -> list[Any]:
    if asked.span.days > MARKED_DAYS:
        return []
    return [
        (
            pd.Timestamp(first) - pd.Timedelta(hours=12),
            pd.Timestamp(end) - pd.Timedelta(hours=12),
            ctx.say(f"holiday.{code or 'public'}"),
        )
        for first, end, code in trends_data.holiday_spans(asked)
    ]


def dress(
    ctx: Context, asked: Asked, made: go.Figure, bins: pd.DataFrame, ticks: int = TICKS
) -> None:
    """Axis labels in the reader's language (the chart library only writes English)."""
    step = max(1, -(-len(bins) // ticks))
    chosen = bins.iloc[::step]
    years = (chosen["end"] - pd.Timedelta(days=1)).dt.year
    # The year stands where it begins or changes; days of one year do without.
    change = years.ne(years.shift()) if asked.grain != "day" or years.nunique() > 1 else years < 0
    labels = [
        text.tick(ctx, asked, row.start, row.end, bool(new))
        for row, new in zip(rows(chosen), change, strict=True)
    ]
    # Half a bin of air, so that no point sits on the axis.
    air = (bins["end"] - bins["start"]).max() / 2
    made.update_xaxes(
        range=[bins["start"].iloc[0] - air, bins["start"].iloc[-1] + air], tickmode="array", tickvals=chosen["start"].tolist(), ticktext=labels,
        tickangle=0, hoverformat="%Y-%m-%d", unifiedhovertitle={"text": " "},
    )  # fmt: skip
    if percent(asked):
        seen = [v for trace in made.data for v in (trace.y if trace.y is not None else ())]
        seen = [v for v in seen if v is not None and not pd.isna(v)]
        if seen and max(seen) - min(seen) < SHARP:
            made.update_yaxes(tickformat=".1%")


def _limits(ctx: Context, asked: Asked, made: go.Figure, line: Course) -> None:
    """The centre, the 95 % and 99.8 % limits, and the points outside."""
    limits, x = line.limits, line.bins["start"].tolist()
    if limits is None:
        return
    scale = rate_words.scale(asked.indicator)
    styles = (("centre", "solid"), ("95", "dot"), ("998", "dash"))
    for name, dash in styles:
        for side in ("",) if name == "centre" else ("low", "high"):
            made.add_trace(
                go.Scatter(
                    x=x, y=limits[side + name] * scale, mode="lines", hoverinfo="skip",
                    line={"color": ctx.colours.muted, "width": 1, "dash": dash, "shape": "hvh"},
                    name=ctx.say(f"page.trends.limit_{name}"), legendgroup=name,
                    showlegend=side in ("", "low"), opacity=0.8,
                )
            )  # fmt: skip
    for sign, symbol in ((1, "triangle-up"), (-1, "triangle-down")):
        out = (limits["outside"] == sign).to_numpy()
        if out.any():
            made.add_trace(
                go.Scatter(
                    x=np.array(x, dtype=object)[out], y=line.bins["value"][out] * scale, mode="markers",
                    marker={"symbol": symbol, "size": 12, "color": ctx.colours.bad},
                    name=ctx.say("page.trends.outside_mark"), legendgroup="outside",
                    showlegend=sign == 1 or not (limits["outside"] == 1).any(), hoverinfo="skip",
                )
            )  # fmt: skip


def incomplete(ctx: Context, asked: Asked, made: go.Figure, line: Course, colour: str) -> None:
    """Incomplete bins as hollow points, not joined to the line."""
    shown = line.bins[line.bins["partial"] & line.bins["value"].notna()]
    if shown.empty:
        return
    made.add_trace(
        go.Scatter(
            x=shown["start"].tolist(), mode="markers",
            y=(shown["value"] * rate_words.scale(asked.indicator)).tolist(),
            marker={"size": 9, "color": ctx.colours.panel, "line": {"color": colour, "width": 2}},
            customdata=[_hover(ctx, asked, row) for row in rows(shown)],
            hovertemplate="%{customdata}<extra></extra>",
            name=ctx.say("page.trends.partial_mark"), showlegend=False,
        )
    )  # fmt: skip
