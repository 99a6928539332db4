"""An integrity scan through the store: every signal counted, all of them judged together.

A scan looks at a span of months, so it is computed once for each span and scheme and
kept (:mod:`data.integrity_kept`); a page opens the kept one and says which data it rests on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data import integrity as counted
from data.counts import tally
from data.dimensions import units as listed_units
from data.integrity_kept import Scanned, scheme_key
from data.schema import counts_core
from data.store import Store
from metrics import periods
from metrics.conditions import both, test
from metrics.funnel import FEWEST, build
from metrics.indicators import Indicator
from metrics.integrity import FINDINGS, judge, scan
from metrics.patterns import edges, heaping, loops, prone_categories, recoding
from metrics.periods import Period
from metrics.scheme import Scheme
from metrics.selection import Selection
from metrics.signals import ALLOWED, SIGNALS

Told = Callable[[str, float], None]
"""Called with the code of the step and the share done before it (0 to 1)."""

STEPS = ("counts", "closings", "replies", "passed", "filed", "edges", "rates", "judge")
PATTERNS = ("recoding", "loop_pairs", "heaping", "edges")
NOW, GAP, BEFORE = timedelta(days=182), timedelta(days=91), timedelta(days=365)
"""Recoding: the last half year against the year before the last nine months, so that a
change which has only begun does not stand on both sides."""
LEAST_BEFORE = timedelta(days=60)
MONTHLY = ("month", "quarter")
NEEDS: dict[str, tuple[str, ...]] = {
    "satisfied_unresolved": ("followup", "satisfaction", "resolution"),
    "unreached": ("followup",),
    "bunching": ("due_at", "closed_at"),
    "excluded": ("exclusion",),
    "repeated": ("resolution", "recurred"),
    "loops": ("returns",),
    "same_replies": ("reply",),
    "instant": ("close_hours",),
    "recoding": ("exclusion", "category1"),
    "loop_pairs": ("first_unit", "hops", "returns"),
    "edges": ("closed_at",),
}
"""What must be recorded at all for a signal to say anything (nothing: the signal has other needs)."""


def run(store: Store, span: Selection, scheme: Scheme, told: Told = lambda _s, _d: None) -> Scanned:
    """Look for every signal that the data allow, over the orders created in a span."""
    version, started = store.data_version(), time.monotonic()
    units = _units(store)
    have = counted.known(store, span, sorted({name for names in NEEDS.values() for name in names}))
    skipped = _unrecorded(have)
    told("counts", 0.0)
    counts = counted.signal_counts(store, span)
    case = _Case(store, span, scheme, units, skipped)
    further: list[pd.DataFrame] = []
    for number, (step, make) in enumerate(_PARTS.items(), start=1):
        told(step, number / (len(_PARTS) + 2))
        further += make(case)
    facts: dict[str, Any] = {"power": power_facts(store, span, counts, units), "recorded": have}
    for frame in further:
        facts |= {str(name): value for name, value in frame.attrs.items()}
        frame.attrs = {}
    told("judge", 0.9)
    signals = [s for name, s in SIGNALS.items() if s.counted and name not in skipped]
    found = scan(units, counts=counts, signals=signals, further=further)
    skipped |= {name: {"reason": why} for name, why in found.skipped.items()}
    return Scanned(
        span.start, span.end, scheme_key(scheme), found.findings, found.tests, found.flagged,
        found.expected_false, skipped, facts, version, store.now(), time.monotonic() - started,
    )  # fmt: skip


def power_facts(
    store: Store, span: Selection, counts: pd.DataFrame, units: pd.DataFrame
) -> dict[str, float]:
    """What the power of audit calls depends on, as this city has it.

    followups (median of a unit), unreached and dissatisfied (pooled shares), spread
    (correlation within a unit of the unreached rate in the largest peer group).
    """
    sums = counts.groupby("unit").sum(numeric_only=True)
    n, hits = sums["signal.unreached.den"], sums["signal.unreached.num"]
    pleased = sums["signal.satisfied_unresolved.den"].sum()
    # Of the same orders as the numerator: those with a unit.
    asked = both(
        test("unit", "present"), test("followup", "eq", "valid"), test("satisfaction", "present")
    )
    answered = int(tally(store, {"n": asked}, span)["n"].iloc[0])
    if not n.sum() or not answered:
        return {}
    groups = units.set_index("unit")["peer_group"].reindex(sums.index)
    mine = (groups == groups.mode().iloc[0]) & (n > 0) if groups.notna().any() else n > 0
    spread = 0.0
    if mine.sum() > FEWEST:
        found = build(hits[mine].to_numpy(dtype=float), n[mine].to_numpy(dtype=float))
        spread = 0.0 if found is None else found.rho
    return {
        "followups": float(np.median(n[n > 0])),
        "unreached": float(hits.sum() / n.sum()),
        "dissatisfied": float(1 - pleased / answered),
        "spread": float(spread),
    }


# -- parts -----------------------------------------------------------------------------
Skipped = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class _Case:
    """What a part of the scan works on; ``skipped`` is where it says why it found nothing."""

    store: Store
    span: Selection
    scheme: Scheme
    units: pd.DataFrame
    skipped: Skipped


Part = Callable[[_Case], list[pd.DataFrame]]


def _closings(case: _Case) -> list[pd.DataFrame]:
    if "bunching" in case.skipped:
        return []
    table = counted.bunching(case.store, case.span)
    if not table["n"].sum():
        case.skipped["bunching"] = {"reason": "no_data"}
        return []
    signal = SIGNALS["bunching"]
    return [judge("bunching", table, case.units, signal.minimum, signal.least, by=[ALLOWED])]


def _replies(case: _Case) -> list[pd.DataFrame]:
    if "same_replies" in case.skipped:
        return []
    sample = counted.replies(case.store, case.span)
    table = sample.groupby("unit")["alike"].agg(hits="sum", n="size").reset_index()
    signal = SIGNALS["same_replies"]
    return [judge("same_replies", table, case.units, signal.minimum, signal.least)]


def _passed(case: _Case) -> list[pd.DataFrame]:
    if "loop_pairs" in case.skipped:
        return []
    table = counted.passed(case.store, case.span)
    if table.empty:
        case.skipped["loop_pairs"] = {"reason": "no_data"}
        return []
    return [loops(table, case.units)[[*FINDINGS, "material"]]]


def recoding_spans(end: datetime, first: datetime | None) -> dict[str, Selection] | None:
    """The two times that recoding compares; ``None`` when the data do not reach back enough."""
    last = end - NOW - GAP
    start = last - BEFORE
    if first is not None:
        start = max(start, first)
    if first is None or last - start < LEAST_BEFORE:
        return None
    return {"before": Selection(start, last), "now": Selection(end - NOW, end)}


def _filed(case: _Case) -> list[pd.DataFrame]:
    if "recoding" in case.skipped:
        return []
    spans = recoding_spans(case.span.end, first_order(case.store))
    if spans is None:
        days = (NOW + GAP + LEAST_BEFORE).days
        case.skipped["recoding"] = {"reason": "short_history", "days": days}
        return []
    table = counted.filed(case.store, spans)
    prone = prone_categories(table)
    if not prone:
        case.skipped["recoding"] = {"reason": "no_prone"}
        return []
    made = recoding(table, case.units)
    made.attrs = {
        "prone": prone,
        "spans": {k: [s.start.isoformat(), s.end.isoformat()] for k, s in spans.items()},
    }
    return [made]


def _edges(case: _Case) -> list[pd.DataFrame]:
    if "edges" in case.skipped:
        return []
    days = counted.edge_days(
        whole_periods(case.scheme, case.span), case.span.start.date(), case.span.end.date()
    )
    if not days:
        case.skipped["edges"] = {"reason": "few_edges"}
        return []
    made = edges(counted.closed_daily(case.store, case.span), case.units, days)
    made.attrs = {"edges": [day.isoformat() for day in days]}
    return [made]


def _rates(case: _Case) -> list[pd.DataFrame]:
    lined = red_lines(case.scheme)
    found = whole_periods(case.scheme, case.span)
    if not lined or len(found) < 3:
        case.skipped["heaping"] = {"reason": "no_line" if not lined else "few_edges"}
        return []
    indicator, line = lined[0]
    rates = counted.monthly_rates(case.store, indicator, found, case.scheme.excluded)
    made = heaping(rates, line)
    made.attrs = {"line": {"indicator": indicator.id, "value": line}}
    return [made.iloc[:1]]  # the pooled row: it speaks for the city only


_PARTS: dict[str, Part] = {
    "closings": _closings, "replies": _replies, "passed": _passed,
    "filed": _filed, "edges": _edges, "rates": _rates,
}  # fmt: skip


def simple_rates(scheme: Scheme) -> list[Indicator]:
    """The scheme's rates that are a plain share of orders: a red line can be laid across them."""
    return [
        i for i in scheme.indicators
        if i.measured and not i.parts and i.kind == "rate" and i.direction == "up"
        and all(piece.weight == 1.0 for piece in i.numerator)
    ]  # fmt: skip


