"""What rises above its own normal: places by category, places as a whole, the city's categories."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import streamlit as st

from data import counts
from data.coverage import delivered
from forecasting.rising import rising, rising_and_totals, rising_citywide
from metrics.conditions import EVERYTHING
from metrics.selection import PATH, Selection
from ui import read
from ui.context import Context

HISTORY = 3 * 365
"""Days of history that the long-run levels (half-life 182 days) are built on."""
WINDOW = 28
ALL = ""
"""The category of a place as a whole."""
UNSORTED = "?"
"""Stands for a missing category, so that a place as a whole has all its orders."""
LOCAL = ("street", "township")
_SHOWN = [
    "place", "category", "observed", "expected", "ratio", "excess", "p", "q", "against",
    "new", "rising",
]  # fmt: skip


def last_day(ctx: Context) -> date:
    """The last complete day of the data."""
    return ctx.until.date() - timedelta(days=1)


def covered(ctx: Context) -> list[date]:
    """The days for which orders were delivered by any source."""
    return delivered(read.daily_coverage(ctx.version))


def rises(ctx: Context) -> pd.DataFrame:
    """What is above its own normal: district × category, street × first-level category, street.

    Columns: place, category (:data:`ALL` for a street as a whole), observed, expected,
    ratio, excess, p, q, against, new, rising. Three scans, since a rise in one street is
    lost in its district, one in a narrow category in a street's few orders, and one of
    everything in a street in each of its categories. All places are scanned whatever
    places are chosen, as the rest of the city tells what is everybody's change; then
    the chosen ones are kept.
    """
    units = read.units()
    local = units.loc[units["unit_type"].isin(LOCAL), ["unit", "unit_type", "district"]]
    view = ctx.view
    whole = replace(_history(ctx), districts=(), units=(), unit_types=())
    streets = local[
        _chosen(local["unit"], view.units)
        & _chosen(local["unit_type"], view.unit_types)
        & _chosen(local["district"], view.districts)
    ]["unit"]
    found = _streets(ctx.version, _key(ctx, whole), ctx, whole)
    parts = [found[found["place"].isin(streets)]]
    # The orders of a street alone have no rest of the city: districts are for the others.
    if not (set(view.units) & set(local["unit"]) or set(view.unit_types) & set(LOCAL)):
        theirs = replace(whole, units=view.units, unit_types=view.unit_types)
        wide = _districts(ctx.version, _key(ctx, theirs), ctx, theirs)
        parts.append(wide[_chosen(wide["place"], view.districts)])
    kept = [part for part in parts if len(part)]
    out = pd.concat(kept, ignore_index=True) if kept else parts[0]
    return out.sort_values(["rising", "excess"], ascending=False).reset_index(drop=True)


def city_rises(ctx: Context) -> pd.DataFrame:
    """Categories that rise in the whole city, all at once: columns of ``rising_citywide``.

    Nothing while places or units are chosen. Chosen categories are kept after the scan.
    """
    view = ctx.view
    whole = replace(_history(ctx), categories=())
    if view.districts or view.units or view.unit_types:
        return pd.DataFrame(columns=["category", "excess", "rising"])
    found = _city(ctx.version, _key(ctx, whole), ctx, whole)
    if not view.categories:
        return found
    below = tuple(path + PATH for path in view.categories)
    kept = found["category"].isin(view.categories) | found["category"].str.startswith(below)
    return found[kept].reset_index(drop=True)


def _chosen(column: pd.Series, wanted: tuple[str, ...]) -> pd.Series:
    return column.isin(wanted) if wanted else pd.Series(True, index=column.index)


def _history(ctx: Context) -> Selection:
    end = datetime.combine(ctx.until.date(), datetime.min.time())
    return ctx.selection.over(end - timedelta(days=HISTORY), end)


def _key(ctx: Context, selection: Selection) -> str:
    return repr((selection, last_day(ctx)))


@st.cache_data(show_spinner=False, max_entries=64)
def _streets(version: int, key: str, _ctx: Context, _where: Selection) -> pd.DataFrame:
    where = replace(_where, unit_types=LOCAL)
    daily = _daily(where, ["unit", "category1"]).rename(
        columns={"unit": "place", "category1": "category"}
    )
    series, totals = rising_and_totals(
        daily.fillna({"category": UNSORTED}), last_day(_ctx), common="category", windows=(WINDOW,), covered=covered(_ctx),
        bounds=False,
    )  # fmt: skip
    series = series[series["category"] != UNSORTED]
    # With a single category a street as a whole is the same series again.
    if series["category"].nunique() < 2:
        return series[_SHOWN]
    return pd.concat([series[_SHOWN], totals.assign(category=ALL)[_SHOWN]], ignore_index=True)


@st.cache_data(show_spinner=False, max_entries=64)
def _districts(version: int, key: str, _ctx: Context, _where: Selection) -> pd.DataFrame:
    daily = _daily(_where, ["district", "category1", "category2"])
    daily = daily.assign(category=_paths(daily)).rename(columns={"district": "place"})
    found = rising(
        daily[["day", "place", "category", "n"]], last_day(_ctx), common="category",
        windows=(WINDOW,), covered=covered(_ctx), bounds=False,
    )  # fmt: skip
    return found[_SHOWN].astype({"category": "str"})


@st.cache_data(show_spinner=False, max_entries=64)
def _city(version: int, key: str, _ctx: Context, _where: Selection) -> pd.DataFrame:
    daily = _daily(_where, ["category1", "category2"])
    daily = daily.assign(category=_paths(daily))[["day", "category", "n"]]
    found = rising_citywide(daily, last_day(_ctx), window=WINDOW, covered=covered(_ctx))
    return found.astype({"category": "str"})


def _daily(where: Selection, by: list[str]) -> pd.DataFrame:
    """Not through the cached tally: the rows are many and are wanted once."""
    return counts.tally(read.store(), {"n": EVERYTHING}, where, ["day", *by])


def _paths(daily: pd.DataFrame) -> pd.Categorical:
    """Category paths of two levels (of one where the second is missing), made once per path."""
    upper, tops = pd.factorize(daily["category1"])
    lower, seconds = pd.factorize(daily["category2"])
    pair, pairs = pd.factorize(upper * (len(seconds) + 1) + lower + 1)
    names = []
    for number in np.asarray(pairs):
        top, second = divmod(int(number), len(seconds) + 1)
        names.append(PATH.join([tops[top], seconds[second - 1]]) if second else tops[top])
    # A missing first level has the code -1: its pair is no category.
    pair = np.where(upper < 0, -1, pair)
    wanted = sorted({names[i] for i in np.unique(pair[pair >= 0])})
    place = {name: i for i, name in enumerate(wanted)}
    codes = np.array([place.get(name, -1) for name in names] + [-1])
    return pd.Categorical.from_codes(codes[pair], categories=pd.Index(wanted))
