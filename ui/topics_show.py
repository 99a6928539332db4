"""Monthly topics, drawn: the list, one topic with definition, tasks, policies, decisions, effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from data import topics as kept
from data.records import Record
from data.topics import FINISHED, PROPOSED, REFUSED, RUNNING, TOPIC, Topic
from ui import (
    ahead,
    choice,
    drill,
    effect_show,
    effect_text,
    read,
    tables,
    task_form,
    topics,
    topics_form,
    who,
)
from ui.context import Context
from ui.panel import download, escape, no_data, panel
from ui.tables import Cell, Column
from words import format as fmt

PICKED = topics_form.PICKED
TASK_DAYS = 30


def section(ctx: Context) -> None:
    """List and form; the chosen topic below."""
    found = topics.listed()
    st.markdown(f"#### {escape(topics.rates(ctx, found))}")
    topics_form.told(ctx)
    draft = topics_form.opened()
    if not ctx.view.present:
        st.button(
            ctx.say("page.topics.add"), icon=":material/add:", key=f"topic-add-{ctx.lang}",
            on_click=topics_form.new,
        )  # fmt: skip
        if draft is not None:
            topics_form.form(ctx, draft)
    chosen = _list(ctx, found)
    if chosen is not None and draft is None:
        _one(ctx, chosen)


def _list(ctx: Context, found: Sequence[Record]) -> Record | None:
    ids = [r.id for r in found]
    wanted = choice.chosen(PICKED, ids, ids[0] if ids else "")

    def choose(row: int | None) -> None:
        choice.keep(PICKED, None if row is None else ids[row])

    title = ctx.say("page.topics.list_title", n=fmt.number(len(found), ctx.lang))
    with panel(title, ctx.say("page.topics.list_note"), key="topics"):
        if not found:
            no_data(ctx, "page.topics.list_none")
            return None
        columns = _columns(ctx)
        cells = _cells(ctx, found)
        tables.show(
            cells, columns, key=f"topics-{ctx.lang}", alt=title, empty="–", strong=("title",), most=320,
            selected=ids.index(wanted) if wanted in ids and not ctx.view.present else None,
            on_select=None if ctx.view.present else choose,
        )  # fmt: skip
        download(ctx, lambda: _export(ctx, found), key="topics")
    return next((r for r in found if r.id == wanted), None)


def _columns(ctx: Context) -> list[Column]:
    widths = {"title": 220, "state": 100, "unit": 150, "where": 150, "start": 120, "finished": 120,
              "policies": 90, "tasks": 90, "effect": 230}  # fmt: skip
    return [
        Column(name, ctx.say(f"page.topics.column.{name}"), "", width,
               text=name not in ("start", "finished", "policies", "tasks"))
        for name, width in widths.items()
    ]  # fmt: skip


def _cells(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    known = topics.measured(found)
    rows = []
    for record in found:
        topic = kept.parse(record.body)
        tasks = task_form.of_source((TOPIC, record.id))
        rows.append(
            {
                "title": topic.title, "state": ctx.say(f"page.topics.state.{topic.state}"),
                "unit": ctx.name(topic.unit), "where": topics.where(ctx, topic),
                "start": _day(ctx, topic.start), "finished": _day(ctx, topic.finished),
                "policies": Cell(len(topic.policies), topics.policies(ctx, topic)),
                "tasks": Cell(len(tasks), fmt.number(len(tasks), ctx.lang)),
                "effect": topics.verdict(ctx, known.get(record.id)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=[c.key for c in _columns(ctx)], dtype=object)


def _day(ctx: Context, day: date | None) -> Cell | None:
    return None if day is None else Cell(day.toordinal(), fmt.day(day, ctx.lang))


def _export(ctx: Context, found: Sequence[Record]) -> pd.DataFrame:
    known = topics.measured(found)
    rows = []
    for record in found:
        topic = kept.parse(record.body)
        row = known.get(record.id, {})
        named = {
            "title": topic.title, "state": ctx.say(f"page.topics.state.{topic.state}"),
            "unit": ctx.name(topic.unit), "where": topics.where(ctx, topic), "start": topic.start,
            "finished": topic.finished,
            "policies": ctx.say("ui.list_semicolon").join(
                f"{p.title} {p.day.isoformat()} {p.document}".strip() for p in topic.policies
            ),
            "tasks": len(task_form.of_source((TOPIC, record.id))),
            "effect": topics.verdict(ctx, known.get(record.id)),
        }  # fmt: skip
        plain = {ctx.say(f"page.topics.column.{k}"): v for k, v in named.items()}
        plain[ctx.say("page.topics.field.condition")] = topics.definition(ctx, topic)
        for name in ("observed", "expected", "ratio", "low_95", "high_95"):
            plain[ctx.say(f"effect.column.{name}")] = row.get(name)
        rows.append(plain)
    return pd.DataFrame(rows)


# -- one -----------------------------------------------------------------------------
def _one(ctx: Context, record: Record) -> None:
    topic = kept.parse(record.body)
    st.markdown(f"### {escape(topic.title)}")
    left, right = st.columns([7, 5], gap="small")
    with left:
        _facts(ctx, record, topic)
    with right:
        _work(ctx, record, topic)
    if topic.state in (RUNNING, FINISHED):
        what = ctx.say("page.topics.what", title=topic.title, where=topics.where(ctx, topic))
        found = ahead.effect(record)
        of = effect_text.PLACES if topic.districts else effect_text.CATEGORIES
        effect_show.show(ctx, found, what, key="topic", of=of)
        if not topic.districts:
            st.caption(
                escape(
                    ctx.say(
                        "page.topics.city_wide" if found.before >= 104 else "page.topics.no_season"
                    )
                )
            )


def _facts(ctx: Context, record: Record, topic: Topic) -> None:
    note = ctx.say(
        "page.evidence.revision", revision=record.revision, actor=record.actor,
        moment=fmt.moment(record.moment, ctx.lang),
    )  # fmt: skip
    with panel(ctx.say("page.topics.facts"), note, key="topic-facts"):
        if topic.simulated:
            st.markdown(f":orange-badge[:material/science: {ctx.say('ui.simulated')}]")
        before = topic.baseline or topics.baseline(ctx, topic)
        rows = {
            ctx.say("page.topics.column.state"): ctx.say(f"page.topics.state.{topic.state}"),
            ctx.say("page.topics.column.unit"): ctx.name(topic.unit),
            ctx.say("page.topics.field.condition"): topics.definition(ctx, topic),
            ctx.say("page.topics.column.where"): topics.where(ctx, topic),
            ctx.say("page.topics.span"): ctx.say(
                "page.topics.span_words", start=fmt.day(topic.start, ctx.lang),
                end=fmt.day(topic.end, ctx.lang) if topic.end else ctx.say("page.topics.open_end"),
            ),
            ctx.say("page.topics.baseline"): _baseline(ctx, before),
            ctx.say("page.topics.decided"): _decided(ctx, topic),
            ctx.say("page.topics.field.note"): topic.note,
        }  # fmt: skip
        st.table({k: escape(str(v)) for k, v in rows.items() if v}, border="horizontal")
        link = {**drill.drill(ctx, topic.orders), drill.SPAN: "all"}
        st.page_link(
            "pages/orders.py", label=ctx.say("page.topics.see_orders"), icon=":material/receipt_long:",
            query_params=link,
        )  # fmt: skip
        if not ctx.view.present:
            _decide(ctx, record, topic)


def _baseline(ctx: Context, found: object) -> str:
    if found is None:
        return ctx.say("format.no_data")
    row = found if isinstance(found, dict) else found.model_dump()  # type: ignore[attr-defined]
    return ctx.say(
        "page.topics.baseline_words", start=fmt.day(row["start"], ctx.lang),
        end=fmt.day(row["end"] - timedelta(days=1), ctx.lang), n=fmt.number(row["n"], ctx.lang),
    )  # fmt: skip


def _decided(ctx: Context, topic: Topic) -> str:
    if topic.decided_on is None:
        return ""
    words = ctx.say(
        "page.topics.decided_words", actor=topic.decided_by, day=fmt.day(topic.decided_on, ctx.lang)
    )
    return f"{words} {topic.reason}".strip()


def _decide(ctx: Context, record: Record, topic: Topic) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        actor = who.ask(ctx, "topic-decide")
        hint = None if actor else ctx.say("page.evidence.name_first")
        nexts = {
            PROPOSED: (RUNNING,),
            RUNNING: (FINISHED,),
            FINISHED: (RUNNING,),
            REFUSED: (PROPOSED,),
        }
        for code in nexts[topic.state]:
            st.button(
                ctx.say(f"page.topics.to.{code}"), key=f"topic-to-{code}-{ctx.lang}", help=hint,
                disabled=not actor, on_click=_set, args=(ctx, record, topic, code, str(actor)),
                type="primary",
            )  # fmt: skip
        if topic.state == PROPOSED:
            with st.popover(ctx.say("page.topics.to.refused"), disabled=not actor, help=hint,
                            key=f"topic-refuse-{ctx.lang}"):  # fmt: skip
                reason = st.text_input(
                    ctx.say("page.topics.field.reason"), key=f"topic-reason-{record.id}-{ctx.lang}",
                    autocomplete="off",
                )  # fmt: skip
                st.button(
                    ctx.say("page.topics.refuse_yes"), key=f"topic-refuse-yes-{ctx.lang}",
                    disabled=not reason.strip(), on_click=_set,
                    args=(ctx, record, topic, REFUSED, str(actor), reason.strip()),
                )  # fmt: skip
        st.button(
            ctx.say("page.topics.edit"), key=f"topic-edit-{ctx.lang}", icon=":material/edit:",
            on_click=topics_form.edit, args=(record,),
        )  # fmt: skip


def _set(
    ctx: Context, record: Record, topic: Topic, code: str, actor: str, reason: str = ""
) -> None:
    today = read.store().now().date()
    body = {**record.body, "state": code, "reason": reason}
    decided = code != PROPOSED
    body |= {"decided_by": actor if decided else "", "decided_on": today if decided else None}
    body["finished"] = max(today, topic.start) if code == FINISHED else None
    if code == RUNNING and topic.baseline is None:
        body["baseline"] = topics.baseline(ctx, topic)
    topics_form.save(ctx, body, record.id, record.revision, actor)


# -- tasks and policies ---------------------------------------------------------------
def _work(ctx: Context, record: Record, topic: Topic) -> None:
    with panel(ctx.say("page.topics.tasks"), ctx.say("page.topics.tasks_note"), key="topic-tasks"):
        found = task_form.of_source((TOPIC, record.id))
        for task in found:
            task_form.state(ctx, task)
        if not found:
            st.caption(ctx.say("page.topics.tasks_none"))
        if not ctx.view.present and topic.state in (PROPOSED, RUNNING):
            due = read.store().now().date() + timedelta(days=TASK_DAYS)
            task_form.task_button(
                ctx, (TOPIC, record.id), ctx.say("page.topics.task_of", title=topic.title),
                topic.unit, due, board="month",
            )  # fmt: skip
    with panel(ctx.say("page.topics.policies", n=len(topic.policies)), ctx.say("page.topics.policies_note"),
               key="topic-policies"):  # fmt: skip
        for policy in topic.policies:
            st.text(
                ctx.say("page.topics.policy_line", title=policy.title, day=fmt.day(policy.day, ctx.lang),
                        document=policy.document)
            )  # fmt: skip
        if not ctx.view.present:
            _policy_form(ctx, record)


def _policy_form(ctx: Context, record: Record) -> None:
    with st.form(
        f"policy-{record.id}-{record.revision}-{ctx.lang}", border=False, enter_to_submit=False
    ):
        title = st.text_input(ctx.say("page.topics.policy.title"), max_chars=300, autocomplete="off",
                              key=f"policy-title-{record.id}-{record.revision}-{ctx.lang}")  # fmt: skip
        left, right = st.columns(2)
        day = left.text_input(
            ctx.say("page.topics.policy.day"), read.store().now().date().isoformat(), max_chars=10,
            help=ctx.say("page.evidence.day_help"), autocomplete="off",
            key=f"policy-day-{record.id}-{record.revision}-{ctx.lang}",
        )  # fmt: skip
        document = right.text_input(
            ctx.say("page.topics.policy.document"), max_chars=400, autocomplete="off",
            key=f"policy-document-{record.id}-{record.revision}-{ctx.lang}",
        )  # fmt: skip
        name = who.who()
        go = st.form_submit_button(
            ctx.say("page.topics.policy.add"), icon=":material/add:", disabled=not name,
            help=None if name else ctx.say("page.evidence.name_first"),
        )  # fmt: skip
    if go and name:
        made = {"title": title, "day": day, "document": document}
        body = {**record.body, "policies": [*record.body["policies"], made]}
        topics_form.save(ctx, body, record.id, record.revision, name)
        st.rerun()
