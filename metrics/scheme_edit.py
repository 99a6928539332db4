"""Other versions of a scheme for the laboratory: other weights, points, limits.

Other weights and bonuses need no new counts. Other limits change what is
counted, and :func:`changed_measures` names the few measures to be counted anew.
What was changed is marked as an example: nobody's document says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from metrics.conditions import All, Any_, Condition, Not, Test
from metrics.indicators import Indicator, Part
from metrics.scheme_model import Scheme
from metrics.scheme_rules import Limit, LimitClock, applies, in_limit, limited

CLOCKS: tuple[LimitClock, ...] = ("sign", "contact", "close")
R = TypeVar("R", Indicator, Part)


def with_weights(scheme: Scheme, weights: Mapping[str, float]) -> Scheme:
    """The scheme with other weights of indicators; what changes is marked as an example.

    An indicator with weight 0 leaves the composite; the note on the weights goes. Raises ``KeyError`` for an
    unknown indicator, ``ValueError`` when nothing is left or a weight is negative.
    """
    known = {item.indicator: item for item in scheme.composite}
    for name, weight in weights.items():
        if name not in known:
            scheme.indicator(name)  # KeyError
        if weight < 0:
            raise ValueError(f"{name}: {weight}")
    names = [*known, *(name for name in weights if name not in known)]
    kept = []
    for name in names:
        old = known.get(name)
        weight = float(weights[name] if name in weights or old is None else old.weight)
        if weight == 0:
            continue
        if old is not None and old.weight == weight:
            kept.append(old)
        else:
            basis = old or next(iter(known.values()))
            changed = {"indicator": name, "weight": weight, "status": "example", "note": None}
            kept.append(basis.model_copy(update=changed))
    if not kept:
        raise ValueError("no indicator is left")
    if tuple(kept) == scheme.composite:
        return scheme
    # The note spells the weights out: it would say what is no longer so.
    return scheme.model_copy(update={"composite": tuple(kept), "composite_note": None})


def with_adjustments(scheme: Scheme, changes: Mapping[str, Mapping[str, float | None]]) -> Scheme:
    """The scheme with other points (``per``) or caps (``cap``) of its bonuses and penalties.

    Raises ``KeyError`` for an unknown adjustment.
    """
    known = {item.id: item for item in scheme.adjustments}
    for name in changes:
        known[name]  # KeyError
    items = [
        item.model_copy(update={**changes[item.id], "status": "example"})
        if item.id in changes
        else item
        for item in scheme.adjustments
    ]
    return scheme.model_copy(update={"adjustments": tuple(items)})


def with_limits(scheme: Scheme, lengths: Mapping[str, float | int]) -> Scheme:
    """The scheme with other time limits, by limit id (hours or working days, as it has).

    Every condition that was written with ``{limit: …}`` follows. Raises
    ``KeyError`` for an unknown limit, ``ValueError`` for one that is not positive.
    """
    old = scheme.limits
    ids = {limit.id for limit in old}
    for name, length in lengths.items():
        if name not in ids:
            raise KeyError(name)
        if length <= 0:
            raise ValueError(f"{name}: {length}")
    new = tuple(_longer(limit, lengths.get(limit.id)) for limit in old)
    swap: list[tuple[Condition, Condition]] = []
    for clock in CLOCKS:
        if any(limit.clock == clock for limit in old):
            for make in (in_limit, limited, applies):
                before, after = make(old, clock), make(new, clock)
                if before != after:
                    swap.append((before, after))
    if not swap:
        return scheme.model_copy(update={"limits": new})
    indicators = tuple(_indicator(item, swap) for item in scheme.indicators)
    adjustments = tuple(
        item.model_copy(
            update={
                name: _swap(condition, swap)
                for name, condition in (("when", item.when), ("base", item.base))
                if condition is not None
            }
        )
        for item in scheme.adjustments
    )
    changed = {"limits": new, "indicators": indicators, "adjustments": adjustments}
    return scheme.model_copy(update=changed)


def changed_measures(old: Scheme, new: Scheme) -> dict[str, Condition]:
    """The measures of ``new`` that ``old``'s counts do not hold: to be counted anew."""
    known = old.measures()
    return {n: c for n, c in new.measures().items() if known.get(n) != c}


def _longer(limit: Limit, length: float | int | None) -> Limit:
    if length is None:
        return limit
    name = "hours" if limit.hours is not None else "workdays"
    value = float(length) if name == "hours" else int(length)
    return limit.model_copy(update={name: value, "status": "example"})


def _indicator(indicator: Indicator, swap: list[tuple[Condition, Condition]]) -> Indicator:
    parts = tuple(_rule(part, swap) for part in indicator.parts)
    return _rule(indicator, swap).model_copy(update={"parts": parts})


def _rule(rule: R, swap: list[tuple[Condition, Condition]]) -> R:
    numerator = tuple(
        piece.model_copy(update={"condition": _swap(piece.condition, swap)})
        for piece in rule.numerator
    )
    changed: dict[str, Any] = {"numerator": numerator}
    for name in ("denominator", "missing"):
        condition = getattr(rule, name)
        if condition is not None:
            changed[name] = _swap(condition, swap)
    return rule.model_copy(update=changed)


def _swap(condition: Condition, swap: list[tuple[Condition, Condition]]) -> Condition:
    for before, after in swap:
        if condition == before:
            return after
    if isinstance(condition, Test):
        return condition
    if isinstance(condition, Not):
        return Not.model_validate({"not": _swap(condition.part, swap)})
    parts = tuple(_swap(part, swap) for part in condition.parts)
    return All(parts=parts) if isinstance(condition, All) else Any_(parts=parts)
