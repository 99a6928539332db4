"""What the forecasts are made of beside the daily series: weather and monthly rates."""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from data import scoring
from data.refresh.series import span_of
from data.schema import factors, orders
from data.store import Store
from metrics.indicators import Indicator
from metrics.periods import Period, containing
from metrics.scheme import Scheme

MEAN, ENDS = "temp_mean_c", ("temp_max_c", "temp_min_c")


def weather(store: Store) -> pd.DataFrame:
    """day and a column per factor of the whole city; no rows where there are none.

    A day's highest and lowest temperature are left out where its mean is there: they say
    the same again, and cost as much as everything else.
    """
    rows = store.frame(
        sa.select(factors.c.day, factors.c.factor, factors.c.amount).where(factors.c.area.is_(None))
    )
    if rows.empty:
        return pd.DataFrame(columns=["day"])
    wide = rows.pivot_table(index="day", columns="factor", values="amount", aggfunc="mean")
    if MEAN in wide:
        wide = wide.drop(columns=[name for name in ENDS if name in wide])
    out: pd.DataFrame = wide.reset_index().rename_axis(columns=None)
    return out


def forecast_indicators(scheme: Scheme) -> list[Indicator]:
    """The scheme's rates that one numerator and one denominator make, those of its composite first."""
    listed = {item.id: item for item in [*scheme.composed, *scheme.indicators]}
    return [
        item
        for item in listed.values()
        if item.kind == "rate" and item.measured and not item.parts and item.denominator is not None
    ]


def month_rule(scheme: Scheme) -> str:
    """How the scheme cuts its months; calendar months where it has none."""
    return scheme.period if scheme.period.startswith("month") else "month"


def label(period: Period) -> str:
    """The month that a period is called after: the one it ends in."""
    return period.last_day.strftime("%Y-%m")


def monthly(store: Store, scheme: Scheme, as_of: date) -> pd.DataFrame:
    """indicator, month, district, numerator, denominator of every complete month."""
    rule, where = month_rule(scheme), span_of(as_of)
    wanted = forecast_indicators(scheme)
    measures = scheme.measures()
    named = {
        name: measures[name]
        for item in wanted
        for leaf in item.leaves()
        for name in leaf.columns
        if name in measures
    }
    if not named:
        return pd.DataFrame(columns=["indicator", "month", "district", "numerator", "denominator"])
    found = scoring.count(
        scoring.tally_of(store), named, scheme.clocks(), where, ("day", "district")
    )
    first = store.scalar(sa.select(sa.func.min(orders.c.created_day)))
    cut = {day: containing(rule, day.to_pydatetime()) for day in found["day"].unique()}
    whole = {
        day: label(p)
        for day, p in cut.items()
        if p.last_day <= as_of and first is not None and p.start.date() >= first
    }
    found = found[found["day"].isin(whole)]
    found = found.assign(month=found["day"].map(whole))
    frames = []
    for item in wanted:
        (leaf,) = item.leaves()
        share = sum(
            found[f"{leaf.prefix}.num.{k}"] * weight for k, weight in enumerate(leaf.weights)
        )
        frames.append(
            found[["month", "district"]].assign(
                indicator=item.id, numerator=share, denominator=found[f"{leaf.prefix}.den"]
            )
        )
    rows = pd.concat(frames, ignore_index=True)
    keys = ["indicator", "month", "district"]
    return rows.groupby(keys, as_index=False, dropna=False)[["numerator", "denominator"]].sum()
