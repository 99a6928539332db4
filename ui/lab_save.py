"""Saving what was tried as a draft: a new version, or the draft's next revision."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from data.records import Stale
from data.scheme_versions import (
    Version,
    VersionRefused,
    code_of,
    first_day,
    save_draft,
)
from metrics.scheme import Scheme, SchemeError, scheme_from_text
from metrics.scheme_text import redrafted
from ui import choice, lab_text, read, who
from ui import lab_diff as diff
from ui import lab_state as state
from ui.context import Context
from ui.panel import escape, panel
from words import format as fmt

LONGEST_NOTE = 400
_STALE = "_lab_stale"


def save(ctx: Context, base: Version, known: dict[str, Version]) -> None:
    """The form, what is about to be saved in words, and what became of it."""
    found = lab_text.work(base)
    revision = state.opened(base, pending=lab_text.pending(base))
    with panel(ctx.say("page.lab.save_title"), ctx.say("page.lab.save_note"), key="lab-save"):
        if found.scheme is None:
            st.warning(ctx.say("page.lab.save_broken"), icon=":material/error:")
            return
        _changes(ctx, base, found.scheme)
        head = _form(ctx, base, found.scheme, known, revision)
        name = who.ask(ctx, "lab-save")
        if st.button(
            ctx.say("page.lab.save"), key=f"lab-save-{ctx.lang}", type="primary",
            icon=":material/save:", disabled=name is None,
        ):  # fmt: skip
            _save(ctx, base, found.text, head, name or "", revision)
        elif name is None:
            st.caption(ctx.say("page.lab.who_first"))
        _stale(ctx, base, found.text)


def _changes(ctx: Context, base: Version, scheme: Scheme) -> None:
    said = diff.lines(ctx, state.scheme_of(base), scheme)
    title = ctx.say("page.lab.changes", n=len(said), code=base.code)
    if not said:
        st.markdown(escape(ctx.say("page.lab.no_changes", code=base.code)))
        return
    st.markdown("\n".join([escape(title), *(f"- {escape(line)}" for line in said)]))


# -- the form -----------------------------------------------------------------------
def _form(
    ctx: Context, base: Version, scheme: Scheme, known: dict[str, Version], revision: int
) -> dict[str, Any]:
    start = lab_text.head_of(scheme)
    if base.state != "draft":
        start["version"] = free_version(scheme.id, scheme.version, known)
        start["valid_from"] = max(first_day(scheme.period, ctx.until), scheme.valid_from)
    ask = _Asker(ctx, base, revision)
    left, right = st.columns(2, gap="small")
    with left:
        id = ask("id", start["id"])
        zh = ask("name_zh", start["names"]["zh"])
        valid_from = ask("valid_from", start["valid_from"].isoformat())
    with right:
        version = ask("version", start["version"])
        en = ask("name_en", start["names"]["en"])
        note = ask("note", base.note if base.state == "draft" else "", LONGEST_NOTE)
    return {
        "id": id, "version": version, "valid_from": valid_from, "names": {"zh": zh, "en": en},
        "note": note,
    }  # fmt: skip


class _Asker:
    """Text fields whose entries survive until another version or another knob is looked at."""

    def __init__(self, ctx: Context, base: Version, revision: int) -> None:
        self.ctx, self.base, self.revision = ctx, base, revision

    def __call__(self, name: str, value: str, longest: int = 80) -> str:
        ctx = self.ctx
        key = f"lab-{name}-{self.base.code}-{self.revision}-{ctx.lang}"
        st.session_state.setdefault(key, value)
        said = st.text_input(
            ctx.say(f"page.lab.form.{name}"), key=key, max_chars=longest,
            help=ctx.say(f"page.lab.form_help.{name}"),
        )  # fmt: skip
        return " ".join(said.split())


def free_version(id: str, version: str, known: dict[str, Version]) -> str:
    """The next version number that nobody has used; ``1`` is followed by ``2``."""
    taken = {one.version for one in known.values() if one.id == id}
    number = int(version) if version.isdecimal() else 1
    while str(number) in taken or str(number) == version:
        number += 1
    return str(number)


# -- saving ---------------------------------------------------------------------------
def _save(
    ctx: Context, base: Version, text: str, head: dict[str, Any], name: str, revision: int
) -> None:
    try:
        head = {**head, "valid_from": date.fromisoformat(head["valid_from"])}
    except ValueError:
        st.error(ctx.say("page.lab.refused.bad_day", value=head["valid_from"]))
        return
    note = head.pop("note")
    if not all([head["id"], head["version"], head["names"]["zh"], head["names"]["en"]]):
        st.error(ctx.say("page.lab.refused.empty"))
        return
    same = code_of(head["id"], head["version"]) == base.code and base.state == "draft"
    try:
        made = save_draft(
            read.store(), redrafted(text, {}, head), actor=name, note=note,
            based_on=base.based_on if same else base.code, revision=revision if same else 0,
        )  # fmt: skip
    except SchemeError as fault:
        st.error(escape(lab_text.fault_text(ctx, fault)))
    except ValueError as fault:
        st.error(escape(refusal(ctx, fault)))
    except Stale as stale:
        st.session_state[_STALE] = (base.code, stale)
    else:
        state.forget(base.code)
        lab_text.drop(base.code)
        st.session_state.pop(_STALE, None)
        choice.keep(state.BASE, made.code)
        choice.keep(state.TRY, None)
        st.toast(ctx.say("page.lab.saved", code=made.code), icon=":material/check:")
        st.rerun()


def refusal(ctx: Context, fault: ValueError) -> str:
    """Why a version was refused, in words."""
    if isinstance(fault, VersionRefused):
        holes = {
            name: fmt.day(value, ctx.lang) if isinstance(value, date) else value
            for name, value in fault.params.items()
        }
        return ctx.say(f"page.lab.refused.{fault.code}", **holes)
    return ctx.say("page.lab.refused.bad_head")


def _stale(ctx: Context, base: Version, mine: str) -> None:
    """Somebody saved first: both texts compared, and two ways on."""
    code, stale = st.session_state.get(_STALE, ("", None))
    if stale is None or code != base.code:
        return
    theirs = stale.current
    if theirs is None or theirs.removed:
        st.warning(ctx.say("page.lab.stale_gone"), icon=":material/merge_type:")
        return
    st.warning(
        ctx.say(
            "page.lab.stale",
            actor=escape(theirs.actor), moment=fmt.moment(theirs.moment, ctx.lang),
        ),
        icon=":material/merge_type:",
    )  # fmt: skip
    text = str(theirs.body["text"])
    said = _between(ctx, text, mine)
    st.markdown(
        "\n".join([escape(ctx.say("page.lab.stale_lines")), *(f"- {escape(x)}" for x in said)])
    )
    with st.expander(ctx.say("page.lab.line_by_line"), key=f"lab-stale-lines-{ctx.lang}"):
        names = ctx.say("page.lab.theirs"), ctx.say("page.lab.mine")
        st.code(diff.unified(text, mine, *names), language="diff", height=300)

    def theirs_holds() -> None:
        state.forget(base.code)
        lab_text.drop(base.code)
        st.session_state.pop(_STALE, None)

    st.caption(ctx.say("page.lab.stale_ways"))
    st.button(
        ctx.say("page.lab.take_theirs"), key=f"lab-take-{ctx.lang}", icon=":material/download_done:",
        on_click=theirs_holds,
    )  # fmt: skip


def _between(ctx: Context, theirs: str, mine: str) -> list[str]:
    try:
        old, new = (scheme_from_text(text, "") for text in (theirs, mine))
    except SchemeError:
        return []
    return diff.lines(ctx, old, new)
