"""The Data page: outside facts (weather, traffic, grid events) by file, and what is known of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from data.factors import catalogue
from data.factors.delivering import named, take
from data.factors.sheet import presets
from data.factors.units import SYSTEMS
from data.importing.errors import ImportFailure
from ui import drivers as asks
from ui import read
from ui.context import Context
from ui.panel import escape, no_data, panel
from ui.uploader import covered
from words import format as fmt

TYPES = ["csv", "tsv", "txt", "gz", "xlsx", "xls"]
AUTO = "auto"
_TOLD, _ROUND = "_factors_told", "_factors_round"


def factors(ctx: Context) -> None:
    """The upload, what the last file did, and the factors there are."""
    left, right = st.columns(2, gap="small")
    with left:
        _taking(ctx)
    with right:
        _known(ctx)
    _catalogue(ctx)


def _taking(ctx: Context) -> None:
    with panel(ctx.say("factors.page.title"), ctx.say("factors.page.note"), key="factors-upload"):
        told: tuple[bool, list[str]] | None = st.session_state.pop(_TOLD, None)
        if told:
            show = st.success if told[0] else st.warning
            show("\n".join(f"- {escape(line)}" for line in told[1]),
                 icon=":material/check:" if told[0] else ":material/error:")  # fmt: skip
        turn = st.session_state.setdefault(_ROUND, 0)
        limit = ctx.say("page.data.import.limit", mb=st.get_option("server.maxUploadSize"))
        with covered(ctx, "factors-file", limit):
            files = st.file_uploader(
                ctx.say("factors.page.title"), type=TYPES, accept_multiple_files=True,
                key=f"factors-files-{turn}", label_visibility="collapsed",
            )  # fmt: skip
        first, second = st.columns(2)
        with first:
            preset = st.selectbox(
                ctx.say("page.data.import.preset"), [AUTO, *presets()],
                format_func=lambda code: ctx.say("page.data.import.auto") if code == AUTO
                else presets()[code].names[ctx.lang],
                key=f"factors-preset-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
            )  # fmt: skip
        with second:
            units = st.selectbox(
                ctx.say("factors.page.units"), [AUTO, *SYSTEMS],
                format_func=lambda code: ctx.say(f"factors.system.{code}"),
                key=f"factors-units-{ctx.lang}", help=ctx.say("factors.page.units_help"),
                placeholder=ctx.say("ui.filter.choose"),
            )  # fmt: skip
        if st.button(
            ctx.say("page.data.import.start"), key="factors-start", type="primary",
            icon=":material/upload:", disabled=not files,
        ):  # fmt: skip
            st.session_state[_ROUND] = turn + 1
            results = [
                _take(ctx, file.name, file.getvalue(), preset, units) for file in files or []
            ]
            lines = [line for some, _ in results for line in some]
            st.session_state[_TOLD] = all(well for _, well in results), lines
            st.rerun()


def _take(
    ctx: Context, name: str, content: bytes, preset: str, units: str
) -> tuple[list[str], bool]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        system = next((one for one in SYSTEMS if one == units), None)
        return take(
            path, read.store().settings, ctx.lang, name=name,
            preset=None if preset == AUTO else preset, units=system,
        )  # fmt: skip


def _known(ctx: Context) -> None:
    wide = asks.factor_days()
    with panel(
        ctx.say("factors.page.known", n=max(len(wide.columns) - 1, 0)),
        ctx.say("factors.page.known_note"), key="factors-known",
    ):  # fmt: skip
        if len(wide.columns) < 2:
            no_data(ctx, "factors.page.none")
            return
        known = catalogue(read.store().settings.home).factors
        rows = []
        for code in wide.columns.drop("day"):
            there = wide.loc[wide[code].notna(), "day"]
            span = (there.max() - there.min()).days + 1
            rows.append(
                {
                    "name": named(known[code], ctx.lang) if code in known else code,
                    "first": fmt.day(there.min().date(), ctx.lang),
                    "last": fmt.day(there.max().date(), ctx.lang),
                    "missing": fmt.number(span - len(there), ctx.lang),
                }
            )
        table = pd.DataFrame(rows)
        table.columns = [ctx.say(f"factors.page.column.{name}") for name in table.columns]
        st.dataframe(table, hide_index=True, alt=ctx.say("factors.page.known_note"))


def _catalogue(ctx: Context) -> None:
    """Every factor a file may hold, its unit and how it may be headed."""
    try:
        known = catalogue(read.store().settings.home).factors
    except ImportFailure as failure:
        st.warning(escape(ctx.say("import.failure.bad_catalogue", **failure.details)))
        return
    rows = [
        (
            spec.zh if ctx.lang == "zh" else spec.en, code,
            spec.unit_zh if ctx.lang == "zh" else spec.unit_en, f"{spec.low:g} – {spec.high:g}",
            ctx.say("ui.list_comma").join([spec.zh, spec.en, *spec.aliases]),
        )
        for code, spec in known.items()
    ]  # fmt: skip
    names = ("name", "code", "unit", "range", "heads")
    table = pd.DataFrame(rows, columns=[ctx.say(f"factors.page.column.{name}") for name in names])
    with panel(
        ctx.say("factors.page.catalogue", n=len(table)), ctx.say("factors.page.catalogue_note"),
        key="factors-catalogue",
    ):  # fmt: skip
        st.dataframe(table, hide_index=True, height=360,
                     alt=ctx.say("factors.page.catalogue_note"))  # fmt: skip
