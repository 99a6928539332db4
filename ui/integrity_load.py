"""Powers that do not fit duties, and load on staff: questions, not verdicts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from metrics.conditions import EVERYTHING
from metrics.selection import PATH, Selection
from metrics.surroundings import ENOUGH, mismatched, strain
from ui import read, tables
from ui.cells import cell, framed, hours_text, real
from ui.context import Context
from ui.integrity import span_words
from ui.integrity_reads import first_receivers
from ui.panel import chart, download, escape, panel
from ui.tables import Cell, Column
from ui.theme import figure
from words import format as fmt

MOST = 15


# -- powers and duties ---------------------------------------------------------------
def mismatch(ctx: Context, span: Selection) -> None:
    """Categories whose first receiver passes on, whistles and waits more than usual."""
    table = first_receivers(span)
    city = table[table["unit_type"].isna()].iloc[0]
    found = mismatched(table)
    if found.empty or not (city["hops_n"] or city["whistled"]):
        with panel(ctx.say("fair.mismatch.name"), key="mismatch"):
            st.info(ctx.say("page.integrity.around.no_hops"), icon=":material/hide_source:")
        return
    first = found.iloc[0]
    title = ctx.say(
        "page.integrity.around.mismatch_title", category=_path(ctx, first),
        kind=ctx.say(f"unit_type.{first['unit_type']}"), n=fmt.number(int(first["n"]), ctx.lang),
        hops=fmt.number(real(first["hops"]), ctx.lang, 2), passed=fmt.percent(real(first["passed"]), ctx.lang, 0),
    )  # fmt: skip
    note = ctx.say("page.integrity.around.mismatch_note", least=ENOUGH)
    with panel(title, f"{ctx.say('fair.mismatch.help')} {note}", key="mismatch"):
        rows = found.head(MOST)
        shown = framed(
            {
                "category": [_path(ctx, row) for _, row in rows.iterrows()],
                "kind": [ctx.say(f"unit_type.{k}") for k in rows["unit_type"]],
                "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in rows["n"]],
                "hops": [
                    cell(v, fmt.number(real(v), ctx.lang, 2) + _from(ctx, low))
                    for v, low in zip(rows["hops"], rows["hops_low"], strict=True)
                ],
                "passed": [cell(v, fmt.percent(real(v), ctx.lang)) for v in rows["passed"]],
                "whistles": [cell(v, fmt.percent(real(v), ctx.lang)) for v in rows["whistles"]],
                "wait": [cell(v, hours_text(ctx, v)) for v in rows["wait"]],
            }
        )  # fmt: skip
        columns = [
            Column("category", ctx.say("page.integrity.around.column.category"), "", 260, True, text=True),
            Column("kind", ctx.say("page.integrity.around.column.kind"), "", 120, text=True),
            *(
                Column(n, ctx.say(f"page.integrity.around.column.{n}"), "", w)
                for n, w in (("n", 90), ("hops", 190), ("passed", 130), ("whistles", 110), ("wait", 150))
            ),
        ]  # fmt: skip
        tables.show(
            shown, columns, key=f"mismatch-table-{ctx.lang}", empty="–", most=460, alt=title
        )
        whole = ctx.say(
            "page.integrity.around.mismatch_city",
            hops=fmt.number(real(city["hops_sum"] / city["hops_n"]) if city["hops_n"] else None, ctx.lang, 2),
            whistles=fmt.percent(real(city["whistled"] / city["n"]), ctx.lang), wait=hours_text(ctx, city["wait"]),
        )  # fmt: skip
        st.caption(escape(whole))
        download(ctx, lambda: tables.plain(shown, columns, ctx), key="mismatch")


def _path(ctx: Context, row: pd.Series) -> str:
    levels = [str(row[c]) for c in ("category1", "category2") if isinstance(row[c], str)]
    return ctx.path_name(PATH.join(levels))


def _from(ctx: Context, low: Any) -> str:
    if pd.isna(low):
        return ""
    return ctx.say(
        "page.integrity.around.at_least", low=fmt.number(max(float(low), 0.0), ctx.lang, 2)
    )


# -- strain ------------------------------------------------------------------------------
def load(ctx: Context, span: Selection) -> None:
    """Orders per member of staff, against units of the same kind."""
    units = read.units().drop_duplicates("unit").copy()
    received = read.tally({"n": EVERYTHING}, span, ("unit",)).set_index("unit")["n"]
    units["received"] = units["unit"].map(received).fillna(0).astype("int64")
    found = strain(units)
    known = found[found["per_staff"].notna()].sort_values(
        "ratio", ascending=False, ignore_index=True
    )
    if known.empty:
        with panel(ctx.say("fair.strain.name"), key="strain"):
            st.info(ctx.say("page.integrity.around.no_staff"), icon=":material/hide_source:")
        return
    first = known.iloc[0]
    title = ctx.say(
        "page.integrity.around.strain_title", unit=ctx.name(first["unit"]),
        value=fmt.number(real(first["per_staff"]), ctx.lang, 1), ratio=fmt.number(real(first["ratio"]), ctx.lang, 1),
        usual=fmt.number(real(first["usual"]), ctx.lang, 1),
    )  # fmt: skip
    with panel(
        title,
        f"{ctx.say('page.integrity.around.strain_note')} {span_words(ctx, span)}",
        key="strain",
    ):
        left, right = st.columns([5, 5], gap="small")
        with left:
            chart(_strain_figure(ctx, known), key="strain-chart", alt=title, height=400)
        with right:
            _strain_table(ctx, known)
        gone = int(found["per_staff"].isna().sum())
        lines = [ctx.say("page.integrity.around.strain_cannot")]
        if gone:
            lines.append(ctx.say("page.integrity.around.strain_gone", n=gone))
        st.caption("  \n".join(escape(line) for line in lines))
        wanted = ["unit", "received", "staff", "per_staff", "usual", "ratio", "per_10000"]
        download(
            ctx, lambda: known[wanted].rename(
                columns={c: ctx.say(f"page.integrity.around.column.{c}") for c in wanted}
            ), key="strain",
        )  # fmt: skip


def _strain_figure(ctx: Context, known: pd.DataFrame) -> go.Figure:
    rows = known.head(MOST)
    made = figure(hovermode="closest", bargap=0.35)
    names = [ctx.name(u) for u in rows["unit"]]
    text = [
        ctx.say("page.integrity.around.times", n=fmt.number(real(r), ctx.lang, 1))
        for r in rows["ratio"]
    ]
    made.add_trace(
        go.Bar(
            x=rows["ratio"].tolist(), y=names, orientation="h", text=text, textposition="outside",
            cliponaxis=False, textfont={"color": ctx.colours.text, "size": 13},
            marker={"color": ctx.colours.accent}, hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    made.add_vline(x=1, line={"dash": "dash", "color": ctx.colours.muted, "width": 1.5})
    made.update_yaxes(
        autorange="reversed", type="category", dtick=1, tickfont={"color": ctx.colours.text}
    )
    made.update_xaxes(
        title={"text": ctx.say("page.integrity.around.axis_ratio"), "font": {"size": 13}},
        rangemode="tozero",
    )
    made.update_layout(margin={"r": 70})
    return made


def _strain_table(ctx: Context, known: pd.DataFrame) -> None:
    shown = framed(
        {
            "unit": [ctx.name(u) for u in known["unit"]],
            "received": [Cell(n, fmt.number(int(n), ctx.lang)) for n in known["received"]],
            "staff": [cell(n, fmt.number(real(n), ctx.lang)) for n in known["staff"]],
            "per_staff": [cell(v, fmt.number(real(v), ctx.lang, 1)) for v in known["per_staff"]],
            "usual": [cell(v, fmt.number(real(v), ctx.lang, 1)) for v in known["usual"]],
            "per_10000": [cell(v, fmt.number(real(v), ctx.lang, 1)) for v in known["per_10000"]],
        }
    )  # fmt: skip
    columns = [
        Column(n, ctx.say(f"page.integrity.around.column.{n}"), "", w, n == "unit", text=n == "unit")
        for n, w in (
            ("unit", 200), ("per_staff", 110), ("usual", 110), ("received", 90), ("staff", 80),
            ("per_10000", 120),
        )
    ]  # fmt: skip
    tables.show(
        shown, columns, key=f"strain-table-{ctx.lang}", empty="–", most=400,
        alt=ctx.say("fair.strain.name"),
    )  # fmt: skip
