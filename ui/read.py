"""Reads for the pages, cached by data version: the same question is asked once per version."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from data import (
    alert_states,
    counts,
    coverage,
    dimensions,
    orders,
    records,
    rhythm,
    schema,
    scheme_versions,
    scoring,
    worker,
)
from data.evidence import evidence_for
from data.importing import Preset, PresetError, all_presets
from data.records import Record
from data.refresh import Run
from data.refresh import newest as newest_run
from data.scheme_versions import Version
from data.slots import count_ahead
from data.store import AsOf, Store, open_store
from metrics.conditions import Condition, fingerprint
from metrics.periods import Period
from metrics.scheme import Scheme
from metrics.selection import Selection

Frame = pd.DataFrame


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of this process, its inbox drained and the schemes' measures counted."""
    opened = open_store()
    # Whoever started the app: the process that owns the embedded file drains the inbox.
    worker.ensure(opened)
    count_ahead(opened)
    return opened


def version() -> int:
    """The data version that the pages show."""
    return store().data_version()


def noted() -> int:
    """The version of the register (what people wrote); rises with every save."""
    return records.version(store())


@st.cache_data(show_spinner=False, max_entries=64)
def _records(noted: int, kind: str) -> list[Record]:
    return records.all_of(store(), kind)


def recorded(kind: str) -> list[Record]:
    """The records of a kind that are in use, see :func:`data.records.all_of`; cached."""
    return _records(noted(), kind)


@st.cache_data(show_spinner=False, max_entries=64)
def _evidence(version: int, noted: int, key: str, _scheme: Scheme, _period: Period) -> Frame:
    return evidence_for(store(), _scheme, _period)


def evidence(scheme: Scheme, period: Period) -> Frame:
    """What the bonuses and penalties of a period rest on, see
    :func:`data.evidence.evidence_for`; cached."""
    named = [(item.id, item.evidence, item.when is None) for item in scheme.adjustments]
    key = repr((named, period.start, period.end))
    return _evidence(version(), noted(), key, scheme, period)


@st.cache_data(show_spinner=False, max_entries=600)
def _tally(version: int, key: str, _measures: Mapping[str, Condition], _where: Selection) -> Frame:
    by = json.loads(key)["by"]
    return counts.tally(store(), _measures, _where, by)


def tally(measures: Mapping[str, Condition], where: Selection, by: Sequence[str] = ()) -> Frame:
    """Counts per group, see :func:`data.counts.tally`; cached."""
    key = {
        "by": list(by),
        "measures": {name: fingerprint(c) for name, c in measures.items()},
        "where": repr(where),
    }
    return _tally(version(), json.dumps(key, ensure_ascii=False), measures, where)


@st.cache_data(show_spinner=False, max_entries=100)
def _weekday_hours(version: int, key: str, _where: Selection) -> Frame:
    return rhythm.weekday_hours(store(), _where)


def weekday_hours(where: Selection) -> Frame:
    """Orders by weekday and hour, see :func:`data.rhythm.weekday_hours`; cached."""
    return _weekday_hours(version(), repr(where), where)


@st.cache_data(show_spinner=False, max_entries=32)
def _dimension(version: int, name: str) -> Frame:
    frame: Frame = getattr(dimensions, name)(store())
    return frame


def units() -> Frame:
    """All units with type, district, peer group, staff, population."""
    return _dimension(version(), "units")


def areas() -> Frame:
    """All areas with level, parent, names, population, geometry."""
    return _dimension(version(), "areas")


def categories() -> Frame:
    """The category tree."""
    return _dimension(version(), "categories")


def channels() -> Frame:
    """The channels that orders came by."""
    return _dimension(version(), "channels")


