"""The Overview's look ahead: what rises above its own normal, and what next week should bring."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data.settings import settings
from forecasting.expected import Outlook, next_week
from forecasting.rising import rising
from metrics.selection import PATH
from ui import overview_data, read
from ui.context import Context
from words import format as fmt

HISTORY = 3 * 365
"""Days of history that the baseline (half-life 182 days) is built on."""


def rises(ctx: Context) -> pd.DataFrame:
    """What is above its own normal: district × category, and street × first-level category.

    Columns: place, category, and those of ``forecasting.rising.rising``. Two scans,
    since a rise in one street is lost in its district and one in a narrow category
    is lost in a street's few orders. Cached by data version and filters.
    """
    return _rises(ctx.version, _scope(ctx), ctx)


def _scope(ctx: Context) -> str:
    """The filters and the end of the data: what a look ahead depends on, whatever the period."""
    return repr(ctx.selection.over(ctx.until - timedelta(days=HISTORY), ctx.until))


@st.cache_data(show_spinner=False, max_entries=200)
def _rises(version: int, scope: str, _ctx: Context) -> pd.DataFrame:
    ctx = _ctx
    districts = overview_data.daily(ctx, ["district", "category1", "category2"], HISTORY)
    second = districts["category2"].fillna("")
    districts["category"] = districts["category1"].where(
        second == "", districts["category1"] + PATH + second
    )
    streets = overview_data.daily(ctx, ["unit", "category1"], HISTORY)
    units = read.units()
    local = units.loc[units["unit_type"].isin(["street", "township"]), "unit"]
    streets = streets[streets["unit"].isin(local)]
    found = [
        _scan(ctx, districts.rename(columns={"district": "place"})),
        _scan(ctx, streets.rename(columns={"unit": "place", "category1": "category"})),
    ]
    out = (
        pd.concat([f for f in found if len(f)], ignore_index=True)
        if any(map(len, found))
        else found[0]
    )
    return (
        out.sort_values(["rising", "excess"], ascending=False).reset_index(drop=True)
        if len(out)
        else out
    )


def _scan(ctx: Context, daily: pd.DataFrame) -> pd.DataFrame:
    known = daily.dropna(subset=["place", "category"])
    if known.empty:
        return pd.DataFrame(columns=["place", "category", "rising", "excess"])
    return rising(
        known[["day", "place", "category", "n"]], last_day(ctx), windows=(28,), covered=covered(ctx)
    )


def outlook(ctx: Context, daily: pd.DataFrame) -> Outlook | None:
    """What the next seven days should bring under the filters. Cached like :func:`rises`."""
    return None if daily.empty else _outlook(ctx.version, _scope(ctx), ctx, daily)


@st.cache_data(show_spinner=False, max_entries=200)
def _outlook(version: int, scope: str, _ctx: Context, _daily: pd.DataFrame) -> Outlook | None:
    return next_week(
        _daily, last_day(_ctx), country=settings().country, level=0.8, covered=covered(_ctx)
    )


def last_day(ctx: Context) -> date:
    """The last complete day of the data."""
    return ctx.until.date() - timedelta(days=1)


def covered(ctx: Context) -> list[date]:
    """The days for which orders were delivered by any source."""
    days = read.daily_coverage(ctx.version)
    return list(pd.to_datetime(days.loc[~days["missing"], "day"]).dt.date.unique())


def rise_sentence(ctx: Context, found: pd.DataFrame) -> str:
    """The strongest rise, with what would have been normal."""
    up = found[found["rising"].astype(bool)] if len(found) else found
    if up.empty:
        return ctx.say("page.overview.none_rising")
    top = up.iloc[0]
    return ctx.say(
        "page.overview.rising",
        place=ctx.name(top["place"]),
        category=ctx.name(top["category"]),
        n=fmt.number(top["observed"], ctx.lang),
        expected=fmt.number(top["expected"], ctx.lang),
        ratio=fmt.number(top["ratio"], ctx.lang, 1),
        count=len(up),
    )


def week_sentence(ctx: Context, week: Outlook | None) -> str:
    """Next week's expected volume with its range and how far off the method was before."""
    if week is None or week.low is None or week.high is None or week.error is None:
        return ctx.say("page.overview.next_week_unknown")
    text = ctx.say(
        "page.overview.next_week",
        start=fmt.day(week.start, ctx.lang, year=False),
        end=fmt.day(week.end, ctx.lang, year=False),
        n=fmt.number(week.expected, ctx.lang),
        low=fmt.number(week.low, ctx.lang),
        high=fmt.number(week.high, ctx.lang),
        error=fmt.percent(week.error, ctx.lang),
        origins=week.origins,
    )
    if week.special:
        text += ctx.say("page.overview.next_week_special", n=len(week.special))
    return text
