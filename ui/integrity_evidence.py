"""The evidence behind a signal: closings against the limit, texts side by side, chains, months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from metrics.conditions import EVERYTHING, both, test
from metrics.fields import EXCLUSIONS
from metrics.integrity import followup_stages
from metrics.patterns import pair_orders
from metrics.periods import Period
from metrics.replies import alike
from metrics.selection import PATH
from metrics.signals import ALLOWED, BUNCH_HOURS
from ui import integrity_figure as figures
from ui import integrity_reads as reads
from ui import rankings, read
from ui.context import Context
from ui.integrity import COUNTED, PAIR, Look, unit_name
from ui.integrity_orders import ORDERS, bunched, chains
from ui.integrity_signal import compared, months_chart, recoding_dates
from ui.panel import chart, download, escape, panel
from words import format as fmt

STAGES = ("followed_up", "valid", "resolved", "satisfied")
GROUPS_SHOWN, TEXTS_SHOWN = 3, 4
FAR = 24
WEEK = 7


def evidence(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """The panels that belong to one signal."""
    beside = ("unreached", "satisfied_unresolved", "excluded", "bunching", "loop_pairs")
    left, right = st.columns(2, gap="small") if signal in beside else (st.container(),) * 2
    if signal in COUNTED or signal == "loop_pairs":
        with left:
            months_chart(ctx, look, signal, unit)
    if signal == "bunching":
        with left:
            _closings(ctx, look, unit)
    with right:
        _more(ctx, look, signal, unit)


def _more(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """What only this signal has."""
    if signal in ("unreached", "satisfied_unresolved"):
        _stages(ctx, look, signal, unit)
    elif signal == "excluded":
        _lift(ctx, look, unit)
    elif signal == "bunching":
        bunched(ctx, look.span, unit)
    elif signal == "loop_pairs":
        chains(ctx, look.span, pair_orders(*unit.split(PAIR)), unit)
    elif signal == "same_replies":
        _replies(ctx, look, unit)
    elif signal == "recoding":
        _recoded(ctx, look, unit)
    elif signal == "edges":
        _edge(ctx, look, unit)


def _stages(ctx: Context, look: Look, signal: str, unit: str) -> None:
    """What is left of the closed orders after every stage of the follow-up."""
    closed = test("status", "eq", "closed")
    heard = both(closed, test("followup", "eq", "valid"))
    pleased = ["very_satisfied", "satisfied", "basically_satisfied"]
    measures = {
        "closed": closed,
        "followed_up": both(closed, test("followup", "present")),
        "valid": heard,
        "resolved": both(heard, test("resolution", "in", ["resolved", "basically_resolved"])),
        "satisfied": both(heard, test("satisfaction", "in", pleased)),
    }
    found = read.tally(measures, look.span, ("unit",))
    row = look.row(signal, unit)
    assert row is not None
    peers = set(compared(look, row)["unit"]) - {unit}
    pooled = pd.DataFrame(
        [found[found["unit"] == unit][list(measures)].sum(), found[found["unit"].isin(peers)][list(measures)].sum()]
    )  # fmt: skip
    rates = followup_stages(pooled.assign(unit=[unit, "peers"]))
    names = [ctx.say(f"page.integrity.stage.{stage}") for stage in STAGES]
    mine, theirs = ([float(rates[f"{stage}_rate"].iloc[k]) for stage in STAGES] for k in (0, 1))
    title = ctx.say(
        "page.integrity.stages_title", unit=unit_name(ctx, unit),
        value=fmt.percent(mine[1], ctx.lang), peers=fmt.percent(theirs[1], ctx.lang),
        gap=fmt.points(float(rates["gap"].iloc[0]), ctx.lang),
        peers_gap=fmt.points(float(rates["gap"].iloc[1]), ctx.lang),
    )  # fmt: skip
    with panel(title, ctx.say("page.integrity.stages_note"), key="stages"):
        chart(
            figures.two_bars(ctx, names, mine, theirs, unit), key="stages-chart", alt=title,
            height=330,
        )  # fmt: skip
        download(ctx, rates, key="integrity-stages")


def _lift(ctx: Context, look: Look, unit: str) -> None:
    """What exclusions do to the unit's score, and for which reasons."""
    counts = {r: test("exclusion", "eq", r) for r in EXCLUSIONS}
    found = read.tally({"all": EVERYTHING, **counts}, look.span, ("unit",))
    mine = found[found["unit"] == unit][["all", *EXCLUSIONS]].sum()
    rest = found[found["unit"] != unit][["all", *EXCLUSIONS]].sum()
    used = [r for r in EXCLUSIONS if mine[r] or rest[r]]
    whole = Period(look.span.start, look.span.end, "custom")
    plain = replace(
        ctx, view=replace(ctx.view, districts=(), unit_types=(), categories=(), channels=())
    )
    tables = rankings.leagues(ctx.scheme, rankings.unit_counts(plain, whole).units, None)
    scores = pd.concat([league.ranked for league in tables.values()])
    row = scores[scores["unit"] == unit]
    title = ctx.say("page.integrity.reasons_title", unit=unit_name(ctx, unit))
    if len(row) and "lift" in row and pd.notna(row["lift"].iloc[0]):
        title = ctx.say(
            "page.integrity.lift", unit=unit_name(ctx, unit),
            before=fmt.number(float(row["score_all"].iloc[0]), ctx.lang, 2),
            after=fmt.number(float(row["score"].iloc[0]), ctx.lang, 2),
            points=fmt.signed(float(row["lift"].iloc[0]), ctx.lang, 2),
            usual=fmt.signed(float(scores["lift"].median()), ctx.lang, 2),
        )  # fmt: skip
    with panel(title, ctx.say("page.integrity.reasons_note"), key="reasons"):
        names = [ctx.say(f"value.exclusion.{r}") for r in used]
        made = figures.two_bars(
            ctx, names, [mine[r] / mine["all"] for r in used],
            [rest[r] / rest["all"] for r in used], unit,
        )  # fmt: skip
        chart(made, key="reasons-chart", alt=title, height=330)
        table = pd.DataFrame({"reason": names, "n": [int(mine[r]) for r in used]})
        download(ctx, table, key="integrity-exclusions")


