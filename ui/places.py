"""What the page of places asks for: category, districts, what is counted; reads, cached. Nothing is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from data import places
from data.places import CLEAN, EVERY
from data.refresh import Run
from metrics.conditions import Condition
from metrics.selection import PATH
from ui import ahead, choice, drill, read
from ui.context import Context
from words import format as fmt

Frame = pd.DataFrame
STEP = places.STEP
QUARTER = 13
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Asked:
    """What is shown: one first-level category or all, districts, variant; the filters that the page
    cannot follow (codes of ``page.places.left``); the run it comes from."""

    run: Run
    as_of: date
    category: str | None
    districts: tuple[str, ...]
    variant: str
    left: tuple[str, ...]

    @property
    def stamp(self) -> str:
        """Changes with every run."""
        return str(self.run.started_at)


def asked(ctx: Context, run: Run) -> Asked:
    """The filters as this page can follow them."""
    view = ctx.view
    left = [name for name in ("units", "unit_types", "channels") if getattr(view, name)]
    firsts = {path.split(PATH)[0] for path in view.categories}
    category = firsts.pop() if len(firsts) == 1 else None
    if firsts:
        left.append("categories")
    elif any(PATH in path for path in view.categories):
        left.append("category_level")
    variant = choice.chosen("count", (CLEAN, EVERY), CLEAN)
    as_of = run.as_of or date.fromisoformat(str(run.facts["as_of"]))
    return Asked(run, as_of, category, view.districts, variant, tuple(left))


# -- cached reads -----------------------------------------------------------------------------------
@st.cache_data(show_spinner=False, max_entries=8)
def _scopes(started: str, variant: str) -> Frame:
    return places.scopes(read.store(), variant)


def scope(what: Asked) -> dict[str, Any] | None:
    """The scope shown, ``None`` where its category has no order on the map."""
    found = _scopes(what.stamp, what.variant)
    mine = found[found["category1"].fillna("") == (what.category or "")]
    return dict(mine.iloc[0]) if len(mine) else None


@st.cache_data(show_spinner=False, max_entries=32)
def _visits(
    started: str,
    noted: int,
    category: str | None,
    districts: tuple[str, ...],
    variant: str,
    limit: int,
) -> Frame:
    return places.visit_list(read.store(), category, districts, limit, variant=variant)


def visits(what: Asked, limit: int = 30) -> Frame:
    """The list of places to visit first, see :func:`data.places.visit_list`."""
    return _visits(what.stamp, read.noted(), what.category, what.districts, what.variant, limit)


@st.cache_data(show_spinner=False, max_entries=8)
def _cells(started: str, category: str | None, variant: str) -> Frame:
    return places.risk_cells(read.store(), category, variant)


def cells(what: Asked) -> Frame:
    """Every cell kept, see :func:`data.places.risk_cells`, of the districts chosen."""
    return _there(_cells(what.stamp, what.category, what.variant), what)


@st.cache_data(show_spinner=False, max_entries=8)
def _zones(started: str, category: str | None, variant: str) -> Frame:
    return places.zones(read.store(), category, variant)


def zones(what: Asked) -> Frame:
    """Cells with a class or a pattern, see :func:`data.places.zones`, of the districts chosen."""
    return _there(_zones(what.stamp, what.category, what.variant), what)


@st.cache_data(show_spinner=False, max_entries=4)
def _areas(started: str) -> Frame:
    return places.areas(read.store())


def areas(what: Asked) -> Frame:
    """Streets and districts: as a whole and each category, or the one category chosen."""
    found = _there(_areas(what.stamp), what)
    if what.category is not None:
        found = found[found["category1"] == what.category]
    return found.reset_index(drop=True)


@st.cache_data(show_spinner=False, max_entries=16)
def _points(started: str, category: str | None, districts: tuple[str, ...], limit: int) -> Frame:
    return places.repeat_points(read.store(), category, districts, limit)


def points(what: Asked, limit: int = 60) -> Frame:
    """Repeat points, see :func:`data.places.repeat_points`."""
    return _points(what.stamp, what.category, what.districts, limit)


@st.cache_data(show_spinner=False, max_entries=8)
def _scores(started: str, category: str | None) -> Frame:
    return places.scores(read.store(), category)


def scores(what: Asked) -> Frame:
    """The back-test, see :func:`data.places.scores`."""
    return _scores(what.stamp, what.category)


@st.cache_data(show_spinner=False, max_entries=32)
def _samples(
    version: int, cells: tuple[int, ...], as_of: date, category: str | None, top: int
) -> Frame:
    return places.samples(read.store(), cells, as_of, category, top)


def samples(what: Asked, cells: tuple[int, ...], top: int = places.SAMPLES) -> Frame:
    """What people say there, see :func:`data.places.samples`."""
    return _samples(read.version(), cells, what.as_of, what.category, top)


def _there(found: Frame, what: Asked) -> Frame:
    if what.districts:
        found = found[found["district"].isin(what.districts)]
    return found.reset_index(drop=True)


# -- shared by the sections --------------------------------------------------------------------------
def whole_weeks(what: Asked, count: int, *, calendar: bool = True) -> list[date]:
    """First days of the last ``count`` weeks of a history: calendar weeks up to the last whole one, or
    blocks of seven days that end on the last day."""
    day = what.as_of
    first = day - timedelta(days=6)
    if calendar and day.weekday() != 6:
        first = day - timedelta(days=day.weekday() + 7)
    return [first - timedelta(weeks=count - 1 - k) for k in range(count)]


def spark(history: list[int | None]) -> str:
    """The last 13 weeks of a history as a line of blocks; the tallest is its largest week."""
    history = history[-QUARTER:]
    most = max((n for n in history if n is not None), default=0)
    return "".join(
        "·" if n is None else BLOCKS[round(n / most * (len(BLOCKS) - 1)) if most else 0]
        for n in history
    )


def place_name(ctx: Context, row: dict[Any, Any]) -> str:
    """Street and district in words."""
    street, district = row.get("street"), row.get("district")
    names = [ctx.name(code) for code in (district, street) if isinstance(code, str) and code]
    return " · ".join(names) if names else ctx.say("ui.unnamed")


def topics(ctx: Context, listed: list[Any], most: int = 3) -> str:
    """The most frequent categories with their orders: 停车管理 › 违法停车 12, …"""
    named = [f"{_last(ctx, str(path))} {fmt.number(n, ctx.lang)}" for path, n in listed[:most]]
    return ctx.say("ui.list_comma").join(named)


def _last(ctx: Context, path: str) -> str:
    return ctx.name(path)


def orders_link(ctx: Context, where: Condition, label: str) -> None:
    """A link to exactly these orders, whatever the filter bar says."""
    bare = replace(ctx.view, districts=(), unit_types=(), units=(), categories=(), channels=())
    link = {**drill.drill(replace(ctx, view=bare), where), drill.SPAN: "all"}
    st.page_link("pages/orders.py", label=label, icon=":material/arrow_forward:", query_params=link)


def run() -> Run | None:
    """The newest run of the step."""
    return ahead.run_of(STEP)
