"""Tables: cells that sort as numbers and read as sentences; one row chosen by click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from ui.context import Context

Alignment = Literal["left", "center", "right"]
ROW = 35
"""Height of a row in pixels."""


class Cell(float):
    """A number with the text that stands for it, and its colour: sorted by the number."""

    text: str
    colour: str

    def __new__(cls, value: float, text: str, colour: str = "") -> Cell:
        """``value`` sorts, ``text`` is read."""
        made = super().__new__(cls, value)
        made.text, made.colour = text, colour
        return made


@dataclass(frozen=True)
class Column:
    """A column: the values' key, its heading, what it means, and how wide it is."""

    key: str
    label: str
    help: str = ""
    width: int = 90
    pinned: bool = False
    text: bool = False


def headings(ctx: Context, said: str) -> Callable[..., Column]:
    """Makes columns, ``column(name, width, plain=False)``: the heading is ``<said>.<name>`` in words,
    what it means ``<said>_help.<name>``."""

    def column(name: str, width: int, *, plain: bool = False) -> Column:
        meaning = ctx.say(f"{said}_help.{name}")
        return Column(name, ctx.say(f"{said}.{name}"), meaning, width, text=plain)

    return column


def styled(frame: pd.DataFrame, strong: Sequence[str] = ()) -> Styler:
    """The frame with its :class:`Cell` texts and colours; columns in ``strong`` are bold."""

    def css(column: pd.Series[Any]) -> list[str]:
        weight = "font-weight: 650;" if column.name in strong else ""
        return [
            weight + (f"color: {v.colour};" if isinstance(v, Cell) and v.colour else "")
            for v in column
        ]

    return frame.style.format(_text).apply(css)


def _text(value: Any) -> str:
    if isinstance(value, Cell):
        return value.text
    return "" if pd.isna(value) else str(value)


def show(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    key: str,
    alt: str,
    empty: str,
    strong: Sequence[str] = (),
    most: int = 640,
    selected: int | None = None,
    on_select: Callable[[int | None], None] | None = None,
) -> None:
    """Show a table. ``empty`` stands for missing cells; ``on_select`` is told the row chosen."""
    # A typed column would format the numbers itself and drop the texts of the cells.
    config: Mapping[str, Any] = {
        c.key: st.column_config.Column(
            c.label, help=c.help or None, width=c.width, pinned=c.pinned,
            alignment="left" if c.text else "right",
        )
        for c in columns
    }  # fmt: skip
    shown = frame[[c.key for c in columns]]
    common: dict[str, Any] = {
        "hide_index": True, "column_config": config, "key": key, "placeholder": empty, "alt": alt,
        "height": min(ROW * (len(frame) + 1) + 3, most), "row_height": ROW,
    }  # fmt: skip
    if on_select is None:
        st.dataframe(styled(shown, strong), **common)
        return
    rows = [selected] if selected is not None else []
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    st.dataframe(
        styled(shown, strong),
        selection_mode="single-row",
        on_select=lambda: on_select(_chosen(key)),
        **common,
    )


def _chosen(key: str) -> int | None:
    rows = st.session_state[key]["selection"]["rows"]
    return int(rows[0]) if rows else None


def plain(frame: pd.DataFrame, columns: Sequence[Column], ctx: Context) -> pd.DataFrame:
    """The table as plain numbers under its headings, for a download."""
    del ctx
    out = frame[[c.key for c in columns]].copy()
    for name in out:
        if any(isinstance(v, Cell) for v in out[name]):
            out[name] = pd.to_numeric(out[name])
    return out.rename(columns={c.key: c.label for c in columns})
