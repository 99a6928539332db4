"""The first screen of the unit page: the head, the waterfall, the causes, what would move a rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from metrics.explain import COMPOSITE, waterfall
from ui import rankings_bonus
from ui import unit_figure as figures
from ui import unit_text as text
from ui.context import Context
from ui.panel import chart, download, escape, panel
from ui.rankings import SCORE
from ui.unit_data import Profile
from ui.unit_lost import Lost
from words import format as fmt

MOST = 8
ROW = 36


@dataclass(frozen=True)
class Number:
    """One of the headline numbers: what it is, its value, what stands under it, how to read it."""

    label: str
    value: str
    under: str
    help: str | None
    real: bool = False


def head(ctx: Context, mine: Profile, overdue: int) -> None:
    """The sentences to read out, and the numbers in them."""
    sentences(ctx, mine)
    with st.grid(5, min_column_width=170, gap="small"):
        for number in numbers(ctx, mine, overdue):
            under = number.under.replace(fmt.MINUS, "-") if number.real else number.under
            st.metric(
                number.label, number.value, under or None, help=number.help, border=True,
                height="stretch", delta_color="normal" if number.real else "off",
                delta_arrow="auto" if number.real else "off",
            )  # fmt: skip


def sentences(ctx: Context, mine: Profile) -> None:
    """What a leader can read out."""
    with st.container(border=True, key="finding-unit", gap="small"):
        first, *rest = text.head(ctx, mine)
        st.markdown(f"#### {escape(first)}")
        if rest:
            st.markdown(escape((" " if ctx.lang == "en" else "").join(rest)))
        st.caption(
            escape(text.note(ctx, mine)), help=text.interval_help(ctx) if mine.ranked else None
        )


def numbers(ctx: Context, mine: Profile, overdue: int) -> list[Number]:
    """Score, rank, orders received, n, overdue now."""
    row, said = mine.row, ctx.say
    excluded = said("page.unit.kpi.excluded", n=fmt.number(row["excluded"], ctx.lang))
    least = said("page.unit.kpi.least", n=ctx.scheme.minimum_n)
    now = said("page.unit.kpi.overdue_now", moment=fmt.moment(ctx.until, ctx.lang))
    plain = (
        ("received", row["received"], excluded if ctx.scheme.excluded is not None else ""),
        ("n", row["n"], least),
        ("overdue", overdue, now),
    )
    return [
        _score(ctx, mine),
        _rank(ctx, mine),
        *(
            Number(
                said(f"page.unit.kpi.{name}"), fmt.number(value, ctx.lang), under,
                said(f"page.unit.kpi.{name}_help"),
            )
            for name, value, under in plain
        ),
    ]  # fmt: skip


def _score(ctx: Context, mine: Profile) -> Number:
    row, change = mine.row, mine.change
    under = ctx.say("page.unit.kpi.score_alone" if change is None else "page.unit.kpi.unreal")
    if change is not None and change.real:
        under = fmt.signed(change.difference * 100, ctx.lang, 2)
    about = None
    if mine.ranked:
        low, high = (row[f"composite_{end}"] + row["adjustments"] for end in ("low", "high"))
        about = ctx.say(
            "page.unit.kpi.score_help",
            low=fmt.number(low, ctx.lang, 1), high=fmt.number(high, ctx.lang, 1),
        )  # fmt: skip
    value = fmt.number(row[SCORE], ctx.lang, 2)
    real = change is not None and change.real
    return Number(ctx.say("page.unit.kpi.score"), value, under, about, real)


def _rank(ctx: Context, mine: Profile) -> Number:
    label = ctx.say("page.unit.kpi.rank", of=fmt.number(int(mine.row["of"]), ctx.lang))
    if not mine.ranked or mine.rank is None:
        return Number(label, fmt.number(None, ctx.lang), "", None)
    low, high = int(mine.rank["rank_low"]), int(mine.rank["rank_high"])
    return Number(
        label, fmt.number(int(mine.row["rank"]), ctx.lang),
        ctx.say("page.unit.kpi.rank_range", low=low, high=high), text.interval_help(ctx),
    )  # fmt: skip


# -- from 100 to the result ---------------------------------------------------------
def lost_screen(ctx: Context, mine: Profile, found: Lost | None) -> None:
    """Waterfall, causes and categories beside each other; below what would move a rank."""
    if found is None:
        return
    widths = [1, 1] if ctx.view.present else [5, 4, 4]
    cells = st.columns(widths, gap="small")
    with cells[0]:
        fall(ctx, mine)
    with cells[1]:
        causes(ctx, mine, found)
    if not ctx.view.present:
        with cells[2]:
            categories(ctx, mine, found)
        one_rank(ctx, mine)
        rankings_bonus.lines(ctx, mine.bonuses, mine.unit)


def fall(ctx: Context, mine: Profile) -> None:
    """The waterfall: from 100 by lost points, bonuses and penalties to the score."""
    steps = waterfall(mine.linear, mine.unit, mine.bonus)
    if not (steps["kind"] == "adjustment").any():  # composite and score are one
        steps = steps[steps["step"] != COMPOSITE].reset_index(drop=True)
    names = [text.step_name(ctx, mine.linear, step) for step in steps["step"]]
    losses = steps[steps["kind"] == "loss"]
    score = fmt.number(mine.row[SCORE], ctx.lang, 2)
    title = ctx.say("page.unit.waterfall.full", score=score)
    if len(losses) and losses["points"].min() < 0:
        worst = losses.iloc[int(losses["points"].to_numpy().argmin())]
        title = ctx.say(
            "page.unit.waterfall.title",
            score=score, first=text.step_name(ctx, mine.linear, worst["step"]),
            points=text.points(ctx, -worst["points"]),
        )  # fmt: skip
    hover = [
        _step(ctx, name, row) for name, row in zip(names, steps.to_dict("records"), strict=True)
    ]
    labels = [
        fmt.number(p, ctx.lang, 2 if k else 0)
        if kind == "level"
        else fmt.signed(p if abs(p) >= text.TINY else 0.0, ctx.lang, 2)
        for k, (p, kind) in enumerate(zip(steps["points"], steps["kind"], strict=True))
    ]
    with panel(title, ctx.say("page.unit.waterfall.note", period=ctx.period_label()), key="fall"):
        made, start = figures.waterfall(names, steps, ctx.colours, labels, hover)
        alt = ctx.say("page.unit.waterfall.alt", unit=ctx.name(mine.unit), score=score)
        chart(made, key="unit-fall", alt=alt, height=round(44 * len(steps) * _tall(ctx)) + 40)
        sizes = [
            f"{name} n = {fmt.number(n, ctx.lang)}"
            for name, n, kind in zip(names, steps["n"], steps["kind"], strict=True)
            if kind == "loss"
        ]
        under = ctx.say("ui.list_semicolon").join(sizes)
        if start:
            under += "  \n" + ctx.say("page.unit.waterfall.axis", low=fmt.number(start, ctx.lang))
        st.caption(escape(under))
        download(ctx, steps.assign(step=names), key="unit-waterfall", notes=definitions(ctx))


def _step(ctx: Context, name: str, row: dict[Any, Any]) -> str:
    value = float(row["points"])
    if row["kind"] == "loss":
        return ctx.say(
            "page.unit.waterfall.worth",
            step=name, worth=fmt.number(float(row["worth"]), ctx.lang, 1),
            points=text.points(ctx, -value), n=fmt.number(int(row["n"]), ctx.lang),
        )  # fmt: skip
    key = "adjusted" if row["kind"] == "adjustment" else "level"
    shown = fmt.signed(value, ctx.lang, 2) if key == "adjusted" else text.points(ctx, value)
    return ctx.say(f"page.unit.waterfall.{key}", step=name, points=shown)


def definitions(ctx: Context) -> list[str]:
    """Name and definition of every indicator of the composite, for exports and paper."""
    return [f"{ctx.names_of(i.names)}: {ctx.names_of(i.definition)}" for i in ctx.scheme.composed]


# -- by cause and category -----------------------------------------------------------
def causes(ctx: Context, mine: Profile, found: Lost) -> None:
    """Lost points by rate and cause."""
    table = found.by(["rate", "cause"])
    names = text.rate_names(ctx, mine.linear)
    table["name"] = [
        f"{names[rate]} · {text.cause_name(ctx, cause)}"
        for rate, cause in zip(table["rate"], table["cause"], strict=True)
    ]
    title = ctx.say("page.unit.cause.none")
    if len(table):
        title = ctx.say("page.unit.cause.title", cause=table["name"].iloc[0], **_top(ctx, table))
    note = ctx.say(
        "page.unit.cause.note",
        total=text.points(ctx, found.total), orders=fmt.number(len(found.orders), ctx.lang),
        period=ctx.period_label(),
    )  # fmt: skip
    with panel(title, note, key="causes"):
        alt = ctx.say("page.unit.cause.alt", unit=ctx.name(mine.unit))
        _bars(ctx, table, "unit-causes", alt)
        lines = [ctx.say("page.unit.cause.sum", total=text.points(ctx, found.total))]
        lines += [
            ctx.say(
                "page.unit.cause.shares", points=text.points(ctx, value), names=names[str(rate)]
            )
            for rate, value in found.shares.items()
        ]
        st.caption(escape("  \n".join(lines)))
        download(
            ctx, table[["name", "points", "orders"]], key="unit-causes", notes=definitions(ctx)
        )


def categories(ctx: Context, mine: Profile, found: Lost) -> None:
    """Lost points by category."""
    table = found.by(["category"])
    table["name"] = [text.category_name(ctx, path) for path in table["category"]]
    title = ctx.say("page.unit.cause.none")
    if len(table):
        title = ctx.say(
            "page.unit.category.title", category=table["name"].iloc[0], **_top(ctx, table)
        )
    note = ctx.say(
        "page.unit.category.note",
        period=ctx.period_label(), orders=fmt.number(len(found.orders), ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="categories"):
        alt = ctx.say("page.unit.category.alt", unit=ctx.name(mine.unit))
        _bars(ctx, table, "unit-categories", alt)
        download(ctx, table[["name", "points", "orders"]], key="unit-categories")


def _top(ctx: Context, table: pd.DataFrame) -> dict[str, str]:
    first = float(table["points"].iloc[0])
    return {
        "points": text.points(ctx, first),
        "share": fmt.percent(first / table["points"].sum(), ctx.lang, 0),
    }


def _bars(ctx: Context, table: pd.DataFrame, key: str, alt: str) -> None:
    """The dearest rows as bars; the rest in one, so that the bars add up to the lost points."""
    if table.empty:
        return
    shown, rest = table.head(MOST), table.iloc[MOST:]
    names, values = shown["name"].tolist(), shown["points"].tolist()
    labels = [_said(ctx, p, n) for p, n in zip(values, shown["orders"], strict=True)]
    if len(rest):
        names.append(ctx.say("page.unit.cause.other", n=len(rest)))
        values.append(float(rest["points"].sum()))
        labels.append(ctx.say("page.unit.cause.points", points=text.points(ctx, values[-1])))
    pale = [False] * len(shown) + [True] * bool(len(rest))
    made = figures.bars(names, values, ctx.colours, labels, pale=pale)
    chart(made, key=key, alt=alt, height=max(150, round(ROW * len(values) * _tall(ctx)) + 24))


def _tall(ctx: Context) -> float:
    """Rows are taller in the meeting view, but not on paper."""
    return 1.4 if ctx.view.present > 1 else 1.0


def _said(ctx: Context, points: float, orders: int) -> str:
    return ctx.say(
        "page.unit.cause.text",
        points=text.points(ctx, points), orders=fmt.number(int(orders), ctx.lang),
    )  # fmt: skip


# -- one rank -----------------------------------------------------------------------
def one_rank(ctx: Context, mine: Profile) -> None:
    """What would move the unit by one rank, up and down."""
    with panel(ctx.say("page.unit.moves.title"), ctx.say("page.unit.moves.note"), key="moves"):
        up, down = st.columns(2, gap="medium")
        for column, direction in ((up, "up"), (down, "down")):
            with column:
                icon = (
                    ":material/arrow_upward:" if direction == "up" else ":material/arrow_downward:"
                )
                st.markdown(f"{icon} **{ctx.say(f'page.unit.moves.{direction}_title')}**")
                for sentence in text.one_rank(ctx, mine, direction):  # type: ignore[arg-type]
                    st.markdown(escape(sentence))
