"""The further screens of the unit page: its own past, its peers, its orders and load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from ui import tables
from ui import unit_figure as figures
from ui.context import Context
from ui.fair_text import rate_name
from ui.panel import chart, download, escape, no_data, panel
from ui.tables import Cell, Column
from ui.unit_course import Course
from ui.unit_data import Profile
from ui.unit_peers import Peer
from words import format as fmt

T = TypeVar("T")
TALL, LOW = 260, 190
"""Height of a chart on the screen and on paper."""
ICONS = {
    "common": ":material/trending_flat:", "improving": ":material/thumb_up:",
    "concerning": ":material/priority_high:", "neither": ":material/swap_vert:",
    "too_few": ":material/hourglass_empty:",
}  # fmt: skip
AIMS = {
    "passes": ":material/check_circle:", "hits_or_misses": ":material/help:",
    "fails": ":material/cancel:", "no_target": ":material/remove:",
    "too_few": ":material/hourglass_empty:",
}  # fmt: skip


# -- its own past ---------------------------------------------------------------------
def courses(ctx: Context, found: list[Course], columns: int = 3) -> None:
    """A control chart per rate."""
    if not found:
        no_data(ctx, "page.unit.course.none")
        return
    _rows(found, columns, lambda one: _course(ctx, one))


def _rows(found: Sequence[T], columns: int, draw: Callable[[T], None]) -> None:
    """Row by row, so that paper breaks between rows."""
    width = min(columns, len(found))
    for first in range(0, len(found), width):
        for cell, one in zip(st.columns(width, gap="small"), found[first:], strict=False):
            with cell:
                draw(one)


def _tall(ctx: Context) -> int:
    return LOW if ctx.view.present else TALL


def _course(ctx: Context, one: Course) -> None:
    name = rate_name(ctx, one.piece.name)
    verdict = ctx.say(f"fair.variation.{one.variation}")
    title = ctx.say("page.unit.course.title", rate=name, variation=verdict)
    last = max(k for k, v in enumerate(one.value) if v is not None)
    note = ctx.say(
        "page.unit.course.note",
        n=len(one.periods), value=fmt.percent(one.value[last], ctx.lang),
        count=fmt.number(one.n[last], ctx.lang),
    )  # fmt: skip
    hover = [
        ctx.say(
            "page.unit.course.hover",
            period=ctx.short_label(p), value=fmt.percent(v, ctx.lang), n=fmt.number(n, ctx.lang),
        )
        for p, v, n in zip(one.periods, one.value, one.n, strict=True)
    ]  # fmt: skip
    labels = [
        fmt.month(p.last_day, ctx.lang)
        if p.kind.startswith("month")
        else fmt.day(p.last_day, ctx.lang)
        for p in one.periods
    ]
    with panel(title, note, key=f"course-{one.piece.name.replace('.', '-')}"):
        made = figures.course(
            labels, one.value, one.low, one.high, one.side, one.mean, one.target, ctx.colours,
            hover, _course_words(ctx),
        )  # fmt: skip
        alt = ctx.say("page.unit.course.alt", rate=name, n=len(one.periods))
        chart(made, key=f"unit-course-{one.piece.name}", alt=alt, height=_tall(ctx))
        st.markdown("  \n".join(f":small[{line}]" for line in _icons(ctx, one)))
        frame = pd.DataFrame(
            {
                "period": [ctx.period_label(p) for p in one.periods], "value": one.value,
                "n": one.n, "low": one.low, "high": one.high,
            }
        )  # fmt: skip
        download(ctx, frame, key=f"unit-course-{one.piece.name}")


def _course_words(ctx: Context) -> dict[str, str]:
    return {
        "value": ctx.say("page.unit.course.value"),
        "mean": ctx.say("page.unit.course.mean_line"),
        "limit": ctx.say("page.unit.course.limit_line"),
        "target": ctx.say("page.unit.course.target_line"),
        "marked": ctx.say("page.unit.course.marked"),
    }


def _icons(ctx: Context, one: Course) -> list[str]:
    """Variation with its rule, assurance, and which limits these are."""
    verdict = escape(ctx.say(f"fair.variation.{one.variation}"))
    if one.rule and one.variation not in ("too_few", "common"):
        because = ctx.say("page.unit.course.rule", rule=ctx.say(f"fair.rule.{one.rule}"))
        verdict += f" :gray[{escape(because)}]"
    aim = ctx.say(
        "page.unit.course.assurance", assurance=ctx.say(f"fair.assurance.{one.assurance}")
    )
    if one.target is not None:
        aim += " " + ctx.say("page.unit.course.target", value=fmt.percent(one.target, ctx.lang, 0))
    limits = ctx.say("page.unit.course.limits", points=one.points)
    return [
        f"{ICONS[one.variation]} {verdict}",
        f"{AIMS[one.assurance]} {escape(aim)}",
        f":gray[{escape(limits)}]",
    ]


# -- among its peers --------------------------------------------------------------------
def peers(ctx: Context, mine: Profile, found: list[Peer], columns: int = 3) -> None:
    """A small funnel per rate."""
    if not found:
        no_data(ctx, "page.unit.peers.none")
        return
    _rows(found, columns, lambda one: _funnel(ctx, mine, one))


def place(ctx: Context, one: Peer) -> str:
    """Where the unit stands in the funnel, in words."""
    if one.stands.funnel is None:
        return ctx.say("fair.funnel.few")
    if not one.own["outside"]:
        return ctx.say("fair.funnel.inside")
    level = "998" if one.own["outside"] > 99 else "95"
    side = "better" if one.own["better"] else "worse"
    return ctx.say(f"fair.funnel.{side}{level}")


def _funnel(ctx: Context, mine: Profile, one: Peer) -> None:
    name = rate_name(ctx, one.piece.name)
    title = ctx.say("page.unit.peers.title", rate=name, place=place(ctx, one))
    note = ctx.say(
        "page.unit.peers.note",
        value=fmt.percent(one.own["value"], ctx.lang),
        interval=fmt.interval(one.low, one.high, ctx.lang),
        n=fmt.number(one.own["n"], ctx.lang), pooled=fmt.percent(one.pooled, ctx.lang),
    )  # fmt: skip
    hover = [
        ctx.say(
            "page.unit.peers.hover",
            unit=ctx.name(unit), value=fmt.percent(value, ctx.lang), n=fmt.number(n, ctx.lang),
        )
        for unit, value, n in zip(one.table["unit"], one.table["value"], one.table["n"], strict=True)
    ]  # fmt: skip
    words = {
        key: ctx.say(f"page.unit.peers.{key}")
        for key in ("others", "own", "line95", "line998", "whole", "x")
    }
    with panel(title, note, key=f"peer-{one.piece.name.replace('.', '-')}"):
        made = figures.funnel(one.stands, one.table, mine.unit, ctx.colours, hover, words)
        alt = ctx.say("page.unit.peers.alt", rate=name, unit=ctx.name(mine.unit))
        chart(
            made,
            key=f"unit-peer-{one.piece.name}",
            alt=alt,
            height=_tall(ctx) + (60 if ctx.view.present else 20),
        )
        frame = one.table.assign(unit=[ctx.name(u) for u in one.table["unit"]])
        download(
            ctx, frame[["unit", "n", "value", "low95", "high95", "low998", "high998"]],
            key=f"unit-funnel-{one.piece.name}",
        )  # fmt: skip


def mixed(ctx: Context, one: Peer) -> str:
    """What the case-mix adjustment says of a rate, or why there is none."""
    if one.mix.refused is not None:
        return ctx.say(f"fair.casemix.refused.{one.mix.refused}")
    if one.adjusted is None:
        return ctx.say("format.no_data")
    if isinstance(one.adjusted["reason"], str):
        return ctx.say(f"fair.casemix.unit.{one.adjusted['reason']}")
    expected = one.adjusted["expected"] / one.adjusted["n"]
    if one.low <= expected <= one.high:
        return ctx.say("page.unit.peers.like")
    return ctx.say(f"page.unit.peers.{'above' if one.low > expected else 'below'}")


def _mix_row(one: Peer) -> tuple[float, float, float, float]:
    """Actual, expected and adjusted rate, and the share that can be compared (NaN: none)."""
    own, gone = one.adjusted, float("nan")
    if own is None:
        return gone, gone, gone, gone
    if one.mix.refused is not None or pd.isna(own["adjusted"]):
        return own["value"], gone, gone, own["shared"]
    return own["value"], own["expected"] / own["n"], own["adjusted"], own["shared"]


def case_mix(ctx: Context, found: list[Peer], show: Callable[..., None] | None = None) -> None:
    """Each rate against what the unit's kinds of orders would lead one to expect."""
    said = ctx.say
    rows = [(rate_name(ctx, p.piece.name), *_mix_row(p), mixed(ctx, p)) for p in found]
    keys = ("rate", "actual", "expected", "adjusted", "shared", "says")
    frame = pd.DataFrame(rows, columns=list(keys))
    columns = [
        Column(
            key, said(f"page.unit.peers.{key}"),
            said("page.unit.peers.shared_help") if key == "shared" else "",
            {"rate": 180, "says": 520}.get(key, 96), text=key in ("rate", "says"),
        )
        for key in keys
    ]  # fmt: skip
    shown = frame.copy()
    for key in keys[1:5]:
        shown[key] = pd.Series(
            [None if pd.isna(v) else Cell(v, fmt.percent(v, ctx.lang)) for v in frame[key]],
            dtype="object",
        )
    title, note = (
        said("page.unit.peers.mix_title"),
        said("page.unit.peers.mix_note", period=ctx.period_label()),
    )
    with panel(title, note, key="case-mix"):
        if show is not None:
            show(shown, {c.key: c.label for c in columns})
            return
        tables.show(shown, columns, key=f"unit-mix-{ctx.lang}", alt=title, empty="–")
        download(ctx, frame.rename(columns={c.key: c.label for c in columns}), key="unit-mix")
        st.caption(escape(said("fair.funnel.help")))
