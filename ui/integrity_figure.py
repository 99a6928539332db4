"""The pictures of the integrity page: peers with the unit marked, months, closings, edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from metrics.rates import wilson
from ui.charts import Line, trend
from ui.context import Context
from ui.integrity import unit_name
from ui.theme import Palette, fade, figure
from words import format as fmt


def peers(ctx: Context, found: pd.DataFrame, unit: str) -> go.Figure:
    """Every peer's share against the size of its base; the unit marked, with its interval.

    ``found``: the findings of one signal that are compared with each other.
    """
    colours = ctx.colours
    made = figure(hovermode="closest")
    # Where every base is the same it tells nothing: the units stand in order instead.
    ranked = len(found) > 1 and found["n"].nunique() == 1
    found = found.assign(x=found["value"].rank(method="first") if ranked else found["n"])
    rest = found[(found["unit"] != unit) & found["value"].notna() & (found["n"] > 0)]
    sets = (
        ("plain", rest[~rest["flagged"]], colours.neutral, 7, fade(colours.neutral, 0.55)),
        ("marked", rest[rest["flagged"]], colours.bad, 10, colours.bad),
    )
    for name, part, _, size, colour in sets:
        if len(part):
            made.add_trace(
                _points(ctx, part, colour, size, ctx.say(f"page.integrity.legend.{name}"))
            )
    mine = found[found["unit"] == unit]
    if len(mine):
        row = mine.iloc[0]
        if not pd.isna(row["peers_low"]):
            made.add_trace(
                go.Scatter(
                    x=[row["x"]] * 2, y=[row["peers_low"], row["peers_high"]], mode="lines",
                    line={"color": fade(colours.accent, 0.45), "width": 9}, hoverinfo="skip",
                    name=ctx.say("page.integrity.legend.interval"),
                )
            )  # fmt: skip
        made.add_trace(
            _points(ctx, mine, colours.accent, 15, unit_name(ctx, unit), symbol="diamond")
        )
    if len(rest) and rest["peers"].notna().any():
        made.add_hline(
            y=float(rest["peers"].median()),
            line={"dash": "dash", "color": colours.muted, "width": 1.5},
        )
    if ranked:
        n = fmt.number(int(found["n"].iloc[0]), ctx.lang)
        title = ctx.say("page.integrity.axis_units", n=n)
        made.update_xaxes(title={"text": title, "font": {"size": 13}}, showticklabels=False)
    else:
        title = ctx.say("page.integrity.axis_n")
        made.update_xaxes(
            type="log", title={"text": title, "font": {"size": 13}}, **_decades(found["n"])
        )
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    made.update_layout(legend={"y": 1.02})
    return made


def _decades(n: pd.Series) -> dict[str, Any]:
    """Ticks at 1, 2, 5 × powers of ten, written out (Plotly's own would say 2k or 5)."""
    top = float(n.max() or 1)
    ticks = [
        m * 10**k for k in range(9) for m in (1, 2, 5) if 0.3 * n.min() <= m * 10**k <= 3 * top
    ]
    return {"tickvals": ticks, "ticktext": [f"{t:,}" for t in ticks]}


def _points(
    ctx: Context, part: pd.DataFrame, colour: str, size: int, name: str, symbol: str = "circle"
) -> go.Scatter:
    text = [
        ctx.say(
            "page.integrity.point", unit=unit_name(ctx, unit),
            value=fmt.percent(value, ctx.lang), n=fmt.number(n, ctx.lang),
        )
        for unit, value, n in part[["unit", "value", "n"]].to_numpy().tolist()
    ]  # fmt: skip
    return go.Scatter(
        x=part["x"].tolist(), y=part["value"].tolist(), mode="markers", name=name,
        customdata=text, hovertemplate="%{customdata}<extra></extra>",
        marker={"color": colour, "size": size, "symbol": symbol},
    )  # fmt: skip


def months(ctx: Context, mine: pd.DataFrame, theirs: pd.DataFrame, unit: str) -> go.Figure:
    """A share by month: the unit with its interval, and its peers pooled. Columns month, hits, n."""
    low, high = wilson(mine["hits"].to_numpy(dtype=float), mine["n"].to_numpy(dtype=float))
    lines = [
        Line(
            unit_name(ctx, unit), mine["month"].tolist(), (mine["hits"] / mine["n"]).tolist(),
            colour=ctx.colours.accent, low=low.tolist(), high=high.tolist(),
        ),
        Line(
            ctx.say("page.integrity.legend.others"), theirs["month"].tolist(),
            (theirs["hits"] / theirs["n"]).tolist(), dash="dash", colour=ctx.colours.muted,
        ),
    ]  # fmt: skip
    made = trend(lines, ctx.colours, percent=True)
    made.update_yaxes(rangemode="tozero")
    made.update_xaxes(dtick="M2" if len(mine) > 8 else "M1")
    if ctx.lang == "en":
        made.update_xaxes(tickformat="%b\n%Y")
    return made


def two_bars(
    ctx: Context,
    names: Sequence[Any],
    mine: Sequence[float],
    theirs: Sequence[float],
    unit: str,
    *,
    axis: str = "",
    marks: Sequence[int] = (),
) -> go.Figure:
    """Shares side by side: the unit's and its peers' (or the whole city's alone, ``theirs`` empty)."""
    colours: Palette = ctx.colours
    made = figure(hovermode="x unified", bargap=0.25)
    faces = [
        colours.accent if not marks or i in marks else fade(colours.accent, 0.4)
        for i in range(len(names))
    ]
    made.add_trace(
        go.Bar(
            x=list(names), y=list(mine), name=unit_name(ctx, unit), marker={"color": faces},
            hovertemplate="%{y:.1%}",
        )
    )  # fmt: skip
    if len(theirs):
        made.add_trace(
            go.Bar(
                x=list(names), y=list(theirs), name=ctx.say("page.integrity.legend.others"),
                marker={"color": fade(colours.neutral, 0.6)}, hovertemplate="%{y:.1%}",
            )
        )  # fmt: skip
    made.update_yaxes(tickformat=".0%", rangemode="tozero")
    made.update_xaxes(title={"text": axis, "font": {"size": 13}})
    return made
