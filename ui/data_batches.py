"""The ledger: every batch, and the report and rejected rows of the chosen one."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from data.batch import waiting
from data.boundaries.explain import explain_areas, explain_read
from data.schema import BOUNDARIES, DECISIONS, FACTORS, REGISTER, WITHOUT_ORDERS
from ui import read
from ui.choice import keep
from ui.context import Context
from ui.data_report import preset_name, refusal, rejects, report
from ui.panel import escape, no_data, panel
from words import format as fmt

BATCH = "batch"
_KEY = "data-ledger"


def batches(ctx: Context) -> None:
    """The table of batches; a click shows one of them."""
    queue = len(waiting(read.store().settings.inbox))
    if queue:
        st.info(
            ctx.say("page.data.batches.waiting", n=fmt.number(queue, ctx.lang)),
            icon=":material/hourglass_top:",
        )
    ledger = read.ledger(ctx.version)
    if ledger.empty:
        no_data(ctx, "page.data.batches.none")
        return
    with panel(
        ctx.say("page.data.batches.title", n=fmt.number(len(ledger), ctx.lang)),
        ctx.say("page.data.batches.note"),
        key="batches",
    ):
        st.dataframe(
            readable(ctx, ledger),
            hide_index=True,
            key=f"{_KEY}-{ctx.lang}",
            height=min(len(ledger), 10) * 35 + 38,
            on_select=lambda: _picked(f"{_KEY}-{ctx.lang}", ledger),
            selection_mode="single-cell",
            alt=ctx.say("page.data.batches.note"),
        )
    one(ctx, chosen(ledger))


_NUMBERS = tuple(
    f"page.data.rows.{name}" for name in ("read", "new", "updated", "unchanged", "rejected")
)


def _picked(key: str, ledger: pd.DataFrame) -> None:
    cells = st.session_state[key]["selection"].get("cells", [])
    if cells and 0 <= cells[0][0] < len(ledger):
        keep(BATCH, str(ledger.iloc[cells[0][0]]["batch"]))


def chosen(ledger: pd.DataFrame) -> dict[str, Any]:
    """The batch of the URL, else the newest."""
    wanted = ledger[ledger["batch"].astype(str) == st.query_params.get(BATCH, "")]
    row = (wanted if len(wanted) else ledger).iloc[0]
    return {str(name): value for name, value in row.items()}


def readable(ctx: Context, ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger in words, newest first."""
    out = pd.DataFrame({ctx.say("page.data.column.batch"): ledger["batch"]})
    out[ctx.say("page.data.column.state")] = [
        ctx.say(f"page.data.state.{state}") for state in ledger["state"]
    ]
    out[ctx.say("page.data.column.file")] = [
        file_name(ctx, file, source)
        for file, source in zip(ledger["file_name"], ledger["source"], strict=True)
    ]
    out[ctx.say("page.data.column.preset")] = [
        preset_name(ctx, p) if isinstance(p, str) else "" for p in ledger["preset"]
    ]
    out[ctx.say("page.data.column.committed")] = [fmt.stamp(m) for m in ledger["committed_at"]]
    for key in _NUMBERS:
        out[ctx.say(key)] = ledger[f"rows_{key.rsplit('.', 1)[-1]}"]
    for name in ("first_day", "last_day"):
        out[ctx.say(f"page.data.column.{name}")] = [
            "" if pd.isna(day) else f"{pd.Timestamp(day):%Y-%m-%d}" for day in ledger[name]
        ]
    return out


def file_name(ctx: Context, file: Any, source: Any) -> str:
    """What a batch was made of: its file, else its source."""
    if isinstance(file, str) and file:
        return file
    if source == DECISIONS:
        return ctx.say("page.evidence.ledger")
    return ctx.say("page.data.batches.demo") if source == "demo" else str(source)


def one(ctx: Context, row: dict[str, Any]) -> None:
    """Report and rejected rows of one batch."""
    tree = json.loads(row["report"])
    title = ctx.say(
        "page.data.batches.one", batch=row["batch"],
        name=file_name(ctx, row["file_name"], row["source"]),
    )  # fmt: skip
    note = ctx.say("page.data.batches.committed", moment=fmt.moment(row["committed_at"], ctx.lang))
    with panel(title, note, key="batch"):
        if row["state"] == "refused":
            refusal(ctx, tree)
            return
        if row["state"] == "replaced":
            st.info(ctx.say("page.data.batches.replaced"), icon=":material/history:")
        if row["source"] in WITHOUT_ORDERS:
            _without_orders(ctx, row, tree)
            return
        report(ctx, row, tree)
        rejects(ctx, int(row["batch"]))


def _without_orders(ctx: Context, row: dict[str, Any], tree: dict[str, Any]) -> None:
    """What decisions changed, what boundaries came, or that a register brought no orders."""
    if row["source"] == BOUNDARIES:
        lines = explain_areas(str(row["file_name"]), tree["areas"], ctx.lang)
        lines += explain_read(tree["boundaries"], ctx.lang)
        st.markdown("\n".join(f"- {escape(line)}" for line in lines))
        return
    if row["source"] == REGISTER:
        st.markdown(ctx.say("page.evidence.ledger_register"))
        return
    if row["source"] == FACTORS:
        st.markdown(ctx.say("factors.ledger"))
        return
    for code, n in (tree.get("decisions") or {}).items():
        st.markdown(ctx.say(f"page.evidence.ledger_{code}", n=fmt.number(n, ctx.lang)))
