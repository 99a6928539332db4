"""Bonuses and penalties by unit: how many points, by which evidence, and what they move."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.registers import ACTION, EVIDENCE
from data.scoring import Counted
from metrics.bonus import Bonuses, bonuses, score_with
from ui import choice, read
from ui import register_text as text
from ui.charts import stacked
from ui.context import Context
from ui.evidence_lines import lines, rules
from ui.panel import chart, download, escape, no_data, panel
from ui.rankings_table import NAME
from ui.rankings_text import group_name
from ui.register_list import section
from ui.tables import Cell, Column, show
from words import format as fmt

MOST = 18
UNIT = "unit"


def points(ctx: Context, counts: Counted) -> None:
    """The whole part: picture, table, rules, lines, registers."""
    if not ctx.scheme.adjustments:
        no_data(ctx, "page.evidence.no_adjustments")
    elif counts.units.empty:
        no_data(ctx)
    else:
        found = bonuses(ctx.scheme, counts.units, read.evidence(ctx.scheme, ctx.period), ctx.period)
        table = score_with(ctx.scheme, counts.units, found)
        left, right = st.columns([5, 7], gap="small")
        with left:
            _picture(ctx, found)
        with right:
            chosen = _table(ctx, table)
        left, right = st.columns([5, 7], gap="small")
        with left:
            rules(ctx, found)
        with right:
            lines(ctx, found, chosen)
    section(ctx, (ACTION, EVIDENCE))


# -- the picture -----------------------------------------------------------------
def _picture(ctx: Context, found: Bonuses) -> None:
    totals = found.totals[(found.totals["bonus"] != 0) | (found.totals["penalty"] != 0)]
    up, down = int((totals["bonus"] > 0).sum()), int((totals["penalty"] < 0).sum())
    title = ctx.say("page.evidence.points_title", up=up, down=down)
    with panel(
        title, ctx.say("page.evidence.points_note", period=ctx.period_label()), key="points"
    ):
        if totals.empty:
            st.caption(ctx.say("page.evidence.points_none"))
            return
        order = (totals["bonus"] - totals["penalty"]).sort_values(ascending=False, kind="stable")
        units = totals.loc[order.index, "unit"].tolist()[:MOST]
        counted = found.lines[found.lines["counted"] != 0]
        by = counted.pivot_table(
            index="unit", columns="adjustment", values="counted", aggfunc="sum"
        )
        by = by.reindex(units).fillna(0.0)
        parts = [
            (text.adjustment_name(ctx, item.id), by[item.id].tolist())
            for item in ctx.scheme.adjustments
            if item.id in by and bool(by[item.id].ne(0).any())
        ]
        made = stacked([ctx.name(unit) for unit in units], parts, ctx.colours)
        made.update_traces(hovertemplate="%{y} · %{fullData.name} %{x:+.2f}<extra></extra>")
        chart(made, key="points-chart", alt=title, height=max(280, 24 * len(units) + 90))
        if len(totals) > len(units):
            st.caption(ctx.say("page.evidence.points_cut", shown=len(units), n=len(totals)))


# -- with and without --------------------------------------------------------------
def _table(ctx: Context, table: pd.DataFrame) -> str | None:
    ranked = table[table["ranked"]]
    groups = ranked.groupby("group").size().sort_values(ascending=False).index.tolist()
    title, note = _moved(ctx, ranked), ctx.say("page.evidence.with_note", period=ctx.period_label())
    with panel(title, note, key="with"):
        if not groups:
            no_data(ctx)
            return None
        group = choice.choose(
            ctx, "group", groups, groups[0], title=ctx.say("page.rankings.group"), bare=True,
            label=lambda code: group_name(ctx, code), kind="segments" if len(groups) <= 4 else "select",
        )  # fmt: skip
        mine = ranked[ranked["group"] == group].reset_index(drop=True)
        units = mine["unit"].tolist()
        wanted = st.query_params.get(UNIT)

        def choose(row: int | None) -> None:
            choice.keep(UNIT, None if row is None else units[row])

        shown = _columns(ctx)
        cells = _cells(ctx, mine)
        show(
            cells, shown, key=f"with-{group}-{ctx.lang}", alt=escape(title), empty="", most=420,
            strong=("score",), selected=units.index(wanted) if wanted in units else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: _export(ctx, ranked), key="bonuses", notes=[note])
    return wanted if wanted in set(table["unit"]) else None


def _moved(ctx: Context, ranked: pd.DataFrame) -> str:
    shift = (ranked["rank_composite"] - ranked["rank"]).astype("float64")
    moved = int((shift.fillna(0) != 0).sum())
    if not moved:
        return ctx.say("page.evidence.moved_none", n=len(ranked))
    row = ranked.loc[shift.abs().sort_values(kind="stable").index[-1]]
    code = "up" if row["rank"] < row["rank_composite"] else "down"
    return ctx.say(
        f"page.evidence.moved_{code}", n=moved, unit=ctx.name(row["unit"]),
        before=int(row["rank_composite"]), after=int(row["rank"]),
    )  # fmt: skip


def _columns(ctx: Context) -> list[Column]:
    said = ctx.say
    return [
        Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column("composite", said("page.evidence.without"), said("page.evidence.without_help"), 96),
        Column("bonus", said("fair.bonus.bonus"), "", 70),
        Column("penalty", said("fair.bonus.penalty"), "", 70),
        Column("score", said("page.evidence.with"), said("page.evidence.with_help"), 96),
        Column("rank_composite", said("page.evidence.rank_without"), "", 84),
        Column("rank", said("page.evidence.rank_with"), "", 84),
        Column("shift", said("page.evidence.shift"), "", 70),
        Column("n", said("page.rankings.n"), said("page.rankings.n_help"), 100),
    ]


def _cells(ctx: Context, table: pd.DataFrame) -> pd.DataFrame:
    def cell(name: str, value: Any) -> Any:
        if pd.isna(value):
            return None
        if name in ("bonus", "penalty"):
            return Cell(value, fmt.signed(value, ctx.lang, 2) if value else "–")
        if name in ("composite", "score"):
            return Cell(value, fmt.number(value, ctx.lang, 2))
        return Cell(value, fmt.number(value, ctx.lang))

    out: dict[str, Any] = {"unit": [ctx.name(u) for u in table["unit"]]}
    for name in ("composite", "bonus", "penalty", "score", "rank_composite", "rank"):
        out[name] = pd.Series([cell(name, v) for v in table[name]], dtype="object")
    shift = (table["rank_composite"] - table["rank"]).astype("float64")
    out["n"] = pd.Series(
        [_size(ctx, n, small) for n, small in zip(table["n"], table["small"], strict=True)],
        dtype="object",
    )
    out["shift"] = pd.Series([_shift(ctx, v) for v in shift], dtype="object")
    return pd.DataFrame(out)


def _size(ctx: Context, n: int, small: bool) -> Cell:
    words = fmt.number(int(n), ctx.lang)
    if small:
        return Cell(n, ctx.say("page.rankings.small", n=words), ctx.colours.muted)
    return Cell(n, words)


def _shift(ctx: Context, value: float) -> Any:
    if pd.isna(value):
        return None
    if value == 0:
        return Cell(0, ctx.say("page.rankings.same"), ctx.colours.muted)
    arrow, colour = ("▲", ctx.colours.good) if value > 0 else ("▼", ctx.colours.bad)
    return Cell(value, f"{arrow} {abs(int(value))}", colour)


def _export(ctx: Context, table: pd.DataFrame) -> pd.DataFrame:
    out = {ctx.say("page.rankings.group"): [group_name(ctx, g) for g in table["group"]]}
    for column in (c for c in _columns(ctx) if c.key != "shift"):
        values = table[column.key]
        out[column.label] = (
            [ctx.name(u) for u in values] if column.key == "unit" else values.tolist()
        )
    return pd.DataFrame(out)
