"""An indicator's value in its own unit: 93.1%, 4.2‰, 120.5 per 10,000."""

from __future__ import annotations

import pandas as pd

from metrics.indicators import SCALES, RateRule
from ui.context import Context
from words import format as fmt


def plain_percent(rule: RateRule | None) -> bool:
    """Whether a value is read as a percentage (what is no indicator is too)."""
    return rule is None or rule.unit == "percent"


def scale(rule: RateRule | None) -> int:
    """By how much a value is multiplied for an axis: 1 for percentages, whose axis writes them."""
    return 1 if rule is None or rule.unit == "percent" else SCALES[rule.unit]


def value(ctx: Context, rule: RateRule | None, number: float | None, digits: int = 1) -> str:
    """A value with its unit."""
    if rule is None or rule.unit == "percent" or pd.isna(number):
        return fmt.percent(number, ctx.lang, digits)
    assert number is not None
    shown = fmt.number(number * SCALES[rule.unit], ctx.lang, digits)
    return ctx.say(f"indicators.value.{rule.unit}", value=shown)


def interval(ctx: Context, rule: RateRule | None, low: float | None, high: float | None) -> str:
    """A range of two values; percentages with their sign, other units stand beside the value."""
    if rule is None or rule.unit == "percent" or pd.isna(low):
        return fmt.interval(low, high, ctx.lang)
    assert low is not None
    assert high is not None
    return "–".join(fmt.number(end * SCALES[rule.unit], ctx.lang, 1) for end in (low, high))


def difference(ctx: Context, rule: RateRule | None, number: float) -> str:
    """A change of a value: percentage points, or a signed number with its unit."""
    if rule is None or rule.unit == "percent":
        return fmt.points(number, ctx.lang)
    shown = fmt.signed(number * SCALES[rule.unit], ctx.lang)
    return ctx.say(f"indicators.value.{rule.unit}", value=shown)
