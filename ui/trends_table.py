"""The numbers of the trends page as a table and as an export."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ui import rate_words, tables, trends_data
from ui import trends_text as text
from ui.context import Context
from ui.panel import panel
from ui.trends_data import Asked, Course
from ui.trends_figure import rows
from words import format as fmt


def table(ctx: Context, asked: Asked, lines: list[Course]) -> None:
    """The same numbers as a table, newest first."""
    per_head = asked.indicator is not None and asked.indicator.kind == "per_population"
    note = ctx.say("indicators.table_note" if per_head else "page.trends.table_note")
    with panel(ctx.say("page.trends.table"), note, key="table"):
        if asked.split == "none":
            frame, columns = _single(ctx, asked, lines[0])
        else:
            frame, columns = _wide(ctx, asked, lines)
        tables.show(
            frame, columns, key=f"trend-table-{ctx.lang}", alt=ctx.say("page.trends.table"),
            empty=fmt.number(None, ctx.lang), most=380,
        )  # fmt: skip


def _single(ctx: Context, asked: Asked, line: Course) -> tuple[pd.DataFrame, list[tables.Column]]:
    bins = line.bins
    out: dict[str, Any] = {"bin": _labels(ctx, asked, bins), "value": _cells(ctx, asked, bins)}
    columns = [
        tables.Column("bin", ctx.say("page.trends.bin"), "", 196, True, text=True),
        tables.Column("value", text.what_name(ctx, asked), "", 150),
    ]
    if asked.indicator is not None:
        out["n"] = [tables.Cell(n, fmt.number(n, ctx.lang)) for n in bins["n"]]
        columns.append(tables.Column("n", "n", ctx.names_of(asked.indicator.definition), 80))
    if line.before is not None:
        earlier = line.before.reindex(range(len(bins)))
        out["before"] = _cells(ctx, asked, earlier)
        columns.append(tables.Column("before", ctx.say("page.trends.before"), "", 150))
    return _frame(out), columns


def _wide(
    ctx: Context, asked: Asked, lines: list[Course]
) -> tuple[pd.DataFrame, list[tables.Column]]:
    out: dict[str, Any] = {"bin": _labels(ctx, asked, lines[0].bins)}
    columns = [tables.Column("bin", ctx.say("page.trends.bin"), "", 196, True, text=True)]
    for place, line in enumerate(lines):
        out[f"g{place}"] = _cells(ctx, asked, line.bins, interval=False)
        name = trends_data.name_of(ctx, asked, line.code)
        columns.append(tables.Column(f"g{place}", name, "", 110))
    return _frame(out), columns


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame({k: pd.Series(list(v), dtype="object") for k, v in columns.items()})
    return made.iloc[::-1].reset_index(drop=True)


def _labels(ctx: Context, asked: Asked, bins: pd.DataFrame) -> list[str]:
    return [
        ("○ " if row.partial else "") + text.bin_label(ctx, asked, row.start, row.end)
        for row in rows(bins)
    ]


def _cells(ctx: Context, asked: Asked, bins: pd.DataFrame, *, interval: bool = True) -> list[Any]:
    out: list[Any] = []
    for row in rows(bins):
        if pd.isna(row.value):
            out.append(None)
            continue
        said = text.value_text(ctx, asked, float(row.value))
        if interval and asked.indicator is not None and not pd.isna(row.low):
            said += (
                f"  ({rate_words.interval(ctx, asked.indicator, float(row.low), float(row.high))})"
            )
        out.append(tables.Cell(row.value, said))
    return out


def exported(ctx: Context, asked: Asked, lines: list[Course]) -> pd.DataFrame:
    """Every bin of every line as plain numbers, with limits and the comparison."""
    pieces = []
    for line in lines:
        bins = line.bins
        piece = pd.DataFrame(
            {
                ctx.say("page.trends.first"): bins["start"].dt.date,
                ctx.say("page.trends.last"): (bins["end"] - pd.Timedelta(days=1)).dt.date,
                text.what_name(ctx, asked): bins["value"],
                "n": bins["n"],
                ctx.say("page.trends.low"): bins["low"],
                ctx.say("page.trends.high"): bins["high"],
                ctx.say("page.trends.days"): bins["have"],
                ctx.say("page.trends.incomplete"): bins["partial"].astype(int),
            }
        )
        if asked.split != "none":
            name = trends_data.name_of(ctx, asked, line.code)
            piece.insert(0, ctx.say(f"page.trends.split.{asked.split}"), name)
        if line.limits is not None:
            for column in ("low95", "high95", "low998", "high998"):
                piece[ctx.say(f"page.trends.column_{column}")] = line.limits[column]
        if line.before is not None:
            earlier = line.before.reindex(range(len(bins)))
            piece[ctx.say("page.trends.before")] = earlier["value"].to_numpy()
        pieces.append(piece)
    return pd.concat(pieces, ignore_index=True)
