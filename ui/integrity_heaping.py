"""Monthly rates just above a red line: a question to the city as a whole, never to a unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from data.integrity_run import red_lines, simple_rates
from metrics.patterns import HEAP_WIDTH, heaping
from metrics.selection import Selection
from ui import choice
from ui import integrity_figure as figures
from ui.context import Context
from ui.integrity import span_words
from ui.integrity_reads import monthly_rates
from ui.panel import chart, download, escape, panel
from words import format as fmt

LINES = ("0.80", "0.85", "0.90", "0.95", "0.98")
USUAL = "0.90"
REACH = 10
ENOUGH = 20


def heaped(ctx: Context, span: Selection) -> None:
    """Months by their distance from a line that the reader lays across one rate."""
    rates = simple_rates(ctx.scheme)
    if not rates:
        return
    own = {i.id: value for i, value in red_lines(ctx.scheme)}
    beside = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with beside:
        rate = choice.choose(
            ctx, "rate", [i.id for i in rates], rates[0].id, title=ctx.say("page.integrity.heap.rate"),
            label=lambda code: ctx.names_of(ctx.scheme.indicator(code).names), width=200,
        )  # fmt: skip
    found = monthly_rates(ctx.scheme, span, rate)
    with beside:
        lines = sorted({*LINES, f"{own[rate]:.2f}"} if rate in own else LINES)
        line = choice.choose(
            ctx, "line", lines, f"{own[rate]:.2f}" if rate in own else _nearest(found),
            title=ctx.say("page.integrity.heap.line"),
            label=lambda code: fmt.percent(float(code), ctx.lang, 0), width=160,
        )  # fmt: skip
    name = ctx.names_of(ctx.scheme.indicator(rate).names)
    _drawn(ctx, span, found, float(line), name, rate in own)


def _nearest(found: pd.DataFrame) -> str:
    """The usual line that the city's months lie nearest to."""
    if found.empty:
        return USUAL
    middle = float(found["hits"].sum() / found["n"].sum())
    return min(LINES, key=lambda line: abs(float(line) - middle))


def _drawn(
    ctx: Context, span: Selection, found: pd.DataFrame, line: float, name: str, documented: bool
) -> None:
    pooled = heaping(found, line).iloc[0] if len(found) else None
    base = 0 if pooled is None else int(pooled["n"])
    if pooled is None or base < ENOUGH:
        title = ctx.say("page.integrity.heap.few", name=name, n=base, least=ENOUGH)
    else:
        title = ctx.say(
            "page.integrity.heap.title", name=name, line=fmt.percent(line, ctx.lang, 0),
            above=int(pooled["hits"]), n=base,
            usual=fmt.number(float(pooled["peers"]) * base, ctx.lang, 1),
            p=fmt.number(float(pooled["p"]), ctx.lang, 3),
        )  # fmt: skip
    note = ctx.say(
        "page.integrity.heap.note",
        width=fmt.percent(HEAP_WIDTH, ctx.lang),
        span=span_words(ctx, span),
    )
    with panel(title, note, key="heaping"):
        if base >= ENOUGH:
            steps = np.floor((found["hits"] / found["n"] - line) / HEAP_WIDTH + 1e-9)
            sure = found["n"] * 2 * HEAP_WIDTH >= 1
            places = [k for k in range(-REACH, REACH) if line + k * HEAP_WIDTH <= 1 + 1e-9]
            counts = steps[sure].value_counts()
            values = [int(counts.get(k, 0)) for k in places]
            total = max(sum(values), 1)
            names = [f"{(line + k * HEAP_WIDTH) * 100:.1f}" for k in places]
            made = figures.two_bars(
                ctx, names, [v / total for v in values], [], "all", marks=[REACH],
                axis=ctx.say("page.integrity.heap.axis"),
            )  # fmt: skip
            made.update_xaxes(type="category")
            chart(made, key="heaping-chart", alt=title, height=280)
            table = pd.DataFrame({"from_percent": names, "unit_months": values})
            download(ctx, table, key="integrity-heaping")
        said = "documented" if documented else "example"
        st.caption(
            escape(ctx.say("fair.signal.heaping.cannot") + ctx.say(f"page.integrity.heap.{said}"))
        )
