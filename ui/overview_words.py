"""The Overview in sentences: what changed, who needs help, what to do. Numbers first."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ui import read
from ui.context import Context
from ui.overview_ahead import category_name
from ui.overview_data import Kpi
from ui.overview_rises import ALL
from ui.rankings_text import group_name
from words import format as fmt


def volume(ctx: Context, now: pd.Series, before: pd.Series | None) -> str:
    """How many orders came, against the comparison period."""
    n = int(now["all"])
    if before is None or ctx.compared is None or not before["all"]:
        return ctx.say(
            "page.overview.volume_alone",
            period=ctx.short_label(ctx.period),
            n=fmt.number(n, ctx.lang),
        )
    delta = n - int(before["all"])
    return ctx.say(
        "page.overview.volume",
        period=ctx.short_label(ctx.period),
        n=fmt.number(n, ctx.lang),
        compared=ctx.short_label(ctx.compared),
        direction=ctx.say("page.overview.more" if delta >= 0 else "page.overview.fewer"),
        share=fmt.percent(abs(delta) / before["all"], ctx.lang),
        delta=fmt.signed(delta, ctx.lang, 0),
    )


def rates_changed(ctx: Context, kpis: list[Kpi]) -> str:
    """Which rates moved by more than chance."""
    if ctx.compared is None:
        return ctx.say("page.overview.not_compared")
    compared = [k for k in kpis if k.change is not None]
    if not compared:
        return ctx.say("page.overview.nothing_to_compare")
    real = [k for k in compared if k.change is not None and k.change.real]
    if not real:
        return ctx.say("page.overview.no_real_change", compared=ctx.short_label(ctx.compared))
    comma = ctx.say("ui.list_semicolon")
    details = comma.join(
        ctx.say(
            "page.overview.rate_change",
            name=ctx.names_of(k.indicator.names),
            before=fmt.percent(k.before.value if k.before else None, ctx.lang),
            after=fmt.percent(k.now.value, ctx.lang),
            delta=fmt.points(k.change.difference if k.change else None, ctx.lang),
        )
        for k in real
    )
    return ctx.say("page.overview.real_change", details=details)


def need_help(ctx: Context, units: pd.DataFrame, indicator: str) -> str:
    """How many units lie clearly below their group, and the lowest of them."""
    if units.empty:
        return ctx.say("page.overview.too_small", minimum=ctx.scheme.minimum_n)
    flagged = units[units["flagged"]]
    if flagged.empty:
        return ctx.say("page.overview.nobody", n=len(units), indicator=indicator)
    worst = flagged.iloc[0]
    same = flagged[flagged["group"] == worst["group"]]
    return ctx.say(
        "page.overview.need_help",
        group=group_name(ctx, worst["group"]),
        n=len(same),
        indicator=indicator,
        pooled=fmt.percent(worst["pooled"], ctx.lang),
        unit=ctx.name(worst["unit"]),
        value=fmt.percent(worst["value"], ctx.lang),
        count=fmt.number(worst["n"], ctx.lang),
    )


def kpi_help(ctx: Context, kpi: Kpi) -> str:
    """Definition, n, interval and what the missing follow-ups could change."""
    now = kpi.now
    missing = ""
    if now.missing and now.value is not None:
        missing = ctx.say(
            "page.overview.kpi.missing",
            n=fmt.number(now.missing, ctx.lang),
            low=fmt.percent(now.bound_low, ctx.lang),
            high=fmt.percent(now.bound_high, ctx.lang),
        )
    return ctx.say(
        "page.overview.kpi.help",
        definition=ctx.names_of(kpi.indicator.definition),
        n=fmt.number(now.n, ctx.lang),
        interval=fmt.interval(now.low, now.high, ctx.lang),
        missing=missing,
    )


Action = tuple[str, str, dict[str, Any]]
"""A sentence, the drill-down of its orders, and the filters that go with it."""


def to_do(
    ctx: Context, late: pd.DataFrame, rises: pd.DataFrame, units: pd.DataFrame, indicator: str
) -> list[Action]:
    """What to do on Monday, in order of urgency: overdue orders, rising places, units to help."""
    out: list[Action] = []
    if late.empty:
        out.append((ctx.say("page.overview.do_no_overdue"), "", {}))
    else:
        sentence = ctx.say(
            "page.overview.do_overdue",
            n=fmt.number(late["n"].sum(), ctx.lang),
            unit=ctx.name(late.iloc[0]["unit"]),
            count=fmt.number(late.iloc[0]["n"], ctx.lang),
        )
        out.append((sentence, "overdue", {}))
    up = rises[rises["rising"].astype(bool)] if len(rises) else rises
    if len(up):
        top = up.iloc[0]
        sentence = ctx.say(
            "page.overview.do_rise",
            place=ctx.name(top["place"]),
            category=category_name(ctx, top["category"]),
            n=fmt.number(top["observed"], ctx.lang),
        )
        where = "units" if top["place"] in set(read.units()["unit"]) else "districts"
        chosen = {"categories": (top["category"],)} if top["category"] != ALL else {}
        out.append((sentence, "all", {where: (top["place"],), **chosen}))
    low = units[units["flagged"]] if len(units) else units
    if len(low):
        worst = low.iloc[0]
        sentence = ctx.say(
            "page.overview.do_help",
            unit=ctx.name(worst["unit"]),
            lost=fmt.number(round(abs(1 - worst["value"]) * worst["n"]), ctx.lang),
        )
        out.append((sentence, f"{indicator}.lost", {"units": (worst["unit"],)}))
    return out
