"""What an indicator counts and by which document: the text behind the "Definitions" button."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from metrics.indicators import Indicator, RateRule, Status
from metrics.scheme import Scheme
from ui import rate_words
from ui.context import Context
from ui.panel import escape
from words import format as fmt


def button(ctx: Context, indicators: Iterable[Indicator], *, key: str) -> None:
    """A button that opens the definitions; not in the meeting view."""
    if ctx.view.present:
        return
    with st.popover(
        ctx.say("definition.button"), icon=":material/menu_book:", key=f"{key}-{ctx.lang}"
    ):
        st.markdown(scheme_text(ctx))
        for indicator in indicators:
            st.markdown(indicator_text(ctx, indicator))


def badge(ctx: Context, status: Status) -> str:
    """Whether a value is documented or an example, as a badge."""
    colour = {"documented": "blue", "own": "gray"}.get(status, "orange")
    return f":{colour}-badge[{ctx.say(f'definition.{status}')}]"


def indicator_text(ctx: Context, indicator: Indicator) -> str:
    """One indicator: name, status, weight, numerator and denominator in words, notes, parts."""
    lines = [f"**{_name(ctx, indicator)}** {badge(ctx, indicator.status)}{_weight(ctx, indicator)}"]
    lines += _rule(ctx, indicator)
    for part in indicator.parts:
        lines.append(
            f"– **{_name(ctx, part)}** {badge(ctx, part.status)} "
            + ctx.say("definition.part_weight", weight=fmt.number(part.weight, ctx.lang))
            + f" {badge(ctx, part.weight_status)}"
        )
        lines += _rule(ctx, part)
    return "  \n".join(lines)


def short(ctx: Context, indicator: RateRule) -> str:
    """The definition in one line, for a heading's help."""
    return ctx.names_of(indicator.definition)


def scheme_text(ctx: Context) -> str:
    """The scheme: basis, status, period rule, smallest n, ties, limits and exclusions."""
    scheme = ctx.scheme
    lines = [
        f"**{escape(ctx.names_of(scheme.names))}** {badge(ctx, scheme.status)} "
        + ctx.say("definition.version", version=scheme.version),
        ctx.say("definition.basis", basis=escape(ctx.names_of(scheme.basis))),
    ]
    if scheme.composite_note:
        lines.append(escape(ctx.names_of(scheme.composite_note)))
    if scheme.period_note:
        lines.append(
            f"{escape(ctx.names_of(scheme.period_note))} {badge(ctx, scheme.period_status)}"
        )
    lines.append(
        ctx.say("definition.minimum_n", n=scheme.minimum_n)
        + f" {badge(ctx, scheme.minimum_n_status)}"
    )
    lines.append(ctx.say(f"definition.ties.{scheme.ties}") + f" {badge(ctx, scheme.ties_status)}")
    lines += _limits(ctx, scheme) + _exclusions(ctx, scheme)
    return "  \n".join(lines)


def _name(ctx: Context, rule: RateRule) -> str:
    return escape(ctx.names_of(rule.names))


def _weight(ctx: Context, indicator: Indicator) -> str:
    for item in ctx.scheme.composite:
        if item.indicator == indicator.id:
            text = ctx.say("definition.weight", weight=fmt.number(item.weight, ctx.lang))
            return f" {text} {badge(ctx, item.status)}"
    return ""


def _rule(ctx: Context, rule: RateRule) -> list[str]:
    lines = [escape(ctx.names_of(rule.definition))]
    if rule.note:
        lines.append(f":gray[{escape(ctx.names_of(rule.note))}]")
    if rule.direction == "down":
        lines.append(ctx.say("definition.less_is_better"))
    if rule.target:
        target = rate_words.value(ctx, rule, rule.target.value, 0)
        lines.append(
            ctx.say("definition.target", value=target) + f" {badge(ctx, rule.target.status)}"
        )
    return lines


def _limits(ctx: Context, scheme: Scheme) -> list[str]:
    out = []
    for limit in scheme.limits:
        unit = "hours" if limit.hours is not None else "workdays"
        length = limit.hours if limit.hours is not None else limit.workdays
        words = ctx.say(f"definition.{unit}", n=fmt.number(length, ctx.lang))
        name = escape(ctx.names_of(limit.names))
        out.append(
            ctx.say("definition.limit", name=name, length=words) + f" {badge(ctx, limit.status)}"
        )
    return out


def _exclusions(ctx: Context, scheme: Scheme) -> list[str]:
    if not scheme.exclusions:
        return [ctx.say("definition.no_exclusions")]
    listed = ctx.say("ui.list_comma").join(ctx.names_of(e.names) for e in scheme.exclusions)
    statuses = dict.fromkeys(e.status for e in scheme.exclusions)
    return [
        ctx.say("definition.exclusions", names=escape(listed))
        + "".join(f" {badge(ctx, status)}" for status in statuses)
    ]
