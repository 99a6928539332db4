"""The year so far: published months, the monthly share, the other parts, the awards."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data import yearbook
from data.published import Publication
from data.records import Stale
from data.yearbook import PartError, Year
from ui import definitions, published, read, tables, who
from ui import rankings_text as text
from ui.context import Context
from ui.panel import download, escape, panel
from ui.publish_words import problem
from ui.tables import Cell, Column
from words import format as fmt


def panel_of(ctx: Context, frozen: Context, made: Publication, group: str) -> None:
    """The year that the published month belongs to; nothing where the scheme has no year."""
    scheme = made.scheme
    if scheme.year is None:
        return
    number = yearbook.year_of(made.period)
    parts = yearbook.parts_of(read.recorded(yearbook.YEAR_PART), scheme.id, number)
    known = [p for p in published.standing(scheme.id) if p.period <= made.period]
    found = yearbook.year(read.store(), scheme, known, number, parts)
    mine = found.table[found.table["group"] == group]
    mine = mine.sort_values(["rank", "monthly"], ascending=[True, False], kind="stable")
    heading = ctx.say(
        "page.results.year_title",
        year=number, group=text.group_name(frozen, group), n=found.published, of=found.expected,
    )  # fmt: skip
    share = scheme.year.monthly_share
    note = ctx.say(
        "page.results.year_note",
        share=fmt.percent(share, ctx.lang, 0), rest=fmt.percent(1 - share, ctx.lang, 0),
    )  # fmt: skip
    with panel(heading, note, key="year"):
        _rules(ctx, frozen, found, mine, share)
        shown = _columns(ctx, awards="awarded" in mine, share=share)
        tables.show(
            _cells(ctx, mine, shown), shown, key=f"year-{group}-{ctx.lang}", alt=heading,
            empty=ctx.say("page.results.not_yet"), strong=("result",), most=360,
        )  # fmt: skip
        download(
            frozen, lambda: _plain(ctx, mine, shown), key=f"year-{number}-{group}",
            notes=[heading, note],
        )  # fmt: skip
        if share < 1 and not ctx.view.present:
            _entry(ctx, scheme.id, number, mine, parts)


Row = dict[Any, Any]
"""One unit's numbers by column."""


def _rules(ctx: Context, frozen: Context, found: Year, mine: pd.DataFrame, share: float) -> None:
    rules = frozen.scheme.year
    assert rules is not None
    lines = [f"{ctx.say('page.results.year_share', share=fmt.percent(share, ctx.lang, 0))} "
             + definitions.badge(ctx, rules.status)]  # fmt: skip
    if rules.note:
        lines[0] += f" :gray[{escape(ctx.names_of(rules.note))}]"
    if rules.awards is not None:
        told = ctx.say("page.results.award_rule", n=rules.awards.count, months=rules.awards.months)
        lines.append(f"{escape(told)} {definitions.badge(ctx, rules.awards.status)}")
        named = mine.loc[mine["awarded"].fillna(False).astype(bool), "unit"]
        comma = ctx.say("ui.list_comma")
        if len(named):
            names = comma.join(ctx.name(u) for u in named)
            key = "awards" if found.published == found.expected else "awards_so_far"
            lines.append(escape(ctx.say(f"page.results.{key}", names=names)))
        else:
            lines.append(escape(ctx.say("page.results.no_awards")))
    missing = int(mine["other"].isna().sum())
    if share < 1 and missing:
        lines.append(escape(ctx.say("page.results.parts_missing", n=missing, of=len(mine))))
    st.markdown(":small[" + "]  \n:small[".join(lines) + "]")


def _columns(ctx: Context, *, awards: bool, share: float) -> list[Column]:
    said = ctx.say
    out = [
        Column("rank", said("page.rankings.rank"), "", 56, True),
        Column("unit", said("page.rankings.unit"), "", 200, True, text=True),
        Column("result", said("page.results.year_result"), said("page.results.year_help"), 96),
        Column("monthly", said("page.results.monthly"), said("page.results.monthly_help"), 96),
        Column("months", said("page.results.months"), said("page.results.months_help"), 80),
    ]
    if share < 1:
        out.append(Column("other", said("page.results.other"), "", 110))
    if awards:
        out.append(Column("award", said("page.results.award"), "", 260, text=True))
    return out


