"""From a number to its orders: measures as codes in a link, and what the codes mean.

A code is the name of a measure (``resolution.den``, ``sign_24h.num.0``), or
``<indicator>[.<part>].lost``: counted in the denominator without earning the
full point. The Orders page reads it from the URL parameter :data:`PARAM`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from metrics.conditions import Condition, both, either, negate
from metrics.indicators import Indicator, Leaf
from metrics.scheme import Scheme, further_indicators
from ui import view as views
from ui.context import Context
from ui.view import View

PAGE = "pages/orders.py"
PARAM = "m"
LOST = "lost"


def indicators(scheme: Scheme) -> dict[str, Indicator]:
    """The scheme's indicators and the further ones that stand beside it, by id."""
    own = {indicator.id: indicator for indicator in scheme.indicators}
    return own | {k: i for k, i in further_indicators().items() if k not in own}


def leaves(scheme: Scheme) -> Iterator[tuple[Indicator, Leaf]]:
    """Everything that is counted as a rate of its own, with the indicator it belongs to."""
    for indicator in indicators(scheme).values():
        for leaf in indicator.leaves():
            yield indicator, leaf


def lost(leaf: Leaf, excluded: Condition | None = None) -> Condition | None:
    """Orders in the denominator that did not earn the full point; ``None`` for shares.

    Where less is better the numerator itself costs the points.
    """
    named = dict(leaf.measures(excluded))
    inside = named.get(f"{leaf.prefix}.den")
    if inside is None:
        return None
    pieces = [p.condition for p in leaf.rule.numerator if p.weight >= 1]
    if leaf.rule.direction == "down":
        return both(inside, either(*pieces))
    return both(inside, negate(either(*pieces))) if pieces else inside


def condition(scheme: Scheme, code: str) -> Condition | None:
    """What a code counts under a scheme; ``None`` for an unknown code."""
    known = scheme.measures().get(code)
    if known is not None:
        return known
    for _, leaf in leaves(scheme):
        if code == f"{leaf.prefix}.{LOST}":
            return lost(leaf, scheme.excluded)
        if code.startswith(f"{leaf.prefix}."):
            found = dict(leaf.measures(scheme.excluded)).get(code)
            if found is not None:
                return found
    return None


def params(view: View, code: str = "") -> dict[str, str | list[str]]:
    """The Orders page's URL parameters: the view and the code of what is looked at."""
    out = views.params(view)
    return {**out, PARAM: code} if code else out


def link(ctx: Context, label: str, *, unit: str = "", code: str = "", icon: str = "") -> None:
    """A link to the orders behind a number, of one unit if named."""
    view = replace(ctx.view, units=(unit,)) if unit else ctx.view
    st.page_link(
        PAGE,
        label=label,
        icon=icon or ":material/receipt_long:",
        query_params=params(view, code),
    )
