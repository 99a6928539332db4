"""Units under two schemes as a table: both ranks and scores, bands, and who is ranked in one only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metrics.lab import Side, WhatIf
from metrics.scheme_model import Scheme
from ui import tables
from ui.context import Context
from ui.panel import panel
from ui.tables import Cell, Column
from words import format as fmt

NAME = {"zh": 130, "en": 170}
SIDES = ("old", "new")


@dataclass(frozen=True)
class Pair:
    """Two schemes and what they are called in a heading (“现行”, “试算”; “A”, “B”)."""

    old: Side
    new: Side
    old_name: str
    new_name: str


def columns(ctx: Context, pair: Pair, table: pd.DataFrame) -> list[Column]:
    """The columns in their order; bonuses and bands only where there are any.

    Both ranks stand in one cell, and both scores: on a phone they are seen together.
    """
    said = ctx.say
    both = said("page.lab.both", old=pair.old_name, new=pair.new_name)
    out = [
        Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column("rank", said("page.rankings.rank"), both, 92),
        Column("rank_change", said("page.rankings.change"), said("page.lab.change_help"), 62),
        Column("score", said("page.rankings.score"), both, 128),
        Column("score_change", said("page.lab.score_change"), "", 84),
    ]
    if max(table[f"adjustments_{side}"].fillna(0).abs().max() for side in SIDES) > 0:
        out.append(Column("adjustments", said("page.rankings.adjustments"), both, 110))
    if any((table[f"bands_{side}"] != "").any() for side in SIDES):
        help_ = said("page.lab.bands_help")
        out.append(Column("bands", said("page.lab.bands"), help_, 190, text=True))
    return [*out, Column("received", said("page.rankings.received"), "", 64)]


def cells(ctx: Context, pair: Pair, table: pd.DataFrame, shown: list[Column]) -> pd.DataFrame:
    """The table with every number as a cell that reads in the reader's language."""
    names = {
        side: {band.id: ctx.names_of(band.names) for band in which.scheme.bands}
        for side, which in zip(SIDES, (pair.old, pair.new), strict=True)
    }
    out: dict[str, Any] = {}
    for column in shown:
        key = column.key
        if key == "unit":
            values: list[Any] = [unit_name(ctx, unit) for unit in table["unit"]]
        elif key == "bands":
            both = zip(table["bands_old"], table["bands_new"], strict=True)
            values = [_bands(ctx, names, old, new) for old, new in both]
        elif key in ("rank", "score", "adjustments"):
            both = zip(*(table[f"{key}_{side}"].astype(float) for side in SIDES), strict=True)
            values = [_both(ctx, key, old, new) for old, new in both]
        else:
            numbers = table[key].astype(float)
            values = [None if math.isnan(v) else _cell(ctx, key, v) for v in numbers]
        out[key] = pd.Series(values, index=table.index, dtype="object")
    return pd.DataFrame(out, index=table.index)


def _both(ctx: Context, key: str, old: float, new: float) -> Cell | None:
    """“12 → 8”, sorted by the new number; where there is none on a side, a dash."""
    if math.isnan(old) and math.isnan(new):
        return None
    digits = 0 if key == "rank" else 2
    said = ["–" if math.isnan(v) else fmt.number(v, ctx.lang, digits) for v in (old, new)]
    text = said[0] if key == "adjustments" and said[0] == said[1] else " → ".join(said)
    return Cell(new if not math.isnan(new) else old, text)


def unit_name(ctx: Context, unit: str) -> str:
    """A unit's name; one that the filter marks has a star."""
    return ("★ " if unit in ctx.view.units else "") + ctx.name(unit)


def _cell(ctx: Context, key: str, value: float) -> Cell:
    if key == "rank_change":
        colour = (
            ctx.colours.good if value > 0 else ctx.colours.bad if value < 0 else ctx.colours.muted
        )
        return Cell(value, moved(ctx, value), colour)
    if key == "received":
        return Cell(value, fmt.number(value, ctx.lang))
    return Cell(
        value, fmt.signed(value, ctx.lang, 2) if abs(value) >= 0.005 else fmt.number(0, ctx.lang)
    )