def _closings(ctx: Context, look: Look, unit: str) -> None:
    """Closings by hours left before the limit, for the kind of limit the unit has most of."""
    found = reads.closing_hours(look.span)
    mine = found[found["unit"] == unit]
    if mine.empty:
        return
    row = look.row("bunching", unit)
    assert row is not None
    near = mine[mine["left"].between(0, BUNCH_HOURS - 1)]
    kind = str((near if len(near) else mine).groupby(ALLOWED)["n"].sum().idxmax())
    peers = set(compared(look, row)["unit"]) - {unit}
    hours = list(range(-FAR, FAR * 2))
    parts = []
    for part in (mine, found[found["unit"].isin(peers)]):
        sums = part[part[ALLOWED] == kind].groupby("left")["n"].sum()
        counts = [float(sums.get(h, 0)) for h in hours]
        parts.append([n / max(sum(counts), 1.0) for n in counts])
    share = sum(s for h, s in zip(hours, parts[0], strict=True) if 0 <= h < BUNCH_HOURS)
    usual = sum(s for h, s in zip(hours, parts[1], strict=True) if 0 <= h < BUNCH_HOURS)
    title = ctx.say(
        "page.integrity.closings_title", unit=unit_name(ctx, unit), hours=int(BUNCH_HOURS),
        share=fmt.percent(share, ctx.lang, 0), usual=fmt.percent(usual, ctx.lang, 0),
    )  # fmt: skip
    n = int(mine[(mine[ALLOWED] == kind) & mine["left"].isin(hours)]["n"].sum())
    note = ctx.say(
        "page.integrity.closings_note", kind=ctx.say(f"page.integrity.allowed.{kind}"),
        n=fmt.number(n, ctx.lang),
    )  # fmt: skip
    with panel(title, note, key="closings"):
        made = figures.two_bars(
            ctx,
            [-h for h in hours],
            parts[0],
            parts[1],
            unit,
            axis=ctx.say("page.integrity.axis_left"),
        )
        # From early to late, the limit at 0: an hour h..h+1 before it stands at -h.
        made.add_vline(x=0.5, line={"color": ctx.colours.bad, "dash": "dash", "width": 1.5})
        made.update_layout(barmode="overlay", bargap=0.1)
        made.update_traces(opacity=0.75)
        chart(made, key="closings-chart", alt=title, height=330)
        table = pd.DataFrame({"hours_left": hours, "unit": parts[0], "peers": parts[1]})
        download(ctx, table, key="integrity-closings")


