"""The screen of a unit's orders and load: what about, from where, how fast, again and again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from metrics.selection import PATH
from ui import drill, read
from ui import unit_figure as figures
from ui import unit_text as text
from ui.context import Context
from ui.orders_list import same
from ui.panel import chart, download, escape, no_data, panel
from ui.unit_data import Profile
from ui.unit_mix import PLACES, Mix
from words import format as fmt

SHOWN = 10


def screen(ctx: Context, mine: Profile, found: Mix) -> None:
    """Categories, streets and time to close against peers; repeats and load below."""
    several = len(found.streets) > 1
    cells = st.columns(3 if several else 2, gap="small")
    with cells[0]:
        shares(ctx, mine, found.categories, "categories")
    if several:
        with cells[1]:
            shares(ctx, mine, found.streets, "streets")
    with cells[-1]:
        closing(ctx, mine, found.closing)
    left, right = st.columns(2, gap="small")
    with left:
        again(ctx, mine, found)
    with right:
        load(ctx, mine, found)
        if not several:
            shares(ctx, mine, found.streets, "streets")


def shares(ctx: Context, mine: Profile, table: pd.DataFrame, what: str) -> None:
    """Categories or streets of the unit's orders against its peers'."""
    n = fmt.number(mine.row["received"], ctx.lang)
    if what == "streets" and len(table) == 1:
        title = ctx.say(
            "page.unit.orders.one_street",
            code=_place(ctx, table["code"].iloc[0]), n=fmt.number(table["n"].iloc[0], ctx.lang),
        )  # fmt: skip
        with panel(title, ctx.period_label(), key=f"mix-{what}"):
            return
    note = ctx.say("page.unit.orders.shares_note", period=ctx.period_label(), n=n)
    if table.empty:
        with panel(ctx.say(f"page.unit.orders.what_{what}"), note, key=f"mix-{what}"):
            no_data(ctx, "page.unit.orders.no_codes")
        return
    top = table.head(SHOWN)
    names = [_place(ctx, code) if what == "streets" else ctx.name(code) for code in top["code"]]
    first = top.iloc[0]
    key = what if not pd.isna(first["peers"]) else f"{what}_alone"
    holes = {"code": names[0], "share": fmt.percent(first["share"], ctx.lang)}
    if key == what:
        holes["peers"] = fmt.percent(first["peers"], ctx.lang)
    with panel(ctx.say(f"page.unit.orders.{key}", **holes), note, key=f"mix-{what}"):
        hover = [
            ctx.say(
                "page.unit.orders.share",
                code=name, share=fmt.percent(row["share"], ctx.lang),
                n=fmt.number(row["n"], ctx.lang), peers=fmt.percent(row["peers"], ctx.lang),
            )
            for name, row in zip(names, top.to_dict("records"), strict=True)
        ]  # fmt: skip
        made = figures.against(
            names, top["share"].tolist(), top["peers"].tolist(), ctx.colours, hover, _two(ctx)
        )
        alt = ctx.say(
            "page.unit.orders.alt",
            unit=ctx.name(mine.unit), what=ctx.say(f"page.unit.orders.what_{what}"),
        )  # fmt: skip
        chart(made, key=f"unit-mix-{what}", alt=alt, height=max(190, 28 * len(names) + 60))
        download(ctx, table, key=f"unit-mix-{what}")


def _place(ctx: Context, code: str) -> str:
    areas = read.areas()
    names = dict(zip(areas["area"], areas[f"name_{ctx.lang}"], strict=True))
    return str(names.get(code) or ctx.name(code)).rsplit(PATH, 1)[-1]


def _two(ctx: Context) -> dict[str, str]:
    return {
        "own": ctx.say("page.unit.orders.own"),
        "others": ctx.say("page.unit.orders.others"),
    }


def closing(ctx: Context, mine: Profile, table: pd.DataFrame) -> None:
    """How fast orders are closed, against its peers."""
    note = ctx.say("page.unit.orders.closing_note", period=ctx.period_label())
    if table.empty:
        with panel(ctx.say("page.unit.orders.what_closing"), note, key="closing"):
            no_data(ctx, "page.unit.orders.closing_none")
        return
    rows = table.to_dict("records")
    middle = rows[min(2, len(rows) - 1)]
    title = ctx.say(
        "page.unit.orders.closing", days=middle["days"],
        value=fmt.percent(middle["value"], ctx.lang), peers=fmt.percent(middle["peers"], ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="closing"):
        names = [ctx.say("page.unit.orders.day", n=row["days"]) for row in rows]
        hover = [
            ctx.say(
                "page.unit.orders.closing_hover",
                days=row["days"], closed=fmt.number(row["closed"], ctx.lang),
                n=fmt.number(row["n"], ctx.lang), value=fmt.percent(row["value"], ctx.lang),
                peers=fmt.percent(row["peers"], ctx.lang),
            )
            for row in rows
        ]  # fmt: skip
        own, usual = table["value"].tolist(), table["peers"].tolist()
        made = figures.against(names, own, usual, ctx.colours, hover, _two(ctx))
        alt = ctx.say(
            "page.unit.orders.alt",
            unit=ctx.name(mine.unit), what=ctx.say("page.unit.orders.what_closing"),
        )  # fmt: skip
        chart(made, key="unit-closing", alt=alt, height=28 * len(names) + 90)
        download(ctx, table, key="unit-closing")


def again(ctx: Context, mine: Profile, found: Mix) -> None:
    """Repeat rate, repeat callers, the places with most orders."""
    note = ctx.say("page.unit.orders.again_note", period=ctx.period_label())
    with panel(ctx.say("page.unit.orders.again_title"), note, key="again"):
        for line in text.again(ctx, found):
            st.markdown(escape(line))
        for row in found.places.head(PLACES).to_dict("records"):
            n = fmt.number(row["n"], ctx.lang)
            label = ctx.say("page.unit.orders.place", name=row["name"], n=n)
            if ctx.view.present:
                st.markdown(f"- {escape(label)}")
                continue
            link = drill.drill(text.only(ctx, mine.unit), "all")
            link |= {drill.PARAM: same("place_key", row["place_key"], row["source"])[drill.PARAM]}
            st.page_link("pages/orders.py", label=label, icon=":material/place:", query_params=link)


def load(ctx: Context, mine: Profile, found: Mix) -> None:
    """Orders per member of staff, and what is overdue now."""
    with panel(ctx.say("page.unit.orders.load_title"), ctx.period_label(), key="load"):
        for line in text.load(ctx, found):
            st.markdown(escape(line))
        if found.overdue and not ctx.view.present:
            st.page_link(
                "pages/orders.py", label=ctx.say("page.unit.kpi.see_overdue"),
                icon=":material/receipt_long:",
                query_params=drill.drill(text.only(ctx, mine.unit), "overdue"),
            )  # fmt: skip
