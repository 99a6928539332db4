"""The form of one record: written, checked, and saved against the revision it was opened at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from data.records import Record
from data.registers import DECIDED, EVALUATION, EXCLUSION, Fault, Faults, parse, saving
from data.registers.explain import fault_words
from data.registers.known import Known
from data.registers.models import order_record
from metrics.fields import EXCLUSIONS
from ui import read
from ui import register_text as text
from ui.context import Context
from ui.panel import escape, panel
from ui.register_save import save

_OPEN, _FILLED = "_register_form", "_register_filled"
_LONG = ("note", "evidence")
NOBODY = ""


def is_open(kind: str) -> bool:
    """Whether a form of this kind is being filled in."""
    return kind in st.session_state.get(_OPEN, {})


def opened(
    kind: str, record: Record | None = None, *, filled: Mapping[str, Any] | None = None
) -> None:
    """Open the form for a new record (``filled``: what is known of it already) or an edit (a
    callback). The revision is kept: what somebody else saves meanwhile makes this edit stale."""
    st.session_state[_OPEN] = {kind: record}
    st.session_state[_FILLED] = dict(filled or {})
    for key in [k for k in st.session_state if str(k).startswith(f"reg-{kind}-")]:
        del st.session_state[key]


def closed() -> None:
    """Close it (a callback)."""
    st.session_state.pop(_OPEN, None)


def form(ctx: Context, kind: str, actor: str | None) -> None:
    """The form of the open record."""
    record: Record | None = st.session_state[_OPEN][kind]
    body = dict(record.body) if record else dict(st.session_state.get(_FILLED, {}))
    heading = text.title(ctx, record) if record else ctx.say(f"register.{kind}")
    code = "edit" if record else "add"
    note = ctx.say("page.evidence.edit_note") if record and kind in DECIDED else ""
    with panel(ctx.say(f"page.evidence.{code}_title", title=heading), note, key=f"form-{kind}"):
        with st.form(f"register-form-{kind}-{ctx.lang}", border=False, enter_to_submit=False):
            with st.grid(4, min_column_width=220, gap="small"):
                raw = {name: _field(ctx, kind, name, body) for name in _fields(kind)}
            go = st.form_submit_button(
                ctx.say("page.evidence.save"), type="primary", icon=":material/save:",
                disabled=not actor, help=None if actor else ctx.say("page.evidence.name_first"),
            )  # fmt: skip
        st.button(
            ctx.say("page.evidence.cancel"), key=f"cancel-{kind}", type="tertiary", on_click=closed
        )
        if go and actor and _submit(ctx, kind, record, raw, actor):
            closed()
            st.rerun()


def _fields(kind: str) -> Sequence[str]:
    names = text.FIELDS[kind]
    if kind != EVALUATION:
        return names
    place = names.index("levels")
    return (*names[:place], *(f"level{k}" for k in range(1, 6)), *names[place + 1 :])


def _field(ctx: Context, kind: str, name: str, body: Mapping[str, Any]) -> Any:
    key = f"reg-{kind}-{name}-{ctx.lang}"
    title = text.label(ctx, kind, name)
    choices = _choices(ctx, name)
    standing = body.get(name)
    if name.startswith("level") and body.get("levels"):
        standing = body["levels"][int(name[-1]) - 1]
    if choices is not None:
        options, words = choices
        here = (
            options if standing in (None, NOBODY) or standing in options else [*options, standing]
        )
        place = here.index(str(standing)) if standing in here else None
        return st.selectbox(
            title, here, index=place, format_func=words, key=key, placeholder=ctx.say("ui.filter.choose"),
        )  # fmt: skip
    fixed = kind == EXCLUSION and name in ("order_id", "source") and bool(body)
    help_ = ctx.say("page.evidence.day_help") if name in ("start", "end", "day") else None
    shown = "" if standing is None else str(standing)
    if name in _LONG:
        return st.text_area(title, shown, key=key, height=68)
    return st.text_input(title, shown, key=key, disabled=fixed, help=help_, autocomplete="off")


def _choices(ctx: Context, name: str) -> tuple[list[str], Callable[[str], str]] | None:
    if name in ("unit", "requested_by"):
        return read.units()["unit"].tolist(), ctx.name
    if name == "category":
        known = read.categories().sort_values("path")
        return known.loc[known["level"] <= 2, "path"].tolist(), ctx.path_name
    if name == "exclusion":
        return list(EXCLUSIONS), lambda code: ctx.say(f"value.exclusion.{code}")
    if name == "adjustment":
        items = [item.id for item in ctx.scheme.adjustments if item.when is None]
        return items, lambda code: text.adjustment_name(ctx, code)
    if name == "evaluator":
        judges = [judge.id for judge in ctx.scheme.evaluators if judge.indicator is None]
        return judges, lambda code: text.evaluator_name(ctx, code)
    return None


def _submit(
    ctx: Context, kind: str, record: Record | None, raw: Mapping[str, Any], actor: str
) -> bool:
    """Check and save; whether it was taken (a stale edit was: it is shown apart)."""
    given = {k: v.strip() if isinstance(v, str) else v for k, v in raw.items()}
    given = {k: v for k, v in given.items() if v not in (None, "")}
    if record is not None:
        given = {"simulated": record.body.get("simulated", False), **given}
    faults: list[Fault] = []
    if kind == EVALUATION:
        given = _levels(given)
    if kind == EXCLUSION and "source" not in given:
        given, faults = _sourced(given)
    try:
        body = parse(kind, given).plain()
        faults += saving.check(read.store(), kind, body) if not faults else []
    except Faults as error:
        faults = faults or error.faults
    if faults:
        lines = [
            f"- **{escape(text.label(ctx, kind, f.field))}** {escape(fault_words(f, kind, ctx.lang))}"
            for f in faults
        ]
        st.warning("\n".join(lines), icon=":material/error:")
        return False
    id_ = record.id if record else None
    if kind == EXCLUSION:
        id_ = order_record(body["source"], body["order_id"])
    save(ctx, kind, id_, record.revision if record else 0, body, actor)
    return True


def _levels(given: dict[str, Any]) -> dict[str, Any]:
    levels = [given.pop(f"level{k}", None) for k in range(1, 6)]
    if any(level is not None for level in levels):
        given["levels"] = [level or 0 for level in levels]
    return given


def _sourced(given: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The source of an order number, looked up."""
    order_id = str(given.get("order_id", ""))
    with read.store().engine.connect() as connection:
        there = Known(connection, ()).sources([order_id]).get(order_id, [])
    if len(there) == 1:
        return {**given, "source": there[0]}, []
    if not order_id:
        return given, [Fault("missing", "order_id")]
    return given, [Fault("which_source" if there else "unknown_order", "order_id", order_id)]
