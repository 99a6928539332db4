"""Cached reads of the Map page: orders by cell, what is left out, points."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from data import cells
from data.cells import LeftOut
from metrics.conditions import Condition, fingerprint
from metrics.selection import Selection
from ui import read

Frame = pd.DataFrame


@st.cache_data(show_spinner=False, max_entries=60)
def _cells(
    version: int, key: str, _where: Selection, by: tuple[str, ...], resolution: int
) -> Frame:
    first, last = _where.start.date(), (_where.end - timedelta(microseconds=1)).date()
    return cells.cell_counts(read.store(), first, last, by=by, narrow=_where, resolution=resolution)


def cell_counts(
    where: Selection, by: Sequence[str] = ("cell",), resolution: int = cells.FINEST
) -> Frame:
    """Orders on the map of a selection of whole days by cell, see
    :func:`data.cells.cell_counts`; cached. Nothing is taken off ``n``."""
    return _cells(read.version(), repr(where), where, tuple(by), resolution)


@st.cache_data(show_spinner=False, max_entries=60)
def _left_out(version: int, key: str, _where: Selection) -> LeftOut:
    first, last = _where.start.date(), (_where.end - timedelta(microseconds=1)).date()
    return cells.left_out(read.store(), first, last, narrow=_where)


def left_out(where: Selection) -> LeftOut:
    """What of a selection is on no map or can be left out, see :func:`data.cells.left_out`."""
    return _left_out(read.version(), repr(where), where)


@st.cache_data(show_spinner=False, max_entries=40)
def _measures(
    version: int, key: str, _measures: Mapping[str, Condition], _where: Selection
) -> Frame:
    return cells.cell_measures(read.store(), _measures, _where)


def cell_tally(
    measures: Mapping[str, Condition], where: Selection, by: Sequence[str] = ()
) -> Frame:
    """Measures by level-9 cell, in the shape of :func:`ui.read.tally`; cached."""
    del by  # always by cell
    named = {name: fingerprint(c) for name, c in measures.items()}
    key = json.dumps([named, repr(where)], ensure_ascii=False)
    return _measures(read.version(), key, measures, where)


@st.cache_data(show_spinner=False, max_entries=20)
def _points(version: int, key: str, _where: Selection, limit: int) -> tuple[Frame, int]:
    return cells.points(read.store(), _where, limit=limit)


def points(where: Selection, limit: int) -> tuple[Frame, int]:
    """The newest orders on the map and how many there are, see :func:`data.cells.points`."""
    return _points(read.version(), repr(where), where, limit)
