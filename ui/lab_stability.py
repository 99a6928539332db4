"""How much ranks hang on the weights: one weight at a time, and a thousand weightings at once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.scheme_versions import Version
from metrics.lab import SHIFT, WEIGHTINGS, Side, sensitivity, stability
from metrics.linear import decompose
from ui import choice, tables
from ui import lab_figures as figures
from ui import lab_state as state
from ui import lab_table as tabled
from ui import rankings_text as text
from ui.context import Context
from ui.lab_data import under
from ui.lab_diff import lines
from ui.lab_try import said_so
from ui.panel import chart, download, escape, panel
from ui.tables import Cell, Column
from words import format as fmt

NEAR = 50.0
"""How close to the scheme's own weights “near” draws: a weight of 50 % varies by 7 points."""
SURE = 0.95
MOST = 30


def show(ctx: Context, base: Version, side: Side, group: str) -> None:
    """Sensitivity and stability of one group, of a version with its knobs turned."""
    said_so(ctx, base, lines(ctx, state.scheme_of(base), side.scheme))
    linear = decompose(side.scheme, _of_group(side, group))
    if len(linear.scheme.composite) < 2 or not (linear.table["rank"].notna()).any():
        st.info(ctx.say("page.lab.one_weight"), icon=":material/balance:")
        return
    how = choice.choose(
        ctx, "weights", ["any", "near"], "any", title=ctx.say("page.lab.weightings"),
        label=lambda code: ctx.say(f"page.lab.weightings_of.{code}"), kind="segments",
        help=ctx.say("page.lab.weightings_help"),
    )  # fmt: skip
    found = stability(linear, closeness=None if how == "any" else NEAR)
    found = found[found["rank"].notna()].sort_values(["rank", "unit"], ignore_index=True)
    moves = sensitivity(linear)
    note = ctx.say(
        "page.lab.stable_note", group=text.group_name(under(ctx, side.scheme), group), n=len(found),
        period=ctx.period_label(), draws=fmt.number(WEIGHTINGS, ctx.lang),
        how=ctx.say(f"page.lab.weightings_of.{how}"),
    )  # fmt: skip
    left, right = st.columns([5, 7], gap="small")
    with left:
        _sensitive(ctx, side, moves, len(found), group)
        _intervals(ctx, found, note)
    with right:
        _table(ctx, found, note, group, how)


def _of_group(side: Side, group: str) -> pd.DataFrame:
    """The counts of one group's units: other groups' ranks are no concern here."""
    groups = side.applied.set_index("unit")["group"]
    return side.counts[side.counts["unit"].map(groups) == group].reset_index(drop=True)


# -- one weight at a time -------------------------------------------------------------
def _sensitive(ctx: Context, side: Side, moves: pd.DataFrame, count: int, group: str) -> None:
    by = {
        name: mine.set_index("direction") for name, mine in moves.groupby("indicator", sort=False)
    }
    names = {str(name): ctx.names_of(side.scheme.indicator(str(name)).names) for name in by}
    worst = max(by, key=lambda name: by[name]["moved"].max())
    title = ctx.say(
        "page.lab.sensitive_title",
        name=names[str(worst)],
        n=int(by[worst]["moved"].max()),
        of=count,
    )
    note = ctx.say("page.lab.sensitive_note", shift=fmt.percent(SHIFT, ctx.lang, 0))

    def column(direction: int, what: str) -> list[Any]:
        return [mine[what].get(direction, 0) for mine in by.values()]

    def said(direction: int) -> list[str]:
        return [
            _hover(ctx, names[str(name)], dict(mine.loc[direction]))
            if direction in mine.index
            else ""
            for name, mine in by.items()
        ]

    with panel(title, note, key="lab-sensitive"):
        made = figures.pairs(
            list(names.values()), column(-1, "moved"), column(1, "moved"), ctx.colours,
            label_less=ctx.say("page.lab.less_weight"), label_more=ctx.say("page.lab.more_weight"),
            text=(said(-1), said(1)), axis=ctx.say("page.lab.units_moved"),
        )  # fmt: skip
        chart(made, key="lab-sensitive-chart", alt=title, height=64 * len(names) + 90)
        download(
            ctx, lambda: _plain_moves(ctx, moves, names), key=f"lab-weights-{group}", notes=[note]
        )


def _hover(ctx: Context, name: str, row: dict[Any, Any]) -> str:
    unit = row["unit"]
    return ctx.say(
        "page.lab.sensitive_hover", name=name,
        old=fmt.percent(row["weight_old"], ctx.lang), new=fmt.percent(row["weight_new"], ctx.lang),
        n=int(row["moved"]), most=int(row["largest_move"]),
        unit=ctx.name(unit) if isinstance(unit, str) else "–",
    )  # fmt: skip


