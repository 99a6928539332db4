"""A measured effect in words: verdict, sentence, why there is too little, what the number cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.effects import WEEKS
from forecasting.counterfactual import Effect
from ui.context import Context
from words import format as fmt

ARROWS = {"fell": "▼", "none": "＝", "rose": "▲", "unsure": "?", "too_little": "–"}
"""Signs of the verdicts: never a colour alone."""
PLACES, CATEGORIES = "places", "categories"
ORDER = ("rose", "fell", "none", "unsure", "too_little")


def colour(ctx: Context, verdict: str) -> str:
    """The colour of a verdict: fewer complaints are good."""
    known = {"fell": ctx.colours.good, "rose": ctx.colours.bad, "none": ctx.colours.text}
    return known.get(verdict, ctx.colours.muted)


def verdict(ctx: Context, code: str, *, final: bool = True) -> str:
    """A verdict with its sign; a provisional one says so."""
    words = f"{ARROWS[code]} {ctx.say(f'effect.verdict.{code}')}"
    return words if final or code == "too_little" else ctx.say("effect.so_far", verdict=words)


def reason(ctx: Context, code: str) -> str:
    """Why nothing can be said."""
    return ctx.say(f"effect.reason.{code}", weeks=WEEKS) if code else ""


def span(ctx: Context, low: float | None, high: float | None) -> str:
    """An interval of ratios in per cent: 31–70%; beyond tenfold it says only that."""
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return ctx.say("format.no_data")
    if high > 10:
        return ctx.say("effect.open_span", low=fmt.percent(low, ctx.lang, 0))
    return fmt.interval(low, high, ctx.lang, 0)


def few(ctx: Context, value: float | None) -> str:
    """An expected count; a decimal where it is small."""
    if value is None or pd.isna(value):
        return ctx.say("format.no_data")
    return fmt.number(value, ctx.lang, 0 if value >= 20 else 1)


def series(ctx: Context, of: str) -> str:
    """What it is compared with: ``places`` or ``categories``."""
    return ctx.say(f"effect.series.{of}")


def sentence(ctx: Context, found: Effect, what: str, of: str = PLACES) -> str:
    """One effect to be read out. ``what``: place and matter in words; ``of``: see :func:`series`."""
    if found.verdict == "too_little":
        return ctx.say("effect.nothing", what=what, reason=reason(ctx, found.reason))
    return ctx.say(
        "effect.sentence", what=what, series=series(ctx, of), first=fmt.day(found.first, ctx.lang),
        last=fmt.day(found.last, ctx.lang, year=False),
        weeks=fmt.number(found.weeks, ctx.lang), n=fmt.number(found.observed, ctx.lang),
        expected=few(ctx, found.expected), ratio=fmt.percent(found.ratio, ctx.lang, 0),
        interval=span(ctx, found.low_95, found.high_95),
        verdict=ctx.say(f"effect.says.{found.verdict}"),
    )  # fmt: skip


def basis(ctx: Context, found: Effect, of: str = PLACES) -> str:
    """What the expectation rests on, in small type."""
    if found.expected is None:
        return ctx.say("effect.basis_short", before=fmt.number(found.before, ctx.lang))
    return ctx.say(
        "effect.basis", series=series(ctx, of), before=fmt.number(found.before, ctx.lang),
        events=fmt.number(found.events, ctx.lang), compared=fmt.number(found.compared, ctx.lang),
        placebos=fmt.number(found.placebos, ctx.lang),
        wander=fmt.percent(found.wander, ctx.lang, 0),
    )  # fmt: skip


def place(ctx: Context, body: Mapping[str, Any]) -> str:
    """Where something was done, as written; a point where no place is."""
    if body.get("place"):
        return ctx.name(body["place"])
    if body.get("lon") is not None:
        return ctx.say("effect.point", lon=f"{body['lon']:.4f}", lat=f"{body['lat']:.4f}")
    return ctx.say("ui.unnamed")


def category(ctx: Context, body: Mapping[str, Any]) -> str:
    """Which complaints."""
    return ctx.path_name(body["category"]) if body.get("category") else ctx.say("ui.unnamed")


def what(ctx: Context, body: Mapping[str, Any]) -> str:
    """Place and matter in words."""
    return ctx.say("effect.what", place=place(ctx, body), category=category(ctx, body))
