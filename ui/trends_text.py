"""The sentences of the trends: questions, findings, labels of bins."""

from __future__ import annotations

import pandas as pd
from scipy.stats import binom

from metrics import periods
from metrics.control import ACT, WARN
from metrics.indicators import Indicator
from ui import rate_words
from ui.context import Context, period_words
from ui.trends import OTHERS
from ui.trends_data import Asked, Course, name_of, settling
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
    return rate_words.value(ctx, asked.indicator, value)


def bin_label(ctx: Context, asked: Asked, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """A bin in words: a day, a week by its days, a month."""
    last = (end - pd.Timedelta(days=1)).date()
    if asked.grain == "day":
        day = fmt.day(last, ctx.lang)
        return f"{day} {fmt.weekday(last.weekday(), ctx.lang)}"
    if asked.grain == "month" and start.day == 1 and (end.day == 1):
        return fmt.month(last, ctx.lang)
    return period_words(periods.custom(start.date(), last), ctx.lang)


def tick(ctx: Context, asked: Asked, start: pd.Timestamp, end: pd.Timestamp, year: bool) -> str:
    """A bin at the axis, short; with the year where it begins or changes."""
    if asked.grain in ("day", "week"):
        return fmt.day(start.date(), ctx.lang, year=year)
    last = (end - pd.Timedelta(days=1)).date()
    if year:
        return fmt.month(last, ctx.lang)
    return ctx.say(f"period.month_name.m{last.month}")


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
        value=value_text(ctx, asked, course.total.value), n=fmt.number(course.total.n, ctx.lang),
    )  # fmt: skip
    pieces = [head, _rate_change(ctx, asked, course), _outside(ctx, course)]
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
    ratio = volume_ratio(course)
    if ratio is not None:
        more = ctx.say(f"page.trends.{'more' if ratio >= 0 else 'fewer'}")
        moved = ctx.say(
            "page.trends.volume_change", share=fmt.percent(abs(ratio), ctx.lang), more=more
        )
    pieces = [head, moved]
    return ctx.say("page.trends.joint").join(p for p in pieces if p) + ctx.say("page.trends.stop")


def volume_ratio(course: Course) -> float | None:
    """By which share the orders of a day differ from the comparison span's."""
    if course.before is None or not course.before_received:
        return None
    now, was = int(course.bins["have"].sum()), int(course.before["have"].sum())
    if not now or not was:
        return None
    return (course.received / now) / (course.before_received / was) - 1


def _rate_change(ctx: Context, asked: Asked, course: Course) -> str:
    moved = course.change
    if moved is None:
        return ""
    code = "unreal" if not moved.real else "better" if moved.better else "worse"
    return ctx.say(
        f"page.trends.change_{code}",
        points=rate_words.difference(ctx, asked.indicator, moved.difference),
    )


def _outside(ctx: Context, course: Course) -> str:
    if course.limits is None:
        return ""
    told = course.limits.loc[course.bins["value"].notna() & ~course.bins["partial"], "outside"]
    out, count = int((told != 0).sum()), len(told)
    if count < 2:
        return ""
    # One point in 500 lies outside by chance: a long line has some without any cause.
    surprising = out > 0 and binom.sf(out - 1, count, 1 - ACT) < 1 - WARN
    code = "outside" if surprising else "outside_few" if out else "inside"
    return ctx.say(f"page.trends.{code}", out=out, count=count)


def split_finding(ctx: Context, asked: Asked, lines: list[Course]) -> str:
    """Which group is the largest and which moved most; for rates whether beyond chance."""
    named = ctx.say(f"page.trends.split.{asked.split}")
    if asked.indicator is None:
        return _split_volume(ctx, asked, lines, named)
    what = what_name(ctx, asked)
    moved = [(line, line.change) for line in lines if line.change is not None]
    if not moved:
        return ctx.say("page.trends.split_rate", name=what, split=named)
    real = [(line, change) for line, change in moved if change.real]
    if not real:
        return ctx.say("page.trends.split_none", name=what, split=named)
    line, change = max(real, key=lambda pair: abs(pair[1].difference))
    return ctx.say(
        "page.trends.split_moved",
        name=what, split=named, n=len(real), count=len(lines),
        unit=name_of(ctx, asked, line.code), points=rate_words.difference(ctx, asked.indicator, change.difference),
    )  # fmt: skip


def _split_volume(ctx: Context, asked: Asked, lines: list[Course], named: str) -> str:
    own = [line for line in lines if line.code != OTHERS]
    if not own or not own[0].received:
        return ctx.say("page.trends.nothing", name=what_name(ctx, asked))
    pieces = [
        ctx.say(
            "page.trends.split_top",
            split=named,
            unit=name_of(ctx, asked, own[0].code), n=fmt.number(own[0].received, ctx.lang),
        )
    ]  # fmt: skip
    ratios = [(line, ratio) for line in own if (ratio := volume_ratio(line)) is not None]
    if ratios:
        line, ratio = max(ratios, key=lambda pair: abs(pair[1]))
        pieces.append(
            ctx.say(
                "page.trends.split_most",
                unit=name_of(ctx, asked, line.code), share=arrowed(ctx, ratio),
            )
        )  # fmt: skip
    return ctx.say("page.trends.joint").join(pieces) + ctx.say("page.trends.stop")


def arrowed(ctx: Context, ratio: float) -> str:
    """A relative change with its arrow: ▲ 5.4%."""
    arrow = "▲ " if ratio > 0 else "▼ " if ratio < 0 else ""
    return arrow + fmt.percent(abs(ratio), ctx.lang)


def note(ctx: Context, asked: Asked, lines: list[Course]) -> str:
    """Period, comparison, grain and definition in small type."""
    pieces = [period_words(asked.span.period, ctx.lang), grain_name(ctx, asked.grain)]
    if asked.before is not None and any(line.before is not None for line in lines):
        words = period_words(asked.before.period, ctx.lang)
        pieces.append(ctx.say("page.trends.compared", period=words))
    if asked.indicator is not None:
        pieces.append(ctx.names_of(asked.indicator.definition))
    return " · ".join([*pieces, *ctx.narrowed_by()])


def remarks(ctx: Context, asked: Asked, lines: list[Course]) -> list[str]:
    """What must be said below the picture: gaps, incomplete bins, limits, no comparison."""
    bins = lines[0].bins
    out = []
    if len(lines) == 1 and lines[0].limits is not None:
        per_head = asked.indicator is not None and asked.indicator.kind == "per_population"
        out.append(ctx.say("indicators.limits" if per_head else "page.trends.limits"))
    missing = int((bins["days"] - bins["have"]).sum())
    if missing:
        out.append(ctx.say("page.trends.gaps", n=missing))
    if bins["partial"].any():
        out.append(ctx.say("page.trends.partial", n=int(bins["partial"].sum())))
    if settling(asked.indicator):
        out.append(ctx.say("page.trends.settling", days=settling(asked.indicator)))
    if asked.before is not None and all(line.before is None for line in lines):
        out.append(ctx.say("page.trends.no_comparison"))
    if asked.indicator is not None and asked.indicator.unmeasured_when_zero:
        out += [ctx.say("page.trends.not_recorded")] if lines[0].total is None else []
    return out
