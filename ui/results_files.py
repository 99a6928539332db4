"""The published result as files: what was frozen, what it would be now, and all circumstances."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from data.published import Publication
from data.since import CAUSES, Since
from ui import published
from ui import rankings_table as tabled
from ui.context import Context
from ui.panel import csv
from ui.period_code import encode
from ui.publish_words import stamp, title
from ui.rankings import League
from ui.tables import Column

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def downloads(
    ctx: Context,
    made: Publication,
    league: League,
    shown: list[Column],
    found: Since,
    notes: Sequence[str],
) -> None:
    """Buttons that hand out the league table as CSV and as a workbook; not in the meeting view."""
    if ctx.view.present:
        return
    head = [title(made, ctx.lang), stamp(made, ctx.lang), *notes]
    if made.note:
        head.insert(2, ctx.say("page.results.note", note=made.note))
    name = f"results-{made.scheme_id}-{encode(made.period).replace(':', '-')}-{league.group}"

    def table() -> pd.DataFrame:
        return exported(ctx, made, league, shown, found)

    with st.container(horizontal=True, gap="small", key="results-files"):
        st.download_button(
            ctx.say("page.results.csv"), data=lambda: csv(ctx, table(), head),
            file_name=f"{name}.csv", mime="text/csv", key="results-csv",
            icon=":material/csv:", type="tertiary", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            ctx.say("page.results.xlsx"),
            data=lambda: workbook(ctx, table(), changed(ctx, found), head),
            file_name=f"{name}.xlsx", mime=XLSX, key="results-xlsx",
            icon=":material/table_view:", type="tertiary", on_click="ignore",
        )  # fmt: skip


def exported(
    ctx: Context, made: Publication, league: League, shown: list[Column], found: Since
) -> pd.DataFrame:
    """The league table in plain numbers, with bands, today's score and what each cause did."""
    out = tabled.export(ctx, league, shown)
    codes = [*league.ranked["unit"], *league.apart["unit"]]
    bands = published.result(made).bands
    names = {band.id: ctx.names_of(band.names) for band in made.scheme.bands}
    comma = ctx.say("ui.list_comma")
    later = found.units.set_index("unit").reindex([*codes, ""])
    if names:
        told = [comma.join(names[b] for b in bands.loc[bands["unit"] == u, "band"]) for u in codes]
        out[ctx.say("page.results.band")] = [*told, ""]
    for key in ("score_now", "rank_now", "difference"):
        out[ctx.say(f"page.results.column.{key}")] = later[key].to_numpy()
    for code in CAUSES:
        cause = ctx.say(f"page.results.cause.{code}")
        out[ctx.say("page.results.column.by", cause=cause)] = later[code].to_numpy()
    return out


def changed(ctx: Context, found: Since) -> pd.DataFrame:
    """Every order that counts otherwise now, with the points it moved."""
    orders = found.orders
    return pd.DataFrame(
        {
            ctx.say("page.rankings.unit"): [ctx.name(u) for u in orders["unit"]],
            ctx.say("field.source"): orders["source"],
            ctx.say("page.results.order"): orders["order_id"],
            ctx.say("page.results.why_column"): [
                ctx.say(f"page.results.cause.{code}") for code in orders["cause"]
            ],
            ctx.say("page.results.points"): orders["points"],
        }
    )


def workbook(ctx: Context, table: pd.DataFrame, orders: pd.DataFrame, head: Sequence[str]) -> bytes:
    """A workbook: the result, the orders that changed since, and under which circumstances."""
    book = Workbook()
    sheets = [("result", table), ("orders", orders)]
    for place, (name, frame) in enumerate(sheets):
        heading = ctx.say(f"page.results.sheet.{name}")
        sheet = book.active if place == 0 else book.create_sheet(heading)
        assert sheet is not None
        sheet.title = heading
        sheet.append([_cell(column) for column in frame.columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        plain = frame.astype("object").where(frame.notna(), None)
        for row in plain.itertuples(index=False, name=None):
            sheet.append([_cell(value) for value in row])
        sheet.freeze_panes = "A2"
    about = book.create_sheet(ctx.say("page.results.sheet.about"))
    for line in [*ctx.circumstances(), *head]:
        about.append([_cell(line)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        plain = ILLEGAL_CHARACTERS_RE.sub("", value)
        return "'" + plain if plain.startswith("=") else plain
    return value.item() if hasattr(value, "item") else value
