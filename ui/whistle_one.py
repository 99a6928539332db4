"""One whistle: who was called, who came, what was settled, taken up, rated; each step a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from data.records import Record
from data.registers.act import STEPS, WHISTLE
from data.registers.explain import fault_words, label
from data.registers.models import Faults
from data.whistles import ledger
from ui import read, register_one, tables, task_form, task_text, whistle_text, who
from ui import register_text as text
from ui.context import Context
from ui.panel import escape, panel
from ui.register_save import save
from ui.tables import Column
from words import format as fmt

_FAULTS = "_whistle_faults"


def one(ctx: Context, whistle: Record) -> None:
    """The panel of a whistle."""
    body = whistle.body
    note = ctx.say(
        "page.evidence.revision", revision=whistle.revision, actor=whistle.actor,
        moment=fmt.moment(whistle.moment, ctx.lang),
    )  # fmt: skip
    with panel(
        text.title(ctx, whistle), f"{whistle_text.state(ctx, body)} · {note}", key="whistle"
    ):
        if body.get("simulated"):
            st.markdown(f":orange-badge[:material/science: {ctx.say('ui.simulated')}]")
        for line in st.session_state.pop(_FAULTS, ()):
            st.warning(line, icon=":material/error:")
        calls_table(ctx, body)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            rows = [
                (text.label(ctx, WHISTLE, name), escape(words))
                for name in (
                    "street",
                    "source",
                    "category",
                    "place",
                    "district_on",
                    "city_on",
                    "ratings",
                    "note",
                )
                if (words := text.value(ctx, WHISTLE, name, body))
            ]
            trail_ = trail(ctx, body)
            if trail_:
                rows.append((ctx.say("whistle.trail"), escape(trail_)))
            st.table(dict(rows), border="horizontal")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                task_text.source_link(ctx, body)
                task_form.task_button(
                    ctx, ("whistle", whistle.id), ctx.say("whistle.task_title", title=body["title"]),
                    awaited(body), why=whistle_text.state(ctx, body),
                )  # fmt: skip
            register_one.history(ctx, whistle)
        if not ctx.view.present:
            with right:
                steps(ctx, whistle)


def awaited(body: Mapping[str, Any]) -> str | None:
    """The first department that has not settled its part."""
    return next((str(c["department"]) for c in body["calls"] if not c["settled_at"]), None)


def calls_table(ctx: Context, body: Mapping[str, Any]) -> None:
    """A row per called department."""
    rows = [
        {
            "department": ctx.name(c["department"]), "step": ctx.say(f"whistle.step.{whistle_text.step(c)}"),
            **{n: whistle_text.moment(ctx, c[n]) for n in ("called_at", "arrived_at", "settled_at")},
            "result": c["result"], "ratings": scores(ctx, c),
        }
        for c in body["calls"]
    ]  # fmt: skip
    widths = {"department": 180, "step": 90, "called_at": 150, "arrived_at": 150, "settled_at": 150,
              "result": 240, "ratings": 240}  # fmt: skip
    columns = [
        Column(n, ctx.say(f"whistle.column.{n}"), "", w, text=True) for n, w in widths.items()
    ]
    tables.show(
        pd.DataFrame(rows, dtype="object"), columns, key=f"calls-{ctx.lang}",
        alt=ctx.say("whistle.calls_alt"), empty="",
    )  # fmt: skip


def scores(ctx: Context, call: Mapping[str, Any]) -> str:
    """What street and department gave each other, without the reasons."""
    parts = [
        ctx.say(f"whistle.score.{side}", score=call[f"{side}_score"])
        for side in ("street", "department")
        if call[f"{side}_score"]
    ]
    return ctx.say("ui.list_comma").join(parts)


def trail(ctx: Context, body: Mapping[str, Any]) -> str:
    """How the order was handed over: first receiver, where it is now, hops, returns, refused."""
    source, bar, order_id = str(body["source_id"]).partition(ledger.BAR)
    if body["source_kind"] != ledger.ORDER or not bar:
        return ""
    order, _ = read.order(source, order_id)
    return trail_words(ctx, order) if order else ""


def trail_words(ctx: Context, order: Mapping[str, Any]) -> str:
    """The trail of one order."""

    def number(name: str) -> str:
        return fmt.number(None if pd.isna(order[name]) else order[name], ctx.lang)

    unit = ctx.name(order["unit"]) if isinstance(order["unit"], str) else "–"
    first = ctx.name(order["first_unit"]) if isinstance(order["first_unit"], str) else unit
    words = ctx.say(
        "whistle.trail_words",
        first=first,
        unit=unit,
        hops=number("hops"),
        returns=number("returns"),
    )
    refused = order["refused"]
    return words + (ctx.say("whistle.trail_refused") if not pd.isna(refused) and refused else "")


def steps(ctx: Context, whistle: Record) -> None:
    """What has happened since: arrived, settled, another department called, taken up, rated."""
    key = f"{whistle.id}-{whistle.revision}-{ctx.lang}"
    actor = who.ask(ctx, f"whistle-{whistle.id}")
    body = whistle.body
    names = [str(c["department"]) for c in body["calls"]]
    unit = st.selectbox(
        ctx.say("whistle.column.department"), names, format_func=ctx.name, key=f"step-unit-{key}",
        index=names.index(awaited(body) or names[0]),
    )  # fmt: skip
    mine = next(c for c in body["calls"] if c["department"] == unit)
    at = st.text_input(
        ctx.say("whistle.at"), key=f"step-at-{key}", autocomplete="off", placeholder=ctx.say("whistle.at_now"),
        help=ctx.say("whistle.at_help"),
    )  # fmt: skip
    result = st.text_input(
        ctx.say("whistle.column.result"), mine["result"], key=f"step-result-{key}-{unit}"
    )

    def go(change: Callable[[datetime], Mapping[str, Any]]) -> Callable[[], None]:
        return lambda: _save(ctx, whistle, change, at, str(actor))

    with st.container(horizontal=True, gap="small"):
        st.button(
            ctx.say("whistle.do.arrived"), key=f"step-arrived-{key}", icon=":material/where_to_vote:",
            disabled=not actor or bool(mine["arrived_at"]),
            on_click=go(lambda t: ledger.with_call(body, str(unit), arrived_at=t.isoformat())),
        )  # fmt: skip
        st.button(
            ctx.say("whistle.do.settled"), key=f"step-settled-{key}", icon=":material/task_alt:",
            disabled=not actor or not mine["arrived_at"] or bool(mine["settled_at"]),
            on_click=go(lambda t: ledger.with_call(body, str(unit), settled_at=t.isoformat(), result=result.strip())),
        )  # fmt: skip
        for level in STEPS:
            st.button(
                ctx.say(f"whistle.do.{level}"), key=f"step-{level}-{key}", icon=":material/upgrade:",
                disabled=not actor or bool(body[f"{level}_on"]),
                on_click=go(lambda t, name=level: {**body, f"{name}_on": t.date().isoformat()}),  # type: ignore[misc]
            )  # fmt: skip
    _call_more(ctx, whistle, key, actor, at)
    _rate(ctx, whistle, mine, key, actor)


def _call_more(ctx: Context, whistle: Record, key: str, actor: str | None, at: str) -> None:
    known = {str(c["department"]) for c in whistle.body["calls"]} | {str(whistle.body["street"])}
    units = [u for u in read.units()["unit"] if u not in known]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        more = st.selectbox(
            ctx.say("whistle.call_more"), units, index=None, format_func=ctx.name, key=f"step-more-{key}",
            placeholder=ctx.say("ui.filter.choose"), width=260,
        )  # fmt: skip
        st.button(
            ctx.say("whistle.do.call"), key=f"step-call-{key}", icon=":material/campaign:",
            disabled=not actor or not more,
            on_click=lambda: _save(
                ctx, whistle, lambda t: ledger.with_call(whistle.body, str(more), called_at=t.isoformat()),
                at, str(actor)),
        )  # fmt: skip


def _rate(
    ctx: Context, whistle: Record, mine: Mapping[str, Any], key: str, actor: str | None
) -> None:
    with st.popover(ctx.say("whistle.do.rate"), icon=":material/star:", key=f"rate-{key}"):
        given: dict[str, Any] = {}
        for side in ("street", "department"):
            given[f"{side}_score"] = st.segmented_control(
                ctx.say(f"whistle.rate.{side}"), (1, 2, 3, 4, 5), default=mine[f"{side}_score"],
                key=f"rate-{side}-{key}-{mine['department']}",
            )  # fmt: skip
            given[f"{side}_reason"] = st.text_input(
                ctx.say("whistle.rate.reason"), mine[f"{side}_reason"],
                key=f"rate-why-{side}-{key}-{mine['department']}", autocomplete="off",
            )  # fmt: skip
        st.button(
            ctx.say("page.evidence.save"), key=f"rate-save-{key}", type="primary", disabled=not actor,
            on_click=lambda: _save(
                ctx, whistle, lambda _t: ledger.with_call(whistle.body, str(mine["department"]), **given),
                "", str(actor)),
        )  # fmt: skip


def _save(
    ctx: Context,
    whistle: Record,
    change: Callable[[datetime], Mapping[str, Any]],
    at: str,
    actor: str,
) -> None:
    """Check and save a step; faults are told, a stale one is kept for the panel that shows both."""
    try:
        given = at.strip().replace("/", "-")
        moment = datetime.fromisoformat(given) if given else read.store().now().replace(second=0)
    except ValueError:
        st.session_state[_FAULTS] = [escape(ctx.say("whistle.bad_time", value=at))]
        return
    try:
        body = ledger.checked(read.store(), change(moment.replace(tzinfo=None)))
    except Faults as error:
        st.session_state[_FAULTS] = faults(ctx, error)
        return
    save(ctx, WHISTLE, whistle.id, whistle.revision, body, actor)


def faults(ctx: Context, error: Faults) -> list[str]:
    """What is wrong with a whistle, one line each."""
    out = []
    for fault in error.faults:
        name = label(WHISTLE, fault.field, ctx.lang) if fault.field else ""
        out.append(f"**{escape(name)}** {escape(fault_words(fault, WHISTLE, ctx.lang))}")
    return out
