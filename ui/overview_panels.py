"""The Overview's pictures: headline numbers, district map, lowest units, rises, weekly volume."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from forecasting.expected import Outlook
from metrics.indicators import Indicator
from ui import charts, drill, maps, read
from ui.context import Context
from ui.overview_ahead import category_name
from ui.overview_data import Kpi
from ui.overview_rises import last_day
from ui.overview_words import Action, kpi_help
from ui.panel import chart, download, no_data, panel
from ui.unit_link import unit_link
from words import format as fmt

SHOWN = 10
LINKED = 2
TALL = 370


def finding(ctx: Context, key: str, sentences: list[str]) -> None:
    """One of the four answers on top of the page."""
    with st.container(border=True, key=f"finding-{key}", height="stretch", gap="xxsmall"):
        st.caption(ctx.say(f"page.overview.{key}"))
        for sentence in sentences:
            st.text(sentence)


def actions(ctx: Context, found: list[Action]) -> None:
    """What to do next, each with the way to its orders."""
    with st.container(border=True, key="finding-do", height="stretch", gap="xxsmall"):
        st.caption(ctx.say("page.overview.do"))
        for sentence, code, filters in found:
            st.text(sentence)
            if code and not ctx.view.present:
                mine = replace(ctx, view=replace(ctx.view, **filters))
                st.page_link(
                    "pages/orders.py",
                    label=ctx.say("page.overview.see_orders"),
                    icon=":material/arrow_forward:",
                    query_params=drill.drill(mine, code),
                )


def kpi_received(
    ctx: Context, now: pd.Series, before: pd.Series | None, course: list[float]
) -> None:
    """The volume."""
    delta = None
    if before is not None and before["all"]:
        delta = fmt.signed((now["all"] - before["all"]) / before["all"] * 100, ctx.lang) + "%"
    st.metric(
        ctx.say("page.overview.kpi.received"),
        fmt.compact(float(now["all"]), ctx.lang),
        delta,
        # More complaints are neither good nor bad in themselves.
        delta_color="off",
        delta_description=ctx.say(f"ui.compare.{ctx.view.compare}"),
        help=ctx.say("page.overview.kpi.received_help"),
        border=True,
        height="stretch",
        chart_data=course or None,
    )


def kpi_rate(ctx: Context, kpi: Kpi) -> None:
    """A rate: value, n, change or "no real change", course."""
    label = ctx.names_of(kpi.indicator.names)
    n = ctx.say("page.overview.kpi.n", n=fmt.number(kpi.now.n, ctx.lang))
    if kpi.now.value is None:
        key = "page.overview.kpi.unmeasured" if not kpi.indicator.measured else "format.no_data"
        st.metric(
            label, ctx.say(key), border=True, height="stretch",
            help=ctx.names_of(kpi.indicator.definition),
        )  # fmt: skip
        return
    delta = ctx.say("page.overview.kpi.no_change" if kpi.change else "page.overview.kpi.alone")
    colour, arrow = "off", "off"
    if kpi.change is not None and kpi.change.real:
        delta = fmt.points(kpi.change.difference, ctx.lang).replace(fmt.MINUS, "-")
        colour, arrow = ("normal" if kpi.now.up else "inverse"), "auto"
    course = [v for v in kpi.course if v is not None]
    st.metric(
        label,
        fmt.percent(kpi.now.value, ctx.lang),
        delta,
        delta_color=colour,  # type: ignore[arg-type]
        delta_arrow=arrow,  # type: ignore[arg-type]
        delta_description=n,
        help=kpi_help(ctx, kpi),
        border=True,
        height="stretch",
        chart_data=course if len(course) > 1 else None,
    )


def kpi_overdue(ctx: Context, units: pd.DataFrame) -> None:
    """Open orders past their limit now."""
    st.metric(
        ctx.say("page.overview.kpi.overdue"),
        fmt.compact(float(units["n"].sum()) if len(units) else 0.0, ctx.lang),
        help=ctx.say("page.overview.kpi.overdue_help"),
        delta=ctx.say("page.overview.kpi.overdue_note", moment=fmt.moment(ctx.until, ctx.lang)),
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
    )


def district_map(ctx: Context, indicator: Indicator, found: pd.DataFrame) -> str | None:
    """The districts coloured by an indicator; returns a district that was clicked on."""
    name = ctx.names_of(indicator.names)
    # A handful of orders must not name the best or the worst district.
    enough = found["n"] >= max(ctx.scheme.minimum_n, 1)
    known = found[found["value"].notna() & enough] if len(found) else found
    title = ctx.say("page.overview.map_title_none", indicator=name)
    if len(known):
        ends = known.sort_values("value", ascending=indicator.direction == "down")
        best, worst = ends.iloc[0], ends.iloc[-1]
        title = ctx.say(
            "page.overview.map_title", indicator=name,
            best=ctx.name(best["district"]), high=fmt.percent(best["value"], ctx.lang),
            worst=ctx.name(worst["district"]), low=fmt.percent(worst["value"], ctx.lang),
        )  # fmt: skip
    areas = read.areas()
    areas = areas[areas["level"] == "district"]
    with panel(
        title, ctx.say("page.overview.map_note", period=ctx.short_label(ctx.period)), key="map"
    ):
        shown = {r["district"]: r for r in found.to_dict("records")}
        if not areas["geometry"].notna().any():
            no_data(ctx, "page.overview.map_missing")
            _district_table(ctx, known)
            return None
        values = {code: _value(shown.get(code)) for code in areas["area"]}
        captions = {
            code: f"<b>{ctx.name(code)}</b><br>{name} {fmt.percent(values[code], ctx.lang)}"
            f"<br>n {fmt.number(shown[code]['n'] if code in shown else 0, ctx.lang)}"
            for code in areas["area"]
        }
        clicked = maps.area_map(
            areas, values, captions, {c: _short(ctx.name(c)) for c in areas["area"]}, ctx.colours,
            key=f"map-{ctx.lang}-{ctx.colours.name}", alt=title, height=TALL - 40,
        )  # fmt: skip
        maps.legend(
            values,
            ctx.colours,
            lambda v: fmt.percent(v, ctx.lang),
            ctx.say("page.overview.map_none"),
        )
        return clicked


def _short(name: str) -> str:
    """An area's name for a map: English ones without their kind."""
    return re.sub(r" (District|County|Town|City)$", "", name)


