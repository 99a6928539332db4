"""The scan at a glance: what it found and how often it errs, units by signals, what it could not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from metrics.integrity import ALPHA, EVERYBODY
from ui import choice, tables
from ui.context import Context
from ui.integrity import ORDER, PAIR, Look, peers_text, q_text, signal_name, span_words, unit_name
from ui.panel import download, escape, panel
from ui.tables import Cell, Column
from words import format as fmt

SIGNAL, WHO = "signal", "who"


def shown_flags(ctx: Context, look: Look) -> pd.DataFrame:
    """What stands out among the units that the filters leave (pairs: either of the two)."""
    units = look.units
    view = ctx.view
    if view.districts:
        units = units[units["district"].isin(view.districts)]
    if view.unit_types:
        units = units[units["unit_type"].isin(view.unit_types)]
    if view.units:
        units = units[units["unit"].isin(view.units)]
    if len(units) == len(look.units):
        return look.flags
    inside = set(units["unit"])
    mine = [bool(inside & set(str(code).split(PAIR))) for code in look.flags["unit"]]
    return look.flags[mine]


def headline(ctx: Context, look: Look) -> None:
    """How many stand out, what the scan gets wrong, and that a signal is a question."""
    flags = shown_flags(ctx, look)
    named = flags[flags["unit"] != EVERYBODY]
    units = {u for u in named["unit"] if PAIR not in u}
    pairs = {u for u in named["unit"] if PAIR in u}
    compared = look.findings.loc[look.findings["p"].notna(), "unit"]
    count = sum(1 for u in set(compared) if PAIR not in u and u != EVERYBODY)
    with st.container(border=True, key="finding-integrity"):
        if len(flags):
            key = "found_pairs" if pairs else "found"
            words = ctx.say(
                f"page.integrity.{key}",
                units=len(units), of=count, signals=len(flags), pairs=len(pairs),
            )  # fmt: skip
        else:
            words = ctx.say("page.integrity.found_none", of=count)
        st.markdown(f"#### {escape(words)}")
        st.markdown(escape(ctx.say("page.integrity.question")))
        lines = [
            ctx.say("fair.scan.honest", tests=fmt.number(look.scan.tests, ctx.lang)),
        ]
        if look.scan.flagged:
            wrong = fmt.number(look.scan.expected_false, ctx.lang, 1)
            lines.append(ctx.say("fair.scan.flagged", n=look.scan.flagged, wrong=wrong))
        lines.append(ctx.say("fair.scan.caution"))
        st.caption("  \n".join(escape(line) for line in lines))


def rows_of(flags: pd.DataFrame) -> list[str]:
    """Units (and pairs) with any signal, those with most signals first."""
    order = flags.groupby("unit").agg(signals=("signal", "size"), q=("q", "min"))
    order = order.sort_values(["signals", "q"], ascending=[False, True], kind="stable")
    return [str(unit) for unit in order.index]


def matrix(ctx: Context, look: Look) -> None:
    """Units with any signal by the signals that stand out for anybody."""
    flags = shown_flags(ctx, look)
    if flags.empty:
        return
    units = rows_of(flags)
    signals = [s for s in ORDER if s in set(flags["signal"])]
    title = ctx.say("page.integrity.matrix_title")
    note = ctx.say(
        "page.integrity.matrix_note", span=span_words(ctx, look.span), alpha=fmt.percent(ALPHA, ctx.lang, 0)
    )  # fmt: skip
    with panel(title, note, key="matrix"):
        columns = [
            Column("unit", ctx.say("page.integrity.unit"), "", 210, True, text=True),
            Column("count", ctx.say("page.integrity.signals"), "", 70),
            *(
                Column(
                    s, signal_name(ctx, s), ctx.say(f"fair.signal.{s}.definition"), 222, text=True
                )
                for s in signals
            ),
            Column("group", ctx.say("page.integrity.group"), "", 110, text=True),
        ]
        rows = [_cells(ctx, look, flags, unit, signals) for unit in units]
        frame = pd.DataFrame(rows, dtype="object")

        def chosen(row: int | None) -> None:
            if row is not None:
                mine = flags[flags["unit"] == units[row]]
                choice.keep(WHO, units[row])
                choice.keep(SIGNAL, str(mine["signal"].iloc[0]))

        tables.show(
            frame, columns, key=f"integrity-matrix-{ctx.lang}", alt=title, empty="–",
            on_select=None if ctx.view.present else chosen,
        )  # fmt: skip
        quiet = [s for s in ORDER if s in set(look.findings["signal"]) and s not in signals]
        if quiet:
            names = ctx.say("ui.list_comma").join(signal_name(ctx, s) for s in quiet)
            st.caption(escape(ctx.say("page.integrity.quiet", names=names)))
        if ctx.view.categories or ctx.view.channels:
            st.caption(escape(ctx.say("page.integrity.not_narrowed")))
        download(ctx, lambda: exported(ctx, look), key="integrity", notes=_notes(ctx, look))


def _cells(
    ctx: Context, look: Look, flags: pd.DataFrame, unit: str, signals: Sequence[str]
) -> dict[str, Any]:
    mine = flags[flags["unit"] == unit]
    out: dict[str, Any] = {
        "unit": unit_name(ctx, unit), "group": group_words(ctx, look, unit), "count": len(mine),
    }  # fmt: skip
    for signal in signals:
        row = look.row(signal, unit)
        if row is None or pd.isna(row["value"]):
            out[signal] = None
            continue
        value = fmt.percent(float(row["value"]), ctx.lang)
        if row["flagged"]:
            words = ctx.say(
                "page.integrity.cell", value=value, peers=peers_text(ctx, row),
                q=q_text(ctx, row["q"]),
            )  # fmt: skip
            out[signal] = Cell(float(row["value"]), words, ctx.colours.bad)
        else:
            plain = ctx.say("page.integrity.cell_plain", value=value)
            out[signal] = Cell(float(row["value"]), plain, ctx.colours.muted)
    return out


def group_words(ctx: Context, look: Look, unit: str) -> str:
    """The kind of unit; of a pair both."""
    known = look.units.set_index("unit")["unit_type"]
    kinds = [known.get(part) for part in unit.split(PAIR)]
    names = dict.fromkeys(ctx.say(f"unit_type.{kind}") for kind in kinds if isinstance(kind, str))
    return ctx.say("ui.list_comma").join(names)


def exported(ctx: Context, look: Look) -> pd.DataFrame:
    """All comparisons, flagged first, with the words of their headings."""
    out = look.findings.copy()
    out.insert(0, "signal_name", [signal_name(ctx, s) for s in out["signal"]])
    out.insert(2, "unit_name", [unit_name(ctx, str(u)) for u in out["unit"]])
    wanted = (
        "signal_name", "unit_name", "unit", "peer_group", "n", "hits", "value", "peers",
        "peers_low", "peers_high", "excess", "p", "q", "flagged", "reason",
    )  # fmt: skip
    out["reason"] = [
        ctx.say(f"fair.scan.{r}") if isinstance(r, str) and r else "" for r in out["reason"]
    ]
    return out[list(wanted)].rename(
        columns={name: ctx.say(f"page.integrity.column.{name}") for name in wanted}
    )


def _notes(ctx: Context, look: Look) -> list[str]:
    scan = look.scan
    return [
        span_words(ctx, look.span),
        ctx.say("fair.scan.honest", tests=fmt.number(scan.tests, ctx.lang)),
        ctx.say("fair.scan.caution"),
    ]


def computed(ctx: Context, look: Look) -> bool:
    """When the scan was made and on which data; returns whether a new one is asked for."""
    scan = look.scan
    words = ctx.say(
        "page.integrity.computed",
        moment=fmt.moment(scan.computed_at, ctx.lang), version=scan.data_version,
        seconds=fmt.number(scan.seconds, ctx.lang, 1),
    )  # fmt: skip
    stale = scan.data_version != ctx.version
    if stale:
        words += " " + ctx.say("page.integrity.newer", version=ctx.version)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escape(words), width="content")
        if ctx.view.present:
            return False
        return st.button(
            ctx.say("page.integrity.anew"), key=f"integrity-anew-{ctx.lang}",
            icon=":material/refresh:", type="secondary" if stale else "tertiary",
        )  # fmt: skip


def unmeasured(ctx: Context, look: Look) -> None:
    """Signals that nothing can be said about here, each with the reason."""
    skipped = [(s, look.scan.skipped[s]) for s in ORDER if s in look.scan.skipped]
    if not skipped:
        return
    with panel(ctx.say("page.integrity.unmeasured", n=len(skipped)), key="unmeasured"):
        st.markdown(
            "\n".join(
                ctx.say(
                    "page.integrity.why.line",
                    name=escape(signal_name(ctx, s)),
                    reason=escape(why(ctx, w)),
                )
                for s, w in skipped
            )
        )


def why(ctx: Context, skipped: Any) -> str:
    """Why a signal could not be looked at."""
    reason = skipped["reason"]
    names = ctx.say("ui.list_comma").join(
        ctx.say(f"field.{name}") for name in skipped.get("fields", ())
    )
    if reason == "no_field":
        return ctx.say("page.integrity.why.no_field", fields=names)
    if reason == "short_history":
        return ctx.say("page.integrity.why.short_history", days=skipped["days"])
    return ctx.say(f"page.integrity.why.{reason}")
