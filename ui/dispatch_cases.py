"""Below the answer: similar past cases, what was done in them, the time limit."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data.dispatching import ended_well
from dispatch.model import Answer, Model
from dispatch.plan import Step, plan
from metrics.conditions import mask
from metrics.scheme_rules import Limit
from ui import choice, tables
from ui import dispatch as asks
from ui import view as views
from ui.context import Context
from ui.dispatch import Asked
from ui.drill import ORDER
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from ui.values import is_missing, shown
from words import format as fmt

LOOKED, SHOWN, LINKS = 60, 8, 3
CASE = "case"


def similar(ctx: Context, using: Model, wanted: Asked) -> pd.DataFrame:
    """The most similar past cases, drawn as a table; returns all that were looked at."""
    found = using.similar(wanted.title, wanted.content, LOOKED + 1)
    frame = asks.cases(found, wanted.key, LOOKED)
    with panel(
        ctx.say("page.dispatch.cases_title", n=min(len(frame), SHOWN)),
        ctx.say("page.dispatch.cases_note"), key="dispatch-cases",
    ):  # fmt: skip
        if frame.empty:
            no_data(ctx, "page.dispatch.cases_none")
            return frame
        top = frame.head(SHOWN)
        keys = [f"{s}|{n}" for s, n in zip(top["source"], top["order_id"], strict=True)]
        chosen = choice.chosen(CASE, keys, keys[0])
        columns, table = _columns(ctx), _table(ctx, top)
        tables.show(
            table, columns, key=f"dispatch-cases-{ctx.lang}", alt=ctx.say("page.dispatch.cases_note"),
            empty=ctx.say("format.no_data"), strong=("similarity",), most=330,
            selected=None if ctx.view.present else keys.index(chosen),
            on_select=None if ctx.view.present
            else lambda row: choice.keep(CASE, None if row is None else keys[row]),
        )  # fmt: skip
        _one(ctx, top.iloc[keys.index(chosen)].to_dict())
        download(ctx, lambda: tables.plain(table, columns, ctx), key="dispatch-cases")
    return frame


def _columns(ctx: Context) -> list[Column]:
    def column(name: str, width: int, *, text: bool = True) -> Column:
        return Column(name, ctx.say(f"page.dispatch.case.{name}"), "", width, text=text)

    return [
        column("similarity", 70, text=False), column("created", 100), column("title", 230), column("unit", 140),
        column("resolution", 90), column("satisfaction", 90), column("days", 80, text=False),
    ]  # fmt: skip


def _table(ctx: Context, frame: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in frame.to_dict("records"):
        hours = row["close_hours"]
        rows.append(
            {
                "similarity": Cell(row["similarity"], fmt.number(row["similarity"], ctx.lang, 2)),
                "created": fmt.day(row["created_at"].date(), ctx.lang),
                "title": asks.plain(row["title"]) or asks.plain(row["content"])[:40],
                "unit": ctx.name(asks.plain(row["unit"])),
                "resolution": shown("resolution", row["resolution"], ctx.lang) or None,
                "satisfaction": shown("satisfaction", row["satisfaction"], ctx.lang) or None,
                "days": None if is_missing(hours) else Cell(hours / 24, fmt.number(hours / 24, ctx.lang, 1)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def _one(ctx: Context, row: dict[Any, Any]) -> None:
    """What was told and answered in the chosen case."""
    st.text(asks.plain(row["content"])[:300])
    reply = asks.plain(row["reply"])
    said = (
        ctx.say("page.dispatch.reply", text=reply[:400])
        if reply
        else ctx.say("page.dispatch.no_reply")
    )
    st.caption(escape(said))
    _link(ctx, row, ctx.say("page.dispatch.open_case", order=row["order_id"]))


def _link(ctx: Context, row: dict[Any, Any], label: str) -> None:
    if ctx.view.present:
        return
    params: dict[str, Any] = {**views.params(ctx.view), ORDER: f"{row['source']}|{row['order_id']}"}
    st.page_link(
        "pages/orders.py", label=escape(label), icon=":material/arrow_forward:", query_params=params
    )


def handling(ctx: Context, using: Model, frame: pd.DataFrame) -> list[Step]:
    """The plan: steps that similar cases share which ended well."""
    good = frame[ended_well(frame) & frame["reply"].notna()].head(20) if len(frame) else frame
    steps = plan(good["reply"].tolist(), using.courtesy) if len(good) else []
    note = ctx.say("page.dispatch.plan_note", n=len(good), looked=len(frame))
    with panel(ctx.say("page.dispatch.plan_title"), note, key="dispatch-plan"):
        if not steps:
            st.caption(escape(ctx.say("page.dispatch.plan_none")))
        rows = good.to_dict("records")
        for number, step in enumerate(steps, start=1):
            st.markdown(f"**{number}.** {escape(step.text)}")
            st.caption(escape(ctx.say("page.dispatch.step_cases", n=len(step.cases), of=len(good))))
            with st.container(horizontal=True, gap="small", key=f"dispatch-step-{number}"):
                for case in step.cases[:LINKS]:
                    _link(ctx, rows[case], str(rows[case]["order_id"]))
    return steps


def time_limit(ctx: Context, answer: Answer, wanted: Asked) -> None:
    """By when, by the scheme in force: first match wins."""
    with panel(
        ctx.say("page.dispatch.limit_title"),
        ctx.say("page.dispatch.limit_note", scheme=ctx.names_of(ctx.scheme.names)), key="dispatch-limit",
    ):  # fmt: skip
        told = False
        for clock in ("sign", "contact", "close"):
            limit = limit_for(ctx, answer, wanted, clock)
            if limit is not None:
                told = True
                st.text(
                    ctx.say(
                        "page.dispatch.limit", step=ctx.say(f"page.dispatch.clock.{clock}"),
                        length=_length(ctx, limit), name=ctx.names_of(limit.names),
                        status=ctx.say(f"page.dispatch.status.{limit.status}"),
                    )
                )  # fmt: skip
        due = wanted.order.get("due_at") if wanted.order else None
        if due is not None and not is_missing(due):
            told = True
            st.text(
                ctx.say(
                    "page.dispatch.due",
                    moment=fmt.moment(pd.Timestamp(due).to_pydatetime(), ctx.lang),
                )
            )
        if not told:
            st.caption(escape(ctx.say("page.dispatch.limit_none")))
        if wanted.order is None:
            st.caption(escape(ctx.say("page.dispatch.limit_ungraded")))


def limit_for(ctx: Context, answer: Answer, wanted: Asked, clock: str) -> Limit | None:
    """The scheme's limit for an order of the likely category (with what else is on record)."""
    order = dict(wanted.order or {})
    order |= {f"category{k}": None for k in (1, 2, 3)}
    order |= {f"category{k}": level for k, level in enumerate(answer.category, start=1)}
    order.setdefault("title", wanted.title or None)
    order.setdefault("content", wanted.content or None)
    frame = pd.DataFrame([{k: v for k, v in order.items() if v is not None and not is_missing(v)}])
    for limit in ctx.scheme.limits:
        if limit.clock == clock and mask(limit.when, frame)[0]:
            return limit
    return None


def _length(ctx: Context, limit: Limit) -> str:
    if limit.workdays is not None:
        return ctx.say("page.dispatch.workdays", n=limit.workdays)
    hours = float(limit.hours or 0)
    if hours >= 48 and hours % 24 == 0:
        return ctx.say("page.dispatch.days", n=fmt.number(hours / 24, ctx.lang))
    return ctx.say("page.dispatch.hours", n=fmt.number(hours, ctx.lang))
