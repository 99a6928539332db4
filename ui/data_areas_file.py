"""A file of boundaries from the page: upload, fields, preview with faults, then into the store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data import areas
from data.boundaries.columns import recognise
from data.boundaries.explain import (
    MOST,
    datum_name,
    explain_fault,
    explain_read,
    explain_result,
    repair_words,
)
from data.boundaries.model import DATUMS, LEVELS, ROLES, BadBoundaries, Fault, Given, Wanted
from data.boundaries.planning import Planned, plan
from data.boundaries.reading import LARGEST_MB, Collection, load
from data.boundaries.reading import read as read_areas
from data.boundaries.travelling import packed
from data.ingest import submit
from ui import read, who
from ui.context import Context
from ui.maps import area_map
from ui.panel import escape, panel
from ui.uploader import covered
from words import format as fmt

_ROUND, _TOLD = "_areas_round", "_areas_told"
_SAID = ("level", "datum", "datum_why", "fields", "swapped")


def importing(ctx: Context) -> None:
    """The panel: what the last file did, the uploader, and the file at hand."""
    with panel(
        ctx.say("page.data.areas.upload"), ctx.say("page.data.areas.upload_note"), key="boundaries"
    ):
        _told(ctx)
        turn = st.session_state.setdefault(_ROUND, 0)
        limit = ctx.say("page.data.areas.limit", mb=LARGEST_MB)
        with covered(ctx, "areas-upload", limit):
            file = st.file_uploader(
                ctx.say("page.data.areas.upload"), type=["geojson", "json"],
                key=f"areas-file-{turn}", label_visibility="collapsed", max_upload_size=LARGEST_MB,
            )  # fmt: skip
        if file is None:
            return
        asked, shown = st.columns([2, 3], gap="medium")
        try:
            found = opened(file.name, file.getvalue())
            with asked:
                wanted = _asked(ctx, found)
            given, planned = _planned(read_areas(found, wanted))
        except BadBoundaries as bad:
            with shown:
                _faults(ctx, bad.faults)
            return
        with shown:
            _preview(ctx, given, planned)


def opened(name: str, content: bytes) -> Collection:
    """An uploaded file's features. Raises :class:`BadBoundaries`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        return load(path, name)


def _planned(given: Given) -> tuple[Given, Planned]:
    with read.store().engine.connect() as connection:
        return plan(connection, given)


def _told(ctx: Context) -> None:
    told: tuple[str, bool, list[str]] | None = st.session_state.pop(_TOLD, None)
    if told:
        title, well, lines = told
        show = st.success if well else st.warning
        icon = ":material/check:" if well else ":material/error:"
        show("\n".join(f"- {escape(line)}" for line in lines), title=ctx.say(title), icon=icon)


def _asked(ctx: Context, found: Collection) -> Wanted:
    """What the reader wants of the file; everything begins as recognised."""
    left, right = st.columns(2, gap="small")
    base = found.level() or "district"
    level = _pick(
        ctx, left, "level", list(LEVELS), base, lambda c: ctx.say(f"boundaries.level.{c}"),
        ctx.say("page.data.areas.level"),
    )  # fmt: skip
    datum, why = found.datum()
    auto = ctx.say(
        "page.data.areas.auto", datum=datum_name(datum, ctx.lang),
        why=ctx.say(f"boundaries.why.{why}"),
    )  # fmt: skip
    chosen = _pick(
        ctx, right, "datum", ["", *DATUMS], "",
        lambda c: datum_name(c, ctx.lang) if c else auto,
        ctx.say("page.data.areas.datum_choice"), ctx.say("page.data.areas.datum_help"),
    )  # fmt: skip
    fields = _fields(ctx, found, level)
    parent = _parent(ctx) if level == "street" else ""
    lines = st.text_area(
        ctx.say("page.data.areas.matches"), key=f"areas-matches-{ctx.lang}", height=70,
        help=ctx.say("page.data.areas.matches_help"),
        placeholder=ctx.say("page.data.areas.matches_help"),
    )  # fmt: skip
    with st.container(horizontal=True):
        add_new = st.checkbox(ctx.say("page.data.areas.add_new"), key=f"areas-new-{ctx.lang}")
        swap = st.checkbox(ctx.say("page.data.areas.swap"), key=f"areas-swap-{ctx.lang}")
    return Wanted(
        level=level, fields=fields, parent=parent or None, datum=chosen or None, swap=swap,
        matches=matches(lines), add_new=add_new,
    )  # fmt: skip


def _pick(
    ctx: Context,
    place: DeltaGenerator,
    name: str,
    options: list[str],
    default: str,
    label: Callable[[str], str],
    title: str,
    help: str | None = None,
) -> str:
    found = place.selectbox(
        title, options, index=options.index(default), format_func=label, help=help,
        key=f"areas-{name}-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
    )  # fmt: skip
    return str(found or "")