def _cells(ctx: Context, mine: pd.DataFrame, shown: list[Column]) -> pd.DataFrame:
    out = {}
    for column in shown:
        values = [_cell(ctx, column.key, row) for row in mine.to_dict("records")]
        out[column.key] = pd.Series(values, index=mine.index, dtype="object")
    return pd.DataFrame(out, index=mine.index)


def _cell(ctx: Context, key: str, row: Row) -> object:
    if key == "unit":
        return ctx.name(str(row["unit"]))
    if key == "award":
        return _award(ctx, row)
    value = row[key]
    if value is None or pd.isna(value):
        return None
    number = float(str(value))
    if key == "months":
        return Cell(number, ctx.say("page.results.months_of", n=int(number), of=row["of"]))
    return Cell(number, fmt.number(number, ctx.lang, 0 if key == "rank" else 2))


def _award(ctx: Context, row: Row) -> str:
    if bool(row["awarded"]):
        return ctx.say("page.results.awarded")
    reason = row["reason"]
    return ctx.say(f"page.results.reason.{reason}") if isinstance(reason, str) else ""


def _plain(ctx: Context, mine: pd.DataFrame, shown: list[Column]) -> pd.DataFrame:
    return tables.plain(_cells(ctx, mine, shown), shown, ctx)


# -- entering the other parts ---------------------------------------------------------------
def _entry(ctx: Context, scheme: str, number: int, mine: pd.DataFrame, parts: pd.DataFrame) -> None:
    """Points of the rest of the year, pasted from a table: unit and points on each line."""
    with st.expander(ctx.say("page.results.enter", year=number), icon=":material/edit_note:"):
        st.caption(escape(ctx.say("page.results.enter_help")))
        known = dict(zip(parts["unit"], parts["points"], strict=True))
        listed = [f"{ctx.name(u)}\t{known[u]:g}" for u in mine["unit"] if u in known]
        key = f"year-parts-{scheme}-{number}-{ctx.lang}"
        st.session_state.setdefault(key, "\n".join(listed))
        pasted = st.text_area(ctx.say("page.results.enter_lines"), key=key, height=160)
        basis = st.text_input(
            ctx.say("page.results.basis"), key=f"year-basis-{ctx.lang}", max_chars=200
        )
        name = who.ask(ctx, "year")
        if not st.button(
            ctx.say("page.results.save"), key=f"year-save-{ctx.lang}",
            disabled=not (name and basis.strip()), help=ctx.say("page.results.save_help"),
        ):  # fmt: skip
            return
        try:
            points = yearbook.read_parts(pasted, _codes(mine["unit"]))
            fresh = {u: p for u, p in points.items() if known.get(u) != p}
            seen = dict(zip(parts["unit"], parts["revision"], strict=True))
            yearbook.save_parts(
                read.store(), scheme, number, fresh, basis=basis.strip(), actor=str(name),
                revisions=seen,
            )  # fmt: skip
        except PartError as fault:
            st.warning(escape(problem(fault, ctx.lang)), icon=":material/error:")
        except Stale as stale:
            st.warning(escape(_stale(ctx, stale)), icon=":material/sync_problem:")
        else:
            st.toast(ctx.say("page.results.saved", n=len(fresh)))
            st.rerun()


def _codes(units: pd.Series) -> dict[str, str]:
    """Every way a unit may be written, to its code."""
    out = {str(unit): str(unit) for unit in units}
    for lang in ("zh", "en"):
        names = read.names(lang)
        out |= {names[u]: u for u in map(str, units) if u in names}
    return out


def _stale(ctx: Context, stale: Stale) -> str:
    theirs = stale.current.body if stale.current else {}
    mine = stale.mine or {}
    return ctx.say(
        "page.results.stale",
        unit=ctx.name(str(mine.get("unit", theirs.get("unit")))),
        by=stale.current.actor if stale.current else "–",
        theirs=fmt.number(theirs.get("points"), ctx.lang, 2),
        mine=fmt.number(mine.get("points"), ctx.lang, 2),
    )  # fmt: skip
