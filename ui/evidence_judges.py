"""Several evaluators of every unit, weighted together, and where they disagree."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.registers import EVALUATION
from data.scoring import Counted
from metrics.evaluators import ALPHA, from_indicator, ratings, together
from metrics.scheme_rules import Evaluator
from ui import definitions, read
from ui.charts import judged
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.rankings_table import NAME
from ui.register_list import section
from ui.tables import Cell, Column, show
from words import format as fmt

MOST = 10


def judges(ctx: Context, counts: Counted) -> None:
    """The whole part: table of unit and evaluator, the disagreements drawn, register."""
    known = ctx.scheme.evaluators
    table = answers(ctx, counts)
    if not known:
        no_data(ctx, "page.evidence.no_evaluators")
    elif table.empty:
        no_data(ctx)
    else:
        whole, rated = together(known, table), ratings(table)
        left, right = st.columns([7, 5], gap="small")
        with left:
            _table(ctx, whole, rated)
        with right:
            _picture(ctx, whole, rated)
    section(ctx, (EVALUATION,))


def answers(ctx: Context, counts: Counted) -> pd.DataFrame:
    """Everybody's answers about every unit: unit, evaluator, numerator, squares, n."""
    found = [
        read.evaluations(ctx.scheme, ctx.period)[["unit", "evaluator", "numerator", "squares", "n"]]
    ]
    for judge in ctx.scheme.evaluators:
        if judge.indicator is not None and not counts.units.empty:
            indicator = ctx.scheme.indicator(judge.indicator)
            if indicator.measured and indicator.kind == "rate":
                found.append(from_indicator(indicator, counts.units, judge.id))
    out = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    fits = set(counts.units["unit"])
    if ctx.view.units:
        fits &= set(ctx.view.units)
    return out[out["unit"].isin(fits)].reset_index(drop=True)


def _table(ctx: Context, whole: pd.DataFrame, rated: pd.DataFrame) -> None:
    several = int(whole["p"].notna().sum())
    apart = int(whole["disagree"].sum())
    title = ctx.say("page.evidence.judges_title", apart=apart, n=several)
    weights = ctx.say("ui.list_comma").join(
        ctx.say("page.evidence.weight", name=ctx.names_of(j.names), weight=_weight(ctx, j))
        for j in ctx.scheme.evaluators
    )
    note = ctx.say("page.evidence.judges_note", period=ctx.period_label())
    with panel(title, note, key="judges"):
        status = {j.status for j in ctx.scheme.evaluators}
        badges = "".join(definitions.badge(ctx, s) for s in sorted(status))
        st.markdown(f"{badges} :small[{escape(weights)}]")
        order = whole.sort_values(["q", "spread"], ascending=[True, False], na_position="last")
        shown = _columns(ctx)
        cells = _cells(ctx, order, rated)
        show(
            cells,
            shown,
            key=f"judges-{ctx.lang}",
            alt=escape(title),
            empty="",
            most=470,
            strong=("value",),
        )
        st.caption(
            escape(ctx.say("page.evidence.judges_method", q=fmt.percent(ALPHA, ctx.lang, 0)))
        )
        download(ctx, lambda: _export(ctx, order, rated), key="evaluators", notes=[note, weights])


def _weight(ctx: Context, judge: Evaluator) -> str:
    total = sum(j.weight for j in ctx.scheme.evaluators)
    return fmt.percent(judge.weight / total, ctx.lang, 0)


def _columns(ctx: Context) -> list[Column]:
    said = ctx.say
    return [
        Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column("value", said("page.evidence.together"), said("page.evidence.together_help"), 150),
        *(Column(j.id, ctx.names_of(j.names), _source(ctx, j), 180) for j in ctx.scheme.evaluators),
        Column("spread", said("page.evidence.spread"), said("page.evidence.spread_help"), 120),
        Column("q", "q", said("page.evidence.q_help"), 64),
    ]


def _source(ctx: Context, judge: Evaluator) -> str:
    if judge.indicator is None:
        return ctx.say("page.evidence.registered")
    return ctx.say(
        "page.evidence.from_indicator",
        name=ctx.names_of(ctx.scheme.indicator(judge.indicator).names),
    )


