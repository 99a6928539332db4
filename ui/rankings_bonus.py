"""Bonuses and penalties in the league table: columns, what they moved, what they rest on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from metrics.bonus import FROM_ORDERS, Bonuses
from ui import tables
from ui.context import Context
from ui.panel import escape, panel
from ui.rankings import League
from ui.tables import Cell, Column
from words import format as fmt


def given(league: League) -> bool:
    """Whether any unit of the table has a bonus or a penalty."""
    return bool((league.ranked[["bonus", "penalty"]] != 0).any(axis=None))


def columns(ctx: Context) -> list[Column]:
    """The score before, bonus, penalty, and the rank before."""
    said = ctx.say
    return [
        Column("composite", said("board.bonus.composite"), said("board.bonus.composite_help"), 84),
        Column("bonus", said("board.bonus.bonus"), said("fair.bonus.bonus"), 60),
        Column("penalty", said("board.bonus.penalty"), said("fair.bonus.penalty"), 60),
        Column("rank_composite", said("board.bonus.rank_composite"), "", 92),
    ]


def notes(ctx: Context, league: League, found: Bonuses) -> list[str]:
    """What bonuses moved, what evidence does not count and why, and whose values they are."""
    if not ctx.scheme.adjustments:
        return []
    out = []
    if given(league):
        moved = int((league.ranked["rank"] != league.ranked["rank_composite"]).sum())
        out.append(ctx.say("board.bonus.moved", n=moved))
        if any(item.status == "example" for item in ctx.scheme.adjustments):
            out.append(ctx.say("board.bonus.example"))
    else:
        out.append(ctx.say("board.bonus.none"))
    lines = found.lines
    # A rule that is not in force is no fault of the evidence; a reached cap counts in part.
    gone = lines[lines["reason"].notna() & ~lines["reason"].isin(["not_in_force", "capped"])]
    if len(gone):
        counted = gone["reason"].value_counts()
        reasons = ctx.say("ui.list_semicolon").join(
            ctx.say("board.bonus.reason_count", reason=ctx.say(f"fair.bonus.reason.{code}"), n=n)
            for code, n in counted.items()
        )
        out.append(ctx.say("board.bonus.unused", n=len(gone), reasons=reasons))
    return out


def lines(ctx: Context, found: Bonuses, unit: str) -> None:
    """Every piece of evidence of one unit: what it asked for, what it counted, and why less."""
    mine = found.lines[found.lines["unit"] == unit]
    if mine.empty:
        return
    said = ctx.say
    shown = [
        Column("item", said("board.bonus.item"), "", 160, True, text=True),
        Column("evidence", said("board.bonus.evidence"), "", 320, text=True),
        Column("day", said("board.bonus.day"), "", 120, text=True),
        Column("asked", said("board.bonus.asked"), "", 80),
        Column("counted", said("board.bonus.counted"), "", 80),
        Column("why", said("board.bonus.why"), "", 260, text=True),
    ]
    title = said("board.bonus.lines")
    with panel(title, ctx.name(unit), key="bonus-lines"):
        tables.show(
            line_cells(ctx, mine), shown, key=f"bonus-{ctx.lang}", alt=title, empty="", most=300
        )
        st.caption(escape(said("board.bonus.example")))


def line_cells(ctx: Context, mine: pd.DataFrame) -> pd.DataFrame:
    """The lines in words."""
    names = {item.id: ctx.names_of(item.names) for item in ctx.scheme.adjustments}
    out = []
    for row in mine.to_dict("records"):
        evidence = row["evidence"] if isinstance(row["evidence"], str) else ""
        if evidence == FROM_ORDERS:
            key = "from_share" if "/" in str(row["note"]) else "from_orders"
            evidence = ctx.say(f"board.bonus.{key}", cases=row["note"])
        day = "" if pd.isna(row["day"]) else fmt.day(pd.Timestamp(row["day"]).date(), ctx.lang)
        why = (
            ctx.say(f"fair.bonus.reason.{row['reason']}") if isinstance(row["reason"], str) else ""
        )
        out.append(
            {
                "item": names.get(row["adjustment"], str(row["adjustment"])),
                "evidence": evidence, "day": day, "why": why,
                "asked": Cell(row["asked"], fmt.signed(row["asked"], ctx.lang, 2)),
                "counted": Cell(row["counted"], fmt.signed(row["counted"], ctx.lang, 2)),
            }
        )  # fmt: skip
    return pd.DataFrame(out, dtype="object")
