"""The figures of the laboratory: who moves from which rank to which, and how far weights move ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ui.theme import Palette, fade, figure

LONGEST = 16


@dataclass(frozen=True)
class Move:
    """One unit's two ranks, and what the hover says."""

    name: str
    old: int
    new: int
    text: str


def moves(found: Sequence[Move], colours: Palette, *, old: str, new: str, rank: str) -> go.Figure:
    """A line per unit from its old rank (ring) to its new one (dot); rank 1 on the left."""
    made = figure(hovermode="closest")
    names = unique([f"{arrow(move)} {shortened(move.name)}" for move in found])
    for up in (True, False):
        rows = [k for k, move in enumerate(found) if (move.new < move.old) == up]
        x: list[Any] = []
        y: list[Any] = []
        for k in rows:
            x += [found[k].old, found[k].new, None]
            y += [names[k], names[k], None]
        if rows:
            made.add_trace(
                go.Scatter(
                    x=x, y=y, mode="lines", hoverinfo="skip", showlegend=False,
                    line={"color": colours.good if up else colours.bad, "width": 3},
                )
            )  # fmt: skip
    colour = [colours.good if move.new < move.old else colours.bad for move in found]
    common = {"mode": "markers", "y": names, "customdata": [move.text for move in found]}
    hover = "%{customdata}<extra></extra>"
    made.add_trace(
        go.Scatter(
            x=[move.old for move in found], name=old, hovertemplate=hover, **common,
            marker={"size": 11, "color": colours.panel, "line": {"width": 2, "color": colours.muted}},
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=[move.new for move in found], name=new, hovertemplate=hover, **common,
            marker={"size": 11, "color": colour},
        )
    )  # fmt: skip
    made.update_yaxes(
        autorange="reversed", showgrid=False, type="category", categoryorder="array",
        categoryarray=names, dtick=1, tickfont={"color": colours.text, "size": 13},
    )  # fmt: skip
    made.update_xaxes(
        title={"text": rank, "font": {"size": 13}}, showgrid=True, rangemode="nonnegative",
        tickformat=",d",
    )  # fmt: skip
    return made


def arrow(move: Move) -> str:
    """The direction as a sign, so that colour is not alone."""
    return "▲" if move.new < move.old else "▼" if move.new > move.old else "–"


def pairs(
    names: Sequence[str], less: Sequence[float], more: Sequence[float], colours: Palette,
    *, label_less: str, label_more: str, text: Sequence[Sequence[str]], axis: str,
) -> go.Figure:  # fmt: skip
    """Two bars per name: what a smaller and what a larger weight would do."""
    made = figure(hovermode="closest", bargap=0.3, barmode="group")
    for values, label, colour, said in (
        (more, label_more, colours.accent, text[1]),
        (less, label_less, fade(colours.accent, 0.4), text[0]),
    ):
        made.add_trace(
            go.Bar(
                x=list(values), y=list(names), orientation="h", name=label,
                marker={"color": colour}, customdata=list(said), text=[f"{v:,.0f}" for v in values],
                textposition="outside", cliponaxis=False,
                textfont={"color": colours.text, "size": 13},
                hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    made.update_yaxes(
        autorange="reversed", showgrid=False, type="category", tickfont={"color": colours.text}
    )
    made.update_xaxes(
        title={"text": axis, "font": {"size": 13}}, rangemode="tozero", tickformat=",d"
    )
    made.update_layout(margin={"r": 48}, legend={"traceorder": "normal"})
    return made


def intervals(
    found: Sequence[tuple[str, float, float, float, str]], colours: Palette, *, rank: str
) -> go.Figure:
    """A bar from the lowest to the highest usual rank per unit, a dot where the scheme has it."""
    made = figure(hovermode="closest")
    names = unique([shortened(row[0]) for row in found])
    x: list[Any] = []
    y: list[Any] = []
    for name, row in zip(names, found, strict=True):
        x += [row[2], row[3], None]
        y += [name, name, None]
    made.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": fade(colours.accent, 0.45), "width": 7},
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=[row[1] for row in found], y=names, mode="markers", showlegend=False,
            customdata=[row[4] for row in found], hovertemplate="%{customdata}<extra></extra>",
            marker={"size": 9, "color": colours.text},
        )
    )  # fmt: skip
    made.update_yaxes(
        autorange="reversed", showgrid=False, type="category", categoryorder="array",
        categoryarray=names, dtick=1, tickfont={"color": colours.text, "size": 13},
    )  # fmt: skip
    made.update_xaxes(title={"text": rank, "font": {"size": 13}}, showgrid=True, tickformat=",d")
    return made


def shortened(name: str) -> str:
    """Longer names are cut at the axis; the hover has them whole."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"


def unique(names: Sequence[str]) -> list[str]:
    """Two units of one name in a language stay two rows."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name + "\u200b" * (seen[name] - 1))
    return out
