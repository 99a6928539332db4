"""How far the risk map can be trusted: its back-test against two simple rules."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from forecasting.places import BARS, OWN
from ui import places as asks
from ui import places_text as text
from ui import tables
from ui.context import Context
from ui.panel import chart, download, escape, no_data, panel
from ui.places import Asked
from ui.places_figure import caught
from ui.tables import Cell, Column, headings
from words import format as fmt


def section(ctx: Context, what: Asked, scope: dict[str, Any]) -> None:
    """The whole section."""
    scores = asks.scores(what)
    if scores.empty or scores["total"].sum() <= 0:
        no_data(ctx, "page.places.untried")
        return
    shares = sorted(scores["share"].unique())
    said = text.verdict(ctx, scores, shares[-1])
    st.markdown(f"#### {escape(said[0] if said else '')}")
    for line in [*said[1:], *text.verdict(ctx, scores, shares[0])]:
        st.markdown(escape(line))
    names = {name: ctx.say(f"page.places.method.{name}") for name in (OWN, *BARS)}
    weeks = fmt.number(int(scores["weeks"].max()), ctx.lang)
    note = ctx.say(
        "page.places.trust_note", weeks=weeks, what=text.scope_name(ctx, what),
        n=fmt.number(scores["total"].max(), ctx.lang),
    )  # fmt: skip
    left, right = st.columns([5, 8], gap="small")
    with left, panel(ctx.say("page.places.trust_title"), note, key="places-caught"):
        chart(
            caught(ctx, scores, names), key=f"places-caught-{ctx.lang}",
            alt=ctx.say("page.places.trust_title"), height=320,
        )  # fmt: skip
    with right, panel(ctx.say("page.places.scores_title"), note, key="places-scores"):
        columns, table = _columns(ctx), _table(ctx, scores, names)
        tables.show(table, columns, key=f"places-scores-{ctx.lang}", most=320,
                    alt=ctx.say("page.places.scores_title"), empty="–")  # fmt: skip
        download(
            ctx, lambda: tables.plain(table, columns, ctx), key="places-back-test", notes=[note]
        )
        st.caption(escape(_recipe(ctx, scope)))
    st.caption(escape(ctx.say("page.places.cannot")))


def _recipe(ctx: Context, scope: dict[str, Any]) -> str:
    chosen = scope.get("chosen_on")
    return ctx.say(
        "page.places.recipe", half_life=fmt.number(scope["half_life"], ctx.lang),
        slow=fmt.percent(scope["slow"], ctx.lang, 0), ring=fmt.percent(scope["ring"], ctx.lang, 0),
        year=fmt.percent(scope["year"], ctx.lang, 0),
        weeks=fmt.number(None if pd.isna(chosen) else chosen, ctx.lang),
        cells=fmt.number(scope["cells"], ctx.lang),
    )  # fmt: skip


def _columns(ctx: Context) -> list[Column]:
    column = headings(ctx, "page.places.column")
    return [
        column("share", 80), column("method", 170, plain=True), column("rate", 130),
        column("pai", 140), column("pei", 80), column("gain", 200, plain=True),
    ]  # fmt: skip


def _table(ctx: Context, scores: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    rows = []
    for row in scores.sort_values("share").to_dict("records"):
        rate = (
            f"{fmt.percent(row['rate'], ctx.lang)} ±{fmt.number(196 * row['rate_se'], ctx.lang, 1)}"
        )
        pai = (f"{fmt.number(row['pai'], ctx.lang, 2)} "
               f"({fmt.number(row['pai_low'], ctx.lang, 2)}–{fmt.number(row['pai_high'], ctx.lang, 2)})")  # fmt: skip
        gain = "" if pd.isna(row["gain"]) else ctx.say(
            "page.places.gain", gain=fmt.signed(100 * row["gain"], ctx.lang) + "%",
            low=fmt.signed(100 * row["gain_low"], ctx.lang) + "%",
            high=fmt.signed(100 * row["gain_high"], ctx.lang) + "%",
        )  # fmt: skip
        rows.append(
            {
                "share": Cell(row["share"], fmt.percent(row["share"], ctx.lang, 0)),
                "method": names.get(row["method"], row["method"]),
                "rate": Cell(row["rate"], rate), "pai": Cell(row["pai"], pai),
                "pei": Cell(row["pei"], fmt.number(row["pei"], ctx.lang, 2)), "gain": gain,
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)
