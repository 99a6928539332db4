"""The counts behind the laboratory: every unit under the filters, for any scheme or trial."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics import periods
from metrics.conditions import Condition
from metrics.lab import Side
from metrics.periods import Period
from metrics.scheme_edit import changed_measures
from metrics.scheme_model import Scheme
from ui import counted, rankings, read
from ui.context import Context


def period_before(ctx: Context) -> Period:
    """The period that rises are told against: the one before, whatever is compared on the page."""
    if ctx.view.compare == "previous" and ctx.compared is not None:
        return ctx.compared
    return periods.previous(ctx.period)


def side(ctx: Context, scheme: Scheme) -> Side:
    """A scheme with the counts and the evidence of the page's period."""
    there = under(ctx, scheme)
    counts = rankings.unit_counts(there, ctx.period).units
    made = Side(scheme, counts, read.evidence(scheme, ctx.period), ctx.period)
    return _with_before(ctx, made)


def trial(ctx: Context, base: Side, scheme: Scheme) -> Side:
    """The same for a trial: only what it counts differently is counted anew."""
    made = replace(
        base, scheme=scheme, counts=_recounted(ctx, base.scheme, scheme, base.counts, ctx.period)
    )
    if base.before is None or not made.rises:
        return _with_before(ctx, made)
    before = _recounted(ctx, base.scheme, scheme, base.before, period_before(ctx))
    return replace(made, before=before)


def to_count(base: Scheme, scheme: Scheme) -> dict[str, Condition]:
    """What a trial counts differently (the counts beside the score left out)."""
    found = changed_measures(base, scheme)
    return {name: c for name, c in found.items() if not name.startswith("count.")}


def _recounted(
    ctx: Context, base: Scheme, scheme: Scheme, counts: pd.DataFrame, period: Period
) -> pd.DataFrame:
    wanted = to_count(base, scheme)
    if not wanted:
        return counts
    where = replace(ctx.over(period), units=(), clock=scheme.clock)
    found = counted.count(wanted, scheme.clocks(), where, ("unit",))
    known = counts.drop(columns=[name for name in wanted if name in counts])
    found = found[found["unit"].notna()]
    out = known.merge(found, on="unit", how="left")
    names = list(wanted)
    out[names] = out[names].fillna(0).astype("int64")
    return out


def _with_before(ctx: Context, made: Side) -> Side:
    if not made.rises:
        return made
    then = period_before(ctx)
    there = under(ctx, made.scheme)
    counts = rankings.unit_counts(there, then).units
    if not counts["all"].sum():
        return made  # before the first order nothing rose
    evidence = read.evidence(made.scheme, then)
    return replace(made, before=counts, before_evidence=evidence, before_period=then)


def under(ctx: Context, scheme: Scheme) -> Context:
    """The context as if the scheme were the chosen one: names of groups, definitions."""
    return replace(ctx, scheme=scheme)
