"""What is done about an alert, how good the detector was so far, and the budget of false alarms."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from data import alert_states as states
from data import records
from data.records import Stale
from data.refresh import background
from data.refresh.early_warning import CITY, SETTING, EarlyWarning
from ui import ahead, read, who
from ui import alerts as told
from ui.alerts import Alert
from ui.context import Context
from ui.panel import panel
from words import format as fmt


def decide(ctx: Context, alert: Alert) -> None:
    """What to do about it; who; until when. A stale decision is refused with what stands."""
    key = f"{alert['alert']}-{ctx.lang}"
    with panel(
        ctx.say("page.alerts.decide_title"),
        ctx.say("page.alerts.decide_now", state=told.state(ctx, alert)),
        key="alert-decide",
    ):
        state = st.segmented_control(
            ctx.say("page.alerts.state_label"), states.STATES[1:], key=f"state-{key}",
            default=alert["state"] if alert["state"] in states.STATES[1:] else None,
            format_func=lambda code: ctx.say(f"page.alerts.state.{code}"),
        )  # fmt: skip
        unit = verdict = None
        due: date | None = None
        if state == states.ASSIGNED:
            unit = st.selectbox(
                ctx.say("page.alerts.unit"), read.units()["unit"].tolist(), index=None,
                format_func=ctx.name, key=f"unit-{key}", placeholder=ctx.say("ui.filter.choose"),
            )  # fmt: skip
            # Streamlit's own calendar speaks English only: days to go instead.
            inside = st.select_slider(
                ctx.say("page.alerts.due"), (1, 2, 3, 5, 7, 10, 14, 30), value=3, key=f"due-{key}",
                format_func=lambda n: ctx.say("page.alerts.due_days", n=n, day=fmt.day(_due(ctx, n), ctx.lang, year=False)),
            )  # fmt: skip
            due = _due(ctx, int(inside))
        if state == states.CLOSED:
            standing = alert.get("verdict")
            verdict = st.segmented_control(
                ctx.say("page.alerts.verdict"), states.VERDICTS, key=f"verdict-{key}",
                default=standing if standing in states.VERDICTS else None,
                format_func=lambda code: ctx.say(f"page.alerts.verdict_{code}"),
            )  # fmt: skip
        note = st.text_input(
            ctx.say("page.alerts.note"),
            key=f"note-{key}",
            max_chars=300,
            value=_text(alert.get("note")),
        )
        name = who.ask(ctx, f"alert-{key}")
        ready = bool(
            state
            and name
            and (state != states.ASSIGNED or unit)
            and (state != states.CLOSED or verdict)
        )
        if st.button(
            ctx.say("page.alerts.save"), key=f"save-{key}", disabled=not ready, type="primary"
        ):
            _save(ctx, alert, str(name), str(state), unit, due, verdict, note)
        if not ready:
            st.caption(ctx.say("page.alerts.save_needs"))
        _history(ctx, alert)


def _due(ctx: Context, days: int) -> date:
    return ctx.until.date() + timedelta(days=days)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _save(
    ctx: Context,
    alert: Alert,
    name: str,
    state: str,
    unit: str | None,
    due: date | None,
    verdict: str | None,
    note: str,
) -> None:
    try:
        states.decide(
            read.store(), alert, actor=name, revision=int(alert["revision"]), state=state,
            unit=unit, due=due.isoformat() if due else None, verdict=verdict, note=note,
        )  # fmt: skip
    except Stale as stale:
        now = stale.current
        body = dict(now.body) if now else {}
        st.error(
            ctx.say(
                "page.alerts.stale", actor=now.actor if now else "",
                now=told.state(ctx, {**alert, **body}),
                mine=told.state(ctx, {**alert, "state": state, "unit": unit, "verdict": verdict, "due": due.isoformat() if due else None}),
            ),
            icon=":material/sync_problem:",
        )  # fmt: skip
        return
    st.rerun()


def _history(ctx: Context, alert: Alert) -> None:
    kept = records.history(read.store(), states.KIND, str(alert["alert"]))
    for entry in kept[-4:]:
        said = told.state(ctx, {**alert, **entry.body})
        note = entry.body.get("note") or ""
        st.caption(f"{fmt.moment(entry.moment, ctx.lang)} · {entry.actor} · {said} {note}".strip())


def record(ctx: Context) -> None:
    """How good the detector was, as far as people judged."""
    found = states.precision(read.recorded(states.KIND))
    if found.value is None:
        st.caption(ctx.say("page.alerts.record_none"))
        return
    st.caption(
        ctx.say(
            "page.alerts.record", judged=found.judged, real=found.real,
            share=fmt.percent(found.value, ctx.lang, 0),
            interval=fmt.interval(found.low, found.high, ctx.lang, 0), unclear=found.unclear,
        )
    )  # fmt: skip


def setting(ctx: Context) -> None:
    """The budget of false alarms and the urgent words, for an analyst to change."""
    run = ahead.run_of("alerts")
    standing = records.one(read.store(), SETTING, CITY)
    now = EarlyWarning().setting(read.store())
    with st.expander(
        ctx.say("page.alerts.setting"), icon=":material/tune:", key=f"alert-setting-{ctx.lang}"
    ):
        st.text(ctx.say("page.alerts.setting_note"))
        kinds = ("usual", "urgent", "totals")
        wanted = {}
        for column, name in zip(st.columns(3), kinds, strict=True):
            wanted[name] = column.select_slider(
                ctx.say(f"page.alerts.budget.{name}"), _steps(now[name]), value=float(now[name]),
                key=f"budget-{name}-{ctx.lang}", format_func=lambda v: f"{v:g}",
            )  # fmt: skip
        series = (run.facts.get("series") if run else None) or {}
        share = len(run.facts.get("urgent", [])) / max(series.get("category", 0), 1) if run else 0.0
        own = series.get("series", 0)
        daily = (
            own * (share * wanted["urgent"] + (1 - share) * wanted["usual"])
            + (series.get("category", 0) + 1) * wanted["totals"]
        ) / 365
        st.text(
            ctx.say(
                "page.alerts.budget_buys",
                day=fmt.number(daily, ctx.lang, 1),
                series=fmt.number(sum(series.values()), ctx.lang),
            )
        )
        words = st.text_input(
            ctx.say("page.alerts.words"),
            value=" ".join(now["words"]),
            key=f"words-{ctx.lang}",
            help=ctx.say("page.alerts.words_help"),
        )
        writer = who.ask(ctx, "alert-setting")
        if st.button(
            ctx.say("page.alerts.setting_save"), key=f"setting-save-{ctx.lang}", disabled=not writer
        ):
            try:
                records.save(
                    read.store(), SETTING, {**wanted, "words": words.split()}, actor=str(writer), id=CITY,
                    revision=standing.revision if standing else 0,
                )  # fmt: skip
                background.wish(read.store().settings)
                st.success(ctx.say("page.alerts.setting_saved"))
            except Stale:
                st.error(ctx.say("page.alerts.setting_stale"))


def _steps(now: float) -> list[float]:
    return sorted({0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 12.0, float(now)})
