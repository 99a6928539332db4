"""What happened on the days of a forecast: holidays, make-up workdays, alerts, days still incomplete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from data.refresh import Run
from data.settings import settings
from forecasting.calendar import days_off, make_up_workdays
from forecasting.daily.frame import FEWEST_REGISTERED
from ui import ahead, trends
from ui.alerts import state
from ui.context import Context
from ui.forecast import Node, fixed
from ui.theme import fade
from words import format as fmt

PHONE = 3.4
"""Pixels a day on the narrowest screen (12 weeks): names are laid out for it."""
WIDE, NARROW = 12, 6.5
"""Pixels of a Chinese character and of a letter."""
ROWS, HEIGHT = 3, 16
ROOM = 0.09
"""Share of the axis that a row of names takes."""
COMPLETE = 0.995
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Mark:
    """Days ``start`` to before ``end`` that are shaded; ``label`` stands above, ``said`` is told when
    pointed at. ``kind``: off, work, alert, late."""

    start: date
    end: date
    kind: str
    label: str
    said: str


def marks(ctx: Context, run: Run, node: Node, first: date, last: date, *, days: bool) -> list[Mark]:
    """Holidays, make-up workdays and incomplete days (by day), alerts of the very series."""
    country = settings().country
    out = []
    for start, end, code in trends.holidays(trends.Span(first, last + ONE), days_off(country)):
        name = ctx.say(f"holiday.{code or 'public'}")
        out.append(Mark(start, end, "off", name, name))
    if days:
        text = ctx.say("page.forecast.make_up")
        short = ctx.say("page.forecast.make_up_short")
        made_up = sorted(day for day in make_up_workdays(country) if first <= day <= last)
        out += [Mark(day, day + ONE, "work", short, text) for day in made_up]
        out += _late(ctx, run, first)
    return sorted(out + _alerts(ctx, node, first, last), key=lambda mark: mark.start)


def _late(ctx: Context, run: Run, first: date) -> list[Mark]:
    """The last days whose orders are still coming in."""
    if run.as_of is None:
        return []
    shares = [*enumerate(run.facts.get("registered") or [])]
    late = [(run.as_of - k * ONE, s) for k, s in shares if FEWEST_REGISTERED <= s < COMPLETE]
    until = pd.Timestamp(run.facts["until"]).date()
    late = [(day, share) for day, share in late if first <= day <= until]
    if not late:
        return []
    said = ctx.say("page.forecast.late_mark", share=fmt.percent(late[0][1], ctx.lang, 0))
    label = ctx.say("page.forecast.late_short")
    return [Mark(min(day for day, _ in late), until + ONE, "late", label, said)]


def _alerts(ctx: Context, node: Node, first: date, last: date) -> list[Mark]:
    keys = fixed(node)
    if "unit" in keys or ("category1" in keys and "category" not in keys):
        return []
    run = ahead.run_of("alerts")
    if run is None or run.state != "done":
        return []
    found = ahead.alerts()
    same = (found["district"].fillna("") == keys.get("district", "")) & (
        found["category"].fillna("") == keys.get("category", "")
    )
    out = []
    for row in found[same].to_dict("records"):
        start, end = (pd.Timestamp(row[name]).date() for name in ("start_day", "until_day"))
        if end < first or start > last:
            continue
        said = ctx.say(
            "page.forecast.alert_mark", start=fmt.day(start, ctx.lang, year=False),
            end=fmt.day(end, ctx.lang, year=False), n=fmt.number(row["observed"], ctx.lang),
            expected=fmt.number(row["expected"], ctx.lang), state=state(ctx, row),
        )  # fmt: skip
        label = ctx.say("page.forecast.alert")
        out.append(Mark(max(start, first), end + ONE, "alert", label, said))
    return out


def draw(ctx: Context, made: go.Figure, when: Sequence[Any], found: list[Mark], top: float) -> None:
    """Shade the marks, write their names where there is room, and let each be pointed at.

    ``when``: the times shown, days or first days of weeks; ``top``: the highest value drawn.
    """
    colours = ctx.colours
    tones = {"alert": colours.bad, "late": colours.accent}
    week = len(when) > 1 and (pd.Timestamp(when[1]) - pd.Timestamp(when[0])).days > 1
    half = pd.Timedelta(0) if week else pd.Timedelta(hours=12)
    first, last = pd.Timestamp(when[0]), pd.Timestamp(when[-1])
    rows = _rows(found, (last - first).days)
    for mark, row in zip(found, rows, strict=True):
        tone = tones.get(mark.kind, colours.neutral)
        start, end = pd.Timestamp(mark.start) - half, pd.Timestamp(mark.end) - half
        made.add_vrect(
            x0=start, x1=end, layer="below", fillcolor=fade(tone, 0.18),
            line={"width": 1 if mark.kind == "alert" else 0, "dash": "dot", "color": tone},
        )  # fmt: skip
        if row is None:
            continue
        right = _right(mark, first, last)
        made.add_annotation(
            x=end if right else start, y=1, xref="x", yref="y domain", text=mark.label,
            xanchor="right" if right else "left", yanchor="top", yshift=-HEIGHT * row,
            showarrow=False, font={"size": 12, "color": colours.muted},
        )  # fmt: skip
    used = 1 + max((row for row in rows if row is not None), default=-1)
    made.update_yaxes(range=[0, max(top, 1.0) * (1.04 + ROOM * used)])
    _told(ctx, made, when, found, 7 if week else 1)


def _rows(found: list[Mark], days: int) -> list[int | None]:
    """In which row each name stands so that none runs into another; ``None`` where none is free."""
    if not found:
        return []
    scale = PHONE * 84 / max(days, 1)
    first = min(mark.start for mark in found)
    ends: list[float] = [float("-inf")] * ROWS
    out: list[int | None] = []
    for mark in found:
        start = (mark.start - first).days * scale
        row = next((k for k in range(ROWS) if ends[k] <= start), None)
        out.append(row)
        if row is not None:
            ends[row] = start + _pixels(mark.label) + 4
    return out


def _pixels(text: str) -> float:
    return sum(WIDE if ord(letter) > 0x2E80 else NARROW for letter in text)


def _right(mark: Mark, first: pd.Timestamp, last: pd.Timestamp) -> bool:
    """Whether a name would run out of the picture and so ends where its days end."""
    left = (last - pd.Timestamp(mark.start)).days / max((last - first).days, 1)
    return left * PHONE * 84 < _pixels(mark.label)


def _told(
    ctx: Context, made: go.Figure, when: Sequence[Any], found: list[Mark], length: int
) -> None:
    """What each day's marks say, in the box that opens over it."""
    stamps = [pd.Timestamp(moment).date() for moment in when]
    said = {}
    for day in stamps:
        here = [m.said for m in found if m.start < day + length * ONE and m.end > day]
        if here:
            said[day] = "<br>".join(dict.fromkeys(here))
    if not said:
        return
    made.add_trace(
        go.Scatter(
            x=list(said), y=[0] * len(said), customdata=list(said.values()), mode="markers",
            marker={"opacity": 0, "size": 12, "color": ctx.colours.neutral}, showlegend=False,
            hovertemplate="%{customdata}<extra></extra>", name="marks",
        )
    )  # fmt: skip
