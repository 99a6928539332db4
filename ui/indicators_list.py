"""The library: every indicator with its value, and one of them in detail with its history."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from data import records, saved_indicators
from data.records import Record, Stale
from data.saved_indicators import KIND
from metrics.indicators import Indicator
from metrics.rates import Rate
from metrics.scheme import indicators_of
from ui import choice, definitions, rate_words, read, tables, view, who
from ui import indicators_numbers as numbers
from ui import indicators_text as text
from ui.context import Context
from ui.indicator_draft import first_draft
from ui.indicators_form import open_indicator, start
from ui.indicators_save import counting, differences
from ui.panel import download, escape, panel
from ui.tables import Cell, Column
from words import format as fmt

CHOSEN = "indicator"


def listing(ctx: Context) -> None:
    """The table of all indicators, and the chosen one."""
    known = indicators_of(ctx.scheme, read.indicators())
    kept = {record.id: record for record in read.recorded(KIND)}
    values = numbers.current(ctx, known)
    codes = list(known)
    title = ctx.say("indicators.list.title", n=len(codes), saved=len(read.saved_indicators()))
    with panel(title, " · ".join([ctx.period_label(), *ctx.narrowed_by()]), key="ind-list"):
        if not ctx.view.present:
            st.button(
                ctx.say("indicators.list.new"), key=f"ind-new-{ctx.lang}", type="primary",
                icon=":material/add:", on_click=lambda: start(first_draft()),
            )  # fmt: skip
        chosen = choice.chosen(CHOSEN, codes, codes[0])
        columns = _columns(ctx)
        frame = _frame(ctx, known, values, kept)
        tables.show(
            frame, columns, key=f"ind-table-{ctx.lang}", alt=title, most=700,
            empty=fmt.number(None, ctx.lang), selected=codes.index(chosen),
            on_select=None if ctx.view.present else (lambda row: _choose(codes, row)),
        )  # fmt: skip
        download(ctx, lambda: tables.plain(frame, columns, ctx), key="indicators")
    if not ctx.view.present:
        _detail(ctx, known[chosen], kept.get(chosen), values.get(chosen))
        _retired(ctx)


def _choose(codes: list[str], row: int | None) -> None:
    choice.keep(CHOSEN, None if row is None else codes[row])


def _columns(ctx: Context) -> list[Column]:
    say = ctx.say
    return [
        Column("name", say("indicators.list.name"), "", 190, True, text=True),
        Column("value", say("indicators.list.value"), say("indicators.list.value_help"), 190),
        Column("n", "n", say("indicators.n_help"), 80),
        Column("target", say("indicators.list.target"), "", 96, text=True),
        Column("direction", say("indicators.form.direction"), "", 96, text=True),
        Column("origin", say("indicators.list.origin"), "", 96, text=True),
        Column(
            "used", say("indicators.list.used"), say("indicators.list.used_help"), 130, text=True
        ),
        Column("changed", say("indicators.list.changed"), "", 190, text=True),
        Column("definition", say("indicators.list.definition"), "", 420, text=True),
    ]


def _frame(
    ctx: Context,
    known: dict[str, Indicator],
    values: dict[str, Rate],
    kept: dict[str, Record],
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for code, indicator in known.items():
        found, record = values.get(code), kept.get(code)
        rows.append(
            {
                "name": ctx.names_of(indicator.names),
                "value": _value(ctx, indicator, found),
                "n": None if found is None else Cell(found.n, fmt.number(found.n, ctx.lang)),
                "target": text.target(ctx, indicator) or "–",
                "direction": ctx.say(f"indicators.direction.{indicator.direction}"),
                "origin": text.origin(ctx, code, record is not None),
                "used": _used(ctx, code),
                "changed": "" if record is None else _changed(ctx, record),
                "definition": ctx.names_of(indicator.definition),
            }
        )
    return pd.DataFrame({k: pd.Series([r[k] for r in rows], dtype="object") for k in rows[0]})


def _value(ctx: Context, indicator: Indicator, found: Rate | None) -> Any:
    if found is None or found.value is None:
        return None
    words = rate_words.value(ctx, indicator, found.value)
    around = rate_words.interval(ctx, indicator, found.low, found.high)
    return Cell(found.value, f"{words}  ({around})")


def _used(ctx: Context, code: str) -> str:
    """The schemes whose composite holds an indicator of this id."""
    schemes = [s for s in read.schemes().values() if any(i.indicator == code for i in s.composite)]
    if ctx.scheme in schemes:
        return ctx.say("indicators.list.in_composite")
    return ctx.say("indicators.list.in_schemes", n=len(schemes)) if schemes else "–"


def _changed(ctx: Context, record: Record) -> str:
    return ctx.say(
        "indicators.list.by", actor=record.actor, moment=fmt.moment(record.moment, ctx.lang)
    )


# -- one indicator -----------------------------------------------------------------
def _detail(ctx: Context, indicator: Indicator, record: Record | None, found: Rate | None) -> None:
    note = text.origin(ctx, indicator.id, record is not None)
    with panel(ctx.names_of(indicator.names), note, key="ind-detail"):
        left, right = st.columns([3, 2], gap="medium")
        with left:
            st.markdown(definitions.indicator_text(ctx, indicator))
            formula = text.formula(indicator, ctx.lang)
            if indicator.numerator and formula != ctx.names_of(indicator.definition):
                st.caption(escape(formula))
            if indicator.missing is not None:
                words = text.condition(ctx, indicator.missing)
                st.caption(escape(ctx.say("indicators.check.missing_words", words=words)))
        with right:
            if found is not None and found.value is not None:
                st.metric(
                    ctx.period_label(), rate_words.value(ctx, indicator, found.value),
                    border=False,
                )  # fmt: skip
            _actions(ctx, indicator, record)
        if record is not None:
            counting(ctx, indicator)
            _history(ctx, record)


def _actions(ctx: Context, indicator: Indicator, record: Record | None) -> None:
    revision = record.revision if record else 0
    with st.container(horizontal=True, gap="small"):
        for code, icon in (("edit", "edit"), ("copy", "content_copy")):
            if code == "edit" and record is None:
                continue
            st.button(
                ctx.say(f"indicators.list.{code}"), key=f"ind-{code}-{ctx.lang}",
                icon=f":material/{icon}:", on_click=open_indicator,
                args=(indicator, revision), kwargs={"copy": code == "copy"},
            )  # fmt: skip
        if indicator.kind != "group_share":
            for page, param in (("rankings", "by"), ("trends", "what")):
                st.page_link(
                    f"pages/{page}.py", label=ctx.say(f"page.{page}.title"),
                    query_params={**view.params(ctx.view), param: indicator.id},
                )  # fmt: skip
    if record is not None:
        with st.popover(ctx.say("indicators.list.retire"), icon=":material/archive:"):
            st.markdown(ctx.say("indicators.list.retire_help"))
            actor = who.ask(ctx, "indicator-retire")
            st.button(
                ctx.say("indicators.list.retire_yes"), key=f"ind-retire-{ctx.lang}",
                disabled=not actor, on_click=_retire, args=(ctx, record, actor),
            )  # fmt: skip


def _retire(ctx: Context, record: Record, actor: str) -> None:
    try:
        saved_indicators.retire(read.store(), record.id, revision=record.revision, actor=actor)
    except Stale:
        st.toast(ctx.say("indicators.list.changed_meanwhile"), icon=":material/sync_problem:")


def _history(ctx: Context, record: Record) -> None:
    kept = records.history(read.store(), KIND, record.id)
    with st.expander(ctx.say("indicators.history.title", n=len(kept))):
        before: Indicator | None = None
        lines = []
        for one in kept:
            now = Indicator.model_validate(dict(one.body))
            code = "removed" if one.removed else "changed" if before else "made"
            lines.append(
                ctx.say(
                    f"indicators.history.{code}", revision=one.revision, actor=escape(one.actor),
                    moment=fmt.moment(one.moment, ctx.lang),
                )
            )  # fmt: skip
            if before is not None and not one.removed:
                lines += [
                    f"– {escape(what)}: {escape(theirs)} → {escape(mine)}"
                    for what, mine, theirs in differences(ctx, now, before).astype(str).to_numpy()
                ]
            before = now
        st.markdown("  \n".join(lines))


def _retired(ctx: Context) -> None:
    gone = saved_indicators.retired(read.store())
    if not gone:
        return
    with st.expander(ctx.say("indicators.retired.title", n=len(gone))):
        for record in gone:
            indicator = Indicator.model_validate(dict(record.body))
            with st.container(horizontal=True, vertical_alignment="center"):
                said = ctx.say(
                    "indicators.retired.line", name=ctx.names_of(indicator.names),
                    actor=record.actor, moment=fmt.moment(record.moment, ctx.lang),
                )  # fmt: skip
                st.markdown(escape(said), width="stretch")
                # Saving it again from its last revision brings it back, history and all.
                st.button(
                    ctx.say("indicators.retired.again"), key=f"ind-again-{record.id}-{ctx.lang}",
                    on_click=open_indicator, args=(indicator, record.revision),
                    kwargs={"copy": False},
                )  # fmt: skip