def _cells(ctx: Context, whole: pd.DataFrame, rated: pd.DataFrame) -> pd.DataFrame:
    by = {(r["unit"], r["evaluator"]): r for r in rated.to_dict("records")}
    rows = []
    for row in whole.to_dict("records"):
        made: dict[str, Any] = {
            "unit": ("▲ " if row["disagree"] else "") + ctx.name(row["unit"]),
            "value": _rate(ctx, row, None),
            "spread": Cell(row["spread"], fmt.number(100 * row["spread"], ctx.lang, 1)) if row["spread"] == row["spread"] else None,
            "q": _q(ctx, row),
        }  # fmt: skip
        for judge in ctx.scheme.evaluators:
            found = by.get((row["unit"], judge.id))
            made[judge.id] = _rate(ctx, found, found["n"]) if found and found["n"] > 0 else None
        rows.append(made)
    names = [c.key for c in _columns(ctx)]
    return pd.DataFrame({n: pd.Series([row[n] for row in rows], dtype="object") for n in names})


def _rate(ctx: Context, row: Any, n: float | None) -> Cell | None:
    if pd.isna(row["value"]):
        return None
    around = fmt.interval(row["low"], row["high"], ctx.lang).rstrip("%")
    words = f"{fmt.percent(row['value'], ctx.lang)} ({around})"
    return Cell(row["value"], words if n is None else f"{words} n={fmt.number(int(n), ctx.lang)}")


def _q(ctx: Context, row: Any) -> Cell | None:
    if pd.isna(row["q"]):
        return None
    words = "<0.001" if row["q"] < 0.001 else fmt.number(row["q"], ctx.lang, 3)
    return Cell(row["q"], words, ctx.colours.bad if row["disagree"] else ctx.colours.muted)


def _picture(ctx: Context, whole: pd.DataFrame, rated: pd.DataFrame) -> None:
    """The units whose evaluators lie furthest apart, those that disagree first."""
    order = whole[whole["spread"].notna()].sort_values(
        ["disagree", "spread"], ascending=False, kind="stable"
    )
    units = order["unit"].tolist()[:MOST]
    apart = order.loc[order["disagree"], "unit"].tolist()
    if apart:
        row = order.iloc[0]
        title = ctx.say(
            "page.evidence.apart_title", unit=ctx.name(row["unit"]),
            high=_name(ctx, row["highest"]), low=_name(ctx, row["lowest"]),
            points=fmt.number(100 * row["spread"], ctx.lang, 1),
        )  # fmt: skip
    else:
        title = ctx.say("page.evidence.apart_none")
    with panel(title, ctx.say("page.evidence.apart_note"), key="apart-judges"):
        if not units:
            no_data(ctx)
            return
        names = [("▲ " if unit in apart else "") + ctx.name(unit) for unit in units]
        series = []
        for judge in ctx.scheme.evaluators:
            mine = rated[rated["evaluator"] == judge.id].set_index("unit").reindex(units)
            if mine["value"].notna().any():
                series.append((ctx.names_of(judge.names), mine))
        made = judged(names, series, ctx.colours)
        made.update_traces(
            hovertemplate="%{y} · %{fullData.name} %{x:.1%} · n=%{customdata}<extra></extra>"
        )
        chart(made, key="judges-chart", alt=title, height=max(300, 44 * len(units) + 80))


def _name(ctx: Context, code: str) -> str:
    return next((ctx.names_of(j.names) for j in ctx.scheme.evaluators if j.id == code), code)


def _export(ctx: Context, whole: pd.DataFrame, rated: pd.DataFrame) -> pd.DataFrame:
    out: dict[str, Any] = {ctx.say("page.rankings.unit"): [ctx.name(u) for u in whole["unit"]]}
    label = ctx.say("page.evidence.together")
    parts = [("value", label)] + [
        (p, ctx.say(f"page.rankings.{p}", name=label)) for p in ("low", "high")
    ]
    for name, head in parts:
        out[head] = whole[name].tolist()
    for judge in ctx.scheme.evaluators:
        mine = rated[rated["evaluator"] == judge.id].set_index("unit").reindex(whole["unit"])
        head = ctx.names_of(judge.names)
        out[head], out[f"{head} n"] = mine["value"].tolist(), mine["n"].tolist()
        for part in ("low", "high"):
            out[ctx.say(f"page.rankings.{part}", name=head)] = mine[part].tolist()
    out[ctx.say("page.evidence.spread")] = whole["spread"].tolist()
    out["p"], out["q"] = whole["p"].tolist(), whole["q"].tolist()
    return pd.DataFrame(out)
