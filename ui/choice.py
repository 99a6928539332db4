"""A page's own choices (group, indicator, grain …), kept in the URL as codes beside the view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from ui.context import Context

Kind = Literal["select", "segments"]


def chosen(name: str, options: Sequence[str], default: str) -> str:
    """The choice in the URL if it is one of the options, else the default."""
    found = st.query_params.get(name, default)
    return found if found in options else default


def choose(
    ctx: Context,
    name: str,
    options: Sequence[str],
    default: str,
    *,
    title: str,
    label: Callable[[str], str],
    kind: Kind = "select",
    width: int | Literal["content", "stretch"] = "content",
    help: str | None = None,
    bare: bool = False,
) -> str:
    """Ask for one of the options and remember it in the URL under ``name``.

    ``bare``: the title is for screen readers only.

    In the meeting view nothing is asked: the choice of the link holds.
    """
    value = chosen(name, options, default)
    if ctx.view.present or len(options) < 2:
        return value
    key = f"pick-{name}-{ctx.lang}"
    st.session_state[key] = value

    def changed() -> None:
        keep(name, st.session_state[key], default)

    if kind == "segments":
        st.segmented_control(
            title, options, format_func=label, key=key, required=True, width=width, help=help,
            on_change=changed, label_visibility="collapsed" if bare else "visible",
        )  # fmt: skip
    else:
        st.selectbox(
            title, options, format_func=label, key=key, on_change=changed, help=help,
            width="stretch" if width == "content" else width,
            placeholder=ctx.say("ui.filter.choose"),
        )  # fmt: skip
    return value


def keep(name: str, value: str | None, default: str = "") -> None:
    """Write a choice to the URL; the default is left out."""
    if value and value != default:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