def _fields(ctx: Context, found: Collection, level: str) -> dict[str, str]:
    recognised, known = recognise(found.rows, level), found.fields
    roles = [role for role in ROLES if role != "parent" or level == "street"]
    out = {}
    with st.grid(2, min_column_width=150, gap="small"):
        for role in roles:
            options = known if role == "name" and known else ["", *known]
            start = recognised.get(role, options[0] if options else "")
            out[role] = st.selectbox(
                ctx.say(f"boundaries.role.{role}").capitalize(), options,
                index=options.index(start) if start in options else 0,
                format_func=lambda c: c or ctx.say("page.data.areas.none_field"),
                key=f"areas-field-{role}-{level}-{found.file}-{ctx.lang}",
                placeholder=ctx.say("ui.filter.choose"),
            ) or ""  # fmt: skip
    return out


def _parent(ctx: Context) -> str:
    held = read.areas()
    districts = held.loc[held["level"] == "district", "area"].tolist()
    return str(
        st.selectbox(
            ctx.say("page.data.areas.parent"), ["", *districts],
            format_func=lambda c: ctx.name(c) if c else ctx.say("page.data.areas.parent_none"),
            key=f"areas-parent-{ctx.lang}", placeholder=ctx.say("ui.filter.choose"),
        ) or ""
    )  # fmt: skip


def matches(lines: str) -> dict[str, str]:
    """Matches of names, one a line: "file=stored"; other lines say nothing."""
    pairs = [line.replace("＝", "=").partition("=") for line in lines.splitlines()]
    return {a.strip(): b.strip() for a, equals, b in pairs if equals and a.strip() and b.strip()}


def _faults(ctx: Context, faults: list[Fault]) -> None:
    lines = [f"- {escape(explain_fault(fault, ctx.lang))}" for fault in faults[:MOST]]
    if len(faults) > MOST:
        n = fmt.number(len(faults) - MOST, ctx.lang)
        lines.append(f"- {ctx.say('page.data.areas.faults_more', n=n)}")
    title = ctx.say("page.data.areas.faults", n=fmt.number(len(faults), ctx.lang))
    st.warning("\n".join(lines), title=title, icon=":material/error:")


def _preview(ctx: Context, given: Given, planned: Planned) -> None:
    """The map, which area becomes which, what stands against it, and the button."""
    total = fmt.number(sum(area.km2 for area in given.areas), ctx.lang)
    level, n = ctx.say(f"boundaries.level.{given.level}"), fmt.number(len(given.areas), ctx.lang)
    st.markdown(f"**{ctx.say('page.data.areas.preview', n=n, level=level, km2=total)}**")
    if planned.faults:
        _faults(ctx, planned.faults)
    _map(ctx, given, ctx.say("page.data.areas.preview_alt", n=n, level=level))
    said = {name: getattr(given, name) for name in _SAID}
    st.caption("  \n".join(escape(line) for line in explain_read(said, ctx.lang)))
    table = previewed(ctx, given, planned)
    alt = ctx.say("page.data.areas.preview", n=n, level=level, km2=total)
    st.dataframe(table, hide_index=True, height=min(len(table), 8) * 35 + 38, alt=alt)
    if st.button(
        ctx.say("page.data.areas.save"), type="primary", key="areas-save", icon=":material/save:",
        disabled=bool(planned.faults),
    ):  # fmt: skip
        _save(ctx, given)


def _map(ctx: Context, given: Given, alt: str) -> None:
    keys = [str(place) for place in range(len(given.areas))]
    names = dict(zip(keys, (area.name for area in given.areas), strict=True))
    spots = [area.geometry.representative_point() for area in given.areas]
    frame = pd.DataFrame(
        {
            "area": keys,
            "lon": [spot.x for spot in spots],
            "lat": [spot.y for spot in spots],
            "geometry": areas.simplified([area.geometry for area in given.areas], areas.DETAIL),
        }
    )
    area_map(
        frame, dict.fromkeys(keys, 1.0), names, names, ctx.colours, key="areas-preview", alt=alt,
        height=360, select=False,
    )  # fmt: skip


def previewed(ctx: Context, given: Given, planned: Planned) -> pd.DataFrame:
    """Each area of the file: its name, code, what it becomes, its size, what was repaired."""
    becomes = {id(area): stored for area, stored in planned.matched.pairs}
    new, rows = ctx.say("page.data.areas.new"), []
    for area in given.areas:
        stored = becomes.get(id(area))
        to = ctx.name(stored.area) if stored else new if id(area) in becomes else "–"
        rows.append(
            (
                area.name,
                area.code or "",
                to,
                round(area.km2, 1),
                repair_words(area.repairs, ctx.lang),
            )
        )
    names = ("named_in_file", "code", "becomes", "km2", "repairs")
    return pd.DataFrame(rows, columns=[ctx.say(f"page.data.areas.{name}") for name in names])


def _save(ctx: Context, given: Given) -> None:
    store = read.store()
    result = submit(packed(given, store.settings, who.who()), store)
    lines, well = explain_result(result, ctx.lang)
    title = "same" if result.state == "known" else "saved" if well else "not_saved"
    st.session_state[_TOLD] = (f"page.data.areas.{title}", well, lines)
    if well:
        st.session_state[_ROUND] += 1
    st.rerun()
