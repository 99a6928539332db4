"""Which field of a file is the name, the code, the parent …: by its heading, else by what it holds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

_ALIASES: dict[str, tuple[str, ...]] = {
    "name_zh": ("name_zh", "name_cn", "namezh", "name:zh", "zh_name", "zh", "中文名", "中文名称"),
    "name_en": ("name_en", "nameen", "name:en", "en_name", "english", "english_name", "en", "英文名", "英文名称", "pinyin"),
    "name": (
        "name", "名称", "区县名称", "区县", "街道名称", "街道", "街乡镇", "乡镇", "行政区", "区划名称", "mc", "xzqmc",
        "district", "neighborhood", "neighbourhood", "community", "ward", "area_name", "borough", "boro_name",
        "street", "subdistrict", "label", "title",
    ),
    "code": (
        "adcode", "code", "gb", "pac", "xzqdm", "区划代码", "行政区划代码", "代码", "编码", "borocd",
        "geoid", "boro_code", "area_numbe", "id",
    ),
    "parent": ("parent", "parent_name", "所属区县", "所属区", "区县", "区县名称", "district", "borough", "boro_name", "county", "市"),
    "population": ("population", "pop", "人口", "常住人口", "人口数", "pop_total", "total_pop"),
}  # fmt: skip
_STAMP = re.compile(r"^(\d{4}-\d{2}-\d{2}|https?:)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LEVELS = {"city": "city", "district": "district", "street": "street"}

Rows = Sequence[Mapping[str, Any]]


def flat(properties: Any) -> dict[str, Any]:
    """Properties with nested ones as ``parent.adcode``; lists are left out."""
    out: dict[str, Any] = {}
    for key, value in (properties or {}).items() if isinstance(properties, dict) else ():
        if isinstance(value, dict):
            out.update({f"{key}.{inner}": v for inner, v in flat(value).items()})
        elif not isinstance(value, list):
            out[str(key)] = value
    return out


def text(value: Any) -> str | None:
    """A cell as text: whole numbers without ``.0``, blanks as ``None``."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() else value
    return " ".join(str(value).split()) or None


def names(rows: Rows) -> list[str]:
    """Every field that holds something, in the order of the file."""
    found: dict[str, None] = {}
    for row in rows:
        found.update({key: None for key, value in row.items() if text(value) is not None})
    return list(found)


def has_han(words: str | None) -> bool:
    """Whether there is a Chinese character in it."""
    return bool(words and _HAN.search(words))


def recognise(rows: Rows, level: str) -> dict[str, str]:
    """Role to field. A file without any name-like text is named by its code."""
    fields = names(rows)
    by_heading = {field.strip().lower(): field for field in reversed(fields)}
    out: dict[str, str] = {}
    for role in ("name_zh", "name_en", "code", "population"):
        found = _first(role, by_heading, out)
        if found and (role != "code" or _distinct(rows, found)):
            out[role] = found
    name = _first("name", by_heading, out) if level != "street" else _street_name(by_heading, out)
    name = name or out.get("name_zh") or out.get("name_en") or _by_values(rows, fields, out)
    if name:
        out["name"] = name
        if out.get("code") == name:
            del out["code"]
    if level == "street":
        found = _first("parent", by_heading, out)
        if found:
            out["parent"] = found
    return out


def level_of(rows: Rows) -> str | None:
    """The level that every feature itself states, if it is one of ours."""
    said = {text(row.get("level")) for row in rows}
    return _LEVELS.get((said.pop() or "").lower()) if len(said) == 1 else None


def _first(role: str, by_heading: Mapping[str, str], taken: Mapping[str, str]) -> str | None:
    for alias in _ALIASES[role]:
        field = by_heading.get(alias)
        if field is not None and field not in taken.values():
            return field
    return None


def _street_name(by_heading: Mapping[str, str], taken: Mapping[str, str]) -> str | None:
    """Of streets, what may be the district's name is not the street's."""
    left = {key: value for key, value in by_heading.items() if key not in _ALIASES["parent"]}
    return _first("name", left, taken)


def _by_values(rows: Rows, fields: Sequence[str], taken: Mapping[str, str]) -> str | None:
    """The field that tells most areas apart: words first, whole numbers else."""
    best: tuple[int, int, str] | None = None
    for field in fields:
        if field in taken.values() and field != taken.get("code"):
            continue
        values = [row.get(field) for row in rows]
        words = [text(v) for v in values]
        if any(w is None or _STAMP.match(w) for w in words):
            continue
        if any(isinstance(v, float) and not v.is_integer() for v in values):
            continue
        kind = int(all(isinstance(v, str) and not v.strip().isdigit() for v in values))
        score = (kind, len(set(words)), field)
        if best is None or score[:2] > best[:2]:
            best = score
    return best[2] if best else None


def _distinct(rows: Rows, field: str) -> bool:
    values = [text(row.get(field)) for row in rows]
    return None not in values and len(set(values)) > 0.5 * len(values)
