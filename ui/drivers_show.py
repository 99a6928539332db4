"""The drivers page, drawn: all associations, one of them by lag and place, and how far to trust the search."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.factors import DriverSpec
from data.refresh import Run
from ui import charts, choice, tables
from ui import drivers as asks
from ui import drivers_text as text
from ui.context import Context
from ui.drivers import Row
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column, headings
from ui.theme import fade, figure
from words import format as fmt

MOST = 16
"""Associations in the figure; the table has them all."""
ALL = "all"
LONGEST, TICKS = 15, 5


def without_factors(ctx: Context) -> None:
    """No factor is known: what to do about it."""
    st.info(ctx.say("page.drivers.no_factors"), icon=":material/thunderstorm:")
    st.page_link(
        "pages/data.py", label=ctx.say("page.drivers.to_import"),
        icon=":material/upload_file:", query_params={"part": "factors", "lang": ctx.lang},
    )  # fmt: skip


def forest(ctx: Context, run: Run, pairs: pd.DataFrame) -> Row | None:
    """Every association found with its interval; returns the one that is looked at."""
    specs = asks.specs(run)
    codes = [code for code in specs if code in set(pairs["driver"])]
    title = _headline(ctx, run, pairs)
    note = ctx.say(
        "page.drivers.forest_note", first=fmt.day(pd.Timestamp(run.facts["first"]).date(), ctx.lang),
        until=fmt.day(pd.Timestamp(run.facts["until"]).date(), ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="drivers-forest"):
        if pairs.empty:
            no_data(ctx, "page.drivers.none_found")
            return None
        which = choice.choose(
            ctx, "driver", [ALL, *codes], ALL, title=ctx.say("page.drivers.driver"), bare=True,
            label=lambda c: ctx.say("page.drivers.every") if c == ALL else text.driver(ctx, specs[c]),
            kind="segments",
        )  # fmt: skip
        shown = pairs if which == ALL else pairs[pairs["driver"] == which]
        shown = shown.sort_values("ratio", ascending=False).reset_index(drop=True)
        keys = [asks.key_of(row) for row in shown.to_dict("records")]
        key = choice.chosen("pair", keys, keys[0])
        place = keys.index(key)
        left, right = st.columns([6, 7], gap="medium")
        with left:
            alt = f"{title} {note}"
            chart(_forest(ctx, shown, specs, place), key=f"forest-{which}-{ctx.lang}", alt=alt,
                  height=max(220, 30 * min(len(shown), MOST) + 60))  # fmt: skip
            st.caption(escape(ctx.say("page.drivers.forest_caption")))
        with right:
            columns = _columns(ctx)
            tables.show(
                _cells(ctx, shown, specs), columns, key=f"drivers-table-{which}-{ctx.lang}",
                alt=ctx.say("page.drivers.forest_caption"), empty=ctx.say("format.no_data"),
                strong=("ratio",), most=520, selected=place,
                on_select=lambda row: choice.keep("pair", keys[row] if row is not None else None),
            )  # fmt: skip
        download(ctx, lambda: _plain(pairs), key="drivers", notes=[note, *text.trust(ctx, run)])
    return {str(k): v for k, v in shown.iloc[place].to_dict().items()}


def _headline(ctx: Context, run: Run, pairs: pd.DataFrame) -> str:
    if pairs.empty:
        return ctx.say(
            "page.drivers.headline_none", n=fmt.number(run.facts.get("tested"), ctx.lang)
        )
    top = pairs.sort_values("ratio", ascending=False).iloc[0].to_dict()
    spec = asks.specs(run)[top["driver"]]
    return ctx.say(
        "page.drivers.headline", n=fmt.number(len(pairs), ctx.lang),
        category=text.category(ctx, top["category"]),
        step=text.step(ctx, spec), lasts=text.lasts(ctx, top), ratio=text.ratio(ctx, top["ratio"]), span=text.span(ctx, top),
    )  # fmt: skip


def _forest(
    ctx: Context, pairs: pd.DataFrame, specs: dict[str, DriverSpec], place: int
) -> go.Figure:
    colours = ctx.colours
    shown = pairs
    if len(pairs) > MOST:  # the strongest, and the one looked at
        strongest = pairs["ratio"].map(lambda v: abs(math.log(v))).sort_values(ascending=False)
        kept = sorted({*strongest.index[:MOST], place})
        shown = pairs.loc[kept]
    rows = shown.to_dict("records")
    names = [
        ctx.say("page.drivers.pair", category=_short(text.last(ctx, row["category"])),
                driver=text.driver(ctx, specs[row["driver"]]))
        for row in rows
    ]  # fmt: skip
    order = list(specs)
    tones = [colours.series[order.index(row["driver"]) % len(colours.series)] for row in rows]
    labels = [
        ctx.say(
            "page.drivers.hover", name=text.category(ctx, row["category"]),
            step=text.step(ctx, specs[row["driver"]]), lasts=text.lasts(ctx, row), ratio=text.ratio(ctx, row["ratio"]),
            span=text.span(ctx, row), q=text.q(ctx, row["q"]),
        )
        for row in rows
    ]  # fmt: skip
    made = charts.dots(
        charts.axis_names(names), shown["ratio"].tolist(), shown["low"].tolist(),
        shown["high"].tolist(), colours, text=labels, colour=tones, percent=False, reference=1.0,
    )  # fmt: skip
    made.update_traces(hovertemplate="%{customdata}<extra></extra>")
    ends = [float(shown["low"].min()), float(shown["high"].max()), 1.0]
    low, high = min(ends) * 0.92, max(ends) * 1.08
    ticks = [
        t
        for t in (0.1, 0.2, 0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 20)
        if low <= t <= high
    ]
    ticks = ticks[:: -(-len(ticks) // TICKS)] if 1 not in ticks else _spread(ticks)
    made.update_xaxes(
        type="log", tickangle=0, range=[math.log10(low), math.log10(high)], tickvals=ticks,
        ticktext=[f"×{t:g}" for t in ticks], tickformat=None,
    )  # fmt: skip
    return made


def _spread(ticks: list[float]) -> list[float]:
    """At most a handful of ticks, 1 among them."""
    every, place = -(-len(ticks) // TICKS), ticks.index(1)
    return ticks[place % every :: every]


def _short(name: str) -> str:
    """A category cut so that the driver behind it stays readable."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.drivers.column")
    return [
        column("category", 240, plain=True), column("driver", 60, plain=True), column("lasts", 50),
        column("ratio", 76),
        column("span", 92, plain=True), column("extra", 84), column("exposed", 70), column("q", 66),
    ]  # fmt: skip


