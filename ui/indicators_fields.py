"""The builder's rows: field, operator, value, with only what fits; groups of rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import streamlit as st

from metrics.fields import FIELDS, ORDER_FIELDS
from ui import read
from ui.context import Context
from ui.indicator_draft import GroupState, RowState
from ui.indicator_rows import HIDDEN, JOINTS, offered
from ui.indicators_text import condition, naming
from ui.panel import escape
from ui.values import shown
from words import format as fmt

_WIDTHS = [3.2, 2.2, 5, 0.7]


def group(ctx: Context, state: GroupState, *, nested: bool = False) -> None:
    """A group of rows with its joint; on the top level with groups inside."""
    if state.fixed is not None:
        st.info(
            ctx.say("indicators.form.deep", words=escape(condition(ctx, state.fixed))),
            icon=":material/account_tree:",
        )
        return
    if len(state.items) > 1 or state.joint != "all":
        _joint(ctx, state)
    if not state.items:
        st.caption(ctx.say("indicators.form.everything"))
    for item in list(state.items):
        if isinstance(item, RowState):
            row(ctx, item, partial(_drop, state, item))
            continue
        with st.container(border=True):
            group(ctx, item, nested=True)
            _button(ctx, "drop_group", item.uid, partial(_drop, state, item), "delete")
    with st.container(horizontal=True, gap="small"):
        _button(ctx, "add_row", state.uid, partial(_add, state, RowState), "add")
        if not nested:
            _button(ctx, "add_group", state.uid, partial(_add, state, _new_group), "playlist_add")


def _new_group() -> GroupState:
    return GroupState("any", [RowState(), RowState()])


def _drop(state: GroupState, item: RowState | GroupState) -> None:
    state.items = [other for other in state.items if other is not item]


def _add(state: GroupState, make: Callable[[], RowState | GroupState]) -> None:
    state.items.append(make())


def _button(ctx: Context, what: str, uid: int, act: Callable[[], None], icon: str) -> None:
    st.button(
        ctx.say(f"indicators.form.{what}"), key=f"ind-{what}-{uid}-{ctx.lang}", on_click=act,
        icon=f":material/{icon}:", type="tertiary",
    )  # fmt: skip


def _joint(ctx: Context, state: GroupState) -> None:
    key = f"ind-joint-{state.uid}-{ctx.lang}"
    st.session_state[key] = state.joint
    st.segmented_control(
        ctx.say("indicators.form.joint_title"), JOINTS, key=key, required=True,
        format_func=lambda code: ctx.say(f"indicators.form.joint.{code}"),
        label_visibility="collapsed",
        on_change=lambda: setattr(state, "joint", st.session_state[key]),
    )  # fmt: skip


def row(ctx: Context, state: RowState, drop: Callable[[], None]) -> None:
    """One row: field, operator, value, a button that takes it away."""
    with st.container(key=f"ind-row-{state.uid}"):
        name, op, value, gone = st.columns(_WIDTHS, gap="small", vertical_alignment="top")
        with name:
            _field(ctx, state)
        with op:
            _op(ctx, state)
        with value:
            _value(ctx, state)
        with gone:
            st.button(
                "", key=f"ind-drop-{state.uid}-{ctx.lang}", icon=":material/close:",
                help=ctx.say("indicators.form.drop_row"), on_click=drop, type="tertiary",
            )  # fmt: skip


def _ask(
    ctx: Context, state: RowState, what: str, options: list[Any], now: Any, label: Any, act: Any
) -> None:
    key = f"ind-{what}-{state.uid}-{ctx.lang}"
    st.session_state[key] = now
    st.selectbox(
        ctx.say(f"indicators.form.{what}"), options, key=key, format_func=label,
        label_visibility="collapsed", on_change=lambda: act(st.session_state[key]),
        placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip


def _field(ctx: Context, state: RowState) -> None:
    names = [f.name for f in ORDER_FIELDS if f.name not in HIDDEN or f.name == state.field]
    _ask(
        ctx, state, "field", names, state.field,
        lambda name: ctx.say(f"field.{name}"), state.turn_to,
    )  # fmt: skip


def _op(ctx: Context, state: RowState) -> None:
    options = list(dict.fromkeys([*offered(state.field), state.op]))
    kind = FIELDS[state.field].kind
    family = "moment" if kind in ("time", "date") else "plain"

    def label(code: str) -> str:
        if family == "moment" and code in ("ge", "lt", "gt", "le"):
            return ctx.say(f"indicators.form.op.{code}_day")
        return ctx.say(f"indicators.form.op.{code}")

    _ask(ctx, state, "operator", options, state.op, label, state.turn_op)


def _value(ctx: Context, state: RowState) -> None:
    kind, op = FIELDS[state.field].kind, state.op.removeprefix("not_")
    if op in ("present", "missing"):
        return
    if op == "in":
        _many(ctx, state)
    elif kind == "bool":
        name = naming(ctx.lang)
        _ask(
            ctx, state, "value", [True, False], bool(state.value),
            lambda v: shown(state.field, v, ctx.lang, name), partial(setattr, state, "value"),
        )  # fmt: skip
    elif kind == "enum":
        _ask(
            ctx, state, "value", list(FIELDS[state.field].values), state.value,
            lambda v: ctx.say(f"value.{state.field}.{v}"), partial(setattr, state, "value"),
        )  # fmt: skip
    elif kind in ("int", "float"):
        _number(ctx, state, whole=kind == "int")
    elif kind in ("time", "date") and _is_day(state.value):
        _day(ctx, state)
    else:
        _text(ctx, state)


def _many(ctx: Context, state: RowState) -> None:
    """Several values: those of the list, or of the data with how often they occur."""
    spec, key = FIELDS[state.field], f"ind-many-{state.uid}-{ctx.lang}"
    chosen = list(state.value or [])
    often: dict[Any, int] = {}
    if spec.values:
        options = list(spec.values)
    else:
        found = read.top_values(ctx.version, state.field)
        often = dict(zip(found["value"], found["n"].astype(int), strict=True))
        options = list(dict.fromkeys([*chosen, *often]))
    name = naming(ctx.lang)

    def label(value: Any) -> str:
        words = shown(state.field, value, ctx.lang, name)
        n = often.get(value)
        return f"{words} ({fmt.compact(n, ctx.lang)})" if n else words

    st.session_state[key] = chosen
    st.multiselect(
        ctx.say("indicators.form.value"), options, key=key, format_func=label,
        placeholder=ctx.say("indicators.form.choose_values"), label_visibility="collapsed",
        on_change=lambda: setattr(state, "value", list(st.session_state[key])),
        select_all=False,
    )  # fmt: skip


def _number(ctx: Context, state: RowState, *, whole: bool) -> None:
    key = f"ind-number-{state.uid}-{ctx.lang}"
    now = state.value if isinstance(state.value, int | float) else None
    st.session_state[key] = None if now is None else int(now) if whole else float(now)
    st.number_input(
        ctx.say("indicators.form.value"), key=key, step=1 if whole else 1.0,
        label_visibility="collapsed", placeholder=ctx.say("indicators.form.number"),
        on_change=lambda: setattr(state, "value", st.session_state[key]),
    )  # fmt: skip


def _is_day(value: Any) -> bool:
    """Whether a value is a day (or none yet): a clock time is edited as text."""
    if value is None:
        return True
    try:
        return datetime.fromisoformat(str(value)).time() == datetime.min.time()
    except ValueError:
        return False


def _day(ctx: Context, state: RowState) -> None:
    key = f"ind-day-{state.uid}-{ctx.lang}"
    now = None if state.value is None else date.fromisoformat(str(state.value)[:10])
    st.session_state[key] = now

    def changed() -> None:
        chosen = st.session_state[key]
        state.value = None if chosen is None else chosen.isoformat()

    st.date_input(
        ctx.say("indicators.form.value"), value=None, key=key, format="YYYY-MM-DD",
        label_visibility="collapsed", on_change=changed,
    )  # fmt: skip


def _text(ctx: Context, state: RowState) -> None:
    key = f"ind-text-{state.uid}-{ctx.lang}"
    st.session_state[key] = "" if state.value is None else str(state.value)
    st.text_input(
        ctx.say("indicators.form.value"), key=key, label_visibility="collapsed",
        placeholder=ctx.say("indicators.form.piece_of_text"), max_chars=200,
        on_change=lambda: setattr(state, "value", st.session_state[key].strip() or None),
    )  # fmt: skip
