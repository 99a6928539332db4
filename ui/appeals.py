"""Appeals on their page: what waits and since when, a new one, one decided or reviewed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd
import streamlit as st

from data import appeals as kept
from data.appeals import APPEAL, Appeal
from data.records import Record, Stale
from data.registers.explain import fault_words
from data.registers.models import EXCLUSION, Faults
from metrics.fields import EXCLUSIONS
from ui import choice, read, tables, who
from ui import view as views
from ui.context import Context
from ui.drill import ORDER
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

PICKED = "appeal"
_TOLD = "_appeal_told"


def section(ctx: Context) -> None:
    """List, one, new."""
    today = read.store().now().date()
    found = listed()
    waiting = [r for r in found if r.body["state"] in kept.OPEN]
    late = sum(_due(r) < today for r in waiting)
    if found:
        said = ctx.say(
            "page.protect.headline", n=fmt.number(len(found), ctx.lang),
            waiting=fmt.number(len(waiting), ctx.lang), late=fmt.number(late, ctx.lang),
        )  # fmt: skip
        st.markdown(f"#### {escape(said)}")
    told: tuple[bool, str] | None = st.session_state.pop(_TOLD, None)
    if told:
        (st.success if told[0] else st.warning)(escape(told[1]))
    actor = None if ctx.view.present else who.ask(ctx, "appeal")
    chosen = _list(ctx, found, today)
    if chosen is not None:
        _one(ctx, chosen, actor)
    if not ctx.view.present:
        _new(ctx, actor)


def listed() -> list[Record]:
    """What waits first, by due day; then the newest."""
    found = sorted(read.recorded(APPEAL), key=lambda r: str(r.body["filed"]), reverse=True)
    waiting = [r for r in found if r.body["state"] in kept.OPEN]
    return [*sorted(waiting, key=_due), *(r for r in found if r.body["state"] not in kept.OPEN)]


def _due(record: Record) -> date:
    return date.fromisoformat(str(record.body["due"])[:10])


def _list(ctx: Context, found: Sequence[Record], today: date) -> Record | None:
    ids = [r.id for r in found]
    wanted = choice.chosen(PICKED, ids, ids[0] if ids else "")

    def choose(row: int | None) -> None:
        choice.keep(PICKED, None if row is None else ids[row])

    title = ctx.say("page.protect.list_title", n=fmt.number(len(found), ctx.lang))
    with panel(title, ctx.say("page.protect.list_note", days=kept.DAYS), key="appeals"):
        if not found:
            no_data(ctx, "page.protect.list_none")
            return None
        widths = {
            "state": 150,
            "due": 120,
            "order_id": 200,
            "unit": 180,
            "exclusion": 150,
            "grounds": 320,
            "filed": 120,
        }
        columns = [
            Column(n, ctx.say(f"page.protect.field.{n}"), "", w, text=n not in ("due", "filed"))
            for n, w in widths.items()
        ]  # fmt: skip
        cells = pd.DataFrame([_cells(ctx, r, today) for r in found], dtype=object)
        tables.show(
            cells, columns, key=f"appeals-{ctx.lang}", alt=title, empty="–", most=360, strong=("state",),
            selected=ids.index(wanted) if wanted in ids and not ctx.view.present else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: _export(ctx, found), key="appeals")
    return next((r for r in found if r.id == wanted), None)


def _cells(ctx: Context, record: Record, today: date) -> dict[str, object]:
    a, due = kept.parse(record.body), _due(record)
    late = a.state in kept.OPEN and due < today
    words = fmt.day(due, ctx.lang)
    return {
        "state": ctx.say(f"page.protect.state.{a.state}"), "order_id": a.order_id,
        "due": Cell(due.toordinal(), ctx.say("page.protect.late", day=words) if late else words,
                    ctx.colours.bad if late else ""),
        "unit": ctx.name(a.unit), "exclusion": ctx.say(f"value.exclusion.{a.exclusion}"),
        "grounds": a.grounds, "filed": Cell(a.filed.toordinal(), fmt.day(a.filed, ctx.lang)),
    }  # fmt: skip


def _export(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    rows = []
    for record in found:
        a = kept.parse(record.body)
        named = {
            **a.plain(), "state": ctx.say(f"page.protect.state.{a.state}"), "unit": ctx.name(a.unit),
            "exclusion": ctx.say(f"value.exclusion.{a.exclusion}"),
        }  # fmt: skip
        rows.append({ctx.say(f"page.protect.field.{n}"): named[n] for n in _FIELDS})
    return pd.DataFrame(rows)


_FIELDS = ("order_id", "unit", "exclusion", "grounds", "document", "filed", "due", "state", "reason",
           "decided_by", "decided_on")  # fmt: skip


def _one(ctx: Context, record: Record, actor: str | None) -> None:
    a = kept.parse(record.body)
    note = ctx.say(
        "page.evidence.revision", revision=record.revision, actor=record.actor,
        moment=fmt.moment(record.moment, ctx.lang),
    )  # fmt: skip
    with panel(f"{a.order_id} · {ctx.name(a.unit)}", note, key="appeal"):
        shown = {
            "state": ctx.say(f"page.protect.state.{a.state}"),
            "exclusion": ctx.say(f"value.exclusion.{a.exclusion}"), "grounds": a.grounds,
            "document": a.document, "filed": fmt.day(a.filed, ctx.lang), "due": fmt.day(a.due, ctx.lang),
            "decided_by": a.decided_by, "reason": a.reason,
        }  # fmt: skip
        st.table(
            {ctx.say(f"page.protect.field.{k}"): escape(v) for k, v in shown.items() if v},
            border="horizontal",
        )
        link = {**views.params(ctx.view), ORDER: f"{a.source}|{a.order_id}"}
        st.page_link("pages/orders.py", label=ctx.say("page.evidence.open_order"),
                     icon=":material/receipt_long:", query_params=link)  # fmt: skip
        if not ctx.view.present:
            _decide(ctx, record, a, actor)
        for entry in read.history(APPEAL, record.id):
            state = ctx.say(f"page.protect.state.{entry.body['state']}")
            st.caption(
                escape(
                    f"{fmt.moment(entry.moment, ctx.lang)} · {entry.actor} · {state} {entry.body.get('reason') or ''}".strip()
                )
            )


def _decide(ctx: Context, record: Record, a: Appeal, actor: str | None) -> None:
    steps = kept.NEXT.get(a.state, ())
    if not steps:
        return
    key = f"{record.id}-{record.revision}-{ctx.lang}"
    reason = st.text_input(
        ctx.say("page.protect.field.reason"), key=f"appeal-reason-{key}", max_chars=500, autocomplete="off"
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for step in steps:
            ready = bool(actor) and (step == kept.REVIEW or bool(reason.strip()))
            st.button(
                ctx.say(f"page.protect.to.{step}"), key=f"appeal-to-{step}-{key}", disabled=not ready,
                help=None if ready else ctx.say("page.protect.needs"),
                on_click=_done,
                args=(ctx, lambda s=step: kept.decide(read.store(), record, s, actor=str(actor), reason=reason.strip())),
            )  # fmt: skip


def _done(ctx: Context, act: Callable[[], Record]) -> None:
    """Do it and keep what is to be said (a callback)."""
    try:
        made = act()
    except Faults as wrong:
        lines = [
            f"{ctx.say(f'page.protect.field.{f.field}')}: {fault_words(f, EXCLUSION, ctx.lang)}"
            for f in wrong.faults
        ]
        st.session_state[_TOLD] = (False, "\n".join(lines))
    except Stale as stale:
        now = stale.current
        state = (
            ctx.say(f"page.protect.state.{now.body['state']}")
            if now and "state" in now.body and now.kind == APPEAL
            else ""
        )
        st.session_state[_TOLD] = (
            False, ctx.say("page.protect.stale", actor=now.actor if now else "", state=state),
        )  # fmt: skip
    else:
        st.session_state[_TOLD] = (True, ctx.say("page.protect.saved", order=made.body["order_id"]))
        choice.keep(PICKED, made.id)


def _new(ctx: Context, actor: str | None) -> None:
    turn = len(read.recorded(APPEAL))
    with panel(
        ctx.say("page.protect.new"),
        ctx.say("page.protect.new_note", days=kept.DAYS),
        key="appeal-new",
    ):
        with st.grid(3, min_column_width=240, gap="small"):
            key = f"{turn}-{ctx.lang}"
            order = st.text_input(
                ctx.say("page.protect.field.order_id"),
                key=f"appeal-order-{key}",
                autocomplete="off",
            )
            unit = st.selectbox(
                ctx.say("page.protect.field.unit"), read.units()["unit"].tolist(), index=None, format_func=ctx.name,
                key=f"appeal-unit-{key}", placeholder=ctx.say("ui.filter.choose"),
            )  # fmt: skip
            ground = st.selectbox(
                ctx.say("page.protect.field.exclusion"), list(EXCLUSIONS), index=None, key=f"appeal-ground-{key}",
                format_func=lambda code: ctx.say(f"value.exclusion.{code}"), placeholder=ctx.say("ui.filter.choose"),
            )  # fmt: skip
            grounds = st.text_input(
                ctx.say("page.protect.field.grounds"),
                key=f"appeal-grounds-{key}",
                autocomplete="off",
            )
            document = st.text_input(
                ctx.say("page.protect.field.document"),
                key=f"appeal-document-{key}",
                autocomplete="off",
            )
        raw = {
            "order_id": order.strip(),
            "unit": unit,
            "exclusion": ground,
            "grounds": grounds.strip(),
            "document": document.strip(),
        }
        ready = bool(actor and order.strip() and unit and ground and grounds.strip())
        st.button(
            ctx.say("page.protect.file"), key=f"appeal-file-{ctx.lang}", type="primary", disabled=not ready,
            help=None if ready else ctx.say("page.protect.file_needs"), icon=":material/gavel:",
            on_click=_done, args=(ctx, lambda: kept.file(read.store(), raw, actor=str(actor))),
        )  # fmt: skip
