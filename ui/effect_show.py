"""A measured effect drawn: weeks before and after, the comparison places, what it rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from forecasting.counterfactual import Effect
from ui import effect_text as text
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.theme import fade, figure
from words import format as fmt

SEEN = 3.0
"""Comparison places with fewer expected orders are left out of the picture."""
WIDEST = 2.5


def show(ctx: Context, found: Effect, what: str, *, key: str, of: str = text.PLACES) -> None:
    """The two panels side by side; one sentence where nothing could be measured."""
    if found.weekly.empty:
        with panel(
            text.sentence(ctx, found, what, of), text.basis(ctx, found, of), key=f"{key}-weeks"
        ):
            st.caption(ctx.say("effect.limits"))
        return
    left, right = st.columns([7, 5], gap="small")
    with left:
        _weeks(ctx, found, what, key, of)
    with right:
        _others(ctx, found, key, of)


def _weeks(ctx: Context, found: Effect, what: str, key: str, of: str) -> None:
    said = text.sentence(ctx, found, what, of)
    with panel(said, text.basis(ctx, found, of), key=f"{key}-weeks"):
        chart(weeks_figure(ctx, found), key=f"{key}-weeks-{ctx.lang}", alt=said, height=320)
        if not found.final and found.verdict != "too_little":
            st.caption(escape(ctx.say("effect.provisional", weeks=found.weeks)))
        with st.expander(ctx.say("effect.limits_title"), icon=":material/info:"):
            st.text(ctx.say("effect.limits"))
        download(ctx, lambda: _table(ctx, found), key=f"{key}-weeks", notes=[said])


def weeks_figure(ctx: Context, found: Effect) -> go.Figure:
    """Observed and expected a week; ranges of single weeks; the action as a line."""
    colours, rows = ctx.colours, found.weekly
    x = rows["start"].tolist()
    made = figure()
    for low, high, share, level in (
        ("low_95", "high_95", 0.10, 95),
        ("low_80", "high_80", 0.18, 80),
    ):
        made.add_trace(
            go.Scatter(x=x, y=rows[high].tolist(), mode="lines", line={"width": 0}, hoverinfo="skip",
                       showlegend=False)
        )  # fmt: skip
        made.add_trace(
            go.Scatter(
                x=x, y=rows[low].tolist(), mode="lines", line={"width": 0}, fill="tonexty",
                fillcolor=fade(colours.neutral, share), hoverinfo="skip",
                name=ctx.say("effect.range", level=level),
            )
        )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=rows["expected"].tolist(), mode="lines", name=ctx.say("effect.expected"),
            line={"color": colours.muted, "width": 2, "dash": "dash"}, hovertemplate="%{y:,.1f}",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=rows["observed"].tolist(), mode="lines+markers", name=ctx.say("effect.observed"),
            line={"color": colours.accent, "width": 2.5}, marker={"size": 6},
            hovertemplate="%{y:,.0f}",
        )
    )  # fmt: skip
    measured = rows[rows["part"] == "measured"]["start"]
    if len(measured):
        end = measured.iloc[-1] + pd.Timedelta(days=7)
        made.add_vrect(
            x0=measured.iloc[0], x1=end, fillcolor=fade(colours.accent, 0.08), line_width=0,
            layer="below", annotation_position="top left",
            annotation={"text": ctx.say("effect.measured"), "font": {"size": 12, "color": colours.muted}},
        )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    made.update_layout(legend={"orientation": "h", "y": 1.14, "x": 0})
    return made


def _others(ctx: Context, found: Effect, key: str, of: str) -> None:
    rows = found.others[found.others["expected"] >= SEEN]
    title = ctx.say(
        "effect.others_title", series=text.series(ctx, of), n=fmt.number(len(rows), ctx.lang),
        p=fmt.percent(found.p, ctx.lang, 0) if found.p is None or found.p >= 0.01 else fmt.percent(found.p, ctx.lang, 1),
    )  # fmt: skip
    note = ctx.say(
        "effect.others_note",
        series=text.series(ctx, of),
        placebos=fmt.number(found.placebos, ctx.lang),
    )
    if found.p is None:
        title = ctx.say(
            "effect.others_plain", series=text.series(ctx, of), n=fmt.number(len(rows), ctx.lang)
        )
    with panel(title, note, key=f"{key}-others"):
        chart(
            others_figure(ctx, rows, found), key=f"{key}-others-{ctx.lang}", alt=title, height=320
        )
        download(ctx, lambda: _places(ctx, found), key=f"{key}-others", notes=[title, note])


def others_figure(ctx: Context, rows: pd.DataFrame, found: Effect) -> go.Figure:
    """How the comparison places fared against their own expectations, and this one among them."""
    colours = ctx.colours
    ratios = np.clip(rows["ratio"].to_numpy(dtype=float), 0, WIDEST)
    made = figure(hovermode="closest", bargap=0.08)
    edges = np.arange(0, WIDEST + 0.11, 0.1)
    counts, _ = np.histogram(ratios, edges)
    made.add_trace(
        go.Bar(
            x=(edges[:-1] + 0.05).tolist(), y=counts.tolist(), width=0.09,
            marker={"color": fade(colours.neutral, 0.55)}, name=ctx.say("effect.series.places"),
            customdata=[[fmt.interval(a, a + 0.1, ctx.lang, 0)] for a in edges[:-1]],
            hovertemplate="%{customdata[0]} · %{y}<extra></extra>",
        )
    )  # fmt: skip
    made.add_vline(x=1, line={"dash": "dash", "color": colours.muted, "width": 1.5})
    if found.expected:
        here = min((found.observed or 0) / found.expected, WIDEST)
        made.add_vline(
            x=here, line={"color": text.colour(ctx, found.verdict), "width": 3},
            annotation={"text": ctx.say("effect.here"), "font": {"color": colours.text, "size": 13}},
            annotation_position="top",
        )  # fmt: skip
    made.update_xaxes(
        tickformat=".0%", title={"text": ctx.say("effect.ratio_axis")}, range=[0, WIDEST]
    )
    made.update_yaxes(title={"text": ctx.say("effect.places_axis")}, rangemode="tozero")
    made.update_layout(showlegend=False, margin={"t": 34})
    return made


def _table(ctx: Context, found: Effect) -> pd.DataFrame:
    names = {c: ctx.say(f"effect.column.{c}") for c in found.weekly.columns}
    rows = found.weekly.assign(part=[ctx.say(f"effect.part.{p}") for p in found.weekly["part"]])
    return rows.rename(columns=names)


def _places(ctx: Context, found: Effect) -> pd.DataFrame:
    rows = found.others.assign(place=[ctx.name(p) for p in found.others["place"]])
    return rows.rename(columns={c: ctx.say(f"effect.column.{c}") for c in rows.columns})
