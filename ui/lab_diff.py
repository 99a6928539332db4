"""What differs between two schemes, in sentences and line by line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from metrics.conditions import parse
from metrics.scheme_diff import Difference, differences
from metrics.scheme_edit import with_limits
from metrics.scheme_model import Scheme
from ui.context import Context
from ui.filters import kind_name
from ui.orders_list import naming
from ui.words_of import words_of
from words import format as fmt
from words import knows, say

STATUSES = ("status", "weight_status", "minimum_n_status", "period_status", "ties_status")
SHARES = ("line", "value", "monthly_share")
"""Numbers between 0 and 1 that are read as percentages."""
LISTS = ("limits", "indicators", "composite", "exclusions", "adjustments", "counts", "lists",
         "reports", "bands", "evaluators", "parts", "sets")  # fmt: skip


def lines(ctx: Context, old: Scheme, new: Scheme) -> list[str]:
    """Every difference as a sentence, in the order of the file. The two heads are not compared."""
    out = _limits(ctx, old, new)
    # What limits alone have changed in the conditions is said once, with the limit.
    lengths = {k: v for k, v in _lengths(new).items() if k in _lengths(old)}
    same = {k: v for k, v in lengths.items() if _unit(old, k) == _unit(new, k)}
    middle = with_limits(old, same)
    found = differences(middle, new)
    changed = {one.path[:-1] for one in found if one.path[-1] not in STATUSES}
    changed |= {("limits", name) for name, value in same.items() if value != _lengths(old)[name]}
    for one in found:
        if one.path[0] in ("id", "version", "valid_from"):
            continue
        if one.path == ("composite_note",) and one.new is None and _reweighed(changed):
            continue  # the note spells the old weights out
        if _follows(one, changed):
            continue
        out += _said(ctx, middle, new, one)
    return list(dict.fromkeys(out))


def head(ctx: Context, old: Scheme, new: Scheme) -> list[str]:
    """What differs in the heads: id, version, day of coming into force."""
    return [
        line
        for one in differences(old, new)
        if one.path[0] in ("id", "version", "valid_from")
        for line in _said(ctx, old, new, one)
    ]


def unified(old: str, new: str, old_name: str, new_name: str) -> str:
    """The two texts compared line by line, as programmers read it; empty where they are the same."""
    made = difflib.unified_diff(
        old.splitlines(), new.splitlines(), old_name, new_name, lineterm="", n=2
    )
    return "\n".join(made)


# -- limits ------------------------------------------------------------------------
def _lengths(scheme: Scheme) -> dict[str, float]:
    return {x.id: float(x.hours if x.hours is not None else x.workdays or 0) for x in scheme.limits}


def _unit(scheme: Scheme, id: str) -> str:
    return next("hours" if x.hours is not None else "workdays" for x in scheme.limits if x.id == id)


def _limits(ctx: Context, old: Scheme, new: Scheme) -> list[str]:
    out = []
    for limit in new.limits:
        was, now = _lengths(old).get(limit.id), _lengths(new)[limit.id]
        if was is None or was == now or _unit(old, limit.id) != _unit(new, limit.id):
            continue
        unit = _unit(new, limit.id)
        what = ctx.say(
            "page.lab.of", name=ctx.names_of(limit.names), what=ctx.say("page.lab.limit")
        )
        values = [ctx.say(f"definition.{unit}", n=_number(ctx, v)) for v in (was, now)]
        out.append(ctx.say("page.lab.diff.changed", what=what, old=values[0], new=values[1]))
    return out


def _reweighed(changed: set[tuple[str, ...]]) -> bool:
    return any(path[:1] == ("composite",) for path in changed)


# -- one difference -------------------------------------------------------------------
def _follows(one: Difference, changed: set[tuple[str, ...]]) -> bool:
    """Whether a change of status only follows from a value beside it that was changed."""
    at, key = one.path[:-1], one.path[-1]
    if key not in STATUSES or one.new != "example":
        return False
    return any(path[: len(at)] == at for path in changed)


def _said(ctx: Context, old: Scheme, new: Scheme, one: Difference) -> list[str]:
    if one.path[-1] == "numerator":
        levels = _levels(ctx, old, new, one)
        if levels is not None:
            return levels
    if (
        isinstance(one.old, list | None)
        and isinstance(one.new, list | None)
        and one.path[-1] in LISTS
    ):
        return _items(ctx, old, new, one)
    what = _what(ctx, old, new, one.path)
    values = {
        side: _value(ctx, one.path, value) for side, value in (("old", one.old), ("new", one.new))
    }
    kind = "added" if one.old is None else "removed" if one.new is None else "changed"
    if kind == "changed":
        return [ctx.say("page.lab.diff.changed", what=what, **values)]
    whole = one.kind != "changed" and isinstance(one.new if one.old is None else one.old, dict)
    if whole and not _is_condition(one.new or one.old):
        return [ctx.say(f"page.lab.diff.{kind}", what=what)]
    value = values["new" if kind == "added" else "old"]
    return [ctx.say(f"page.lab.diff.{kind}_value", what=what, value=value)]


def _items(ctx: Context, old: Scheme, new: Scheme, one: Difference) -> list[str]:
    """A whole list that came or went: item by item."""
    out = []
    for kind, items in (("removed", one.old), ("added", one.new)):
        for item in items or ():
            path = (*one.path, str(item.get("id", item.get("reason", item.get("indicator")))))
            out.append(ctx.say(f"page.lab.diff.{kind}", what=_what(ctx, old, new, path)))
    return out


def _levels(ctx: Context, old: Scheme, new: Scheme, one: Difference) -> list[str] | None:
    """Pieces of a numerator that count otherwise; ``None`` where the conditions changed too."""
    if (
        not isinstance(one.old, list)
        or not isinstance(one.new, list)
        or len(one.old) != len(one.new)
    ):
        return None
    out = []
    for k, (was, now) in enumerate(zip(one.old, one.new, strict=True)):
        if was["condition"] != now["condition"]:
            return None
        if was["weight"] != now["weight"]:
            named = (now.get("names") or {}).get(ctx.lang) or str(k + 1)
            whole = _what(ctx, old, new, one.path[:-1])
            what = ctx.say("page.lab.piece", name=named, whole=whole)
            values = {"old": _number(ctx, was["weight"]), "new": _number(ctx, now["weight"])}
            out.append(ctx.say("page.lab.diff.changed", what=what, **values))
    return out


def _what(ctx: Context, old: Scheme, new: Scheme, path: Sequence[str]) -> str:
    """A path in words: “解决率 · 权重”."""
    names = _names(new) | _names(old)
    parts = []
    for k, key in enumerate(path):
        if k and path[k - 1] in LISTS:
            found = names.get((path[k - 1], key))
            parts.append(ctx.names_of(found) if found is not None else key)
        elif not (
            key in LISTS
            and k + 1 < len(path)
            and key in ("indicators", "composite", "parts", "sets")
        ):
            parts.append(_key(ctx, key))
    return ctx.say("page.lab.diff.join").join(parts)


def _key(ctx: Context, key: str) -> str:
    name = f"page.lab.key.{key}"
    return say(name, ctx.lang) if knows(name, ctx.lang) else key


def _names(scheme: Scheme) -> dict[tuple[str, str], Any]:
    out: dict[tuple[str, str], Any] = {}
    for kind in (
        "limits",
        "indicators",
        "adjustments",
        "counts",
        "lists",
        "reports",
        "bands",
        "evaluators",
    ):
        out |= {(kind, item.id): item.names for item in getattr(scheme, kind)}
    out |= {("exclusions", item.reason): item.names for item in scheme.exclusions}
    out |= {("composite", item.id): item.names for item in scheme.indicators}
    out |= {("sets", item.id): item.names for item in scheme.groups.sets}
    for indicator in scheme.indicators:
        out |= {("parts", part.id): part.names for part in indicator.parts}
    return out


# -- values ---------------------------------------------------------------------------
def _value(ctx: Context, path: Sequence[str], value: Any) -> str:
    if value is None or value == [] or isinstance(value, bool):
        code = "yes" if value is True else "no" if value is False else "nothing"
        return ctx.say(f"page.lab.diff.{code}")
    if isinstance(value, int | float):
        return fmt.percent(value, ctx.lang) if path[-1] in SHARES else _number(ctx, value)
    if isinstance(value, Mapping):
        if _is_condition(value):
            return words_of(parse(value), ctx.lang, naming(ctx))
        return str(value.get(ctx.lang, value.get("id", "…")))
    if isinstance(value, list):
        return _list(ctx, path, value)
    return _code(ctx, path[-1], str(value))


def _list(ctx: Context, path: Sequence[str], values: list[Any]) -> str:
    if all(isinstance(item, Mapping) and "condition" in item for item in values):
        said = [words_of(parse(item["condition"]), ctx.lang, naming(ctx)) for item in values]
        return ctx.say("ui.list_semicolon").join(said)
    return ctx.say("ui.list_comma").join(_value(ctx, path, item) for item in values)


def _code(ctx: Context, key: str, value: str) -> str:
    """A code of the file in words, where there are any."""
    if key == "period":
        return kind_name(ctx, value)
    families = {
        **dict.fromkeys(STATUSES, "definition"), "ties": "definition.ties",
        "unit_types": "unit_type", "by": "page.lab.by", "clock": "page.lab.clock",
        "direction": "page.lab.direction", "side": "page.lab.side",
    }  # fmt: skip
    if key == "units":
        return ctx.name(value)
    name = f"{families.get(key, 'page.lab')}.{value}"
    return say(name, ctx.lang) if key in families and knows(name, ctx.lang) else value


def _is_condition(value: Any) -> bool:
    return isinstance(value, Mapping) and (
        "field" in value or (len(value) == 1 and next(iter(value)) in ("all", "any", "not"))
    )


def _number(ctx: Context, value: float) -> str:
    digits = len(f"{value:.10g}".partition(".")[2])
    return fmt.number(value, ctx.lang, min(digits, 4))
