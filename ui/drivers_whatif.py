"""The drivers page: a weather forecast entered, and what complaints would be expected with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.factors import DriverSpec, ahead, catalogue
from data.factors.ahead import BadEntry, Entry
from data.factors.delivering import fault_holes, named
from data.records import Stale
from data.refresh import Run
from forecasting.associations import Outlook, outlook
from ui import charts, choice, read, tables, who
from ui import drivers as asks
from ui import drivers_text as text
from ui.context import Context
from ui.drivers import Row
from ui.forecast_text import together
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column
from ui.theme import figure
from words import format as fmt

DAYS = 14
"""Days ahead that are offered."""


def scenario(ctx: Context, run: Run, pairs: pd.DataFrame) -> None:
    """The forecast, the day and amount asked about, and what would be expected."""
    specs = asks.specs(run)
    after = pd.Timestamp(run.facts["until"]).date()
    usable = [
        row for row in pairs.to_dict("records")
        if asks.source_of(specs[row["driver"]]) is not None and not asks.of_pair("base", row).empty
    ]  # fmt: skip
    if not usable:
        no_data(ctx, "page.drivers.whatif_none")
        return
    left, right = st.columns([5, 8], gap="small")
    with left:
        row, spec, day, value = _asked(ctx, specs, usable, after)
        _entered(ctx, after, spec, day, value)
    with right:
        _shown(ctx, row, spec, after, day, value)


def _asked(
    ctx: Context, specs: Mapping[str, DriverSpec], usable: Sequence[Row], after: date
) -> tuple[Row, DriverSpec, date, float]:
    """What is asked: driver, category, day, amount of the factor."""
    with panel(
        ctx.say("page.drivers.whatif"), ctx.say("page.drivers.whatif_note"), key="drivers-ask"
    ):
        codes = list(dict.fromkeys(str(row["driver"]) for row in usable))
        code = choice.choose(
            ctx, "driver", codes, codes[0], title=ctx.say("page.drivers.driver"), bare=True,
            label=lambda c: text.driver(ctx, specs[c]), kind="segments",
        )  # fmt: skip
        spec = specs[code]
        mine = {str(r["category"]): r for r in usable if r["driver"] == code}
        path = choice.choose(
            ctx, "what", list(mine), next(iter(mine)), title=ctx.say("page.drivers.column.category"),
            label=lambda one: text.category(ctx, one),
        )  # fmt: skip
        offered = [str(after + timedelta(days=k)) for k in range(1, DAYS + 1)]
        chosen = choice.choose(
            ctx, "on", offered, offered[1], title=ctx.say("page.drivers.on"),
            label=lambda one: when(ctx, date.fromisoformat(one)),
        )  # fmt: skip
        day = date.fromisoformat(chosen)
        source = asks.source_of(spec) or ""
        factor = catalogue(read.store().settings.home).factors[source]
        known = asks.forecasts(after)
        same = known[(known["day"] == day) & (known["factor"] == source)]
        default = float(same["amount"].iloc[0]) if len(same) else _default(spec, source)
        value = default
        if not ctx.view.present:
            value = float(
                st.number_input(
                    named(factor, ctx.lang), min_value=float(factor.low),
                    max_value=float(factor.high), value=default, step=float(spec.step) / 5,
                    key=f"whatif-{source}-{chosen}-{ctx.lang}", format="%.1f",
                )
            )  # fmt: skip
    return mine[path], spec, day, value


def when(ctx: Context, day: date) -> str:
    """11月24日（周二）."""
    weekday = fmt.weekday(day.weekday(), ctx.lang)
    return ctx.say("page.drivers.when", day=fmt.day(day, ctx.lang, year=False), weekday=weekday)


def _default(spec: DriverSpec, source: str) -> float:
    """An amount worth asking about: five steps of rain, one beyond a limit of degrees."""
    if spec.above is not None:
        return spec.above + spec.step
    if spec.below is not None:
        return spec.below - 2 * spec.step
    if spec.reference is not None:
        return spec.reference + 5 * spec.step
    median = float(asks.factor_days()[source].median())
    return round(median + 2 * spec.step, 1)


def _entered(ctx: Context, after: date, spec: DriverSpec, day: date, value: float) -> None:
    """The forecast as entered so far, and saving the amount asked about as one."""
    found = asks.forecasts(after)
    source = asks.source_of(spec) or ""
    factors = catalogue(read.store().settings.home).factors
    with panel(
        ctx.say("page.drivers.entered", n=len(found)), ctx.say("page.drivers.entered_note"),
        key="drivers-entered",
    ):  # fmt: skip
        if len(found):
            listed = pd.DataFrame(
                [
                    (when(ctx, row["day"]), named(factors[row["factor"]], ctx.lang),
                     f"{row['amount']:g}", row["actor"])
                    for row in found.to_dict("records") if row["factor"] in factors
                ]
            )  # fmt: skip
            st.table(listed, border="horizontal", hide_index=True, hide_header=True)
        if ctx.view.present:
            return
        name = who.ask(ctx, "weather")
        seen = dict(zip(found["id"], found["revision"].astype(int), strict=True))
        id_ = ahead.id_of(day, source)
        with st.container(horizontal=True):
            save = st.button(
                ctx.say("page.drivers.save", day=when(ctx, day)), key=f"weather-save-{ctx.lang}",
                type="primary", disabled=not name,
                help=None if name else ctx.say("page.evidence.name_first"),
            )  # fmt: skip
            back = id_ in seen and st.button(
                ctx.say("page.drivers.take_back"), key=f"weather-back-{ctx.lang}", disabled=not name
            )
        if save or back:
            _save(ctx, Entry(day, source, None if back else value), after, str(name), seen)


def _save(ctx: Context, entry: Entry, after: date, name: str, seen: Mapping[str, int]) -> None:
    try:
        ahead.save(read.store(), [entry], after=after, actor=name, seen=seen)
    except BadEntry as bad:
        st.warning(
            escape(ctx.say(f"factors.fault.{bad.code}", **fault_holes(bad.params, ctx.lang)))
        )
        return
    except Stale as stale:
        body = dict(stale.current.body) if stale.current else {}
        st.warning(
            escape(
                ctx.say(
                    "page.drivers.stale", actor=stale.current.actor if stale.current else "",
                    now=f"{body.get('amount', 0):g}", mine=f"{entry.amount or 0:g}",
                )
            ),
            icon=":material/sync_problem:",
        )  # fmt: skip
        return
    st.rerun()


def _shown(ctx: Context, row: Row, spec: DriverSpec, after: date, day: date, value: float) -> None:
    """Expected complaints of the day and after, by district, with what they rest on."""
    source = asks.source_of(spec) or ""
    known = asks.forecasts(after)
    given = {
        d: float(v) for d, f, v in zip(known["day"], known["factor"], known["amount"], strict=True)
        if f == source
    } | {day: value}  # fmt: skip
    made = asks.scenario(row, spec, after, given)
    if made is None:
        no_data(ctx, "page.drivers.whatif_none")
        return
    told, shares = made
    first = (day - after).days - 1
    window = range(first, min(first + int(row["lasts"]) + 1, len(told.base)))
    found = outlook(told, shares, window)
    title = _title(ctx, row, spec, day, value, found, len(window))
    note = ctx.say("page.drivers.whatif_range", lasts=_window(ctx, day, len(window)))
    with panel(title, note, key="drivers-whatif"):
        if found.beyond:
            limit = fmt.number(float(row["highest"]), ctx.lang, 1)
            st.warning(
                ctx.say("page.drivers.beyond", highest=limit, unit=text.unit(ctx, spec)),
                icon=":material/warning:",
            )
        st.markdown(f"**{escape(ctx.say('page.drivers.by_district'))}**")
        _districts(ctx, found)
        _course(ctx, after, found)
        st.caption(escape(_honest(ctx, row, spec)))
        download(ctx, found.places, key="what-if", notes=[title, note])


def _title(
    ctx: Context, row: Row, spec: DriverSpec, day: date, value: float, found: Outlook, n: int
) -> str:
    whole, low, high, without = found.whole
    source = asks.source_of(spec) or ""
    factor = catalogue(read.store().settings.home).factors[source]
    return ctx.say(
        "page.drivers.if", day=when(ctx, day), factor=factor.zh if ctx.lang == "zh" else factor.en,
        value=f"{value:g}", unit=factor.unit_zh if ctx.lang == "zh" else factor.unit_en,
        category=text.category(ctx, str(row["category"])), days=n,
        n=fmt.number(whole, ctx.lang), low=fmt.number(low, ctx.lang),
        high=fmt.number(high, ctx.lang), without=fmt.number(without, ctx.lang),
    )  # fmt: skip


def _window(ctx: Context, day: date, n: int) -> str:
    end = day + timedelta(days=n - 1)
    return f"{fmt.day(day, ctx.lang, year=False)} – {fmt.day(end, ctx.lang, year=False)}"


def _districts(ctx: Context, found: Outlook) -> None:
    places = found.places.sort_values("expected", ascending=False).reset_index(drop=True)
    if ctx.view.districts:
        places = places[places["place"].isin(ctx.view.districts)].reset_index(drop=True)
    columns = [
        Column("place", ctx.say("page.drivers.column.district"), "", 150, text=True),
        Column("expected", ctx.say("page.drivers.expected"), "", 90),
        Column("span", ctx.say("page.drivers.span_80"), "", 110, text=True),
        Column("without", ctx.say("page.drivers.without"), "", 110),
    ]
    rows = [
        {
            "place": ctx.name(place["place"] if isinstance(place["place"], str) else None),
            "expected": Cell(place["expected"], fmt.number(place["expected"], ctx.lang, 1)),
            "span": f"{fmt.number(place['low'], ctx.lang)}–{fmt.number(place['high'], ctx.lang)}",
            "without": Cell(place["without"], fmt.number(place["without"], ctx.lang, 1)),
        }
        for place in places.to_dict("records")
    ]
    left, right = st.columns([1, 1], gap="small")
    with left:
        made = charts.dots(
            charts.axis_names([str(row["place"]) for row in rows]), places["expected"].tolist(),
            places["low"].tolist(), places["high"].tolist(), ctx.colours, percent=False,
            text=[f"{fmt.number(place['expected'], ctx.lang, 1)} [{row['span']}]"
                  for place, row in zip(places.to_dict("records"), rows, strict=True)],
        )  # fmt: skip
        made.update_xaxes(rangemode="tozero")
        chart(made, key=f"whatif-districts-{ctx.lang}", alt=ctx.say("page.drivers.by_district"),
              height=max(220, 24 * len(rows) + 50))  # fmt: skip
    with right:
        tables.show(
            pd.DataFrame(rows, columns=[c.key for c in columns], dtype=object), columns,
            key=f"whatif-table-{ctx.lang}", alt=ctx.say("page.drivers.by_district"),
            empty=ctx.say("format.no_data"), strong=("expected",), most=440,
        )  # fmt: skip


def _course(ctx: Context, after: date, found: Outlook) -> None:
    """Day by day, with and without."""
    days = [after + timedelta(days=k + 1) for k in range(min(len(found.days), DAYS))]
    rows = found.days.head(len(days))
    made = figure(bargap=0.3)
    made.add_trace(
        go.Bar(
            x=days, y=rows["expected"].tolist(), name=ctx.say("page.drivers.expected"),
            marker={"color": ctx.colours.accent}, hovertemplate="%{y:,.1f}",
            error_y={
                "type": "data", "array": (rows["high"] - rows["expected"]).clip(lower=0).tolist(),
                "arrayminus": (rows["expected"] - rows["low"]).clip(lower=0).tolist(),
                "color": ctx.colours.muted, "thickness": 1.4, "width": 0,
            },
        )
    )  # fmt: skip
    made.add_trace(
        go.Scatter(
            x=days, y=rows["without"].tolist(), mode="lines", name=ctx.say("page.drivers.without"),
            line={"color": ctx.colours.text, "width": 2, "dash": "dash"},
            hovertemplate="%{y:,.1f}",
        )
    )  # fmt: skip
    made.update_xaxes(type="date")
    made.update_yaxes(rangemode="tozero", tickformat=",")
    st.markdown(f"**{escape(ctx.say('page.drivers.course'))}**")
    chart(made, key=f"whatif-days-{ctx.lang}", alt=ctx.say("page.drivers.course"), height=240)


def _honest(ctx: Context, row: Row, spec: DriverSpec) -> str:
    parts = [ctx.say(f"page.drivers.rest_{'season' if _seasonal(spec) else 'none'}")]
    if row["heavy_days"] and not pd.isna(row["heavy_days"]):
        parts.append(
            ctx.say(
                "page.drivers.heavy_text", n=int(row["heavy_days"]),
                least=fmt.number(float(row["heavy_from"]), ctx.lang, 0), unit=text.unit(ctx, spec),
                observed=fmt.number(float(row["heavy_observed"]), ctx.lang),
                expected=fmt.number(float(row["heavy_expected"]), ctx.lang),
            )
        )  # fmt: skip
    return together(ctx, [*parts, ctx.say("page.drivers.not_cause")])


def _seasonal(spec: DriverSpec) -> bool:
    return spec.above is not None or spec.below is not None
