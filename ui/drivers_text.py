"""The sentences of the drivers page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from data.factors import DriverSpec
from data.refresh import Run
from ui.context import Context
from ui.drivers import Row
from words import format as fmt


def driver(ctx: Context, spec: DriverSpec) -> str:
    """The name of a driver: 降雨."""
    return spec.zh if ctx.lang == "zh" else spec.en


def step(ctx: Context, spec: DriverSpec) -> str:
    """What a ratio is stated for: 日降雨 10 毫米."""
    return spec.zh_step if ctx.lang == "zh" else spec.en_step


def unit(ctx: Context, spec: DriverSpec) -> str:
    """The unit of a driver."""
    return spec.unit_zh if ctx.lang == "zh" else spec.unit_en


def category(ctx: Context, path: str) -> str:
    """A category path in words; all orders."""
    return ctx.path_name(path) if path else ctx.say("page.drivers.all")


def last(ctx: Context, path: str) -> str:
    """The last part of a category path in words; all orders."""
    return ctx.name(path) if path else ctx.say("page.drivers.all")


def ratio(ctx: Context, value: Any) -> str:
    """×1.79."""
    if value is None or pd.isna(value):
        return fmt.number(None, ctx.lang)
    return "×" + fmt.number(float(value), ctx.lang, 2)


def span(ctx: Context, row: Row) -> str:
    """1.70–1.89."""
    return f"{fmt.number(row['low'], ctx.lang, 2)}–{fmt.number(row['high'], ctx.lang, 2)}"


def q(ctx: Context, value: Any) -> str:
    """A q value, small ones as such."""
    if value is None or pd.isna(value):
        return fmt.number(None, ctx.lang)
    return "<0.001" if float(value) < 0.001 else fmt.number(float(value), ctx.lang, 3)


def lasts(ctx: Context, row: Row) -> str:
    """Over which days the ratio is taken."""
    return ctx.say(f"page.drivers.lasts_{'short' if int(row['lasts']) == 1 else 'long'}")


def extra(ctx: Context, row: Row) -> str:
    """Extra cases a year with their interval."""
    if row["extra_year"] is None or pd.isna(row["extra_year"]):
        return ctx.say("page.drivers.extra_unknown")
    names = ("extra_year", "extra_low", "extra_high")
    n, low, high = (fmt.number(float(row[name]), ctx.lang) for name in names)
    return ctx.say("page.drivers.extra_text", n=n, low=low, high=high)


def sentence(ctx: Context, row: Row, spec: DriverSpec) -> str:
    """The finding of a pair, as an association and nothing more."""
    more = float(row["ratio"]) >= 1
    return ctx.say(
        f"page.drivers.finding_{'more' if more else 'fewer'}",
        step=step(ctx, spec), category=category(ctx, str(row["category"])),
        ratio=ratio(ctx, row["ratio"]), span=span(ctx, row), lasts=lasts(ctx, row),
        share=fmt.percent(abs(float(row["ratio"]) - 1), ctx.lang, 0),
    )  # fmt: skip


def basis(ctx: Context, row: Row) -> str:
    """What the size of chance was measured with."""
    return ctx.say(f"page.drivers.basis_{row['basis']}", n=int(row["placebos"]))


def details(ctx: Context, row: Row, spec: DriverSpec) -> list[tuple[str, str]]:
    """What must be known about a pair, as label and text."""
    number = fmt.number
    out = [
        ("ratio", f"{ratio(ctx, row['ratio'])} [{span(ctx, row)}]"),
        ("extra", extra(ctx, row)),
        ("exposed", ctx.say("page.drivers.exposed_text", n=number(int(row["exposed"]), ctx.lang),
                            days=number(int(row["days"]), ctx.lang), step=step(ctx, spec))),
        ("events", number(int(row["events"]), ctx.lang)),
        ("q", q(ctx, row["q"])),
        ("basis", basis(ctx, row)),
        ("widened", ctx.say("page.drivers.widened_text",
                            n=number(float(row["interval_scale"]), ctx.lang, 2))),
        ("shape", ctx.say(f"page.drivers.shape_{row['shape']}")),
    ]  # fmt: skip
    if isinstance(row["adjusted"], float) and not math.isnan(row["adjusted"]):
        low, high = (number(row[f"adjusted_{end}"], ctx.lang, 2) for end in ("low", "high"))
        out.append(("adjusted", f"{ratio(ctx, row['adjusted'])} [{low}–{high}]"))
    if row["heavy_days"] and not pd.isna(row["heavy_days"]):
        out.append(
            ("heavy", ctx.say(
                "page.drivers.heavy_text", n=int(row["heavy_days"]),
                least=number(float(row["heavy_from"]), ctx.lang, 0), unit=unit(ctx, spec),
                observed=number(float(row["heavy_observed"]), ctx.lang),
                expected=number(float(row["heavy_expected"]), ctx.lang),
            ))
        )  # fmt: skip
    return [(ctx.say(f"page.drivers.detail.{name}"), text) for name, text in out]


def trust(ctx: Context, run: Run) -> list[str]:
    """How the search does where nothing can be found, and what it rests on."""
    facts, number = run.facts, fmt.number
    out = [
        ctx.say(
            "page.drivers.trust_tested", n=number(facts.get("tested", 0), ctx.lang),
            found=number(facts.get("found", 0), ctx.lang), days=number(facts["days"], ctx.lang),
            q=fmt.percent(facts["q"], ctx.lang, 0),
        )
    ]  # fmt: skip
    if facts.get("rounds"):
        out.append(
            ctx.say(
                "page.drivers.trust_false", rounds=facts["rounds"],
                n=number(facts["false_per_round"], ctx.lang, 1),
                plain=number(facts["false_uncalibrated"], ctx.lang, 1),
            )
        )  # fmt: skip
    if facts.get("late_tested"):
        out.append(
            ctx.say(
                "page.drivers.trust_late", n=number(facts["late_found"], ctx.lang),
                tested=number(facts["late_tested"], ctx.lang),
            )
        )  # fmt: skip
    shifted = [one for one in facts["placebos"].values() if one["basis"] == "shifts"]
    out.append(ctx.say("page.drivers.trust_shifts" if shifted else "page.drivers.trust_years"))
    return out
