"""Around the scores: silent areas (and, from ui.integrity_load, powers and staff)."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from metrics.conditions import EVERYTHING
from metrics.selection import Selection
from metrics.surroundings import FEWEST, SILENT, silent_areas
from ui import read, tables
from ui.cells import cell, framed, real
from ui.context import Context
from ui.integrity import span_words
from ui.integrity_load import load, mismatch
from ui.panel import chart, download, escape, panel
from ui.tables import Cell, Column
from ui.theme import fade, figure
from words import format as fmt

LOCAL = ("street", "district")
MOST = 15


def around(ctx: Context, span: Selection) -> None:
    """The three panels, each with its table and download."""
    silent(ctx, span)
    mismatch(ctx, span)
    load(ctx, span)


# -- silent areas ------------------------------------------------------------------
def areas_counted(span: Selection) -> tuple[pd.DataFrame, str]:
    """Areas of the finest level that has enough populations, with their orders: area, n,
    population, group; and the level (empty: no populations anywhere)."""
    areas = read.areas()
    for level in LOCAL:
        mine = areas[areas["level"] == level].drop_duplicates("area")
        if mine["population"].notna().sum() < FEWEST:
            continue
        found = read.tally({"n": EVERYTHING}, span, (level,)).set_index(level)["n"]
        out = mine[["area", "population"]].reset_index(drop=True)
        out["n"] = out["area"].map(found).fillna(0).astype("int64")
        out["population"] = pd.to_numeric(out["population"]).astype(float)
        kinds = read.units().drop_duplicates("unit").set_index("unit")["peer_group"]
        out["group"] = out["area"].map(kinds).astype("object").fillna("")
        return out, level
    return pd.DataFrame(columns=["area", "n", "population", "group"]), ""


def silent(ctx: Context, span: Selection) -> None:
    """Areas with far fewer orders than places like them."""
    areas, level = areas_counted(span)
    if not level:
        with panel(ctx.say("fair.silent.name"), key="silent"):
            st.info(ctx.say("page.integrity.around.no_population"), icon=":material/hide_source:")
        return
    if not areas["n"].sum():
        with panel(ctx.say("fair.silent.name"), key="silent"):
            st.info(ctx.say("page.integrity.around.no_areas"), icon=":material/hide_source:")
        return
    found = silent_areas(areas).sort_values("ratio", kind="stable", ignore_index=True)
    marked = found[found["silent"]]
    key = "silent_some" if len(marked) else "silent_none"
    title = ctx.say(
        f"page.integrity.around.{key}", n=len(marked), of=int(found["p"].notna().sum()),
        ratio=fmt.percent(SILENT, ctx.lang, 0),
        names=ctx.say("ui.list_comma").join(ctx.name(a) for a in marked["area"].head(3)),
    )  # fmt: skip
    with panel(title, f"{ctx.say('fair.silent.help')} {span_words(ctx, span)}", key="silent"):
        left, right = st.columns([5, 5], gap="small")
        with left:
            chart(_expected(ctx, found), key="silent-chart", alt=title, height=360)
        with right:
            _silent_table(ctx, found)
        st.caption(escape(ctx.say("page.integrity.around.silent_cannot")))
        download(ctx, lambda: _silent_export(ctx, found), key="silent-areas")


def _expected(ctx: Context, found: pd.DataFrame) -> go.Figure:
    colours = ctx.colours
    known = found[found["expected"].notna()]
    made = figure(hovermode="closest")
    for flag, colour, name in (
        (False, fade(colours.neutral, 0.6), "plain"), (True, colours.bad, "silent"),
    ):  # fmt: skip
        part = known[known["silent"] == flag]
        if part.empty:
            continue
        text = [
            ctx.say(
                "page.integrity.around.point", area=ctx.name(area), n=fmt.number(n, ctx.lang),
                expected=fmt.number(expected, ctx.lang),
            )
            for area, n, expected in part[["area", "n", "expected"]].to_numpy().tolist()
        ]  # fmt: skip
        made.add_trace(
            go.Scatter(
                x=part["expected"].tolist(), y=part["n"].tolist(), mode="markers",
                name=ctx.say(f"page.integrity.around.legend.{name}"), customdata=text,
                marker={"size": 9 if flag else 7, "color": colour},
                hovertemplate="%{customdata}<extra></extra>",
            )
        )  # fmt: skip
    top = float(known["expected"].max())
    lines = ((1.0, "dash", "usual"), (SILENT, "dot", "edge"))
    for slope, dash, name in lines:
        made.add_trace(
            go.Scatter(
                x=[0, top], y=[0, top * slope], mode="lines", hoverinfo="skip",
                name=ctx.say(f"page.integrity.around.legend.{name}"),
                line={"color": colours.muted, "dash": dash, "width": 1.5},
            )
        )  # fmt: skip
    made.update_xaxes(
        title={"text": ctx.say("page.integrity.around.axis_expected"), "font": {"size": 13}},
        tickformat=",",
        showgrid=True,
    )
    made.update_yaxes(
        title={"text": ctx.say("page.integrity.around.axis_n"), "font": {"size": 13}},
        tickformat=",",
        rangemode="tozero",
    )
    return made


def _silent_table(ctx: Context, found: pd.DataFrame) -> None:
    rows = found.head(MOST)
    shown = framed(
        {
            "area": [ctx.name(a) for a in rows["area"]],
            "n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in rows["n"]],
            "expected": [cell(v, fmt.number(real(v), ctx.lang)) for v in rows["expected"]],
            "ratio": [
                cell(v, fmt.percent(real(v), ctx.lang, 0), ctx.colours.bad if s else "")
                for v, s in zip(rows["ratio"], rows["silent"], strict=True)
            ],
            "per_10000": [cell(v, fmt.number(real(v), ctx.lang, 1)) for v in rows["per_10000"]],
            "q": [cell(v, fmt.number(real(v), ctx.lang, 3)) for v in rows["q"]],
            "why": [
                ctx.say(f"fair.silent.{r}") if isinstance(r, str) else "" for r in rows["reason"]
            ],
        }
    )  # fmt: skip
    label = {name: ctx.say(f"page.integrity.around.column.{name}") for name in shown}
    columns = [
        Column("area", label["area"], "", 150, True, text=True),
        Column("ratio", label["ratio"], "", 90),
        Column("n", label["n"], "", 80),
        Column("expected", label["expected"], "", 90),
        Column("per_10000", label["per_10000"], "", 110),
        Column("q", label["q"], "", 80),
    ]
    if (shown["why"] != "").any():
        columns.append(Column("why", label["why"], "", 200, text=True))
    tables.show(
        shown, columns, key=f"silent-table-{ctx.lang}", empty="–", most=360,
        alt=ctx.say("fair.silent.name"),
    )  # fmt: skip


def _silent_export(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    wanted = ["area", "n", "population", "expected", "ratio", "per_10000", "p", "q", "silent"]
    return found[wanted].rename(
        columns={c: ctx.say(f"page.integrity.around.column.{c}") for c in wanted}
    )
