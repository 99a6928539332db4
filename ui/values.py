"""Values of order fields as a reader sees them: enumerations, names, times, numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd

from metrics.fields import FIELDS
from metrics.selection import PATH
from words import Lang, knows, say
from words import format as fmt

Namer = Callable[[str, str], str]
"""``(field, code) -> name`` for units, places, categories and channels."""

_NAMED = ("unit", "first_unit", "district", "street", "category1", "category2", "category3")
_SHARP = {"lon": 6, "lat": 6, "sign_hours": 1, "contact_hours": 1, "close_hours": 1}


def as_recorded(_field: str, code: str) -> str:
    """The namer that knows no other names."""
    return code


def namer(names: dict[str, str], places: dict[str, str], lang: Lang) -> Namer:
    """A namer over ``{code: name}`` of all dimensions, and of the areas alone.

    A street is a place and a unit under one code, with a name for each. A category
    level stands in an order without its parents; its name is found by the last
    level of the path.
    """
    last = {path.rsplit(PATH, 1)[-1]: name for path, name in names.items() if PATH in path}

    def name(field: str, code: str) -> str:
        if field == "channel":
            return word("channel", code, code, lang)
        if field == "assist_units":
            parts = [part.strip() for part in code.replace("；", ";").split(";")]
            comma = say("ui.list_comma", lang)
            return comma.join(names.get(part, part) for part in parts if part)
        if field not in _NAMED:
            return code
        own = places.get(code) if field in ("district", "street") else None
        return own or names.get(code) or last.get(code) or code

    return name


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return bool(pd.isna(value))


def shown(field: str, value: Any, lang: Lang, name: Namer = as_recorded) -> str:
    """One value of a field in words; a missing one as an empty string."""
    if is_missing(value):
        return ""
    kind = FIELDS[field].kind
    if kind in ("time", "date"):
        moment = _moment(value)
        return fmt.moment(moment, lang) if kind == "time" else fmt.day(moment.date(), lang)
    if kind in ("int", "float"):
        return _number(field, value, lang)
    if kind == "bool":
        return say(f"value.bool.{'true' if value else 'false'}", lang)
    return _text(field, str(value), lang, name)


def flags(value: Any, lang: Lang) -> list[str]:
    """The contradictions of a ``flags`` cell in words."""
    if is_missing(value):
        return []
    return [word("flag", code, code, lang) for code in str(value).split(";") if code]


def word(family: str, code: str, fallback: str, lang: Lang) -> str:
    """The word of a code, or the fallback where the catalogue has none."""
    key = f"{family}.{code}"
    return say(key, lang) if knows(key, lang) else fallback


def column(frame: pd.DataFrame, field: str, lang: Lang, name: Namer = as_recorded) -> pd.Series:
    """A whole column in words (each distinct value is worded once)."""
    values = frame[field]
    if FIELDS[field].kind in ("enum", "bool", "text"):
        found = {v: shown(field, v, lang, name) for v in values.dropna().unique()}
        words = [found.get(v, "") if not is_missing(v) else "" for v in values]
        return pd.Series(words, index=values.index, dtype="str")
    return pd.Series([shown(field, v, lang, name) for v in values], index=values.index, dtype="str")


def _moment(value: Any) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    stamp: datetime = pd.Timestamp(value).to_pydatetime()
    return stamp


def _text(field: str, value: str, lang: Lang, name: Namer) -> str:
    if FIELDS[field].kind == "enum":
        return word("value", f"{field}.{value}", value, lang)
    if field == "flags":
        return say("ui.list_comma", lang).join(flags(value, lang))
    return name(field, value)


def _number(field: str, value: Any, lang: Lang) -> str:
    if field == "h3_9":
        return f"{int(value):x}"
    digits = _SHARP.get(field, 0 if float(value).is_integer() else 1)
    return fmt.number(float(value), lang, digits)
