"""The app under AppTest on a store of one's choosing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from data import worker
from data.settings import settings

ROOT = Path(__file__).parent.parent


@contextmanager
def app_on(home: Path, **environment: str) -> Iterator[None]:
    """Within it the app's settings point at a home; the caches start and end empty."""
    wanted = {"COCKPIT_HOME": str(home), "COCKPIT_REFRESH": "false", **environment}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        _forget()


def _forget() -> None:
    worker.stop_all()
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


def open_page(page: str, /, **params: str | list[str]) -> AppTest:
    """Run a page once, with URL parameters. Fails on any fault shown."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    if page != "overview":
        at.switch_page(f"pages/{page}.py")
        at.run()
    assert not at.exception, at.exception
    assert not [e.value for e in at.error], [e.value for e in at.error]
    return at
