"""What is to be known about an indicator before it is used: warnings, as codes with parameters."""

from __future__ import annotations

from itertools import combinations

from metrics.conditions import Condition, both, either, negate
from metrics.indicators import Indicator
from metrics.labels import Label
from metrics.rates import Rate

MISSING_SHARE = 0.2
NEARLY = 0.005
"""Below this share (or above one minus it) a rate tells nobody apart."""
FAMILY = "indicators.warning"


def overlap(indicator: Indicator, excluded: Condition | None = None) -> Condition | None:
    """Orders that two pieces of a numerator both count; ``None`` with a single piece.

    Orders in ``excluded`` are left out where the indicator leaves them out.
    """
    inside = [indicator.denominator] if indicator.denominator is not None else []
    if excluded is not None and not indicator.counts_excluded:
        inside.append(negate(excluded))
    pairs = [
        both(*inside, a.condition, b.condition) for a, b in combinations(indicator.numerator, 2)
    ]
    if not pairs:
        return None
    return either(*pairs)


def warnings(
    indicator: Indicator, found: Rate, *, minimum_n: int, twice: int, same: list[str]
) -> list[Label]:
    """Everything to be said about what a check found. Empty: nothing stands out.

    ``twice``: orders that two pieces of the numerator count; ``same``: names of known
    indicators that count the very same. ``twice`` above 0 forbids saving.
    """
    out = []
    if twice:  # the value itself says nothing then
        return [Label(f"{FAMILY}.twice", {"n": twice})]
    if same:
        out.append(Label(f"{FAMILY}.same", {"names": same}))
    if found.value is None:
        code = "no_residents" if indicator.kind == "per_population" else "no_denominator"
        return [*out, Label(f"{FAMILY}.{code}")]
    if found.n < minimum_n:
        out.append(Label(f"{FAMILY}.small", {"n": found.n, "least": minimum_n}))
    everyone = found.n + (found.missing or 0)
    if found.missing and found.missing > MISSING_SHARE * everyone:
        share = found.missing / everyone
        out.append(Label(f"{FAMILY}.missing", {"n": found.missing, "share": share}))
    if indicator.kind == "rate" and found.n >= minimum_n:
        if found.value <= NEARLY:
            out.append(Label(f"{FAMILY}.never", {"value": found.value}))
        elif found.value >= 1 - NEARLY:
            out.append(Label(f"{FAMILY}.always", {"value": found.value}))
    return out
