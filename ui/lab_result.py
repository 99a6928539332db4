"""What a trial or a comparison changes: four numbers, the units that move most, all units."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from metrics.lab import Agreement, WhatIf, agreement
from ui import lab_figures as figures
from ui import lab_table as tabled
from ui import rankings_text as text
from ui.context import Context
from ui.lab_data import under
from ui.lab_table import Pair
from ui.panel import chart, download, escape, panel
from words import format as fmt

MOST = 20
"""How many units the chart of moves draws."""
NAMED = 3


def result(
    ctx: Context, pair: Pair, found: WhatIf, group: str, *, key: str, notes: Sequence[str] = ()
) -> None:
    """Numbers, chart and table of one group. ``notes``: what else must be known to read them."""
    table = tabled.ranked(found.table, group)
    how = agreement(table)
    _numbers(ctx, pair, table, how)
    note = ctx.say(
        "page.lab.table_note", group=text.group_name(under(ctx, pair.old.scheme), group), n=how.both,
        period=ctx.period_label(), old=pair.old_name, new=pair.new_name,
    )  # fmt: skip
    lines = [*notes, *_notes(ctx, pair, found, table)]
    left, right = st.columns([5, 7], gap="small")
    with left, panel(headline(ctx, table), note, key=f"{key}-moves"):
        _chart(ctx, pair, table, key)
    with right, panel(ctx.say("page.lab.table_title", n=len(table)), note, key=f"{key}-table"):
        tabled.show(
            ctx, pair, table, key=f"{key}-{group}-{ctx.lang}", most=420 if ctx.view.present else 560
        )
        st.caption("  \n".join(escape(line) for line in lines))
        download(
            ctx, lambda: tabled.export(ctx, pair, table), key=f"{key}-{group}", notes=[note, *lines]
        )


def headline(ctx: Context, table: pd.DataFrame) -> str:
    """Who moves most, in one sentence."""
    move = table["rank_change"].dropna().astype(int)
    if move.empty:
        return ctx.say("page.lab.nobody")
    count = int((move != 0).sum())
    if not count:
        return ctx.say("page.lab.no_move")
    up, down = move[move > 0], move[move < 0]
    said = ctx.say("page.lab.moved", n=count, of=len(move))
    parts = []
    for code, mine in (("up", up), ("down", down)):
        if len(mine):
            most = int(mine.abs().max())
            who = table.loc[mine.index[mine.abs() == most], "unit"].tolist()
            parts.append(ctx.say(f"page.lab.most_{code}", unit=_few(ctx, who), n=most))
    return (" " if ctx.lang == "en" else "").join([said, *parts])


def _few(ctx: Context, units: list[str]) -> str:
    named = ctx.say("ui.list_comma").join(ctx.name(unit) for unit in units[:NAMED])
    more = len(units) - NAMED
    return named if more <= 0 else ctx.say("page.rankings.and_others", names=named, n=more)


def _numbers(ctx: Context, pair: Pair, table: pd.DataFrame, how: Agreement) -> None:
    move = table["rank_change"].dropna().abs()
    banded = bool(pair.old.scheme.bands and pair.new.scheme.bands)
    rebanded = int(table["band_changed"].sum())
    items = [
        (
            "moved",
            fmt.number(int((move > 0).sum()), ctx.lang),
            ctx.say("page.lab.of_units", n=how.both),
        ),
        ("mean_move", fmt.number(how.mean_move, ctx.lang, 1), _largest(ctx, move)),
        (
            "rebanded",
            fmt.number(rebanded, ctx.lang) if banded else "–",
            ctx.say("page.lab.band_count", n=len(pair.new.scheme.bands))
            if banded
            else ctx.say(
                "page.lab.no_bands" if not pair.old.scheme.bands else "page.lab.bands_one_side"
            ),
        ),
        (
            "spearman",
            "–" if how.spearman is None else fmt.number(how.spearman, ctx.lang, 3),
            ctx.say("page.lab.spearman_note"),
        ),
    ]
    with st.grid(4, min_column_width=160, gap="small"):
        for code, value, small in items:
            with st.container(border=True, key=f"panel-lab-number-{code}"):
                st.metric(
                    ctx.say(f"page.lab.number.{code}"),
                    value,
                    help=ctx.say(f"page.lab.number_help.{code}"),
                )
                st.caption(escape(small))


def _largest(ctx: Context, move: pd.Series) -> str:
    return ctx.say("page.lab.largest", n=int(move.max())) if len(move) else "–"


def _chart(ctx: Context, pair: Pair, table: pd.DataFrame, key: str) -> None:
    known = table[table["rank_change"].fillna(0) != 0]
    if known.empty:
        st.info(ctx.say("page.lab.no_move"), icon=":material/drag_handle:")
        return
    size = known["rank_change"].abs()
    picked = known.loc[size.sort_values(ascending=False, kind="stable").index[:MOST]]
    picked = picked.sort_values("rank_change", ascending=False, kind="stable")
    found = [
        figures.Move(
            tabled.unit_name(ctx, row["unit"]), int(row["rank_old"]), int(row["rank_new"]),
            ctx.say(
                "page.lab.move_hover", unit=ctx.name(row["unit"]),
                old=int(row["rank_old"]), new=int(row["rank_new"]),
                score_old=fmt.number(row["score_old"], ctx.lang, 2),
                score_new=fmt.number(row["score_new"], ctx.lang, 2),
            ),
        )
        for _, row in picked.iterrows()
    ]  # fmt: skip
    made = figures.moves(
        found, ctx.colours, old=pair.old_name, new=pair.new_name, rank=ctx.say("page.lab.rank_axis")
    )
    chart(
        made,
        key=f"{key}-moves-chart",
        alt=headline(ctx, table),
        height=max(240, 24 * len(found) + 90),
    )
    if len(known) > len(found):
        st.caption(ctx.say("page.lab.cut", shown=len(found), count=len(known)))


def _notes(ctx: Context, pair: Pair, found: WhatIf, table: pd.DataFrame) -> list[str]:
    out = [ctx.say("page.lab.note.chance")]
    small = int((table["small_old"].fillna(False) | table["small_new"].fillna(False)).sum())
    if small:
        out.append(
            ctx.say(
                "page.lab.note.small",
                count=small,
                old=pair.old.scheme.minimum_n,
                new=pair.new.scheme.minimum_n,
            )
        )
    for side, name in ((pair.old, pair.old_name), (pair.new, pair.new_name)):
        # Asked of the score table first: it is at hand, and mostly everything is measured.
        sizes = [side.applied[f"{item.id}.n"] for item in side.scheme.composed]
        if all(bool((size > 0).any()) for size in sizes):
            continue
        shared = text.shared_weights(ctx, side.scheme, side.counts)
        if shared:
            out.append(ctx.say("page.lab.note.of", name=name, said=shared))
    if found.regrouped:
        out.append(ctx.say("page.lab.note.regrouped", name=pair.old_name))
    if ctx.view.units:
        out.append(ctx.say("page.rankings.note.units_marked"))
    return out
