"""The league table as a table: cells with intervals, the pooled total, units apart, the export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from metrics.indicators import Indicator
from metrics.score import TOTAL
from ui import definitions, rankings_bonus, rankings_further
from ui.context import Context
from ui.rankings import SCORE, League, shown_indicators
from ui.rankings_text import choice_name, interval_text, value_text
from ui.tables import Cell, Column
from words import format as fmt

Row = dict[Any, Any]
"""One unit's numbers by column."""
NAME = {"zh": 136, "en": 190}
NOT_OF_A_TOTAL = ("rank", "rank_change", "bonus", "penalty", "rank_composite")
MARK = 40
"""Width of the column that marks the chosen row."""


def columns(ctx: Context, league: League, *, detail: bool, by: str = SCORE) -> list[Column]:
    """The columns of the table in their order; ``detail`` adds the counts and sub-parts, ``by``
    those of a further indicator that was chosen."""
    have, gone = shown_indicators(ctx.scheme, league.ranked)
    said = ctx.say
    out = [
        Column("rank", said("page.rankings.rank"), said("page.rankings.rank_help"), 56, True),
        Column("unit", said("page.rankings.unit"), "", NAME[ctx.lang], True, text=True),
        Column(SCORE, choice_name(ctx, SCORE), said("page.rankings.score_help"), 142),
        Column("rank_change", said("page.rankings.change"), said("page.rankings.change_help"), 66),
    ]
    if ctx.scheme.adjustments and (detail or rankings_bonus.given(league)):
        out += rankings_bonus.columns(ctx)
    out += rankings_further.columns(ctx, by)
    for indicator in have:
        out.append(_rate_column(ctx, indicator.id, indicator))
        if detail:
            out += [
                _rate_column(ctx, f"{indicator.id}.{part.id}", part) for part in indicator.parts
            ]
    out += [
        Column(
            i.id, ctx.names_of(i.names), definitions.short(ctx, i), 100, text=True
        ) for i in gone
    ]  # fmt: skip
    out += [
        Column("received", said("page.rankings.received"), said("page.rankings.received_help"), 64),
        Column("n", said("page.rankings.n"), said("page.rankings.n_help"), 92),
    ]
    if "score_all" in league.ranked:
        out += [
            Column("score_all", said("page.rankings.all"), said("page.rankings.all_help"), 92),
            Column("excluded", said("page.rankings.excluded"), "", 60),
        ]
    return [*out, *_counts(ctx, have)] if detail else out


def _rate_column(ctx: Context, key: str, rule: Any) -> Column:
    wide = 84 if rule.kind == "group_share" else 144
    return Column(key, ctx.names_of(rule.names), definitions.short(ctx, rule), wide)


def _counts(ctx: Context, have: list[Indicator]) -> list[Column]:
    """The counts behind the rates: own windows, pieces of numerators."""
    out = []
    for item in ctx.scheme.counts:
        note = ctx.names_of(item.note) if item.note else ""
        out.append(Column(f"count.{item.id}", ctx.names_of(item.names), note, 84))
    for indicator in have:
        if indicator.kind != "rate":
            continue
        for leaf in indicator.leaves():
            for k, piece in enumerate(leaf.rule.numerator):
                name = ctx.names_of(piece.names or leaf.rule.names)
                label = ctx.say("page.rankings.piece", name=name)
                out.append(Column(f"{leaf.prefix}.num.{k}", label, "", 110))
    return out


def cells(ctx: Context, table: pd.DataFrame, shown: list[Column]) -> pd.DataFrame:
    """The table with every number as a :class:`Cell`, and names in the reader's language."""
    out: dict[str, Any] = {}
    rows: list[Row] = table.to_dict("records")
    for column in shown:
        values = [_cell(ctx, column.key, row) for row in rows]
        # As objects: a float column would lose the texts.
        out[column.key] = pd.Series(values, index=table.index, dtype="object")
    return pd.DataFrame(out, index=table.index)


