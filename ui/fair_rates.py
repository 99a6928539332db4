"""The fair board of one rate: what each unit's rate is worth, and adjusted for case mix."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from metrics.casemix import CaseMix
from metrics.fair import Fair, rate_table
from ui import choice, fair_data, fair_text, tables
from ui import rankings_text as text
from ui.charts import axis_names, dots, down_names
from ui.context import Context
from ui.fair_ranks import PAGE, ROW, WALL
from ui.panel import chart, download, escape, panel
from ui.rankings import League, shortened
from ui.tables import Cell, Column
from ui.unit_link import unit_link
from words import format as fmt


def board(ctx: Context, league: League, made: Fair, name: str, unit: str) -> None:
    """One rate: figure, table, and what must be said with them."""
    mix = fair_data.mix_of(ctx, made).get((league.group, name))
    rates = rate_table(made.linear, name, league.group, mix)
    left, right = st.columns([1, 1], gap="small")
    with left:
        _figure(ctx, league, made, name, rates, unit)
    with right:
        if not ctx.view.present:
            _table(ctx, league, name, rates, unit, mix)
        _notes(ctx, league, made, name)


def _figure(
    ctx: Context, league: League, made: Fair, name: str, rates: pd.DataFrame, unit: str
) -> None:
    called = fair_text.rate_name(ctx, name)
    note = ctx.say("board.table.rates_note", group=text.group_name(ctx, league.group))
    with panel(ctx.say("board.rates_chart", name=called), note, key="fair-rates"):
        if ctx.view.present:
            keep = rates.index[rates["unit"].isin(ctx.view.units)].tolist()
            rows = shortened(len(rates), WALL, keep)
        else:
            at = rates.index[rates["unit"] == unit].tolist()
            rows = shortened(len(rates), PAGE, at)
        with st.container(key="wide-only-rates"):
            chart(
                rates_figure(ctx, rates.iloc[rows]), key="fair-rates-chart",
                alt=ctx.say("board.rates_alt"), height=max(240, ROW * len(rows) + 76),
            )  # fmt: skip
        lines = [spread_line(ctx, made, name, league.group)]
        if len(rows) < len(rates):
            lines.append(ctx.say("board.cut", shown=len(rows), count=len(rates)))
        st.caption("  \n".join(escape(line) for line in lines))


def spread_line(ctx: Context, made: Fair, name: str, group: str) -> str:
    """How far the units truly differ, and what the shared mean is worth."""
    prior = made.draws.priors.get((group, name))
    called = fair_text.rate_name(ctx, name)
    if prior is None or prior.spread < 0.0005:
        return ctx.say("board.spread_none", name=called)
    return ctx.say(
        "board.spread_rates",
        name=called, value=fmt.percent(prior.spread, ctx.lang),
        n=fmt.number(prior.strength, ctx.lang),
    )  # fmt: skip


def rates_figure(ctx: Context, rows: pd.DataFrame) -> go.Figure:
    """Shrunken rates with their intervals, the counted ones as crosses, adjusted ones as squares."""
    names = axis_names([ctx.name(unit) for unit in rows["unit"]])
    hover = [_hover(ctx, row) for row in rows.to_dict("records")]
    made = dots(
        names, rows["shrunken"], rows["low"], rows["high"], ctx.colours, text=hover,
    )  # fmt: skip
    made.data[0].name = ctx.say("board.table.worth")
    made.update_traces(hovertemplate="%{customdata}<extra></extra>")
    marks = [("value", "x-thin", ctx.colours.text, ctx.say("board.table.value"))]
    if "adjusted" in rows and rows["adjusted"].notna().any():
        label = ctx.say("board.table.adjusted")
        marks.append(("adjusted", "square-open", ctx.colours.series[1], label))
    for key, symbol, colour, label in marks:
        made.add_trace(
            go.Scatter(
                x=rows[key], y=names, mode="markers", name=label, hoverinfo="skip",
                marker={
                    "symbol": symbol, "size": 8, "color": colour,
                    "line": {"width": 1.5, "color": colour},
                },
            )
        )  # fmt: skip
    made.update_layout(showlegend=True)
    down_names(made, ctx.colours)
    span = rows[["low", "high", "value"]].to_numpy(dtype=float)
    sharp = len(rows) > 0 and span.max() - span.min() < 0.1
    made.update_xaxes(tickformat=".1%" if sharp else ".0%")
    return made


def _hover(ctx: Context, row: dict[Any, Any]) -> str:
    adjusted = row.get("adjusted")
    known = isinstance(adjusted, float) and not pd.isna(adjusted)
    return ctx.say(
        "board.rates_hover",
        unit=ctx.name(str(row["unit"])), value=_percent(ctx, row["value"]),
        n=fmt.number(float(str(row["n"])), ctx.lang), worth=_percent(ctx, row["shrunken"]),
        interval=fmt.interval(float(str(row["low"])), float(str(row["high"])), ctx.lang),
        adjusted=_percent(ctx, adjusted) if known else ctx.say("board.table.not_adjusted"),
    )  # fmt: skip


def _percent(ctx: Context, value: object) -> str:
    return fmt.percent(float(str(value)), ctx.lang)


# -- the table -----------------------------------------------------------------
def columns(ctx: Context, mix: CaseMix | None) -> list[Column]:
    """The columns for one rate; expected and adjusted only where the league table has them."""
    said = ctx.say
    out = [
        Column("unit", said("board.table.unit"), "", 150, True, text=True),
        Column("value", said("board.table.value"), "", 78),
        Column("n", said("board.table.n"), "", 72),
        Column("shrunken", said("board.table.worth"), said("fair.shrunken_help"), 150),
    ]
    if mix is not None and mix.refused is None:
        helped = said("fair.casemix.help")
        out += [
            Column("expected", said("board.table.expected"), said("board.table.expected_help"), 84),
            Column("adjusted", said("board.table.adjusted"), helped, 112),
        ]
    return out


def cells(ctx: Context, rates: pd.DataFrame) -> pd.DataFrame:
    """The cells of the rates' table."""
    lang = ctx.lang
    out = []
    for row in rates.to_dict("records"):
        worth = f"{fmt.percent(row['shrunken'], lang)} ({fmt.interval(row['low'], row['high'], lang).rstrip('%')})"
        made = {
            "unit": ("★ " if row["unit"] in ctx.view.units else "") + ctx.name(row["unit"]),
            "value": Cell(row["value"], fmt.percent(row["value"], lang)),
            "n": Cell(row["n"], fmt.number(row["n"], lang)),
            "shrunken": Cell(row["shrunken"], worth),
        }
        if "expected" in row:
            made["expected"] = Cell(row["expected"], fmt.percent(row["expected"], lang))
            gone = pd.isna(row["adjusted"])
            shown = ctx.say("board.table.not_adjusted") if gone else fmt.percent(row["adjusted"], lang)  # fmt: skip
            made["adjusted"] = Cell(row["adjusted"], shown, ctx.colours.muted if gone else "")
        out.append(made)
    return pd.DataFrame(out, dtype="object")


