"""The icon matrix: every unit's rates against its own past and its target, on one screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from metrics import spc
from metrics.spc import FEWEST
from ui import choice, fair_data, fair_icons, fair_text
from ui import unit_figure as figures
from ui.context import Context
from ui.fair_data import Past
from ui.fair_icons import Icon, Row, Square
from ui.panel import chart, download, escape, no_data, panel
from ui.rankings import League
from ui.unit_link import unit_link
from words import format as fmt

PAGE, WALL = 60, 36
BLOCKS = 3
MOST_CHARTS = 6
TRIES = ("scheme", "90", "95", "98", "100")
ONE_IN = 100
"""With no change at all about one icon in so many lights up (tests/test_spc.py)."""


def ask_target(ctx: Context) -> float | None:
    """The target to hold the rates against: the scheme's (``None``), or one to try out."""
    code = choice.choose(
        ctx, "target", TRIES, TRIES[0],
        title=ctx.say("board.signs.target"), width=150, help=ctx.say("board.signs.target_help"),
        label=lambda code: ctx.say("board.signs.target_scheme")
        if code == TRIES[0]
        else ctx.say("board.signs.target_try", value=fmt.percent(int(code) / 100, ctx.lang, 0)),
    )  # fmt: skip
    return None if code == TRIES[0] else int(code) / 100


def board(ctx: Context, league: League, target: float | None, unit: str) -> None:
    """The matrix of one league table, its legend, and the chosen unit's control charts."""
    past = fair_data.past_of(ctx, target)
    members = {*league.ranked["unit"], *league.apart["unit"]}
    table = past.table[past.table["unit"].isin(members)]
    if table.empty:
        no_data(ctx)
        return
    order = spc.by_concern(table, past.directions)
    with panel(headline(ctx, table), _note(ctx, past, table), key="signs"):
        shown = _shown(ctx, order)
        made = fair_icons.matrix_html(
            [fair_text.rate_name(ctx, name) for name in past.rates],
            rows_of(ctx, past, table, shown, unit), ctx.colours,
            blocks=BLOCKS, large=bool(ctx.view.present), empty=ctx.say("page.rankings.none"),
            label=ctx.say("board.signs.alt"),
        )  # fmt: skip
        fair_icons.show(
            made, key=f"signs-matrix-{ctx.lang}", live=not ctx.view.present,
            on_unit=lambda code: choice.keep("unit", code),
        )  # fmt: skip
        legend = fair_icons.legend_html(legend_of(ctx, table), ctx.colours)
        fair_icons.show(legend, key=f"signs-legend-{ctx.lang}", live=False, on_unit=lambda _: None)
        lines = notes(ctx, past, table, target)
        if len(shown) < len(order) and ctx.view.present:
            lines.insert(0, ctx.say("board.signs.worst", n=len(shown), count=len(order)))
        st.caption("  \n".join(escape(line) for line in lines))
        download(
            ctx, lambda: export(ctx, past, table), key=f"signs-{league.group}", notes=lines
        )  # fmt: skip
    if not ctx.view.present and unit in order:
        _charts(ctx, past, table, unit)


def _shown(ctx: Context, order: list[str]) -> list[str]:
    """The units on the screen: a page of them; in the meeting view those that need a look most."""
    if ctx.view.present:
        return order[:WALL]
    starts = [str(k) for k in range(0, len(order), PAGE)]
    first = int(
        choice.choose(
            ctx, "page", starts, starts[0], title=ctx.say("board.signs.page"), width=240,
            label=lambda k: ctx.say(
                "board.signs.page_span", first=int(k) + 1, last=min(int(k) + PAGE, len(order))
            ),
        )
    )  # fmt: skip
    return order[first : first + PAGE]


def headline(ctx: Context, table: pd.DataFrame) -> str:
    """How many units show a concerning change, and how many an improvement."""
    bad = table.loc[table["variation"] == "concerning", "unit"].nunique()
    good = table.loc[table["variation"] == "improving", "unit"].nunique()
    if not bad:
        return ctx.say(
            "board.signs.none", units=table["unit"].nunique(), rates=table["rate"].nunique()
        )
    return ctx.say("board.signs.some", n=bad, good=good)