def _cell(ctx: Context, key: str, row: Row) -> Any:
    """One cell: text for the unit, a number with its words, or nothing where there is no data."""
    if key == "unit":
        return _unit(ctx, row)
    if row["unit"] == TOTAL and (key in NOT_OF_A_TOTAL or key.endswith(".rank")):
        return ""
    value = row.get(key)
    if value is None or pd.isna(value):
        unmeasured = key in {i.id for i in ctx.scheme.indicators if not i.measured}
        return ctx.say("page.rankings.not_measured") if unmeasured else None
    if key == "rank_change":
        return _change(ctx, float(value))
    small = key == "n" and bool(row.get("small"))
    return Cell(value, _words(ctx, key, float(value), row), ctx.colours.muted if small else "")


def _words(ctx: Context, key: str, value: float, row: Row) -> str:
    if key in (SCORE, "score_all"):
        return _with_interval(ctx, SCORE, row, key)
    if f"{key}.low" in row:
        return _with_interval(ctx, key, row, key)
    if key in ("bonus", "penalty"):
        return fmt.signed(value, ctx.lang, 2) if value else "–"
    shown = fmt.number(value, ctx.lang, 2 if key == "composite" else 0)
    if key == "rank" and row.get("tied") is True:
        return ctx.say("page.rankings.tied", rank=shown)
    if key == "n" and row.get("small"):
        return ctx.say("page.rankings.small", n=shown)
    return shown


def _unit(ctx: Context, row: Row) -> str:
    if row["unit"] == TOTAL:
        return ctx.say("page.rankings.total")
    mark = "★ " if row["unit"] in ctx.view.units else ""
    return mark + ctx.name(row["unit"])


def _with_interval(ctx: Context, choice: str, row: Row, key: str) -> str:
    text = value_text(ctx, choice, row[key])
    if key == "score_all":
        return text
    if choice == SCORE:
        shift = row["adjustments"]
        low, high = row["composite_low"] + shift, row["composite_high"] + shift
    else:
        low, high = row[f"{key}.low"], row[f"{key}.high"]
    around = interval_text(ctx, choice, low, high)
    return f"{text} ({around.rstrip('%')})" if around else text


def _change(ctx: Context, value: float) -> Cell:
    if value == 0:
        return Cell(0, ctx.say("page.rankings.same"), ctx.colours.muted)
    arrow, colour = ("▲", ctx.colours.good) if value > 0 else ("▼", ctx.colours.bad)
    return Cell(value, f"{arrow} {abs(int(value))}", colour)


def total_columns(shown: list[Column]) -> list[Column]:
    """The same columns without the place for the mark of a chosen row, so that they line up."""
    return [replace(shown[0], width=shown[0].width + MARK), *shown[1:]]


def total(league: League) -> pd.DataFrame:
    """The pooled total as a table of one row, in the columns of the units."""
    row = league.total.copy()
    row["unit"] = TOTAL
    return pd.DataFrame([row])


def export(ctx: Context, league: League, shown: list[Column]) -> pd.DataFrame:
    """Ranked units, then units apart with the reason, then the total: plain numbers, intervals beside."""
    table = pd.concat([league.ranked, league.apart, total(league)], ignore_index=True, join="outer")
    out: dict[str, Any] = {}
    for column in shown:
        if column.key == "unit":
            out[column.label] = [_unit(ctx, row) for row in table.to_dict("records")]
            continue
        if column.key in table:
            out[column.label] = table[column.key]
        for part in ("low", "high"):
            name = f"composite_{part}" if column.key == SCORE else f"{column.key}.{part}"
            if name in table and column.key != "score_all":
                label = ctx.say(f"page.rankings.{part}", name=column.label)
                out[label] = table[name] + (table["adjustments"] if column.key == SCORE else 0)
    reasons = table["reason"].map(
        lambda code: ctx.say(f"page.rankings.reason.{code}") if isinstance(code, str) else ""
    )
    out[ctx.say("page.rankings.reason_label")] = reasons
    return pd.DataFrame(out)
