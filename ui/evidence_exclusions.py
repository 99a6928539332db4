"""Exclusions: the score with and without them, each unit's rate against its peers, the register."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.registers import EXCLUSION
from data.scoring import Counted
from metrics.funnel import funnel
from metrics.rates import wilson
from metrics.score import lift
from ui import choice
from ui.charts import dots
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.rankings_table import NAME
from ui.rankings_text import group_name
from ui.register_list import section
from ui.tables import Cell, Column, show
from words import format as fmt

MOST = 18


def exclusions(ctx: Context, counts: Counted) -> None:
    """The whole part: lift table, rates against peers, register."""
    if ctx.scheme.excluded is None:
        no_data(ctx, "page.evidence.no_exclusions")
    elif counts.units.empty or not counts.units["all"].sum():
        no_data(ctx)
    else:
        table = against_peers(lift(ctx.scheme, counts.units))
        sizes = table[table["received"] > 0].groupby("group").size()
        groups = sizes.sort_values(ascending=False).index.tolist()
        group = choice.choose(
            ctx, "group", groups, groups[0], title=ctx.say("page.rankings.group"), bare=True,
            label=lambda code: group_name(ctx, code), kind="segments" if len(groups) <= 4 else "select",
        )  # fmt: skip
        mine = table[(table["group"] == group) & (table["received"] > 0)]
        left, right = st.columns([7, 5], gap="small")
        with left:
            _lift(ctx, mine, table, group)
        with right:
            _rates(ctx, mine, group)
    section(ctx, (EXCLUSION,))


def against_peers(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`metrics.score.lift` with each unit's exclusion rate: low, high (Wilson, 95 %),
    peers (pooled rate of the other units of its group), outside (0, 95 or 99.8: beyond the
    funnel of its group, over-dispersion allowed for)."""
    out = table.reset_index(drop=True)
    hits, n = out["excluded"].to_numpy(dtype=float), out["received"].to_numpy(dtype=float)
    out["low"], out["high"] = wilson(hits, n)
    sums = out.groupby("group")[["excluded", "received"]].transform("sum")
    others = sums["received"] - out["received"]
    out["peers"] = ((sums["excluded"] - out["excluded"]) / others).where(others > 0)
    out["outside"] = 0.0
    for _, rows in out.groupby("group").groups.items():
        _, stands = funnel(out.loc[rows, "unit"], hits[rows], n[rows], up=False)
        out.loc[rows, "outside"] = stands["outside"].to_numpy()
    return out


def _lift(ctx: Context, mine: pd.DataFrame, table: pd.DataFrame, group: str) -> None:
    known = mine["lift"].dropna()
    most = None
    if len(known) and known.abs().max() > 0:
        most = mine.loc[known.abs().sort_values(kind="stable").index[-1]]
    moved = int((mine["rank"] != mine["rank_before"]).fillna(False).sum())
    if most is None:
        title = ctx.say("page.evidence.lift_none", group=group_name(ctx, group))
    else:
        title = ctx.say(
            "page.evidence.lift_title", moved=moved, unit=ctx.name(most["unit"]),
            points=fmt.signed(float(most["lift"]), ctx.lang, 2),
        )  # fmt: skip
    note = ctx.say("page.evidence.lift_note", period=ctx.period_label())
    with panel(title, note, key="lift"):
        shown = _columns(ctx)
        far = mine["lift"].abs().sort_values(ascending=False, na_position="last", kind="stable")
        mine = mine.loc[far.index]
        show(
            _cells(ctx, mine), shown, key=f"lift-{group}-{ctx.lang}", alt=escape(title), empty="",
            most=440, strong=("score",),
        )  # fmt: skip
        download(ctx, lambda: _export(ctx, table), key="exclusions", notes=[note])


def _columns(ctx: Context) -> list[Column]:
    said = ctx.say
    return [
        Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column("score", said("page.evidence.applied"), said("page.evidence.applied_help"), 92),
        Column(
            "score_before", said("page.evidence.ignored"), said("page.evidence.ignored_help"), 92
        ),
        Column("lift", said("page.evidence.lift"), said("page.evidence.lift_help"), 80),
        Column("rank", said("page.evidence.rank_applied"), "", 84),
        Column("rank_before", said("page.evidence.rank_ignored"), "", 84),
        Column("excluded", said("page.rankings.excluded"), "", 70),
        Column("exclusion_rate", said("page.evidence.rate"), said("page.evidence.rate_help"), 170),
        Column("peers", said("page.evidence.peers"), said("page.evidence.peers_help"), 90),
    ]


