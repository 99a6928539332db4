"""What a batch held and what became of it, in words; its rejected rows with a download."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from ui import read
from ui.context import Context
from ui.panel import escape
from words import LANGS, Lang, knows, say
from words import format as fmt

SHOWN = 500
"""Rejected rows shown on the page; the download has all."""


def sentence(family: str, code: str, details: Mapping[str, Any], lang: Lang) -> str:
    """The sentence of a code; the bare code where the catalogue has none."""
    key = f"{family}.{code}"
    if not knows(key, lang):
        return code
    plain = {k: _plain(k, v, lang) for k, v in details.items()}
    try:
        return say(key, lang, **plain)
    except (KeyError, IndexError):
        return code


def _plain(name: str, value: Any, lang: Lang) -> Any:
    if name == "field" and knows(f"field.{value}", lang):
        return say(f"field.{value}", lang)
    if isinstance(value, list | tuple):
        return say("ui.list_comma", lang).join(str(v) for v in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return fmt.number(value, lang)
    return value


def numbers(ctx: Context, row: Mapping[str, Any]) -> None:
    """Read, new, updated, unchanged, rejected: side by side."""
    with st.grid(5, min_column_width=120, gap="small"):
        for name in ("read", "new", "updated", "unchanged", "rejected"):
            st.metric(
                ctx.say(f"page.data.rows.{name}"),
                fmt.number(row[f"rows_{name}"], ctx.lang),
                help=ctx.say(f"page.data.rows.{name}_help"),
            )


def report(ctx: Context, row: Mapping[str, Any], tree: Mapping[str, Any]) -> None:
    """The report of a batch that is in the store."""
    numbers(ctx, row)
    lines = [
        *_span(ctx, row, tree), *_how(ctx, row, tree), *_oddities(ctx, tree), *_points(ctx, tree)
    ]  # fmt: skip
    st.markdown("\n".join(f"- {line}" for line in lines))
    missing = tree.get("missing") or {}
    if missing:
        with st.expander(ctx.say("page.data.report.missing"), icon=":material/help_center:"):
            _missing(ctx, missing, tree.get("mapped") or {})


def _day(value: Any, lang: Lang) -> str:
    if value is None or pd.isna(value):
        return fmt.day(None, lang)
    if isinstance(value, str):
        return fmt.day(date.fromisoformat(value[:10]), lang)
    return fmt.day(pd.Timestamp(value).date(), lang)


def _span(ctx: Context, row: Mapping[str, Any], tree: Mapping[str, Any]) -> list[str]:
    if row.get("first_day") is None or pd.isna(row["first_day"]):
        return [ctx.say("page.data.report.no_orders")]
    first, last = (_day(row[name], ctx.lang) for name in ("first_day", "last_day"))
    lines = [ctx.say("page.data.report.span", first=first, last=last)]
    gaps = [_day(day, ctx.lang) for day in (tree.get("gap_days") or [])[:8]]
    count = int(tree.get("gaps") or 0)
    if count:
        listed = ctx.say("ui.list_comma").join(gaps)
        key = "page.data.report.gaps" if count <= len(gaps) else "page.data.report.gaps_more"
        lines.append(ctx.say(key, n=fmt.number(count, ctx.lang), days=listed))
    return lines


def _how(ctx: Context, row: Mapping[str, Any], tree: Mapping[str, Any]) -> list[str]:
    lines = []
    preset = row.get("preset")
    if isinstance(preset, str) and preset:
        chosen = "header" if tree.get("chosen_by") == "header" else "named"
        lines.append(
            ctx.say(f"page.data.report.preset_{chosen}", preset=escape(preset_name(ctx, preset)))
        )
    for name in ("ignored_columns", "private_columns"):
        columns = [str(c) for c in tree.get(name) or []]
        if columns:
            listed = escape(ctx.say("ui.list_comma").join(columns))
            lines.append(ctx.say(f"page.data.report.{name}", columns=listed))
    if tree.get("derived"):
        lines.append(ctx.say("page.data.report.derived_status"))
    return lines


def preset_name(ctx: Context, code: str) -> str:
    """A preset's name in the reader's language."""
    known = read.presets().get(code)
    return getattr(known.names, ctx.lang) if known else code


def _oddities(ctx: Context, tree: Mapping[str, Any]) -> list[str]:
    lines = []
    for name in ("duplicates_in_file", "superseded", "repeated_headers", "swapped_points"):
        count = int(tree.get(name) or 0)
        if count:
            lines.append(ctx.say(f"page.data.report.{name}", n=fmt.number(count, ctx.lang)))
    for name in ("rejected_by_reason", "warnings_by_reason"):
        parts = [
            ctx.say(
                "page.data.report.counted",
                what=sentence("page.data.reason", code, {}, ctx.lang),
                n=fmt.number(n, ctx.lang),
            )
            for code, n in (tree.get(name) or {}).items()
        ]
        if parts:
            listed = ctx.say("ui.list_comma").join(parts)
            lines.append(ctx.say(f"page.data.report.{name}", listed=escape(listed)))
    odd = [
        ctx.say(
            "page.data.report.counted",
            what=sentence("flag", code, {}, ctx.lang),
            n=fmt.number(n, ctx.lang),
        )
        for code, n in (tree.get("contradictions") or {}).items()
    ]
    if odd:
        listed = ctx.say("ui.list_comma").join(odd)
        lines.append(ctx.say("page.data.report.contradictions", listed=listed))
    return lines


def _points(ctx: Context, tree: Mapping[str, Any]) -> list[str]:
    kinds = tree.get("points") or {}
    lines = []
    if sum(kinds.values()):
        parts = [
            ctx.say(
                "page.data.report.counted",
                what=ctx.say(f"value.point_kind.{kind}"),
                n=fmt.number(n, ctx.lang),
            )
            for kind, n in kinds.items()
            if n and knows(f"value.point_kind.{kind}", ctx.lang)
        ]
        listed = ctx.say("ui.list_comma").join(parts)
        lines.append(ctx.say("page.data.report.points", listed=listed))
    for spot in tree.get("placeholders") or []:
        lines.append(
            ctx.say(
                "page.data.report.placeholder",
                lon=fmt.number(spot["lon"], ctx.lang, 5),
                lat=fmt.number(spot["lat"], ctx.lang, 5),
                n=fmt.number(spot.get("rows"), ctx.lang),
            )
        )
    return lines


def _missing(ctx: Context, missing: Mapping[str, float], mapped: Mapping[str, str]) -> None:
    ordered = sorted(missing.items(), key=lambda item: -item[1])
    table = pd.DataFrame(
        {
            ctx.say("page.data.column.field"): [
                sentence("field", name, {}, ctx.lang) for name, _ in ordered
            ],
            ctx.say("page.data.column.from"): [str(mapped.get(name, "")) for name, _ in ordered],
            ctx.say("page.data.column.missing"): [fmt.percent(v, ctx.lang) for _, v in ordered],
        }
    )
    st.dataframe(table, hide_index=True, alt=ctx.say("page.data.report.missing"))


def refusal(ctx: Context, tree: Mapping[str, Any]) -> None:
    """Why a batch was refused."""
    told = tree.get("refused") or {}
    words = sentence("batch.error", str(told.get("reason")), told.get("details") or {}, ctx.lang)
    st.warning(escape(words), title=ctx.say("page.data.refused"), icon=":material/gpp_bad:")


def rejects(ctx: Context, batch: int) -> None:
    """The rejected rows and the warnings of a batch, and their download."""
    frame = read.rejected(ctx.version, batch, SHOWN)
    if frame.empty:
        st.caption(ctx.say("page.data.rejects.none"))
        return
    st.markdown(f"**{ctx.say('page.data.rejects.title')}**")
    table = rejects_table(frame, ctx.lang)
    st.dataframe(
        table, hide_index=True, height=min(len(table), 10) * 35 + 38,
        alt=ctx.say("page.data.rejects.title"),
    )  # fmt: skip
    if len(frame) == SHOWN:
        st.caption(ctx.say("page.data.rejects.first", n=fmt.number(SHOWN, ctx.lang)))
    st.download_button(
        ctx.say("page.data.rejects.download"),
        data=lambda: rejects_csv(read.rejected(ctx.version, batch, None), ctx.lang),
        file_name=f"rejects-{batch}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"rejects-{batch}",
        on_click="ignore",
    )


def rejects_table(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Rejected rows as a reader sees them: file, row, column, value, what was done, reason."""
    details = [json.loads(text) if isinstance(text, str) else {} for text in frame["details"]]
    levels = ["field" if d.get("level") == "field" else "row" for d in details]
    return pd.DataFrame(
        {
            say("page.data.column.file", lang): frame["file_name"],
            say("page.data.column.row", lang): frame["row_number"],
            say("page.data.column.column", lang): frame["column_name"].fillna(""),
            say("page.data.column.value", lang): frame["bad_value"].fillna(""),
            say("page.data.column.done", lang): [
                say(f"page.data.level.{level}", lang) for level in levels
            ],
            say("page.data.column.reason", lang): reasons(frame, details, lang),
        }
    )


def reasons(frame: pd.DataFrame, details: list[dict[str, Any]], lang: Lang) -> list[str]:
    """The reason of each rejected row in a language."""
    texts = (frame[name].fillna("") for name in ("reason", "column_name", "bad_value"))
    rows = zip(*texts, details, strict=True)
    return [
        sentence(
            "import.reason", str(code), {"column": column, "value": value, **holes}, lang
        )
        for code, column, value, holes in rows
    ]  # fmt: skip


def rejects_csv(frame: pd.DataFrame, lang: Lang) -> bytes:
    """All rejected rows with the reason in both languages, the reader's first."""
    table = rejects_table(frame, lang)
    other = LANGS[1 - LANGS.index(lang)]
    details = [json.loads(text) if isinstance(text, str) else {} for text in frame["details"]]
    table[say("page.data.column.reason", other)] = reasons(frame, details, other)
    return ("\ufeff" + table.to_csv(index=False)).encode()
