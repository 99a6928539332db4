"""The alerts page, drawn: the list, one alert with its days, orders and past."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import ahead, choice, drill, read, tables
from ui import alerts as told
from ui.alerts import Alert
from ui.alerts_decide import decide
from ui.context import Context
from ui.panel import chart, download, no_data, panel
from ui.tables import Cell, Column
from ui.theme import fade, figure
from words import format as fmt

ALERT = "alert"
EXAMPLES = 8
WALL = 14
"""Rows in the meeting view."""


def listing(ctx: Context, found: pd.DataFrame) -> Alert | None:
    """The table; the chosen alert, the most important one to begin with."""
    ids = found["alert"].astype("str").tolist()
    wanted = choice.chosen(ALERT, ids, ids[0] if ids else "")
    columns = _columns(ctx)
    table = cells(ctx, found)

    def choose(row: int | None) -> None:
        choice.keep(ALERT, None if row is None else ids[row])

    with panel(
        ctx.say("page.alerts.list_title", n=fmt.number(len(found), ctx.lang)),
        ctx.say("page.alerts.list_note"), key="alerts",
    ):  # fmt: skip
        if found.empty:
            no_data(ctx, "page.alerts.none")
            return None
        tables.show(
            table.head(WALL) if ctx.view.present else table, columns,
            key=f"alerts-{ctx.lang}", alt=ctx.say("page.alerts.list_note"),
            empty=ctx.say("format.no_data"), strong=("excess",), most=430,
            selected=ids.index(wanted) if wanted in ids and not ctx.view.present else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key="alerts")
    return next((row for row in found.to_dict("records") if row["alert"] == wanted), None)


def _columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int, *, text: bool = False) -> Column:
        return Column(
            name,
            ctx.say(f"page.alerts.column.{name}"),
            ctx.say(f"page.alerts.column_help.{name}"),
            width,
            text=text,
        )

    return [
        column("urgent", 60, text=True), column("place", 110, text=True),
        column("category", 270, text=True), column("start", 100), column("observed", 80),
        column("expected", 80), column("excess", 90), column("ratio", 80),
        column("last_year", 90), column("state", 210, text=True),
    ]  # fmt: skip


def cells(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    """The list in words and numbers."""
    rows = []
    for alert in found.to_dict("records"):
        start = told.day(alert["start_day"])
        then = alert["last_year"]
        rows.append(
            {
                "urgent": ctx.say("page.alerts.urgent") if alert["urgent"] else "",
                "place": told.place(ctx, alert), "category": told.category(ctx, alert),
                "start": Cell(start.toordinal(), fmt.day(start, ctx.lang, year=start.year != ctx.until.year)),
                "observed": Cell(alert["observed"], fmt.number(alert["observed"], ctx.lang)),
                "expected": Cell(alert["expected"], told.expected(ctx, alert)),
                "excess": Cell(alert["excess"], "+" + fmt.number(alert["excess"], ctx.lang), ctx.colours.bad),
                "ratio": Cell(alert["ratio"], told.ratio(ctx, alert)),
                "last_year": None if pd.isna(then) else Cell(then, fmt.number(then, ctx.lang)),
                "state": told.state(ctx, alert),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def one(ctx: Context, alert: Alert, everything: pd.DataFrame) -> None:
    """One alert in detail."""
    st.markdown(f"### {told.place(ctx, alert)} · {told.category(ctx, alert)}")
    left, right = st.columns([7, 5], gap="small")
    with left:
        _days(ctx, alert)
    with right:
        if ctx.view.present:
            _past(ctx, alert, everything)
        else:
            decide(ctx, alert)
    if ctx.view.present:
        return
    left, right = st.columns([7, 5], gap="small")
    with left:
        _orders(ctx, alert)
    with right:
        _past(ctx, alert, everything)


def _days(ctx: Context, alert: Alert) -> None:
    with panel(told.sentence(ctx, alert), ctx.say("page.alerts.days_note"), key="alert-days"):
        days = ahead.alert_days(str(alert["alert"]))
        if days.empty:
            no_data(ctx, "page.alerts.no_days")
            return
        chart(
            drawn(ctx, alert, days),
            key=f"alert-days-{ctx.lang}",
            alt=told.sentence(ctx, alert),
            height=300,
        )
        download(
            ctx,
            days.drop(columns="alert"),
            key="alert-days",
            notes=[ctx.say("page.alerts.days_note")],
        )


def drawn(ctx: Context, alert: Alert, days: pd.DataFrame) -> go.Figure:
    """Orders a day as bars, those of the episode in the warning colour, what was expected as a line."""
    colours = ctx.colours
    inside = (days["day"] >= alert["start_day"]) & (days["day"] <= alert["until_day"])
    made = figure(bargap=0.25)
    x = days["day"].tolist()
    made.add_trace(
        go.Bar(
            x=x, y=days["observed"].tolist(), name=ctx.say("page.alerts.observed"),
            marker={"color": [colours.bad if hit else fade(colours.accent, 0.55) for hit in inside]},
            hovertemplate="%{y:,.0f}",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=days["high"].tolist(), mode="lines", name=ctx.say("page.alerts.high"),
            line={"color": colours.muted, "width": 1.5, "dash": "dot", "shape": "hvh"}, hovertemplate="%{y:,.0f}",
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=x, y=days["expected"].tolist(), mode="lines", name=ctx.say("page.alerts.expected"),
            line={"color": colours.text, "width": 2}, hovertemplate="%{y:,.1f}",
        )
    )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    made.update_layout(legend={"orientation": "h", "y": 1.12, "x": 0})
    return made


def _orders(ctx: Context, alert: Alert) -> None:
    where = told.behind(alert)
    found, total = read.orders_page(where, limit=EXAMPLES)
    title = ctx.say("page.alerts.orders_title", n=fmt.number(total, ctx.lang))
    with panel(title, ctx.say("page.alerts.orders_note", n=len(found)), key="alert-orders"):
        for row in found.to_dict("records"):
            text = row.get("content") or row.get("title") or ctx.say("ui.unnamed")
            moment = fmt.moment(row["created_at"], ctx.lang)
            st.text(f"{moment}　{row.get('title') or ''}")
            st.caption(str(text)[:160].replace("\n", " "))
        link = {**drill.drill(ctx, where), drill.SPAN: "all"}
        st.page_link(
            "pages/orders.py",
            label=ctx.say("page.alerts.see_orders"),
            icon=":material/arrow_forward:",
            query_params=link,
        )


def _past(ctx: Context, alert: Alert, everything: pd.DataFrame) -> None:
    with panel(
        ctx.say("page.alerts.past_title"), ctx.say("page.alerts.past_note"), key="alert-past"
    ):
        older = told.similar(everything, alert)
        if older.empty:
            st.text(ctx.say("page.alerts.past_none"))
        for row in older.to_dict("records"):
            span = f"{fmt.day(told.day(row['start_day']), ctx.lang)} – {fmt.day(told.day(row['until_day']), ctx.lang, year=False)}"
            st.text(
                ctx.say(
                    "page.alerts.past_line", span=span, place=told.place(ctx, row),
                    n=fmt.number(row["observed"], ctx.lang), expected=told.expected(ctx, row),
                    state=told.state(ctx, row),
                )
            )  # fmt: skip
