"""The model card: what the model got right on months it had not seen, and what it would have changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.refresh import Run
from ui import dispatch as asks
from ui import tables
from ui.charts import Line, trend
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column
from ui.theme import figure
from words import format as fmt

Card = Mapping[str, Any]
WAYS = ("category", "text", "recorded")


def model_card(ctx: Context, run: Run) -> None:
    """All of the card, at most four charts."""
    card = asks.card()
    learnt = ctx.say(
        "page.dispatch.learnt", n=fmt.number(run.facts.get("orders", 0), ctx.lang),
        leaves=fmt.number(run.facts.get("leaves", 0), ctx.lang), start=_day(ctx, run.facts.get("from")),
        as_of=fmt.day(run.as_of, ctx.lang), places=fmt.number(run.facts.get("places", 0), ctx.lang),
        seconds=fmt.number(run.seconds, ctx.lang),
    )  # fmt: skip
    st.caption(escape(learnt))
    if not card:
        no_data(ctx, "page.dispatch.card_none")
        return
    st.markdown(f"#### {escape(headline(ctx, card))}")
    note = ctx.say(
        "page.dispatch.judged", n=fmt.number(card["n"], ctx.lang), start=_day(ctx, card["from"]),
        end=_day(ctx, card["to"]), learnt=fmt.number(card["learnt"], ctx.lang),
    )  # fmt: skip
    st.caption(escape(note))
    left, right = st.columns(2, gap="small")
    with left:
        _first(ctx, card)
    with right:
        _ways(ctx, card)
    left, right = st.columns(2, gap="small")
    with left:
        _reliability(ctx, card)
    with right:
        _months(ctx, card)
    left, right = st.columns([7, 5], gap="small")
    with left:
        _classes(ctx, card)
    with right:
        _confused(ctx, card)


def headline(ctx: Context, card: Card) -> str:
    """Accuracy and macro-F1 of the category, accuracy of the unit."""
    found, unit = card["category"], card["unit"]
    return ctx.say(
        "page.dispatch.card_headline", category=asks.share(ctx, found["hit"], card["n"]),
        f1=fmt.number(found["macro_f1"], ctx.lang, 3), top3=fmt.percent(found["top3"], ctx.lang),
        unit=asks.share(ctx, unit["ways"]["text"]["hit"], unit["n"]),
    )  # fmt: skip


def _day(ctx: Context, text: Any) -> str:
    return fmt.day(pd.Timestamp(text).date(), ctx.lang) if text else ctx.say("format.no_data")


def _first(ctx: Context, card: Card) -> None:
    """Against the first dispatch on record."""
    found = card["unit"]["first"]
    title = ctx.say(
        "page.dispatch.first_title", would=fmt.number(found["would"], ctx.lang),
        returned=fmt.number(found["returned"], ctx.lang),
    )  # fmt: skip
    with panel(title, ctx.say("page.dispatch.first_note"), key="dispatch-first"):
        if not found["n"]:
            no_data(ctx, "page.dispatch.first_none")
            return
        for key, hit, n in (
            ("would", found["would"], found["returned"]), ("spoilt", found["spoilt"], found["fine"]),
            ("record", found["first_hit"], found["n"]), ("model", found["model_hit"], found["n"]),
        ):  # fmt: skip
            st.markdown(
                escape(ctx.say(f"page.dispatch.first_{key}", share=asks.share(ctx, hit, n)))
            )
        st.caption(escape(ctx.say("page.dispatch.first_limits")))


def _ways(ctx: Context, card: Card) -> None:
    """Category only, place from the text, place on record."""
    found = card["unit"]
    one = [found["ways"][way]["hit"] / max(found["n"], 1) for way in WAYS]
    three = [found["ways"][way]["top3"] / max(found["n"], 1) for way in WAYS]
    title = ctx.say(
        "page.dispatch.ways_title",
        plain=fmt.percent(one[0], ctx.lang),
        place=fmt.percent(one[1], ctx.lang),
    )
    note = ctx.say(
        "page.dispatch.ways_note", n=fmt.number(found["n"], ctx.lang),
        named=fmt.percent(found["named"] / max(card["n"], 1), ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="dispatch-ways"):
        names = [ctx.say(f"page.dispatch.way.{way}") for way in WAYS]
        made = figure(hovermode="closest", bargap=0.3, barmode="group")
        for label, values, colour in (
            (ctx.say("page.dispatch.top1"), one, ctx.colours.accent),
            (ctx.say("page.dispatch.top3"), three, ctx.colours.neutral),
        ):
            made.add_trace(
                go.Bar(x=names, y=values, name=label, marker={"color": colour}, textposition="outside",
                       text=[fmt.percent(v, ctx.lang) for v in values], cliponaxis=False,
                       hovertemplate="%{x}: %{text}")
            )  # fmt: skip
        made.update_yaxes(tickformat=".0%", range=[0, 1.12])
        made.update_layout(legend={"orientation": "h", "y": 1.14, "x": 0})
        chart(made, key=f"dispatch-ways-{ctx.lang}", alt=title, height=300)
        table = pd.DataFrame({"way": names, "top1": one, "top3": three, "n": found["n"]})
        download(ctx, table, key="dispatch-ways", notes=[note])


def _reliability(ctx: Context, card: Card) -> None:
    """Confidence against share of hits."""
    title = ctx.say(
        "page.dispatch.reliability_title", category=fmt.number(card["category"]["ece"], ctx.lang, 3),
        unit=fmt.number(card["unit"]["ece"], ctx.lang, 3),
    )  # fmt: skip
    note = ctx.say("page.dispatch.reliability_note", n=fmt.number(card["n"], ctx.lang))
    with panel(title, note, key="dispatch-reliability"):
        made = figure(hovermode="closest")
        made.add_trace(
            go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name=ctx.say("page.dispatch.ideal"), hoverinfo="skip",
                       line={"color": ctx.colours.muted, "dash": "dot", "width": 1.5})
        )  # fmt: skip
        tables_ = []
        for k, what in enumerate(("category", "unit")):
            rows = card[what]["reliability"]
            label = ctx.say(f"page.dispatch.what.{what}")
            made.add_trace(
                go.Scatter(
                    x=[r["confidence"] for r in rows], y=[r["hit"] / r["n"] for r in rows], name=label,
                    mode="lines+markers", customdata=[r["n"] for r in rows],
                    marker={"size": 9, "symbol": ("circle", "diamond")[k], "color": ctx.colours.series[k]},
                    line={"color": ctx.colours.series[k], "width": 1.5},
                    hovertemplate="%{x:.0%} → %{y:.0%}  n = %{customdata:,}",
                )
            )  # fmt: skip
            tables_.append(pd.DataFrame(rows).assign(what=label))
        made.update_xaxes(
            tickformat=".0%", range=[0, 1.02], title=ctx.say("page.dispatch.axis_confidence")
        )
        made.update_yaxes(
            tickformat=".0%", range=[0, 1.04], title=ctx.say("page.dispatch.axis_hit")
        )
        made.update_layout(legend={"orientation": "h", "y": 1.14, "x": 0})
        chart(made, key=f"dispatch-reliability-{ctx.lang}", alt=title, height=320)
        download(ctx, pd.concat(tables_), key="dispatch-reliability", notes=[note])


def _months(ctx: Context, card: Card) -> None:
    """Accuracy by month: how a model ages."""
    lines, rows = [], []
    for what in ("category", "unit"):
        months = card[what]["months"]
        label = ctx.say(f"page.dispatch.what.{what}")
        x = [fmt.month(pd.Timestamp(m["key"] + "-01").date(), ctx.lang) for m in months]
        lines.append(Line(label, x, [m["hit"] / m["n"] for m in months]))
        rows += [{"month": m["key"], "what": label, "n": m["n"], "hit": m["hit"]} for m in months]
    months = card["category"]["months"]
    title = ctx.say(
        "page.dispatch.months_title", first=fmt.percent(months[0]["hit"] / months[0]["n"], ctx.lang),
        last=fmt.percent(months[-1]["hit"] / months[-1]["n"], ctx.lang),
    )  # fmt: skip
    with panel(title, ctx.say("page.dispatch.months_note"), key="dispatch-months"):
        made = trend(lines, ctx.colours, percent=True)
        made.update_traces(mode="lines+markers")
        made.update_yaxes(range=[0, 1.04])
        made.update_xaxes(type="category")
        chart(made, key=f"dispatch-months-{ctx.lang}", alt=title, height=320)
        download(ctx, pd.DataFrame(rows), key="dispatch-months")


def _classes(ctx: Context, card: Card) -> None:
    """Each category: n, precision, recall, F1; the weakest of the larger ones are found by sorting."""
    found = card["category"]["classes"]
    title = ctx.say("page.dispatch.classes_title", n=fmt.number(len(found), ctx.lang))
    with panel(title, ctx.say("page.dispatch.classes_note"), key="dispatch-classes"):
        names = ("name", "n", "precision", "recall", "f1")
        columns = [
            Column(n, ctx.say(f"page.dispatch.class.{n}"), ctx.say(f"page.dispatch.class_help.{n}"),
                   260 if n == "name" else 90, text=n == "name")
            for n in names
        ]  # fmt: skip
        rows = [
            {
                "name": ctx.path_name(c["name"]), "n": Cell(c["n"], fmt.number(c["n"], ctx.lang)),
                **{k: None if c[k] is None else Cell(c[k], fmt.percent(c[k], ctx.lang))
                   for k in ("precision", "recall", "f1")},
            }
            for c in found
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=list(names), dtype=object)
        tables.show(
            table.head(12) if ctx.view.present else table, columns, key=f"dispatch-classes-{ctx.lang}",
            alt=title, empty=ctx.say("format.no_data"), strong=("f1",), most=360,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key="dispatch-classes")


def _confused(ctx: Context, card: Card) -> None:
    """Which categories are taken for which."""
    found = card["category"]["confused"]
    with panel(
        ctx.say("page.dispatch.confused_title"),
        ctx.say("page.dispatch.confused_note"),
        key="dispatch-confused",
    ):
        if not found:
            st.caption(escape(ctx.say("page.dispatch.confused_none")))
            return
        names = ("truth", "said", "n")
        columns = [
            Column(
                n,
                ctx.say(f"page.dispatch.confused.{n}"),
                "",
                60 if n == "n" else 190,
                text=n != "n",
            )
            for n in names
        ]
        rows = [
            {"truth": ctx.path_name(c["truth"]), "said": ctx.path_name(c["said"]),
             "n": Cell(c["n"], fmt.number(c["n"], ctx.lang))}
            for c in found
        ]  # fmt: skip
        table = pd.DataFrame(rows, columns=list(names), dtype=object)
        tables.show(
            table, columns, key=f"dispatch-confused-{ctx.lang}",
            alt=ctx.say("page.dispatch.confused_note"), empty=ctx.say("format.no_data"), most=360,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key="dispatch-confused")
