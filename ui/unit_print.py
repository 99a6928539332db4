"""The print view of the unit page: everything below each other, A4 portrait, white, no chrome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from ui import choice, read
from ui import unit_review as review
from ui import unit_sections as sections
from ui import unit_show as show
from ui import unit_text as text
from ui import unit_work as work
from ui.context import Context, city
from ui.definitions import indicator_text
from ui.header import data_time
from ui.panel import escape
from ui.theme import LIGHT, PRINT
from ui.unit_course import Course
from ui.unit_data import Profile
from ui.unit_lost import Lost
from ui.unit_mix import Mix
from ui.unit_peers import Peer
from words import format as fmt

ON = "1"
MOST = 40
"""How many of the dearest orders are printed."""

# 182 mm, the width of A4 between margins of 14 mm: figures drawn on the screen fit the paper.
STYLE = f"""<style>
@page {{ size: A4 portrait; margin: 12mm 14mm 14mm; }}
.stApp, .stApp > header, [data-testid="stAppViewContainer"], .stMain
  {{ background: #FFFFFF !important; color: {LIGHT.text}; }}
header[data-testid="stHeader"], div[data-testid="stToolbar"], .st-key-header, .st-key-filters
  {{ display: none !important; }}
.stMainBlockContainer
  {{ max-width: 182mm !important; padding: 4mm 0 !important; margin: 0 auto; }}
.stMainBlockContainer :is(p, li, h1, h2, h3, h4, h5, label, td, th, [data-testid="stMetricValue"],
  [data-testid="stMetricLabel"], [data-testid="stCaptionContainer"]) {{ color: {LIGHT.text} !important; }}
.stMainBlockContainer [data-testid="stMetricValue"] {{ font-size: 1.35rem; }}
.stMainBlockContainer :is([class*="st-key-panel-"], [class*="st-key-finding-"],
  [data-testid="stMetric"], [data-testid="stAlertContainer"])
  {{ background: #FFFFFF !important; border-color: {LIGHT.grid} !important; }}
[class*="st-key-panel-"], [class*="st-key-finding-"], [data-testid="stMetric"], .stPlotlyChart
  {{ break-inside: avoid; }}
.st-key-panel-paper-orders {{ break-inside: auto; }}
h3 {{ break-after: avoid; }}
[data-testid="stTooltipIcon"] {{ display: none; }}
table.paper {{ width: 100%; border-collapse: collapse; font-size: 11px; }}
table.paper :is(th, td) {{ text-align: left; padding: 2px 6px 2px 0; vertical-align: top;
  border-bottom: 1px solid {LIGHT.grid}; }}
table.paper thead {{ display: table-header-group; }}
table.paper tr {{ break-inside: avoid; }}
@media print {{
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], .stMain
    {{ position: static !important; height: auto !important; overflow: visible !important; }}
  [data-testid="stAppViewContainer"] > section {{ overflow: visible !important; }}
  .stMainBlockContainer {{ padding: 0 !important; }}
  .st-key-print-tools, .st-key-page-end, iframe {{ display: none !important; }}
}}
</style>"""


def wanted(ctx: Context) -> bool:
    """Whether the link asks for the print view."""
    return st.query_params.get(PRINT) == ON and not ctx.view.present


def button(ctx: Context) -> None:
    """Opens the print view."""
    if ctx.view.present:
        return
    st.button(
        ctx.say("page.unit.print"), icon=":material/print:", key=f"unit-print-{ctx.lang}",
        help=ctx.say("page.unit.print_help"), on_click=choice.keep, args=(PRINT, ON),
    )  # fmt: skip


def paper(
    ctx: Context,
    mine: Profile,
    found: Lost | None,
    past: Sequence[Course],
    among: Sequence[Peer],
    mixed: Mix,
) -> None:
    """Everything about the unit below each other."""
    st.html(STYLE)
    _tools(ctx)
    # Nothing to press on paper: what the meeting view leaves out is left out here too.
    still = replace(ctx, view=replace(ctx.view, present=1))
    st.markdown(f"## {escape(ctx.say('page.unit.print_head', unit=ctx.name(mine.unit)))}")
    simulated = f" · {ctx.say('ui.simulated')}" if ctx.simulated else ""
    st.caption(escape(f"{city(ctx.version, ctx.lang)} · {data_time(ctx)}{simulated}"))
    show.head(still, mine, mixed.overdue, columns=5)
    if found is not None:
        show.fall(still, mine)
        show.causes(still, mine, found)
        show.categories(still, mine, found)
    if mine.ranked:
        show.one_rank(still, mine)
        show.evidence(still, mine)
    _heading(ctx, "course")
    sections.courses(still, list(past), columns=1)
    _heading(ctx, "peers")
    sections.peers(still, mine, list(among), columns=2)
    sections.case_mix(still, list(among), show=_table)
    _heading(ctx, "orders")
    work.shares(still, mine, mixed.categories, "categories")
    work.shares(still, mine, mixed.streets, "streets")
    work.closing(still, mine, mixed.closing)
    work.again(still, mine, mixed)
    work.load(still, mine, mixed)
    if found is not None:
        review.printed(still, mine, found, MOST)
    _stamp(ctx)


def _tools(ctx: Context) -> None:
    with st.container(horizontal=True, key="print-tools", gap="small"):
        st.button(
            ctx.say("page.unit.print_back"), icon=":material/arrow_back:", type="tertiary",
            key=f"unit-print-back-{ctx.lang}", on_click=choice.keep, args=(PRINT, None),
        )  # fmt: skip
        if st.button(
            ctx.say("page.unit.print_now"), icon=":material/print:", type="primary",
            key=f"unit-print-now-{ctx.lang}",
        ):  # fmt: skip
            st.html("<script>window.print();</script>", unsafe_allow_javascript=True)


def _heading(ctx: Context, section: str) -> None:
    st.markdown(f"### {escape(ctx.say(f'page.unit.section.{section}'))}")


def _table(frame: pd.DataFrame, heads: dict[str, str]) -> None:
    plain = frame.map(lambda value: getattr(value, "text", "–" if pd.isna(value) else value))
    st.html(review.html_table(plain, heads))


def _stamp(ctx: Context) -> None:
    """Definitions, and where the numbers come from."""
    with st.container(border=True, key="panel-stamp"):
        st.markdown(f"**{escape(ctx.say('page.unit.definitions'))}**")
        for indicator in ctx.scheme.composed:
            st.markdown(indicator_text(ctx, indicator))
        lines = [*ctx.circumstances(), text.interval_help(ctx)]
        stamp = ctx.say(
            "page.unit.print_stamp",
            product=ctx.say("ui.product"), moment=fmt.moment(read.store().now(), ctx.lang),
        )  # fmt: skip
        st.caption("  \n".join(escape(line) for line in [*lines, stamp]))