def _note(ctx: Context, past: Past, table: pd.DataFrame) -> str:
    last = ctx.short_label(past.periods[-1]) if past.periods else ""
    if has_target(table):
        return ctx.say("board.signs.note", last=last, points=len(past.periods))
    return ctx.say("board.signs.note_plain", last=last, points=len(past.periods))


def notes(ctx: Context, past: Past, table: pd.DataFrame, target: float | None) -> list[str]:
    """Which limits these are, how many icons chance lights up, and whose target it is."""
    out = []
    if len(past.periods) < FEWEST:
        out.append(ctx.say("board.signs.short", points=len(past.periods)))
    else:
        n = max(1, round(len(table) / ONE_IN))
        out.append(ctx.say("board.signs.chance", cells=len(table), n=n))
    out.append(ctx.say("board.signs.kind"))
    if target is not None:
        out.append(ctx.say("board.signs.tried", value=fmt.percent(target, ctx.lang, 0)))
    elif not has_target(table) and not ctx.view.present:
        out.append(ctx.say("board.signs.no_target"))
    return out


def has_target(table: pd.DataFrame) -> bool:
    """Whether any rate has a target (else the assurance icons say nothing and are left out)."""
    return bool((~table["assurance"].isin(["no_target", "too_few"])).any())


def rows_of(
    ctx: Context, past: Past, table: pd.DataFrame, units: list[str], chosen: str
) -> list[Row]:
    """The rows of the matrix in the order of ``units``."""
    found = {(row["unit"], row["rate"]): row for row in table.to_dict("records")}
    assured = has_target(table)
    return [
        Row(
            unit,
            ("★ " if unit in ctx.view.units else "") + ctx.name(unit),
            tuple(_square(ctx, past, found.get((unit, name)), assured) for name in past.rates),
            unit == chosen and not ctx.view.present,
        )
        for unit in units
    ]


def _square(ctx: Context, past: Past, row: dict[Any, Any] | None, assured: bool) -> Square | None:
    if row is None:
        return None
    icons = [variation_icon(ctx, row)]
    if assured:
        icons.append(Icon(row["assurance"], fair_icons.letter(ctx, row["assurance"], high=True)))
    value = fmt.percent(row["value"], ctx.lang)
    return Square(tuple(icons), value, _tip(ctx, past, row))


def variation_icon(ctx: Context, row: dict[Any, Any]) -> Icon:
    """The variation icon with its letter: whether the latest value is high or low."""
    return Icon(
        row["variation"],
        fair_icons.letter(ctx, row["variation"], high=row["value"] > row["mean"]),
    )


def _tip(ctx: Context, past: Past, row: dict[Any, Any]) -> str:
    lang = ctx.lang
    rule = ctx.say("board.signs.tip_rule", rule=ctx.say(f"fair.rule.{row['rule']}")) if isinstance(row["rule"], str) else ""  # fmt: skip
    goal = past.targets.get(row["rate"])
    target = "" if goal is None else ctx.say("board.signs.tip_target", value=fmt.percent(goal, lang, 0))  # fmt: skip
    return ctx.say(
        "board.signs.tip",
        unit=ctx.name(row["unit"]), rate=fair_text.rate_name(ctx, row["rate"]),
        value=fmt.percent(row["value"], lang), n=fmt.number(row["n"], lang),
        period=ctx.short_label(past.periods[int(row["period"])]),
        mean=fmt.percent(row["mean"], lang), limits=fmt.interval(row["low"], row["high"], lang),
        points=int(row["points"]), variation=ctx.say(f"fair.variation.{row['variation']}"),
        rule=rule, assurance=ctx.say(f"fair.assurance.{row['assurance']}"), target=target,
    )  # fmt: skip


