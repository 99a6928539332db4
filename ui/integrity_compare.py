"""What the audited callers say now, against the answers recorded for their unit."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import audit_calls
from data.audit_calls import CALL
from data.records import Record
from metrics.audit import QUESTIONS, compare
from ui import choice, read, tables
from ui.cells import framed
from ui.charts import dots
from ui.context import Context
from ui.integrity import small_text
from ui.integrity_reads import recorded_answers
from ui.panel import chart, download, escape, panel
from ui.tables import Cell, Column
from words import format as fmt

ALPHA = 0.05
MOST = 30


def compared(ctx: Context, draw: Record) -> None:
    """The comparison for one question: picture and table."""
    found = audit_calls.of_draw(read.recorded(CALL), draw.id)
    if not found:
        with panel(ctx.say("page.integrity.compare.title"), key="compare"):
            st.info(ctx.say("page.integrity.compare.no_results"), icon=":material/phone_missed:")
        return
    span = audit_calls.span_of(draw)
    calls = audit_calls.as_calls(found)
    question = choice.choose(
        ctx, "ask", QUESTIONS, "satisfied", title=ctx.say("page.integrity.compare.question"),
        label=lambda q: ctx.say(f"page.integrity.audit.column.{q}"), kind="segments",
    )  # fmt: skip
    was = recorded_answers(span)[question]
    table = compare(calls, was, question)
    whole = compare(
        calls.assign(unit="all"),
        was[was["unit"].isin(table["unit"])][["yes", "n"]].sum().to_frame().T.assign(unit="all"),
        question,
    ).iloc[0]
    _panel(ctx, table, whole, question)


def _panel(ctx: Context, table: pd.DataFrame, whole: pd.Series, question: str) -> None:
    name = ctx.say(f"page.integrity.audit.column.{question}")
    worse = table[(table["q"] <= ALPHA) & (table["difference"] < 0)]
    title = ctx.say(
        "page.integrity.compare.finding", name=name, n=fmt.number(int(whole["n"]), ctx.lang),
        value=_share(ctx, whole["value"]), low=_range(ctx, whole["low"], whole["high"]),
        recorded=_share(ctx, whole["recorded"]), worse=len(worse),
    )  # fmt: skip
    note = ctx.say(
        "page.integrity.compare.note", called=fmt.number(int(whole["called"]), ctx.lang),
        reached=fmt.number(int(whole["reached"]), ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="compare"):
        known = table[table["n"] > 0].sort_values("p", kind="stable")
        left, right = st.columns([4, 7], gap="small")
        with left:
            rows = known.head(MOST)
            if len(rows):
                made = dots(
                    [ctx.name(u) for u in rows["unit"]], rows["difference"].tolist(),
                    rows["difference_low"].tolist(), rows["difference_high"].tolist(), ctx.colours,
                    text=[_difference(ctx, row) for _, row in rows.iterrows()],
                    colour=[
                        ctx.colours.bad if q <= ALPHA and d < 0 else ctx.colours.neutral
                        for q, d in zip(rows["q"], rows["difference"], strict=True)
                    ],
                    reference=0.0,
                )  # fmt: skip
                made.update_xaxes(title=ctx.say("page.integrity.compare.axis"))
                chart(made, key="compare-chart", alt=title, height=max(220, 24 * len(rows) + 90))
        with right:
            _table(ctx, table)
        st.caption(escape(ctx.say("page.integrity.compare.cannot")))
        download(
            ctx, lambda: table.rename(
                columns={c: ctx.say(f"page.integrity.compare.column.{c}") for c in table}
            ), key=f"audit-comparison-{question}", notes=[title, note],
        )  # fmt: skip


def _table(ctx: Context, table: pd.DataFrame) -> None:
    rows = table.sort_values("p", na_position="last", kind="stable")
    shown = framed(
        {
            "unit": [ctx.name(u) for u in rows["unit"]],
            "called": rows["called"].tolist(), "reached": rows["reached"].tolist(),
            "value": [
                _cell(r["value"], f"{_share(ctx, r['value'])} ({_range(ctx, r['low'], r['high'])})")
                for _, r in rows.iterrows()
            ],
            "recorded": [_cell(v, _share(ctx, v)) for v in rows["recorded"]],
            "difference": [_cell(r["difference"], _difference(ctx, r)) for _, r in rows.iterrows()],
            "p": [_cell(v, small_text(ctx, v)) for v in rows["p"]],
            "q": [_cell(v, small_text(ctx, v)) for v in rows["q"]],
        }
    )  # fmt: skip
    columns = [
        Column(n, ctx.say(f"page.integrity.compare.column.{n}"), "", w, n == "unit", text=n == "unit")
        for n, w in (
            ("unit", 170), ("called", 70), ("reached", 70), ("value", 180), ("recorded", 100),
            ("difference", 210), ("p", 70), ("q", 70),
        )
    ]  # fmt: skip
    tables.show(
        shown, columns, key=f"compare-table-{ctx.lang}", empty="–", most=520,
        alt=ctx.say("page.integrity.compare.title"),
    )  # fmt: skip


def _difference(ctx: Context, row: pd.Series) -> str:
    low, high = (
        fmt.signed(100 * float(row[f"difference_{end}"]), ctx.lang) for end in ("low", "high")
    )
    points = fmt.points(_f(row["difference"]), ctx.lang)
    return ctx.say("page.integrity.compare.difference", points=points, low=low, high=high)


def _share(ctx: Context, value: object) -> str:
    return fmt.percent(_f(value), ctx.lang)


def _range(ctx: Context, low: object, high: object) -> str:
    return fmt.interval(_f(low), _f(high), ctx.lang)


def _cell(value: object, text: str) -> Cell | None:
    number = _f(value)
    return None if number is None else Cell(number, text)


def _f(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]
