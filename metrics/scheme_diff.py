"""What differs between two schemes, or two versions of one: value by value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from metrics.scheme_model import Scheme

Kind = Literal["added", "removed", "changed"]
_KEYS = ("id", "indicator", "reason")


@dataclass(frozen=True)
class Difference:
    """``path``: keys from the top, items of lists by their id; values as plain data."""

    path: tuple[str, ...]
    kind: Kind
    old: Any
    new: Any


def differences(old: Scheme, new: Scheme) -> list[Difference]:
    """Everything that differs, in the order of the scheme file.

    Items of a list are matched by id, so a moved item is no difference; the
    order of limits matters (first match wins) and is reported as ``limits.order``.
    """
    out = list(_compare((), _plain(old), _plain(new)))
    orders = [[limit.id for limit in scheme.limits] for scheme in (old, new)]
    if orders[0] != orders[1] and set(orders[0]) == set(orders[1]):
        out.append(Difference(("limits", "order"), "changed", *orders))
    return out


def _plain(scheme: Scheme) -> Any:
    return scheme.model_dump(mode="json", by_alias=True)


def _compare(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    one, two = _named(old), _named(new)
    if one is None or two is None:
        kind: Kind = "added" if old is None else "removed" if new is None else "changed"
        yield Difference(path, kind, old, new)
        return
    for key in dict.fromkeys([*one, *two]):
        if key not in two:
            yield Difference((*path, key), "removed", one[key], None)
        elif key not in one:
            yield Difference((*path, key), "added", None, two[key])
        else:
            yield from _compare((*path, key), one[key], two[key])


def _named(value: Any) -> dict[str, Any] | None:
    """A mapping, or a list of items with ids as one; ``None`` for anything to be shown whole."""
    if isinstance(value, dict):
        return None if _is_condition(value) else value
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for key in _KEYS:
            if all(key in item for item in value):
                return {str(item[key]): item for item in value}
    return None


def _is_condition(value: dict[str, Any]) -> bool:
    return "field" in value or (len(value) == 1 and next(iter(value)) in ("all", "any", "not"))
