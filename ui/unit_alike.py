"""The peers most like a unit, and the integrity signals it shows."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from metrics.alike import most_alike
from metrics.conditions import EVERYTHING
from ui import integrity, integrity_reads, rankings, rankings_text, read, tables
from ui import view as views
from ui.context import Context
from ui.panel import download, no_data, panel
from ui.rankings import SCORE
from ui.tables import Cell, Column
from ui.unit_data import Profile
from words import format as fmt

SHOWN = 8


def alike(ctx: Context, mine: Profile) -> pd.DataFrame:
    """The most alike peers with their row of the league table: unit, alike, overlap, n_alike, ..."""
    where = replace(ctx.over(ctx.period), clock=ctx.scheme.clock, units=tuple(mine.peers))
    found = read.tally({"n": EVERYTHING}, where, ["unit", "category1"])
    found = found.rename(columns={"category1": "category"}).dropna(subset=["unit", "category"])
    like = most_alike(found, mine.unit, SHOWN).rename(columns={"n": "orders"})
    table = pd.concat([mine.league.ranked, mine.league.apart], ignore_index=True)
    return like.merge(table, on="unit", how="left")


def alike_panel(ctx: Context, mine: Profile) -> None:
    """The unit itself and the peers most like it, with score, rank and rates."""
    found = alike(ctx, mine)
    with panel(ctx.say("page.unit.alike.title"), ctx.say("page.unit.alike.note"), key="unit-alike"):
        if found.empty:
            no_data(ctx, "page.unit.alike.none")
            return
        have, _ = rankings.shown_indicators(ctx.scheme, mine.league.ranked)
        columns = [
            Column("unit", ctx.say("page.rankings.unit"), width=170, text=True),
            Column(
                "alike", ctx.say("page.unit.alike.alike"), ctx.say("page.unit.alike.alike_help")
            ),
            Column("orders", ctx.say("page.unit.alike.orders")),
            Column("rank", ctx.say("page.rankings.rank"), width=70),
            Column(SCORE, rankings_text.choice_name(ctx, SCORE), width=110),
            *(Column(i.id, ctx.names_of(i.names), width=110) for i in have),
        ]
        rows = []
        for row in found.to_dict("records"):
            cells = {
                "unit": ctx.name(row["unit"]),
                "alike": Cell(row["alike"], fmt.percent(row["alike"], ctx.lang, 0)),
                "orders": Cell(row["orders"], fmt.number(row["orders"], ctx.lang)),
            }
            for key in ("rank", SCORE, *(i.id for i in have)):
                value = row.get(key)
                if value is None or pd.isna(value):
                    cells[key] = None
                elif key == "rank":
                    cells[key] = Cell(value, fmt.number(value, ctx.lang))
                else:
                    cells[key] = Cell(value, rankings_text.value_text(ctx, key, float(value)))
            rows.append(cells)
        made = pd.DataFrame(rows, columns=[c.key for c in columns], dtype=object)
        tables.show(
            made, columns, key=f"unit-alike-{ctx.lang}", alt=ctx.say("page.unit.alike.title"),
            empty=ctx.say("page.rankings.none"), strong=(SCORE,),
        )  # fmt: skip
        download(ctx, lambda: tables.plain(made, columns, ctx), key="unit-alike")


def signals_panel(ctx: Context, unit: str) -> None:
    """The signals of the kept scan that this unit shows; a signal is a question, not a verdict."""
    span = integrity.span_of(ctx, integrity.USUAL)
    scan = integrity_reads.kept(span, ctx.scheme)
    note = ctx.say("page.unit.signals.note", span=integrity.span_words(ctx, span))
    with panel(ctx.say("page.unit.signals.title"), note, key="unit-signals"):
        if scan is None:
            st.text(ctx.say("page.unit.signals.no_scan"))
        else:
            parts = scan.findings["unit"].astype("str").str.split(integrity.PAIR)
            mine = scan.findings[[unit in names for names in parts]]
            flags = mine[mine["flagged"]]
            if flags.empty:
                st.text(ctx.say("page.unit.signals.nothing", n=len(mine)))
            for _, row in flags.iterrows():
                name = integrity.signal_name(ctx, str(row["signal"]))
                st.text(
                    f"{name}：{integrity.sentence(ctx, row)}"
                    if ctx.lang == "zh"
                    else f"{name}: {integrity.sentence(ctx, row)}"
                )
                st.caption(ctx.say(f"fair.signal.{row['signal']}.cannot"))
        if not ctx.view.present:
            st.page_link(
                "pages/integrity.py", label=ctx.say("page.unit.signals.to_page"),
                icon=":material/arrow_forward:", query_params=views.params(ctx.view),
            )  # fmt: skip
