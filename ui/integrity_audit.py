"""Audit calls: how many, what they would see, the drawn list, fixed under a published seed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import audit_calls
from data.audit_calls import DRAW, LIST
from data.records import Record
from metrics.audit import UNHEARD, audit_power
from metrics.conditions import test
from metrics.selection import Selection
from ui import choice, read, tables
from ui import integrity_reads as reads
from ui.cells import framed
from ui.context import Context
from ui.integrity import Look, orders_link
from ui.panel import download, escape, panel
from ui.tables import Cell, Column
from ui.values import column as in_words
from ui.who import ask
from words import format as fmt

PER_UNIT = ("5", "10", "20", "30", "40", "60", "80")
USUAL = "20"
CALLS = (0, 10, 20, 40, 80)
SIZES = (200, 500, 1000, 1500, 3000)
HIDDEN = 0.4
SEED, HIGHEST = "seed", 10**9


def span_of(ctx: Context) -> Selection:
    """Audits are about the period shown."""
    return Selection(ctx.period.start, ctx.period.end)


def plan(ctx: Context, look: Look) -> None:
    """Choose size and seed; see what it would add, and the list."""
    span = span_of(ctx)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        per_unit = int(
            choice.choose(
                ctx, "calls", PER_UNIT, USUAL, title=ctx.say("page.integrity.audit.per_unit"),
                label=lambda n: ctx.say("page.integrity.audit.calls", n=n), width=180,
            )
        )  # fmt: skip
        seed = _seed(ctx, audit_calls.usual_seed(span))
    left, right = st.columns([5, 6], gap="small")
    with left:
        _power(ctx, look, span, per_unit)
    with right:
        _list(ctx, span, per_unit, seed)


def _seed(ctx: Context, usual: int) -> int:
    text = st.query_params.get(SEED, "")
    seed = int(text) if text.isascii() and text.isdigit() and int(text) < HIGHEST else usual
    key = f"audit-seed-{ctx.lang}"
    st.session_state[key] = str(seed)

    def changed() -> None:
        typed = st.session_state[key].strip()
        if typed.isascii() and typed.isdigit() and int(typed) < HIGHEST:
            choice.keep(SEED, typed, str(usual))
        else:
            st.session_state["_bad_seed"] = typed

    st.text_input(
        ctx.say("page.integrity.audit.seed"), key=key, width=180, max_chars=9, on_change=changed,
        help=ctx.say("page.integrity.audit.seed_help"),
    )  # fmt: skip
    bad = st.session_state.pop("_bad_seed", None)
    if bad is not None:
        st.warning(ctx.say("page.integrity.audit.bad_seed", value=escape(bad)))
    return seed


# -- what the calls would see --------------------------------------------------------
@st.cache_data(show_spinner=False, max_entries=32)
def _chances(
    sizes: tuple[int, ...],
    calls: tuple[int, ...],
    unreached: float,
    dissatisfied: float,
    spread: float,
) -> pd.DataFrame:
    rows = []
    for n in sizes:
        for c in calls:
            found = audit_power(
                n, c, unreached=unreached, dissatisfied=dissatisfied, hidden=HIDDEN, spread=spread
            )
            rows.append({"n": n, "calls": c, "power": found.calls, "false": found.false_alarms})
    return pd.DataFrame(rows)


def _power(ctx: Context, look: Look, span: Selection, per_unit: int) -> None:
    facts = look.scan.facts["power"]
    if not facts:
        with panel(ctx.say("page.integrity.audit.power_title"), key="power"):
            st.info(ctx.say("page.integrity.audit.no_followup"), icon=":material/hide_source:")
        return
    found = read.tally({"n": test("followup", "present")}, span, ("unit",))
    found = found[found["unit"].notna()]
    median = int(found["n"].median()) if len(found) else int(facts["followups"])
    sizes = tuple(sorted({max(median, 10), *SIZES}))
    calls = tuple(sorted({*CALLS, per_unit}))
    chances = _chances(sizes, calls, facts["unreached"], facts["dissatisfied"], facts["spread"])
    mine = chances[chances["n"] == max(median, 10)].set_index("calls")
    title = ctx.say(
        "page.integrity.audit.power_finding", median=fmt.number(median, ctx.lang), n=per_unit,
        records=fmt.percent(mine["power"].to_dict()[0], ctx.lang, 0),
        with_calls=fmt.percent(mine["power"].to_dict()[per_unit], ctx.lang, 0),
    )  # fmt: skip
    note = ctx.say(
        "page.integrity.audit.power_note", hidden=fmt.percent(HIDDEN, ctx.lang, 0),
        unreached=fmt.percent(facts["unreached"], ctx.lang),
        dissatisfied=fmt.percent(facts["dissatisfied"], ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="power"):
        wide = chances.pivot(index="n", columns="calls", values="power")
        cells = {"n": [Cell(n, fmt.number(int(n), ctx.lang)) for n in wide.index]}
        for c in wide:
            cells[str(c)] = [
                Cell(
                    v,
                    fmt.percent(float(v), ctx.lang, 0),
                    ctx.colours.accent if c == per_unit else "",
                )
                for v in wide[c]
            ]
        shown = framed(cells)
        columns = [
            Column("n", ctx.say("page.integrity.audit.followups"), "", 130, True),
            *(Column(str(c), ctx.say("page.integrity.audit.calls", n=c), "", 80) for c in wide),
        ]
        tables.show(
            shown, columns, key=f"power-{ctx.lang}", alt=title, empty="–", strong=(str(per_unit),)
        )
        false = fmt.percent(float(chances["false"].max()), ctx.lang, 0)
        lines = [
            ctx.say("fair.audit.false_alarm", value=false),
            ctx.say("page.integrity.audit.power_cannot"),
        ]
        st.caption("  \n".join(escape(line) for line in lines))
        download(
            ctx, lambda: tables.plain(shown, columns, ctx), key="audit-power", notes=[title, note]
        )


# -- the list -------------------------------------------------------------------------
def narrowed(ctx: Context) -> tuple[str, ...]:
    """The units that the filters leave; empty: all."""
    units, view = read.units(), ctx.view
    if not (view.districts or view.units or view.unit_types):
        return ()
    if view.districts:
        units = units[units["district"].isin(view.districts)]
    if view.unit_types:
        units = units[units["unit_type"].isin(view.unit_types)]
    if view.units:
        units = units[units["unit"].isin(view.units)]
    return tuple(units["unit"])


def _list(ctx: Context, span: Selection, per_unit: int, seed: int) -> None:
    drawn = reads.drawn(span, per_unit, seed, narrowed(ctx))
    title = ctx.say(
        "page.integrity.audit.list_title", n=fmt.number(len(drawn), ctx.lang),
        units=drawn["unit"].nunique(), seed=seed,
    )  # fmt: skip
    with panel(title, f"{ctx.say('fair.audit.help')} {ctx.period_label()}", key="audit-list"):
        if drawn.empty:
            st.info(ctx.say("page.integrity.audit.nobody"), icon=":material/hide_source:")
            return
        columns = [
            Column("unit", ctx.say("field.unit"), "", 180, True, text=True),
            Column("order_id", ctx.say("field.order_id"), "", 170, text=True),
            Column("followup", ctx.say("field.followup"), "", 110, text=True),
            Column("created_at", ctx.say("field.created_at"), "", 140, text=True),
            Column("chance", ctx.say("page.integrity.audit.chance"), "", 150),
        ]
        tables.show(
            _worded(ctx, drawn), columns, key=f"audit-list-{ctx.lang}", alt=title, empty="–", most=390,
        )  # fmt: skip
        short = drawn.groupby("unit").size()
        few = int((short < per_unit).sum())
        if few:
            st.caption(escape(ctx.say("page.integrity.audit.few", n=few, per_unit=per_unit)))
        st.caption(escape(ctx.say("page.integrity.audit.verify")))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            notes = [
                title,
                ctx.say("page.integrity.audit.verify"),
                ctx.say("page.integrity.audit.fill"),
            ]
            download(ctx, lambda: form(ctx, drawn), key=f"audit-{seed}-{per_unit}", notes=notes)
            orders_link(ctx, span, UNHEARD, ctx.say("page.integrity.audit.population"))
        _fix(ctx, span, per_unit, seed, drawn)


def _worded(ctx: Context, drawn: pd.DataFrame) -> pd.DataFrame:
    return framed(
        {
            "unit": [ctx.name(u) for u in drawn["unit"]],
            "order_id": drawn["order_id"],
            "followup": in_words(drawn, "followup", ctx.lang),
            "created_at": [fmt.stamp(t) for t in drawn["created_at"]],
            "chance": [
                Cell(
                    c, ctx.say(
                        "page.integrity.audit.chance_of", of=fmt.number(int(of), ctx.lang),
                        chance=fmt.percent(float(c), ctx.lang, 0),
                    ),
                )
                for c, of in zip(drawn["chance"], drawn["drawn_from"], strict=True)
            ],
        }
    )  # fmt: skip


def form(ctx: Context, drawn: pd.DataFrame) -> pd.DataFrame:
    """The list as the callers get it: order, unit, and empty columns for the answers."""
    out = drawn[[c for c in LIST if c in drawn]].copy()
    if "followup" in out:
        out["followup"] = in_words(drawn, "followup", ctx.lang)
        out["created_at"] = [fmt.stamp(t) for t in out["created_at"]]
    for name in audit_calls.ANSWERS:
        out[name] = ""
    return out.rename(columns={c: ctx.say(f"page.integrity.audit.column.{c}") for c in out})


def _fix(ctx: Context, span: Selection, per_unit: int, seed: int, drawn: pd.DataFrame) -> None:
    """Write the list down, so that it stands whatever arrives later."""
    if ctx.view.present:
        return
    same = [r for r in draws(span) if (r.body["seed"], r.body["per_unit"]) == (seed, per_unit)]
    if same:
        last = same[-1]
        st.success(
            ctx.say("page.integrity.audit.fixed", moment=fmt.moment(last.moment, ctx.lang), actor=escape(last.actor)),
            icon=":material/lock:",
        )  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        actor = ask(ctx, "audit-fix")
        if st.button(
            ctx.say("page.integrity.audit.fix"), key=f"audit-fix-{ctx.lang}", disabled=not actor,
            icon=":material/lock:", help=ctx.say("page.integrity.audit.fix_help"),
        ):  # fmt: skip
            audit_calls.fix(read.store(), span, per_unit, seed, drawn, actor or "")
            st.rerun()


def draws(span: Selection | None = None) -> list[Record]:
    """The lists that were fixed (for a span), oldest first."""
    found = read.recorded(DRAW)
    return [r for r in found if span is None or audit_calls.span_of(r) == span]
