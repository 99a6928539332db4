"""Taking orders in from the page: uploads and database queries, with progress and a report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import streamlit as st

from ui import read
from ui.context import Context
from ui.data_mapping import confirm
from ui.data_report import preset_name, rejects, report, sentence
from ui.data_run import Folder, Outcome, Source, run
from ui.panel import escape, panel
from words import format as fmt

_FOLDER, _OUTCOMES, _ROUND = "_data_folder", "_data_outcomes", "_data_round"
AUTO = ""
TYPES = ["csv", "tsv", "txt", "gz", "xlsx", "xls", "parquet", "json"]
# The uploader's own words are English: they are covered with ours.
_UPLOADER = """<style>
.st-key-data-upload [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-data-upload [data-testid="stFileUploaderDropzoneInstructions"]::after
  {{ content: "{limit}"; font-size: 14px; }}
.st-key-data-upload [data-testid="stFileUploaderDropzone"] button p
  {{ font-size: 0; visibility: hidden; }}
.st-key-data-upload [data-testid="stFileUploaderDropzone"] button p::after
  {{ content: "{browse}"; font-size: 1rem; visibility: visible; }}
</style>"""


def importing(ctx: Context) -> None:
    """The whole import part: form, proposals to confirm, what became of the files."""
    swept = _replaces(ctx)
    left, right = st.columns(2, gap="small")
    with (
        left,
        panel(
            ctx.say("page.data.import.files"), ctx.say("page.data.import.files_note"), key="upload"
        ),
    ):
        _files(ctx, swept)
    with (
        right,
        panel(
            ctx.say("page.data.import.query"), ctx.say("page.data.import.query_note"), key="query"
        ),
    ):
        _query(ctx, swept)
    outcomes: list[Outcome] = st.session_state.get(_OUTCOMES, [])
    for place, outcome in enumerate(outcomes):
        _outcome(ctx, place, outcome, swept)


def _replaces(ctx: Context) -> bool:
    """While simulated data are shown: whether the reader agrees that real ones replace them."""
    if not ctx.simulated:
        return True
    with st.container(border=True, key="data-replace"):
        st.markdown(f":material/science: {ctx.say('page.data.import.simulated')}")
        return st.checkbox(ctx.say("page.data.import.replace"), key=f"data-replace-{ctx.lang}")


def _presets(ctx: Context, key: str) -> str | None:
    options = [AUTO, *sorted(read.presets())]
    chosen = st.selectbox(
        ctx.say("page.data.import.preset"),
        options,
        format_func=lambda code: (
            preset_name(ctx, code) if code else ctx.say("page.data.import.auto")
        ),
        key=f"{key}-{ctx.lang}",
        help=ctx.say("page.data.import.preset_help"),
        placeholder=ctx.say("ui.filter.choose"),
    )
    return chosen or None


def _files(ctx: Context, swept: bool) -> None:
    st.html(
        _UPLOADER.format(
            limit=ctx.say("page.data.import.limit", mb=st.get_option("server.maxUploadSize")),
            browse=ctx.say("page.data.import.browse"),
        )
    )
    turn = st.session_state.setdefault(_ROUND, 0)
    with st.container(key="data-upload"):
        files = st.file_uploader(
            ctx.say("page.data.import.choose"),
            type=TYPES,
            accept_multiple_files=True,
            key=f"data-files-{turn}",
            label_visibility="collapsed",
        )
    preset = _presets(ctx, "data-preset")
    if st.button(
        ctx.say("page.data.import.start"),
        key="data-start",
        type="primary",
        icon=":material/upload:",
        disabled=not files or not swept,
    ):
        folder: Folder = st.session_state.setdefault(_FOLDER, Folder())
        sources = [Source(file.name, folder.keep(file.name, file)) for file in files]
        st.session_state[_ROUND] = turn + 1
        _start(ctx, sources, preset)


def _query(ctx: Context, swept: bool) -> None:
    with st.form(f"data-query-{ctx.lang}", border=False):
        url = st.text_input(
            ctx.say("page.data.import.url"),
            type="password",
            placeholder="postgresql://user:password@host/db",
            help=ctx.say("page.data.import.url_help"),
            autocomplete="off",
        )
        sql = st.text_area(
            ctx.say("page.data.import.sql"), placeholder="SELECT … FROM …", height=110
        )
        preset = _presets(ctx, "data-query-preset")
        go = st.form_submit_button(
            ctx.say("page.data.import.start_query"), icon=":material/database:",
            disabled=not swept,
        )  # fmt: skip
    if go and url.strip() and sql.strip():
        name = ctx.say("page.data.import.query_name")
        _start(ctx, [Source(name, url=url.strip(), sql=sql.strip())], preset)
    elif go:
        st.warning(ctx.say("page.data.import.both_needed"))


def _start(ctx: Context, sources: list[Source], preset: Any) -> None:
    """Import one after the other, then show the page anew with the new data."""
    st.session_state[_OUTCOMES] = [
        take(ctx, source, preset, number, len(sources))
        for number, source in enumerate(sources, start=1)
    ]
    st.rerun()


def take(ctx: Context, source: Source, preset: Any, number: int = 1, of: int = 1) -> Outcome:
    """Import one source with a progress bar."""
    title = ctx.say("page.data.import.title", name=escape(source.name), number=number, of=of)
    bar = st.progress(0.0, title)

    def told(share: float, step: str, numbers: dict[str, int]) -> None:
        shown = {name: fmt.number(value, ctx.lang) for name, value in numbers.items()}
        words = ctx.say(f"page.data.step.{step}", **shown)
        bar.progress(share, f"{title} · {words}")

    replaces = "simulated" if ctx.simulated else None
    outcome = run(source, read.store(), preset, replaces, told)
    bar.empty()
    if outcome.proposal is None:
        # An address with its password is kept only as long as it is still needed.
        return replace(outcome, source=replace(source, url="", sql=""))
    return outcome


def _outcome(ctx: Context, place: int, outcome: Outcome, swept: bool) -> None:
    name = escape(outcome.source.name)
    if outcome.proposal is not None:
        with panel(
            ctx.say("page.data.mapping.title", name=outcome.source.name),
            ctx.say("page.data.mapping.note"),
            key=f"mapping-{place}",
        ):
            preset = confirm(ctx, outcome.proposal, f"mapping-{place}", ready=swept)
            if preset is not None:
                made = take(ctx, outcome.source, preset)
                st.session_state[_OUTCOMES][place] = made
                st.rerun()
        return
    if outcome.result is None:
        words = sentence("import.failure", outcome.code, outcome.details, ctx.lang)
        st.warning(
            escape(words), title=ctx.say("page.data.import.failed", name=name),
            icon=":material/error:",
        )  # fmt: skip
        return
    _result(ctx, outcome, name)


def _result(ctx: Context, outcome: Outcome, name: str) -> None:
    result = outcome.result
    assert result is not None
    if result.state in ("refused", "waiting"):
        words = sentence("batch.error", result.reason or "", result.details, ctx.lang)
        key = (
            "page.data.import.refused" if result.state == "refused" else "page.data.import.waiting"
        )
        st.warning(escape(words), title=ctx.say(key, name=name), icon=":material/gpp_bad:")
        return
    title = ctx.say(f"page.data.import.{result.state}", name=outcome.source.name)
    with panel(title, key=f"result-{result.batch}"):
        if result.state == "known":
            st.info(ctx.say("page.data.import.known_note", batch=result.batch))
        row = {**vars(result), "preset": dict(result.report).get("preset")}
        report(ctx, row, json.loads(json.dumps(dict(result.report), default=str)))
        if result.batch is not None:
            rejects(ctx, result.batch)
