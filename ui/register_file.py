"""Register files from the page: a template, the upload, and what became of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from data.importing.errors import ImportFailure
from data.importing.explain import explain_failure
from data.registers import columns
from data.registers import taking as files
from data.registers.explain import explain_bad, explain_taken
from data.registers.files import BadFile, read_file
from ui import read
from ui.context import Context
from ui.panel import escape, panel
from ui.uploader import covered

TYPES = ["csv", "tsv", "txt", "xlsx", "xls"]
_OPEN, _TOLD, _ROUND = "_register_files", "_register_told", "_register_round"


def button(ctx: Context, kind: str) -> None:
    """Opens and closes the upload."""
    st.button(
        ctx.say("page.evidence.import"), icon=":material/upload_file:", key="register-import",
        on_click=_toggle, args=(kind,),
    )  # fmt: skip


def _toggle(kind: str) -> None:
    st.session_state[_OPEN] = None if st.session_state.get(_OPEN) == kind else kind


def taking(ctx: Context, kind: str, actor: str | None) -> None:
    """The upload, when it is open, and what the last file did."""
    told: tuple[bool, list[str]] | None = st.session_state.pop(_TOLD, None)
    if told:
        well, lines = told
        show = st.success if well else st.warning
        show(
            "\n".join(f"- {escape(line)}" for line in lines),
            icon=":material/check:" if well else ":material/error:",
        )
    if st.session_state.get(_OPEN) != kind:
        return
    name = ctx.say(f"register.{kind}")
    with panel(
        ctx.say("page.evidence.import_title", register=name), ctx.say("page.evidence.import_note"),
        key="register-import",
    ):  # fmt: skip
        turn = st.session_state.setdefault(_ROUND, 0)
        with covered(
            ctx,
            "register-upload",
            ctx.say("page.data.import.limit", mb=st.get_option("server.maxUploadSize")),
        ):
            files = st.file_uploader(
                ctx.say("page.evidence.import"), type=TYPES, accept_multiple_files=True,
                key=f"register-file-{kind}-{turn}", label_visibility="collapsed",
            )  # fmt: skip
        with st.container(horizontal=True):
            if st.button(
                ctx.say("page.evidence.import_go"), type="primary", key="register-take",
                icon=":material/upload:", disabled=not files or not actor,
                help=None if actor else ctx.say("page.evidence.name_first"),
            ):  # fmt: skip
                st.session_state[_ROUND] = turn + 1
                results = [
                    take(ctx, kind, file.name, file.getvalue(), actor or "") for file in files
                ]
                lines = [line for _, some in results for line in some]
                st.session_state[_TOLD] = (all(well for well, _ in results), lines)
                st.rerun()
            st.download_button(
                ctx.say("page.evidence.template"), data=template(ctx, kind), type="tertiary",
                file_name=f"{name}.csv", mime="text/csv", icon=":material/download:",
                key=f"template-{kind}", on_click="ignore",
            )  # fmt: skip


def take(ctx: Context, kind: str, name: str, content: bytes, actor: str) -> tuple[bool, list[str]]:
    """Take in one uploaded file; whether it went in, and the sentences about it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            given = read_file(kind, path, name)
            taken = files.take(read.store(), given, actor=actor)
        except ImportFailure as failure:
            return False, [explain_failure(failure, ctx.lang)]
        except BadFile as bad:
            return False, explain_bad(bad, name, ctx.lang)
    return True, explain_taken(taken, name, ctx.lang, given.ignored)


def template(ctx: Context, kind: str) -> bytes:
    """An empty table with the columns of a register, in the reader's language."""
    heads = [columns.heading(kind, field, ctx.lang) for field in columns.fields(kind)]
    return ("\ufeff" + pd.DataFrame(columns=heads).to_csv(index=False)).encode()
