"""The places and seasons that the lists of the proactive page show; cached by data and register."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from data import places as risk
from data import seasonal, topic_candidates
from metrics.selection import PATH
from ui import ahead, read
from ui.context import Context


@st.cache_data(show_spinner=False, max_entries=16)
def _places(
    version: int, noted: int, run: str, category: str | None, districts: tuple[str, ...], limit: int
) -> pd.DataFrame:
    return risk.visit_list(read.store(), category, districts, limit)


def places(ctx: Context, limit: int) -> pd.DataFrame:
    """The places to visit first under the filters for districts and one category (of the first
    level), see :func:`data.places.visit_list`; empty where none were computed."""
    first = [path.split(PATH)[0] for path in ctx.view.categories]
    run = ahead.run_of(risk.STEP)
    return _places(
        read.version(), read.noted(), str(run.started_at) if run else "",
        first[0] if len(set(first)) == 1 else None, ctx.view.districts, limit,
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=16)
def _season(version: int, until: date, weeks: int, districts: tuple[str, ...]) -> pd.DataFrame:
    return seasonal.coming(read.store(), until, weeks, districts=districts)


def season(ctx: Context, weeks: int) -> pd.DataFrame:
    """What past years' seasons bring within some weeks, see :func:`data.seasonal.coming`."""
    return _season(read.version(), ctx.until.date(), weeks, ctx.view.districts)


@st.cache_data(show_spinner=False, max_entries=16)
def _candidates(version: int, until: date, districts: tuple[str, ...]) -> pd.DataFrame:
    return topic_candidates.candidates(read.store(), until, districts)


def candidates(ctx: Context) -> pd.DataFrame:
    """What is known of every category, see :func:`data.topic_candidates.candidates`."""
    return _candidates(read.version(), ctx.until.date(), ctx.view.districts)
