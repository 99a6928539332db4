"""Reads for the pages, cached by data version: the same question is asked once per version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from data import (
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
from data.effects import STEP, measured
from data.evaluations import evaluations_for
from data.evidence import evidence_for
from data.importing import Preset, PresetError, all_presets
from data.records import Record
from data.saved_indicators import KIND, count_everything, understood
from data.scheme_versions import Version
from data.store import AsOf, Store, open_store
from metrics.conditions import Condition, fingerprint
from metrics.indicators import Indicator
from metrics.periods import Period
from metrics.scheme import Scheme, further_indicators
from metrics.selection import Selection

Frame = pd.DataFrame


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of this process, its inbox drained and the schemes' measures counted."""
    opened = open_store()
    # Whoever started the app: the process that owns the embedded file drains the inbox.
    worker.ensure(opened)
    count_everything(opened)
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
    key = repr((named, period.start, period.end, effects_stamp()))
    return _evidence(version(), noted(), key, scheme, period)


def effects_stamp() -> str:
    """When the effects that stand were measured (nothing: never)."""
    done = schema.refreshes.c.state.in_(["done", "nothing"])
    newest = sa.select(sa.func.max(schema.refreshes.c.started_at))
    return str(store().scalar(newest.where(schema.refreshes.c.step == STEP, done)) or "")


@st.cache_data(show_spinner=False, max_entries=4)
def _effects(stamp: str) -> Frame:
    return measured(store())


def effects() -> Frame:
    """What actions and topics did, see :func:`data.effects.measured`; cached."""
    return _effects(effects_stamp())


@st.cache_data(show_spinner=False, max_entries=64)
def _evaluations(noted: int, key: str, _scheme: Scheme, _period: Period) -> Frame:
    return evaluations_for(store(), _scheme, _period)


def evaluations(scheme: Scheme, period: Period) -> Frame:
    """What registered evaluators found, see :func:`data.evaluations.evaluations_for`; cached."""
    judges = [(judge.id, judge.levels, judge.indicator) for judge in scheme.evaluators]
    return _evaluations(noted(), repr((judges, period.start, period.end)), scheme, period)


@st.cache_data(show_spinner=False, max_entries=64)
def _history(noted: int, kind: str, id: str) -> list[Record]:
    return records.history(store(), kind, id)


def history(kind: str, id: str) -> list[Record]:
    """Every revision of a record, the first one first; cached."""
    return _history(noted(), kind, id)


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


@st.cache_data(show_spinner=False, max_entries=64)
def top_values(version: int, field: str) -> Frame:
    """The most frequent values of a field, see :func:`data.orders.top_values`."""
    return orders.top_values(store(), field)


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


def indicators() -> dict[str, Indicator]:
    """Every indicator that can stand beside a scheme's own, by id: shipped ones, then saved ones.

    The one place that knows them all: rankings, trends, maps, drill-downs and exports
    ask here, so that a saved indicator is at once in all of them.
    """
    return further_indicators() | saved_indicators()


def saved_indicators() -> dict[str, Indicator]:
    """The indicators made in the app, by id."""
    return _understood(noted())


@st.cache_data(show_spinner=False, max_entries=4)
def _understood(noted: int) -> dict[str, Indicator]:
    return understood(_records(noted, KIND))