def _replies(ctx: Context, look: Look, unit: str) -> None:
    """Near-duplicates of the unit's sample, side by side."""
    sample = reads.replies(look.span, unit)
    groups = alike(sample["reply"].tolist())
    title = ctx.say(
        "page.integrity.replies_title", unit=unit_name(ctx, unit), n=len(sample),
        groups=len(groups), most=max((len(g) for g in groups), default=0),
    )  # fmt: skip
    with panel(title, ctx.say("page.integrity.replies_note"), key="replies"):
        for group in groups[:GROUPS_SHOWN]:
            st.markdown(f"**{escape(ctx.say('page.integrity.replies_group', n=len(group)))}**")
            for column, place in zip(st.columns(TEXTS_SHOWN), group, strict=False):
                row = sample.iloc[place]
                column.markdown(
                    f"{escape(str(row['reply']))}  \n:small[:gray[{escape(str(row['order_id']))}]]"
                )
        download(ctx, sample[[*ORDERS, "unit", "reply", "alike"]], key="integrity-replies")


def _recoded(ctx: Context, look: Look, unit: str) -> None:
    """The share filed under categories that are struck out, month by month."""
    facts = look.scan.facts
    first = pd.Timestamp(facts["spans"]["before"][0]).to_pydatetime()
    span = replace(look.span, start=first)
    found = reads.filed_monthly(span, tuple(facts["prone"]))
    mine = found[found["unit"] == unit].sort_values("month")
    rest = found[found["unit"] != unit].groupby("month", as_index=False)[["hits", "n"]].sum()
    names = ctx.say("ui.list_comma").join(
        ctx.path_name(p) if PATH in p else ctx.name(p) for p in facts["prone"]
    )
    title = ctx.say("page.integrity.recoded_title", unit=unit_name(ctx, unit), names=names)
    with panel(
        title, ctx.say("page.integrity.recoded_note", **recoding_dates(ctx, look)), key="recoded"
    ):
        made = figures.months(ctx, mine, rest, unit)
        chart(made, key="recoded-chart", alt=title, height=330)
        download(ctx, mine, key="integrity-recoded")


def _edge(ctx: Context, look: Look, unit: str) -> None:
    """Closings by day around the first day of a period, all edges added up."""
    days = [date.fromisoformat(day) for day in look.scan.facts["edges"]]
    closed = replace(look.span, clock="closed")
    found = read.tally({"n": EVERYTHING}, closed, ("unit", "day"))
    row = look.row("edges", unit)
    assert row is not None
    peers = set(compared(look, row)["unit"]) - {unit}
    offsets = list(range(-WEEK, WEEK))
    parts = []
    for part in (found[found["unit"] == unit], found[found["unit"].isin(peers)]):
        by_day = part.groupby("day")["n"].sum()
        sums = [
            float(sum(by_day.get(pd.Timestamp(day + timedelta(days=k)), 0) for day in days))
            for k in offsets
        ]
        parts.append([value / max(sum(sums), 1.0) for value in sums])
    title = ctx.say("page.integrity.edges_title", unit=unit_name(ctx, unit), n=len(days))
    with panel(title, ctx.say("page.integrity.edges_note"), key="edges"):
        names = [f"{k:+d}" if k < 0 else f"+{k + 1}" for k in offsets]
        made = figures.two_bars(
            ctx, names, parts[0], parts[1], unit, axis=ctx.say("page.integrity.axis_edge")
        )
        made.update_xaxes(type="category")
        chart(made, key="edges-chart", alt=title, height=330)
        download(
            ctx,
            pd.DataFrame({"day": names, "unit": parts[0], "peers": parts[1]}),
            key="integrity-edges",
        )
