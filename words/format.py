"""Numbers, dates and durations as each language writes them (Babel, 万/亿, 2026年10月)."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

from words import Lang, say

_LOCALE = {"zh": "zh_Hans_CN", "en": "en_GB"}
MINUS = "−"


def _gone(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


@lru_cache(maxsize=20_000)
def number(value: float | None, lang: Lang, digits: int = 0) -> str:
    """A number with grouping: 12,345. Missing is "no data"."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALE[lang]).replace("-", MINUS)


def compact(value: float | None, lang: Lang) -> str:
    """A count for a headline: 12.3万 / 1.2亿, 12.3k / 1.2M; below 10,000 in full."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    steps = {"zh": ((1e8, "亿"), (1e4, "万")), "en": ((1e6, "M"), (1e4, "k"))}[lang]
    for size, unit in steps:
        if abs(value) >= size:
            scale = 1e3 if unit == "k" else size
            shown = value / scale
            return number(shown, lang, 0 if abs(shown) >= 1000 else 1) + unit
    return number(value, lang)


def percent(value: float | None, lang: Lang, digits: int = 1) -> str:
    """A share between 0 and 1 as a percentage. Missing is "no data"."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    return number(value * 100, lang, digits) + "%"


def signed(value: float | None, lang: Lang, digits: int = 1) -> str:
    """A number with its sign; zero has none."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    text = number(value, lang, digits)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def points(value: float | None, lang: Lang, digits: int = 1) -> str:
    """A difference of two shares in percentage points: +0.4 pp / +0.4 个百分点."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    return say("format.points", lang, value=signed(value * 100, lang, digits))


def interval(low: float | None, high: float | None, lang: Lang, digits: int = 1) -> str:
    """A range of two shares: 94.4–98.4%. Missing is "no data"."""
    if low is None or high is None or _gone(low) or _gone(high):
        return say("format.no_data", lang)
    return f"{number(low * 100, lang, digits)}–{number(high * 100, lang, digits)}%"


def hours(value: float | None, lang: Lang) -> str:
    """A duration in hours; below one hour in minutes, from two days on in days."""
    if value is None or _gone(value):
        return say("format.no_data", lang)
    if 0 < abs(value) < 1:
        return say("format.minutes", lang, value=number(value * 60, lang))
    if abs(value) < 48:
        return say("format.hours", lang, value=number(value, lang, 1))
    return say("format.days", lang, value=number(value / 24, lang, 1))


def day(value: date | None, lang: Lang, *, year: bool = True) -> str:
    """A day: 2026年10月3日 / 3 Oct 2026; without the year: 10月3日 / 3 Oct."""
    if value is None:
        return say("format.no_data", lang)
    pattern = {
        ("zh", True): "y年M月d日", ("zh", False): "M月d日",
        ("en", True): "d MMM y", ("en", False): "d MMM",
    }[lang, year]  # fmt: skip
    return str(format_date(value, pattern, locale=_LOCALE[lang]))


def month(value: date, lang: Lang) -> str:
    """A month: 2026年10月 / Oct 2026."""
    return str(format_date(value, {"zh": "y年M月", "en": "MMM y"}[lang], locale=_LOCALE[lang]))


def weekday(value: int, lang: Lang) -> str:
    """The short name of a weekday, 0 = Monday: 周一 / Mon."""
    monday = date(2024, 1, 1 + value)
    return str(format_date(monday, {"zh": "ccc", "en": "ccc"}[lang], locale=_LOCALE[lang]))


def moment(value: datetime | None, lang: Lang) -> str:
    """A day and time: 2026年10月3日 08:05 / 3 Oct 2026 08:05."""
    if value is None:
        return say("format.no_data", lang)
    return f"{day(value.date(), lang)} {value:%H:%M}"


def stamp(value: datetime | None) -> str:
    """A day and time for tables, the same in both languages and sortable: 2026-10-03 08:05."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}"
