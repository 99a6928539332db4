"""The Overview's look ahead: what rises above its own normal, and what next week should bring."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from data.settings import settings
from forecasting.expected import Outlook, next_week
from ui.context import Context
from ui.overview_rises import ALL, HISTORY, covered, last_day
from words import format as fmt


def outlook(ctx: Context, daily: pd.DataFrame) -> Outlook | None:
    """What the next seven days should bring under the filters. Cached by data version and filters."""
    if daily.empty:
        return None
    # The filters and the end of the data: what it depends on, whatever the period.
    scope = repr(ctx.selection.over(ctx.until - timedelta(days=HISTORY), ctx.until))
    return _outlook(ctx.version, scope, ctx, daily)


@st.cache_data(show_spinner=False, max_entries=200)
def _outlook(version: int, scope: str, _ctx: Context, _daily: pd.DataFrame) -> Outlook | None:
    return next_week(
        _daily, last_day(_ctx), country=settings().country, level=0.8, covered=covered(_ctx)
    )


def category_name(ctx: Context, category: str) -> str:
    """The name of a rise's category; "all categories" for a place as a whole."""
    return ctx.name(category) if category != ALL else ctx.say("page.overview.all_categories")


def city_sentence(ctx: Context, found: pd.DataFrame) -> str:
    """The strongest rise of a category in the whole city, and what it was compared with."""
    up = found[found["rising"].astype(bool)] if len(found) else found
    if up.empty:
        return ""
    top = up.iloc[0]
    yearly = top["against"] == "year"
    return ctx.say(
        "page.overview.rising_city_year" if yearly else "page.overview.rising_city_level",
        category=ctx.name(top["category"]),
        n=fmt.number(top["observed"], ctx.lang),
        expected=fmt.number(top["expected"], ctx.lang),
        ratio=fmt.number(top["ratio"], ctx.lang, 1),
        count=len(up),
    )


def rise_sentence(ctx: Context, found: pd.DataFrame) -> str:
    """The strongest rise, with what would have been normal."""
    up = found[found["rising"].astype(bool)] if len(found) else found
    if up.empty:
        return ctx.say("page.overview.none_rising")
    top = up.iloc[0]
    return ctx.say(
        "page.overview.rising",
        place=ctx.name(top["place"]),
        category=category_name(ctx, top["category"]),
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
