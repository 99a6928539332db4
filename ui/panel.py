"""A panel: title that says the finding, unit and period, the picture, where it comes from, download."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui import view
from ui.context import Context
from ui.period_code import encode
from words import Lang

Table = pd.DataFrame | Callable[[], pd.DataFrame]
CONFIG = {"displayModeBar": False, "scrollZoom": False, "locale": "en"}
# Streamlit ships Plotly's English month names only: dates are spelt out by number in Chinese.
# What follows a line break is shown where it changes.
DATES: dict[Lang, dict[str, Any]] = {
    "zh": {
        "hoverformat": "%Y年%-m月%-d日",
        "tickformatstops": [
            {"dtickrange": [None, 86_399_999], "value": "%H时\n%-m月%-d日"},
            {"dtickrange": [86_400_000, "M1"], "value": "%-m月%-d日\n%Y年"},
            {"dtickrange": ["M1", "M12"], "value": "%-m月\n%Y年"},
            {"dtickrange": ["M12", None], "value": "%Y年"},
        ],
    },
    "en": {"hoverformat": "%-d %b %Y"},
}


@contextmanager
def panel(title: str, note: str = "", *, key: str) -> Iterator[None]:
    """A titled card; ``note`` says unit, n and period in small type."""
    with st.container(border=True, key=f"panel-{key}", height="stretch"):
        st.markdown(f"**{escape(title)}**" + (f"  \n:small[:gray[{escape(note)}]]" if note else ""))
        yield


def escape(text: str) -> str:
    """Text as literal text in Streamlit's Markdown."""
    for mark in ("\\", "*", "_", "[", "]", "`", "$", "~", ":", "<", ">"):
        text = text.replace(mark, "\\" + mark)
    return text


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    height: int | Literal["stretch", "content"] = 280,
    select: bool = False,
) -> object:
    """Show a figure. Returns the selection event when ``select`` is set."""
    if figure.layout.xaxis.type == "date":
        figure.update_xaxes(**DATES[view.current().lang])
    return st.plotly_chart(
        figure,
        key=key,
        alt=alt,
        theme=None,
        height=height,
        config=CONFIG,
        on_select="rerun" if select else "ignore",
        selection_mode="points",
    )


def download(ctx: Context, frame: Table, *, key: str, notes: Sequence[str] = ()) -> None:
    """A small button that hands out what a panel shows, as CSV with its circumstances on top.

    ``frame`` may be a function that makes the table when it is asked for. ``notes``: what else must be known to read it (definitions, the days covered).
    """
    if ctx.view.present:
        return
    st.download_button(
        ctx.say("ui.download"),
        data=lambda: csv(ctx, frame() if callable(frame) else frame, notes),
        file_name=f"{key}-{encode(ctx.period)}.csv",
        mime="text/csv",
        key=f"download-{key}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def csv(ctx: Context, frame: pd.DataFrame, notes: Sequence[str] = ()) -> bytes:
    """A table as CSV that Excel opens rightly, with filters, data time and scheme in its head."""
    head = "".join(f"# {line}\n" for line in [*ctx.circumstances(), *notes])
    return ("\ufeff" + head + frame.to_csv(index=False)).encode()


def no_data(ctx: Context, why: str = "ui.no_data") -> None:
    """Say that there is nothing to show, and why."""
    st.info(ctx.say(why), icon=":material/hide_source:")
