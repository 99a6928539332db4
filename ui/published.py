"""Published months for the pages: cached reads, the one that a page is about, a notice."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from data import frozen, published, since, yearbook
from data.published import Publication
from data.since import Since
from metrics.outcome import Outcome
from ui import read
from ui import view as views
from ui.context import Context
from ui.panel import escape
from ui.period_code import encode
from ui.publish_words import publisher
from ui.rankings import League, by_league
from words import format as fmt

_KEPT = 64


@st.cache_resource(show_spinner=False, max_entries=4)
def _everything(version: int, noted: int) -> list[Publication]:
    del version, noted
    return published.published(read.store())


def everything() -> list[Publication]:
    """Every publication, in order of publishing (see :func:`data.published.published`)."""
    return _everything(read.version(), read.noted())


def standing(scheme: str) -> list[Publication]:
    """The latest correction of each month under a scheme, in order of time."""
    return published.standing(everything(), scheme)


def versions(made: Publication) -> list[Publication]:
    """The publications of the same month: the first, then its corrections."""
    return published.of_period(everything(), made.scheme_id, made.period)


def of(ctx: Context) -> Publication | None:
    """What stands published for the scheme and period that the page shows."""
    found = published.of_period(everything(), ctx.scheme.id, ctx.period)
    return found[-1] if found else None


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _result(number: int, moment: str, _made: Publication) -> Outcome:
    del number, moment
    return published.result(read.store(), _made)


def result(made: Publication) -> Outcome:
    """The result as it was shown."""
    return _result(made.number, made.moment.isoformat(), made)


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _now(version: int, noted: int, number: int, _made: Publication) -> Since:
    del version, noted, number
    return since.would_now_be(read.store(), _made)


def now(made: Publication) -> Since:
    """What it would be with today's data, see :func:`data.since.would_now_be`."""
    return _now(read.version(), read.noted(), made.number, made)


@st.cache_data(show_spinner=False, max_entries=16)
def _scores(version: int, noted: int, scheme: str, _made: list[Publication]) -> pd.DataFrame:
    del version, noted, scheme
    return yearbook.scores_of(read.store(), _made)


def scores(scheme: str) -> pd.DataFrame:
    """The published scores of all months that stand under a scheme."""
    return _scores(read.version(), read.noted(), scheme, standing(scheme))


def leagues(made: Publication) -> dict[str, League]:
    """The frozen league tables, the largest first, as the rankings page shows tables."""
    shown = result(made)
    return by_league(shown.units, shown.totals)


def context(ctx: Context, made: Publication) -> Context:
    """The page's context as it was when the month was published: scheme, month, data, no filters."""
    ledger = read.ledger(ctx.version)
    mine = ledger.loc[ledger["batch"] == made.data_version, "committed_at"]
    nothing = {"districts": (), "unit_types": (), "units": (), "categories": (), "channels": ()}
    return replace(
        ctx,
        view=replace(ctx.view, **nothing),  # type: ignore[arg-type]
        scheme=made.scheme,
        period=made.period,
        compared=None,
        version=made.data_version,
        committed=mine.iloc[0].to_pydatetime() if len(mine) else ctx.committed,
    )


def notice(ctx: Context) -> None:
    """One line: the shown period is published, and whether today's numbers differ from that."""
    made = of(ctx)
    if made is None:
        return
    found = now(made).rescored
    key = "differs" if len(found) else "same"
    line = ctx.say(
        f"page.results.notice.{key}",
        moment=fmt.moment(made.moment, ctx.lang), by=publisher(made, ctx.lang), n=len(found),
    )  # fmt: skip
    if frozen.fingerprint(ctx.scheme) != made.fingerprint:
        line += " " * (ctx.lang == "en") + ctx.say("page.results.notice.other_scheme")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="published"):
        st.markdown(f":small[:material/verified: {escape(line)}]", width="content")
        if not ctx.view.present:
            st.page_link(
                "pages/results.py",
                label=ctx.say("page.results.notice.open"),
                query_params={**views.params(ctx.view), "p": encode(made.period)},
            )
