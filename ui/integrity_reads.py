"""Reads for the integrity page, cached by data version (a kept scan: by the moment it was made)."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import audit_calls, integrity, integrity_kept
from data.integrity_kept import Scanned
from data.integrity_run import whole_periods
from metrics.scheme import Scheme
from metrics.selection import Selection
from ui import read

Frame = pd.DataFrame


def kept(span: Selection, scheme: Scheme) -> Scanned | None:
    """The kept scan of a span and scheme; ``None`` if there is none."""
    moment = integrity_kept.made_at(read.store(), span, scheme)
    if moment is None:
        return None
    key = integrity_kept.key_of(span, scheme)
    return _scan(str(read.store().engine.url), key, str(moment), span, scheme)


@st.cache_resource(show_spinner=False, max_entries=8)
def _scan(store: str, key: str, moment: str, _span: Selection, _scheme: Scheme) -> Scanned | None:
    return integrity_kept.kept(read.store(), _span, _scheme)


@st.cache_data(show_spinner=False, max_entries=16)
def _closings(version: int, key: str, _span: Selection) -> Frame:
    return integrity.closing_hours(read.store(), _span)


def closing_hours(span: Selection) -> Frame:
    """Closings by hours before the limit, see :func:`data.integrity.closing_hours`."""
    return _closings(read.version(), repr(span), span)


@st.cache_data(show_spinner=False, max_entries=16)
def _sample(version: int, key: str, _span: Selection, unit: str) -> Frame:
    return integrity.replies(read.store(), _span, (unit,))


def replies(span: Selection, unit: str) -> Frame:
    """One unit's sample of replies, see :func:`data.integrity.replies`."""
    return _sample(read.version(), repr(span), span, unit)


@st.cache_data(show_spinner=False, max_entries=8)
def _filed(version: int, key: str, _span: Selection, prone: tuple[str, ...]) -> Frame:
    return integrity.filed_monthly(read.store(), _span, prone)


def filed_monthly(span: Selection, prone: tuple[str, ...]) -> Frame:
    """What was filed under some categories by month, see :func:`data.integrity.filed_monthly`."""
    return _filed(read.version(), repr((span, prone)), span, prone)


@st.cache_data(show_spinner=False, max_entries=32)
def _rates(version: int, key: str, _scheme: Scheme, _span: Selection, rate: str) -> Frame:
    found = [p for p in whole_periods(_scheme, _span) if p.end <= _span.end]
    return integrity.monthly_rates(read.store(), _scheme.indicator(rate), found, _scheme.excluded)


def monthly_rates(scheme: Scheme, span: Selection, rate: str) -> Frame:
    """One rate by unit and assessment month, see :func:`data.integrity.monthly_rates`."""
    key = f"{scheme.id}@{scheme.version}|{span!r}"
    return _rates(read.version(), key, scheme, span, rate)


@st.cache_data(show_spinner=False, max_entries=16)
def _bunched(version: int, key: str, _span: Selection, unit: str, most: int) -> Frame:
    mine = Selection(_span.start, _span.end, units=(unit,))
    return integrity.bunched_orders(read.store(), mine, most)


def bunched_orders(span: Selection, unit: str, most: int) -> Frame:
    """Orders closed just before the limit, see :func:`data.integrity.bunched_orders`."""
    return _bunched(read.version(), repr(span), span, unit, most)


@st.cache_data(show_spinner=False, max_entries=8)
def _receivers(version: int, key: str, _span: Selection) -> Frame:
    return integrity.first_receivers(read.store(), _span)


def first_receivers(span: Selection) -> Frame:
    """Orders by category and first receiver, see :func:`data.integrity.first_receivers`."""
    return _receivers(read.version(), repr(span), span)


@st.cache_data(show_spinner=False, max_entries=16)
def _drawn(
    version: int, key: str, _span: Selection, per_unit: int, seed: int, units: tuple[str, ...]
) -> Frame:
    return audit_calls.draw(read.store(), _span, per_unit, seed, units)


def drawn(span: Selection, per_unit: int, seed: int, units: tuple[str, ...]) -> Frame:
    """A list of audit calls, see :func:`data.audit_calls.draw`."""
    return _drawn(read.version(), repr(span), span, per_unit, seed, units)


@st.cache_data(show_spinner=False, max_entries=16)
def _recorded(version: int, key: str, _span: Selection) -> dict[str, Frame]:
    return audit_calls.recorded(read.store(), _span)


def recorded_answers(span: Selection) -> dict[str, Frame]:
    """Recorded answers by question, see :func:`data.audit_calls.recorded`."""
    return _recorded(read.version(), repr(span), span)
