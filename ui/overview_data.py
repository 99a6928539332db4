"""The numbers behind the Overview, gathered once per view: counts, rates, rises, overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from metrics import periods
from metrics.conditions import EVERYTHING, Condition
from metrics.indicators import Indicator, measures_of
from metrics.periods import Period
from metrics.rates import Change, Rate, change, rate, rates, wilson
from metrics.score import peer_groups
from ui import drill, read
from ui.context import Context
from ui.counted import of_indicators

SPARK = 12
REPEAT = "repeat"
Z998 = 3.090232306167813
"""Two-sided 99.8 % limits, the outer limits of a funnel plot (Spiegelhalter 2005)."""


@dataclass(frozen=True)
class Kpi:
    """A headline rate now and before, and its course over the last periods."""

    indicator: Indicator
    now: Rate
    before: Rate | None
    change: Change | None
    course: tuple[float | None, ...]


def recorded(indicator: Indicator, counts: pd.DataFrame) -> bool:
    """Whether the city records this indicator at all in these counts."""
    return bool(rates(indicator, counts)["n"].sum() > 0)


def headline_indicators(ctx: Context) -> list[Indicator]:
    """The indicators of the composite (at most three) and the repeat rate."""
    shown = [i for i in ctx.scheme.composed if i.kind == "rate"][:3]
    return [*shown, read.indicators()[REPEAT]]


def scheme_measures(ctx: Context) -> dict[str, Condition]:
    """The scheme's measures by creation time, and the repeat rate's."""
    return {
        **ctx.scheme.measures("created"),
        **measures_of([read.indicators()[REPEAT]], ctx.scheme.excluded),
    }


def totals(ctx: Context, period: Period) -> pd.Series:
    """The pooled counts of a period under the filters (zeros where there is nothing)."""
    wanted = scheme_measures(ctx)
    counted = read.tally(wanted, ctx.over(period))
    if counted.empty:
        return pd.Series(dict.fromkeys(wanted, 0))
    return counted[list(wanted)].sum()


def course_periods(ctx: Context) -> list[Period]:
    """The last complete periods up to the one shown for which there are data, oldest first."""
    period = ctx.period
    out = [period]
    while len(out) < SPARK:
        out.append(periods.previous(out[-1]))
    days = read.daily_coverage(ctx.version)
    first = pd.Timestamp(days["day"].min())
    return [p for p in out[::-1] if p.start >= first and periods.complete(p, ctx.until)]


def courses(ctx: Context) -> pd.DataFrame:
    """The pooled counts of the last periods, one row each, from one read of daily counts."""
    wanted = scheme_measures(ctx)
    spans = course_periods(ctx)
    if not spans or not ctx.selection.whole_days:
        return pd.DataFrame(columns=list(wanted))
    whole = ctx.selection.over(spans[0].start, spans[-1].end)
    counted = read.tally(wanted, whole, ["day"])
    starts = pd.DatetimeIndex([p.start for p in spans])
    place = starts.searchsorted(pd.to_datetime(counted["day"]), side="right") - 1
    summed = counted[list(wanted)].groupby(place).sum()
    return summed.reindex(range(len(spans)), fill_value=0)


def kpis(ctx: Context) -> tuple[pd.Series, pd.Series | None, list[float], list[Kpi]]:
    """Counts now, counts before, the course of the volume, and the headline rates."""
    now = totals(ctx, ctx.period)
    before = totals(ctx, ctx.compared) if ctx.compared else None
    course = courses(ctx)
    out = []
    for indicator in headline_indicators(ctx):
        mine = rate(indicator, now, recorded=_known(indicator, now))
        old = (
            rate(indicator, before, recorded=_known(indicator, before))
            if before is not None
            else None
        )
        values = _values(indicator, course)
        moved = change(mine, old) if old else None
        out.append(Kpi(indicator, mine, old, moved, tuple(values)))
    return now, before, [float(n) for n in course["all"]], out


def _values(indicator: Indicator, course: pd.DataFrame) -> list[float | None]:
    """The rate of each row, all rows at once (a rate alone costs 2 ms)."""
    if course.empty:
        return []
    found = rates(indicator, course, recorded=True)["value"]
    return [None if pd.isna(value) else float(value) for value in found]


def _known(indicator: Indicator, row: pd.Series) -> bool:
    return recorded(indicator, pd.DataFrame([row]))


def by_district(ctx: Context, indicator: Indicator) -> pd.DataFrame:
    """The indicator per district: columns of :func:`metrics.rates.rates`, district, all."""
    counted = of_indicators([indicator], ctx.scheme, ctx.selection, ["district"])
    counted = counted[counted["district"].notna()].reset_index(drop=True)
    return pd.concat([counted[["district", "all"]], rates(indicator, counted)], axis=1)


def low_units(ctx: Context, indicator: Indicator) -> pd.DataFrame:
    """Units by how far they lie below their peer group on an indicator, lowest first.

    Columns: unit, group, value, low, high, n, pooled (the group's pooled rate),
    flagged (the group's rate lies outside the unit's 99.8 % interval, on the bad side).
    Units below the scheme's minimum n are left out.
    """
    wanted = ctx.scheme.measures("created")
    counted = read.tally(wanted, ctx.selection, ["unit"])
    counted = counted[counted["unit"].notna()].merge(
        read.units()[["unit", "unit_type", "peer_group"]], on="unit", how="left"
    )
    if counted.empty:
        return pd.DataFrame()
    counted["group"] = peer_groups(ctx.scheme, counted).to_numpy()
    found = pd.concat([counted[["unit", "group"]], rates(indicator, counted)], axis=1)
    found = found[found["n"] >= max(ctx.scheme.minimum_n, 1)].copy()
    if found.empty:
        return pd.DataFrame()
    names = [n for n in wanted if n.startswith(f"{indicator.id}.")]
    pooled = counted.groupby("group")[names].sum()
    whole = {
        group: rate(indicator, row, recorded=_known(indicator, row)).value
        for group, row in pooled.iterrows()
    }
    found["pooled"] = found["group"].map(whole)
    up = indicator.direction == "up"
    outer_low, outer_high = wilson(
        (found["value"] * found["n"]).to_numpy(), found["n"].to_numpy(), z=Z998
    )
    found["flagged"] = outer_high < found["pooled"] if up else outer_low > found["pooled"]
    found["gap"] = (found["value"] - found["pooled"]) * (1 if up else -1)
    return found.sort_values(["flagged", "gap"], ascending=[False, True]).reset_index(drop=True)


def overdue_units(ctx: Context) -> pd.DataFrame:
    """Overdue open orders per unit, most first: columns unit, n."""
    long_ago = ctx.until - timedelta(days=3650)
    selection = ctx.selection.over(datetime(long_ago.year, 1, 1), ctx.until)
    counted = read.tally({"n": drill.named("overdue", ctx).condition}, selection, ["unit"])
    return counted[counted["n"] > 0].sort_values("n", ascending=False).reset_index(drop=True)


def daily(ctx: Context, by: list[str], days: int) -> pd.DataFrame:
    """Daily counts under the filters for the last days up to the end of the data."""
    end = datetime.combine(ctx.until.date(), datetime.min.time())
    selection = ctx.selection.over(end - timedelta(days=days), end)
    return read.tally({"n": EVERYTHING}, selection, ["day", *by])
