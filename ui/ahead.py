"""Cached reads of what is computed ahead: runs of the refresh, alerts and their days."""

from __future__ import annotations

import time

import pandas as pd
import streamlit as st

from data import alert_states
from data.refresh import Run, newest
from ui import read

Frame = pd.DataFrame


@st.cache_data(show_spinner=False, max_entries=16)
def _run(version: int, noted: int, step: str, beat: int) -> Run | None:
    return newest(read.store(), step)


def run_of(step: str) -> Run | None:
    """The newest ended run of a step of the refresh, see :func:`data.refresh.newest`; looked at
    anew every few seconds."""
    return _run(read.version(), read.noted(), step, int(time.monotonic() // 5))


@st.cache_data(show_spinner=False, max_entries=8)
def _alerts(started: str) -> Frame:
    return alert_states.all_alerts(read.store())


def alerts() -> Frame:
    """The alerts of the newest scan with what people did about them."""
    run = run_of("alerts")
    found = _alerts(str(run.started_at) if run else "")
    return alert_states.with_states(found, read.recorded(alert_states.KIND))


@st.cache_data(show_spinner=False, max_entries=64)
def _alert_days(started: str, alert: str) -> Frame:
    return alert_states.days_of(read.store(), alert)


def alert_days(alert: str) -> Frame:
    """The days around an alert, see :func:`data.alert_states.days_of`."""
    run = run_of("alerts")
    return _alert_days(str(run.started_at) if run else "", alert)
