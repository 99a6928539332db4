"""Units under two schemes as a table: both ranks and scores, bands, and who is ranked in one only."""

from __future__ import annotations

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

NAME = {"zh": 150, "en": 190}


@dataclass(frozen=True)
class Pair:
    """Two schemes and what they are called in a heading (“现行”, “试算”; “A”, “B”)."""

    old: Side
    new: Side
    old_name: str
    new_name: str


def columns(ctx: Context, pair: Pair, table: pd.DataFrame) -> list[Column]:
    """The columns in their order; bonuses and bands only where there are any."""
    said = ctx.say
    named = {"old": pair.old_name, "new": pair.new_name}
    out = [Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True)]
    for side in ("old", "new"):
        out.append(Column(f"rank_{side}", said("page.lab.rank_of", name=named[side]), "", 78))
    out.append(
        Column("rank_change", said("page.rankings.change"), said("page.lab.change_help"), 66)
    )
    for side in ("old", "new"):
        out.append(Column(f"score_{side}", said("page.lab.score_of", name=named[side]), "", 84))
    out.append(Column("score_change", said("page.lab.score_change"), "", 84))
    for side in ("old", "new"):
        if table[f"adjustments_{side}"].fillna(0).abs().max() > 0:
            label = said("page.lab.adjustments_of", name=named[side])
            out.append(Column(f"adjustments_{side}", label, "", 84))
    if (table["bands_old"] != "").any() or (table["bands_new"] != "").any():
        out.append(
            Column("bands", said("page.lab.bands"), said("page.lab.bands_help"), 190, text=True)
        )
    return [*out, Column("received", said("page.rankings.received"), "", 64)]


def cells(ctx: Context, pair: Pair, table: pd.DataFrame, shown: list[Column]) -> pd.DataFrame:
    """The table with every number as a cell that reads in the reader's language."""
    names = {
        name: {band.id: ctx.names_of(band.names) for band in side.scheme.bands}
        for name, side in (("old", pair.old), ("new", pair.new))
    }
    out: dict[str, Any] = {}
    for column in shown:
        key = column.key
        if key == "unit":
            values: list[Any] = [unit_name(ctx, unit) for unit in table["unit"]]
        elif key == "bands":
            both = zip(table["bands_old"], table["bands_new"], strict=True)
            values = [_bands(ctx, names, old, new) for old, new in both]
        else:
            values = [
                None if gone else _cell(ctx, key, float(value))
                for value, gone in zip(table[key], table[key].isna(), strict=True)
            ]
        out[key] = pd.Series(values, index=table.index, dtype="object")
    return pd.DataFrame(out, index=table.index)


def unit_name(ctx: Context, unit: str) -> str:
    """A unit's name; one that the filter marks has a star."""
    return ("★ " if unit in ctx.view.units else "") + ctx.name(unit)


def _cell(ctx: Context, key: str, value: float) -> Cell:
    if key == "rank_change":
        colour = (
            ctx.colours.good if value > 0 else ctx.colours.bad if value < 0 else ctx.colours.muted
        )
        return Cell(value, moved(ctx, value), colour)
    if key.startswith("rank") or key == "received":
        return Cell(value, fmt.number(value, ctx.lang))
    if key.startswith("adjustments") or key == "score_change":
        return Cell(
            value,
            fmt.signed(value, ctx.lang, 2) if abs(value) >= 0.005 else fmt.number(0, ctx.lang),
        )
    return Cell(value, fmt.number(value, ctx.lang, 2))


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
    """The whole table as plain numbers under its headings."""
    shown = columns(ctx, pair, table)
    made = tables.plain(cells(ctx, pair, table, shown), shown, ctx)
    for column in shown:
        if column.key in table and column.key != "unit":
            made[column.label] = table[column.key].to_numpy()
    return made


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
        cells(ctx, pair, table, shown), shown, key=key, strong=("rank_new",),
        alt=ctx.say("page.lab.table_alt"), empty="–", most=most,
    )  # fmt: skip
