"""File uploads in the reader's language: Streamlit's own words on the uploader are English only."""

from __future__ import annotations

import streamlit as st

# The uploader's own words are covered with ours.
_COVER = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"]::after
  {{ content: "{limit}"; font-size: 14px; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p
  {{ font-size: 0; visibility: hidden; }}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p::after
  {{ content: "{browse}"; font-size: 1rem; visibility: visible; }}
</style>"""


def cover(key: str, *, limit: str, browse: str) -> None:
    """Cover the words of the uploaders within the container of a key."""
    st.html(_COVER.format(key=key, limit=limit, browse=browse))