def _cells(ctx: Context, pairs: pd.DataFrame, specs: dict[str, DriverSpec]) -> pd.DataFrame:
    rows = []
    for row in pairs.to_dict("records"):
        known = row["extra_year"] is not None and not pd.isna(row["extra_year"])
        rows.append(
            {
                "category": text.category(ctx, row["category"]),
                "driver": text.driver(ctx, specs[row["driver"]]),
                "lasts": Cell(row["lasts"], fmt.number(int(row["lasts"]) + 1, ctx.lang)),
                "ratio": Cell(row["ratio"], text.ratio(ctx, row["ratio"])),
                "span": text.span(ctx, row),
                "extra": Cell(row["extra_year"], fmt.signed(row["extra_year"], ctx.lang, 0))
                if known else None,
                "exposed": Cell(row["exposed"], fmt.number(int(row["exposed"]), ctx.lang)),
                "q": Cell(row["q"], text.q(ctx, row["q"])),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def _plain(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.drop(columns=["beta", "covariance", "found", "control", "refused"])


def lags(ctx: Context, run: Run, row: Row) -> None:
    """The ratio by days since."""
    spec = asks.specs(run)[row["driver"]]
    rows = asks.of_pair("lags", row).sort_values("lag")
    title = text.sentence(ctx, row, spec)
    note = ctx.say("page.drivers.lags_note", step=text.step(ctx, spec))
    with panel(title, note, key="drivers-lags"):
        names = [
            ctx.say("page.drivers.lag_0") if k == 0 else ctx.say("page.drivers.lag", n=int(k))
            for k in rows["lag"]
        ]
        made = figure(hovermode="closest")
        up, down = (rows["high"] - rows["ratio"]), (rows["ratio"] - rows["low"])
        made.add_trace(
            go.Scatter(
                x=names, y=rows["ratio"].tolist(), mode="markers+lines",
                marker={"size": 10, "color": ctx.colours.accent},
                line={"color": fade(ctx.colours.accent, 0.5), "width": 1.5},
                error_y={"type": "data", "array": up.tolist(), "arrayminus": down.tolist(),
                         "thickness": 1.6, "width": 0, "color": ctx.colours.muted},
                customdata=[text.span(ctx, one) for one in rows.to_dict("records")],
                hovertemplate="%{x}: ×%{y:.2f} [%{customdata}]<extra></extra>",
            )
        )  # fmt: skip
        made.add_hline(y=1, line={"dash": "dash", "color": ctx.colours.muted, "width": 1.5})
        made.update_xaxes(type="category")
        made.update_yaxes(tickprefix="×", tickformat=".2~f", rangemode="normal")
        chart(made, key=f"lags-{ctx.lang}", alt=f"{title} {note}", height=300)
        download(ctx, rows.drop(columns=["category", "driver"]), key="drivers-lags",
                 notes=[title, note])  # fmt: skip


def details(ctx: Context, run: Run, row: Row) -> None:
    """Everything that must be known about the pair."""
    spec = asks.specs(run)[row["driver"]]
    with panel(
        ctx.say("page.drivers.details"), ctx.say("page.drivers.details_note"), key="drivers-details"
    ):
        listed = pd.DataFrame(text.details(ctx, row, spec))
        st.table(listed, border="horizontal", hide_index=True, hide_header=True)
        st.caption(escape(ctx.say("page.drivers.not_cause")))


def trust(ctx: Context, run: Run) -> None:
    """What the search finds where nothing is, and the city's total as a control."""
    rows = asks.controls(ctx)
    specs = asks.specs(run)
    with panel(
        ctx.say("page.drivers.trust"), ctx.say("page.drivers.trust_note"), key="drivers-trust"
    ):
        for line in text.trust(ctx, run):
            st.markdown(f"- {escape(line)}")
        if len(rows):
            st.markdown(f"**{escape(ctx.say('page.drivers.control'))}**")
            listed = [
                (
                    text.step(ctx, specs[row["driver"]]),
                    f"{text.ratio(ctx, row['ratio'])} [{text.span(ctx, row)}]",
                    f"q = {text.q(ctx, row['q'])}",
                )
                for row in rows.to_dict("records")
            ]
            st.table(pd.DataFrame(listed), border="horizontal", hide_index=True, hide_header=True)
            st.caption(escape(ctx.say("page.drivers.control_note")))
