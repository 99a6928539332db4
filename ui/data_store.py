"""What the store holds, and what every field means."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from forecasting.calendar import known_until
from metrics.fields import ORDER_FIELDS
from ui import read
from ui.context import Context
from ui.panel import panel
from words import format as fmt


def holdings(ctx: Context) -> None:
    """Sizes, version, engine and calendar; the definitions of the fields."""
    _sizes(ctx)
    _circumstances(ctx)
    _fields(ctx)


def _sizes(ctx: Context) -> None:
    ledger = read.ledger(ctx.version)
    areas = read.areas()
    numbers = {
        "orders": read.order_count(ctx.version),
        "units": len(read.units()),
        "districts": int((areas["level"] == "district").sum()),
        "streets": int((areas["level"] == "street").sum()),
        "categories": len(read.categories()),
        "channels": len(read.channels()),
        "batches": int((ledger["state"] == "done").sum()) if len(ledger) else 0,
    }
    with st.grid(7, min_column_width=130, gap="small"):
        for name, value in numbers.items():
            st.metric(ctx.say(f"page.data.holds.{name}"), fmt.number(value, ctx.lang), border=True)


def _circumstances(ctx: Context) -> None:
    config = read.store().settings
    engine = "embedded" if read.store().embedded else "server"
    until = known_until(config.country)
    url = read.store().engine.url.render_as_string(hide_password=True)
    rows = {
        "version": fmt.number(ctx.version, ctx.lang),
        "committed": fmt.moment(ctx.committed, ctx.lang) if ctx.committed else "",
        "engine": ctx.say(f"page.data.engine.{engine}", url=url),
        "zone": config.zone,
        "calendar": ctx.say(
            "page.data.calendar", country=config.country, until=fmt.day(until, ctx.lang)
        ),
        "simulated": ctx.say(f"value.bool.{'true' if ctx.simulated else 'false'}"),
    }
    with panel(ctx.say("page.data.holds.about"), key="about"):
        table = pd.DataFrame(
            [(ctx.say(f"page.data.about.{name}"), words) for name, words in rows.items() if words]
        )
        st.table(table, border="horizontal", hide_index=True, hide_header=True)
        if ctx.until.date() > until:
            st.warning(
                ctx.say("page.data.calendar_over", until=fmt.day(until, ctx.lang)),
                icon=":material/event_busy:",
            )


def definitions(ctx: Context) -> pd.DataFrame:
    """Every field of an order: name, code, kind, meaning, known values."""
    rows = []
    for field in ORDER_FIELDS:
        values = [ctx.say(f"value.{field.name}.{value}") for value in field.values]
        origin = "computed" if field.computed else "given"
        rows.append(
            (
                ctx.say(f"field.{field.name}"),
                field.name,
                ctx.say(f"page.data.kind.{field.kind}"),
                ctx.say(f"page.data.origin.{origin}"),
                ctx.say(f"field_note.{field.name}"),
                ctx.say("ui.list_comma").join(values),
            )
        )
    names = ("field", "code", "kind", "origin", "meaning", "values")
    return pd.DataFrame(rows, columns=[ctx.say(f"page.data.column.{name}") for name in names])


def _fields(ctx: Context) -> None:
    table = definitions(ctx)
    with panel(ctx.say("page.data.fields.title", n=len(table)), key="fields"):
        st.dataframe(
            table,
            hide_index=True,
            height=560,
            column_config={
                ctx.say("page.data.column.meaning"): st.column_config.TextColumn(width=620)
            },
            alt=ctx.say("page.data.fields.title", n=len(table)),
        )
