"""Which board of the rankings is looked at, and what each of them needs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from metrics.bonus import Bonuses
from metrics.fair import Fair
from ui import (
    choice,
    fair_data,
    fair_funnel,
    fair_matrix,
    fair_ranks,
    fair_rates,
    fair_text,
    rankings,
    rankings_bonus,
    rankings_further,
    read,
)
from ui import rankings_show as show
from ui import rankings_text as text
from ui.context import Context
from ui.panel import escape
from ui.rankings import SCORE, League
from ui.rankings_unit import unit_detail

RAW, FAIR, FUNNEL, SIGNS = "raw", "fair", "funnel", "signs"
BOARDS = (RAW, FAIR, FUNNEL, SIGNS)
PLAIN, MIX = "plain", "mix"


@dataclass(frozen=True)
class Seen:
    """What the page has read: counts of the period and of the one compared with, bonuses, tables."""

    units: pd.DataFrame
    nobody: int
    before: pd.DataFrame | None
    bonuses: Bonuses
    tables: dict[str, League]


def read_all(ctx: Context) -> Seen:
    """Count, score and rank; cached, not to be changed.

    A comparison period before the first order compares nothing.
    """
    view = ctx.view
    filters = (view.districts, view.unit_types, view.categories, view.channels)
    key = repr((ctx.scheme.id, ctx.scheme.version, ctx.period, ctx.compared, filters))
    return _read_all(ctx.version, read.noted(), key, ctx)


@st.cache_resource(show_spinner=False, max_entries=16)
def _read_all(version: int, noted: int, key: str, _ctx: Context) -> Seen:
    ctx = _ctx
    now = rankings.unit_counts(ctx, ctx.period)
    then = rankings.unit_counts(ctx, ctx.compared).units if ctx.compared else None
    before = then if then is not None and then["all"].sum() else None
    earned = rankings.bonuses_of(ctx, ctx.period, now.units)
    old = None
    if before is not None and ctx.compared is not None:
        old = rankings.bonuses_of(ctx, ctx.compared, before)
    tables = rankings.leagues(ctx.scheme, now.units, before, earned, old)
    return Seen(now.units, now.nobody, before, earned, tables)


def ask_board(ctx: Context) -> str:
    """Which board: the raw table, fair ranks, funnel, or the icon matrix."""
    return choice.choose(
        ctx, "board", BOARDS, RAW,
        title=ctx.say("board.choose"), kind="segments", help=ctx.say("board.help"),
        label=lambda code: ctx.say(f"board.name.{code}"),
    )  # fmt: skip


def rates_for(ctx: Context, board: str, league: League, made: Fair) -> list[str]:
    """What a board can be looked at by."""
    if board == RAW:
        have, _ = rankings.shown_indicators(ctx.scheme, league.ranked)
        return [SCORE, *(i.id for i in have), *rankings_further.choices(ctx)]
    counted = fair_data.counted_rates(made, league.group)
    return {FAIR: [SCORE, *counted], FUNNEL: counted}.get(board, [])


def ask_rate(ctx: Context, board: str, league: League, made: Fair) -> str:
    """The score or a rate; empty where a board shows all of them."""
    options = rates_for(ctx, board, league, made)
    if not options:
        return ""
    first = "resolution" if board == FUNNEL and "resolution" in options else options[0]
    return choice.choose(
        ctx, "by", options, first,
        title=ctx.say("page.rankings.by"), width=200,
        label=lambda code: text.choice_name(ctx, SCORE)
        if code == SCORE or board == RAW
        else fair_text.rate_name(ctx, code),
    )  # fmt: skip


def ask_basis(ctx: Context, group: str, made: Fair) -> bool:
    """Whether ranks are adjusted for case mix; not asked where that is refused."""
    found = fair_data.mix_of(ctx, made)
    if all(mix.refused for (table, _), mix in found.items() if table == group):
        return False
    basis = choice.choose(
        ctx, "basis", (PLAIN, MIX), PLAIN,
        title=ctx.say("board.basis.choose"), width=190, help=ctx.say("board.basis.help"),
        label=lambda code: ctx.say(f"board.basis.{code}"),
    )  # fmt: skip
    return basis == MIX


def draw(
    ctx: Context,
    seen: Seen,
    league: League,
    made: Fair,
    board: str,
    by: str,
    unit: str,
    target: float | None,
) -> None:
    """The board itself."""
    if board == RAW:
        _raw(ctx, seen, league, made, by, unit)
    elif board == SIGNS:
        fair_matrix.board(ctx, league, target, unit)
    elif board == FUNNEL and by:
        fair_funnel.board(ctx, league, made, by, unit)
    elif by == SCORE:
        fair_ranks.board(ctx, league, made, unit)
    elif by:
        fair_rates.board(ctx, league, made, by, unit)


def _raw(ctx: Context, seen: Seen, league: League, made: Fair, by: str, unit: str) -> None:
    told = fair_data.told_of(made, league.group)
    league = rankings_further.with_choice(ctx, league, by)
    if told.of:
        st.caption(f":material/info: {escape(fair_text.raw_is(ctx, told))}")
    left, right = st.columns([7, 3], gap="small")
    with left:
        certainty = fair_text.told(ctx, told) if told.of else ""
        show.table(ctx, league, seen.units, seen.nobody, unit, seen.bonuses, certainty, by)
    with right:
        show.dot_chart(ctx, league, by, unit)
    if not ctx.view.present:
        unit_detail(ctx, league, seen.units, seen.before, unit)
        rankings_bonus.lines(ctx, seen.bonuses, unit)
