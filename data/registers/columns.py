"""The columns of register files: which header is which field, and which words are which code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from data.importing.headers import header_key
from data.importing.values import folded
from words import LANGS, Lang, say

DAYS = ("start", "end", "day", "decided_on", "district_on", "city_on")
TIMES = ("called_at", "arrived_at", "settled_at")
FLOATS = ("lon", "lat", "points", "numerator")
WHOLES = ("n", "level1", "level2", "level3", "level4", "level5",
          "street_score", "department_score")  # fmt: skip


@lru_cache(maxsize=1)
def _file() -> dict[str, Any]:
    path = Path(__file__).with_name("columns.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def fields(kind: str) -> tuple[str, ...]:
    """The columns a file of a kind can have, in the template's order."""
    return tuple(_file()[kind]["columns"])


def needed(kind: str) -> tuple[str, ...]:
    """The columns a file of a kind must have."""
    return tuple(_file()[kind]["need"])


def heading(kind: str, field: str, lang: Lang) -> str:
    """The name that heads a column in templates and downloads."""
    name = str(_file()[kind]["columns"][field][lang][0])
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8)
def aliases(kind: str) -> dict[str, str]:
    """Folded header -> field, of both languages; field codes themselves are known too."""
    out: dict[str, str] = {}
    for field, names in _file()[kind]["columns"].items():
        for name in (field, *(n for lang in LANGS for n in names[lang])):
            out.setdefault(header_key(name), field)
    return out


@lru_cache(maxsize=4)
def codes(field: str) -> dict[str, str]:
    """Folded word -> code of an enumeration (``state``, ``exclusion``), both languages."""
    out: dict[str, str] = {}
    for code, names in _file()["values"][field].items():
        out |= dict.fromkeys(map(folded, (code, *names)), code)
        for lang in LANGS:
            if field == "exclusion":
                out[folded(say(f"value.exclusion.{code}", lang))] = code
            else:
                out[folded(say(f"register.state.{code}", lang))] = code
                out[folded(say(f"register.decision.{code}", lang))] = code
    return out
