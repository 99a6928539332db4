"""What the drivers page reads: associations, one of them, the scenario of a forecast. Nothing is drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
import streamlit as st

from data import schema, seasonal
from data.factors import DriverSpec, reading
from data.factors.ahead import KIND, observed_until, standing
from data.factors.catalogue import amount, catalogue
from data.refresh import Run
from forecasting.associations import LAGS, Scenario, mixed
from forecasting.daily.drivers import climatology
from metrics.conditions import Condition, both, negate, test
from metrics.selection import PATH
from ui import ahead, read
from ui.context import Context

Frame = pd.DataFrame
Row = Mapping[Any, Any]
STEP = "drivers"
LATELY = 45
"""Days of the past that a scenario needs: the lags, and what is usual for the season."""


@st.cache_data(show_spinner=False, max_entries=16)
def _table(started: str, name: str) -> Frame:
    return read.store().frame(sa.select(schema.metadata.tables[name]))


def table(name: str) -> Frame:
    """A table of the newest run: effects, lags, base, shares or places."""
    run = ahead.run_of(STEP)
    return _table(str(run.started_at) if run else "", f"driver_{name}")


def effects(ctx: Context) -> Frame:
    """Every pair, those of the chosen categories alone where the filters choose some."""
    found = table("effects")
    wanted = ctx.view.categories
    if wanted:
        inside = [
            any(path == one or path.startswith(one + PATH) for one in wanted)
            for path in found["category"]
        ]
        found = found[np.array(inside, dtype=bool) | found["control"].astype(bool)]
    return found


def found_pairs(ctx: Context) -> Frame:
    """The associations found, strongest first (a halving is as strong as a doubling)."""
    pairs = effects(ctx)
    pairs = pairs[pairs["found"].astype(bool)]
    strength = np.abs(np.log(pairs["ratio"].to_numpy(dtype=float)))
    return pairs.iloc[np.argsort(-strength, kind="stable")].reset_index(drop=True)


def controls(ctx: Context) -> Frame:
    """The city's total against every driver: the first of the negative controls."""
    pairs = table("effects")
    del ctx
    found: Frame = pairs[pairs["control"].astype(bool) & pairs["ratio"].notna()]
    return found.reset_index(drop=True)


def key_of(row: Row) -> str:
    """How a link names a pair."""
    return f"{row['driver']}|{row['category']}"


def specs(run: Run) -> dict[str, DriverSpec]:
    """The drivers of the run, as the catalogue has them."""
    usable = catalogue(read.store().settings.home).usable(factor_days().columns)
    return {code: usable[code] for code in run.facts["drivers"] if code in usable}


def of_pair(name: str, row: Row) -> Frame:
    """The rows of a table that belong to a pair."""
    rows = table(name)
    mine = (rows["category"] == row["category"]) & (rows["driver"] == row["driver"])
    found: Frame = rows[mine]
    return found.reset_index(drop=True)


def behind(row: Row, place: Row) -> Condition:
    """The orders of a category at a place."""
    parts = [
        test(f"category{k + 1}", "eq", name)
        for k, name in enumerate(str(row["category"]).split(PATH))
    ]
    for field, column in (("district", "district"), ("street", "street"), ("place_key", "place")):
        value = place.get(column)
        if isinstance(value, str):
            parts.append(test(field, "eq", value))
        elif column != "place":
            parts.append(negate(test(field, "present")))
    return both(*parts)


# -- forecasts and scenarios ---------------------------------------------------------
def has_factors() -> bool:
    """Whether anything outside the orders is known."""
    return _has(read.version())


@st.cache_data(show_spinner=False, max_entries=4)
def _has(version: int) -> bool:
    return reading.exists(read.store())


@st.cache_data(show_spinner=False, max_entries=4)
def _observed(version: int) -> dict[str, date]:
    return observed_until(read.store())


@st.cache_data(show_spinner=False, max_entries=4)
def _factors(version: int) -> Frame:
    return reading.by_day(read.store())


def factor_days() -> Frame:
    """``day`` and a column per factor, as observed."""
    return _factors(read.version())


def forecasts(after: date) -> Frame:
    """The weather forecast entered, as far as it still counts."""
    return standing(read.recorded(KIND), _observed(read.version()), after)


def source_of(spec: DriverSpec) -> str | None:
    """The factor that a driver is made of in this store; ``None`` where it is made of two."""
    columns = set(factor_days().columns)
    return next((source for source in spec.made_from if source in columns), None)


def scenario(
    row: Row, spec: DriverSpec, after: date, given: Mapping[date, float]
) -> tuple[Scenario, pd.Series] | None:
    """The scenario of a pair, and its orders by district. ``given``: the factor's amount on days to
    come; days without are as at the reference (degrees: as usual for the season)."""
    base = of_pair("base", row).sort_values("day")
    source = source_of(spec)
    if base.empty or source is None or not isinstance(row["beta"], str):
        return None
    ahead_days = pd.DatetimeIndex(pd.to_datetime(base["day"]))
    days = pd.date_range(ahead_days[0] - timedelta(days=LAGS), ahead_days[-1], freq="D")
    series = factor_days().set_index("day")[source].astype(float)
    series.index = pd.DatetimeIndex(series.index)
    seen = amount(spec, series)
    usual = _usual(spec, seen, days, float(row["reference"]))
    past = np.asarray(days <= pd.Timestamp(after))
    known = seen.reindex(days).to_numpy(dtype=float)
    otherwise = np.where(past & np.isfinite(known), known, usual)
    entered = pd.Series({pd.Timestamp(day): value for day, value in given.items()}, dtype=float)
    told = amount(spec, entered.reindex(days)).to_numpy(dtype=float)
    amounts = np.where(~past & np.isfinite(told), told, otherwise)
    shares = of_pair("shares", row).set_index("district")
    made = Scenario(
        base["expected"].to_numpy(dtype=float), np.array(json.loads(row["beta"])),
        np.array(json.loads(row["covariance"])), amounts, otherwise, float(row["reference"]),
        float(row["step"]), str(row["shape"]), float(row["alpha"]), float(row["highest"]),
    )  # fmt: skip
    return made, mixed(shares["exposed"], shares["usual"])


def _usual(
    spec: DriverSpec, seen: pd.Series, days: pd.DatetimeIndex, reference: float
) -> np.ndarray[Any, Any]:
    if spec.above is None and spec.below is None:
        return np.full(len(days), reference)
    whole = pd.date_range(seen.index.min(), days[-1], freq="D")
    past = seen.reindex(whole).to_numpy(dtype=float)
    known = int(np.isfinite(past).nonzero()[0].max()) + 1
    return np.asarray(climatology(whole, past[:known])[-len(days) :])


# -- seasons --------------------------------------------------------------------------
@st.cache_data(show_spinner=False, max_entries=16)
def _seasons(version: int, after: date, districts: tuple[str, ...]) -> Frame:
    return seasonal.coming(read.store(), after, districts=districts)


def seasons(ctx: Context, after: date) -> Frame:
    """What peaked in the coming weeks in past years, under the filters of district and category."""
    found = _seasons(read.version(), after, ctx.view.districts)
    wanted = ctx.view.categories
    if not wanted:
        return found
    inside = [any(p == o or p.startswith(o + PATH) for o in wanted) for p in found["category"]]
    return found[inside].reset_index(drop=True)
