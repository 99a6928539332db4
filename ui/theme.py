"""Colours and figure template, for both themes; the colour of a meaning is defined here only.

Streamlit's own colours come from ``.streamlit/config.toml``; a test holds the
values that stand in both places together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from ui.pages import PAGES

PRINT = "print"
"""The URL parameter of a page's print view."""
ThemeName = Literal["light", "dark"]

FONT = (
    "'HarmonyOS Sans SC','PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',"
    "'Source Han Sans SC','Cockpit Sans SC','Cockpit Sans SC More','Source Sans',sans-serif"
)


@dataclass(frozen=True)
class Palette:
    """Colours by meaning. Good/bad are teal/orange (safe for the colour-blind), always with a sign."""

    name: ThemeName
    background: str
    panel: str
    text: str
    muted: str
    grid: str
    accent: str
    good: str
    bad: str
    neutral: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]
    heat: tuple[str, ...]
    line: str


DARK = Palette(
    name="dark", background="#081423", panel="#10233D", text="#E8F0FA", muted="#9FB6D1",
    grid="#1F3B61", accent="#38B6FF", good="#2EC4B6", bad="#FF8A4C", neutral="#A9B8CC",
    series=("#4DA8FF", "#F5B041", "#2EC4B6", "#E879A6", "#A9B8CC", "#C9D84B", "#A08CFF"),
    ramp=("#123A66", "#174C84", "#1C60A4", "#2577C4", "#3C90DD", "#62A9EA", "#8DC3F3"),
    heat=("#10233D", "#4A2E12", "#8A5512", "#C98A1E", "#F2C14E", "#FFF3D6"),
    line="#0A1A2E",
)  # fmt: skip
LIGHT = Palette(
    name="light", background="#F3F6FA", panel="#FFFFFF", text="#14263B", muted="#4A5D73",
    grid="#D5DEE9", accent="#0F5FA8", good="#00796B", bad="#C24A12", neutral="#5E6E80",
    series=("#1F77C9", "#D98200", "#00897B", "#B8407E", "#5E6E80", "#8A8F00", "#6A4FC4"),
    ramp=("#CFE1F4", "#B0CFEC", "#8DBAE3", "#68A3D8", "#468BCB", "#2B73B9", "#185CA1"),
    heat=("#FFF7DC", "#FDDC8C", "#F9B24C", "#EE7E2F", "#CC4A1B", "#8C2411"),
    line="#FFFFFF",
)  # fmt: skip


def palette() -> Palette:
    """The palette of the theme the reader sees now."""
    if st.query_params.get(PRINT):
        return LIGHT  # paper is white
    return DARK if st.context.theme.type == "dark" else LIGHT


def rgb(colour: str, alpha: int = 255) -> list[int]:
    """``#RRGGBB`` as the list that deck.gl takes."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def fade(colour: str, alpha: float) -> str:
    """``#RRGGBB`` with an opacity, for fills in figures."""
    red, green, blue, _ = rgb(colour)
    return f"rgba({red},{green},{blue},{alpha})"


def template(colours: Palette) -> go.layout.Template:
    """The one look of every figure."""
    axis = {
        "gridcolor": colours.grid, "linecolor": colours.grid, "zerolinecolor": colours.grid,
        "tickfont": {"color": colours.muted}, "title": {"font": {"color": colours.muted}},
        "automargin": True, "fixedrange": True,
    }  # fmt: skip
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 14, "color": colours.text},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(colours.series),
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": {**axis, "showgrid": False},
            "yaxis": axis,
            "legend": {
                "orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom",
                "font": {"color": colours.text, "size": 13}, "bgcolor": "rgba(0,0,0,0)",
            },
            "hoverlabel": {
                "bgcolor": colours.panel, "bordercolor": colours.grid,
                "font": {"family": FONT, "size": 14, "color": colours.text},
            },
            "hovermode": "x unified",
            "separators": ".,",
        }
    )  # fmt: skip


def figure(**layout: Any) -> go.Figure:
    """An empty figure in the current theme."""
    made = go.Figure()
    made.update_layout(template=template(palette()), **layout)
    return made


def set_theme(name: ThemeName) -> None:
    """Switch the browser to a theme and load the page anew.

    Streamlit keeps the choice per path in the browser's storage; it is written
    for every page of the app, so that the theme survives a page change.
    """
    choice = name.capitalize()
    st.html(
        f"""<script>
        for (const path of ['/', ...{[page.name for page in PAGES]!r}.map(p => '/' + p)])
            localStorage.setItem('stActiveTheme-' + path + '-v2', JSON.stringify('{choice}'));
        location.reload();
        </script>""",
        unsafe_allow_javascript=True,
    )