def _table(
    ctx: Context, league: League, name: str, rates: pd.DataFrame, unit: str, mix: CaseMix | None
) -> None:
    units = rates["unit"].tolist()
    shown = columns(ctx, mix)
    title = ctx.say("board.table.rates", name=fair_text.rate_name(ctx, name))
    with panel(title, ctx.say("board.table.note"), key="fair-rates-table"):
        tables.show(
            cells(ctx, rates), shown, key=f"fair-{league.group}-{name}-{ctx.lang}",
            alt=title, empty="", strong=("shrunken",),
            selected=units.index(unit) if unit in units else None,
            on_select=lambda row: choice.keep("unit", None if row is None else units[row]),
        )  # fmt: skip
        unit_link(ctx, unit)
        download(ctx, lambda: export(ctx, rates), key=f"fair-{league.group}-{name}")


def export(ctx: Context, rates: pd.DataFrame) -> pd.DataFrame:
    """The rates as plain numbers, with the reason where one is not adjusted."""
    said = ctx.say
    worth = said("board.table.worth")
    names = {
        "value": said("board.table.value"), "n": said("board.table.n"), "shrunken": worth,
        "low": said("board.table.low", name=worth), "high": said("board.table.high", name=worth),
        "expected": said("board.table.expected"), "adjusted": said("board.table.adjusted"),
    }  # fmt: skip
    out = pd.DataFrame({said("board.table.unit"): [ctx.name(u) for u in rates["unit"]]})
    out = out.assign(
        **{label: rates[key].to_numpy() for key, label in names.items() if key in rates}
    )
    if "reason" in rates:
        out[said("board.table.reason")] = [
            said(f"fair.casemix.unit.{code}") if isinstance(code, str) else ""
            for code in rates["reason"]
        ]
    return out


def _notes(ctx: Context, league: League, made: Fair, name: str) -> None:
    found = {key: mix for key, mix in fair_data.mix_of(ctx, made).items() if key[1] == name}
    lines = [*fair_text.apart_lines(ctx, league), *fair_text.mix_lines(ctx, found, league.group)]
    st.caption("  \n".join(escape(line) for line in lines))
