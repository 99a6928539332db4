"""Bonuses and penalties line by line: the rules, every piece of evidence, what it counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data.registers import ACTION, EVIDENCE
from metrics.bonus import FROM_ORDERS, Bonuses
from metrics.rates import wilson
from ui import definitions, drill, read
from ui import register_text as text
from ui.context import Context
from ui.panel import download, escape, panel
from ui.rankings_table import NAME
from ui.register_list import within
from ui.tables import Cell, Column, show
from words import format as fmt

ITEM, PER = {"zh": 130, "en": 180}, {"zh": 200, "en": 290}
"""Widths of columns by language."""


def rules(ctx: Context, found: Bonuses) -> None:
    """What each bonus and penalty is worth, and how much of it there is in the period."""
    waiting = _waiting(ctx)
    rows = []
    for item in ctx.scheme.adjustments:
        mine = found.lines[found.lines["adjustment"] == item.id]
        code = "line" if item.line is not None else "orders" if item.when is not None else "record"
        per = fmt.signed(item.per, ctx.lang, 2)
        rows.append(
            {
                "item": text.adjustment_name(ctx, item.id),
                "per": ctx.say(f"page.evidence.per_{code}", points=per, line=fmt.percent(item.line, ctx.lang, 0)),
                "cap": fmt.number(item.cap, ctx.lang, 1) if item.cap else ctx.say("page.evidence.no_cap"),
                "lines": fmt.number(len(mine), ctx.lang),
                "counted": fmt.signed(float(mine["counted"].sum()), ctx.lang, 2),
                "waiting": fmt.number(waiting.get(item.id, 0), ctx.lang) if item.when is None else "–",
                "status": ctx.say("page.evidence.not_in_force") if not item.in_force
                else ctx.say(f"definition.{item.status}"),
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    examples = sum(item.status == "example" for item in ctx.scheme.adjustments)
    title = ctx.say("page.evidence.rules_title", n=len(rows))
    with panel(title, ctx.say("page.evidence.rules_note"), key="rules"):
        if examples:
            st.markdown(
                f"{definitions.badge(ctx, 'example')} {escape(ctx.say('page.evidence.examples', n=examples))}"
            )
        widths = {"item": ITEM[ctx.lang], "per": PER[ctx.lang], "cap": 60, "lines": 80, "counted": 76, "waiting": 64,
                  "status": 120}  # fmt: skip
        shown = [
            Column(name, ctx.say(f"page.evidence.rule.{name}"), "", width,
                   text=name in ("item", "per", "status"))
            for name, width in widths.items()
        ]  # fmt: skip
        show(frame, shown, key=f"rules-{ctx.lang}", alt=escape(title), empty="", most=420)
        notes = [
            f"{text.adjustment_name(ctx, item.id)}: {ctx.names_of(item.note)}"
            if ctx.lang == "en"
            else f"{text.adjustment_name(ctx, item.id)}：{ctx.names_of(item.note)}"
            for item in ctx.scheme.adjustments
            if item.note
        ]
        st.caption("  \n".join(escape(note) for note in notes))


def _waiting(ctx: Context) -> dict[str, int]:
    """Evidence of the period that nobody has decided yet, by adjustment."""
    out: dict[str, int] = {}
    for record in within(ctx, read.recorded(EVIDENCE)):
        if record.body["state"] == "proposed":
            out[record.body["adjustment"]] = out.get(record.body["adjustment"], 0) + 1
    open_ = sum(r.body["state"] == "proposed" for r in within(ctx, read.recorded(ACTION)))
    for item in ctx.scheme.adjustments:
        if item.evidence == "actions" and item.when is None:
            out[item.id] = out.get(item.id, 0) + open_
    return out


def lines(ctx: Context, found: Bonuses, chosen: str | None) -> None:
    """Every line with its evidence: of the chosen unit, or of all."""
    mine = found.lines if chosen is None else found.lines[found.lines["unit"] == chosen]
    whose = ctx.say("page.evidence.everybody") if chosen is None else ctx.name(chosen)
    title = ctx.say("page.evidence.lines_title", whose=whose, n=len(mine))
    with panel(title, ctx.say("page.evidence.lines_note"), key="lines"):
        if mine.empty:
            st.caption(ctx.say("page.evidence.lines_none"))
            return
        rows = [_line(ctx, row) for row in mine.to_dict("records")]
        # as objects: a float column would lose the texts of its cells
        frame = pd.DataFrame(rows, dtype="object")
        widths = {"unit": NAME[ctx.lang], "item": ITEM[ctx.lang], "evidence": 330, "day": 120, "asked": 70, "counted": 70,
                  "reason": 240}  # fmt: skip
        shown = [
            Column(name, ctx.say(f"page.evidence.line.{name}"), "", width,
                   text=name in ("unit", "item", "evidence", "day", "reason"))
            for name, width in widths.items()
        ]  # fmt: skip
        show(frame, shown, key=f"lines-{ctx.lang}", alt=escape(title), empty="", most=360)
        _order_links(ctx, mine, chosen)
        download(ctx, frame.rename(columns={c.key: c.label for c in shown}), key="bonus-lines")


def _line(ctx: Context, row: dict[Any, Any]) -> dict[str, Any]:
    day = row["day"]
    return {
        "unit": ctx.name(row["unit"]),
        "item": text.adjustment_name(ctx, str(row["adjustment"])),
        "evidence": _evidence(ctx, row),
        "day": "" if pd.isna(day) else fmt.day(pd.Timestamp(day).date(), ctx.lang),
        "asked": Cell(row["asked"], fmt.signed(float(row["asked"]), ctx.lang, 2)),
        "counted": Cell(row["counted"], fmt.signed(float(row["counted"]), ctx.lang, 2)),
        "reason": ctx.say(f"fair.bonus.reason.{row['reason']}")
        if isinstance(row["reason"], str)
        else "",
    }


def _evidence(ctx: Context, row: dict[Any, Any]) -> str:
    if row["evidence"] != FROM_ORDERS:
        # the record's number leads: it is for files, not for reading
        number, _, rest = str(row["evidence"] or "").partition(" · ")
        return rest or number
    cases, _, base = str(row["note"]).partition("/")
    if not base:
        return ctx.say("page.evidence.from_orders", n=fmt.number(int(cases), ctx.lang))
    ends = wilson(np.array([float(cases)]), np.array([float(base)]))
    low, high = (float(end[0]) for end in ends)
    return ctx.say(
        "page.evidence.from_share", n=fmt.number(int(cases), ctx.lang),
        base=fmt.number(int(base), ctx.lang), share=fmt.percent(int(cases) / int(base), ctx.lang),
        interval=fmt.interval(low, high, ctx.lang),
    )  # fmt: skip


def _order_links(ctx: Context, shown: pd.DataFrame, chosen: str | None) -> None:
    """To the orders that a bonus or penalty was counted from."""
    here = ctx if chosen is None else replace(ctx, view=replace(ctx.view, units=(chosen,)))
    counted = shown.loc[shown["evidence"] == FROM_ORDERS, "adjustment"].unique().tolist()
    for item in counted:
        link = drill.drill(here, f"adjust.{item}")
        name = text.adjustment_name(ctx, item)
        st.page_link(
            "pages/orders.py", label=ctx.say("page.evidence.orders_of", name=name),
            icon=":material/receipt_long:", query_params=link,
        )  # fmt: skip
