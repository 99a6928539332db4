"""What stands behind an area, a cell or a point: its numbers, its course, its orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.cell_counts import monday
from data.cells import condition_of
from metrics.conditions import EVERYTHING, Condition, both, test
from metrics.rates import rates
from metrics.selection import PATH, Selection
from ui import beside, charts, choice, counted, drill, map_view, read
from ui import map_text as text
from ui import view as views
from ui.context import Context
from ui.map_asked import AREAS, POINTS, Asked
from ui.map_legend import value_text
from ui.panel import chart, escape, no_data, panel
from words import format as fmt

WEEKS = 26
CATEGORIES = 5


@dataclass(frozen=True)
class Spot:
    """A place: its name, and the orders there."""

    name: str
    condition: Condition


def detail(ctx: Context, asked: Asked, rows: pd.DataFrame, at: str) -> None:
    """The panel beside the map; before anything is clicked it says how."""
    if asked.look == POINTS and at:
        _order(ctx, rows, at)
        return
    spot = spot_of(ctx, asked, at) if at else None
    if spot is None:
        with panel(ctx.say("page.map.detail_title"), key="map-detail"):
            st.caption(
                escape(
                    ctx.say(f"page.map.detail_how_{'points' if asked.look == POINTS else 'places'}")
                )
            )
        return
    where = replace(asked.where(ctx), extra=spot.condition)
    note = " · ".join([ctx.period_label(), *ctx.narrowed_by()])
    with panel(spot.name, note, key="map-detail"):
        _numbers(ctx, asked, where, rows, at)
        _course(ctx, asked, spot)
        _ways(ctx, asked, spot, at)


def spot_of(ctx: Context, asked: Asked, at: str) -> Spot | None:
    """The place of a code; ``None`` for a code of nothing."""
    if asked.look == AREAS:
        level = "street" if asked.inside else "district"
        condition = test(level, "eq", at)
        if asked.inside:
            condition = both(test("district", "eq", asked.inside), condition)
        return Spot(ctx.name(at), condition)
    try:
        code = int(at, 16)
        first, last = condition_of(code)
    except ValueError:
        return None
    if not 0 < code < 2**63 or not 5 <= code >> 52 & 0xF <= 9:
        return None
    condition = test("h3_9", "eq", code) if first == last else both(
        test("h3_9", "ge", first), test("h3_9", "le", last)
    )  # fmt: skip
    return Spot(_cell_name(ctx, asked, at, condition), condition)


def _cell_name(ctx: Context, asked: Asked, at: str, condition: Condition) -> str:
    """A cell by the street or district that most of its orders name."""
    where = replace(asked.where(ctx), extra=condition)
    for level in ("street", "district"):
        found = read.tally({"n": EVERYTHING}, where, [level])
        found = found[found[level].notna()].sort_values("n", ascending=False)
        if len(found):
            return ctx.say("page.map.cell_in", place=ctx.name(found[level].iloc[0]), cell=at)
    return ctx.say("page.map.cell", cell=at)


def _numbers(ctx: Context, asked: Asked, where: Selection, rows: pd.DataFrame, at: str) -> None:
    now = _count(where)
    line = [ctx.say("page.map.detail_volume", n=fmt.number(now, ctx.lang))]
    if ctx.compared is not None:
        before = _count(where.over(ctx.compared.start, ctx.compared.end))
        line.append(ctx.say("page.map.detail_before", n=fmt.number(before, ctx.lang)))
    st.markdown("**" + escape(ctx.say("ui.list_semicolon").join(line)) + "**")
    codes = [map_view.code_text(asked, code) for code in rows["code"]]
    if at in codes and not asked.volume:
        mine = rows.iloc[codes.index(at)]
        shown = value_text(ctx, asked, mine["value"])
        st.markdown(
            escape(
                ctx.say(
                    "page.map.detail_value", name=text.name(ctx, asked), value=shown,
                    n=fmt.number(0 if pd.isna(mine["n"]) else mine["n"], ctx.lang),
                )
            )
        )  # fmt: skip
        if mine["small"]:
            st.caption(escape(ctx.say("page.map.detail_small", n=ctx.scheme.minimum_n)))
    found = read.tally({"n": EVERYTHING}, where, ["category1", "category2"])
    found = found[found["category1"].notna()].sort_values("n", ascending=False).head(CATEGORIES)
    if len(found):
        listed = ctx.say("ui.list_semicolon").join(
            f"{_path(ctx, r)} {fmt.number(r['n'], ctx.lang)}" for r in found.to_dict("records")
        )
        st.caption(escape(ctx.say("page.map.detail_categories", listed=listed)))


def _path(ctx: Context, row: Mapping[Any, Any]) -> str:
    names = [str(row[c]) for c in ("category1", "category2") if isinstance(row[c], str)]
    return ctx.path_name(PATH.join(names))


def _count(where: Selection) -> int:
    return int(read.tally({"n": EVERYTHING}, where)["n"].sum())


def _course(ctx: Context, asked: Asked, spot: Spot) -> None:
    """The last half year, week by week."""
    end = datetime.combine(monday(min(ctx.until, ctx.period.end).date()), datetime.min.time())
    start = end - timedelta(days=7 * WEEKS)
    where = replace(asked.where(ctx).over(start, end), extra=spot.condition)
    weeks = pd.date_range(start, periods=WEEKS, freq="7D")
    have = [beside.days_known(w.date(), (w + timedelta(days=7)).date()) for w in weeks]
    if asked.indicator is None or asked.indicator.kind != "rate" or asked.indicator.records:
        found = read.tally({"n": EVERYTHING}, where, ["week"]).set_index("week")["n"]
        values = found.reindex(weeks, fill_value=0).astype(float)
        name, percent = ctx.say("page.map.volume"), False
    else:
        counts = counted.of_indicators([asked.indicator], ctx.scheme, where, ["week"])
        found = rates(asked.indicator, counts, recorded=True)["value"].set_axis(counts["week"])
        values = found.reindex(weeks).astype(float)
        name, percent = ctx.names_of(asked.indicator.names), asked.indicator.unit == "percent"
    values = values.where(np.array(have) > 0)  # a week without data is a gap, no zero
    if values.isna().all():
        no_data(ctx)
        return
    line = charts.Line(name, weeks, [None if pd.isna(v) else v for v in values])
    alt = ctx.say("page.map.course", name=name, place=spot.name, n=WEEKS)
    st.caption(escape(alt))
    chart(charts.trend([line], ctx.colours, percent=percent), key="map-course", alt=alt, height=190)


def _ways(ctx: Context, asked: Asked, spot: Spot, at: str) -> None:
    """To the orders, and from a district to its streets."""
    if ctx.view.present:
        return
    condition = spot.condition
    if asked.inside and asked.look != AREAS:
        condition = both(test("district", "eq", asked.inside), condition)
    st.page_link(
        "pages/orders.py", label=ctx.say("page.map.orders_there"), icon=":material/receipt_long:",
        query_params=drill.drill(ctx, condition, clock="created"),
    )  # fmt: skip
    if asked.look == AREAS and not asked.inside:
        st.button(
            ctx.say("page.map.streets_of", place=ctx.name(at)), key=f"map-in-{ctx.lang}",
            icon=":material/zoom_in:", type="tertiary", on_click=_go_in, args=(at,),
        )  # fmt: skip


def _go_in(code: str) -> None:
    choice.keep("in", code)
    choice.keep("at", None)


def _order(ctx: Context, rows: pd.DataFrame, at: str) -> None:
    """One point: the order itself."""
    source, _, number = at.partition("|")
    found = rows[(rows["source"] == source) & (rows["order_id"] == number)]
    with panel(ctx.say("page.map.order", order=number), key="map-detail"):
        if found.empty:
            no_data(ctx)
            return
        row = found.iloc[0]
        lines = [
            _path(ctx, row.to_dict()), ctx.name(row["district"]), ctx.name(row["unit"]),
            fmt.moment(row["created_at"], ctx.lang),
        ]  # fmt: skip
        st.markdown(escape(" · ".join(lines)))
        if not ctx.view.present:
            st.page_link(
                "pages/orders.py", label=ctx.say("page.map.open_order"), icon=":material/receipt_long:",
                query_params={**views.params(ctx.view), drill.ORDER: at},
            )  # fmt: skip
