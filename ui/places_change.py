"""What rises, stays bad or cools: streets, districts, cells; week by week; GIS patterns for analysts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data.cells import FINEST
from data.places import orders_in, orders_of_area
from forecasting.places import PATTERNS
from metrics.conditions import Condition
from ui import choice, read, tables
from ui import places as asks
from ui import places_text as text
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.places import Asked
from ui.places_figure import weeks_figure
from ui.tables import Cell, Column, headings
from words import format as fmt

KINDS = ("emerging", "persistent", "cooling")
LEVELS = ("street", "district", "cell")
WALL, LONGEST = 10, 200


def section(ctx: Context, what: Asked) -> None:
    """The whole section."""
    everything = listed(ctx, what)
    st.markdown(f"#### {escape(_headline(ctx, everything))}")
    st.caption(escape(ctx.say("page.places.change_honest")))
    with st.container(horizontal=True, gap="medium"):
        kind = choice.choose(
            ctx, "kind", KINDS, KINDS[0], title=ctx.say("page.places.kind"), bare=True,
            kind="segments",
            label=lambda code: ctx.say(
                "page.places.kind_n", kind=ctx.say(f"page.places.class.{code}"),
                n=fmt.number(int((everything["class"] == code).sum()), ctx.lang),
            ),
        )  # fmt: skip
        analyst = _switch(ctx)
    _list(ctx, what, everything[everything["class"] == kind].reset_index(drop=True), kind)
    if analyst:
        patterns(ctx, what)


def listed(ctx: Context, what: Asked) -> pd.DataFrame:
    """Streets, districts and cells with a class, in one table: the clearest first.

    level, name, category1, class, observed, expected, ratio, q, weeks_top, history, and the keys.
    """
    areas = asks.areas(what)
    zones = asks.zones(what).assign(level="cell")
    parts = [frame[frame["class"].isin(KINDS)] for frame in (areas, zones) if len(frame)]
    filled = [part for part in parts if len(part)]
    columns = ["level", "district", "street", "cell", "category1", "class", "observed", "expected",
               "ratio", "q", "weeks_top", "history"]  # fmt: skip
    if not filled:
        return pd.DataFrame(columns=[*columns, "name"])
    out = pd.concat([part.astype(object) for part in filled], ignore_index=True).reindex(
        columns=columns
    )
    out["name"] = [_name(ctx, row) for row in out.to_dict("records")]
    gap = (out["observed"].astype(float) - out["expected"].astype(float)).abs()
    size = out["observed"].astype(float)
    order = gap.where(out["class"] != "persistent", size)
    rank = out["level"].map({name: k for k, name in enumerate(LEVELS)})
    made = out.assign(_rank=rank, _order=order).sort_values(
        ["_rank", "_order"], ascending=[True, False], kind="stable"
    )
    return made.drop(columns=["_rank", "_order"]).reset_index(drop=True)


def _name(ctx: Context, row: dict[Any, Any]) -> str:
    place = asks.place_name(ctx, row)
    if row["level"] == "cell":
        place = ctx.say("page.places.cell_near", place=place)
    code = row["category1"]
    return f"{place} · {ctx.name(code)}" if isinstance(code, str) else place


def _headline(ctx: Context, everything: pd.DataFrame) -> str:
    counts = {kind: int((everything["class"] == kind).sum()) for kind in KINDS}
    text_ = ctx.say(
        "page.places.change_headline",
        **{kind: fmt.number(n, ctx.lang) for kind, n in counts.items()},
    )
    rising = everything[everything["class"] == "emerging"]
    return text_ + text.change(ctx, rising.iloc[0].to_dict()) if len(rising) else text_


def _switch(ctx: Context) -> bool:
    on = choice.chosen("gis", ("0", "1"), "0") == "1"
    if ctx.view.present:
        return on
    key = f"places-gis-{ctx.lang}"
    st.session_state[key] = on
    st.toggle(
        ctx.say("page.places.gis"), key=key, help=ctx.say("page.places.gis_help"),
        on_change=lambda: choice.keep("gis", "1" if st.session_state[key] else "0", "0"),
    )  # fmt: skip
    return on


def _list(ctx: Context, what: Asked, every: pd.DataFrame, kind: str) -> None:
    columns, found, param = _columns(ctx), every.head(LONGEST), f"row-{kind}"
    codes = [str(k) for k in range(len(found))]
    chosen = choice.chosen(param, codes, "0") if codes else ""

    def choose(row: int | None) -> None:
        choice.keep(param, None if row is None else codes[row], "0")

    title = ctx.say(
        "page.places.change_title", kind=ctx.say(f"page.places.class.{kind}"),
        n=fmt.number(len(every), ctx.lang),
    )  # fmt: skip
    if len(every) > len(found):
        title += ctx.say("page.places.first_listed", n=fmt.number(len(found), ctx.lang))
    left, right = st.columns([8, 5], gap="small")
    with left, panel(title, ctx.say(f"page.places.class_note.{kind}"), key="places-change"):
        if found.empty:
            st.info(ctx.say(f"page.places.class_none.{kind}"), icon=":material/check:")
            return
        table = _table(ctx, found)
        tables.show(
            table.head(WALL) if ctx.view.present else table, columns,
            key=f"places-change-{kind}-{ctx.lang}", alt=title, empty=ctx.say("format.no_data"),
            strong=("ratio",), most=430, selected=None if ctx.view.present else int(chosen),
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(table, columns, ctx), key=f"places-{kind}",
                 notes=[ctx.say(f"page.places.class_note.{kind}")])  # fmt: skip
    with right:
        _one(ctx, what, found.iloc[int(chosen)].to_dict())


def _one(ctx: Context, what: Asked, row: dict[Any, Any]) -> None:
    calendar = row["level"] == "cell"
    with panel(text.change(ctx, row), ctx.say("page.places.history_note"), key="places-change-one"):
        days = asks.whole_weeks(what, len(row["history"]), calendar=calendar)
        chart(
            weeks_figure(ctx, days, row["history"], last=4), key=f"places-change-one-{ctx.lang}",
            alt=text.change(ctx, row), height=240,
        )  # fmt: skip
        where = behind(what, row)
        total = read.orders_page(where, limit=1)[1]
        if not ctx.view.present:
            label = ctx.say("page.places.see_28", n=fmt.number(total, ctx.lang))
            asks.orders_link(ctx, where, label)
        if calendar and total != row["observed"]:
            more = fmt.number(total - int(row["observed"]), ctx.lang)
            st.caption(escape(ctx.say("page.places.not_counted", n=more)))


def behind(what: Asked, row: dict[Any, Any]) -> Condition:
    """The orders of the last four weeks of a place."""
    category = row["category1"] if isinstance(row["category1"], str) else None
    if row["level"] != "cell":
        street = row["street"] if row["level"] == "street" else None
        return orders_of_area(row["district"], street, what.as_of, category)
    monday = what.as_of - timedelta(days=what.as_of.weekday())
    return orders_in(int(row["cell"]), monday - timedelta(weeks=3), what.as_of, category)


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.places.column")
    return [
        column("name", 290, plain=True), column("level", 80, plain=True), column("observed", 80),
        column("usual", 80), column("ratio", 80), column("q", 80), column("weeks_top", 110),
        column("weeks", 170, plain=True),
    ]  # fmt: skip


def _table(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in found.to_dict("records"):
        known = not pd.isna(row["ratio"])
        q = "<0.001" if known and row["q"] < 0.001 else fmt.number(row["q"], ctx.lang, 3)
        rows.append(
            {
                "name": row["name"], "level": ctx.say(f"page.places.level.{row['level']}"),
                "observed": Cell(row["observed"], fmt.number(row["observed"], ctx.lang)) if known else None,
                "usual": Cell(row["expected"], text.few(ctx, row["expected"])) if known else None,
                "ratio": Cell(row["ratio"], fmt.number(row["ratio"], ctx.lang, 2)) if known else None,
                "q": Cell(row["q"], q) if known else None,
                "weeks_top": Cell(row["weeks_top"], fmt.number(row["weeks_top"], ctx.lang)),
                "weeks": asks.spark(row["history"]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


# -- for analysts -----------------------------------------------------------------------------------
def patterns(ctx: Context, what: Asked) -> None:
    """The patterns of GIS desks: how many cells of each, and which."""
    zones = asks.zones(what)
    zones = zones[zones["pattern"].fillna("none") != "none"]
    size = int(what.run.facts.get("resolution", FINEST))
    title = ctx.say("page.places.gis_title", n=fmt.number(len(zones), ctx.lang))
    note = ctx.say("page.places.gis_note", size=text.cell_size(ctx, size))
    with panel(title, note, key="places-gis"):
        st.caption(escape(ctx.say("page.places.gis_honest")))
        columns = [
            Column("pattern", ctx.say("page.places.column.pattern"), "", 160, text=True),
            Column("means", ctx.say("page.places.column.means"), "", 520, text=True),
            Column("n", ctx.say("page.places.column.cells"), "", 80),
        ]
        counts = zones["pattern"].value_counts()
        rows = [
            {
                "pattern": ctx.say(f"page.places.pattern.{code}"),
                "means": ctx.say(f"page.places.pattern_means.{code}"),
                "n": Cell(int(counts.get(code, 0)), fmt.number(int(counts.get(code, 0)), ctx.lang)),
            }
            for code in PATTERNS
            if code != "none"
        ]
        tables.show(
            pd.DataFrame(rows, dtype=object), columns, key=f"places-gis-{ctx.lang}", alt=title,
            empty=ctx.say("format.no_data"),
        )  # fmt: skip
        download(ctx, lambda: _pattern_rows(ctx, zones), key="places-patterns", notes=[note])


def _pattern_rows(ctx: Context, zones: pd.DataFrame) -> pd.DataFrame:
    names = [asks.place_name(ctx, row) for row in zones.to_dict("records")]
    said = {code: ctx.say(f"page.places.pattern.{code}") for code in PATTERNS}
    return pd.DataFrame(
        {
            "cell": [f"{int(cell):x}" for cell in zones["cell"]],
            ctx.say("page.places.column.name"): names,
            ctx.say("page.places.column.pattern"): zones["pattern"].map(said).to_numpy(),
            "Gi* z": zones["z"].round(3).to_numpy(), "hot": zones["hot"].round(3).to_numpy(),
            "Mann-Kendall p": zones["trend_p"].round(4).to_numpy(),
        }
    )  # fmt: skip