def red_lines(scheme: Scheme) -> list[tuple[Indicator, float]]:
    """Rates with a target below 100 % (at 100 % nothing can lie above)."""
    return [
        (i, i.target.value) for i in simple_rates(scheme) if i.target and 0 < i.target.value < 1
    ]


def whole_periods(scheme: Scheme, span: Selection) -> list[Period]:
    """The scheme's assessment months that lie in a span as a whole, and the one that follows."""
    if not scheme.period.startswith(MONTHLY):
        return []
    found = periods.recent(scheme.period, span.end, (span.end - span.start).days // 28 + 2)
    return [p for p in found if span.start <= p.start and p.start < span.end]


def first_order(store: Store) -> datetime | None:
    """The day from which on orders are known: its midnight."""
    day = store.scalar(sa.select(sa.func.min(counts_core.c.day)))
    return datetime(day.year, day.month, day.day) if day else None


# -- inside ------------------------------------------------------------------------
def _units(store: Store) -> pd.DataFrame:
    return listed_units(store)[["unit", "peer_group"]].drop_duplicates("unit")


def _unrecorded(have: Mapping[str, int]) -> Skipped:
    out: Skipped = {}
    for name, fields in NEEDS.items():
        gone = [f for f in fields if not have[f]]
        # Hops or returns: either tells a circle.
        if name == "loop_pairs" and have["first_unit"] and (have["hops"] or have["returns"]):
            gone = []
        if gone:
            out[name] = {"reason": "no_field", "fields": gone}
    return out