def _value(row: Mapping[Any, Any] | None) -> float | None:
    value = None if row is None else row["value"]
    return None if value is None or pd.isna(value) else float(value)


def _district_table(ctx: Context, known: pd.DataFrame) -> None:
    rows = known.sort_values("value").head(SHOWN * 2)
    chart(
        charts.dots(
            [ctx.name(d) for d in rows["district"]], rows["value"], rows["low"], rows["high"],
            ctx.colours,
            text=[f"{fmt.percent(v, ctx.lang)} · n {fmt.number(n, ctx.lang)}"
                  for v, n in zip(rows["value"], rows["n"], strict=True)],
        ),
        key="district-dots", alt=ctx.say("page.overview.map_note", period=ctx.short_label(ctx.period)),
        height=TALL - 60,
    )  # fmt: skip


def low_units(ctx: Context, units: pd.DataFrame, indicator: Indicator) -> None:
    """The lowest units of the indicator with intervals and their group's pooled rate."""
    name = ctx.names_of(indicator.names)
    with panel(
        ctx.say("page.overview.help_title", indicator=name),
        ctx.say("page.overview.help_note", period=ctx.short_label(ctx.period)),
        key="low-units",
    ):
        if units.empty:
            no_data(ctx)
            return
        group = units.iloc[0]["group"]
        rows = units[units["group"] == group].head(SHOWN)
        text = [
            f"{fmt.percent(v, ctx.lang)} · n {fmt.number(n, ctx.lang)}"
            for v, n in zip(rows["value"], rows["n"], strict=True)
        ]
        colour = [ctx.colours.bad if f else ctx.colours.accent for f in rows["flagged"]]
        names = [ctx.name(u) for u in rows["unit"]]
        chart(
            charts.dots(
                names, rows["value"], rows["low"], rows["high"], ctx.colours,
                text=text, colour=colour, reference=float(rows.iloc[0]["pooled"]),
            ),
            key="low-units", alt=ctx.say("page.overview.help_title", indicator=name), height=TALL - 60,
        )  # fmt: skip
        table = rows.assign(unit=names)[["unit", "value", "low", "high", "n", "pooled"]]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for unit in rows["unit"].head(max(1, min(LINKED, int(rows["flagged"].sum())))):
                unit_link(ctx, unit)
            download(ctx, table, key="low-units")


