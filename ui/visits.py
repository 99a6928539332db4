"""Where to go before anybody complains: places of the risk map, and what comes with the season."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.registers import ACTION
from ui import choice, read, register_form, tables
from ui import visits_source as source
from ui.context import Context
from ui.panel import download, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

PLACE = "place"
LIMIT = 30
WEEKS = 8


def section(ctx: Context) -> None:
    """The two lists."""
    _places(ctx)
    _season(ctx)


# -- places of the risk map ----------------------------------------------------------
def _places(ctx: Context) -> None:
    with panel(
        ctx.say("page.proactive.visit_title"), ctx.say("page.proactive.visit_note"), key="visit"
    ):
        found = source.places(ctx, LIMIT)
        if found.empty:
            no_data(ctx, "page.proactive.visit_none")
            return
        ids = [str(cell) for cell in found["cell"]]
        wanted = choice.chosen(PLACE, ids, "")

        def choose(row: int | None) -> None:
            choice.keep(PLACE, None if row is None else ids[row])

        columns = _place_columns(ctx)
        cells = pd.DataFrame(
            [_place_cells(ctx, row) for row in found.to_dict("records")], dtype=object
        )
        tables.show(
            cells, columns, key=f"visit-{ctx.lang}", alt=ctx.say("page.proactive.visit_title"),
            empty="–", strong=("where",), most=430,
            selected=ids.index(wanted) if wanted in ids else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(cells, columns, ctx), key="visit")
        chosen = next((r for r in found.to_dict("records") if str(r["cell"]) == wanted), None)
        if ctx.view.present:
            return
        st.button(
            ctx.say("page.proactive.record_here"), icon=":material/add_location_alt:",
            key=f"record-here-{ctx.lang}", disabled=chosen is None, type="primary",
            help=None if chosen else ctx.say("page.proactive.choose_place"),
            on_click=_record, args=(_at_place(ctx, chosen or {}),),
        )  # fmt: skip


def _place_columns(ctx: Context) -> list[Column]:
    widths = {"where": 240, "district": 110, "topics": 300, "expected": 90, "top10": 90,
              "unit": 140, "visited": 120}  # fmt: skip
    return [
        Column(
            name, ctx.say(f"page.proactive.visit.{name}"), ctx.say(f"page.proactive.visit_help.{name}"),
            width, text=name not in ("expected", "top10", "visited"),
        )
        for name, width in widths.items()
    ]  # fmt: skip


def _place_cells(ctx: Context, row: Mapping[Any, Any]) -> dict[str, Any]:
    visited = row.get("visited")
    seen = None if visited is None or pd.isna(visited) else pd.Timestamp(visited).date()
    return {
        "where": _where(ctx, row), "district": ctx.name(_text(row.get("district"))),
        "topics": ctx.say("ui.list_comma").join(
            ctx.say("page.proactive.topic_n", name=ctx.name(path), n=fmt.number(n, ctx.lang))
            for path, n in _topics(row)[:3]
        ),
        "expected": Cell(row["expected"], fmt.number(float(row["expected"]), ctx.lang, 1)),
        "top10": Cell(row["top10"], fmt.percent(float(row["top10"]), ctx.lang, 0)),
        "unit": ctx.name(_text(row.get("unit"))),
        "visited": None if seen is None else Cell(seen.toordinal(), fmt.day(seen, ctx.lang, year=False)),
    }  # fmt: skip


def _topics(row: Mapping[Any, Any]) -> list[tuple[str, float]]:
    found = row.get("topics")
    return [(str(path), float(n)) for path, n in found] if isinstance(found, list | tuple) else []


def _where(ctx: Context, row: Mapping[Any, Any]) -> str:
    for name in ("address", "street"):
        if _text(row.get(name)):
            return str(row[name])
    return ctx.say("effect.point", lon=f"{row['lon']:.4f}", lat=f"{row['lat']:.4f}")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _at_place(ctx: Context, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What is known of an action at a place before it is written. The point decides what is
    measured: the place in words is the address."""
    if not row:
        return {}
    topics = _topics(row)
    return {
        "unit": _text(row.get("unit")), "place": _where(ctx, row),
        "lon": round(float(row["lon"]), 5), "lat": round(float(row["lat"]), 5),
        "category": topics[0][0] if topics else None, "start": _today(),
    }  # fmt: skip


# -- the season ----------------------------------------------------------------------
def _season(ctx: Context) -> None:
    with panel(
        ctx.say("page.proactive.season_title", weeks=WEEKS), ctx.say("page.proactive.season_note"),
        key="season",
    ):  # fmt: skip
        found = source.season(ctx, WEEKS)
        if found.empty:
            no_data(ctx, "page.proactive.season_none")
            return
        columns = [
            Column(
                name, ctx.say(f"page.proactive.season.{name}"),
                ctx.say(f"page.proactive.season_help.{name}"), width, text=name == "category",
            )
            for name, width in (("category", 260), ("peak_start", 130), ("height", 110),
                                ("last_n", 110), ("usual", 110))
        ]  # fmt: skip
        rows = [_season_cells(ctx, row) for row in found.head(LIMIT).to_dict("records")]
        cells = pd.DataFrame(rows, dtype=object)
        paths = found["category"].astype(str).tolist()
        wanted = choice.chosen("season", paths, "")

        def choose(row: int | None) -> None:
            choice.keep("season", None if row is None else paths[row])

        tables.show(
            cells, columns, key=f"season-{ctx.lang}", alt=ctx.say("page.proactive.season_title", weeks=WEEKS),
            empty="–", strong=("category",), most=300,
            selected=paths.index(wanted) if wanted in paths else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: tables.plain(cells, columns, ctx), key="season")
        if not ctx.view.present:
            st.button(
                ctx.say("page.proactive.record_season"), icon=":material/add:",
                key=f"record-season-{ctx.lang}", disabled=not wanted,
                help=None if wanted else ctx.say("page.proactive.choose_season"),
                on_click=_record, args=({"category": wanted, "start": _today()},),
            )  # fmt: skip


def _season_cells(ctx: Context, row: Mapping[Any, Any]) -> dict[str, Any]:
    peak = pd.Timestamp(row["peak_start"]).date()
    times = ctx.say("page.proactive.times", n=fmt.number(float(row["height"]), ctx.lang, 1))
    return {
        "category": ctx.path_name(str(row["category"])),
        "peak_start": Cell(peak.toordinal(), fmt.day(peak, ctx.lang)),
        "height": Cell(row["height"], times),
        "last_n": Cell(row["last_n"], fmt.number(float(row["last_n"]), ctx.lang)),
        "usual": Cell(row["usual"], fmt.number(float(row["usual"]), ctx.lang, 1)),
    }  # fmt: skip


# -- recording -----------------------------------------------------------------------
def _today() -> str:
    return read.store().now().date().isoformat()


def _record(known: Mapping[str, Any]) -> None:
    """To the register, its form filled in (a callback)."""
    choice.keep("part", "register")
    choice.keep("span", "all", "period")
    register_form.opened(ACTION, filled={k: v for k, v in known.items() if v is not None})
