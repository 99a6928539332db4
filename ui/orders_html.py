"""HTML of one order: the timeline, lists of facts, texts. Everything recorded is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ui.context import Context
from ui.orders_life import Check, Step
from ui.theme import Palette
from words import format as fmt

_GOOD, _BAD, _OPEN = ("met", "running"), ("over", "late"), ("running", "late")


def style(colours: Palette) -> str:
    """The style of what this module draws, in the reader's colours."""
    return f"""<style>
.life {{ list-style:none !important; margin:0 !important; padding:0 !important; }}
.life li {{ position:relative; padding:0 0 16px 30px !important; border-left:2px solid {colours.grid};
  margin:0 0 0 9px !important; }}
.life li:last-child {{ border-left-color:transparent; padding-bottom:2px; }}
.life .dot {{ position:absolute; left:-10px; top:1px; width:18px; height:18px; border-radius:50%;
  box-sizing:border-box; background:{colours.accent}; border:4px solid {colours.panel};
  box-shadow:0 0 0 2px {colours.accent}; }}
.life .pending .dot {{ background:{colours.panel}; box-shadow:0 0 0 2px {colours.neutral}; }}
.life .unrecorded .dot {{ background:{colours.panel}; box-shadow:0 0 0 1px {colours.neutral}; }}
.life .odd .dot, .life .bad .dot {{ background:{colours.bad}; box-shadow:0 0 0 2px {colours.bad}; }}
.life .what {{ font-weight:650; margin-right:10px; }}
.life .when {{ font-variant-numeric:tabular-nums; }}
.life .soft, .facts dt {{ color:{colours.muted}; }}
.life .soft {{ font-size:.92em; display:block; margin-top:2px; }}
.life .tag {{ display:inline-block; padding:1px 9px; border-radius:999px; font-size:.88em;
  margin:4px 6px 0 0; border:1px solid {colours.grid}; }}
.life .good-tag {{ color:{colours.good}; border-color:{colours.good}; }}
.life .bad-tag {{ color:{colours.bad}; border-color:{colours.bad}; font-weight:600; }}
.facts {{ display:grid; grid-template-columns:repeat(auto-fill,minmax(min(100%,240px),1fr));
  gap:0 28px; margin:0 !important; padding:0 !important; }}
.facts.wide {{ grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),1fr)); }}
.facts div {{ display:grid; grid-template-columns:minmax(7.5em,38%) 1fr; gap:12px; padding:6px 0;
  border-bottom:1px solid {colours.grid}; overflow-wrap:anywhere; }}
.facts dd {{ margin:0 !important; }}
.said {{ white-space:pre-wrap; overflow-wrap:anywhere; line-height:1.75; margin:0 0 14px; }}
.said-name {{ color:{colours.muted}; margin:0 0 2px; }}
</style>"""


def timeline(ctx: Context, steps: Sequence[Step]) -> str:
    """The steps one below the other with times, durations, limits and oddities."""
    return f"<ol class='life'>{''.join(_step(ctx, step) for step in steps)}</ol>"


def _step(ctx: Context, step: Step) -> str:
    bad = step.check is not None and step.check.verdict in _BAD
    classes = " ".join([step.state, "odd" if step.odd else "", "bad" if bad else ""]).strip()
    when = (
        fmt.moment(step.moment, ctx.lang)
        if step.moment
        else ctx.say(f"page.orders.life.{step.state}")
    )
    parts = [
        "<span class='dot'></span>",
        f"<span class='what'>{escape(ctx.say(f'page.orders.step.{step.code}'))}</span>",
        f"<span class='when'>{escape(when)}</span>",
    ]
    soft = _durations(ctx, step)
    if soft:
        parts.append(f"<span class='soft'>{escape(soft)}</span>")
    tags = "".join(_tag(words, tone) for words, tone in _tags(ctx, step))
    if tags:
        parts.append(f"<div>{tags}</div>")
    return f"<li class='{classes}'>{''.join(parts)}</li>"


def _durations(ctx: Context, step: Step) -> str:
    if step.hours is None or step.code == "created":
        return ""
    since = ctx.say("page.orders.life.since", hours=fmt.hours(step.hours, ctx.lang))
    if step.gap is None or step.gap == step.hours:
        return since
    gap = ctx.say("page.orders.life.gap", hours=fmt.hours(step.gap, ctx.lang))
    return ctx.say("page.orders.life.both", since=since, gap=gap)


def _tag(words: str, tone: str) -> str:
    return f"<span class='tag {tone}'>{escape(words)}</span>"


def _tags(ctx: Context, step: Step) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    if step.odd:
        out.append((ctx.say("page.orders.life.odd"), "bad-tag"))
    if step.check is not None:
        out.append((check_words(ctx, step.check), _tone(step.check)))
    for name, count in step.marks:
        words = ctx.say(
            "page.orders.life.times", what=ctx.say(f"page.orders.mark.{name}"),
            n=fmt.number(count, ctx.lang),
        )  # fmt: skip
        out.append((words, ""))
    return out


def _tone(check: Check) -> str:
    if check.verdict in _BAD:
        return "bad-tag"
    return "good-tag" if check.verdict == "met" else ""


def check_words(ctx: Context, check: Check) -> str:
    """A limit in words: how long, whose, and how the order stands to it."""
    words = ctx.say(f"page.orders.check.{check.verdict}")
    if check.margin is not None and check.verdict != "unknown":
        sign = 1 if check.verdict in _GOOD else -1
        if check.margin * sign >= 0:
            length = _length(ctx, abs(check.margin), check.unit)
            words = ctx.say(f"page.orders.check.{check.verdict}_by", length=length)
    return ctx.say("page.orders.check.limit", limit=_limit(ctx, check), verdict=words)


def _limit(ctx: Context, check: Check) -> str:
    if check.unit == "due":
        if check.due is None:
            return ctx.say("page.orders.check.stated")
        return ctx.say("page.orders.check.due", moment=fmt.moment(check.due, ctx.lang))
    length = _length(ctx, check.allowed or 0.0, check.unit)
    return ctx.say(
        "page.orders.check.scheme", length=length,
        name=ctx.names_of(check.names) if check.names else "",
    )  # fmt: skip


def _length(ctx: Context, value: float, unit: str) -> str:
    if unit == "workdays":
        return ctx.say("page.orders.workdays", n=fmt.number(value, ctx.lang))
    return fmt.hours(value, ctx.lang)


def facts(pairs: Sequence[tuple[str, str]], *, wide: bool = False) -> str:
    """Names and values in columns (one on a phone); ``wide`` for a panel of the page's width."""
    rows = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in pairs)
    return f"<dl class='facts{' wide' if wide else ''}'>{rows}</dl>"


def said(pairs: Sequence[tuple[str, str]]) -> str:
    """Texts as they are stored, each under its name."""
    return "".join(
        f"<p class='said-name'>{escape(n)}</p><p class='said'>{escape(v)}</p>" for n, v in pairs
    )