def rises(ctx: Context, found: pd.DataFrame) -> None:
    """The strongest rises, as observed over expected."""
    day = fmt.day(last_day(ctx), ctx.lang, year=False)
    any_up = bool(len(found)) and bool(found["rising"].astype(bool).any())
    title = ctx.say("page.overview.rise_title" if any_up else "page.overview.rise_none_title")
    with panel(title, ctx.say("page.overview.rise_note", day=day), key="rises"):
        if found.empty:
            no_data(ctx)
            return
        # What is beyond chance comes first, in colour; the largest of the others stand pale.
        up = found.sort_values(["rising", "excess"], ascending=False).head(SHOWN)
        names = [
            f"{ctx.name(place)} · {category_name(ctx, c)}"
            for place, c in zip(up["place"], up["category"], strict=True)
        ]
        text = [
            ctx.say(
                "page.overview.rise_text", ratio=fmt.number(r["ratio"], ctx.lang, 1),
                n=fmt.number(r["observed"], ctx.lang),
                expected=fmt.number(r["expected"], ctx.lang),
            )
            for r in up.to_dict("records")
        ]  # fmt: skip
        figure = charts.bars(
            names, up["excess"], ctx.colours, text=text, colour=ctx.colours.bad,
            highlight=up["rising"].astype(bool).tolist(),
        )  # fmt: skip
        figure.update_layout(margin={"r": 120})
        chart(figure, key="rises", alt=title, height=TALL - 60)
        download(ctx, up.assign(series=names), key="rises")


def weekly(ctx: Context, daily: pd.DataFrame, week: Outlook | None) -> None:
    """Orders a week, and the range expected for the next seven days."""
    with panel(
        ctx.say("page.overview.trend_title"), ctx.say("page.overview.trend_note"), key="weekly"
    ):
        if daily.empty:
            no_data(ctx)
            return
        last = pd.Timestamp(ctx.until.date()) - pd.Timedelta(days=1)
        # Weeks that end on the last complete day, so that no week is cut short.
        age = ((last - pd.to_datetime(daily["day"])).dt.days // 7).rename("age")
        weeks = daily[age >= 0].groupby(age)["n"].agg(["sum", "size"]).sort_index(ascending=False)
        # The oldest week may be cut short by where the data begin.
        weeks = weeks.iloc[1:] if len(weeks) > 1 else weeks
        x = [last - pd.Timedelta(days=7 * int(a)) for a in weeks.index]
        lines = [charts.Line(ctx.say("page.overview.actual"), x, weeks["sum"])]
        if week is not None and week.low is not None:
            ahead = [last, last + pd.Timedelta(days=7)]
            now = float(weeks["sum"].iloc[-1])
            lines.append(
                charts.Line(
                    ctx.say("page.overview.expected"), ahead, [now, week.expected], dash="dot",
                    colour=ctx.colours.series[1], low=[now, week.low], high=[now, week.high],
                )
            )  # fmt: skip
        chart(
            charts.trend(lines, ctx.colours), key="weekly",
            alt=ctx.say("page.overview.trend_title"), height=210,
        )  # fmt: skip
