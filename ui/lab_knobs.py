"""The controls of the laboratory: sliders for weights, fields for everything else that can be turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from data.scheme_versions import Version
from metrics.scheme_knobs import EXAMPLE_BANDS, Knob, example_bands, knobs, turned
from metrics.scheme_model import Scheme
from ui import lab_state as state
from ui.context import Context
from ui.panel import escape
from words import format as fmt

GROUPS: dict[str, tuple[str, ...]] = {
    "weights": ("weight", "part"),
    "levels": ("piece",),
    "limits": ("limit",),
    "bonus": ("per", "cap", "line", "force"),
    "bands": ("band", "minimum_n"),
}


@dataclass(frozen=True)
class Field:
    """How one kind of knob is asked for: bounds and step; ``scale``: shown as value × scale."""

    least: float
    most: float
    step: float
    scale: float = 1.0


FIELDS = {
    "part": Field(0.5, 100, 1), "piece": Field(0.05, 1, 0.05), "limit": Field(0.5, 2000, 1),
    "per": Field(-20, 20, 0.1), "cap": Field(0.1, 100, 0.5), "line": Field(0, 99, 1, 100),
    "band": Field(1, 500, 1), "minimum_n": Field(0, 2000, 5),
}  # fmt: skip


def panel(ctx: Context, base: Version) -> None:
    """All knobs of a version in folding groups; a turned one says where it stood."""
    scheme = state.scheme_of(base)
    mine = state.turns(base)
    shown = turned(scheme, {EXAMPLE_BANDS: 1}) if mine.get(EXAMPLE_BANDS) else scheme
    every = knobs(shown)
    for group, kinds in GROUPS.items():
        found = [knob for knob in every if knob.kind in kinds]
        if not found:
            continue
        count = sum(knob.code in mine for knob in found)
        label = ctx.say(f"page.lab.knobs.{group}")
        if count and group != "weights":
            label = ctx.say("page.lab.knobs.turned", name=label, n=count)
        with st.expander(label, expanded=group == "weights", key=f"lab-{group}-{ctx.lang}"):
            if group == "weights":
                _weights(ctx, base, found)
            elif group == "bonus":
                _bonuses(ctx, base, shown, found)
            else:
                _bands_switch(ctx, base, scheme) if group == "bands" else None
                for knob in found:
                    number(ctx, base, knob, name_of(ctx, shown, knob))
    st.button(
        ctx.say("page.lab.reset"), key=f"lab-reset-{ctx.lang}", icon=":material/undo:",
        disabled=not mine, on_click=state.reset, args=(base,), width="stretch",
    )  # fmt: skip


# -- weights -----------------------------------------------------------------------
def _weights(ctx: Context, base: Version, found: Sequence[Knob]) -> None:
    scheme = state.scheme_of(base)
    mine = state.turns(base)
    listed = [knob for knob in found if knob.kind == "weight"]
    weight = {knob.of[0]: mine.get(knob.code, knob.value or 0.0) for knob in listed}
    whole = sum(weight.values()) or 1.0
    before = sum(knob.value or 0.0 for knob in listed)
    for knob in found:
        if knob.kind == "part":
            number(ctx, base, knob, name_of(ctx, scheme, knob))
            continue
        _slider(ctx, base, knob)
        share = weight[knob.of[0]] / whole
        was = (knob.value or 0.0) / before
        said = ctx.say("page.lab.share", share=fmt.percent(share, ctx.lang))
        if abs(share - was) >= 5e-4:
            said += ctx.say("page.lab.share_was", was=fmt.percent(was, ctx.lang))
        st.caption(said)


def _slider(ctx: Context, base: Version, knob: Knob) -> None:
    key = _key(ctx, base, knob.code)
    value = float(state.turns(base).get(knob.code, knob.value or 0.0))
    st.session_state[key] = value
    st.slider(
        escape(_indicator(ctx, state.scheme_of(base), knob.of[0])), 0.0,
        float(max(100.0, knob.value or 0.0, value)), step=1.0, format="%g", key=key,
        on_change=_changed(base, knob, key, 1.0),
    )  # fmt: skip


# -- bonuses ------------------------------------------------------------------------
def _bonuses(ctx: Context, base: Version, scheme: Scheme, found: Sequence[Knob]) -> None:
    by: dict[tuple[str, str], Knob] = {(knob.of[0], knob.kind): knob for knob in found}
    for item in scheme.adjustments:
        force = by[item.id, "force"]
        key = _key(ctx, base, force.code)
        on = bool(state.turns(base).get(force.code, force.value or 0.0))
        st.session_state[key] = on
        st.toggle(
            escape(ctx.names_of(item.names)), key=key, help=ctx.say("page.lab.force_help"),
            on_change=_changed(base, force, key, 1.0),
        )  # fmt: skip
        if not on:
            continue
        columns = st.columns(3 if item.line is not None else 2, gap="small")
        for column, kind in zip(columns, ("per", "cap", "line"), strict=False):
            with column:
                number(ctx, base, by[item.id, kind], ctx.say(f"page.lab.{kind}"))


def _bands_switch(ctx: Context, base: Version, scheme: Scheme) -> None:
    if scheme.bands:
        return
    key = _key(ctx, base, EXAMPLE_BANDS)
    st.session_state[key] = bool(state.turns(base).get(EXAMPLE_BANDS))
    listed = ctx.say("ui.list_comma").join(ctx.names_of(band.names) for band in example_bands())

    def changed() -> None:
        on = bool(st.session_state[key])
        if not on:
            for code in [c for c in state.turns(base) if c.startswith("band.")]:
                state.turn(base, code, None)
        state.turn(base, EXAMPLE_BANDS, 1.0 if on else None)

    st.toggle(ctx.say("page.lab.example_bands", names=listed), key=key, on_change=changed)


# -- one number ----------------------------------------------------------------------
def number(ctx: Context, base: Version, knob: Knob, label: str) -> None:
    """A field for one knob; emptied, it stands where it stood (a cap: no cap)."""
    field = FIELDS[knob.kind]
    key = _key(ctx, base, knob.code)
    value = state.turns(base).get(knob.code, knob.value)
    shown = None if value is None else value * field.scale
    # A file may hold what nobody would turn to: it stays possible.
    least, most = min(field.least, shown or field.least), max(field.most, shown or field.most)
    kind: type[int] | type[float] = int if knob.whole else float
    st.session_state[key] = None if shown is None else kind(round(shown, 6))
    st.number_input(
        escape(label), min_value=kind(least), max_value=kind(most), step=kind(field.step), key=key,
        format="%d" if knob.whole else "%.2f" if field.step < 0.1 else "%g",
        placeholder=ctx.say("page.lab.no_cap") if knob.kind == "cap" else "–",
        on_change=_changed(base, knob, key, field.scale),
    )  # fmt: skip


def _changed(base: Version, knob: Knob, key: str, scale: float) -> Callable[[], None]:
    def changed() -> None:
        said = st.session_state[key]
        value = None if said is None else round(float(said) / scale, 6)
        state.turn(base, knob.code, None if value == knob.value else value)

    return changed


def _key(ctx: Context, base: Version, code: str) -> str:
    return f"lab-knob-{base.code}-{code}-{ctx.lang}"


# -- names ---------------------------------------------------------------------------
def name_of(ctx: Context, scheme: Scheme, knob: Knob) -> str:
    """What a knob is called."""
    if knob.kind in ("weight", "part", "piece"):
        return _rate_name(ctx, scheme, knob)
    if knob.kind == "minimum_n":
        return ctx.say("page.lab.minimum_n")
    names = {item.id: item.names for item in scheme.adjustments}
    if knob.kind == "limit":
        names = {limit.id: limit.names for limit in scheme.limits}
    if knob.kind == "band":
        names = {band.id: band.names for band in scheme.bands}
    name = ctx.names_of(names[knob.of[0]])
    if knob.kind == "limit":
        return ctx.say(f"page.lab.limit_{knob.unit}", name=name)
    if knob.kind == "band":
        return ctx.say("page.lab.band", name=name)
    return ctx.say("page.lab.of", name=name, what=ctx.say(f"page.lab.{knob.kind}"))


def _rate_name(ctx: Context, scheme: Scheme, knob: Knob) -> str:
    indicator = scheme.indicator(knob.of[0])
    if knob.kind == "weight":
        return ctx.say(
            "page.lab.of", name=_indicator(ctx, scheme, knob.of[0]), what=ctx.say("page.lab.weight")
        )
    part = next((p for p in indicator.parts if p.id == knob.of[1]), None)
    if knob.kind == "part":
        assert part is not None
        name, whole = ctx.names_of(part.names), ctx.names_of(indicator.names)
        return ctx.say("page.lab.part", name=name, whole=whole)
    rule = part or indicator
    piece = rule.numerator[int(knob.of[-1])]
    name = ctx.names_of(piece.names) if piece.names else str(int(knob.of[-1]) + 1)
    return ctx.say("page.lab.piece", name=name, whole=ctx.names_of(rule.names))


def _indicator(ctx: Context, scheme: Scheme, id: str) -> str:
    return ctx.names_of(scheme.indicator(id).names)
