"""An unknown file: the proposed mapping in a table to correct, confirm and keep."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data.importing import Preset, PresetError, Proposal
from data.importing.preset import COLUMN_KEYS, SPECIAL_COLUMNS
from data.importing.proposal import draft
from metrics.fields import INPUT_FIELDS
from ui.context import Context
from ui.panel import escape
from words import format as fmt

NEEDED = ("order_id", "created_at")
_LEAVE = "—"


def confirm(ctx: Context, proposal: Proposal, key: str, *, ready: bool) -> Preset | None:
    """Show the proposal; returns the preset once the reader has confirmed a usable mapping."""
    names = field_names(ctx)
    labels = {label: field for field, label in names.items()}
    edited = st.data_editor(
        table(ctx, proposal, names),
        hide_index=True,
        key=f"{key}-{ctx.lang}",
        column_order=["column", "examples", "field", "sure", "why"],
        disabled=["column", "examples", "sure", "why"],
        column_config={
            "column": st.column_config.TextColumn(ctx.say("page.data.column.column")),
            "examples": st.column_config.TextColumn(ctx.say("page.data.column.examples")),
            "field": st.column_config.SelectboxColumn(
                ctx.say("page.data.column.field"), options=[_LEAVE, *labels], required=True
            ),
            "sure": st.column_config.TextColumn(ctx.say("page.data.column.sure")),
            "why": st.column_config.TextColumn(ctx.say("page.data.column.why")),
        },
        alt=ctx.say("page.data.mapping.note"),
    )
    fields = [labels.get(str(label)) for label in edited["field"]]
    mapping, twice = chosen(edited["column"].tolist(), fields)
    missing = [field for field in NEEDED if field not in mapping]
    _complain(ctx, "page.data.mapping.missing", [names[f] for f in missing])
    _complain(ctx, "page.data.mapping.twice", [names[f] for f in twice])
    usable = not missing and not twice
    with st.container(horizontal=True, vertical_alignment="bottom"):
        done = st.button(
            ctx.say("page.data.mapping.confirm"),
            key=f"{key}-confirm",
            type="primary",
            icon=":material/check:",
            disabled=not (usable and ready),
        )
        if usable:
            st.download_button(
                ctx.say("page.data.mapping.download"),
                data=draft(mapping, proposal.dates, "my_city", proposal.guesses).encode(),
                file_name="my_city.yaml",
                mime="application/yaml",
                key=f"{key}-download",
                icon=":material/download:",
                on_click="ignore",
                help=ctx.say("page.data.mapping.download_help"),
            )
    return _preset(ctx, proposal, mapping) if done else None


def _complain(ctx: Context, key: str, fields: list[str]) -> None:
    if fields:
        st.warning(ctx.say(key, fields=ctx.say("ui.list_comma").join(fields)))


def _preset(ctx: Context, proposal: Proposal, mapping: dict[str, str]) -> Preset | None:
    try:
        return proposal.preset(mapping)
    except PresetError as fault:
        st.warning(escape(ctx.say("page.data.mapping.unusable", message=fault.faults[0][2])))
        return None


def field_names(ctx: Context) -> dict[str, str]:
    """The fields that a column can fill, in the order's own order, with their names."""
    ordered = [f for f in INPUT_FIELDS if f in COLUMN_KEYS]
    names = {field: ctx.say(f"field.{field}") for field in ordered}
    return names | {field: ctx.say(f"page.data.special.{field}") for field in SPECIAL_COLUMNS}


def table(ctx: Context, proposal: Proposal, names: dict[str, str]) -> pd.DataFrame:
    """The proposal as an editable table: one row a column of the file."""
    return pd.DataFrame(
        {
            "column": [g.column for g in proposal.guesses],
            "examples": [ctx.say("ui.list_comma").join(g.examples)[:120] for g in proposal.guesses],
            "field": [names.get(g.field or "", _LEAVE) for g in proposal.guesses],
            "sure": [fmt.percent(g.confidence, ctx.lang, 0) if g.field else ""
                     for g in proposal.guesses],
            "why": [ctx.say(f"page.data.why.{g.why}") for g in proposal.guesses],
        }
    )  # fmt: skip


def chosen(columns: list[str], fields: list[str | None]) -> tuple[dict[str, str], list[str]]:
    """``{field: column}`` of the edited table, and the fields that two columns claim."""
    mapping: dict[str, str] = {}
    twice = []
    for column, field in zip(columns, fields, strict=True):
        if field is None:
            continue
        if field in mapping:
            twice.append(field)
        mapping[field] = column
    return mapping, list(dict.fromkeys(twice))
