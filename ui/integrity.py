"""The integrity scan as the pages see it: which span, the kept scan or a new one, names."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, time

import pandas as pd
import streamlit as st

from data import integrity_kept, integrity_run
from data.integrity_kept import Scanned
from metrics import periods
from metrics.conditions import Condition
from metrics.integrity import EVERYBODY
from metrics.selection import Selection
from ui import drill, integrity_reads, read
from ui.context import Context
from ui.pages import PAGES
from ui.period_code import encode
from words import format as fmt

MONTHS = ("3", "6", "12", "18", "24")
USUAL = "12"
PAIR = " ⇄ "
COUNTED = ("satisfied_unresolved", "unreached", "excluded", "repeated", "loops", "instant")
"""Signals whose orders are a condition."""
ORDER = (
    "satisfied_unresolved", "unreached", "bunching", "excluded", "recoding", "repeated", "loops",
    "loop_pairs", "same_replies", "instant", "edges", "heaping",
)  # fmt: skip
_RUNNING = threading.Lock()


@dataclass(frozen=True)
class Look:
    """What the page looks at: the span, the scan over it, and the unit list."""

    span: Selection
    scan: Scanned
    units: pd.DataFrame

    @property
    def findings(self) -> pd.DataFrame:
        """Everything that was compared."""
        return self.scan.findings

    @property
    def flags(self) -> pd.DataFrame:
        """What stands out."""
        return self.findings[self.findings["flagged"]]

    def row(self, signal: str, unit: str) -> pd.Series | None:
        """One comparison; ``None`` where there is none."""
        found = self.findings
        mine = found[(found["signal"] == signal) & (found["unit"] == unit)]
        return mine.iloc[0] if len(mine) else None


def span_of(ctx: Context, months: str) -> Selection:
    """So many months up to the end of the period shown (to the last complete day at most)."""
    end = min(ctx.period.end, datetime.combine(ctx.until.date(), time()))
    end = datetime.combine(end.date(), time())
    start = pd.Timestamp(end) - pd.DateOffset(months=int(months))
    return Selection(start.to_pydatetime(), end)


def span_words(ctx: Context, span: Selection) -> str:
    """A span as its first and last day."""
    return ctx.period_label(_period(span))


def look(ctx: Context, span: Selection, *, anew: bool = False) -> Look:
    """The kept scan of a span; where there is none (or ``anew``) it is made now, with progress."""
    found = None if anew else integrity_reads.kept(span, ctx.scheme)
    if found is None:
        found = _make(ctx, span, anew)
    units = read.units().drop_duplicates("unit")
    return Look(span, found, units)


def _make(ctx: Context, span: Selection, anew: bool) -> Scanned:
    bar = st.progress(0.0, ctx.say("page.integrity.step.counts"))

    def told(step: str, share: float) -> None:
        bar.progress(share, ctx.say(f"page.integrity.step.{step}"))

    with _RUNNING:
        # Somebody else may have made it while this one waited.
        found = None if anew else integrity_kept.kept(read.store(), span, ctx.scheme)
        if found is None:
            found = integrity_run.run(read.store(), span, ctx.scheme, told)
            integrity_kept.keep(read.store(), found)
    bar.empty()
    return found


# -- names --------------------------------------------------------------------------
def signal_name(ctx: Context, signal: str) -> str:
    """A signal's name."""
    return ctx.say(f"fair.signal.{signal}.name")


def unit_name(ctx: Context, code: str) -> str:
    """A unit's name, a pair's names, or "the whole city"."""
    if code == EVERYBODY:
        return ctx.say("page.integrity.city")
    return PAIR.join(ctx.name(part) for part in code.split(PAIR))


def q_text(ctx: Context, q: float | None) -> str:
    """A q-value: < 0.001, or = and three digits."""
    if q is None or pd.isna(q):
        return ctx.say("page.integrity.no_q")
    return "< 0.001" if q < 0.001 else f"= {fmt.number(float(q), ctx.lang, 3)}"


def small_text(ctx: Context, p: object) -> str:
    """A p- or q-value in a table: <0.001 or three digits."""
    value = _number(p)
    if value is None:
        return ctx.say("page.integrity.no_q")
    return "<0.001" if value < 0.001 else fmt.number(value, ctx.lang, 3)


def peers_text(ctx: Context, row: pd.Series) -> str:
    """Where blameless peers lie: an interval, or the share they have."""
    if not pd.isna(row["peers_low"]):
        return fmt.interval(float(row["peers_low"]), float(row["peers_high"]), ctx.lang)
    return fmt.percent(_number(row["peers"]), ctx.lang)


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]


def sentence(ctx: Context, row: pd.Series) -> str:
    """What was found, in words: hits of the base, peers, how many beyond."""
    holes = {
        "hits": fmt.number(row["hits"], ctx.lang), "n": fmt.number(row["n"], ctx.lang),
        "value": fmt.percent(_number(row["value"]), ctx.lang), "peers": peers_text(ctx, row),
    }  # fmt: skip
    excess = _number(row["excess"])
    if excess is not None and excess < 0:
        return ctx.say("page.integrity.fewer", **holes, excess=fmt.number(-excess, ctx.lang))
    return ctx.say("fair.scan.value", **holes, excess=fmt.number(excess, ctx.lang))


# -- links -----------------------------------------------------------------------------
def _period(span: Selection) -> periods.Period:
    last = periods.Period(span.start, span.end, "custom").last_day
    return periods.custom(span.start.date(), last)


def orders_link(ctx: Context, span: Selection, condition: Condition, label: str) -> None:
    """To the very orders of a condition, over the span of the scan and nothing else narrowing."""
    plain = replace(
        ctx.view, period=encode(_period(span)), districts=(), unit_types=(), units=(),
        categories=(), channels=(),
    )  # fmt: skip
    over = replace(ctx, view=plain)
    st.page_link(
        "pages/orders.py", label=label, icon=":material/receipt_long:",
        query_params=drill.drill(over, condition, clock="created"),
    )  # fmt: skip


def unit_link(ctx: Context, unit: str) -> None:
    """To the unit's own page, where there is one."""
    if any(page.name == "unit" for page in PAGES):
        st.page_link(
            "pages/unit.py", label=ctx.say("page.integrity.to_unit", unit=ctx.name(unit)),
            icon=":material/badge:", query_params={"lang": ctx.lang, "u": unit},
        )  # fmt: skip
