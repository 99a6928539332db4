"""Streamlit's file uploader in the reader's language: its own words are English and cannot be set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui.context import Context

_COVER = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after
  {{ content: "{limit}"; font-size: 14px; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p
  {{ font-size: 0; visibility: hidden; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p::after
  {{ content: "{browse}"; font-size: 1rem; visibility: visible; }}
</style>"""


@contextmanager
def covered(ctx: Context, key: str, drop: str) -> Iterator[None]:
    """A container (of this key) in which an uploader's own words are covered with ours: ``drop``
    stands beside the button."""
    st.html(
        _COVER.format(
            key=key, browse=ctx.say("page.data.import.browse"),
            limit=drop,
        )
    )  # fmt: skip
    with st.container(key=key):
        yield
