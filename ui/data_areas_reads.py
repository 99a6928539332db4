"""Reads of areas and of orders that lie elsewhere, cached by data version."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import areas
from data.areas import Totals
from ui import read


@st.cache_data(show_spinner=False, max_entries=4)
def levels(version: int) -> pd.DataFrame:
    """See :func:`data.areas.levels`."""
    return areas.levels(read.store())


@st.cache_data(show_spinner=False, max_entries=4)
def origins(version: int) -> pd.DataFrame:
    """See :func:`data.areas.origins`."""
    return areas.origins(read.store())


@st.cache_data(show_spinner=False, max_entries=8)
def totals(version: int, level: str, current: bool) -> Totals:
    """See :func:`data.areas.totals`; ``current``: whether the check is that of the boundaries."""
    return areas.totals(read.store(), level)


@st.cache_data(show_spinner=False, max_entries=8)
def pairs(version: int, level: str, current: bool) -> pd.DataFrame:
    """See :func:`data.areas.pairs`."""
    return areas.pairs(read.store(), level)
