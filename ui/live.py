"""An open page notices new data within seconds and shows them without being touched."""

from __future__ import annotations

import streamlit as st

from data.backend import StoreError
from ui import read

EVERY = 3.0
_SEEN = "_seen_version"


@st.fragment(run_every=EVERY)
def watch() -> None:
    """Compare the versions of data and register with those shown; on a change run the page anew."""
    try:
        now = (read.version(), read.noted())
    except StoreError:
        return  # the page itself says what is wrong with the store
    seen = st.session_state.setdefault(_SEEN, now)
    if now != seen:
        st.session_state[_SEEN] = now
        st.rerun()
