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
from ui.panel import escape, panel
from ui.rankings_bonus import line_cells
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
html, body, #root, .stApp, .stApp > header, [data-testid="stAppViewContainer"], .stMain
  {{ background: #FFFFFF !important; color: {LIGHT.text}; }}
header[data-testid="stHeader"], div[data-testid="stToolbar"],
  .stMainBlockContainer .st-key-header, .stMainBlockContainer .st-key-filters
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
[data-testid="stHorizontalBlock"]
  {{ display: flex !important; flex-wrap: nowrap !important; break-inside: avoid; }}
[data-testid="stColumn"] {{ min-width: 0 !important; flex: 1 1 0 !important; }}
.stMainBlockContainer [data-testid="stMarkdownContainer"] :is(p, li) span
  {{ color: {LIGHT.muted} !important; background: none !important; }}
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
  .stMainBlockContainer .st-key-print-tools, .st-key-page-end, iframe,
  [data-testid="stLayoutWrapper"]:has(> .st-key-page-end) {{ display: none !important; }}
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
    show.sentences(still, mine)
    _numbers(still, mine, mixed.overdue)
    if found is not None:
        show.fall(still, mine)
        show.causes(still, mine, found)
        show.categories(still, mine, found)
    if mine.ranked:
        show.one_rank(still, mine)
        _bonuses(still, mine)
    _heading(ctx, "course")
    sections.courses(still, list(past), columns=2)
    _heading(ctx, "peers")
    sections.peers(still, mine, list(among), columns=2)
    sections.case_mix(still, list(among), show=_table)
    _heading(ctx, "orders")
    work.shares(still, mine, mixed.categories, "categories")
    work.shares(still, mine, mixed.streets, "streets")
    work.closing(still, mine, mixed.closing)
    work.again(still, mine, mixed)
    work.load(still, mine, mixed)
    if found is not None and len(found.orders):
        review.printed(still, mine, found, MOST)
    _stamp(ctx)


def _bonuses(ctx: Context, mine: Profile) -> None:
    lines = mine.bonuses.lines
    own = lines[lines["unit"] == mine.unit]
    if own.empty:
        return
    with panel(ctx.say("board.bonus.lines"), ctx.period_label(), key="paper-bonuses"):
        heads = {
            key: ctx.say(f"board.bonus.{key}")
            for key in ("item", "evidence", "day", "asked", "counted", "why")
        }
        _table(line_cells(ctx, own), heads)
        st.caption(escape(ctx.say("board.bonus.example")))


def _numbers(ctx: Context, mine: Profile, overdue: int) -> None:
    listed = show.numbers(ctx, mine, overdue)
    frame = pd.DataFrame(
        [[n.value for n in listed], [n.under for n in listed]], columns=[n.label for n in listed]
    )
    st.html(review.html_table(frame, {n.label: n.label for n in listed}))


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
