"""What is tried in the laboratory: the version it starts from and the knobs that were turned.

Both stand in the URL (``base``, ``try``), so that a trial can be handed on, and in the
session, so that it survives a visit to another page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from data.scheme_versions import Version, code_of
from metrics.scheme_knobs import EXAMPLE_BANDS, knobs, turned
from metrics.scheme_model import Scheme
from ui import read
from ui.context import Context

BASE, TRY = "base", "try"
TURNS, _OPENED = "_lab_turns", "_lab_opened"
Turns = dict[str, float]


def usable() -> dict[str, Version]:
    """The versions that can be scored by, by code: those in use first, then drafts, then retired."""
    order = ("shipped", "in_use", "draft", "retired")
    found = [one for one in read.versions() if one.scheme is not None]
    return {one.code: one for one in sorted(found, key=lambda one: order.index(one.state))}


def scheme_of(version: Version) -> Scheme:
    """The scheme of a usable version."""
    assert version.scheme is not None
    return version.scheme


def current(ctx: Context) -> str:
    """The code of the version that the filter bar's scheme has in this period."""
    return code_of(ctx.scheme.id, ctx.scheme.version)


def name_of(ctx: Context, version: Version) -> str:
    """Name, version and state in one line."""
    named = ctx.names_of(scheme_of(version).names)
    state = ctx.say(f"page.lab.state.{version.state}")
    return ctx.say("page.lab.version_name", name=named, version=version.version, state=state)


# -- turns ---------------------------------------------------------------------------
def turns(base: Version) -> Turns:
    """The knobs that were turned on a version, with their values."""
    kept: dict[str, Turns] = st.session_state.setdefault(TURNS, {})
    if base.code not in kept:
        linked = st.query_params.get(TRY, "") if _linked(base) else ""
        kept[base.code] = decoded(linked, scheme_of(base))
    return kept[base.code]


def _linked(base: Version) -> bool:
    """Whether the link's trial is of this version."""
    return st.query_params.get(BASE, base.code) == base.code


def turn(base: Version, code: str, value: float | None) -> None:
    """Turn a knob; ``None`` turns it back."""
    mine = turns(base)
    if value is None:
        mine.pop(code, None)
    else:
        mine[code] = value
    remember(base)


def reset(base: Version) -> None:
    """Turn every knob back."""
    st.session_state.setdefault(TURNS, {})[base.code] = {}
    remember(base)


def remember(base: Version) -> None:
    """Write the trial to the URL."""
    mine = turns(base)
    if mine:
        st.query_params[BASE], st.query_params[TRY] = base.code, encoded(mine)
    elif TRY in st.query_params:
        del st.query_params[TRY]


def tried(base: Version) -> Scheme | None:
    """The version with its knobs turned; ``None`` where every weight is turned to nothing."""
    try:
        return turned(scheme_of(base), turns(base))
    except ValueError:
        return None


def encoded(found: Mapping[str, float]) -> str:
    """Turns as a link carries them: ``weight.resolution~40,limit.sign~4``."""
    return ",".join(f"{code}~{value:.10g}" for code, value in found.items())


def decoded(text: str, scheme: Scheme) -> Turns:
    """The turns of a link; what the scheme has no knob for, or cannot be, is left out."""
    out: Turns = {}
    for piece in text.split(","):
        code, _, said = piece.partition("~")
        try:
            value = float(said)
            turned(scheme, {**out, code: value})
        except (KeyError, ValueError, OverflowError):
            continue
        # Where a bound of the file would be broken the number means nothing.
        if math.isfinite(value) and abs(value) < 1e6 and _sensible(scheme, code, value):
            out[code] = value
    return out


def _sensible(scheme: Scheme, code: str, value: float) -> bool:
    if code == EXAMPLE_BANDS:
        return value == 1
    kind = code.partition(".")[0]
    known = {knob.code for knob in knobs(turned(scheme, {EXAMPLE_BANDS: 1}))}
    least = {"per": -100.0, "weight": 0.0, "minimum_n": 0.0, "line": 0.0, "force": 0.0}
    return code in known and (value > 0 or (kind in least and value >= least[kind]))


# -- which revision of a draft was opened -----------------------------------------------
def opened(base: Version, *, pending: bool) -> int:
    """The revision of a draft that the reader's edits were made from.

    Without edits the draft shown is the newest one; with edits it stays the one they
    were begun on, so that somebody else's save in between is noticed.
    """
    kept: dict[str, int] = st.session_state.setdefault(_OPENED, {})
    if not pending or base.code not in kept:
        kept[base.code] = base.revision
    return kept[base.code]


def forget(code: str) -> None:
    """Drop what was tried on a version (saved, or given up)."""
    for name in (TURNS, _OPENED):
        st.session_state.get(name, {}).pop(code, None)
