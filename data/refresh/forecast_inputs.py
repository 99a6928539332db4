"""What the forecasts are made of: daily counts, days delivered, lateness, weather, monthly rates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pandas as pd
import sqlalchemy as sa

from data import scoring
from data.counts import tally
from data.refresh.series import HISTORY, path_of
from data.schema import WITHOUT_ORDERS, batches, factors, orders
from data.store import Store
from forecasting.delay import MOST_DAYS, registered
from metrics.conditions import EVERYTHING
from metrics.indicators import Indicator
from metrics.periods import Period, containing
from metrics.scheme import Scheme, all_schemes
from metrics.selection import Selection

FEWEST_DELIVERIES = 14
"""Days with a delivery below which nothing is said about late registration."""
MEAN, ENDS = "temp_mean_c", ("temp_max_c", "temp_min_c")


def span_of(as_of: date, history: int = HISTORY) -> Selection:
    """The days that the forecasts look back."""
    return Selection(
        datetime.combine(as_of - timedelta(days=history - 1), time()),
        datetime.combine(as_of + timedelta(days=1), time()),
    )


def by_place(store: Store, as_of: date) -> pd.DataFrame:
    """day, district, category1, category (path of two levels), n."""
    out = tally(
        store, {"n": EVERYTHING}, span_of(as_of), ("day", "district", "category1", "category2")
    )
    out["category"] = path_of(out["category1"], out["category2"])
    return out[["day", "district", "category1", "category", "n"]]


def by_unit(store: Store, as_of: date) -> pd.DataFrame:
    """day, unit, category1, n."""
    return tally(store, {"n": EVERYTHING}, span_of(as_of), ("day", "unit", "category1"))


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


def lateness(store: Store, as_of: date) -> list[float]:
    """Share of the orders of ``as_of``, of the day before, … that has been delivered by now.

    Learned from the batches; empty (nothing is corrected) where they cannot tell: orders
    carry their newest batch, so a store whose batches change earlier orders does not know
    when an order first came, and a single file says nothing about how late orders come.
    """
    done = sa.and_(batches.c.state == "done", batches.c.source.not_in(WITHOUT_ORDERS))
    ledger = store.frame(
        sa.select(batches.c.batch, batches.c.committed_at, batches.c.rows_updated).where(done)
    )
    arrived = ledger["committed_at"].dt.normalize()
    if arrived.nunique() < FEWEST_DELIVERIES or ledger["rows_updated"].sum() > 0:
        return []
    counted = store.frame(
        sa.select(orders.c.created_day.label("day"), orders.c.batch, sa.func.count().label("n"))
        .where(orders.c.created_day.is_not(None), orders.c.created_day <= as_of)
        .group_by(orders.c.created_day, orders.c.batch)
    )
    rows = counted.merge(ledger.assign(arrived=arrived)[["batch", "arrived"]], on="batch")
    # Days from before deliveries began came as a backlog.
    rows = rows[rows["day"] >= arrived.min()]
    age = (arrived.max().date() - as_of).days
    return registered(rows[["day", "arrived", "n"]], most_days=MOST_DAYS)[max(age, 0) :]


def default_scheme(store: Store) -> Scheme:
    """The scheme that pages show first."""
    known = all_schemes()
    wanted = (store.settings.scheme, store.meta().get("scheme"))
    return known[scoring.default_scheme(known, wanted, lambda: scoring.follows_up(store))]


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