def _cells(ctx: Context, table: pd.DataFrame) -> pd.DataFrame:
    rows = table.to_dict("records")
    return pd.DataFrame(
        {
            c.key: pd.Series([_cell(ctx, c.key, row) for row in rows], dtype="object")
            for c in _columns(ctx)
        }
    )


def _cell(ctx: Context, name: str, row: dict[Any, Any]) -> Any:
    value, above = row[name], _above(row)
    if name == "unit" or pd.isna(value):
        return ctx.name(value) if name == "unit" else None
    if name == "exclusion_rate":
        words = (
            f"{fmt.percent(value, ctx.lang)} ({fmt.interval(row['low'], row['high'], ctx.lang)})"
        )
        return Cell(value, ("▲ " if above else "") + words, ctx.colours.bad if above else "")
    if name in ("score", "score_before"):
        words = fmt.number(float(value), ctx.lang, 2)
    elif name == "lift":
        words = fmt.signed(float(value), ctx.lang, 2)
    elif name == "peers":
        words = fmt.percent(float(value), ctx.lang)
    else:
        words = fmt.number(int(value), ctx.lang)
    return Cell(value, words)


def _above(row: Any) -> bool:
    """Struck out more often than the peers by more than units differ anyway."""
    return bool(row["outside"] > 0 and row["exclusion_rate"] > row["peers"])


def _rates(ctx: Context, mine: pd.DataFrame, group: str) -> None:
    n, hits = int(mine["received"].sum()), int(mine["excluded"].sum())
    above = int(sum(_above(row) for row in mine.to_dict("records")))
    title = ctx.say(
        "page.evidence.rates_title", above=above, n=len(mine), group=group_name(ctx, group)
    )
    note = ctx.say(
        "page.evidence.rates_note", rate=fmt.percent(hits / n if n else None, ctx.lang),
        hits=fmt.number(hits, ctx.lang), n=fmt.number(n, ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="rates"):
        shown = mine.sort_values(
            ["outside", "exclusion_rate"], ascending=False, kind="stable"
        ).head(MOST)
        rows = shown.to_dict("records")
        colour = [ctx.colours.bad if _above(row) else ctx.colours.neutral for row in rows]
        made = dots(
            [("▲ " if _above(row) else "") + ctx.name(row["unit"]) for row in rows],
            shown["exclusion_rate"].tolist(), shown["low"].tolist(), shown["high"].tolist(),
            ctx.colours, text=[_dot(ctx, row) for row in rows], colour=colour,
            reference=hits / n if n else None,
        )  # fmt: skip
        made.update_traces(hovertemplate="%{customdata}<extra></extra>")
        chart(made, key="rates-chart", alt=title, height=max(280, 22 * len(rows) + 60))
        lines = [ctx.say("page.evidence.rates_line")]
        if len(mine) > len(shown):
            lines.append(ctx.say("page.evidence.points_cut", shown=len(shown), n=len(mine)))
        st.caption(escape(" ".join(lines) if ctx.lang == "en" else "".join(lines)))


def _dot(ctx: Context, row: dict[Any, Any]) -> str:
    return ctx.say(
        "page.evidence.rate_dot", unit=ctx.name(row["unit"]),
        rate=fmt.percent(row["exclusion_rate"], ctx.lang),
        interval=fmt.interval(row["low"], row["high"], ctx.lang),
        hits=fmt.number(int(row["excluded"]), ctx.lang), n=fmt.number(int(row["received"]), ctx.lang),
    )  # fmt: skip


def _export(ctx: Context, table: pd.DataFrame) -> pd.DataFrame:
    out: dict[str, Any] = {
        ctx.say("page.rankings.group"): [group_name(ctx, g) for g in table["group"]]
    }
    for column in _columns(ctx):
        values = table[column.key]
        out[column.label] = (
            [ctx.name(u) for u in values] if column.key == "unit" else values.tolist()
        )
        if column.key == "exclusion_rate":
            for part in ("low", "high"):
                out[ctx.say(f"page.rankings.{part}", name=column.label)] = table[part].tolist()
    out[ctx.say("page.evidence.apart")] = np.where(
        table["outside"] > 0, table["outside"], 0
    ).tolist()
    return pd.DataFrame(out)
