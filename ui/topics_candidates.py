"""Candidates for monthly topics: a score from stated weights, every criterion with its counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from data.topic_candidates import AHEAD, WEEKS
from metrics.selection import category_condition
from metrics.topics import CRITERIA, FEWEST, MOST_WEIGHT
from ui import choice, drill, tables, topics, topics_form
from ui.context import Context
from ui.panel import download, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

PICKED = "candidate"
SHARES = ("repeat", "unresolved", "hops")


def section(ctx: Context) -> None:
    """Weights and the table; one chosen candidate becomes a topic."""
    if not ctx.view.present:
        _weights(ctx)
    found = topics.candidates(ctx)
    title = ctx.say("page.topics.candidates_title", n=fmt.number(len(found), ctx.lang))
    note = ctx.say("page.topics.candidates_note", weeks=WEEKS, fewest=FEWEST)
    with panel(title, note, key="candidates"):
        if found.empty:
            no_data(ctx)
            return
        paths = found["category"].astype(str).tolist()
        wanted = choice.chosen(PICKED, paths, "")

        def choose(row: int | None) -> None:
            choice.keep(PICKED, None if row is None else paths[row])

        columns = _columns(ctx)
        cells = pd.DataFrame([_cells(ctx, row) for row in found.to_dict("records")], dtype=object)
        tables.show(
            cells, columns, key=f"candidates-{ctx.lang}", alt=title, empty="–", strong=("score",),
            most=560, selected=paths.index(wanted) if wanted in paths else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        if ctx.view.present:
            return
        with st.container(horizontal=True, gap="small"):
            st.button(
                ctx.say("page.topics.make"), icon=":material/add_task:", type="primary",
                key=f"topic-make-{ctx.lang}", disabled=not wanted,
                help=None if wanted else ctx.say("page.topics.choose_first"),
                on_click=topics_form.from_category, args=(ctx, wanted),
            )  # fmt: skip
            if wanted:
                st.page_link(
                    "pages/orders.py", label=ctx.say("page.topics.see_orders"),
                    icon=":material/receipt_long:",
                    query_params=drill.drill(ctx, category_condition(wanted)),
                )  # fmt: skip
        download(ctx, lambda: _export(ctx, found), key="candidates", notes=[note])


def _weights(ctx: Context) -> None:
    standing = topics.weights()
    with st.expander(
        ctx.say("page.topics.weights"), icon=":material/tune:", key=f"topic-weights-{ctx.lang}"
    ):
        st.caption(ctx.say("page.topics.weights_note"))
        with st.grid(len(CRITERIA), min_column_width=150, gap="small"):
            for name in CRITERIA:
                key = f"topic-weight-{name}-{ctx.lang}"
                st.session_state[key] = int(standing[name])
                st.select_slider(
                    ctx.say(f"page.topics.criterion.{name}"), list(range(MOST_WEIGHT + 1)), key=key,
                    help=ctx.say(f"page.topics.criterion_help.{name}", ahead=AHEAD),
                    on_change=_changed, args=(ctx.lang,),
                )  # fmt: skip


def _changed(lang: str) -> None:
    given = {name: float(st.session_state[f"topic-weight-{name}-{lang}"]) for name in CRITERIA}
    choice.keep("weights", topics.code_of(given) if any(given.values()) else "")


def _columns(ctx: Context) -> list[Column]:
    widths = {
        "volume": 90,
        "spread": 90,
        "repeat": 160,
        "unresolved": 160,
        "season": 130,
        "hops": 160,
    }
    return [
        Column("category", ctx.say("page.topics.category"), "", 240, True, text=True),
        Column("score", ctx.say("page.topics.score"), ctx.say("page.topics.score_help"), 90),
        *(
            Column(
                name, ctx.say(f"page.topics.criterion.{name}"),
                ctx.say(f"page.topics.criterion_help.{name}", ahead=AHEAD), width,
            )
            for name, width in widths.items()
        ),
    ]  # fmt: skip


def _cells(ctx: Context, row: Mapping[Any, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "category": ctx.path_name(str(row["category"])),
        "score": Cell(row["score"], _score(ctx, row)),
        "volume": Cell(row["volume"], fmt.number(row["volume"], ctx.lang)),
        "spread": Cell(row["spread"], fmt.number(row["spread"], ctx.lang, 1)),
    }
    for name in SHARES:
        out[name] = _share(ctx, row, name)
    height = row["season"]
    out["season"] = None
    if not pd.isna(row["peak_start"]):
        peak = pd.Timestamp(row["peak_start"]).date()
        words = ctx.say(
            "page.topics.peak", n=fmt.number(float(height), ctx.lang, 1),
            day=fmt.day(peak, ctx.lang, year=False),
        )  # fmt: skip
        out["season"] = Cell(height, words)
    return out


def _score(ctx: Context, row: Mapping[Any, Any]) -> str:
    words = fmt.number(row["score"], ctx.lang)
    return words if row["known"] > 0.999 else ctx.say("page.topics.partly", score=words)


def _share(ctx: Context, row: Mapping[Any, Any], name: str) -> Cell | None:
    value = row[name]
    if pd.isna(value):
        return None
    return Cell(
        value,
        ctx.say(
            "page.topics.share_n", share=fmt.percent(float(value), ctx.lang, 0),
            n=fmt.number(row[f"{name}_of"], ctx.lang),
        ),
    )  # fmt: skip


def _export(ctx: Context, found: pd.DataFrame) -> pd.DataFrame:
    out = {
        ctx.say("page.topics.category"): found["category"].tolist(),
        ctx.say("page.topics.score"): found["score"].round(1).tolist(),
    }
    for name in CRITERIA:
        label = ctx.say(f"page.topics.criterion.{name}")
        out[label] = found[name].tolist()
        if name in SHARES:
            out[f"{label} n"] = found[f"{name}_of"].tolist()
        out[ctx.say("page.topics.weight_of", criterion=label)] = [topics.weights()[name]] * len(
            found
        )
    return pd.DataFrame(out)
