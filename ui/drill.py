"""Drill-downs: which orders stand behind a number. Links carry a condition or a measure's name.

A page links to the orders with ``drill(ctx, measure)``; the Orders page reads
the parameter back with :func:`read_drill`. Names are those of the scheme's
measures (``resolution.den``), shortened where that helps (``resolution.num``:
every piece of the numerator), plus ``<indicator>.lost`` (orders that cost the
rate: in the denominator, not in the numerator; the numerator itself where less
is better), ``list.<id>`` (the scheme's special lists), ``overdue``, ``today.<code>`` (the exceptions of
today's board) and ``bounced`` (orders that a whistle would help).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from data.settings import settings
from forecasting.calendar import workdays_back
from metrics.conditions import Condition, both, dump, either, negate, parse
from metrics.indicators import Indicator, Leaf
from metrics.overdue import overdue
from metrics.scheme import BEFORE, Scheme, indicators_of
from metrics.selection import Clock
from ui import exceptions_of, read
from ui import view as views
from ui.context import Context

PARAM, CLOCK, SPAN, SEARCH, ORDER = "cond", "clock", "span", "q", "order"
LONGEST = 4000
DEEPEST = 24
_KINDS = ("num", "den", "missing", "lost")


class BadDrill(ValueError):
    """A parameter that is neither a condition nor a known measure."""


@dataclass(frozen=True)
class Drill:
    """A condition with the time it counts by, and what it is called (empty: nothing but itself).

    ``kind`` is a key below ``page.orders.measure``; ``standing`` orders are not
    bound to the period (overdue ones).
    """

    condition: Condition
    clock: Clock = "created"
    name: str = ""
    kind: str = ""
    standing: bool = False


def drill(ctx: Context, what: Condition | str, *, clock: Clock | None = None) -> dict[str, Any]:
    """URL parameters of the Orders page for a condition or a measure, under the filters in force."""
    code = what if isinstance(what, str) else compact(what)
    out: dict[str, Any] = {**views.params(ctx.view), PARAM: code}
    if clock:
        out[CLOCK] = clock
    return out


def compact(condition: Condition) -> str:
    """A condition as the short JSON that links carry."""
    return json.dumps(dump(condition), ensure_ascii=False, separators=(",", ":"))


def read_drill(text: str, ctx: Context, clock: str = "") -> Drill | None:
    """The drill-down of a link; ``None`` when there is none. Raises :class:`BadDrill`."""
    text = text.strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise BadDrill(text[:80])
    if text.startswith("{"):
        chosen: Clock = "closed" if clock == "closed" else "created"
        return Drill(_parse(text), chosen)
    try:
        found = named(text, ctx)
    except KeyError as missing:
        raise BadDrill(text[:80]) from missing
    return found


def _parse(text: str) -> Condition:
    try:
        tree = json.loads(text)
        if _strange(tree):
            raise ValueError("too deep, or values that no database takes")
        return parse(tree)
    except (ValueError, RecursionError) as fault:  # pydantic's and json's errors are ValueErrors
        raise BadDrill(text[:80]) from fault


def _strange(tree: Any, depth: int = 0) -> bool:
    """Whether a link's condition is nested or large beyond use."""
    if isinstance(tree, dict | list):
        parts = tree.values() if isinstance(tree, dict) else tree
        return depth > DEEPEST or any(_strange(part, depth + 1) for part in parts)
    if isinstance(tree, str):
        return "\0" in tree
    return isinstance(tree, int | float) and not abs(tree) < 2**53


def named(name: str, ctx: Context) -> Drill:
    """The drill-down of a measure's name. Raises ``KeyError``."""
    scheme = ctx.scheme
    if name == "overdue":
        back = partial(workdays_back, country=settings().country)
        return Drill(overdue(scheme, ctx.until, back), kind="overdue", standing=True)
    family, _, rest = name.partition(".")
    if family == "today":
        condition = exceptions_of.conditions(ctx)[rest]
        return Drill(
            condition, name=ctx.say(f"supervision.code.{rest}"), kind="list", standing=True
        )
    if name == exceptions_of.BOUNCED:
        condition = exceptions_of.bounced()
        return Drill(condition, name=ctx.say("whistle.bounced"), kind="list", standing=True)
    if family in ("list", "count", "adjust"):
        return _listed(scheme, family, rest, ctx)
    if name in ("all", "flagged", "excluded"):
        return Drill(scheme.measures()[name], scheme.clocks()[name], kind=name)
    return _indicator(scheme, name, ctx)


def _listed(scheme: Scheme, family: str, code: str, ctx: Context) -> Drill:
    groups: dict[str, Any] = {
        "list": scheme.lists, "count": scheme.counts, "adjust": scheme.adjustments,
    }  # fmt: skip
    for item in groups[family]:
        condition = (
            scheme.measures().get(f"adjust.{code}") if family == "adjust" else item.condition
        )
        if item.id == code and condition is not None:
            clock = item.clock if family == "count" else scheme.clock
            return Drill(condition, clock, name=ctx.names_of(item.names), kind="list")
    raise KeyError(code)


def _indicator(scheme: Scheme, name: str, ctx: Context) -> Drill:
    before = name.startswith(BEFORE)
    path = name.removeprefix(BEFORE)
    known = indicators_of(scheme, read.indicators())
    indicator = known[path.partition(".")[0]]
    leaf = next((x for x in _longest_first(indicator) if path.startswith(f"{x.prefix}.")), None)
    if leaf is None:
        raise KeyError(name)
    kind, _, piece = path.removeprefix(f"{leaf.prefix}.").partition(".")
    if kind not in _KINDS or (piece and kind != "num"):
        raise KeyError(name)
    measures = dict(leaf.measures(None if before else scheme.excluded))
    label = " · ".join(
        dict.fromkeys([ctx.names_of(indicator.names), ctx.names_of(leaf.rule.names)])
    )
    condition = _of_kind(leaf, measures, kind, piece)
    return Drill(condition, leaf.rule.clock, name=label, kind=kind)


def _longest_first(indicator: Indicator) -> list[Leaf]:
    return sorted(indicator.leaves(), key=lambda leaf: -len(leaf.prefix))


def _of_kind(leaf: Leaf, measures: dict[str, Condition], kind: str, piece: str) -> Condition:
    if piece:
        return measures[f"{leaf.prefix}.num.{piece}"]
    if kind in ("den", "missing"):
        return measures[f"{leaf.prefix}.{kind}"]
    hits = either(*(piece.condition for piece in leaf.rule.numerator))
    inside = measures.get(f"{leaf.prefix}.den")
    whole = either(*(c for name, c in measures.items() if ".num." in name))
    if kind == "num" or leaf.rule.direction == "down" or inside is None:
        return whole
    return both(inside, negate(hits))