def legend_of(ctx: Context, table: pd.DataFrame) -> list[tuple[Icon, str]]:
    """The icons that occur, with their words."""
    seen = {variation_icon(ctx, row): row for row in table.to_dict("records")}
    out = []
    for code in fair_icons.VARIATION:
        for icon, row in seen.items():
            if icon.code == code:
                key = _legend(code, high=row["value"] > row["mean"])
                out.append((icon, ctx.say(key, what=ctx.say(f"fair.variation.{code}"))))
    if has_target(table):
        for code in fair_icons.ASSURANCE[:3]:
            icon = Icon(code, fair_icons.letter(ctx, code, high=True))
            out.append((icon, ctx.say(f"fair.assurance.{code}")))
    return out


def _legend(code: str, *, high: bool) -> str:
    if code in ("common", "too_few"):
        return "board.signs.means"
    return "board.signs.means_high" if high else "board.signs.means_low"


def export(ctx: Context, past: Past, table: pd.DataFrame) -> pd.DataFrame:
    """The matrix as a table, one row per unit and rate."""
    said = ctx.say
    rule = [said(f"fair.rule.{code}") if isinstance(code, str) else "" for code in table["rule"]]
    return pd.DataFrame(
        {
            said("board.signs.unit"): [ctx.name(u) for u in table["unit"]],
            said("board.signs.rate"): [fair_text.rate_name(ctx, r) for r in table["rate"]],
            said("board.signs.period"): [ctx.short_label(past.periods[int(p)]) for p in table["period"]],
            **{
                said(f"board.signs.{key}"): table[key].to_numpy()
                for key in ("value", "n", "mean", "low", "high", "points")
            },
            said("board.signs.variation"): [said(f"fair.variation.{c}") for c in table["variation"]],
            said("board.signs.rule"): rule,
            said("board.signs.assurance"): [said(f"fair.assurance.{c}") for c in table["assurance"]],
        }
    )  # fmt: skip


# -- one unit's charts -----------------------------------------------------------
def _charts(ctx: Context, past: Past, table: pd.DataFrame, unit: str) -> None:
    found = {row["rate"]: row for row in table[table["unit"] == unit].to_dict("records")}
    mine = [found[name] for name in past.rates if name in found][:MOST_CHARTS]
    with panel(ctx.say("board.signs.detail", unit=ctx.name(unit)), key="signs-unit"):
        unit_link(ctx, unit)
        cells = st.columns(min(3, len(mine)), gap="small")
        for k, row in enumerate(mine):
            with cells[k % len(cells)]:
                _chart(ctx, past, row)


def _chart(ctx: Context, past: Past, row: dict[Any, Any]) -> None:
    found = fair_data.unit_charts(past, row["unit"], row["rate"])
    if found is None:
        return
    name = fair_text.rate_name(ctx, row["rate"])
    said = ctx.say(f"fair.variation.{row['variation']}")
    st.markdown(f"**{escape(name)}** · {escape(said)}")
    note = ctx.say(
        "board.signs.chart_note",
        n=fmt.number(row["n"], ctx.lang), points=int(row["points"]),
        mean=fmt.percent(row["mean"], ctx.lang),
    )  # fmt: skip
    st.caption(escape(note))
    words = {
        "value": ctx.say("board.signs.value"), "mean": ctx.say("board.signs.mean"),
        "limit": ctx.say("board.signs.limits"), "target": ctx.say("board.signs.target_line"),
        "marked": ctx.say("board.signs.marked"),
    }  # fmt: skip
    spans = past.periods
    labels = [fmt.month(p.last_day, ctx.lang) if p.kind.startswith("month") else fmt.day(p.last_day, ctx.lang) for p in spans]  # fmt: skip
    value = _known(found.value[0])
    hover = [
        f"{ctx.short_label(p)}: {fmt.percent(v, ctx.lang)}, n = {fmt.number(int(n), ctx.lang)}"
        for p, v, n in zip(spans, value, found.n[0], strict=True)
    ]
    made = figures.course(
        labels, value, _known(found.low[0]), _known(found.high[0]),
        [int(s) for s in found.side[0]], float(found.mean[0]), past.targets.get(row["rate"]),
        ctx.colours, hover, words,
    )  # fmt: skip
    alt = ctx.say("board.signs.chart_alt", unit=ctx.name(row["unit"]), rate=name)
    chart(made, key=f"signs-chart-{row['rate']}", alt=alt, height=250)


def _known(values: Any) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in values]
