"""The funnel view: one rate of every unit against its number of orders, with limits."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from metrics.fair import Fair, Stands, stands
from ui import choice, fair_text, tables
from ui import rankings_text as text
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.rankings import League
from ui.tables import Cell, Column
from ui.theme import figure
from ui.unit_link import unit_link
from words import format as fmt

NAMED = 12
"""How many units outside the limits are named in the figure (the farthest out)."""
TICKS = [k * 10**power for power in range(6) for k in (1, 2, 5)]
LEVELS = ("95", "998")
SEEN = "_funnel_seen"


def board(ctx: Context, league: League, made: Fair, name: str, unit: str) -> None:
    """The funnel, who lies outside, and how many would by chance."""
    found = stands(made.linear, name, league.group)
    called = fair_text.rate_name(ctx, name)
    places = found.units[found.units["n"] > 0].assign(
        place=lambda t: [place(row) for row in t.to_dict("records")]
    )
    left, right = st.columns([7, 3], gap="small")
    with left:
        _funnel(ctx, league, found, places, called, unit)
    with right:
        _outside(ctx, league, places, called)
        if not ctx.view.present:
            unit_link(ctx, unit)


def place(row: dict[Any, Any]) -> str:
    """Where a unit stands, as a key below ``fair.funnel``: inside, better95, worse998 …"""
    if not row["outside"]:
        return "inside"
    return f"{'better' if row['better'] else 'worse'}{'998' if row['outside'] > 99 else '95'}"


def headline(ctx: Context, found: Stands, places: pd.DataFrame, called: str) -> str:
    """What the funnel shows in one sentence."""
    if found.funnel is None:
        return ctx.say("board.funnel.few", name=called)
    count = places["place"].value_counts()
    bad, good = int(count.get("worse998", 0)), int(count.get("better998", 0))
    if bad or good:
        return ctx.say("board.funnel.some", name=called, bad=bad, good=good)
    bad, good = int(count.get("worse95", 0)), int(count.get("better95", 0))
    if bad or good:
        return ctx.say("board.funnel.mid", name=called, bad=bad, good=good)
    return ctx.say("board.funnel.none", name=called, inside=int(count.get("inside", 0)))


def _funnel(
    ctx: Context, league: League, found: Stands, places: pd.DataFrame, called: str, unit: str
) -> None:
    target = found.funnel.target if found.funnel else None
    note = ctx.say(
        "board.funnel.note",
        group=text.group_name(ctx, league.group), period=ctx.period_label(),
        units=len(places), target=fmt.percent(target, ctx.lang),
    )  # fmt: skip
    title = headline(ctx, found, places, called)
    with panel(title, note, key="funnel"):
        event = chart(
            funnel_figure(ctx, found, places, called, unit), key=f"funnel-{called}",
            alt=ctx.say("board.funnel.alt"), height=620, select=not ctx.view.present,
        )  # fmt: skip
        if not ctx.view.present:
            _follow(event)
        lines = chance_lines(ctx, found, places)
        if not ctx.view.present:
            lines.append(ctx.say("board.funnel.click"))
        st.caption("  \n".join(escape(line) for line in lines))


def _follow(event: Any) -> None:
    """A click on a dot chooses its unit (once: the selection stays until the figure changes)."""
    points = event["selection"]["points"]
    found = next((p["customdata"][1] for p in points if p.get("customdata")), None)
    if found is None or st.session_state.get(SEEN) == found:
        if found is None:
            st.session_state.pop(SEEN, None)
        return
    st.session_state[SEEN] = found
    choice.keep("unit", str(found))
    st.rerun()


def chance_lines(ctx: Context, found: Stands, places: pd.DataFrame) -> list[str]:
    """How many would lie outside by chance, and what the limits allow for."""
    if found.funnel is None:
        return [ctx.say("fair.funnel.few")]
    units = len(places)
    out = [
        ctx.say(
            "board.funnel.chance",
            units=units, out95=fmt.number(units * 0.05, ctx.lang),
            out998=fmt.number(units * 0.002, ctx.lang, 1),
            seen=int((places["place"] != "inside").sum()),
        )
    ]  # fmt: skip
    if found.funnel.tau > 0:
        rate = found.funnel.target
        spread = 2 * found.funnel.tau * (rate * (1 - rate)) ** 0.5
        out.append(
            ctx.say(
                "board.funnel.spread",
                phi=fmt.number(found.funnel.phi, ctx.lang, 1), value=fmt.percent(spread, ctx.lang),
            )
        )  # fmt: skip
    else:
        out.append(ctx.say("board.funnel.no_spread"))
    return out


def funnel_figure(
    ctx: Context, found: Stands, places: pd.DataFrame, called: str, unit: str
) -> go.Figure:
    """Limits and one dot per unit; shapes and colours say on which side a unit lies outside."""
    made = figure(hovermode="closest")
    _limits(ctx, made, found)
    colours = ctx.colours
    kinds = (
        (("inside",), "circle", colours.neutral, "board.funnel.inside"),
        (("better95", "worse95"), "circle-open", colours.series[1], "board.funnel.out95"),
        (("better998",), "triangle-up", colours.good, "board.funnel.good998"),
        (("worse998",), "diamond", colours.bad, "board.funnel.bad998"),
    )
    for codes, symbol, colour, label in kinds:
        part = places[places["place"].isin(codes)]
        if part.empty:
            continue
        far = part["place"].ne("inside") & part["unit"].isin(_named(places))
        names = [ctx.name(u) if f else "" for u, f in zip(part["unit"], far, strict=True)]
        made.add_trace(
            go.Scatter(
                x=part["n"], y=part["value"], mode="markers+text", name=ctx.say(label), text=names,
                textposition="top center", textfont={"size": 12, "color": colours.text},
                customdata=[(_hover(ctx, r), r["unit"]) for r in part.to_dict("records")],
                marker={
                    "symbol": symbol, "size": 8 if codes == ("inside",) else 11, "color": colour,
                    "line": {"width": 2 if symbol.endswith("open") else 0, "color": colour},
                },
                hovertemplate="%{customdata[0]}<extra></extra>",
            )
        )  # fmt: skip
    mine = places[places["unit"] == unit]
    if len(mine):
        made.add_trace(
            go.Scatter(
                x=mine["n"], y=mine["value"], mode="markers", hoverinfo="skip", name=ctx.name(unit),
                marker={
                    "symbol": "circle-open", "size": 19, "color": colours.accent, "line": {"width": 2.5},
                },
            )
        )  # fmt: skip
    made.update_xaxes(
        type="log", title=ctx.say("board.funnel.axis_n"), showgrid=False, tickvals=TICKS
    )
    made.update_yaxes(tickformat=".0%", title=called)
    low = float(places["value"].min()) if len(places) else 0.0
    made.update_yaxes(range=[max(0.0, low - 0.06), 1.02] if low > 0.4 else None)
    return made


def _limits(ctx: Context, made: go.Figure, found: Stands) -> None:
    lines = found.lines()
    if found.funnel is None or lines.empty:
        return
    for level, dash in zip(LEVELS, ("dot", "dash"), strict=True):
        for first, side in enumerate(("low", "high")):
            made.add_trace(
                go.Scatter(
                    x=lines["n"], y=lines[f"{side}{level}"], mode="lines", hoverinfo="skip",
                    line={"color": ctx.colours.muted, "width": 1.5, "dash": dash},
                    name=ctx.say(f"board.funnel.line{level}"), legendgroup=level,
                    showlegend=not first,
                )
            )  # fmt: skip
    made.add_hline(y=found.funnel.target, line={"color": ctx.colours.muted, "width": 1})


def _named(places: pd.DataFrame) -> list[str]:
    far = places[places["place"] != "inside"]
    order = far["z"].abs().sort_values(ascending=False, kind="stable").index
    return [str(u) for u in far.loc[order, "unit"][:NAMED]]


def _hover(ctx: Context, row: dict[Any, Any]) -> str:
    return ctx.say(
        "board.funnel.hover",
        unit=ctx.name(row["unit"]), value=fmt.percent(row["value"], ctx.lang),
        n=fmt.number(row["n"], ctx.lang), place=ctx.say(f"fair.funnel.{row['place']}"),
    )  # fmt: skip


def _outside(ctx: Context, league: League, places: pd.DataFrame, called: str) -> None:
    far = places[places["place"] != "inside"].copy()
    far = far.loc[far["z"].abs().sort_values(ascending=False, kind="stable").index]
    with panel(ctx.say("board.funnel.table"), called, key="funnel-outside"):
        shown = [
            Column("unit", ctx.say("board.table.unit"), "", 130, True, text=True),
            Column("value", ctx.say("board.funnel.rate"), "", 66),
            Column("n", ctx.say("board.signs.n"), "", 56),
            Column("limits", ctx.say("board.funnel.limits"), ctx.say("fair.funnel.help"), 100),
            Column("where", ctx.say("board.funnel.where"), "", 120, text=True),
        ]
        if far.empty:
            st.caption(ctx.say("board.funnel.nobody"))
        else:
            tables.show(
                _cells(ctx, far), shown, key=f"outside-{league.group}-{ctx.lang}",
                alt=ctx.say("board.funnel.table"), empty="", most=560,
            )  # fmt: skip
        download(ctx, lambda: export(ctx, places), key=f"funnel-{league.group}")


def _cells(ctx: Context, far: pd.DataFrame) -> pd.DataFrame:
    out = [
        {
            "unit": ctx.name(row["unit"]),
            "value": Cell(row["value"], fmt.percent(row["value"], ctx.lang)),
            "n": Cell(row["n"], fmt.number(row["n"], ctx.lang)),
            "limits": Cell(row["low95"], fmt.interval(row["low95"], row["high95"], ctx.lang)),
            "where": ctx.say(f"board.funnel.place.{row['place']}"),
        }
        for row in far.to_dict("records")
    ]
    return pd.DataFrame(out, dtype="object")


def export(ctx: Context, places: pd.DataFrame) -> pd.DataFrame:
    """Every unit with its limits and where it stands."""
    said = ctx.say
    out = pd.DataFrame({said("board.table.unit"): [ctx.name(u) for u in places["unit"]]})
    out[said("board.funnel.rate")] = places["value"].to_numpy()
    out[said("board.signs.n")] = places["n"].to_numpy()
    for level in LEVELS:
        for side in ("low", "high"):
            name = said(f"board.funnel.line{level}")
            out[said(f"board.table.{side}", name=name)] = places[f"{side}{level}"].to_numpy()
    out[said("board.funnel.where")] = [said(f"fair.funnel.{code}") for code in places["place"]]
    return out
