"""This month's board (月分析): bands of the last published month, where points were lost, integrity signals."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import streamlit as st

from data import integrity_kept, yearbook
from data.integrity_kept import Scanned
from metrics.selection import Selection
from ui import integrity, published, read, unit_data, unit_lost, unit_text
from ui.context import Context
from ui.fair_data import fair_of
from ui.supervision_lines import Line, section
from words import format as fmt

MOST_LOST, EXPLAINED = 12, 6
LEAST, FEW = 0.5, 30
"""Points that are worth a line."""


def board(ctx: Context) -> None:
    """The sentence, then the three lists."""
    bands, lost, signals = band_lines(ctx), lost_lines(ctx), signal_lines(ctx)
    parts = [
        ctx.say(f"supervision.count.{name}", n=len(lines))
        for name, lines in (("bands", bands), ("lost", lost), ("signals", signals))
        if lines
    ]
    comma = ctx.say("ui.list_comma")
    st.markdown(
        "#### "
        + (
            ctx.say(
                "supervision.headline_month", period=ctx.period_label(), parts=comma.join(parts)
            )
            if parts
            else ctx.say("supervision.nothing_month")
        )
    )
    left, right = st.columns(2, gap="small")
    with left:
        section(ctx, "bands", bands, board="month", days=15)
        section(ctx, "signals", signals, board="month", days=10, note=_scan_note(ctx))
    with right:
        section(ctx, "lost", lost, board="month", days=15,
                note=ctx.say("supervision.section.lost.note", period=ctx.period_label(), least=least(ctx)))  # fmt: skip


def band_lines(ctx: Context) -> list[Line] | None:
    """Units in a band at the bottom of the latest published month (整改、治理)."""
    made = published.standing(ctx.scheme.id)
    if not made:
        return None
    last = made[-1]
    bottom = {
        band.id: band for band in last.scheme.bands if band.side == "bottom" and band.by != "volume"
    }
    found = published.result(last).bands
    found = found[found["band"].isin(list(bottom))]
    runs = yearbook.running(yearbook.run_of(made, last.period))
    runs = runs[runs["period"] == last.period]
    times = dict(zip(zip(runs["unit"], runs["band"], strict=True), runs["running"], strict=True))
    out = []
    months_in = [-int(times.get(key, 1)) for key in zip(found["unit"], found["band"], strict=True)]
    found = found.assign(longest=months_in).sort_values(["longest", "group", "band", "place"])
    for row in found.to_dict("records"):
        unit, band = str(row["unit"]), bottom[str(row["band"])]
        if ctx.view.units and unit not in ctx.view.units:
            continue
        months = int(times.get((unit, band.id), 1))
        value = fmt.signed if band.by == "rise" else fmt.number
        text = ctx.say(
            "supervision.band_line", unit=ctx.name(unit), band=ctx.names_of(band.names),
            period=ctx.period_label(last.period), value=value(float(row["value"]), ctx.lang, 2),
        )  # fmt: skip
        if months > 1:
            text += ctx.say("supervision.band_running", n=months)
        title = ctx.say("supervision.band_task", band=ctx.names_of(band.names), unit=ctx.name(unit))
        key = f"{last.period.start.date()}|{band.id}|{unit}"
        out.append(Line(("band", key), text, title, unit, "pages/unit.py", {"u": unit}))
    return out


def lost_lines(ctx: Context) -> list[Line] | None:
    """The units' rates that cost the most points in the period, the causes of the largest."""
    all_ = unit_data.results(ctx)
    if not all_.tables:
        return None
    made = fair_of(ctx, all_.counts, all_.bonuses)
    linear = made.linear
    falls = linear.points * (1 - np.nan_to_num(linear.goodness, nan=1.0))
    ranked = set(linear.table.loc[linear.table["ranked"].astype(bool), "unit"])
    rows = [
        (float(falls[i, j]), unit, piece.name, int(linear.n[i, j]))
        for i, unit in enumerate(linear.units)
        for j, piece in enumerate(linear.pieces)
        if unit in ranked
        and falls[i, j] >= LEAST
        and linear.n[i, j] >= least(ctx)
        and (not ctx.view.units or unit in ctx.view.units)
    ]
    rows.sort(key=lambda row: (-row[0], row[1]))
    names = unit_text.rate_names(ctx, linear)
    out = []
    for place, (points, unit, rate, n) in enumerate(rows[:MOST_LOST]):
        text = ctx.say(
            "supervision.lost_line", unit=ctx.name(unit), rate=names[rate],
            points=unit_text.points(ctx, points), n=fmt.number(n, ctx.lang),
        )  # fmt: skip
        if place < EXPLAINED:
            text += _cause(ctx, unit_data.profile(ctx, unit, all_), rate)
        title = ctx.say("supervision.lost_task", unit=ctx.name(unit), rate=names[rate])
        out.append(Line(("cause", f"{ctx.period.start.date()}|{unit}|{rate}"), text, title, unit,
                        "pages/unit.py", {"u": unit, "section": "lost"}))  # fmt: skip
    return out


