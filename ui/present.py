"""The meeting view (``?present=SECONDS``): no chrome, large type, pages change by themselves."""

from __future__ import annotations

import time

import streamlit as st

from ui import view as views
from ui.pages import PAGES
from ui.view import View

DEFAULT = ("overview", "rankings", "trends")
_SINCE = "_present_since"

STYLE = """<style>
header[data-testid="stHeader"], div[data-testid="stToolbar"], div[data-testid="stDecoration"]
  { display: none; }
/* Larger type by the root size: zoom would make tables and figures misjudge their width. */
:root { font-size: 17px !important; }
.stMainBlockContainer { padding: 0.6rem 1.2rem !important; }
</style>"""


def chosen_pages(view: View) -> tuple[str, ...]:
    """The pages that the meeting view shows in turn (``?pages=overview&pages=trends``)."""
    known = [page.name for page in PAGES]
    return tuple(page for page in view.pages if page in known) or DEFAULT


def rotate(view: View, now: str) -> None:
    """In the meeting view hide the chrome and go to the next page when its time has come."""
    if not view.present:
        return
    st.html(STYLE)
    # A page change is a new run: the clock starts again with it.
    if st.session_state.get(_SINCE, (None,))[0] != now:
        st.session_state[_SINCE] = (now, time.monotonic())
    _tick(view, now or PAGES[0].name)


@st.fragment(run_every=1.0)
def _tick(view: View, now: str) -> None:
    since = st.session_state[_SINCE][1]
    turn = chosen_pages(view)
    if time.monotonic() - since < view.present or (len(turn) == 1 and turn[0] == now):
        return
    place = turn.index(now) if now in turn else -1
    st.switch_page(f"pages/{turn[(place + 1) % len(turn)]}.py", query_params=views.params(view))
