"""Writing a topic: title, lead unit, definition as a condition, districts, days; policies; decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from data import topics as kept
from data.records import Record, Stale
from data.registers.explain import fault_words
from data.registers.models import Faults
from data.topics import TOPIC
from metrics.conditions import EVERYTHING
from metrics.selection import category_condition
from ui import choice, read, topics, who
from ui.context import Context
from ui.indicator_draft import GroupState, group_state
from ui.indicators_fields import group
from ui.panel import escape, panel
from words import format as fmt

_DRAFT, _STALE, _DONE, _FAULTS = "_topic_draft", "_topic_stale", "_topic_done", "_topic_faults"
PICKED = "topic"


@dataclass
class Draft:
    """The topic in the form: what stands of it, and its definition as rows."""

    body: dict[str, Any] = field(default_factory=dict)
    rows: GroupState = field(default_factory=GroupState)
    id: str | None = None
    revision: int = 0


def opened() -> Draft | None:
    """The draft of this session, if a form is open."""
    found: Draft | None = st.session_state.get(_DRAFT)
    return found


def new() -> None:
    """An empty form (a callback)."""
    _open(Draft({"start": read.store().now().date().isoformat()}))


def from_category(ctx: Context, path: str) -> None:
    """A form filled in from a candidate (a callback)."""
    body = {
        "title": ctx.say("page.topics.title_of", category=ctx.name(path)), "category": path,
        "start": read.store().now().date().isoformat(), "districts": list(ctx.view.districts),
    }  # fmt: skip
    _open(Draft(body, group_state(category_condition(path))))
    choice.keep("part", "topics", "candidates")


def edit(record: Record) -> None:
    """A form of a topic that there is (a callback)."""
    rows = group_state(kept.parse(record.body).what)
    _open(Draft(dict(record.body), rows, record.id, record.revision))


def _open(draft: Draft) -> None:
    st.session_state[_DRAFT] = draft
    for key in [k for k in st.session_state if str(k).startswith("topic-form-")]:
        del st.session_state[key]


def close() -> None:
    """Close it (a callback)."""
    st.session_state.pop(_DRAFT, None)
    st.session_state.pop(_FAULTS, None)


def form(ctx: Context, draft: Draft) -> None:
    """The form. What is written is kept in the session; saving checks it."""
    code = "edit" if draft.id else "new"
    with panel(
        ctx.say(f"page.topics.form_{code}"), ctx.say("page.topics.form_note"), key="topic-form"
    ):
        with st.grid(3, min_column_width=260, gap="small"):
            raw: dict[str, Any] = {"title": _text(ctx, draft, "title", 200)}
            raw["unit"] = _unit(ctx, draft)
            raw["districts"] = _districts(ctx, draft)
            for name in ("start", "end"):
                raw[name] = _text(ctx, draft, name, 10)
            raw["note"] = _text(ctx, draft, "note", 2000)
        st.markdown(f"**{ctx.say('page.topics.field.condition')}**")
        group(ctx, draft.rows)
        for line in st.session_state.pop(_FAULTS, ()):
            st.warning(escape(line), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            actor = who.ask(ctx, "topic-form")
            if st.button(
                ctx.say("page.topics.save"), type="primary", icon=":material/save:",
                key=f"topic-save-{ctx.lang}", disabled=not actor,
                help=None if actor else ctx.say("page.evidence.name_first"),
            ):  # fmt: skip
                _submit(ctx, draft, raw, str(actor))
            st.button(
                ctx.say("page.topics.cancel"), key=f"topic-cancel-{ctx.lang}", type="tertiary",
                on_click=close,
            )  # fmt: skip


def _text(ctx: Context, draft: Draft, name: str, most: int) -> str:
    days = name in ("start", "end")
    return st.text_input(
        ctx.say(f"page.topics.field.{name}"), str(draft.body.get(name) or ""), max_chars=most,
        key=f"topic-form-{name}-{ctx.lang}", autocomplete="off",
        help=ctx.say("page.evidence.day_help") if days else None,
    )  # fmt: skip


def _unit(ctx: Context, draft: Draft) -> str | None:
    units = read.units()["unit"].tolist()
    standing = draft.body.get("unit")
    chosen: str | None = st.selectbox(
        ctx.say("page.topics.field.unit"), units, format_func=ctx.name,
        index=units.index(standing) if standing in units else None,
        key=f"topic-form-unit-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    return chosen


def _districts(ctx: Context, draft: Draft) -> list[str]:
    areas = read.areas()
    known = areas.loc[areas["level"] == "district", "area"].astype(str).tolist()
    standing = [d for d in draft.body.get("districts") or () if d in known]
    return st.multiselect(
        ctx.say("page.topics.field.districts"), known, standing, format_func=ctx.name,
        key=f"topic-form-districts-{ctx.lang}", placeholder=ctx.say("page.topics.whole_city"),
        help=ctx.say("page.topics.districts_help"),
    )  # fmt: skip


def _submit(ctx: Context, draft: Draft, raw: Mapping[str, Any], actor: str) -> None:
    known = {k: v.strip() if isinstance(v, str) else v for k, v in raw.items()}
    body = {**draft.body, **known, "end": known["end"] or None}
    try:
        what = draft.rows.condition()
    except ValueError:
        st.session_state[_FAULTS] = [ctx.say("page.topics.bad_condition")]
        st.rerun()
    if what == EVERYTHING:
        st.session_state[_FAULTS] = [ctx.say("page.topics.no_condition")]
        st.rerun()
    body["condition"] = kept.plain(what)
    if save(ctx, body, draft.id, draft.revision, actor):
        close()
    st.rerun()


def save(ctx: Context, body: Mapping[str, Any], id: str | None, revision: int, actor: str) -> bool:
    """Save a topic; whether it was saved. Faults and stale edits are kept to be shown."""
    try:
        done = kept.save(read.store(), body, actor=actor, id=id, revision=revision)
    except Faults as wrong:
        st.session_state[_FAULTS] = [
            f"{label(ctx, f.field)}: {fault_words(f, 'action', ctx.lang)}" for f in wrong.faults
        ]
        return False
    except Stale as stale:
        st.session_state[_STALE] = (dict(body), stale.current)
        return False
    st.session_state[_DONE] = ctx.say("page.topics.saved", title=done.body["title"])
    choice.keep(PICKED, done.id)
    return True


def label(ctx: Context, name: str) -> str:
    """What a field of a topic is called."""
    return ctx.say(f"page.topics.field.{name}" if name in FIELDS else "page.topics.field.other")


FIELDS = ("title", "unit", "districts", "start", "end", "note", "condition", "state", "finished",
          "policies", "reason")  # fmt: skip


def told(ctx: Context) -> None:
    """What the last save did, what was wrong with it, or whose save came first: both versions."""
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(escape(done), icon=":material/check:")
    if opened() is None:
        for line in st.session_state.pop(_FAULTS, ()):
            st.warning(escape(line), icon=":material/error:")
    stale: tuple[dict[str, Any], Record | None] | None = st.session_state.get(_STALE)
    if stale is None:
        return
    mine, current = stale
    theirs = dict(current.body) if current and not current.removed else {}
    with st.container(border=True, key="panel-topic-stale"):
        moment = fmt.moment(current.moment, ctx.lang) if current else ""
        actor = current.actor if current else ""
        st.warning(
            escape(ctx.say("page.evidence.stale", actor=actor, moment=moment)),
            icon=":material/sync_problem:",
        )  # fmt: skip
        head = [ctx.say(f"page.evidence.stale_{part}") for part in ("field", "mine", "theirs")]
        rows = [
            (label(ctx, name), escape(_shown(ctx, mine, name)), escape(_shown(ctx, theirs, name)))
            for name in FIELDS
            if _shown(ctx, mine, name) != _shown(ctx, theirs, name)
        ]
        if rows:
            st.table([dict(zip(head, row, strict=True)) for row in rows], hide_index=True)
        st.button(
            ctx.say("page.evidence.stale_drop"), key=f"topic-stale-drop-{ctx.lang}",
            on_click=_dropped,
        )  # fmt: skip


def _dropped() -> None:
    st.session_state.pop(_STALE, None)
    close()


def _shown(ctx: Context, body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not value:
        return ""
    if name == "condition":
        return topics.definition(ctx, kept.parse({**body, "state": "running"}))
    if name == "state":
        return ctx.say(f"page.topics.state.{value}")
    if name == "policies":
        return ctx.say("ui.list_comma").join(str(p["title"]) for p in value)
    if name in ("unit", "districts"):
        many = [value] if isinstance(value, str) else list(value)
        return ctx.say("ui.list_comma").join(ctx.name(v) for v in many)
    return str(value)


__all__ = [
    "TOPIC",
    "Draft",
    "close",
    "edit",
    "form",
    "from_category",
    "new",
    "opened",
    "save",
    "told",
]