def _cause(ctx: Context, mine: unit_data.Profile, rate: str) -> str:
    """The largest cause of a rate's loss, and the category with most of the orders behind it."""
    try:
        found = unit_lost.lost(ctx, mine)
    except ValueError:  # the orders are being changed: the line stands without its cause
        return ""
    causes, places = (found.by(["rate", by]) for by in ("cause", "category"))
    causes, places = (table[table["rate"] == rate] for table in (causes, places))
    if causes.empty:
        return ""
    first, where = causes.iloc[0], places.sort_values("orders", ascending=False).iloc[0]
    out = ctx.say(
        "supervision.lost_cause", cause=unit_text.cause_name(ctx, str(first["cause"])),
        n=fmt.number(int(first["orders"]), ctx.lang), points=unit_text.points(ctx, float(first["points"])),
    )  # fmt: skip
    if int(where["orders"]) > 1 and isinstance(where["category"], str):
        category = unit_text.category_name(ctx, where["category"])
        out += ctx.say("supervision.lost_where", category=category, n=int(where["orders"]))
    return out


def least(ctx: Context) -> int:
    """Orders below which a unit's loss is chance: the scheme's own line, at least 30."""
    return max(ctx.scheme.minimum_n, FEW)


@st.cache_resource(show_spinner=False, max_entries=4)
def _newest(version: int, moment: str, scheme: str) -> Scanned | None:
    del version, moment
    return integrity_kept.newest(read.store(), scheme)


def newest_scan(ctx: Context) -> Scanned | None:
    """The newest integrity scan under the scheme, whatever its span."""
    scheme = integrity_kept.scheme_key(ctx.scheme)
    moment: datetime | None = integrity_kept.newest_moment(read.store(), scheme)
    return _newest(ctx.version, str(moment), scheme) if moment else None


def signal_lines(ctx: Context) -> list[Line] | None:
    """What stands out in the newest scan, the most sure first."""
    scan = newest_scan(ctx)
    if scan is None:
        return None
    flags = scan.findings[scan.findings["flagged"]].sort_values("q", kind="stable")
    known = set(read.units()["unit"])
    out = []
    for _, row in flags.iterrows():
        unit = str(row["unit"])
        if ctx.view.units and unit not in ctx.view.units:
            continue
        name = integrity.signal_name(ctx, str(row["signal"]))
        text = ctx.say(
            "supervision.signal_line", signal=name, unit=integrity.unit_name(ctx, unit),
            found=integrity.sentence(ctx, pd.Series(row)),
        )  # fmt: skip
        title = ctx.say("supervision.signal_task", signal=name, unit=integrity.unit_name(ctx, unit))
        out.append(Line(("integrity", f"{row['signal']}|{unit}"), text, title,
                        unit if unit in known else None, "pages/integrity.py"))  # fmt: skip
    return out


def _scan_note(ctx: Context) -> str:
    scan = newest_scan(ctx)
    if scan is None or scan.computed_at is None:
        return ""
    return ctx.say(
        "supervision.scan_note", span=integrity.span_words(ctx, Selection(scan.start, scan.end)),
        moment=fmt.moment(scan.computed_at, ctx.lang), expected=fmt.number(scan.expected_false, ctx.lang, 1),
    )  # fmt: skip