def _plain_moves(ctx: Context, moves: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    out = moves.assign(
        indicator=moves["indicator"].map(names),
        unit=[ctx.name(u) if isinstance(u, str) else "" for u in moves["unit"]],
    ).drop(columns="direction")
    return out.rename(columns={name: ctx.say(f"page.lab.column.{name}") for name in out})


# -- a thousand weightings ----------------------------------------------------------------
def _intervals(ctx: Context, found: pd.DataFrame, note: str) -> None:
    tenth = found["top_tenth"] >= SURE
    title = ctx.say(
        "page.lab.stable_title",
        width=fmt.number(float((found["rank_high"] - found["rank_low"]).median()), ctx.lang),
        sure=int(tenth.sum()),
    )
    with panel(title, note, key="lab-stable"):
        half = MOST // 2
        picked = found if len(found) <= MOST else pd.concat([found[:half], found[-half:]])
        rows = [
            (
                tabled.unit_name(ctx, row["unit"]), float(row["rank"]), float(row["rank_low"]),
                float(row["rank_high"]), _stable_hover(ctx, row),
            )
            for _, row in picked.iterrows()
        ]  # fmt: skip
        made = figures.intervals(rows, ctx.colours, rank=ctx.say("page.lab.rank_axis"))
        chart(made, key="lab-stable-chart", alt=title, height=max(240, 20 * len(rows) + 70))
        told = [ctx.say("page.lab.stable_marks")]
        if len(picked) < len(found):
            told.append(ctx.say("page.lab.stable_cut", shown=len(picked), count=len(found)))
        st.caption("  \n".join(escape(line) for line in told))


def _stable_hover(ctx: Context, row: pd.Series) -> str:
    return ctx.say(
        "page.lab.stable_hover", unit=ctx.name(row["unit"]), rank=int(row["rank"]),
        low=int(row["rank_low"]), high=int(row["rank_high"]),
        best=int(row["best"]), worst=int(row["worst"]),
    )  # fmt: skip


def _table(ctx: Context, found: pd.DataFrame, note: str, group: str, how: str) -> None:
    said = ctx.say
    shown = [
        Column("unit", said("page.rankings.unit"), "", tabled.NAME[ctx.lang], True, text=True),
        Column("rank", said("page.rankings.rank"), said("page.lab.stable_rank_help"), 64),
        Column("range", said("page.lab.column.range"), said("page.lab.stable_range_help"), 110),
        Column("extremes", said("page.lab.column.extremes"), "", 120),
        Column("top_tenth", said("page.lab.column.top_tenth"), said("page.lab.tenth_help"), 110),
        Column(
            "bottom_tenth", said("page.lab.column.bottom_tenth"), said("page.lab.tenth_help"), 110
        ),
    ]
    told = [said("page.lab.stable_says"), said("page.lab.stable_says_not")]
    with panel(said("page.lab.stable_table", n=len(found)), note, key="lab-stable-table"):
        tables.show(
            _cells(ctx, found), shown, key=f"lab-stable-{group}-{how}-{ctx.lang}",
            alt=said("page.lab.stable_table", n=len(found)), empty="–", most=960,
        )  # fmt: skip
        st.caption("  \n".join(escape(line) for line in told))
        download(ctx, lambda: _plain(ctx, found), key=f"lab-stability-{group}", notes=[note, *told])


def _cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    def span(low: Any, high: Any) -> Cell:
        return Cell(float(high) - float(low), f"{int(low)}–{int(high)}")

    rows = found.to_dict("records")
    made = {
        "unit": [tabled.unit_name(ctx, row["unit"]) for row in rows],
        "rank": [Cell(row["rank"], fmt.number(int(row["rank"]), ctx.lang)) for row in rows],
        "range": [span(row["rank_low"], row["rank_high"]) for row in rows],
        "extremes": [span(row["best"], row["worst"]) for row in rows],
        **{
            name: [Cell(row[name], fmt.percent(row[name], ctx.lang, 0)) for row in rows]
            for name in ("top_tenth", "bottom_tenth")
        },
    }
    return pd.DataFrame({k: pd.Series(v, dtype="object") for k, v in made.items()})


def _plain(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    out = found.assign(unit=[ctx.name(u) for u in found["unit"]]).drop(columns="group")
    return out.rename(columns={name: ctx.say(f"page.lab.column.{name}") for name in out})
