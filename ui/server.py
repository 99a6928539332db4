"""Streamlit's server in this very process, which owns the embedded store."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from streamlit import config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

APP = Path(__file__).resolve().parent.parent / "app.py"


def desktop() -> bool:
    """Whether somebody sits in front of this machine, so that a browser may be opened."""
    screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return screen and sys.stdout.isatty()


def run(port: int, address: str, browser: bool) -> None:
    """Serve the app until it is stopped: ``streamlit run app.py``, but in this process."""
    # Else the very first visit takes pages/ for Streamlit's own kind of pages and a link to one
    # of them would run without app.py. st.navigation says the same, but only once it has run.
    PagesManager.uses_pages_directory = False
    config._main_script_path = str(APP)  # where .streamlit/config.toml is looked for
    options: dict[str, Any] = {
        "server_port": port, "server_address": address, "server_headless": not browser,
    }  # fmt: skip
    bootstrap.load_config_options(options)
    bootstrap.run(str(APP), False, [], {})
