"""One signal for one unit: what it counts, what was found, peers, months, what it cannot show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from metrics.audit import audit_power
from metrics.conditions import Condition, both, test
from metrics.integrity import ALPHA, EVERYBODY
from metrics.patterns import LOOPED, pair_orders, passed_between, recoded_orders
from metrics.signals import SIGNALS
from ui import choice, read
from ui import integrity_figure as figures
from ui.context import Context
from ui.integrity import (
    COUNTED,
    ORDER,
    PAIR,
    Look,
    orders_link,
    q_text,
    sentence,
    signal_name,
    span_words,
    unit_link,
    unit_name,
)
from ui.integrity_matrix import SIGNAL, WHO, shown_flags
from ui.orders_list import naming
from ui.panel import chart, download, escape, panel
from ui.rankings_text import group_name
from ui.words_of import words_of
from words import format as fmt

SIZES = (200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000)
HIDDEN = 0.75


def choose(ctx: Context, look: Look) -> tuple[str, str]:
    """The signal and the unit looked at: from the link, a click in the table, or the clearest."""
    flags = shown_flags(ctx, look)
    judged = [s for s in ORDER if s in set(look.findings["signal"])]
    first = str(flags["signal"].iloc[0]) if len(flags) else judged[0]
    counts = flags.groupby("signal").size()

    def label(signal: str) -> str:
        n = int(counts.get(signal, 0))
        name = signal_name(ctx, signal)
        return ctx.say("page.integrity.signal_marked", name=name, n=n) if n else name

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        signal = choice.choose(
            ctx, SIGNAL, judged, first, title=ctx.say("page.integrity.signal"), label=label,
            width=280,
        )  # fmt: skip
        found = look.findings[look.findings["signal"] == signal]
        units = [str(u) for u in found["unit"]]
        mine = flags[flags["signal"] == signal]
        default = str(mine["unit"].iloc[0]) if len(mine) else units[0]
        default = next((u for u in ctx.view.units if u in units), default)
        unit = choice.choose(
            ctx, WHO, units, default, title=ctx.say("page.integrity.unit"),
            label=lambda code: unit_name(ctx, code), width=340,
        )  # fmt: skip
        if unit != EVERYBODY and PAIR not in unit:
            unit_link(ctx, unit)
    return signal, unit


def described(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """What is counted, what was found for the unit, what it cannot show, and the way to the orders."""
    row = look.row(signal, unit)
    assert row is not None
    title = ctx.say(
        f"page.integrity.{'stands_out' if row['flagged'] else 'not_out'}",
        unit=unit_name(ctx, unit), signal=signal_name(ctx, signal),
    )  # fmt: skip
    with panel(title, span_words(ctx, look.span), key="described"):
        st.markdown(f"{escape(sentence(ctx, row))}  \n{escape(_standing(ctx, row))}")
        lines = [
            ("definition", ctx.say(f"fair.signal.{signal}.definition")),
            *_conditions(ctx, signal),
            ("peers", _peers(ctx, look, row)),
            ("cannot", ctx.say(f"fair.signal.{signal}.cannot")),
        ]
        if signal == "unreached":
            lines.append(("needs", seen_from(ctx, look)))
        st.markdown(
            "\n".join(
                f"- **{escape(ctx.say(f'page.integrity.part.{name}'))}** {escape(text)}"
                for name, text in lines
            )
        )
        behind = behind_orders(look, signal, unit)
        if behind is not None and row["hits"]:
            n = fmt.number(row["hits"], ctx.lang)
            orders_link(
                ctx, behind_span(look, signal), behind, ctx.say("page.integrity.behind", n=n)
            )


def _standing(ctx: Context, row: pd.Series) -> str:
    if isinstance(row["reason"], str) and row["reason"]:
        return ctx.say(f"fair.scan.{row['reason']}")
    key = "flagged" if row["flagged"] else "unflagged"
    return ctx.say(
        f"page.integrity.q_{key}", q=q_text(ctx, row["q"]), alpha=fmt.percent(ALPHA, ctx.lang, 0)
    )


def _conditions(ctx: Context, signal: str) -> list[tuple[str, str]]:
    """Base and hit in words, where they are conditions."""
    known = SIGNALS.get(signal)
    if known is None or known.base is None or known.hit is None:
        return []
    name = naming(ctx)
    return [
        ("base", words_of(known.base, ctx.lang, name)),
        ("hit", words_of(known.hit, ctx.lang, name)),
    ]


def _peers(ctx: Context, look: Look, row: pd.Series) -> str:
    if row["signal"] == "recoding":
        return ctx.say("page.integrity.compared_with_itself", **recoding_dates(ctx, look))
    found = compared(look, row)
    group = str(row["peer_group"])
    name = ctx.say("page.integrity.everybody") if group == EVERYBODY else group_name(ctx, group)
    n = int((found["p"].notna() & (found["unit"] != row["unit"])).sum())
    return ctx.say("page.integrity.compared_with", group=name, n=n)


def compared(look: Look, row: pd.Series) -> pd.DataFrame:
    """The findings that a unit is compared with (itself among them)."""
    found: pd.DataFrame = look.findings[look.findings["signal"] == row["signal"]]
    if row["peer_group"] == EVERYBODY:
        return found
    like: pd.DataFrame = found[found["group"] == row["peer_group"]]
    return like


def recoding_dates(ctx: Context, look: Look) -> dict[str, str]:
    """First and last day of the two times that recoding compares, in words."""
    spans = look.scan.facts["spans"]
    return {
        f"{k}_{end}": fmt.day(pd.Timestamp(spans[k][i]).date() - timedelta(days=i), ctx.lang)
        for k in ("before", "now")
        for i, end in enumerate(("first", "last"))
    }


def behind_orders(look: Look, signal: str, unit: str) -> Condition | None:
    """The orders behind a signal as a condition, where they are one."""
    if signal in COUNTED:
        return SIGNALS[signal].behind(unit)
    if signal == "recoding":
        return recoded_orders(unit, look.scan.facts["prone"])
    if signal == "loop_pairs":
        one, two = unit.split(PAIR)
        return pair_orders(one, two)
    return None


def behind_span(look: Look, signal: str) -> Any:
    """The span that the orders behind lie in."""
    if signal != "recoding":
        return look.span
    first, last = (pd.Timestamp(x).to_pydatetime() for x in look.scan.facts["spans"]["now"])
    return replace(look.span, start=first, end=last)


@st.cache_data(show_spinner=False, max_entries=32)
def _seen(unreached: float, dissatisfied: float, spread: float, alpha: float) -> int | None:
    """The fewest follow-ups from which on a unit that hides three in four is likelier seen than not."""
    for n in SIZES:
        found = audit_power(
            n, 0, unreached=unreached, dissatisfied=dissatisfied, hidden=HIDDEN, spread=spread,
            alpha=alpha,
        )  # fmt: skip
        if found.records >= 0.5:
            return n
    return None


def seen_from(ctx: Context, look: Look) -> str:
    """From how many follow-ups on such a scan sees a unit that hides three in four."""
    facts = look.scan.facts["power"]
    if not facts:
        return ctx.say("page.integrity.needs_unknown")
    # What the control of false discoveries asks of a single comparison here, about.
    alpha = ALPHA * max(look.scan.flagged, 1) / max(look.scan.tests, 1)
    words = []
    for times in (1, 2):
        share = min(times * facts["dissatisfied"], 0.95)
        n = _seen(facts["unreached"], share, facts["spread"], alpha)
        key = "needs_more" if n is None else "needs_n"
        words.append(
            ctx.say(
                f"page.integrity.{key}", share=fmt.percent(share, ctx.lang),
                n=fmt.number(n or SIZES[-1], ctx.lang),
            )
        )  # fmt: skip
    return ctx.say(
        "page.integrity.needs",
        usual=words[0],
        double=words[1],
        median=fmt.number(facts["followups"], ctx.lang),
    )


def peers_chart(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """The distribution over the peers with the unit marked."""
    row = look.row(signal, unit)
    assert row is not None
    found = compared(look, row)
    # What is too small to be judged would only clutter the picture.
    found = found[found["p"].notna() | (found["unit"] == unit)]
    known = found[found["value"].notna()]
    place = int((known["value"] > row["value"]).sum()) + 1
    title = ctx.say(
        "page.integrity.peers_title",
        unit=unit_name(ctx, unit), place=place, of=len(known),
    )  # fmt: skip
    note = "peers_note_plain" if pd.isna(row["peers_low"]) else "peers_note"
    if len(found) > 1 and found["n"].nunique() == 1:
        note = "peers_note_ranked"
    with panel(title, ctx.say(f"page.integrity.{note}"), key="peers"):
        chart(figures.peers(ctx, found, unit), key="peers-chart", alt=title, height=330)
        download(
            ctx, lambda: found[["unit", "n", "hits", "value", "peers", "peers_low", "peers_high", "q"]],
            key=f"integrity-{signal}-peers",
        )  # fmt: skip


def months_chart(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """The share by month: the unit and its peers pooled."""
    row = look.row(signal, unit)
    assert row is not None
    base, hit = _base_hit(signal, unit)
    span = look.span
    found = read.tally({"n": base, "hits": both(base, hit)}, span, ("unit", "month"))
    if signal == "loop_pairs":
        mine = found.groupby("month", as_index=False)[["hits", "n"]].sum()
        whole = read.tally(
            {"n": test("first_unit", "present"), "hits": both(test("first_unit", "present"), LOOPED)},
            span, ("month",),
        )  # fmt: skip
        theirs = whole[["month", "hits", "n"]]
    else:
        mine = found[found["unit"] == unit]
        peers = set(compared(look, row)["unit"]) - {unit}
        rest = found[found["unit"].isin(peers)]
        theirs = rest.groupby("month", as_index=False)[["hits", "n"]].sum()
    mine, theirs = (frame[frame["n"] > 0].sort_values("month") for frame in (mine, theirs))
    joint = mine.merge(theirs, on="month", suffixes=("", "_theirs"))
    above = int((joint["hits"] / joint["n"] > joint["hits_theirs"] / joint["n_theirs"]).sum())
    title = ctx.say(
        "page.integrity.months_title", unit=unit_name(ctx, unit), above=above, of=len(joint)
    )
    with panel(title, ctx.say("page.integrity.months_note"), key="months"):
        chart(figures.months(ctx, mine, theirs, unit), key="months-chart", alt=title, height=330)
        download(ctx, joint, key=f"integrity-{signal}-months")


def _base_hit(signal: str, unit: str) -> tuple[Condition, Condition]:
    if signal == "loop_pairs":
        one, two = unit.split(PAIR)
        return passed_between(one, two), LOOPED
    known = SIGNALS[signal]
    assert known.base is not None and known.hit is not None
    return known.base, known.hit
