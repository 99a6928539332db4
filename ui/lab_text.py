"""The text of a version as it is being worked on: turned knobs written in, or edited by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from data.scheme_versions import Version
from metrics.scheme import Scheme, SchemeError, scheme_from_text
from metrics.scheme_text import redrafted
from ui import lab_state as state
from ui.context import Context
from words import say

_EDITED = "_lab_text"


@dataclass(frozen=True)
class Work:
    """A text and what it is: a scheme, or the fault that it has. ``by_hand``: edited or uploaded."""

    text: str
    scheme: Scheme | None
    fault: SchemeError | None
    by_hand: bool


def work(base: Version) -> Work:
    """What is being worked on, starting from a version."""
    text = _edited().get(base.code)
    by_hand = text is not None
    if text is None:
        turns = state.turns(base)
        text = _turned(base.text, tuple(turns.items())) if turns else base.text
    found = _read(text, base.code)
    if isinstance(found, SchemeError):
        return Work(text, None, found, by_hand)
    return Work(text, found, None, by_hand)


def edit(base: Version, text: str) -> None:
    """Take over a text edited by hand or uploaded; the version's own text is no edit."""
    if text == base.text and not state.turns(base):
        _edited().pop(base.code, None)
    else:
        _edited()[base.code] = text


def drop(code: str) -> None:
    """Give the hand-made text up."""
    _edited().pop(code, None)


def pending(base: Version) -> bool:
    """Whether anything was turned or edited that is not saved."""
    return bool(state.turns(base)) or base.code in _edited()


def fault_text(ctx: Context, fault: SchemeError) -> str:
    """What is wrong with a text, with its line, in the reader's language."""
    return fault.label().text(lambda code, **holes: say(code, ctx.lang, **holes))


def excerpt(text: str, line: int, around: int = 2) -> str:
    """The lines around a fault, numbered, the faulty one marked."""
    rows = text.splitlines()
    first = max(1, line - around)
    shown = range(first, min(len(rows), line + around) + 1)
    return "\n".join(f"{'▶' if k == line else ' '} {k:>4}  {rows[k - 1]}" for k in shown)


def _edited() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_EDITED, {})
    return found


@lru_cache(maxsize=64)
def _turned(text: str, turns: tuple[tuple[str, float], ...]) -> str:
    try:
        return redrafted(text, dict(turns), {})
    except ValueError:  # every weight is 0: there is no such scheme
        return text


@lru_cache(maxsize=128)
def _read(text: str, name: str) -> Scheme | SchemeError:
    try:
        return scheme_from_text(text, name)
    except SchemeError as fault:
        return fault


def head_of(scheme: Scheme) -> dict[str, Any]:
    """What the form of a draft asks for, as the scheme has it."""
    return {
        "id": scheme.id,
        "version": scheme.version,
        "valid_from": scheme.valid_from,
        "names": {"zh": scheme.names.zh, "en": scheme.names.en},
    }
