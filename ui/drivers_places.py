"""The drivers page: the streets and addresses where an association concentrates."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from data.refresh import Run
from ui import choice, drill, tables
from ui import drivers as asks
from ui import drivers_text as text
from ui.context import Context
from ui.drivers import Row
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column, headings
from words import format as fmt

STREETS = 12
"""Places that are listed."""


def places(ctx: Context, run: Run, row: Row) -> None:
    """The places that get more than their share when the driver comes."""
    spec = asks.specs(run)[row["driver"]]
    found = asks.of_pair("places", row)
    kinds = [kind for kind in ("street", "point") if kind in set(found["kind"])]
    note = ctx.say(
        "page.drivers.places_note", step=text.step(ctx, spec),
        exposed=fmt.number(run.facts["exposed"].get(row["driver"]), ctx.lang),
        ordinary=fmt.number(run.facts["ordinary"].get(row["driver"]), ctx.lang),
    )  # fmt: skip
    sure = found[(found["q"] < 0.1) & (found["ratio"] > 1)] if len(found) else found
    title = (
        ctx.say("page.drivers.places_title", n=fmt.number(len(sure), ctx.lang))
        if len(sure)
        else ctx.say("page.drivers.places_even")
    )
    with panel(title, note, key="drivers-places"):
        if found.empty:
            why = "fewer" if float(row["ratio"]) < 1 else "none"
            no_data(ctx, f"page.drivers.places_{why}")
            return
        kind = choice.choose(
            ctx, "kind", kinds, kinds[0], title=ctx.say("page.drivers.kind"), bare=True,
            label=lambda code: ctx.say(f"page.drivers.kinds.{code}"), kind="segments",
        )  # fmt: skip
        listed = found[found["kind"] == kind]
        if ctx.view.districts:
            listed = listed[listed["district"].isin(ctx.view.districts)]
        listed = listed.sort_values("extra", ascending=False).head(STREETS).reset_index(drop=True)
        if listed.empty:
            no_data(ctx)
            return
        records = listed.to_dict("records")
        columns = _place_columns(ctx)
        tables.show(
            _place_cells(ctx, records), columns, key=f"drivers-places-{kind}-{ctx.lang}",
            alt=note, empty=ctx.say("format.no_data"), strong=("extra",), most=460,
            selected=None, on_select=lambda at: _opened(records, at),
        )  # fmt: skip
        st.caption(escape(ctx.say("page.drivers.places_caption")))
        _orders(ctx, row, records)
        download(ctx, found.drop(columns=["category", "driver"]), key="drivers-places",
                 notes=[note])  # fmt: skip


def _name(ctx: Context, place: Row) -> str:
    parts = [ctx.name(place[k]) for k in ("district", "street") if isinstance(place[k], str)]
    if isinstance(place["place"], str):
        parts.append(str(place["place"]))
    return " · ".join(parts) or ctx.say("ui.unnamed")


def _place_columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.drivers.place")
    return [
        column("name", 190, plain=True), column("exposed", 84), column("usual", 84),
        column("extra", 76), column("share", 130, plain=True), column("ratio", 150, plain=True),
        column("q", 66),
    ]  # fmt: skip


def _place_cells(ctx: Context, records: Sequence[Row]) -> pd.DataFrame:
    rows = []
    for place in records:
        known = not pd.isna(place["share"])
        rows.append(
            {
                "name": _name(ctx, place),
                "exposed": Cell(place["exposed"], fmt.number(int(place["exposed"]), ctx.lang)),
                "usual": Cell(place["usual"], fmt.number(place["usual"], ctx.lang, 1)),
                "extra": Cell(place["extra"], fmt.signed(place["extra"], ctx.lang, 1)),
                "share": ctx.say(
                    "page.drivers.with_span", n=fmt.percent(place["share"], ctx.lang),
                    span=fmt.interval(_flat(place["share_low"]), _flat(place["share_high"]), ctx.lang),
                ) if known else None,
                "ratio": ctx.say(
                    "page.drivers.with_span", n=text.ratio(ctx, place["ratio"]),
                    span=text.span(ctx, place),
                ) if known else None,
                "q": Cell(place["q"], text.q(ctx, place["q"])) if known else None,
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _place_columns(ctx)], dtype=object)


def _flat(share: float) -> float:
    """No minus before a zero."""
    return 0.0 if abs(share) < 0.0005 else share


def _opened(records: Sequence[Row], at: int | None) -> None:
    choice.keep("at", _name_key(records[at]) if at is not None else None)


def _name_key(place: Row) -> str:
    return "|".join(str(place[k]) for k in ("district", "street", "place"))


def _orders(ctx: Context, row: Row, records: Sequence[Row]) -> None:
    """The way to the orders of the place chosen, else of the category."""
    wanted = st.query_params.get("at", "")
    place = next((one for one in records if _name_key(one) == wanted), records[0])
    link = {**drill.drill(ctx, asks.behind(row, place)), drill.SPAN: "all"}
    st.page_link(
        "pages/orders.py", icon=":material/arrow_forward:", query_params=link,
        label=ctx.say("page.drivers.to_orders", place=_name(ctx, place),
                      category=ctx.name(str(row["category"]))),
    )  # fmt: skip
