"""What the forecast page says in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from data.arrivals import FEWEST_DELIVERIES
from data.refresh import Run
from ui import forecast as asks
from ui.context import Context
from ui.forecast import Node
from words import format as fmt

PARTS = ("trend", "weekday", "season", "holiday", "weather")


def together(ctx: Context, sentences: Sequence[str]) -> str:
    """Sentences one after another; Chinese ones need no space between them."""
    return ("" if ctx.lang == "zh" else " ").join(sentences)


def orders(ctx: Context, value: float | None) -> str:
    """A number of orders; a decimal where that is few."""
    few = value is not None and not pd.isna(value) and abs(value) < 10
    return fmt.number(value, ctx.lang, 1 if few else 0)


def change(now: float, usual: float | None) -> float | None:
    """Relative change against the last four weeks; none where nothing came then."""
    if usual is None or pd.isna(usual) or usual <= 0:
        return None
    return now / usual - 1


def changed(ctx: Context, share: float | None) -> str:
    """A change in words: +4.2%."""
    if share is None:
        return fmt.number(None, ctx.lang)
    return fmt.signed(100 * share, ctx.lang) + "%"


def headline(ctx: Context, node: Node, week: Node) -> str:
    """What the next seven days should bring, against the last four weeks."""
    moved = change(week["expected"], node["usual"])
    key = "headline" if moved is not None else "headline_new"
    return ctx.say(
        f"page.forecast.{key}", name=asks.name(ctx, node),
        start=fmt.day(_day(week["start_day"]), ctx.lang, year=False),
        end=fmt.day(_day(week["end_day"]), ctx.lang, year=False),
        n=orders(ctx, week["expected"]), low=fmt.number(week["low_80"], ctx.lang),
        high=fmt.number(week["high_80"], ctx.lang), change=changed(ctx, moved),
        usual=orders(ctx, node["usual"]),
    )  # fmt: skip


def verdict(ctx: Context, node: Node) -> str:
    """How reliable, in one plain sentence."""
    code = str(node["verdict"])
    weeks = node["weeks"]
    return ctx.say(
        f"page.forecast.verdict.{code}",
        error=fmt.percent(node["error"], ctx.lang, 0), gain=fmt.percent(node["gain"], ctx.lang, 0),
        typical=fmt.number(node["typical"], ctx.lang, 1),
        weeks=fmt.number(None if pd.isna(weeks) else float(weeks), ctx.lang),
        coverage=fmt.percent(node["coverage_80"], ctx.lang, 0),
    )  # fmt: skip


def brief(ctx: Context, node: Node) -> str:
    """The verdict as the end of a sentence."""
    return ctx.say(
        f"page.forecast.verdict_brief.{node['verdict']}",
        error=fmt.percent(node["error"], ctx.lang, 0),
        typical=fmt.number(node["typical"], ctx.lang, 1),
    )


def short_verdict(ctx: Context, node: Node) -> str:
    """The same for a cell of a table."""
    return ctx.say(
        f"page.forecast.verdict_short.{node['verdict']}",
        error=fmt.percent(node["error"], ctx.lang, 0),
        typical=fmt.number(node["typical"], ctx.lang, 1),
    )  # fmt: skip


def notes(ctx: Context, node: Node) -> list[str]:
    """What must be known about one series."""
    return [ctx.say(f"page.forecast.note.{code}") for code in str(node["notes"]).split(";") if code]


def short_notes(ctx: Context, node: Node) -> str:
    """The same for a cell of a table."""
    codes = [code for code in str(node["notes"]).split(";") if code]
    return ctx.say("ui.list_comma").join(
        ctx.say(f"page.forecast.note_short.{code}") for code in codes
    )


def panel_notes(ctx: Context, run: Run) -> list[str]:
    """What holds for the whole forecast: how far data, weather and holidays reach."""
    facts = run.facts
    told: Mapping[str, Any] = facts.get("notes") or {}
    out = [ctx.say("page.forecast.made_from", until=_date(ctx, facts["until"]),
                   n=fmt.number(facts.get("series"), ctx.lang))]  # fmt: skip
    if "days_left_out" in told:
        out.append(ctx.say("page.forecast.panel.days_left_out", n=told["days_left_out"]))
    if "few_origins" in told:
        out.append(ctx.say("page.forecast.panel.few_origins", n=told["few_origins"]))
    if "holiday_unseen" in told:
        names = ctx.say("ui.list_comma").join(
            ctx.say(f"page.forecast.holiday.{code}") for code in told["holiday_unseen"]
        )
        out.append(ctx.say("page.forecast.panel.holiday_unseen", names=names))
    if "holidays_known_until" in told:
        until = _date(ctx, told["holidays_known_until"])
        out.append(ctx.say("page.forecast.panel.holidays_known_until", until=until))
    late = [share for share in facts.get("registered") or [] if share < 0.995]
    if late:
        out.append(ctx.say("page.forecast.panel.late", share=fmt.percent(late[0], ctx.lang, 0),
                           n=len(late)))  # fmt: skip
    if not late and facts.get("late_known", 1.0) < 0.5:
        out.append(ctx.say("page.forecast.panel.late_unknown", n=facts["deliveries"],
                           need=FEWEST_DELIVERIES))  # fmt: skip
    known = "weather" if facts.get("weather") else "no_weather"
    reach = facts.get("weather_until")
    out.append(ctx.say(f"page.forecast.panel.{known}", until=_date(ctx, reach) if reach else ""))
    return out


def left_out(ctx: Context, asked: asks.Asked) -> str:
    """Which filters the series shown does not follow."""
    names = ctx.say("ui.list_comma").join(
        ctx.say(f"page.forecast.left.{code}") for code in asked.left_out
    )
    return ctx.say("page.forecast.nearest", names=names, shown=asks.name(ctx, asked.node))


def last_title(ctx: Context, rows: pd.DataFrame) -> str:
    """What was said four weeks ago, and what came."""
    known = rows.dropna(subset=["observed"])
    if known.empty:
        return ctx.say("page.forecast.last_none")
    said, came = known["expected"].sum(), known["observed"].sum()
    inside = int(known["observed"].between(known["low_80"], known["high_80"]).sum())
    return ctx.say(
        "page.forecast.last_title", said=orders(ctx, said), came=orders(ctx, came),
        off=changed(ctx, change(said, came)), inside=inside, days=len(known),
    )  # fmt: skip


def drivers_title(ctx: Context, days: pd.DataFrame) -> str:
    """Which part moves the days most."""
    moved = {name: float(days[name].abs().mean()) for name in PARTS}
    most = max(moved, key=lambda name: moved[name])
    if moved[most] < 0.05 * max(float(days["level"].mean()), 1e-9):
        return ctx.say("page.forecast.drivers_none")
    return ctx.say(
        "page.forecast.drivers_title", part=ctx.say(f"page.forecast.part.{most}"),
        n=orders(ctx, moved[most]), level=orders(ctx, float(days["level"].mean())),
    )  # fmt: skip


def _date(ctx: Context, value: Any) -> str:
    return fmt.day(_day(value), ctx.lang)


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
