"""Reads for the pages, cached by data version: the same question is asked once per version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from data.store import Store, open_store
from metrics.scheme import Scheme, all_schemes

from data import counts, coverage, dimensions, worker
from metrics.conditions import Condition, fingerprint
from metrics.selection import Selection

Frame = pd.DataFrame


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of this process."""
    return open_store()


def start_worker() -> None:
    """See that the inbox is drained while the app runs (the embedded store has one owner)."""
    worker.ensure(store())


def version() -> int:
    """The data version that the pages show."""
    return store().data_version()


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
def as_of(version: int) -> Any:
    """``(latest created_at, latest commit)`` of the data, see ``Store.as_of``."""
    return store().as_of()


@st.cache_data(show_spinner=False, max_entries=8)
def daily_coverage(version: int) -> Frame:
    """Orders per day, missing days as missing."""
    return coverage.daily(store())


def schemes() -> dict[str, Scheme]:
    """The schemes that can be chosen."""
    return all_schemes()
