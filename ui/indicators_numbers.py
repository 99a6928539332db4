"""What an indicator says about the data in force: value, missing, by district, by month, examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pandas as pd

from metrics.conditions import Condition, both, either, negate, test
from metrics.indicator_check import overlap, warnings
from metrics.indicator_file import alike
from metrics.indicators import Indicator, measures_of
from metrics.labels import Label
from metrics.population import RESIDENTS, SPAN_DAYS
from metrics.rates import Rate, rate, rates
from metrics.selection import Selection
from ui import beside, counted, read
from ui.context import Context

MONTHS = 12
EXAMPLES = 10


@dataclass(frozen=True)
class Check:
    """An indicator checked against the data: the whole, its parts, and what stands out."""

    whole: Rate
    districts: pd.DataFrame
    months: pd.DataFrame
    warnings: list[Label]
    twice: int


def check(ctx: Context, indicator: Indicator, known: Mapping[str, Indicator]) -> Check:
    """Count an indicator under the filters in force, whether it is saved or not."""
    where = replace(ctx.selection, clock=indicator.clock)
    row = counted.of_indicators([indicator], ctx.scheme, where).iloc[0]
    whole = rate(indicator, row, recorded=_recorded(indicator, row))
    crossed = overlap(indicator, ctx.scheme.excluded)
    twice = 0
    if crossed is not None:
        twice = int(read.tally({"twice": crossed}, where)["twice"].sum())
    names = [ctx.names_of(known[code].names) for code in alike(indicator, known)]
    return Check(
        whole=whole,
        districts=by_district(ctx, indicator),
        months=by_month(ctx, indicator),
        warnings=warnings(
            indicator, whole, minimum_n=ctx.scheme.minimum_n, twice=twice, same=names
        ),
        twice=twice,
    )


def _recorded(indicator: Indicator, row: pd.Series) -> bool:
    if not indicator.unmeasured_when_zero:
        return True
    return any(row[name] > 0 for name in row.index if ".num." in str(name))


def by_district(ctx: Context, indicator: Indicator) -> pd.DataFrame:
    """The indicator per district: district, and the columns of :func:`metrics.rates.rates`."""
    found = counted.of_indicators([indicator], ctx.scheme, ctx.selection, ("district",))
    found = found[found["district"].notna()].reset_index(drop=True)
    values = rates(indicator, found)
    return pd.concat([found[["district"]], values], axis=1).sort_values(
        "value", ascending=indicator.direction == "down", na_position="last", ignore_index=True
    )  # fmt: skip


def by_month(ctx: Context, indicator: Indicator) -> pd.DataFrame:
    """The last calendar months up to the data's end: month, partial, value, low, high, n …"""
    last = ctx.until - timedelta(seconds=1)
    months = pd.date_range(
        end=pd.Timestamp(last).to_period("M").start_time, periods=MONTHS, freq="MS"
    )
    where = ctx.selection.over(
        months[0].to_pydatetime(), datetime.combine(_after(months[-1]), datetime.min.time())
    )
    found = counted.of_indicators([indicator], ctx.scheme, where, ("month",)).set_index("month")
    found = found.reindex(months).fillna(0)
    ends = [_after(month) for month in months]
    have = [beside.days_known(m.date(), end) for m, end in zip(months, ends, strict=True)]
    if indicator.kind == "per_population":
        people = beside.people_of(where)
        found[RESIDENTS] = [people * days / SPAN_DAYS for days in have]
    out = rates(indicator, found)
    out.loc[[days == 0 for days in have], ["value", "low", "high"]] = float("nan")
    out["partial"] = [
        0 < days < (end - m.date()).days for m, end, days in zip(months, ends, have, strict=True)
    ]
    return out.rename_axis("month").reset_index()


def _after(month: pd.Timestamp) -> date:
    return (month + pd.offsets.MonthBegin(1)).date()


def current(ctx: Context, indicators: Mapping[str, Indicator]) -> dict[str, Rate]:
    """The value of every indicator under the filters in force, counted together."""
    row = counted.of_indicators(indicators.values(), ctx.scheme, ctx.selection).iloc[0]
    return {
        code: rate(indicator, row, recorded=_recorded(indicator, _own(row, code)))
        for code, indicator in indicators.items()
        if indicator.measured and indicator.kind != "group_share"
    }


def _own(row: pd.Series, code: str) -> pd.Series:
    return row[[name for name in row.index if str(name).startswith(f"{code}.")]]


# -- examples ----------------------------------------------------------------------
def hits(indicator: Indicator, excluded: Condition | None) -> Condition:
    """The orders in the numerator."""
    named = measures_of([indicator], excluded)
    return either(*(c for name, c in named.items() if ".num." in name))


def misses(indicator: Indicator, excluded: Condition | None) -> Condition | None:
    """The orders in the denominator that are not in the numerator; ``None`` for orders per resident."""
    named = measures_of([indicator], excluded)
    inside = named.get(f"{indicator.id}.den")
    if inside is None:
        return None
    return both(inside, negate(either(*(p.condition for p in indicator.numerator))))


def examples(ctx: Context, indicator: Indicator, which: Condition) -> tuple[pd.DataFrame, int]:
    """Ten orders under the filters that fulfil a condition, newest first, and how many there are."""
    extra = [which]
    if ctx.view.unit_types:
        units = read.units()
        typed = units.loc[units["unit_type"].isin(ctx.view.unit_types), "unit"].tolist()
        extra.append(test("unit", "in", typed))
    asked: Selection = replace(ctx.selection, clock=indicator.clock, extra=both(*extra))
    return read.orders_page(asked.condition(), limit=EXAMPLES)
