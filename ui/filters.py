"""The filter bar: scheme, period, comparison, and what narrows the orders. Bound to the view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from metrics import periods
from ui import read
from ui import view as views
from ui.context import Context, period_words
from ui.panel import escape
from ui.period_code import decode, encode

RECENT = {"month": 18, "quarter": 8, "year": 4, "week": 26, "day": 31}
CUSTOM = "custom"
NARROWING = {
    "districts": (), "unit_types": (), "units": (), "categories": (), "channels": (),
}  # fmt: skip


def filter_bar(ctx: Context) -> None:
    """One row: scheme, kind of period, period, comparison, and the filters with their count."""
    if ctx.view.present:
        return
    schemes = read.schemes()
    count = ctx.view.filtered
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters", gap="small"):
        _choose(
            ctx, "scheme", list(schemes), ctx.scheme.id,
            lambda code: ctx.names_of(schemes[code].names), 250,
        )  # fmt: skip
        _period(ctx)
        _choose(
            ctx, "compare", views.COMPARES, ctx.view.compare,
            lambda code: ctx.say(f"ui.compare.{code}"), 150,
        )  # fmt: skip
        with st.popover(
            ctx.say("ui.filters_on", n=count) if count else ctx.say("ui.filters"),
            icon=":material/filter_alt:",
            key=f"filters-popover-{ctx.lang}",
        ):
            _narrow(ctx)
        if count:
            st.button(
                ctx.say("ui.filters_clear"),
                key="filters-clear",
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=views.change,
                kwargs=NARROWING,
            )
    if count:
        st.caption(escape(" · ".join(ctx.narrowed_by())))


def _choose(
    ctx: Context,
    name: str,
    options: Sequence[str],
    value: str,
    label: Callable[[str], str],
    width: int,
) -> None:
    key = f"choose-{name}-{ctx.lang}"
    st.session_state[key] = value
    st.selectbox(
        ctx.say(f"ui.filter.{name}"),
        options,
        format_func=label,
        key=key,
        width=width,
        placeholder=ctx.say("ui.filter.choose"),
        on_change=lambda: views.change(**{name: st.session_state[key]}),
    )


def _kinds(ctx: Context) -> list[str]:
    return list(
        dict.fromkeys([ctx.scheme.period, "month", "week", "day", "quarter", "year", CUSTOM])
    )


def kind_name(ctx: Context, kind: str) -> str:
    """A rule of periods in words: month, month from the 19th …"""
    day = periods.start_day(kind)
    if day is not None and day > 1:
        return ctx.say("ui.kind.month_from", day=day)
    return ctx.say(f"ui.kind.{kind}")


def _period(ctx: Context) -> None:
    kinds = _kinds(ctx)
    kind_key = f"choose-kind-{ctx.lang}"
    now = ctx.period.kind
    st.session_state[kind_key] = now if now in kinds else CUSTOM
    st.selectbox(
        ctx.say("ui.filter.kind"),
        kinds,
        format_func=lambda code: kind_name(ctx, code),
        key=kind_key,
        placeholder=ctx.say("ui.filter.choose"),
        width=175,
        on_change=lambda: _change_kind(ctx, st.session_state[kind_key]),
    )
    if st.session_state[kind_key] == CUSTOM:
        _custom(ctx)
        return
    moment = ctx.until
    count = next((n for kind, n in RECENT.items() if now.startswith(kind)), 12)
    labels = {
        encode(p): period_words(p, ctx.lang)
        for p in [*reversed(periods.recent(now, moment, count)), ctx.period]
    }
    _choose(ctx, "period", list(labels), encode(ctx.period), labels.__getitem__, 240)


def _change_kind(ctx: Context, kind: str) -> None:
    if kind == CUSTOM:
        views.change(period=encode(periods.custom(ctx.period.start.date(), ctx.period.last_day)))
    else:
        moment = ctx.until
        views.change(period=encode(periods.last_complete(kind, moment)))


def _custom(ctx: Context) -> None:
    key = f"choose-custom-{ctx.lang}"
    st.session_state.setdefault(key, encode(ctx.period).removeprefix(f"{CUSTOM}:"))

    def changed() -> None:
        code = f"{CUSTOM}:{st.session_state[key].strip()}"
        try:
            decode(code)
        except ValueError:
            st.session_state["_bad_period"] = st.session_state[key]
        else:
            views.change(period=code)

    st.text_input(
        ctx.say("ui.filter.custom"), key=key, width=240, help=ctx.say("ui.filter.custom_help"),
        on_change=changed,
    )  # fmt: skip
    bad = st.session_state.pop("_bad_period", None)
    if bad is not None:
        st.error(ctx.say("ui.bad_period", value=bad))


def _narrow(ctx: Context) -> None:
    units = read.units()
    if ctx.view.unit_types:
        units = units[units["unit_type"].isin(ctx.view.unit_types)]
    if ctx.view.districts:
        units = units[units["district"].isin(ctx.view.districts) | units["district"].isna()]
    areas = read.areas()
    categories = read.categories().sort_values("path")
    options: dict[str, list[str]] = {
        "districts": areas.loc[areas["level"] == "district", "area"].tolist(),
        "unit_types": sorted(read.units()["unit_type"].unique()),
        "units": units["unit"].tolist(),
        "categories": categories.loc[categories["level"] <= 2, "path"].tolist(),
        "channels": read.channels()["channel"].tolist(),
    }
    for name, codes in options.items():
        _choose_many(ctx, name, codes, ctx.path_name if name == "categories" else ctx.name)


def _choose_many(ctx: Context, name: str, codes: list[str], label: Callable[[str], str]) -> None:
    key = f"choose-{name}-{ctx.lang}"
    chosen: tuple[str, ...] = getattr(ctx.view, name)
    # A linked code that the data do not have stays visible, so that it can be taken away.
    options = [*codes, *(c for c in chosen if c not in codes)]
    st.session_state[key] = list(chosen)

    def changed() -> None:
        picked: Any = tuple(st.session_state[key])
        views.change(**{name: picked})

    st.multiselect(
        ctx.say(f"ui.filter.{name}"),
        options,
        format_func=label,
        key=key,
        placeholder=ctx.say("ui.filter.all"),
        on_change=changed,
    )
