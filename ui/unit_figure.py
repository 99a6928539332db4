"""The figures of the unit page: waterfall, bars, control charts, small funnels, dots against peers."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from metrics.fair import Stands
from ui.theme import Palette, fade, figure


def waterfall(
    names: Sequence[str],
    steps: pd.DataFrame,
    colours: Palette,
    text: Sequence[str],
    hover: Sequence[str],
) -> tuple[go.Figure, float]:
    """The steps of :func:`metrics.explain.waterfall`, and where the axis starts.

    The axis does not start at 0 where the score is high: the losses could not be seen.
    """
    level = (steps["kind"] == "level").to_numpy()
    after = steps["after"].to_numpy(dtype=float)
    start = max(0.0, 10.0 * floor((after.min() - 8) / 10))
    before = np.r_[0.0, after[:-1]]
    base = np.where(level, start, np.minimum(before, after))
    tall = np.where(level, after - start, np.abs(after - before))
    loss = steps["points"].to_numpy(dtype=float) < 0
    fill = np.where(level, colours.accent, np.where(loss, colours.bad, colours.good))
    made = figure(hovermode="closest", bargap=0.35, showlegend=False)
    rows = list(range(len(steps)))
    made.add_trace(
        go.Bar(
            x=tall, base=base, y=rows, orientation="h", marker={"color": fill.tolist()},
            text=list(text), textposition="outside", textfont={"size": 13, "color": colours.text},
            customdata=list(hover), hovertemplate="%{customdata}<extra></extra>", cliponaxis=False,
        )
    )  # fmt: skip
    for k in rows[:-1]:
        made.add_shape(
            type="line", y0=k + 0.3, y1=k + 0.7, x0=after[k], x1=after[k],
            line={"color": colours.muted, "width": 1},
        )  # fmt: skip
    _names_down(made, names, colours)
    top = max(100.0, float(after.max()))
    made.update_xaxes(range=[start, top + (top - start) * 0.3], showgrid=True, nticks=6)
    return made, start


def _names_down(made: go.Figure, names: Sequence[str], colours: Palette) -> None:
    """Names on the vertical axis, the first on top, long ones on two lines."""
    made.update_yaxes(
        autorange="reversed", showgrid=False, tickmode="array",
        tickvals=list(range(len(names))), ticktext=[two_lines(name) for name in names],
        tickfont={"color": colours.text, "size": 12},
    )  # fmt: skip


def bars(
    names: Sequence[str],
    values: Sequence[float],
    colours: Palette,
    text: Sequence[str],
    *,
    pale: Sequence[bool] = (),
) -> go.Figure:
    """Lost points as bars, the first on top, every name whole in the hover."""
    made = figure(hovermode="closest", bargap=0.35, showlegend=False)
    fills = [fade(colours.bad, 0.4) if p else colours.bad for p in pale or [False] * len(values)]
    made.add_trace(
        go.Bar(
            x=list(values), y=list(range(len(values))), orientation="h",
            marker={"color": fills}, text=list(text), textposition="outside", cliponaxis=False,
            textfont={"color": colours.text, "size": 12}, customdata=list(names),
            hovertemplate="%{customdata}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    _names_down(made, names, colours)
    top = max(values, default=1.0)
    made.update_xaxes(visible=False, range=[0, top * 1.6])
    return made


def two_lines(name: str, longest: int = 26) -> str:
    """A name for an axis; a long one goes on two lines at its last joint."""
    if cut(name, longest) == name:
        return name
    for joint in (" · ", " › "):
        first, found, rest = name.rpartition(joint)
        if found:
            return f"{cut(first, longest)}<br>{cut(rest, longest)}"
    return cut(name, longest)


def cut(name: str, longest: int = 26) -> str:
    """A name short enough for an axis (a Chinese character takes two places)."""
    room = 0
    for k, letter in enumerate(name):
        room += 1 if letter.isascii() else 2
        if room > longest:
            return name[:k].rstrip() + "…"
    return name


def course(
    labels: Sequence[str],
    value: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    side: Sequence[int],
    mean: float,
    target: float | None,
    colours: Palette,
    hover: Sequence[str],
    words: dict[str, str],
) -> go.Figure:
    """A control chart: the rate, its own mean and limits, marked points, the target.

    ``words``: value, mean, limit, target, marked.
    """
    made = figure(hovermode="closest")
    x = list(range(len(labels)))
    thin = {"color": colours.muted, "width": 1}
    for place, edge in enumerate((low, high)):
        made.add_trace(
            go.Scatter(
                x=x, y=list(edge), mode="lines", line={**thin, "dash": "dash", "shape": "hvh"},
                name=words["limit"], legendgroup="limit", showlegend=not place, hoverinfo="skip",
            )
        )  # fmt: skip
    ends = [x[0], x[-1]]
    made.add_trace(
        go.Scatter(x=ends, y=[mean, mean], mode="lines", line=thin, name=words["mean"], hoverinfo="skip")
    )  # fmt: skip
    if target is not None:
        line = {"color": colours.series[1], "width": 1.5, "dash": "dot"}
        made.add_trace(
            go.Scatter(x=ends, y=[target, target], mode="lines", line=line, name=words["target"], hoverinfo="skip")
        )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=list(value), mode="lines+markers", name=words["value"], connectgaps=False,
            line={"color": colours.accent, "width": 2}, marker={"size": 5},
            customdata=list(hover), hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    out = [k for k, s in enumerate(side) if s and value[k] is not None]
    if out:
        symbols = ["triangle-up" if side[k] > 0 else "triangle-down" for k in out]
        made.add_trace(
            go.Scatter(
                x=out, y=[value[k] for k in out], mode="markers", name=words["marked"],
                marker={"symbol": symbols, "size": 11, "color": colours.series[1]},
                hoverinfo="skip",
            )
        )  # fmt: skip
    step = max(1, -(-len(labels) // 3))  # a phone has room for three
    made.update_xaxes(
        tickmode="array", tickvals=x[::step], ticktext=list(labels)[::step], tickangle=0,
        range=[-0.6, len(labels) - 0.4],
    )  # fmt: skip
    known = [v for v in (*value, *low, *high) if v is not None]
    sharp = bool(known) and max(known) - min(known) < 0.1
    made.update_yaxes(tickformat=".1%" if sharp else ".0%", nticks=5)
    made.update_layout(legend={"font": {"size": 11}})
    return made


def funnel(
    found: Stands,
    table: pd.DataFrame,
    unit: str,
    colours: Palette,
    hover: Sequence[str],
    words: dict[str, str],
) -> go.Figure:
    """One rate of all units against their number of orders, with limits; one unit marked.

    ``words``: others, own, line95, line998, whole, x.
    """
    made = figure(hovermode="closest")
    own = (table["unit"] == unit).to_numpy()
    limits = found.lines()
    if found.funnel is not None and len(limits):
        for code, dash in (("95", "dot"), ("998", "dash")):
            for side in ("low", "high"):
                made.add_trace(
                    go.Scatter(
                        x=limits["n"], y=limits[f"{side}{code}"], mode="lines", hoverinfo="skip",
                        name=words[f"line{code}"], legendgroup=code, showlegend=side == "low",
                        line={"color": colours.muted, "width": 1, "dash": dash},
                    )
                )  # fmt: skip
        ends = [limits["n"].iloc[0], limits["n"].iloc[-1]]
        made.add_trace(
            go.Scatter(
                x=ends, y=[found.funnel.target] * 2, mode="lines", name=words["whole"],
                line={"color": colours.muted, "width": 1}, hoverinfo="skip",
            )
        )  # fmt: skip
    texts = np.array(hover, dtype=object)
    for mask, name, marker in (
        (~own, words["others"], {"size": 6, "color": fade(colours.neutral, 0.55)}),
        (own, words["own"], {"size": 13, "color": colours.accent, "symbol": "diamond"}),
    ):
        made.add_trace(
            go.Scatter(
                x=table["n"][mask], y=table["value"][mask], mode="markers", marker=marker,
                name=name, customdata=texts[mask], hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    made.update_xaxes(title={"text": words["x"], "standoff": 4}, showgrid=False, rangemode="tozero")
    made.update_yaxes(tickformat=".0%", nticks=5)
    made.update_layout(legend={"font": {"size": 11}})
    return made


def against(
    names: Sequence[str],
    own: Sequence[float],
    peers: Sequence[float],
    colours: Palette,
    hover: Sequence[str],
    words: dict[str, str],
) -> go.Figure:
    """Shares of the unit as bars, its peers' as circles. ``words``: own, others."""
    made = figure(hovermode="closest", bargap=0.4)
    rows = list(range(len(names)))
    made.add_trace(
        go.Bar(
            x=list(own), y=rows, orientation="h", name=words["own"], customdata=list(hover),
            marker={"color": colours.accent}, hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    known = [k for k in rows if not pd.isna(peers[k])]
    if known:
        made.add_trace(
            go.Scatter(
                x=[peers[k] for k in known], y=known, mode="markers", name=words["others"],
                marker={
                    "size": 11, "color": "rgba(0,0,0,0)",
                    "line": {"color": colours.series[1], "width": 2.5},
                },
                customdata=[hover[k] for k in known],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    _names_down(made, names, colours)
    made.update_xaxes(tickformat=".0%", rangemode="tozero", showgrid=True, nticks=5)
    return made