@st.cache_data(show_spinner=False, max_entries=8)
def _names(version: int, lang: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for frame, code in ((categories(), "path"), (areas(), "area"), (units(), "unit")):
        out.update(zip(frame[code], frame[f"name_{lang}"], strict=True))
    return out


def names(lang: str) -> dict[str, str]:
    """Code to name of every unit, area and category path, in a language."""
    return _names(version(), lang)


@st.cache_data(show_spinner=False, max_entries=8)
def meta(version: int) -> dict[str, str]:
    """City name, zone, whether it is simulated."""
    return store().meta()


@st.cache_data(show_spinner=False, max_entries=8)
def as_of(version: int) -> AsOf:
    """The newest order's time and the newest commit's."""
    return store().as_of()


@st.cache_data(show_spinner=False, max_entries=8)
def daily_coverage(version: int) -> Frame:
    """Orders per source and day, missing days as missing."""
    return coverage.daily(store())


@st.cache_data(show_spinner=False, max_entries=8)
def follows_up(version: int) -> bool:
    """Whether the city calls back at all (decides the scheme shown first)."""
    return scoring.follows_up(store())


@st.cache_data(show_spinner=False, max_entries=200)
def _orders_page(
    version: int,
    key: str,
    _where: Condition,
    order_by: str,
    descending: bool,
    limit: int,
    offset: int,
    search: str,
) -> tuple[Frame, int]:
    return orders.page(store(), _where, order_by, descending, limit, offset, search or None)


def orders_page(
    where: Condition,
    search: str = "",
    *,
    order_by: str = "created_at",
    descending: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> tuple[Frame, int]:
    """One page of orders and how many there are in all, see :func:`data.orders.page`; cached."""
    return _orders_page(
        version(), fingerprint(where), where, order_by, descending, limit, offset, search
    )


@st.cache_data(show_spinner=False, max_entries=100)
def _order(version: int, source: str, order_id: str) -> tuple[dict[str, Any] | None, Frame]:
    return orders.one(store(), source, order_id), orders.linked(store(), source, order_id)


def order(source: str, order_id: str) -> tuple[dict[str, Any] | None, Frame]:
    """One order (``None`` if there is none) and the orders that repeat it."""
    return _order(version(), source, order_id)


@st.cache_data(show_spinner=False, max_entries=8)
def order_count(version: int) -> int:
    """How many orders the store holds."""
    return int(store().scalar(sa.select(sa.func.count()).select_from(schema.orders)) or 0)


@st.cache_data(show_spinner=False, max_entries=8)
def ledger(version: int) -> Frame:
    """Every batch, newest first."""
    return coverage.ledger(store())


@st.cache_data(show_spinner=False, max_entries=16)
def rejected(version: int, batch: int, limit: int | None) -> Frame:
    """The rejected rows of a batch."""
    return coverage.rejected(store(), batch, limit)


def presets() -> dict[str, Preset]:
    """The import presets, the city's own among them; a faulty own one hides them all."""
    try:
        return all_presets(store().settings.home)
    except PresetError:
        return all_presets()


@st.cache_resource(show_spinner=False, max_entries=4)
def _versions(noted: int) -> list[Version]:
    # Frozen models are shared, not copied: there may be many, and nobody can change them.
    return scheme_versions.with_stored(records.all_of(store(), scheme_versions.KIND))


def versions() -> list[Version]:
    """Every version of every scheme, drafts included, see :mod:`data.scheme_versions`; cached."""
    return _versions(records.version(store(), scheme_versions.KIND))


def schemes() -> dict[str, Scheme]:
    """The schemes that can be chosen: the newest version of each that is in use."""
    return scheme_versions.newest(versions())


@st.cache_data(show_spinner=False, max_entries=16)
def _run(version: int, noted: int, step: str, beat: int) -> Run | None:
    return newest_run(store(), step)


def run_of(step: str) -> Run | None:
    """The newest ended run of a step of the refresh, see :func:`data.refresh.newest`; looked at
    anew every few seconds."""
    return _run(version(), noted(), step, int(time.monotonic() // 5))


@st.cache_data(show_spinner=False, max_entries=8)
def _alerts(started: str) -> Frame:
    return alert_states.all_alerts(store())


def alerts() -> Frame:
    """The alerts of the newest scan with what people did about them."""
    run = run_of("alerts")
    found = _alerts(str(run.started_at) if run else "")
    return alert_states.with_states(found, recorded(alert_states.KIND))


@st.cache_data(show_spinner=False, max_entries=64)
def _alert_days(started: str, alert: str) -> Frame:
    return alert_states.days_of(store(), alert)


def alert_days(alert: str) -> Frame:
    """The days around an alert, see :func:`data.alert_states.days_of`."""
    run = run_of("alerts")
    return _alert_days(str(run.started_at) if run else "", alert)
