"""One unit in detail: its place, every indicator with n and change, and the way to its orders."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from metrics.indicators import Indicator, Leaf
from metrics.rates import change, rate
from ui import drill
from ui import rankings_text as text
from ui.context import Context
from ui.panel import escape, panel
from ui.rankings import SCORE, League
from ui.unit_link import unit_link
from words import format as fmt


def unit_detail(
    ctx: Context, league: League, counts: pd.DataFrame, before: pd.DataFrame | None, chosen: str
) -> None:
    """One unit: place, every indicator with n and change, and the way to its orders."""
    everyone = pd.concat([league.ranked, league.apart], ignore_index=True)
    row = everyone[everyone["unit"] == chosen].iloc[0]
    mine = counts[counts["unit"] == chosen].iloc[0]
    old = before[before["unit"] == chosen] if before is not None else None
    was = old.iloc[0] if old is not None and len(old) else None
    with panel(_place(ctx, row, league), ctx.period_label(), key="unit"):
        with st.grid(max(len(ctx.scheme.indicators), 3), min_column_width=230, gap="small"):
            for indicator in ctx.scheme.indicators:
                with st.container(border=True):
                    _indicator_card(ctx, indicator, row, mine, was, league)
        with st.container(horizontal=True, gap="medium"):
            unit_link(ctx, chosen)
            received = fmt.number(row["received"], ctx.lang)
            _link(ctx, ctx.say("page.rankings.orders_all", n=received), chosen, "all")
            if row["excluded"]:
                n = fmt.number(row["excluded"], ctx.lang)
                _link(ctx, ctx.say("page.rankings.orders_excluded", n=n), chosen, "excluded")


def _place(ctx: Context, row: pd.Series, league: League) -> str:
    name = ctx.name(row["unit"])
    if not row["ranked"]:
        return ctx.say(
            "page.rankings.unit_apart",
            unit=name,
            reason=reason(ctx, row),
        )
    moved = row["rank_change"]
    words = ctx.say("page.rankings.moved_unknown")
    if not pd.isna(moved):
        code = "up" if moved > 0 else "down" if moved < 0 else "same"
        words = ctx.say(f"page.rankings.moved_{code}", n=abs(int(moved)))
    return ctx.say(
        "page.rankings.unit_place",
        unit=name, rank=int(row["rank"]), of=int(row["of"]),
        score=fmt.number(row[SCORE], ctx.lang, 2), moved=words,
        total=fmt.number(league.total[SCORE], ctx.lang, 2),
    )  # fmt: skip


def reason(ctx: Context, row: pd.Series) -> str:
    """Why a unit has no rank: no orders, or no data for the indicators named."""
    gone = [i for i in ctx.scheme.composed if i.measured and pd.isna(row[i.id])]
    names = ctx.say("ui.list_comma").join(ctx.names_of(i.names) for i in gone)
    return ctx.say(f"page.rankings.reason.{row['reason']}_named", names=names)


def _indicator_card(
    ctx: Context,
    indicator: Indicator,
    row: pd.Series,
    mine: pd.Series,
    was: pd.Series | None,
    league: League,
) -> None:
    name = escape(ctx.names_of(indicator.names))
    if not indicator.measured:
        st.markdown(f"**{name}**  \n:gray[{ctx.say('page.rankings.not_measured')}]")
        return
    value = row[indicator.id]
    if pd.isna(value):
        st.markdown(f"**{name}**  \n:gray[{fmt.percent(None, ctx.lang)}]")
        return
    lines = [f"**{name}** :blue[**{fmt.percent(value, ctx.lang)}**]"]
    small = []
    around = text.interval_text(
        ctx, indicator.id, row[f"{indicator.id}.low"], row[f"{indicator.id}.high"]
    )
    n = fmt.number(row[f"{indicator.id}.n"], ctx.lang)
    if around:
        small.append(ctx.say("page.rankings.card_interval", interval=around, n=n))
    total = league.total.get(indicator.id)
    if total is not None and not pd.isna(total):
        small.append(ctx.say("page.rankings.card_total", value=fmt.percent(total, ctx.lang)))
    small += _moved(ctx, indicator, mine, was)
    low, high = row[f"{indicator.id}.bound_low"], row[f"{indicator.id}.bound_high"]
    missing = row[f"{indicator.id}.missing"]
    if not pd.isna(missing) and missing > 0:
        small.append(
            ctx.say(
                "page.rankings.card_missing",
                n=fmt.number(missing, ctx.lang), bounds=fmt.interval(low, high, ctx.lang),
            )
        )  # fmt: skip
    st.markdown("  \n".join([*lines, *(f":small[:gray[{escape(s)}]]" for s in small)]))
    _card_links(ctx, indicator, mine)


def _moved(ctx: Context, indicator: Indicator, mine: pd.Series, was: pd.Series | None) -> list[str]:
    if was is None or indicator.kind != "rate":
        return []
    moved = change(rate(indicator, mine), rate(indicator, was))
    if moved is None:
        return [ctx.say("page.rankings.card_no_change_data")]
    code = "unreal" if not moved.real else "better" if moved.better else "worse"
    points = fmt.points(moved.difference, ctx.lang)
    return [ctx.say(f"page.rankings.card_{code}", points=points)]


def _card_links(ctx: Context, indicator: Indicator, mine: pd.Series) -> None:
    """To the orders that cost points, and to all that were counted."""
    unit = str(mine["unit"])
    for leaf in indicator.leaves():
        if leaf.rule.denominator is None or f"{leaf.prefix}.den" not in mine:
            continue
        n, lost = int(mine[f"{leaf.prefix}.den"]), lost_count(leaf, mine)
        part = f"{ctx.names_of(leaf.rule.names)} · " if indicator.parts else ""
        if lost:
            label = part + ctx.say("page.rankings.orders_lost", n=fmt.number(lost, ctx.lang))
            _link(ctx, label, unit, f"{leaf.prefix}.lost", ":material/trending_down:")
        if n:
            label = part + ctx.say("page.rankings.orders_counted", n=fmt.number(n, ctx.lang))
            _link(ctx, label, unit, f"{leaf.prefix}.den")


def _link(
    ctx: Context, label: str, unit: str, code: str, icon: str = ":material/receipt_long:"
) -> None:
    """To one unit's orders of a measure; the other filters stay."""
    mine = replace(ctx, view=replace(ctx.view, units=(unit,)))
    st.page_link("pages/orders.py", label=label, icon=icon, query_params=drill.drill(mine, code))


def lost_count(leaf: Leaf, row: pd.Series) -> int:
    """How many orders a link to ``<indicator>.lost`` finds: counted, but not in the numerator
    (in it, where less is better)."""
    hits = sum(int(row[f"{leaf.prefix}.num.{k}"]) for k in range(len(leaf.rule.numerator)))
    return hits if leaf.rule.direction == "down" else int(row[f"{leaf.prefix}.den"]) - hits
