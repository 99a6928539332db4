"""The versions there are: who wrote them, what they rest on, putting them in use and retiring them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from data import scheme_versions, worker
from data.records import Stale
from data.scheme_versions import Version
from ui import choice, lab_text, read, tables, who
from ui import lab_state as state
from ui.context import Context
from ui.lab_save import refusal
from ui.panel import download, escape, panel
from ui.tables import Column
from words import format as fmt

_FAULT = "_lab_fault"


def listed(ctx: Context, base: Version) -> None:
    """All versions as a table; a click opens one."""
    every = read.versions()
    title = ctx.say("page.lab.versions_title", n=len(every))
    said = ctx.say
    shown = [
        Column("name", said("page.lab.column.name"), "", 190, True, text=True),
        Column("version", said("page.lab.column.version"), "", 60, text=True),
        Column("state", said("page.lab.column.state"), said("page.lab.state_help"), 84, text=True),
        Column("valid_from", said("page.lab.column.valid_from"), "", 96, text=True),
        Column("based_on", said("page.lab.column.based_on"), "", 140, text=True),
        Column("note", said("page.lab.column.note"), "", 190, text=True),
        Column("actor", said("page.lab.column.actor"), "", 76, text=True),
        Column("moment", said("page.lab.column.moment"), "", 130, text=True),
    ]
    frame = pd.DataFrame([_row(ctx, one) for one in every])
    codes = [one.code for one in every]

    def choose(row: int | None) -> None:
        if row is not None and every[row].scheme is not None:
            choice.keep(state.BASE, codes[row])
            choice.keep(state.TRY, None)

    with panel(title, ctx.say("page.lab.versions_note"), key="lab-versions"):
        tables.show(
            frame, shown, key=f"lab-versions-{ctx.lang}", alt=title, empty="–", most=330,
            selected=codes.index(base.code) if base.code in codes else None, on_select=choose,
        )  # fmt: skip
        broken = [one for one in every if one.fault is not None]
        for one in broken:
            assert one.fault is not None
            said_ = lab_text.fault_text(ctx, one.fault)
            st.warning(escape(ctx.say("page.lab.unreadable", code=one.code, said=said_)))
        download(ctx, frame.rename(columns={c.key: c.label for c in shown}), key="lab-versions")


def _row(ctx: Context, one: Version) -> dict[str, str]:
    scheme = one.scheme
    return {
        "name": one.id if scheme is None else ctx.names_of(scheme.names),
        "version": one.version,
        "state": ctx.say(f"page.lab.state.{one.state}"),
        "valid_from": "" if scheme is None else scheme.valid_from.isoformat(),
        "based_on": one.based_on,
        "note": one.note,
        "actor": one.actor,
        "moment": fmt.stamp(one.moment),
    }


def actions(ctx: Context, base: Version) -> None:
    """What can be done with the version looked at."""
    scheme = state.scheme_of(base)
    title = ctx.say("page.lab.version_title", name=ctx.names_of(scheme.names), version=base.version)
    with panel(title, ctx.say(f"page.lab.state_note.{base.state}"), key="lab-version"):
        st.markdown(_applies(ctx, base))
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            st.download_button(
                ctx.say("page.lab.download_yaml"), base.text.encode(), f"{base.id}-{base.version}.yaml",
                "application/yaml", key="lab-download-yaml", icon=":material/download:",
                on_click="ignore",
            )  # fmt: skip
            if base.state == "draft":
                _confirmed(ctx, base, "use", _use, ":material/task_alt:")
                _confirmed(ctx, base, "discard", _discard, ":material/delete:")
            elif base.state == "in_use":
                _confirmed(ctx, base, "retire", _retire, ":material/archive:")
        said = st.session_state.pop(_FAULT, None)
        if said:
            st.error(escape(said))


def _applies(ctx: Context, base: Version) -> str:
    """From when to when a version scores, in a sentence."""
    day = fmt.day(state.scheme_of(base).valid_from, ctx.lang)
    if base.state == "draft":
        return escape(ctx.say("page.lab.applies.draft", day=day))
    if base.retired_from is not None:
        until = fmt.day(base.retired_from, ctx.lang)
        return escape(ctx.say("page.lab.applies.retired", day=day, until=until))
    return escape(ctx.say("page.lab.applies.in_use", day=day))


# -- with confirmation ------------------------------------------------------------------
def _confirmed(
    ctx: Context, base: Version, what: str, do: Callable[[Context, Version, str], None], icon: str
) -> None:
    with st.popover(ctx.say(f"page.lab.do.{what}"), icon=icon, key=f"lab-{what}-{ctx.lang}"):
        st.markdown(escape(ctx.say(f"page.lab.confirm.{what}", code=base.code)))
        if lab_text.pending(base):
            st.warning(ctx.say("page.lab.unsaved"), icon=":material/edit:")
        name = who.ask(ctx, f"lab-{what}")
        st.button(
            ctx.say(f"page.lab.confirmed.{what}"), key=f"lab-{what}-yes-{ctx.lang}", type="primary",
            disabled=name is None, on_click=_try, args=(ctx, base, do, name or ""),
        )  # fmt: skip


def _try(
    ctx: Context, base: Version, do: Callable[[Context, Version, str], None], name: str
) -> None:
    try:
        do(ctx, base, name)
    except scheme_versions.VersionRefused as fault:
        st.session_state[_FAULT] = refusal(ctx, fault)
    except Stale:
        st.session_state[_FAULT] = ctx.say("page.lab.refused.changed_since")


def _use(ctx: Context, base: Version, name: str) -> None:
    scheme_versions.put_in_use(read.store(), base, actor=name, until=ctx.until)
    # What it counts anew is counted in the background; until then raw rows give the same answers.
    worker.ensure(read.store()).count_again()


def _retire(ctx: Context, base: Version, name: str) -> None:
    scheme_versions.retire(read.store(), base, actor=name, until=ctx.until)


def _discard(_: Context, base: Version, name: str) -> None:
    scheme_versions.discard(read.store(), base, actor=name)
    state.forget(base.code)
    lab_text.drop(base.code)
    choice.keep(state.BASE, None)
    choice.keep(state.TRY, None)