def moved(ctx: Context, value: float) -> str:
    """A change of rank: ▲3, ▼2, the same."""
    if value == 0:
        return ctx.say("page.rankings.same")
    return f"{'▲' if value > 0 else '▼'}{abs(int(value))}"


def _bands(ctx: Context, names: dict[str, dict[str, str]], old: str, new: str) -> str:
    comma = ctx.say("ui.list_comma")
    said = [
        comma.join(names[side].get(code, code) for code in found.split(";") if code) or "–"
        for side, found in (("old", old), ("new", new))
    ]
    if said[0] == said[1]:
        return "" if said[0] == "–" else said[0]
    return f"{said[0]} → {said[1]}"


def export(ctx: Context, pair: Pair, table: pd.DataFrame) -> pd.DataFrame:
    """The whole table as plain numbers under its headings, each side in columns of its own."""
    bands = cells(ctx, pair, table, [Column("bands", "")])["bands"]
    out: dict[str, Any] = {ctx.say("page.rankings.unit"): [ctx.name(u) for u in table["unit"]]}
    for key, label in (("rank", "rank"), ("score", "score"), ("adjustments", "adjustments")):
        for side, name in zip(SIDES, (pair.old_name, pair.new_name), strict=True):
            said = ctx.say("page.lab.note.of", name=name, said=ctx.say(f"page.rankings.{label}"))
            out[said] = table[f"{key}_{side}"]
    out[ctx.say("page.rankings.change")] = table["rank_change"]
    out[ctx.say("page.lab.score_change")] = table["score_change"]
    out[ctx.say("page.lab.bands")] = bands
    out[ctx.say("page.rankings.received")] = table["received"]
    return pd.DataFrame(out)


def ranked(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """The units of a group that are ranked under either scheme, best of the new one first."""
    mine = table[table["group"] == group]
    return mine[mine["rank_old"].notna() | mine["rank_new"].notna()].reset_index(drop=True)


def apart(ctx: Context, pair: Pair, found: WhatIf, group: str) -> None:
    """Units that only one of the two ranks, and why the other does not."""
    mine = found.table[found.table["group"] == group]
    one = mine[mine["rank_old"].notna() != mine["rank_new"].notna()]
    if one.empty:
        return
    title = ctx.say("page.lab.apart_title", n=len(one))
    shown = [
        Column("unit", ctx.say("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column("ranked", ctx.say("page.lab.ranked_in"), "", 160, text=True),
        Column("why", ctx.say("page.lab.why_not"), "", 420, text=True),
    ]
    rows = []
    for _, row in one.iterrows():
        without = "new" if pd.isna(row["rank_new"]) else "old"
        scheme = (pair.new if without == "new" else pair.old).scheme
        table = found.new if without == "new" else found.old
        there = table[table["unit"] == row["unit"]]
        rows.append(
            {
                "unit": unit_name(ctx, row["unit"]),
                "ranked": pair.old_name if without == "new" else pair.new_name,
                "why": why(ctx, scheme, there.iloc[0] if len(there) else None),
            }
        )
    with panel(title, ctx.say("page.rankings.apart_note"), key="lab-apart"):
        tables.show(
            pd.DataFrame(rows), shown, key=f"lab-apart-{group}-{ctx.lang}", alt=title, empty="",
            most=300,
        )  # fmt: skip


def why(ctx: Context, scheme: Scheme, row: pd.Series | None) -> str:
    """Why a scheme ranks a unit not: no orders, or the indicators it has no data in."""
    if row is None or row["received"] == 0:
        return ctx.say("page.rankings.reason.no_orders_named")
    gone = [i for i in scheme.composed if pd.isna(row.get(i.id, np.nan)) and not i.optional]
    if not gone:
        return ctx.say("page.rankings.reason.no_data")
    names = ctx.say("ui.list_comma").join(ctx.names_of(i.names) for i in gone)
    return ctx.say("page.rankings.reason.no_data_named", names=names)


def show(ctx: Context, pair: Pair, table: pd.DataFrame, *, key: str, most: int) -> None:
    """The table of a group."""
    shown = columns(ctx, pair, table)
    tables.show(
        cells(ctx, pair, table, shown), shown, key=key, strong=("rank",),
        alt=ctx.say("page.lab.table_alt"), empty="–", most=most,
    )  # fmt: skip
