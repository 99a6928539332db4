"""The sentences of the trends: questions, findings, labels of bins."""

from __future__ import annotations

import pandas as pd

from metrics.indicators import Indicator
from ui.context import Context, period_words
from ui.trends_data import Asked, Course
from words import format as fmt

GRAINS = ("day", "week", "month")


def grain_name(ctx: Context, grain: str) -> str:
    """A grain's name; the scheme's own months say so."""
    return ctx.say(f"page.trends.grain.{grain if grain in GRAINS else 'scheme'}")


def what_name(ctx: Context, asked: Asked) -> str:
    """What is shown."""
    if asked.indicator is None:
        return ctx.say("page.trends.volume")
    return ctx.names_of(asked.indicator.names)


def choice_name(ctx: Context, indicator: Indicator | None) -> str:
    """A choice's name; what the city does not measure is said so."""
    if indicator is None:
        return ctx.say("page.trends.volume")
    name = ctx.names_of(indicator.names)
    return name if indicator.measured else ctx.say("page.trends.unmeasured", name=name)


def value_text(ctx: Context, asked: Asked, value: float | None) -> str:
    """A count or a rate."""
    if asked.indicator is None:
        return fmt.number(value, ctx.lang)
    return fmt.percent(value, ctx.lang)


def bin_label(ctx: Context, asked: Asked, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """A bin in words: a day, a week by its days, a month."""
    last = (end - pd.Timedelta(days=1)).date()
    if asked.grain == "day":
        day = fmt.day(last, ctx.lang)
        return f"{day} {fmt.weekday(last.weekday(), ctx.lang)}"
    if asked.grain == "month" and start.day == 1 and (end.day == 1):
        return fmt.month(last, ctx.lang)
    first = fmt.day(start.date(), ctx.lang, year=start.year != last.year)
    return f"{first} – {fmt.day(last, ctx.lang)}"


def tick(ctx: Context, asked: Asked, start: pd.Timestamp, end: pd.Timestamp, year: bool) -> str:
    """A bin at the axis, short; with the year where it begins or changes."""
    if asked.grain in ("day", "week"):
        return fmt.day(start.date(), ctx.lang, year=year)
    last = (end - pd.Timedelta(days=1)).date()
    return fmt.month(last, ctx.lang)


def finding(ctx: Context, asked: Asked, course: Course) -> str:
    """The line in a sentence: how much, how it changed, whether chance explains it."""
    if asked.indicator is None:
        return _volume(ctx, asked, course)
    if not asked.indicator.measured:
        return ctx.say("page.trends.unmeasured", name=what_name(ctx, asked))
    if course.total is None:
        return ctx.say("page.trends.nothing", name=what_name(ctx, asked))
    head = ctx.say(
        "page.trends.rate",
        name=what_name(ctx, asked),
        value=fmt.percent(course.total.value, ctx.lang), n=fmt.number(course.total.n, ctx.lang),
    )  # fmt: skip
    pieces = [head, _rate_change(ctx, course), _outside(ctx, course)]
    return ctx.say("page.trends.joint").join(p for p in pieces if p) + ctx.say("page.trends.stop")


def _volume(ctx: Context, asked: Asked, course: Course) -> str:
    days = int(course.bins["have"].sum())
    if not days:
        return ctx.say("page.trends.nothing", name=what_name(ctx, asked))
    head = ctx.say(
        "page.trends.received",
        n=fmt.number(course.received, ctx.lang),
        daily=fmt.number(
            course.received / days, ctx.lang, 0 if course.received >= days * 10 else 1
        ),
        days=days,
    )
    moved = ""
    if course.before is not None and course.before_received:
        was = course.before_received / max(int(course.before["have"].sum()), 1)
        ratio = (course.received / days) / was - 1
        more = ctx.say(f"page.trends.{'more' if ratio >= 0 else 'fewer'}")
        moved = ctx.say(
            "page.trends.volume_change", share=fmt.percent(abs(ratio), ctx.lang), more=more
        )
    pieces = [head, moved]
    return ctx.say("page.trends.joint").join(p for p in pieces if p) + ctx.say("page.trends.stop")


def _rate_change(ctx: Context, course: Course) -> str:
    moved = course.change
    if moved is None:
        return ""
    code = "unreal" if not moved.real else "better" if moved.better else "worse"
    return ctx.say(f"page.trends.change_{code}", points=fmt.points(moved.difference, ctx.lang))


def _outside(ctx: Context, course: Course) -> str:
    if course.limits is None:
        return ""
    told = course.limits.loc[course.bins["value"].notna(), "outside"]
    out, count = int((told != 0).sum()), len(told)
    if count < 2:
        return ""
    return ctx.say(f"page.trends.{'outside' if out else 'inside'}", out=out, count=count)


def note(ctx: Context, asked: Asked) -> str:
    """Period, comparison, grain and definition in small type."""
    pieces = [period_words(asked.span.period, ctx.lang), grain_name(ctx, asked.grain)]
    if asked.before is not None:
        words = period_words(asked.before.period, ctx.lang)
        pieces.append(ctx.say("page.trends.compared", period=words))
    if asked.indicator is not None:
        pieces.append(ctx.names_of(asked.indicator.definition))
    return " · ".join([*pieces, *ctx.narrowed_by()])


def remarks(ctx: Context, asked: Asked, lines: list[Course]) -> list[str]:
    """What must be said below the picture: gaps, incomplete bins, limits, no comparison."""
    bins = lines[0].bins
    out = []
    if any(line.limits is not None for line in lines):
        out.append(ctx.say("page.trends.limits"))
    missing = int((bins["days"] - bins["have"]).sum())
    if missing:
        out.append(ctx.say("page.trends.gaps", n=missing))
    if bins["partial"].any():
        out.append(ctx.say("page.trends.partial", n=int(bins["partial"].sum())))
    if asked.before is not None and all(line.before is None for line in lines):
        out.append(ctx.say("page.trends.no_comparison"))
    if asked.indicator is not None and asked.indicator.unmeasured_when_zero:
        out += [ctx.say("page.trends.not_recorded")] if lines[0].total is None else []
    return out
