"""Cached reads of what is computed ahead: runs of the refresh, alerts, forecasts."""

from __future__ import annotations

import time
from datetime import date

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from data import alert_states, effects, schema
from data.records import Record
from data.refresh import Run, newest
from forecasting.counterfactual import Effect
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


def _stamp() -> str:
    run = run_of("forecasts")
    return str(run.started_at) if run else ""


@st.cache_data(show_spinner=False, max_entries=4)
def _forecast_series(started: str) -> Frame:
    return read.store().frame(sa.select(schema.forecast_series).order_by("node"))


def forecast_series() -> Frame:
    """Every series that is forecast, with its verdict and notes."""
    return _forecast_series(_stamp())


@st.cache_data(show_spinner=False, max_entries=64)
def _forecast_of(started: str, table: str, nodes: tuple[int, ...]) -> Frame:
    kept = schema.metadata.tables[table]
    found = sa.select(kept).where(kept.c.node.in_(nodes))
    return read.store().frame(found).sort_values("node", kind="stable", ignore_index=True)


def forecast_of(what: str, nodes: tuple[int, ...]) -> Frame:
    """Rows of some series: ``what`` is days, weeks, scores or last; sorted by what is ahead."""
    found = _forecast_of(_stamp(), f"forecast_{what}", tuple(nodes))
    order = {"days": ["node", "day"], "weeks": ["node", "ahead"], "last": ["node", "day"]}.get(what)
    return found.sort_values(order, ignore_index=True) if order else found


@st.cache_data(show_spinner=False, max_entries=4)
def _forecast_week(started: str) -> Frame:
    kept = schema.forecast_weeks
    return read.store().frame(sa.select(kept).where(kept.c.ahead == 1))


def forecast_week() -> Frame:
    """Next week of every series: those of :func:`forecast_series` with expected and limits."""
    return forecast_series().merge(_forecast_week(_stamp()), on="node")


@st.cache_data(show_spinner=False, max_entries=4)
def _forecast_rates(started: str) -> Frame:
    return read.store().frame(sa.select(schema.forecast_rates))


def forecast_rates() -> Frame:
    """Next month's rates of each district (null: the city), with their back-test."""
    return _forecast_rates(_stamp())


@st.cache_data(show_spinner=False, max_entries=64)
def _effect(version: int, noted: int, key: str, as_of: date | None, _record: Record) -> Effect:
    return effects.of_record(read.store(), _record, as_of=as_of)


def effect(record: Record) -> Effect:
    """The effect of one action or topic with its weeks, over the days of the last refresh; see
    :func:`data.effects.of_record`."""
    run = run_of(effects.STEP)
    key = f"{record.kind}-{record.id}-{record.revision}"
    return _effect(read.version(), read.noted(), key, run.as_of if run else None, record)
