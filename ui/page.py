"""How every page begins and ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from data.backend import StoreError
from ui import context, view
from ui.context import Context
from ui.filters import filter_bar
from ui.header import header
from ui.style import style
from words import say

STARTED = "_started"
"""Set by app.py before a page runs."""


@contextmanager
def page(name: str) -> Iterator[Context]:
    """Header, filter bar, body, end marker. An empty or unreachable store says so kindly.

    Use: ``with page("overview") as ctx: ...``.
    """
    if not st.session_state.get(STARTED):
        # Streamlit finds the pages folder by itself and can run a page without app.py
        # when a deep link is the very first visit of a server.
        # (``cockpit.py serve`` tells it not to; a bare ``streamlit run`` cannot be told.)
        link = {name: st.query_params.get_all(name) for name in st.query_params}
        st.switch_page("app.py", query_params=link)
    here = view.current()
    try:
        ctx = context.build(here)
    except StoreError as problem:
        st.error(say(f"store.{problem.code}", here.lang, **problem.details))
        st.stop()
    st.html(style(ctx.colours))
    header(ctx, ctx.say(f"page.{name}.title"))
    if ctx.as_of is None and name != "data":
        st.info(ctx.say("ui.first_steps"), icon=":material/upload_file:")
        st.page_link("pages/data.py", label=ctx.say("page.data.title"))
        mark_end(name, ctx)
        st.stop()
    if name != "data":
        filter_bar(ctx)
    try:
        yield ctx
    except Exception:
        # No traceback reaches a page: a number to find it by in the log instead.
        code = f"{time.time_ns() // 1_000_000 % 10**8:08d}"
        logging.getLogger(__name__).exception("page %s failed, fault %s", name, code)
        st.error(ctx.say("ui.fault", code=code), icon=":material/report:")
    mark_end(name, ctx)


def mark_end(name: str, ctx: Context) -> None:
    """The mark that tests and screenshots wait for: page, language and data version drawn."""
    with st.container(key="page-end"):
        st.html(
            f"<span data-page='{name}' data-lang='{ctx.lang}' data-version='{ctx.version}'></span>"
        )
