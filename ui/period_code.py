"""Periods as short codes for links: ``month:2026-10-31``, ``custom:2026-10-01..2026-10-15``."""

from __future__ import annotations

from datetime import date, datetime, time

from metrics.periods import Period, containing, custom


def encode(period: Period) -> str:
    """The code of a period: its rule and the last day it touches."""
    if period.kind == "custom":
        return f"custom:{period.start.date()}..{period.last_day}"
    return f"{period.kind}:{period.last_day}"


def decode(code: str) -> Period:
    """The period of a code. Raises ``ValueError`` when it is none."""
    kind, _, span = code.partition(":")
    if kind == "custom":
        first, separator, last = span.replace("—", "..").partition("..")
        if not separator:
            first = last = span
        return custom(date.fromisoformat(first.strip()), date.fromisoformat(last.strip()))
    return containing(kind, datetime.combine(date.fromisoformat(span), time()))
