"""What the Orders page asks for: filters, drill-down, search and order, read from the URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from metrics.conditions import EVERYTHING, Condition, both, fingerprint, test
from metrics.selection import Clock
from ui import read
from ui.choice import chosen
from ui.context import Context
from ui.drill import CLOCK, ORDER, PARAM, SEARCH, SPAN, BadDrill, Drill, read_drill

PAGE_SIZE = 50
PAGE, SORT = "page", "sort"
SORTS: dict[str, tuple[str, bool]] = {
    "newest": ("created_at", True),
    "oldest": ("created_at", False),
    "closed": ("closed_at", True),
    "due": ("due_at", False),
    "slowest": ("close_hours", True),
    "followed": ("followed_up_at", True),
    "redone": ("redos", True),
    "returned": ("returns", True),
}
EVERYWHERE = "all"
_ASKED = "_orders_asked"
_EVER = (datetime(1900, 1, 1), datetime(9999, 1, 1))


@dataclass(frozen=True)
class Query:
    """The orders that the page lists. ``bad`` is a drill-down that could not be read."""

    condition: Condition
    search: str
    sort: str
    clock: Clock
    drill: Drill | None
    bad: str
    everywhere: bool

    @property
    def key(self) -> str:
        """Changes whenever other orders are asked for, or in another order."""
        return "|".join((fingerprint(self.condition), self.search, self.sort))


def read_query(ctx: Context) -> Query:
    """The query of the URL under the filters in force."""
    params = st.query_params
    drill, bad = None, ""
    try:
        drill = read_drill(params.get(PARAM, ""), ctx, params.get(CLOCK, ""))
    except BadDrill as fault:
        bad = str(fault)
    everywhere = params.get(SPAN) == EVERYWHERE or bool(drill and drill.standing)
    clock: Clock = drill.clock if drill else ctx.scheme.clock
    return Query(
        condition=_condition(ctx, drill, clock, everywhere),
        search=_plain(params.get(SEARCH, "")).strip()[:100],
        sort=chosen(SORT, list(SORTS), "newest"),
        clock=clock,
        drill=drill,
        bad=bad,
        everywhere=everywhere,
    )


def _condition(ctx: Context, drill: Drill | None, clock: Clock, everywhere: bool) -> Condition:
    extra = [drill.condition] if drill else []
    if ctx.view.unit_types:
        units = read.units()
        typed = units.loc[units["unit_type"].isin(ctx.view.unit_types), "unit"].tolist()
        extra.append(test("unit", "in", typed))
    selection = replace(ctx.selection, clock=clock, extra=both(*extra) if extra else EVERYTHING)
    if everywhere:
        selection = replace(selection, start=_EVER[0], end=_EVER[1], clock="created")
    return selection.condition()


def everywhere(ctx: Context) -> Condition:
    """All orders under the page's filters, whenever they came."""
    return _condition(ctx, None, "created", True)


def _plain(text: str) -> str:
    """Without the one character that no database takes."""
    return text.replace("\0", "")


def page_number(query: Query) -> int:
    """The page of the URL (it may lie beyond the last); another question starts at the first."""
    asked = st.session_state.get(_ASKED)
    st.session_state[_ASKED] = query.key
    if asked is not None and asked != query.key:
        st.query_params.pop(PAGE, None)
    text = st.query_params.get(PAGE, "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def asked_order() -> tuple[str, str] | None:
    """``(source, order id)`` of the one order the URL asks for."""
    source, bar, order_id = _plain(st.query_params.get(ORDER, "")).partition("|")
    return (source, order_id) if bar and source and order_id else None


def open_order(source: str, order_id: str) -> None:
    """Show one order (its link is the page's address)."""
    st.query_params[ORDER] = f"{source}|{order_id}"


def close_order() -> None:
    """Back to the list."""
    st.query_params.pop(ORDER, None)
